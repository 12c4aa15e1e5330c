"""Statements as sheets: the list, and the ledger of one statement with its totals and the lines to be signed."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from shangmen.access import Scope
from shangmen.delivery.settlement.ledger import LineRow
from shangmen.delivery.settlement.payment.capitals import capitals
from shangmen.delivery.settlement.queries import DeductionRow, StatementRow
from shangmen.delivery.settlement.views import item, shown, taken_for
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import environment

Cells = tuple[object, ...]

LIST_HEADS = (
    "Number", "Provider", "Contract", "From", "To", "State", "Number of visits", "Gross (yuan)", "Deducted (yuan)",
    "Payable (yuan)", "Submitted by", "Submitted", "Reviewed by", "Reviewed", "Approved by", "Approved", "Paid by",
    "Paid", "Payment reference",
)  # fmt: skip
LINE_HEADS = (
    "No.", "Date", "Begin", "End", "Recipient", "Township", "Service", "Workers", "Minutes", "Units",
    "Rate (yuan)", "Amount (yuan)", "Evidence", "Remark",
)  # fmt: skip


def list_cells(row: StatementRow) -> Cells:
    """A row of the list's sheet."""
    return (
        row.number, row.provider_name, row.contract_number, row.period_from, row.period_to,
        label(row.state), row.lines, row.gross, row.deducted, row.payable,
        row.submitted_name, row.submitted_at, row.reviewed_name, row.reviewed_at,
        row.approved_name, row.approved_at, row.paid_name, row.paid_at, row.payment_reference,
    )  # fmt: skip


def sheet(
    viewer: Scope, statement: StatementRow, lines: Sequence[LineRow], deductions: Sequence[DeductionRow]
) -> Iterator[Cells]:
    """The rows of a statement's ledger: every line, totals, deductions, capital figures, who signs.

    Recipients are named as the viewer may read them.
    """
    time = environment().filters["time"]
    blank = len(LINE_HEADS)
    for number, row in enumerate(lines, 1):
        yield (
            number, row.day, time(row.begun_at), time(row.ended_at), shown(viewer, row.person_name),
            row.township_name, item(row), row.workers_names, row.minutes, row.units, row.rate, row.amount,
            row.evidence_class.value, _("earlier period") if row.late else "",
        )  # fmt: skip
    minutes = sum(row.minutes for row in lines)
    yield _sum(_("Total"), statement.gross, minutes)
    for taken in deductions:
        yield _sum(_("Deducted: %(what)s", what=taken_for(viewer, taken) or label(taken.rule)), -taken.amount)
    yield _sum(_("Payable"), statement.payable)
    yield (_("In capital figures"), "", "", "", capitals(statement.payable), *("",) * (blank - 5))
    yield ("",) * blank
    signed: tuple[tuple[str, str | None, object], ...] = (
        (_("Unit"), statement.provider_name, statement.contract_number),
        (_("Prepared by"), statement.submitted_name or statement.created_name, statement.submitted_at),
        (_("Reviewed by"), statement.reviewed_name, statement.reviewed_at),
        (_("Approved by"), statement.approved_name, statement.approved_at),
        (_("Paid by"), statement.paid_name, statement.paid_at),
    )
    for words, name, moment in signed:
        yield (words, "", name or "________", "", moment or "________", *("",) * (blank - 5))


def _sum(words: str, amount: Decimal, minutes: int | None = None) -> Cells:
    """A row of the sheet's foot: the words at the left, the amount in its column."""
    cells: list[object] = [""] * len(LINE_HEADS)
    cells[0], cells[LINE_HEADS.index("Amount (yuan)")] = words, amount
    if minutes is not None:
        cells[LINE_HEADS.index("Minutes")] = minutes
    return tuple(cells)
