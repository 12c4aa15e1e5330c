"""Who does the next step of a statement, and what is in the way: read by the verbs and by the pages alike. Pure.

draft -> submitted -> reviewed -> approved -> paid; sent back to a draft until it is paid (states.py). Submitter,
reviewer, approver and payer are four people; the database refuses it too (statement_four_people).
"""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.delivery.settlement.states import StatementState
from shangmen.errors import Conflict, DomainError, Forbidden, ImpossibleMove, Refused

DRAFT, SUBMITTED, REVIEWED, APPROVED, PAID = StatementState

# Where a statement stands, as a sentence for somebody who wanted to do something with it as it is.
WHERE = {
    DRAFT: "This statement is a draft of the provider.",
    SUBMITTED: "This statement waits for its review.",
    REVIEWED: "This statement is reviewed and waits for its approval.",
    APPROVED: "This statement is approved and waits for its payment.",
    PAID: "This statement is paid; nothing about it changes any more.",
}
STALE = "This has changed since you opened it. Please look at it again."
NO_OBJECTION = "This statement is reviewed already, and no objection waits for an answer."
ANSWER_FIRST = "The provider has objected; the reviewer answers before anybody approves."
OWN_SUBMISSION = "You submitted this statement; somebody else has to do this."
OWN_REVIEW = "You reviewed this statement; a second officer has to approve it."
OWN_EARLIER_STEP = "You had a part in this statement; somebody else has to pay it."

# The states in which a statement waits for a role.
WAITS = {
    Role.PROVIDER_MANAGER: (DRAFT,),
    Role.BUREAU_OFFICER: (SUBMITTED, REVIEWED),
    Role.BUREAU_FINANCE: (APPROVED,),
}


@dataclass(frozen=True)
class Standing(database.Row):
    """How far a statement is, by whose hands; `objections` counts those without an answer."""

    state: StatementState
    payable: Decimal
    submitted_by: int | None
    reviewed_by: int | None
    approved_by: int | None
    objections: int

    def hand(self, state: StatementState) -> int | None:
        """Who brought it to a state."""
        return {SUBMITTED: self.submitted_by, REVIEWED: self.reviewed_by, APPROVED: self.approved_by}.get(state)


@dataclass(frozen=True)
class Step:
    """A verb on a statement: whose it is, and after whose steps it may not be the same person.

    `to` is the state that it brings; a verb without one leaves the statement `within` its state.
    """

    role: Role
    to: StatementState | None = None
    within: StatementState | None = None
    after: tuple[StatementState, ...] = ()


STEPS = {
    "refresh": Step(Role.PROVIDER_MANAGER, within=DRAFT),
    "submit": Step(Role.PROVIDER_MANAGER, SUBMITTED),
    "review": Step(Role.BUREAU_OFFICER, REVIEWED, after=(SUBMITTED,)),
    "object": Step(Role.PROVIDER_MANAGER, within=REVIEWED),
    "send_back": Step(Role.BUREAU_OFFICER, DRAFT),
    "approve": Step(Role.BUREAU_OFFICER, APPROVED, after=(SUBMITTED, REVIEWED)),
    "pay": Step(Role.BUREAU_FINANCE, PAID, after=(SUBMITTED, REVIEWED, APPROVED)),
}
_SAME = {SUBMITTED: OWN_SUBMISSION, REVIEWED: OWN_REVIEW, APPROVED: OWN_EARLIER_STEP}


def refusal(verb: str, scope: Scope, statement: Standing, seen: Decimal | None = None) -> DomainError | None:
    """Why `scope` may not do `verb` to the statement now, None when it may.

    `seen` is the payable sum on the page that the person read.
    """
    step = STEPS[verb]
    if scope.role != step.role or scope.user is None:
        return Forbidden()
    if step.to is not None and not statement.state.may(step.to):
        return ImpossibleMove(statement.state, step.to)
    if step.within not in (None, statement.state):
        return Conflict(WHERE[statement.state])
    if verb == "review" and statement.state is REVIEWED and not statement.objections:
        return Conflict(NO_OBJECTION)
    for state in step.after:
        if statement.hand(state) == scope.user:
            return Refused(OWN_EARLIER_STEP if verb == "pay" else _SAME[state])
    if verb == "approve" and statement.objections:
        return Conflict(ANSWER_FIRST)
    if seen is not None and seen != statement.payable:
        return Conflict(STALE)
    return None


# Who is to act next, and a sentence that says what is waited for.
NEXT: dict[StatementState, tuple[Role | None, str]] = {
    DRAFT: (Role.PROVIDER_MANAGER, "The provider has to submit it."),
    SUBMITTED: (Role.BUREAU_OFFICER, "An officer of the bureau has to review it."),
    REVIEWED: (Role.BUREAU_OFFICER, "A second officer has to approve it: not the one who reviewed it."),
    APPROVED: (Role.BUREAU_FINANCE, "The bureau's finance has to pay it."),
    PAID: (None, ""),
}


def next_role(statement: Standing) -> tuple[Role | None, str]:
    """Who is to act next, and a sentence that says what is waited for; nobody and "" for a paid statement."""
    if statement.state is REVIEWED and statement.objections:
        return Role.BUREAU_OFFICER, "An objection waits for the reviewer's answer."
    return NEXT[statement.state]
