"""What placements do when needs end or change their days, and when suppliers lose a qualification; wired in app.py."""

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.needs.events import NeedEnded, NeedTermChanged
from shangmen.demand.recipients.events import FileOpened, Panel
from shangmen.foundation.organisations.events import QualificationLost
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.placements import actions, endings, queries


async def on_need_ended(scope: Scope, event: NeedEnded) -> None:
    """The placement of an ended need ends with it, its open offer is withdrawn.

    Told again with an earlier day (a death reported late), a placement that has ended is cut to that day.
    """
    async with database.elevated(scope) as system:
        for row in await database.fetch(
            "SELECT * FROM placement WHERE need = :need AND (state = 'in_force' OR valid_to > :on)"
            " ORDER BY id FOR UPDATE",
            need=event.need,
            on=event.on,
        ):
            if row["state"] == "in_force":
                await endings.finish(system, row, event.on, event.reason)
            else:
                await endings.finish_earlier(system, row, event.on, event.reason)
        for row in await database.fetch(
            "SELECT * FROM offer WHERE need = :need AND state = 'offered' FOR UPDATE", need=event.need
        ):
            await actions.take_back(system, row, event.reason)
        await tasks.close(system, "offer_declined", "need", event.need)


async def on_need_term_changed(scope: Scope, event: NeedTermChanged) -> None:
    """A placement follows its need's last day, within the contract's."""
    async with database.elevated(scope) as system:
        for row in await database.fetch(
            "SELECT * FROM placement WHERE need = :need AND state = 'in_force' FOR UPDATE", need=event.need
        ):
            await endings.follow_need(system, row)


async def on_qualification_lost(scope: Scope, event: QualificationLost) -> None:
    """Tell the bureau how many placements a supplier holds that may take on no new work.

    New offers to it are refused by fitness.py. The placements stay until a person has decided who takes them over.
    """
    async with database.elevated(scope) as system:
        row = await database.fetch_one(
            """
            SELECT o.name, o.county,
                   (SELECT count(*) FROM placement p WHERE p.supplier = o.id AND p.state = 'in_force') AS placements,
                   (SELECT count(*) FROM offer f WHERE f.supplier = o.id AND f.state = 'offered') AS offers
            FROM organisation o WHERE o.id = :id
            """,
            id=event.organisation,
        )
        if row is None or not (row["placements"] or row["offers"]):
            return
        await tasks.open(
            system,
            organisation=await endings.bureau(row["county"]),
            role=Role.BUREAU_OFFICER,
            kind="supplier_blocked",
            subject="organisation",
            subject_id=event.organisation,
            route="placements.list",
            params={"supplier": event.organisation, "state": "in_force"},
            message="%(name)s lost a qualification:"
            " %(placements)s placements and %(offers)s open offers are affected.",
            due=clock.today(),
            name=row["name"],
            placements=row["placements"],
            offers=row["offers"],
        )


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows who serves the person."""
    rows, _total = await queries.placements(scope, person=event.person, limit=50)
    event.panels.append(Panel("placements/_of_person.html", {"placements": rows}))
