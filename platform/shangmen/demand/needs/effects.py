"""How needs answer to what happens to people and households."""

from datetime import timedelta

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.demand.needs import actions, phrases, queries
from shangmen.demand.needs.events import NeedEnded, NeedPaused, NeedTermChanged
from shangmen.demand.recipients.events import FileOpened, HouseholdChanged, Panel, StatusChanged

_ENDS = frozenset({"died", "moved", "institution"})


async def on_status_changed(scope: Scope, event: StatusChanged) -> None:
    """Death, a move and an institution end needs on their own day; hospital lets them rest; home resumes them."""
    async with database.elevated(scope) as system:
        rows = await database.fetch(
            "SELECT * FROM need WHERE person = :person ORDER BY id FOR UPDATE", person=event.person
        )
        for row in rows:
            if event.kind in _ENDS:
                if row["state"] != "ended":
                    await actions.finish(system, row, event.effective, event.kind)
                elif row["valid_to"] is None or row["valid_to"] > event.effective:
                    # Ended already, but later than we know now: what was done in between must be looked at.
                    last = max(event.effective, row["valid_from"])
                    await actions.move(system, row, "needs.end", event.kind, valid_to=last)
                    await effects.publish(system, NeedEnded(row["id"], event.effective, event.kind))
            elif event.kind == "hospital" and row["state"] in {"approved", "waiting", "placed"}:
                if event.until is not None and event.until < clock.today():
                    await effects.publish(system, NeedPaused(row["id"], event.effective, event.until))
                else:
                    await actions.rest(system, row, event.effective, event.until, "hospital")
            elif event.kind == "home" and row["state"] == "paused" and row["pause_reason"] == "hospital":
                await actions.resume(system, row["id"], event.effective)


async def on_household_changed(scope: Scope, event: HouseholdChanged) -> None:
    """Needs follow their household's last day: those that would outlive it are cut, those it had cut are extended."""
    async with database.elevated(scope) as system:
        rows = await database.fetch(
            "SELECT n.* FROM need n JOIN person p ON p.id = n.person"
            " WHERE p.household = :household AND n.state <> 'ended' ORDER BY n.id FOR UPDATE OF n",
            household=event.household,
        )
        for row in rows:
            last, new = row["valid_to"], event.end_after
            outlives = new is not None and (last is None or last > new)
            was_cut = last is not None and last == event.end_before
            if not outlives and not was_cut:
                continue
            if new is not None and new < row["valid_from"]:
                await actions.finish(system, row, row["valid_from"] - timedelta(days=1), "entitlement_ended")
                continue
            await actions.move(system, row, "needs.change_term", "household", valid_to=new)
            await effects.publish(system, NeedTermChanged(row["id"], new))


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows the assessments and the needs."""
    event.panels.append(
        Panel(
            "needs/_of_person.html",
            {
                "need_words": phrases,
                "assessments": await queries.assessments(scope, event.person),
                "needs": await queries.of_person(scope, event.person),
            },
        )
    )
