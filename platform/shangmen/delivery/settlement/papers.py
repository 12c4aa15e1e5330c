"""Statements as sheets: the list, and the ledger of one statement with its totals and the lines to be signed."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from shangmen.delivery.settlement.capitals import capitals
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import environment

LIST_HEADS = (
    "Number", "Provider", "Contract", "From", "To", "State", "Number of visits", "Gross (yuan)", "Deducted (yuan)",
    "Payable (yuan)", "Submitted by", "Submitted", "Reviewed by", "Reviewed", "Approved by", "Approved", "Paid by",
    "Paid", "Payment reference",
)  # fmt: skip
LINE_HEADS = (
    "No.", "Date", "Begin", "End", "Recipient", "Township", "Service", "Workers", "Minutes", "Units",
    "Rate (yuan)", "Amount (yuan)", "Evidence", "Remark",
)  # fmt: skip


def list_cells(rows: list[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of the list's sheet."""
    for row in rows:
        steps: list[Any] = []
        for step in ("submitted", "reviewed", "approved", "paid"):
            steps += [row[f"{step}_name"], row[f"{step}_at"]]
        yield (
            row["number"], row["provider_name"], row["contract_number"], row["period_from"], row["period_to"],
            label(row["state"]), row["lines"], row["gross"], row["deducted"], row["payable"], *steps,
            row["payment_reference"],
        )  # fmt: skip


def ledger(statement: Any, lines: list[dict[str, Any]], deductions: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement's ledger: every line, totals, deductions, capital figures, who signs.

    `lines` and `deductions` are those of showing.py, masked for the viewer.
    """
    time = environment().filters["time"]
    blank = len(LINE_HEADS)
    for number, row in enumerate(lines, 1):
        yield (
            number, row["day"], time(row["begun_at"]), time(row["ended_at"]), row["shown_name"], row["township_name"],
            row["item"], row["workers_names"], row["minutes"], row["units"], row["rate"], row["amount"],
            row["evidence_class"], _("earlier period") if row["late"] else "",
        )  # fmt: skip
    minutes = sum(row["minutes"] for row in lines)
    yield _sum(_("Total"), statement["gross"], minutes)
    for row in deductions:
        yield _sum(_("Deducted: %(what)s", what=row["words"] or label(row["rule"])), -row["amount"])
    yield _sum(_("Payable"), statement["payable"])
    yield (_("In capital figures"), "", "", "", capitals(statement["payable"]), *("",) * (blank - 5))
    yield ("",) * blank
    for words, name, moment in (
        (_("Unit"), statement["provider_name"], statement["contract_number"]),
        (_("Prepared by"), statement["submitted_name"] or statement["created_name"], statement["submitted_at"]),
        (_("Reviewed by"), statement["reviewed_name"], statement["reviewed_at"]),
        (_("Approved by"), statement["approved_name"], statement["approved_at"]),
        (_("Paid by"), statement["paid_name"], statement["paid_at"]),
    ):
        yield (words, "", name or "________", "", moment or "________", *("",) * (blank - 5))


def _sum(words: str, amount: Decimal, minutes: int | None = None) -> tuple[Any, ...]:
    """A row of the sheet's foot: the words at the left, the amount in its column."""
    cells: list[Any] = [""] * len(LINE_HEADS)
    cells[0], cells[LINE_HEADS.index("Amount (yuan)")] = words, amount
    if minutes is not None:
        cells[LINE_HEADS.index("Minutes")] = minutes
    return tuple(cells)
