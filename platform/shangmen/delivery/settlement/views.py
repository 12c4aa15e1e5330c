"""Statements as pages and papers read them: masked names, words for codes, who did which step."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.phrases import finding_words
from shangmen.delivery.settlement import deductions
from shangmen.delivery.settlement import rules as steps
from shangmen.demand.recipients.queries import shown_name
from shangmen.errors import DomainError
from shangmen.foundation.audit import phrases as trail
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

DONE = (
    ("created", "Drafting"),
    ("submitted", "Submission"),
    ("reviewed", "Review"),
    ("approved", "Approval"),
    ("paid", "Payment"),
)


def row(viewer: Scope, values: Any) -> dict[str, Any]:
    """A line, a recipient or a visit as this viewer reads it: the name masked, the service in the page's language."""
    made = dict(values)
    if "person_name" in made:
        name = made["person_name"]
        made["shown_name"] = shown_name(viewer, name) if name else "—"
    if "item_name" in made:
        made["item"] = f"{made['item_code']} {made['item_name'] if current() == 'zh_CN' else made['item_english']}"
    if "day" not in made and "begun_at" in made and made["begun_at"]:
        made["day"] = clock.day_of(made["begun_at"])
    return made


def why(visit: Any) -> str:
    """The reason of a visit's bucket in words: a code of ours, a finding, or what the verifier wrote."""
    if visit["details"] is not None:
        return finding_words(visit["reason"], database.from_json(visit["details"]))
    if visit["reason"].isascii() and visit["reason"].replace("_", "").isalpha():
        return label(visit["reason"])
    return _(visit["reason"])


def deduction(viewer: Scope, values: Any) -> dict[str, Any]:
    """A deduction with what it is for in words."""
    made = row(viewer, values)
    if made["claws_back"] is not None:
        made["words"] = _(
            "Visit of %(day)s to %(name)s, settled in %(number)s and rejected since",
            day=made["day"].isoformat(),
            name=made["shown_name"],
            number=made["from_number"],
        )
    else:
        made["words"] = made["reason"]
    return made


def event(values: Any) -> SimpleNamespace:
    """An event of the trail as the timeline shows it, with the sums that it moved."""
    details = database.from_json(values["details"]) or {}
    said = [values["reason"]] if values["reason"] else []
    if values["verb"] == "settlement.deduct":
        said.insert(0, f"{label(details['rule'])} −¥{Decimal(details['amount']):,.2f}")
    elif values["verb"] in ("settlement.refresh", "settlement.send_back", "settlement.drop"):
        said.append(_("gross now ¥%(amount)s", amount=f"{Decimal(details['gross']):,.2f}"))
    elif values["verb"] == "settlement.pay":
        said.append(details["payment_reference"])
    return SimpleNamespace(
        at=values["at"],
        who=trail.actor_and_role(values),
        what=_(VERBS[values["verb"]]),
        why=_("; ").join(said),
    )


def people(statement: Any) -> list[tuple[str, str, Any]]:
    """Who did each step, and when: (step, name, moment); empty where it is still to be done."""
    return [(_(words), statement[f"{step}_name"] or "", statement[f"{step}_at"]) for step, words in DONE]


def progress(statement: Any) -> list[tuple[str, str]]:
    """The steps as detail.steps() shows them: what is done, what is to be done now."""
    here = steps.STATES.index(statement["state"])
    return [
        (_(words), "done" if number <= here else ("now" if number == here + 1 else ""))
        for number, (_step, words) in enumerate(DONE)
    ]


def answers(viewer: Scope, statement: Any) -> dict[str, DomainError | None]:
    """For every verb None when the viewer may do it now, else what is in the way."""
    return {verb: steps.refusal(verb, viewer, statement, statement["objections"]) for verb in steps.STEPS}


def in_the_way(viewer: Scope, statement: Any, verbs: dict[str, DomainError | None]) -> str:
    """For somebody whose role does the next step and who may not do it: why. "" else."""
    verb = {"submitted": "review", "reviewed": "approve", "approved": "pay"}.get(statement["state"])
    refused = verbs[verb] if verb else None
    if refused is None or verb is None or steps.STEPS[verb].role != viewer.role:
        return ""
    return _(refused.message, **refused.parameters)


async def rules(viewer: Scope, statement: Any) -> list[tuple[str, str]]:
    """The rules of deduction as options of a form, each with what it takes off."""
    known = await deductions.rules(viewer, statement)
    options = [(code, f"{label(code)}  −¥{amount:,.2f}") for code, amount in known.items()]
    return [*options, (deductions.OTHER, label(deductions.OTHER))]


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month, the last at most yesterday."""
    first, last = clock.month_of(day)
    return first, min(last, clock.today() - timedelta(1))
