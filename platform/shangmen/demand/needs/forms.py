"""What requests about assessments and needs may say."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from shangmen.demand.needs import scales

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
Assessor = Annotated[str, msgspec.Meta(max_length=60)]

REASONS: tuple[str, ...] = ("first", "regular", "change", "doubt", "other")


class AssessmentForm(msgspec.Struct):
    """An assessment: `scores` by item as scales.py names them."""

    scale: Literal["SIX_ITEM", "GBT42195", "MINOR"]
    scores: dict[str, int]
    assessed_on: date
    assessor: Assessor
    second_assessor: Assessor = ""
    reason: Literal["first", "regular", "change", "doubt", "other"] = "regular"


def _sheet(name: str, items: dict[str, int], extra: list[tuple[Any, ...]]) -> type[msgspec.Struct]:
    """The form of a score sheet: one field an item, so that each fault stands beside its item."""
    shared: list[tuple[Any, ...]] = [
        ("assessed_on", date),
        ("assessor", Assessor),
        ("second_assessor", Assessor, ""),
        ("reason", Literal["first", "regular", "change", "doubt", "other"], "regular"),
    ]
    scored: list[tuple[Any, ...]] = [
        (item, Annotated[int, msgspec.Meta(ge=0, le=most)]) for item, most in items.items()
    ]
    fields = sorted([*scored, *extra, *shared], key=len)  # those with a default come last
    return msgspec.defstruct(name, fields, module=__name__)


SHEETS: dict[str, type[msgspec.Struct]] = {
    "SIX_ITEM": _sheet("SixItemSheet", dict.fromkeys(scales.SIX_ITEMS, 1), []),
    "GBT42195": _sheet(
        "AbilitySheet",
        scales.GBT_ITEMS,
        [
            ("coma", bool, False),
            ("mental_disorder", bool, False),
            ("risk_events", Annotated[int, msgspec.Meta(ge=0, le=99)], 0),
        ],
    ),
    "MINOR": _sheet("MinorSheet", {}, [(item, bool, False) for item in scales.MINOR_ITEMS]),
}


def assessment(scale: Any, sheet: Any) -> AssessmentForm:
    """The assessment that a filled-in score sheet says."""
    answers = msgspec.structs.asdict(sheet)
    shared = {name: answers.pop(name) for name in ("assessed_on", "assessor", "second_assessor", "reason")}
    return AssessmentForm(scale=scale, scores={item: int(value) for item, value in answers.items()}, **shared)


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
    windows: list[list[int]] = []
    goal: Annotated[str, msgspec.Meta(max_length=500)] = ""


class PauseForm(msgspec.Struct):
    """Why a need rests, and until when as far as that is known."""

    reason: Reason
    until: date | None = None


class EndForm(msgspec.Struct):
    """Why a need ends, and its last day."""

    reason: Reason
    on: date | None = None
