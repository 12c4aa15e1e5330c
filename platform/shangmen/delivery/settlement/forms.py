"""What requests about statements may say."""

from decimal import Decimal
from typing import Annotated

import msgspec

from shangmen.web.fields import Between, Day, Id, Money

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=500)]
Remark = Annotated[str, msgspec.Meta(max_length=500)]
Rule = Annotated[str, msgspec.Meta(max_length=40)]
Taken = Annotated[Decimal, Between(Decimal("0.01"), Decimal("999999999.99"))]

DEDUCTIONS = 3  # rows of the review's form


class StatementForm(msgspec.Struct):
    """Which contract, and which days; both inclusive."""

    contract: Id
    period_from: Day
    period_to: Day


class SeenForm(msgspec.Struct):
    """A button of a statement's page: `seen` is the payable sum that the page showed, None when no page was read."""

    seen: Money | None = None


class ReasonForm(msgspec.Struct):
    """Why a statement goes back."""

    reason: Reason
    seen: Money | None = None


class ObjectionForm(msgspec.Struct):
    """What the provider says against the review."""

    text: Reason
    seen: Money | None = None


class PaymentForm(msgspec.Struct):
    """The payment as the treasury's or the bank's paper numbers it."""

    payment_reference: Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
    seen: Money | None = None


class NewDeduction(msgspec.Struct):
    """Money to take off: by a rule of the parameter deduction_shares (no amount), or another amount for a reason."""

    rule: Rule
    amount: Taken | None
    reason: Remark


class ReviewForm(msgspec.Struct):
    """A review: a remark, what is taken off, and the answer where the provider has objected.

    `keep` names the deductions of an earlier review that stay.
    """

    note: Remark = ""
    answer: Remark = ""
    keep: list[Id] = []
    rule_1: Rule = ""
    amount_1: Taken | None = None
    reason_1: Remark = ""
    rule_2: Rule = ""
    amount_2: Taken | None = None
    reason_2: Remark = ""
    rule_3: Rule = ""
    amount_3: Taken | None = None
    reason_3: Remark = ""
    seen: Money | None = None

    def deductions(self) -> dict[int, NewDeduction]:
        """The rows that say something, by their number."""
        rows = {
            number: NewDeduction(*(getattr(self, f"{part}_{number}") for part in ("rule", "amount", "reason")))
            for number in range(1, DEDUCTIONS + 1)
        }
        return {number: row for number, row in rows.items() if row.rule or row.amount is not None or row.reason}
