"""Correcting a record: nothing is edited, a later record takes the place of the earlier one."""

from dataclasses import replace
from datetime import timedelta

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.delivery.service_records import chain, notices, whole_record
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.evidence import Fix, Presence
from shangmen.delivery.service_records.forms import VITAL_SIGNS, CorrectionForm
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.service_records.verification import inputs, queries, verdicts
from shangmen.delivery.service_records.verification.actions import newest
from shangmen.delivery.service_records.verification.dossier import Corrects
from shangmen.delivery.service_records.verification.findings import judge
from shangmen.delivery.service_records.whole_record import AttendancePart, Said
from shangmen.errors import Conflict, Forbidden, Refused
from shangmen.foundation.audit.actions import record

MINUTE = timedelta(minutes=1)  # the form knows whole minutes


@database.scoped
async def correct(scope: Scope, id: int, form: CorrectionForm) -> int:
    """State other times or notes for a record of one's own organisation; the id of the later record.

    The rules look at it anew. Less than what was verified passes; everything else is held for a person. The old
    amount is taken off the contract, the new one is counted where it is verified. Raises NotFound, Forbidden for a
    record of others, Conflict when it is not the newest or was settled, Refused for times that cannot be.
    """
    drafts = chain.announce()
    row = await newest(scope, id)
    if row.supplier != scope.organisation:
        raise Forbidden("Only the organisation that delivered the visit corrects its record.")
    async with database.elevated(scope) as system:
        visit = await queries.visit(system, row.visit)
        _refuse_times(form, {visit.day.isoformat(), clock.day_of(row.begun_at).isoformat()})
        old = await whole_record.whole(system, id)
        assert old is not None
        arrivals = await queries.check_ins(system, row.visit)
        if row.state is VerdictState.VERIFIED and not await verdicts.take_back(system, row):
            raise Conflict("This visit was settled in a statement; it cannot be corrected any more.")
        said = replace(
            Said.of(old.record),
            revision=row.revision + 1,
            corrects=id,
            correction_reason=form.reason,
            notes=old.record.notes if form.notes is None else form.notes,
            recorded_by=scope.user,
        )
        dossier = await inputs.dossier(
            system,
            visit,
            await inputs.limits(visit.day),
            tuple(_presence(part, form) for part in old.attendances),
            arrivals,
            said.confirmation,
            said.confirmation_name,
            said.signature_digest,
            Corrects(row.state, row.amount, old.record.begun_at, old.record.ended_at),
            measured=any(name in old.record.observations for name in VITAL_SIGNS),
        )
        new = await chain.next_id()
        draft = await judge(system, new, visit, dossier, arrivals, said)
        drafts.append(draft)
        await notices.decided(system, id)
        await effects.publish(system, VerdictChanged(row.visit, id, row.line, row.state, draft.state))
    record(
        scope, "service_records.correct", "service_record", new,
        reason=form.reason, corrects=id, begun_at=form.begun_at, ended_at=form.ended_at, state=draft.state,
        findings=[finding.rule for finding in draft.findings],
        proof=chain.proof(row.visit, new, draft.state, draft.reason, draft.decided_by),
    )  # fmt: skip
    return new


def _refuse_times(form: CorrectionForm, days: set[str]) -> None:
    if form.ended_at <= form.begun_at:
        raise Refused("The end has to come after the beginning.", field="ended_at")
    if form.ended_at > clock.now():
        raise Refused("This time has not come yet.", field="ended_at")
    if clock.day_of(form.begun_at).isoformat() not in days:
        raise Refused("A correction stays on the day of the visit (%(day)s).", field="begun_at", day=min(days))


def _presence(part: AttendancePart, form: CorrectionForm) -> Presence:
    """The same worker at the same positions, at the corrected times; typed where they are other minutes."""
    start = Fix(part.came, part.in_metres_off, part.no_position_reason, part.in_age)
    end = Fix(part.went, part.out_metres_off, age=part.out_age) if part.went else None
    return Presence(
        part.worker,
        form.begun_at,
        form.ended_at,
        start,
        end,
        part.begun_typed or abs(form.begun_at - part.begun_at) >= MINUTE,
        part.ended_typed or abs(form.ended_at - part.ended_at) >= MINUTE,
        part.out_device,
    )
