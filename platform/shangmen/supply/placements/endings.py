"""How placements end, and how they follow the days of their need. Called inside other verbs, the scope elevated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import actions as recipients
from shangmen.errors import Conflict, DomainError, NotFound
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import ledger, pricing
from shangmen.supply.contracts import queries as contracts
from shangmen.supply.placements import queries, rules
from shangmen.supply.placements.events import PlacementEnded
from shangmen.supply.placements.reservation import units_between
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.supply.placements.tables import Offer, Placement


@asynccontextmanager
async def apart() -> AsyncIterator[None]:
    """A part of a verb that may be refused while the rest stands: a savepoint to fall back to.

    Nothing may be recorded in it before the refusal; the trail is written at the commit, not at the savepoint.
    """
    transaction = database.ENGINE.current_transaction.get()
    assert transaction is not None
    savepoint = await transaction.savepoint()
    try:
        yield
    except DomainError:
        await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo's
        raise
    await savepoint.release()  # type: ignore[no-untyped-call]  # Piccolo's


async def finish(system: Scope, row: Placement, on: date, reason: str) -> None:
    """End a locked placement with its last day `on`: release what it holds, tell later features.

    One that was to begin later is over on its first day without a visit: no placement ends before it begins.
    """
    if row.contract_line is not None:
        await ledger.release(system, row.contract_line, row.reserved_units, row.reserved_yuan)
    last = min(on, row.valid_to) if row.valid_to is not None else on
    await database.change(
        Placement,
        row.id,
        {
            Placement.state: PlacementState(row.state).to(PlacementState.ENDED),
            Placement.valid_to: max(last, row.valid_from),
            Placement.end_reason: reason,
            Placement.reserved_units: pricing.ZERO,
            Placement.reserved_yuan: pricing.ZERO,
        },
    )
    await forget(system, row, last)
    if not await Placement.exists().where(
        Placement.supplier == row.supplier, Placement.state == PlacementState.IN_FORCE
    ):
        await tasks.close(system, "supplier_blocked", "organisation", row.supplier)
    await tasks.close(system, "placement_cut_short", "placement", row.id)
    record(
        system, "placements.end", "placement", row.id, reason,
        on=last, released_units=row.reserved_units, released_yuan=row.reserved_yuan,
    )  # fmt: skip
    await effects.publish(system, PlacementEnded(row.id, row.need, last, reason))


async def finish_earlier(system: Scope, row: Placement, on: date, reason: str) -> None:
    """Correct the last day of a placement that has ended already, and say so again."""
    last = max(on, row.valid_from)
    await database.change(Placement, row.id, {Placement.valid_to: last, Placement.end_reason: reason})
    record(system, "placements.end", "placement", row.id, reason, on=on, before=row.valid_to)
    await effects.publish(system, PlacementEnded(row.id, row.need, on, reason))


async def follow_need(system: Scope, row: Placement) -> None:
    """Fit a locked placement to the days that its need has now, and what it holds to the visits that lie ahead.

    A cut releases the part behind it. An extension holds more; when the contract cannot take that, the placement
    keeps its end and the bureau is told.
    """
    need = await queries.placeable(system, row.need)
    wanted = (await database.read(Offer, row.offer)).valid_to
    line = await contracts.line(system, row.contract_line) if row.contract_line is not None else None
    last = rules.last_day_of(need, line, wanted)
    before: date | None = row.valid_to
    if last == before:
        return
    if last is not None and last < row.valid_from:
        await finish(system, row, last, "entitlement_ended")
        await free(system, row.need)
        return
    units, yuan = row.reserved_units, row.reserved_yuan
    if line is not None:
        assert last is not None and before is not None  # a contract has an end
        if last < before:
            ahead = units_between(need.demand, line.terms, max(clock.today(), row.valid_from), last)
            kept = min(units, ahead.units), min(yuan, ahead.yuan)
            await ledger.release(system, line.id, units - kept[0], yuan - kept[1])
            units, yuan = kept
        else:
            more = units_between(need.demand, line.terms, before + timedelta(days=1), last)
            try:
                async with apart():
                    await ledger.reserve(system, line.id, more.units, more.yuan)
            except Conflict:
                await _tell_cut_short(system, row, before)
                return
            units, yuan = units + more.units, yuan + more.yuan
    await database.change(
        Placement,
        row.id,
        {Placement.valid_to: last, Placement.reserved_units: units, Placement.reserved_yuan: yuan},
    )
    record(system, "placements.change_term", "placement", row.id, valid_to=last, before=before)


async def _tell_cut_short(system: Scope, row: Placement, last: date) -> None:
    await tasks.open(
        system,
        organisation=await bureau(system),
        role=Role.BUREAU_OFFICER,
        kind="placement_cut_short",
        subject="placement",
        subject_id=row.id,
        route="placements.show",
        params={"id": row.id},
        message="A placement ends on %(day)s although its need goes on: the contract has no money left for it.",
        due=last,
        day=last.isoformat(),
    )


async def free(system: Scope, need: int) -> None:
    """Let a need wait again (a resting one when it resumes) when no placement of it is in force."""
    state = (await database.read(Need, need)).state
    served = await Placement.exists().where(Placement.need == need, Placement.state == PlacementState.IN_FORCE)
    if state in (NeedState.PLACED, NeedState.PAUSED) and not served:
        await needs.free(system, need)


async def forget(system: Scope, row: Offer | Placement, on: date | None = None) -> None:
    """End the supplier's view of a person for whom it has neither placement nor open offer any more."""
    if row.supplier == row.station:
        return
    for table, stands in ((Placement, PlacementState.IN_FORCE), (Offer, OfferState.OFFERED)):
        if await table.exists().where(
            table.person == row.person, table.supplier == row.supplier, table.state == stands
        ):
            return
    await recipients.end_share(system, row.person, row.supplier, max(on or clock.today(), clock.today()))


async def bureau(system: Scope) -> int:
    """The county's bureau; a county in which needs are placed has one."""
    found = await organisations.bureau(system)
    if found is None:
        raise NotFound
    return found
