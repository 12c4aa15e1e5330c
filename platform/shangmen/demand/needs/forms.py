"""What requests about assessments and needs may say."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, cast

import msgspec

from shangmen.demand.needs import scales
from shangmen.demand.needs.states import AssessmentReason, Scale
from shangmen.demand.needs.windows import Window

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
Assessor = Annotated[str, msgspec.Meta(max_length=60)]


class AssessmentForm(msgspec.Struct):
    """An assessment: `scores` by item as scales.py names them."""

    scale: Scale
    scores: dict[str, int]
    assessed_on: date
    assessor: Assessor
    second_assessor: Assessor = ""
    reason: AssessmentReason = AssessmentReason.REGULAR


class SheetForm(msgspec.Struct):
    """What every score sheet asks; the sheets add a field an item, so that each fault stands beside its item."""

    assessed_on: date
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


class NeedForm(msgspec.Struct):
    """A need; what is left out comes from the catalogue item and from the person.

    Time windows are a preset, or the rows window_day / window_from / window_to, or (from a program) `windows`.
    """

    service_item: int
    visits_per_month: Annotated[int, msgspec.Meta(ge=1, le=62)] = 1
    minutes: Annotated[int, msgspec.Meta(ge=5, le=1440)] | None = None
    staff_count: Annotated[int, msgspec.Meta(ge=1, le=2)] | None = None
    days_between: Annotated[int, msgspec.Meta(ge=0, le=31)] | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    preset: Literal["any", "mornings", "afternoons", "weekdays", "out_of_school", "rows"] = "any"
    window_day: list[str] = []
    window_from: list[str] = []
    window_to: list[str] = []
    windows: list[Window] = []
    goal: Annotated[str, msgspec.Meta(max_length=500)] = ""


class PauseForm(msgspec.Struct):
    """Why a need rests, and until when as far as that is known."""

    reason: Reason
    until: date | None = None


class EndForm(msgspec.Struct):
    """Why a need ends, and its last day."""

    reason: Reason
    on: date | None = None
