"""What requests about needs may say."""

from typing import Annotated

import msgspec

from shangmen.demand.needs.windows import Preset
from shangmen.web.fields import ClockTime, Code, Day, Id, Minute, Minutes, Version

Weekday = Annotated[int, msgspec.Meta(ge=0, le=6)]  # 0 is Monday
Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class NeedForm(msgspec.Struct):
    """A need; what is left out comes from the catalogue item and from the person.

    Time windows are a preset, or the rows window_day / window_from / window_to, or (from a program) `windows`.
    """

    service_item: Id
    visits_per_month: Annotated[int, msgspec.Meta(ge=1, le=62)] = 1
    minutes: Minutes | None = None
    staff_count: Annotated[int, msgspec.Meta(ge=1, le=2)] | None = None
    days_between: Annotated[int, msgspec.Meta(ge=0, le=31)] | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    preset: Preset = Preset.ANY
    window_day: list[Code] = []
    window_from: list[ClockTime] = []
    window_to: list[ClockTime] = []
    windows: list[tuple[Weekday, Minute, Minute]] = []
    goal: Annotated[str, msgspec.Meta(max_length=500)] = ""


class NeedEditForm(NeedForm, kw_only=True):
    """A draft as it should be kept; `care_plan_version` is that of the plan whose goal was seen."""

    version: Version | None = None
    care_plan_version: Version | None = None


class ApprovalForm(msgspec.Struct):
    """The approval of a draft by somebody who has read this version of it; the reason is for what the ladder does not
    grant."""

    version: Version | None = None
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ReturnForm(msgspec.Struct):
    """Why a draft is given back to its station."""

    reason: Reason
    version: Version | None = None


class TakeForm(msgspec.Struct):
    """The proposals of a page: each row's key (person:code), visits and minutes; `take` has the keys of the chosen."""

    key: list[Code] = []
    visits: list[Annotated[int, msgspec.Meta(ge=1, le=62)]] = []
    minutes: list[Minutes] = []
    take: list[Code] = []


class PlanForm(msgspec.Struct, kw_only=True):
    """What the services of a care plan are to achieve."""

    goal: Annotated[str, msgspec.Meta(max_length=500)] = ""
    version: Version | None = None


class PauseForm(msgspec.Struct):
    """Why a need rests, and until when as far as that is known."""

    reason: Reason
    until: Day | None = None


class EndForm(msgspec.Struct):
    """Why a need ends, and its last day."""

    reason: Reason
    on: Day | None = None
