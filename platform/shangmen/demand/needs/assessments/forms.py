"""What requests about assessments may say."""

from collections.abc import Mapping
from typing import Annotated, cast

import msgspec

from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.states import AssessmentReason, Scale
from shangmen.web.fields import Code, Day

Score = Annotated[int, msgspec.Meta(ge=0, le=99)]
Assessor = Annotated[str, msgspec.Meta(max_length=60)]


class AssessmentForm(msgspec.Struct):
    """An assessment: `scores` by item as scales.py names them."""

    scale: Scale
    scores: dict[Code, Score]
    assessed_on: Day
    assessor: Assessor
    second_assessor: Assessor = ""
    reason: AssessmentReason = AssessmentReason.REGULAR


class SheetForm(msgspec.Struct):
    """What every score sheet asks; the sheets add a field an item, so that each fault stands beside its item."""

    assessed_on: Day
    assessor: Assessor
    second_assessor: Assessor = ""
    reason: AssessmentReason = AssessmentReason.REGULAR


def _sheet(name: str, items: dict[str, int], more: Mapping[str, object]) -> type[SheetForm]:
    """A score sheet: points for each item, then what may be left out (its type; nothing of it is the default)."""
    scored = [(item, Annotated[int, msgspec.Meta(ge=0, le=most)]) for item, most in items.items()]
    optional = [(item, hint, False if hint is bool else 0) for item, hint in more.items()]
    made = msgspec.defstruct(name, [*scored, *optional], bases=(SheetForm,), module=__name__, kw_only=True)
    return cast("type[SheetForm]", made)  # defstruct does not say that it keeps the base


SHEETS: dict[Scale, type[SheetForm]] = {
    Scale.SIX_ITEM: _sheet("SixItemSheet", dict.fromkeys(scales.SIX_ITEMS, 1), {}),
    Scale.GBT42195: _sheet(
        "AbilitySheet",
        scales.GBT_ITEMS,
        {"coma": bool, "mental_disorder": bool, "risk_events": Annotated[int, msgspec.Meta(ge=0, le=99)]},
    ),
    Scale.MINOR: _sheet("MinorSheet", {}, dict.fromkeys(scales.MINOR_ITEMS, bool)),
}


def assessment(scale: Scale, sheet: SheetForm) -> AssessmentForm:
    """The assessment that a filled-in score sheet says."""
    items = set(sheet.__struct_fields__) - set(SheetForm.__struct_fields__)
    return AssessmentForm(
        scale=scale,
        scores={item: int(getattr(sheet, item)) for item in items},
        assessed_on=sheet.assessed_on,
        assessor=sheet.assessor,
        second_assessor=sheet.second_assessor,
        reason=sheet.reason,
    )
