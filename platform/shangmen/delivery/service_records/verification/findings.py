"""Judging a record: the rules look at it, its money is counted, and what else it throws a light on is held."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from shangmen.access import Scope
from shangmen.delivery.service_records import chain, notices
from shangmen.delivery.service_records.evidence import Fix, Presence, evidence_class
from shangmen.delivery.service_records.states import PhotoKind, Severity, VerdictState
from shangmen.delivery.service_records.verification import rules, verdicts
from shangmen.delivery.service_records.verification.dossier import Dossier
from shangmen.delivery.service_records.verification.queries import VisitRow
from shangmen.delivery.service_records.verification.rules.rule import Details, clock_time
from shangmen.delivery.service_records.whole_record import (
    AttendancePart,
    CheckInPart,
    LinePart,
    RecordPart,
    Said,
)


async def judge(
    system: Scope, id: int, visit: VisitRow, dossier: Dossier, arrivals: Sequence[CheckInPart], said: Said
) -> chain.Draft:
    """Let the rules look at a record, count its money if it is verified, and hold what else it throws a light on."""
    asked = verdicts.price(visit, dossier.payable_minutes, len(dossier.presences))
    dossier = replace(dossier, amount=asked.amount)
    found = rules.check(dossier)
    state = rules.verdict(found)
    amount = asked.amount
    if state is VerdictState.VERIFIED:
        amount = await verdicts.deliver(system, visit, visit.placement, asked.units, asked.amount)
    if amount < asked.amount:
        found.append(at_ceiling(amount, asked.amount))
    for finding in found:
        for other in finding.records:
            await verdicts.lower(system, other, _reflected(finding, dossier, id))
    if state is VerdictState.HELD:
        await notices.held(system, id, visit.station, visit.supplier, dossier.day, visit.supplier_name)
    return chain.Draft(
        record=RecordPart(
            **vars(said),
            id=id,
            county=visit.county,
            station=visit.station,
            supplier=visit.supplier,
            visit=visit.id,
            person=visit.person,
            begun_at=dossier.begun_at,
            ended_at=dossier.ended_at,
            evidence_class=evidence_class(
                dossier.presences,
                dossier.confirmed.kind,
                dossier.fence,
                dossier.accuracy_limit,
                dossier.age_limit,
                bool(dossier.confirmed.name),
                thumb_shown=any(photo.kind is PhotoKind.THUMB for photo in dossier.photos),
                on_paper=any(photo.kind is PhotoKind.PAPER for photo in dossier.photos),
                lacking=bool(dossier.lacking),
            ),
            recorded_at=dossier.recorded_at,
        ),
        attendances=[_attendance(here) for here in dossier.presences],
        line=LinePart(
            service_item=visit.service_item,
            contract_line=visit.contract_line,
            minutes=asked.minutes,
            workers=asked.workers,
            units=asked.units,
            rate=asked.rate,
            amount=amount,
        ),
        check_ins=arrivals,
        findings=found,
        state=state,
        photos=dossier.photos,
    )


def _attendance(here: Presence) -> AttendancePart:
    start, end = here.start, here.end or Fix(None)
    return AttendancePart(
        worker=here.worker,
        begun_at=here.begun_at,
        ended_at=here.ended_at,
        begun_typed=here.begun_typed,
        ended_typed=here.ended_typed,
        in_latitude=start.point.latitude if start.point else None,
        in_longitude=start.point.longitude if start.point else None,
        in_accuracy=start.point.accuracy if start.point else None,
        in_metres_off=start.metres_off,
        in_age=start.age,
        out_latitude=end.point.latitude if end.point else None,
        out_longitude=end.point.longitude if end.point else None,
        out_accuracy=end.point.accuracy if end.point else None,
        out_metres_off=end.metres_off,
        out_age=end.age,
        no_position_reason=next((fix.reason for fix in here.fixes if fix.reason), ""),
        out_device=here.out_device,
    )


def _reflected(finding: rules.Finding, dossier: Dossier, id: int) -> rules.Finding:
    """The same finding as the other record sees it."""
    details: Details = {**finding.details, "records": [id]}
    if "start" in details:
        details |= {"start": clock_time(dossier.begun_at), "end": clock_time(dossier.ended_at)}
    return replace(finding, details=details)


def at_ceiling(payable: Decimal, asked: Decimal) -> rules.Finding:
    """The contract's ceiling cut the last visit."""
    return rules.Finding(
        "ceiling",
        Severity.NOTE,
        "The contract has ¥%(left)s left for this visit; it would cost ¥%(asked)s.",
        {"left": f"{payable:,.2f}", "asked": f"{asked:,.2f}"},
    )
