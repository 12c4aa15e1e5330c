"""Deciding on held records: the station of the recipient, or the bureau; never anybody of who delivered."""

from dataclasses import dataclass
from typing import Any

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.delivery.service_records import chain, whole_record
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.findings import at_ceiling
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.errors import Conflict, Forbidden, NotFound
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
    who = await verdicts.verifier(scope, station, supplier)
    if supplier == scope.organisation or (station == scope.organisation and who.organisation != station):
        return Answer(False, OWN_WORK)
    return Answer(who.organisation == scope.organisation)


async def newest(scope: Scope, id: int) -> Any:
    """A record that the viewer reaches, in force, its verdict locked; raises NotFound, Conflict for an earlier one.

    Read beyond the viewer's own rows: a station sees neither the contract nor the statement, and both decide.
    """
    if not await database.fetch_value("SELECT 1 FROM service_record WHERE id = :id", id=id):
        raise NotFound
    async with database.elevated(scope) as system:
        row = await verdicts.in_force(system, id)
    if row is None:
        raise Conflict(LATER)
    return row


async def _decidable(scope: Scope, id: int) -> Any:
    """The record in force with its verdict, locked, for somebody who may decide on it."""
    row = await newest(scope, id)
    answer = await may_decide(scope, row["station"], row["supplier"])
    if not answer.may:
        raise Forbidden(answer.why) if answer.why else Forbidden()
    return row


@database.scoped
async def accept(scope: Scope, id: int, form: ReasonForm) -> int:
    """A held record is true after all: it counts as delivered. The id of the record in force.

    Where the contract's ceiling leaves less than the visit costs, a later record with the smaller amount takes its
    place. Raises NotFound, Forbidden for one's own work, Conflict when it is not held, or when a record that it
    overlaps with was accepted.
    """
    drafts = chain.announce()
    row = await _decidable(scope, id)
    if row["state"] != "held":
        raise Conflict("This record is not held any more.")
    async with database.elevated(scope) as system:
        await _refuse_both(system, id)
        units, yuan = row["units"], row["amount"]
        asked = verdicts.Price(row["minutes"], row["workers"], units, row["rate"], yuan)
        payable = await verdicts.deliver(system, row, asked)
        if row["contract_line"] is not None and payable < yuan:
            new = await _cut(system, row, payable)
            drafts.append(chain.Draft(**new, state="verified", reason=form.reason, decided_by=scope.user))
            id = new["record"]["id"]
        else:
            await verdicts.set_state(row, "verified", form.reason, scope.user)
        await verdicts.answered(system, row["id"])
        record(scope, "service_records.accept", "service_record", row["id"], reason=form.reason, payable=payable)
        await effects.publish(system, VerdictChanged(row["visit"], row["id"], row["line"], "held", "verified"))
    return id


async def _refuse_both(system: Scope, id: int) -> None:
    """Of two records that cannot both be true one is accepted at most."""
    other = await database.fetch_one(
        """
        SELECT r.id, r.begun_at FROM finding f
        CROSS JOIN LATERAL jsonb_array_elements_text(f.details -> 'records') AS x(id)
        JOIN verdict d ON d.service_record = x.id::bigint AND d.state = 'verified'
        JOIN service_record r ON r.id = d.service_record
        WHERE f.service_record = :id AND f.rule = 'overlap' LIMIT 1
        """,
        id=id,
    )
    if other is not None:
        raise Conflict(
            "The record of another visit at the same time was accepted (%(day)s); only one of them can be true.",
            day=clock.day_of(other["begun_at"]).isoformat(),
        )


async def _cut(system: Scope, row: Any, payable: Any) -> dict[str, Any]:
    """The record again, with the amount that the ceiling leaves."""
    whole = await whole_record.whole(system, row["id"])
    assert whole is not None
    old = whole.record
    kept = {name: old[name] for name in chain.RECORD}
    return {
        "record": {
            **kept,
            "id": await chain.next_id(),
            "revision": old["revision"] + 1,
            "corrects": old["id"],
            "correction_reason": "ceiling",
            "recorded_by": system.user,
            "recorded_at": clock.now(),
        },
        "attendances": [{name: part[name] for name in chain.ATTENDANCE} for part in whole.attendances],
        "line": {**{name: whole.lines[0][name] for name in chain.LINE}, "amount": payable},
        "check_ins": whole.check_ins,
        "findings": [
            *(Finding(*(part[name] for name in chain.FINDING)) for part in whole.findings),
            at_ceiling(payable, row["amount"]),
        ],
    }


@database.scoped
async def reject(scope: Scope, id: int, form: ReasonForm) -> int:
    """A record is not true, or not to be paid: held, or verified and not settled yet. The id of the record.

    Raises NotFound, Forbidden for one's own work, Conflict when it is rejected already or its money was settled.
    """
    row = await _decidable(scope, id)
    if row["state"] == "rejected":
        raise Conflict("This record was rejected already.")
    async with database.elevated(scope) as system:
        if row["state"] == "verified" and not await verdicts.take_back(system, row):
            raise Conflict("This visit was settled in a statement; it has to be claimed back there.")
        await verdicts.set_state(row, "rejected", form.reason, scope.user)
        await verdicts.answered(system, id)
        record(scope, "service_records.reject", "service_record", id, reason=form.reason, before=row["state"])
        await effects.publish(system, VerdictChanged(row["visit"], id, row["line"], row["state"], "rejected"))
    return id
