"""Who does the next step of a statement, and what is in the way: read by the verbs and by the pages alike. Pure.

draft -> submitted -> reviewed -> approved -> paid; sent back to a draft until it is paid. Submitter, reviewer,
approver and payer are four people; the database refuses it too (statement_four_people).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shangmen.access import Role, Scope
from shangmen.errors import Conflict, DomainError, Forbidden, Refused

STATES = ("draft", "submitted", "reviewed", "approved", "paid")
FINAL = ("approved", "paid")  # the contract's counters have moved

# Where a statement stands, as a sentence for somebody who wanted something else.
WHERE = {
    "draft": "This statement is a draft of the provider.",
    "submitted": "This statement waits for its review.",
    "reviewed": "This statement is reviewed and waits for its approval.",
    "approved": "This statement is approved and waits for its payment.",
    "paid": "This statement is paid; nothing about it changes any more.",
}
STALE = "This has changed since you opened it. Please look at it again."
NO_OBJECTION = "This statement is reviewed already, and no objection waits for an answer."
ANSWER_FIRST = "The provider has objected; the reviewer answers before anybody approves."
OWN_SUBMISSION = "You submitted this statement; somebody else has to do this."
OWN_REVIEW = "You reviewed this statement; a second officer has to approve it."
OWN_EARLIER_STEP = "You had a part in this statement; somebody else has to pay it."


@dataclass(frozen=True)
class Step:
    """A verb on a statement: whose it is, from which states, and after whose steps it may not be the same person."""

    role: Role
    states: tuple[str, ...]
    after: tuple[str, ...] = ()


STEPS = {
    "refresh": Step(Role.PROVIDER_MANAGER, ("draft",)),
    "submit": Step(Role.PROVIDER_MANAGER, ("draft",)),
    "review": Step(Role.BUREAU_OFFICER, ("submitted", "reviewed"), ("submitted_by",)),
    "object": Step(Role.PROVIDER_MANAGER, ("reviewed",)),
    "send_back": Step(Role.BUREAU_OFFICER, ("submitted", "reviewed", "approved")),
    "approve": Step(Role.BUREAU_OFFICER, ("reviewed",), ("submitted_by", "reviewed_by")),
    "pay": Step(Role.BUREAU_FINANCE, ("approved",), ("submitted_by", "reviewed_by", "approved_by")),
}
_SAME = {
    "submitted_by": OWN_SUBMISSION,
    "reviewed_by": OWN_REVIEW,
    "approved_by": OWN_EARLIER_STEP,
}


def refusal(
    verb: str, scope: Scope, statement: Any, objections: int = 0, seen: Decimal | None = None
) -> DomainError | None:
    """Why `scope` may not do `verb` to the statement now, None when it may.

    `objections` counts those without an answer; `seen` is the payable sum on the page that the person read.
    """
    step = STEPS[verb]
    if scope.role != step.role or scope.user is None:
        return Forbidden()
    if statement["state"] not in step.states:
        return Conflict(WHERE[statement["state"]])
    if verb == "review" and statement["state"] == "reviewed" and not objections:
        return Conflict(NO_OBJECTION)
    for person in step.after:
        if statement[person] == scope.user:
            return Refused(OWN_EARLIER_STEP if verb == "pay" else _SAME[person])
    if verb == "approve" and objections:
        return Conflict(ANSWER_FIRST)
    if seen is not None and seen != statement["payable"]:
        return Conflict(STALE)
    return None


def next_role(statement: Any, objections: int = 0) -> tuple[str, str]:
    """Who is to act next, as a role's code, and a sentence that says what is waited for; "" for a paid statement."""
    state = statement["state"]
    if state == "reviewed" and objections:
        return Role.BUREAU_OFFICER, "An objection waits for the reviewer's answer."
    return {
        "draft": (Role.PROVIDER_MANAGER, "The provider has to submit it."),
        "submitted": (Role.BUREAU_OFFICER, "An officer of the bureau has to review it."),
        "reviewed": (Role.BUREAU_OFFICER, "A second officer has to approve it: not the one who reviewed it."),
        "approved": (Role.BUREAU_FINANCE, "The bureau's finance has to pay it."),
        "paid": ("", ""),
    }[state]
