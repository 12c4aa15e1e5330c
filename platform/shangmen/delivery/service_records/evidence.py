"""What proves a visit: distances, the circle around a home, the class of the evidence. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shangmen.delivery.service_records.states import Confirmation, EvidenceClass
from shangmen.foundation.regions import distance


@dataclass(frozen=True)
class Point:
    """A position in degrees (WGS-84) and how far from the truth it may be, in metres."""

    latitude: Decimal
    longitude: Decimal
    accuracy: int | None = None


def point(latitude: Decimal | None, longitude: Decimal | None, accuracy: int | None = None) -> Point | None:
    """A position where both coordinates are known."""
    return None if latitude is None or longitude is None else Point(latitude, longitude, accuracy)


def metres(a: Point | None, b: Point | None) -> int | None:
    """Whole straight metres between two positions; None when one is unknown."""
    if a is None or b is None:
        return None
    return round(distance.metres(a.latitude, a.longitude, b.latitude, b.longitude))


@dataclass(frozen=True)
class Fix:
    """Where a worker was at the beginning or the end of a visit; `point` None: no position, for `reason`.

    `age` is how many seconds before it was sent the position was taken; None when nobody knows.
    """

    point: Point | None
    metres_off: int | None = None  # from the recipient's place
    reason: str = ""
    age: int | None = None


@dataclass(frozen=True)
class Moment:
    """When something happened: as we heard of it, or as somebody typed it afterwards."""

    at: datetime
    typed: bool = False


def moment(typed_at: datetime | None, server_at: datetime, tolerance_minutes: float) -> Moment:
    """When something happened that was heard of at `server_at`.

    The server's time is the fact; no telephone's clock is believed here. A typed time within the tolerance of the
    server's says nothing that we do not know; any other is a typed time, and stays one.
    """
    if typed_at is None or abs(typed_at - server_at) <= timedelta(minutes=tolerance_minutes):
        return Moment(server_at)
    return Moment(typed_at, typed=True)


@dataclass(frozen=True)
class Presence:
    """One worker's part in a visit. `end` is None for the colleague whose telephone did not check out.

    Of a beginning or an end that was typed nobody knows where it was: a position proves the moment at which it was
    taken, and that was another one.
    """

    worker: int
    begun_at: datetime
    ended_at: datetime
    start: Fix
    end: Fix | None
    begun_typed: bool = False
    ended_typed: bool = False
    out_device: str = ""

    @property
    def fixes(self) -> list[Fix]:
        """The beginning, and the end where it was taken."""
        return [self.start] if self.end is None else [self.start, self.end]

    def proven(self, fence: int, accuracy_limit: int, age_limit: int) -> list[bool]:
        """Of each fix, whether it proves that the worker was at the home at the claimed moment."""
        typed = (self.begun_typed, self.ended_typed)
        return [
            near(fix, fence, accuracy_limit) and fresh(fix, age_limit) and not late
            for fix, late in zip(self.fixes, typed, strict=False)
        ]


def age(fixed: datetime | None, sent: datetime | None) -> int | None:
    """Whole seconds from a position to its sending, by one clock; None when either is not known."""
    return None if fixed is None or sent is None else int((sent - fixed).total_seconds())


def fresh(fix: Fix, age_limit: int) -> bool:
    """Whether a position was taken when it was sent, give or take `age_limit` seconds; one without an age was not."""
    return fix.age is not None and abs(fix.age) <= age_limit


def near(fix: Fix, fence: int, accuracy_limit: int) -> bool:
    """Whether a fix proves presence: there is one, it is accurate enough, and it lies within the fence.

    A fix is given the benefit of its own accuracy. Without a known home nothing can be measured: not near.
    """
    if fix.point is None or fix.metres_off is None:
        return False
    accuracy = fix.point.accuracy or 0
    return accuracy <= accuracy_limit and fix.metres_off - accuracy <= fence


def evidence_class(
    presences: Sequence[Presence],
    confirmation: Confirmation,
    fence: int,
    accuracy_limit: int,
    age_limit: int,
    witness_named: bool = False,
    thumb_shown: bool = False,
    on_paper: bool = False,
    lacking: bool = False,
) -> EvidenceClass:
    """How well a visit is proven; `age_limit` in seconds.

    A position that was taken at another moment than the claimed one lies nowhere. A thumb print on paper is
    somebody's: it confirms with a witness to it and a photo of it (`thumb_shown`), with a witness alone as the witness
    does. `lacking`: something else that the catalogue demands as proof is missing.

    A  every position taken lies at the home, and the recipient confirmed (signature, or thumb print with a witness)
    B  every position lies at the home and a witness confirmed; or one position does and the recipient confirmed
       or all as for A, and something that the catalogue demands is missing
    C  a position at the home, a confirmation by the recipient or a witness, or the form that was filled in by hand
       (`on_paper`), but not as above
    D  none of these
    """
    places = [proven for presence in presences for proven in presence.proven(fence, accuracy_limit, age_limit)]
    whole, part = bool(places) and all(places), any(places)
    thumb = confirmation is Confirmation.THUMB and witness_named
    own = confirmation is Confirmation.SIGNATURE or (thumb and thumb_shown)
    witness = confirmation is Confirmation.WITNESS or thumb
    if whole and own and not lacking:
        return EvidenceClass.A
    if (whole and (witness or own)) or (part and own):
        return EvidenceClass.B
    if part or own or witness or on_paper:
        return EvidenceClass.C
    return EvidenceClass.D
