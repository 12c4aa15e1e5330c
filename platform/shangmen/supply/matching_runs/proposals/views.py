"""What pages show of proposals: rows of the list, and cells of the export."""

from collections.abc import Iterable
from dataclasses import dataclass

from shangmen.foundation.regions.phrases import estimate
from shangmen.supply.matching_runs.explanations.phrases import Shown, shown
from shangmen.supply.matching_runs.proposals.queries import ProposalRow
from shangmen.supply.matching_runs.views import CHANGE_WORDS
from shangmen.web import masking
from shangmen.web.language import current, label
from shangmen.web.language import gettext as _

HEADS = (
    "Need", "Recipient", "Township", "Service", "Visits a month", "Minutes", "Priority weight", "Supplier",
    "Contract", "Kilometres", "Position", "Change", "Present supplier", "Reason", "Explanation", "Changed by hand",
)  # fmt: skip


def item(row: ProposalRow) -> str:
    """The service, with its code."""
    return f"{row.item_code} {row.item_name if current() == 'zh_CN' else row.item_english}"


@dataclass(frozen=True)
class Listed:
    """A proposal in a list: the service, the name as far as it is shown, the first reason when unserved."""

    row: ProposalRow
    item: str
    shown_name: str
    why: Shown | None


def listed(rows: Iterable[ProposalRow], names: dict[int, str]) -> list[Listed]:
    """Proposals for a list; `names` are those of suppliers."""
    return [
        Listed(
            row=row,
            item=item(row),
            shown_name=masking.name(row.person_name),
            why=shown(row.reasons[0], names) if row.reasons and row.supplier is None else None,
        )
        for row in rows
    ]


def cells(rows: Iterable[ProposalRow], names: dict[int, str]) -> list[tuple[object, ...]]:
    """Proposals to take along, under HEADS."""
    return [
        (
            one.row.need, one.shown_name, one.row.township_name, one.item, one.row.visits_per_month, one.row.minutes,
            one.row.priority, one.row.supplier_name, one.row.contract_number,
            None if one.row.metres is None else round(one.row.metres / 1000, 1), estimate(one.row.accuracy),
            _(CHANGE_WORDS[one.row.change]), one.row.previous_name,
            label(one.row.reason), one.why.text if one.why else "", one.row.override_reason,
        )
        for one in listed(rows, names)
    ]  # fmt: skip
