"""What requests about visits may say."""

from enum import StrEnum
from typing import Annotated

import msgspec

from shangmen.web.fields import Day, Id, Minutes, Version

Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")]
Note = Annotated[str, msgspec.Meta(max_length=200)]


class CancelReason(StrEnum):
    """What people may say of why a wanted visit does not take place (after domain.md §6.2): words of VisitReason."""

    HOSPITAL = "hospital"
    AWAY = "recipient_away"
    REFUSED = "recipient_refused"
    DIED = "died"
    MOVED = "moved"
    WEATHER = "weather"
    ROAD = "road_closed"
    WORKER = "worker_absent"
    QUALIFICATION = "not_qualified"
    BUDGET = "no_budget"
    DUPLICATE = "duplicate"
    OTHER = "other"


class VisitForm(msgspec.Struct, kw_only=True):
    """A visit planned by hand. `reason` lets it lie outside the recipient's windows or the worker's hours."""

    day: Day
    start: Clock
    minutes: Minutes | None = None  # None: as long as the need says
    worker: Id
    second_worker: Id | None = None
    reason: Note = ""
    note: Note = ""

    @property
    def start_minute(self) -> int:
        """Minutes after midnight."""
        hours, minutes = self.start.split(":")
        return int(hours) * 60 + int(minutes)

    @property
    def workers(self) -> tuple[int, ...]:
        """Everybody who was chosen, in the order of the form."""
        return (self.worker,) if self.second_worker is None else (self.worker, self.second_worker)


class MoveForm(VisitForm, kw_only=True):
    """A new time or other workers for a visit, by somebody who has seen its present `version`."""

    version: Version


class CancelForm(msgspec.Struct, kw_only=True):
    """The visit will not take place."""

    reason: CancelReason
    note: Note = ""
    version: Version | None = None


class BulkCancelForm(msgspec.Struct, kw_only=True):
    """None of the visits of a period will take place: a storm, an organisation that stops."""

    first: Day
    last: Day
    reason: CancelReason
    note: Note = ""
    worker: Id | None = None  # the visits of one worker only
    placement: Id | None = None  # the visits of one placement only


class MissedForm(msgspec.Struct, kw_only=True):
    """The visit should have taken place and did not."""

    note: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    version: Version | None = None


class PhoneForm(msgspec.Struct, kw_only=True):
    """The visit is replaced by a call."""

    reason: CancelReason
    note: Note = ""
    version: Version | None = None


class FillForm(msgspec.Struct, kw_only=True):
    """Plan what the placements in force still lack between two days, both inclusive."""

    first: Day
    last: Day
    seed: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
