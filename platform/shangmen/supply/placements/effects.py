"""What placements do when needs end or change their days, and when suppliers lose a paper; wired in wiring.py."""

from datetime import date, timedelta

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.needs.events import NeedEnded, NeedTermChanged
from shangmen.demand.recipients.events import FileOpened, Panel, RecipientMoved
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.events import DeedUndone
from shangmen.foundation.organisations.events import AreasLeft, OrganisationClosing, QualificationLost
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import queries as contracts
from shangmen.supply.contracts.events import ContractEnded, LotAreasLeft
from shangmen.supply.contracts.rules import first_broken
from shangmen.supply.placements import endings, queries
from shangmen.supply.placements.events import PlacementEnding
from shangmen.supply.placements.offers import actions as offers
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.supply.placements.tables import Offer, Placement


async def on_need_ended(scope: Scope, event: NeedEnded) -> None:
    """The placement of an ended need ends with it, its open offer is withdrawn.

    Told again with an earlier day (a death reported late), a placement that has ended is cut to that day.
    """
    async with database.elevated(scope) as system:
        for placement in (
            await Placement.objects()
            .where(
                Placement.need == event.need,
                (Placement.state == PlacementState.IN_FORCE) | (Placement.valid_to > event.on),
            )
            .order_by(Placement.id)
            .lock_rows("UPDATE")
        ):
            if placement.state == PlacementState.IN_FORCE:
                await endings.finish(system, placement, event.on, event.reason)
            else:
                await endings.finish_earlier(system, placement, event.on, event.reason)
        for offer in (
            await Offer.objects()
            .where(Offer.need == event.need, Offer.state == OfferState.OFFERED)
            .lock_rows("UPDATE")
        ):
            await offers.take_back(system, offer, event.reason)
        await tasks.close(system, "offer_declined", "need", event.need)


async def on_need_term_changed(scope: Scope, event: NeedTermChanged) -> None:
    """A placement follows its need's last day, within the contract's."""
    async with database.elevated(scope) as system:
        for row in (
            await Placement.objects()
            .where(Placement.need == event.need, Placement.state == PlacementState.IN_FORCE)
            .lock_rows("UPDATE")
        ):
            await endings.follow_need(system, row)


async def on_contract_ended(scope: Scope, event: ContractEnded) -> None:
    """What was served under a contract ends with it and gives back what it held; needs that go on wait again.

    Offers under it that are still open are withdrawn.
    """
    for placement in (
        await Placement.objects()
        .where(Placement.state == PlacementState.IN_FORCE, Placement.contract_line.contract == event.contract)
        .order_by(Placement.id)
        .lock_rows("UPDATE", of=(Placement,))
    ):
        await endings.finish(scope, placement, event.on, "contract_ended")
        await endings.free(scope, placement.need)
    for offer in (
        await Offer.objects()
        .where(Offer.state == OfferState.OFFERED, Offer.contract_line.contract == event.contract)
        .order_by(Offer.id)
        .lock_rows("UPDATE", of=(Offer,))
    ):
        await offers.take_back(scope, offer, "contract_ended")


async def on_qualification_lost(scope: Scope, event: QualificationLost) -> None:
    """Tell the bureau how many placements a supplier holds that may take on no new work.

    New offers to it are refused by rules.py. The placements stay until a person has decided who takes them over.
    """
    async with database.elevated(scope) as system:
        supplier = await database.read(Organisation, event.organisation)
        placements, offers = await queries.held(system, supplier.id, event.services)
        if not (placements or offers):
            return
        await tasks.open(
            system,
            organisation=await endings.bureau(system),
            role=Role.BUREAU_OFFICER,
            kind="supplier_blocked",
            subject="organisation",
            subject_id=event.organisation,
            route="placements.list",
            params={"supplier": event.organisation, "state": PlacementState.IN_FORCE},
            message="%(name)s lost a qualification:"
            " %(placements)s placements and %(offers)s open offers are affected.",
            due=clock.today(),
            name=supplier.name,
            placements=placements,
            offers=offers,
        )


