"""Deciding on held records: the station of the recipient, or the bureau; never anybody of who delivered."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.delivery.service_records import chain, notices, whole_record
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.service_records.tables import ServiceRecord
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.findings import at_ceiling
from shangmen.delivery.service_records.verification.verdicts import InForce
from shangmen.errors import Conflict, Forbidden
from shangmen.foundation.audit.actions import record

LATER = "A later record has taken the place of this one. Open the visit's newest record."
OWN_WORK = "Your own organisation delivered this visit; the bureau decides on it."


@dataclass(frozen=True)
class Answer:
    """Whether the viewer may decide on a record; `why` says why not."""

    may: bool
    why: str = ""


@database.scoped
async def may_decide(scope: Scope, station: int, supplier: int) -> Answer:
    """Nobody verifies the work of their own organisation, nor a station that of its operator."""
    if scope.role == Role.BUREAU_OFFICER and scope.organisation != supplier:
        return Answer(True)
    if scope.role != Role.STATION_SCHEDULER:
        return Answer(False)
    who = await notices.verifier(scope, station, supplier)
    if supplier == scope.organisation or (station == scope.organisation and who.organisation != station):
        return Answer(False, OWN_WORK)
    return Answer(who.organisation == scope.organisation)


async def newest(scope: Scope, id: int) -> InForce:
    """A record that the viewer reaches, in force, its verdict locked; raises NotFound, Conflict for an earlier one.

    Read beyond the viewer's own rows: a station sees neither the contract nor the statement, and both decide.
    """
    await database.read(ServiceRecord, id)
    async with database.elevated(scope) as system:
        row = await verdicts.in_force(system, id)
    if row is None:
        raise Conflict(LATER)
    return row


async def _decidable(scope: Scope, id: int) -> InForce:
    """The record in force with its verdict, locked, for somebody who may decide on it."""
    row = await newest(scope, id)
    answer = await may_decide(scope, row.station, row.supplier)
    if not answer.may:
        raise Forbidden(answer.why) if answer.why else Forbidden()
    return row


@database.scoped
async def accept(scope: Scope, id: int, form: ReasonForm) -> int:
    """A held record is true after all: it counts as delivered. The id of the record in force.

    Where the contract's ceiling leaves less than the visit costs, a later record with the smaller amount takes its
    place. Raises NotFound, Forbidden for one's own work, ImpossibleMove when it is not held, Conflict when a record
    that it overlaps with was accepted.
    """
    drafts = chain.announce()
    row = await _decidable(scope, id)
    after = row.state.to(VerdictState.VERIFIED)
    async with database.elevated(scope) as system:
        await _refuse_both(id)
        payable = await verdicts.deliver(system, row, row.placement, row.units, row.amount)
        if row.contract_line is not None and payable < row.amount:
            draft = replace(await _cut(system, row, payable), reason=form.reason, decided_by=scope.user)
            drafts.append(draft)
            id = draft.record.id
        else:
            await verdicts.move(row, after, form.reason, scope.user)
        await notices.decided(system, row.id)
        record(
            scope, "service_records.accept", "service_record", row.id, reason=form.reason, payable=payable,
            proof=chain.proof(row.visit, id, after, form.reason, scope.user),
        )  # fmt: skip
        await effects.publish(system, VerdictChanged(row.visit, row.id, row.line, row.state, after))
    return id


async def _refuse_both(id: int) -> None:
    """Of two records that cannot both be true one is accepted at most."""
    begun_at = await database.value(
        datetime,
        """
        SELECT r.begun_at FROM finding f
        CROSS JOIN LATERAL jsonb_array_elements_text(f.details -> 'records') AS x(id)
        JOIN verdict d ON d.service_record = x.id::bigint AND d.state = 'verified'
        JOIN service_record r ON r.id = d.service_record
        WHERE f.service_record = :id AND f.rule IN ('overlap', 'both_at_home') LIMIT 1
        """,
        id=id,
    )
    if begun_at is not None:
        raise Conflict(
            "The record of another visit at the same time was accepted (%(day)s); only one of them can be true.",
            day=clock.day_of(begun_at).isoformat(),
        )


async def _cut(system: Scope, row: InForce, payable: Decimal) -> chain.Draft:
    """The record again, verified, with the amount that the ceiling leaves."""
    old = await whole_record.whole(system, row.id)
    assert old is not None
    return chain.Draft(
        record=replace(
            old.record,
            id=await chain.next_id(),
            revision=old.record.revision + 1,
            corrects=old.record.id,
            correction_reason="ceiling",
            recorded_by=system.user,
            recorded_at=clock.now(),
        ),
        attendances=old.attendances,
        line=replace(old.lines[0], amount=payable),
        check_ins=old.check_ins,
        findings=[*(found.finding for found in old.findings), at_ceiling(payable, row.amount)],
        state=VerdictState.VERIFIED,
    )


@database.scoped
async def reject(scope: Scope, id: int, form: ReasonForm) -> int:
    """A record is not true, or not to be paid: held, or verified and not settled yet. The id of the record.

    Raises NotFound, Forbidden for one's own work, ImpossibleMove when it is rejected already, Conflict when its money
    was settled.
    """
    row = await _decidable(scope, id)
    after = row.state.to(VerdictState.REJECTED)
    async with database.elevated(scope) as system:
        if row.state is VerdictState.VERIFIED and not await verdicts.take_back(system, row):
            raise Conflict("This visit was settled in a statement; it has to be claimed back there.")
        await verdicts.move(row, after, form.reason, scope.user)
        await notices.decided(system, id)
        record(
            scope, "service_records.reject", "service_record", id, reason=form.reason, before=row.state,
            proof=chain.proof(row.visit, id, after, form.reason, scope.user),
        )  # fmt: skip
        await effects.publish(system, VerdictChanged(row.visit, id, row.line, row.state, after))
    return id
