"""Words of visits."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class VisitState(State):
    """Where a visit stands; one that is moved to another time is planned again."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"
    PHONE = "phone"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        away = (cls.IN_PROGRESS, cls.MISSED, cls.CANCELLED, cls.PHONE)
        return {
            cls.PLANNED: (cls.PLANNED, cls.CONFIRMED, *away),
            cls.CONFIRMED: (cls.PLANNED, *away),
            cls.IN_PROGRESS: (cls.DONE,),
        }


class VisitReason(StrEnum):
    """Why a wanted visit did not take place: what people may say (forms.CancelReason), and what only effects give."""

    NONE = ""
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
    INSTITUTION = "institution"
    PLACEMENT_ENDED = "placement_ended"
    NEED_PAUSED = "need_paused"
    ENTITLEMENT_ENDED = "entitlement_ended"


# What may still be moved or called off: nothing has happened yet.
OPEN = VisitState.before(VisitState.CANCELLED)
STANDING = (VisitState.PLANNED, VisitState.CONFIRMED, VisitState.IN_PROGRESS, VisitState.DONE)
# What counts toward the month's number: a call took its place, or it takes or took place.
COUNTED = (*STANDING, VisitState.PHONE)
# Nothing is left to be agreed: what a visit that is to be confirmed comes beside.
AGREED = tuple(state for state in COUNTED if state is not VisitState.PLANNED)
# Nobody comes: the workers are free.
FALLEN = (VisitState.MISSED, VisitState.CANCELLED, VisitState.PHONE)