async def on_deed_undone(scope: Scope, event: DeedUndone) -> None:
    """A need that is as before, whose placement cannot come back, waits for another supplier."""
    async with database.elevated(scope) as system:
        for table, need in sorted(event.restored):
            if table == "need":
                await endings.free(system, need)


async def on_areas_left(scope: Scope, event: AreasLeft) -> None:
    """A supplier does not leave a township in which it serves somebody; raises Refused."""
    held = await database.number(
        "SELECT count(*) FROM placement p JOIN need n ON n.id = p.need JOIN person s ON s.id = n.person"
        " WHERE p.supplier = :supplier AND p.state = 'in_force' AND s.township = ANY(:divisions)",
        supplier=event.organisation,
        divisions=list(event.divisions),
    )
    if held:
        raise Refused("%(count)s placements there are in force. End them first.", field="areas", count=held)


async def on_lot_areas_left(scope: Scope, event: LotAreasLeft) -> None:
    """A lot keeps the townships in which somebody is served under it; raises Refused."""
    held = await database.number(
        "SELECT count(*) FROM placement p JOIN contract_line l ON l.id = p.contract_line"
        " JOIN contract c ON c.id = l.contract JOIN need n ON n.id = p.need JOIN person s ON s.id = n.person"
        " WHERE c.lot = :lot AND p.state = 'in_force' AND s.township = ANY(:divisions)",
        lot=event.lot,
        divisions=list(event.divisions),
    )
    if held:
        raise Refused("%(count)s placements there are in force. End them first.", field="townships", count=held)


async def on_organisation_closing(scope: Scope, event: OrganisationClosing) -> None:
    """Nobody is closed who serves somebody, or was asked to; raises Refused."""
    held = await Placement.count().where(
        Placement.supplier == event.organisation, Placement.state == PlacementState.IN_FORCE
    )
    asked = await Offer.count().where(Offer.supplier == event.organisation, Offer.state == OfferState.OFFERED)
    if held or asked:
        raise Refused(
            "%(placements)s placements are in force and %(offers)s offers open. End and withdraw them first.",
            placements=held,
            offers=asked,
        )


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows who serves the person."""
    rows, _total = await queries.placements(scope, person=event.person, limit=None)
    event.panels.append(Panel("placements/_of_person.html", {"placements": rows}))


async def on_recipient_moved(scope: Scope, event: RecipientMoved) -> None:
    """Who may serve the new home goes on; the others' placements end, and the needs wait to be matched again.

    Nobody is left before today: what was done since a day that lies back stands.
    """
    async with database.elevated(scope) as system:
        for placement in (
            await Placement.objects()
            .where(Placement.person == event.person, Placement.state == PlacementState.IN_FORCE)
            .order_by(Placement.id)
            .lock_rows("UPDATE")
        ):
            if await _reaches(system, placement, event):
                await database.change(Placement, placement.id, {Placement.station: event.station})
                record(system, "placements.follow", "placement", placement.id, organisation=event.station)
                continue
            await endings.finish(system, placement, await _last_day(system, placement.id, event.on), "moved")
            await endings.free(system, placement.need)
        for offer in (
            await Offer.objects()
            .where(Offer.person == event.person, Offer.state == OfferState.OFFERED)
            .order_by(Offer.id)
            .lock_rows("UPDATE")
        ):
            if await _reaches(system, offer, event):
                await database.change(Offer, offer.id, {Offer.station: event.station})
                record(system, "placements.follow", "offer", offer.id, organisation=event.station)
            else:
                await offers.take_back(system, offer, "moved")


async def _reaches(system: Scope, row: Offer | Placement, event: RecipientMoved) -> bool:
    """Whether a supplier may serve a need where its recipient lives now: under its line, or as the station there."""
    if row.contract_line is None:
        return bool(row.supplier == event.station)
    line = await contracts.line(system, row.contract_line)
    return first_broken(await queries.placeable(system, row.need), line, max(event.on, clock.today())) is None


async def _last_day(system: Scope, placement: int, on: date) -> date:
    """The day before the move, not before yesterday; today where somebody came today."""
    last = max(on, clock.today()) - timedelta(days=1)
    try:
        await effects.publish(system, PlacementEnding(placement, last))
    except Refused:
        return clock.today()
    return last
