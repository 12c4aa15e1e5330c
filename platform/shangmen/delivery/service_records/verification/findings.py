"""Judging a record: the rules look at it, its money is counted, and what else it throws a light on is held."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shangmen.access import Scope
from shangmen.delivery.service_records import chain
from shangmen.delivery.service_records.evidence import Fix, Presence, evidence_class
from shangmen.delivery.service_records.verification import rules, verdicts
from shangmen.delivery.service_records.verification.dossier import Facts
from shangmen.delivery.service_records.verification.rules.frame import clock_time


async def judge(
    system: Scope, id: int, row: Any, facts: Facts, arrivals: Sequence[Any], said: dict[str, Any]
) -> chain.Draft:
    """Let the rules look at a record, count its money if it is verified, and hold what else it throws a light on."""
    asked = verdicts.price(row, facts.payable_minutes, len(facts.presences))
    facts = replace(facts, amount=asked.amount)
    found = rules.check(facts)
    state = rules.verdict(found)
    amount = await verdicts.deliver(system, row, asked) if state == "verified" else asked.amount
    if amount < asked.amount:
        found.append(at_ceiling(amount, asked.amount))
    for finding in found:
        for other in finding.details.get("records", ()):
            await verdicts.lower(system, other, _reflected(finding, facts, id))
    if state == "held":
        await verdicts.ask(system, id, row["station"], row["supplier"], facts.day.isoformat(), row["supplier_name"])
    return chain.Draft(
        record={
            "id": id,
            "county": row["county"],
            "station": row["station"],
            "supplier": row["supplier"],
            "visit": row["id"],
            "person": row["person"],
            "begun_at": facts.begun_at,
            "ended_at": facts.ended_at,
            "evidence_class": evidence_class(facts.presences, facts.confirmed.kind, facts.fence, facts.accuracy_limit),
            "recorded_at": facts.recorded_at,
            **said,
        },
        attendances=[_attendance(here) for here in facts.presences],
        line={
            "service_item": row["service_item"],
            "contract_line": row["contract_line"],
            "minutes": asked.minutes,
            "workers": asked.workers,
            "units": asked.units,
            "rate": asked.rate,
            "amount": amount,
        },
        check_ins=list(arrivals),
        findings=found,
        state=state,
    )


def _attendance(here: Presence) -> dict[str, Any]:
    values: dict[str, Any] = {"worker": here.worker, "begun_at": here.begun_at, "ended_at": here.ended_at}
    for side, fix in (("in", here.start), ("out", here.end or Fix(None))):
        values[f"{side}_latitude"] = fix.point.latitude if fix.point else None
        values[f"{side}_longitude"] = fix.point.longitude if fix.point else None
        values[f"{side}_accuracy"] = fix.point.accuracy if fix.point else None
        values[f"{side}_metres_off"] = fix.metres_off
    values["no_position_reason"] = next((fix.reason for fix in here.fixes if fix.reason), "")
    return values


def _reflected(finding: rules.Finding, facts: Facts, id: int) -> rules.Finding:
    """The same finding as the other record sees it."""
    details = {**finding.details, "records": [id]}
    if "start" in details:
        details |= {"start": clock_time(facts.begun_at), "end": clock_time(facts.ended_at)}
    return replace(finding, details=details)


def at_ceiling(payable: Decimal, asked: Decimal) -> rules.Finding:
    """The contract's ceiling cut the last visit."""
    return rules.Finding(
        "ceiling",
        rules.NOTE,
        "The contract has ¥%(left)s left for this visit; it would cost ¥%(asked)s.",
        {"left": f"{payable:,.2f}", "asked": f"{asked:,.2f}"},
    )
