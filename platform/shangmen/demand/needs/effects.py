"""How needs answer to what happens to people and households."""

from dataclasses import dataclass
from datetime import timedelta

from piccolo.columns import Column

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.demand.needs import actions, phrases, queries
from shangmen.demand.needs.assessments import queries as assessments
from shangmen.demand.needs.events import NeedEnded, NeedPaused, NeedTermChanged
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.events import (
    FileOpened,
    HandingOver,
    HouseholdChanged,
    Panel,
    RecipientLeaving,
    RecipientMoved,
    RecipientStaying,
    StatusChanged,
)
from shangmen.demand.recipients.states import StatusKind

_ENDS = frozenset({StatusKind.DIED, StatusKind.MOVED, StatusKind.INSTITUTION})


async def on_status_changed(scope: Scope, event: StatusChanged) -> None:
    """Death, a move and an institution end needs on their own day; hospital lets them rest; home resumes them."""
    async with database.elevated(scope) as system:
        for need in await Need.objects().where(Need.person == event.person).order_by(Need.id).lock_rows("UPDATE"):
            if event.kind in _ENDS:
                if need.state is not NeedState.ENDED:
                    await actions.finish(system, need, event.effective, event.kind)
                elif need.valid_to is None or need.valid_to > event.effective:
                    # Ended already, but later than we know now: what was done in between must be looked at.
                    last = max(event.effective, need.valid_from)
                    await actions.move(system, need, "needs.end", {Need.valid_to: last}, event.kind)
                    await effects.publish(system, NeedEnded(need.id, event.effective, event.kind))
            elif event.kind == StatusKind.HOSPITAL and need.state.may(NeedState.PAUSED):
                if event.until is not None and event.until < clock.today():
                    await effects.publish(system, NeedPaused(need.id, event.effective, event.until))
                else:
                    await actions.rest(system, need, event.effective, event.until, event.kind)
            elif (
                event.kind == StatusKind.HOME
                and need.state is NeedState.PAUSED
                and need.pause_reason == StatusKind.HOSPITAL
            ):
                await actions.resume(system, need.id, event.effective)


async def on_household_changed(scope: Scope, event: HouseholdChanged) -> None:
    """Needs follow their household's last day: those that would outlive it are cut, those it had cut are extended."""
    async with database.elevated(scope) as system:
        affected = await database.values(
            int,
            "SELECT n.id FROM need n JOIN person p ON p.id = n.person"
            " WHERE p.household = :household AND n.state <> 'ended' ORDER BY n.id FOR UPDATE OF n",
            household=event.household,
        )
        for id in affected:
            need = await database.read(Need, id)
            last, new = need.valid_to, event.end_after
            outlives = new is not None and (last is None or last > new)
            was_cut = last is not None and last == event.end_before
            if not outlives and not was_cut:
                continue
            if new is not None and new < need.valid_from:
                await actions.finish(system, need, need.valid_from - timedelta(days=1), "entitlement_ended")
                continue
            await actions.move(system, need, "needs.change_term", {Need.valid_to: new}, "household")
            await effects.publish(system, NeedTermChanged(need.id, new))


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows the assessments and the needs."""
    event.panels.append(
        Panel(
            "needs/_of_person.html",
            {
                "need_words": phrases,
                "assessments": await assessments.of_person(scope, event.person),
                "needs": await queries.of_person(scope, event.person),
            },
        )
    )


async def on_recipient_moved(scope: Scope, event: RecipientMoved) -> None:
    """The needs of somebody who moves follow to the other station, those of before too."""
    async with database.elevated(scope) as system:
        for need in await Need.objects().where(Need.person == event.person).order_by(Need.id).lock_rows("UPDATE"):
            values: dict[Column, object] = {Need.station: event.station}
            await actions.move(system, need, "needs.follow", values, organisation=event.station)


async def on_recipient_leaving(scope: Scope, event: RecipientLeaving) -> None:
    """Nobody comes from the day on which somebody leaves the county."""
    async with database.elevated(scope) as system:
        for need in await Need.objects().where(Need.person == event.person).order_by(Need.id).lock_rows("UPDATE"):
            if need.state.may(NeedState.PAUSED):
                await actions.rest(system, need, event.on, None, StatusKind.MOVED)


async def on_recipient_staying(scope: Scope, event: RecipientStaying) -> None:
    """What rested for a move that came to nothing goes on."""
    async with database.elevated(scope) as system:
        for need in await Need.objects().where(Need.person == event.person).order_by(Need.id).lock_rows("UPDATE"):
            if need.state is NeedState.PAUSED and need.pause_reason == StatusKind.MOVED:
                await actions.resume(system, need.id)


@dataclass(frozen=True)
class _Had(database.Row):
    item: str
    visits_per_month: int
    minutes: int


async def on_handing_over(scope: Scope, event: HandingOver) -> None:
    """Another station reads the latest level, and what is being done."""
    latest = await assessments.latest(scope, event.person)
    if latest is not None:
        event.facts.append(("level", str(latest.level)))
    had = await database.rows(
        _Had,
        "SELECT i.name AS item, n.visits_per_month, n.minutes FROM need n JOIN service_item i ON i.id = n.service_item"
        " WHERE n.person = :person AND n.state IN ('approved', 'waiting', 'placed', 'paused') ORDER BY i.code, n.id",
        person=event.person,
    )
    told = "；".join(f"{one.item} {one.visits_per_month}×{one.minutes}′" for one in had)
    event.facts.append(("needs", told))
