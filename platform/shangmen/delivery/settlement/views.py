"""Statements as pages and papers read them: masked names, words for codes, who did which step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Protocol

from shangmen import clock
from shangmen.access import Scope
from shangmen.delivery.service_records.phrases import finding_words
from shangmen.delivery.settlement import buckets, deductions, inputs
from shangmen.delivery.settlement import rules as steps
from shangmen.delivery.settlement.buckets import BucketRow, BucketSum
from shangmen.delivery.settlement.queries import DeductionRow, StatementRow
from shangmen.delivery.settlement.states import Bucket, StatementState
from shangmen.demand.recipients.queries import shown_name
from shangmen.errors import DomainError
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.web.language import current, label
from shangmen.web.language import gettext as _

VERBS = {
    "settlement.draft": "Statement drafted",
    "settlement.refresh": "Draft refreshed",
    "settlement.drop": "A visit fell out of the draft",
    "settlement.submit": "Statement submitted",
    "settlement.review": "Statement reviewed",
    "settlement.deduct": "Deduction made",
    "settlement.object": "Objection raised",
    "settlement.send_back": "Statement sent back",
    "settlement.approve": "Statement approved",
    "settlement.pay": "Payment noted",
}


class Served(Protocol):
    """A row that names a service of the catalogue."""

    @property
    def item_code(self) -> str: ...

    @property
    def item_name(self) -> str: ...

    @property
    def item_english(self) -> str: ...


def shown(viewer: Scope, name: str | None) -> str:
    """A recipient's name as this viewer reads it."""
    return shown_name(viewer, name) if name else "—"


def item(row: Served) -> str:
    """A service with its code, in the language in use."""
    return f"{row.item_code} {row.item_name if current() == 'zh_CN' else row.item_english}"


def why(visit: BucketRow) -> str:
    """The reason of a visit's bucket in words: a code of ours, a finding, or what the verifier wrote."""
    if visit.details is not None:
        return finding_words(visit.reason, visit.details)
    if visit.reason.isascii() and visit.reason.replace("_", "").isalpha():
        return label(visit.reason)
    return _(visit.reason)


def taken_for(viewer: Scope, deduction: DeductionRow) -> str:
    """What a deduction is for, in words."""
    if deduction.begun_at is None:
        return deduction.reason
    return _(
        "Visit of %(day)s to %(name)s, settled in %(number)s and rejected since",
        day=clock.day_of(deduction.begun_at).isoformat(),
        name=shown(viewer, deduction.person_name),
        number=deduction.from_number,
    )


def event(one: HistoryRow) -> SimpleNamespace:
    """An event of the trail as the timeline shows it, with the sums that it moved."""
    said = [one.reason] if one.reason else []
    if one.verb == "settlement.deduct":
        said.insert(0, f"{label(one.details['rule'])} −¥{_yuan(one.details, 'amount')}")
    elif one.verb in ("settlement.refresh", "settlement.send_back", "settlement.drop"):
        said.append(_("gross now ¥%(amount)s", amount=_yuan(one.details, "gross")))
    elif one.verb == "settlement.pay":
        said.append(str(one.details["payment_reference"]))
    return SimpleNamespace(at=one.at, who=trail.actor_and_role(one), what=_(VERBS[one.verb]), why=_("; ").join(said))


def _yuan(details: Mapping[str, object], name: str) -> str:
    return f"{Decimal(str(details[name])):,.2f}"


def people(statement: StatementRow) -> list[tuple[str, str, datetime | None]]:
    """Who did each step, and when: (step, name, moment); empty where it is still to be done."""
    return [
        (_("Drafting"), statement.created_name or "", statement.created_at),
        (_("Submission"), statement.submitted_name or "", statement.submitted_at),
        (_("Review"), statement.reviewed_name or "", statement.reviewed_at),
        (_("Approval"), statement.approved_name or "", statement.approved_at),
        (_("Payment"), statement.paid_name or "", statement.paid_at),
    ]


def progress(statement: StatementRow) -> list[tuple[str, str]]:
    """The steps as detail.steps() shows them: what is done, what is to be done now."""
    here = list(StatementState).index(statement.state)
    return [
        (words, "done" if number <= here else ("now" if number == here + 1 else ""))
        for number, (words, _name, _at) in enumerate(people(statement))
    ]


def answers(viewer: Scope, statement: StatementRow) -> dict[str, DomainError | None]:
    """For every verb None when the viewer may do it now, else what is in the way."""
    return {verb: steps.refusal(verb, viewer, statement) for verb in steps.STEPS}


_FORWARD = {
    StatementState.SUBMITTED: "review",
    StatementState.REVIEWED: "approve",
    StatementState.APPROVED: "pay",
}


def in_the_way(viewer: Scope, statement: StatementRow, verbs: Mapping[str, DomainError | None]) -> str:
    """For somebody whose role does the next step and who may not do it: why. "" else."""
    verb = _FORWARD.get(statement.state)
    refused = verbs[verb] if verb else None
    if refused is None or verb is None or steps.STEPS[verb].role != viewer.role:
        return ""
    return _(refused.message, **refused.parameters)


async def rules(viewer: Scope, statement: StatementRow) -> list[tuple[str, str]]:
    """The rules of deduction as options of a form, each with what it takes off."""
    known = await deductions.rules(viewer, statement)
    options = [(code, f"{label(code)}  −¥{amount:,.2f}") for code, amount in known.items()]
    return [*options, (deductions.OTHER, label(deductions.OTHER))]


@dataclass(frozen=True)
class Preview:
    """What a statement of some days would hold: visits that go in, and those beside it with the reason."""

    visits: list[BucketRow]
    aside: list[tuple[BucketRow, str]]
    sums: Mapping[Bucket, BucketSum]
    count: int
    gross: Decimal
    late: int
    claims: int
    claimed: Decimal


async def preview(viewer: Scope, contract: int, first: date, last: date) -> Preview:
    """The statement of a contract for some days before it is drafted."""
    lines = await inputs.lines(viewer, contract, first, last)
    visits = await buckets.buckets(viewer, contract, first, last)
    claims = await inputs.clawbacks(viewer, contract)
    return Preview(
        visits=[one for one in visits if one.bucket is Bucket.NOT_DUE],
        aside=[(one, why(one)) for one in visits if one.bucket in (Bucket.HELD, Bucket.REJECTED)],
        sums=await buckets.bucket_sums(viewer, contract, first, last),
        count=len(lines),
        gross=sum((line.amount for line in lines), inputs.ZERO),
        late=sum(line.day < first for line in lines),
        claims=len(claims),
        claimed=sum((claim.amount for claim in claims), inputs.ZERO),
    )
