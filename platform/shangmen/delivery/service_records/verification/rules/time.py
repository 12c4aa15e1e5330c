"""Rules on when: how long, how late, in two places at once, too fast (F06, F08, F11, F12, F13, F15). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shangmen import clock
from shangmen.delivery.service_records.evidence import Point, Presence, metres
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification.dossier import Dossier, Elsewhere
from shangmen.delivery.service_records.verification.rules.rule import (
    Details,
    Finding,
    Simple,
    clock_time,
    metres_in_words,
)

MINUTE = timedelta(minutes=1)


class TooShort(Simple):
    """F06: one hour worked, two charged."""

    name = "too_short"
    sentence = "The visit lasted %(minutes)s min; at least %(least)s min are needed."

    def found(self, dossier: Dossier) -> Details | None:
        least = dossier.service.minimum_minutes
        return {"minutes": dossier.minutes, "least": least} if dossier.minutes < least else None


class TooLong(Simple):
    """Much longer than planned; what is paid is never more than what was planned."""

    name = "too_long"
    sentence = "The visit lasted %(minutes)s min; %(planned)s min were planned."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        planned = dossier.service.planned_minutes
        longer = dossier.minutes > planned * float(dossier.limits.overlong_share)
        return {"minutes": dossier.minutes, "planned": planned} if longer else None


class OtherTime(Simple):
    """Begun at another time than planned."""

    name = "other_time"
    sentence = "The visit began %(minutes)s min away from the planned time."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        away = abs(dossier.begun_at - dossier.service.planned_start) // MINUTE
        return {"minutes": away} if away > dossier.limits.start_tolerance_minutes else None


class Overlap(Simple):
    """F11: one person in two places, over all employers."""

    name = "overlap"
    sentence = "%(worker)s was recorded at another visit at the same time (%(start)s to %(end)s)."

    def found(self, dossier: Dossier) -> Details | None:
        both = [
            other
            for here in dossier.presences
            for other in dossier.elsewhere
            if other.worker == here.worker and other.begun_at < here.ended_at and other.ended_at > here.begun_at
        ]
        if not both:
            return None
        first = min(both, key=lambda other: (other.begun_at, other.record))
        return {"worker": dossier.names.get(first.worker, ""), **_times(both)}


class BothAtHome(Simple):
    """F11: two suppliers are paid for the same recipient at the same time; one of them at most is right."""

    name = "both_at_home"
    sentence = "Another supplier recorded a paid visit to this recipient at the same time (%(start)s to %(end)s)."

    def found(self, dossier: Dossier) -> Details | None:
        both = [
            other
            for other in dossier.paid_alike
            if other.begun_at < dossier.ended_at and other.ended_at > dossier.begun_at
        ]
        return _times(both) if both else None


class TwiceServed(Simple):
    """F15, of what the county itself pays: the same service for the same recipient on the same day, by two suppliers.

    What other departments pay for is not known here.
    """

    name = "twice_served"
    sentence = "Another supplier recorded the same service for this recipient on this day (%(start)s to %(end)s)."

    def found(self, dossier: Dossier) -> Details | None:
        twice = [
            other
            for other in dossier.paid_alike
            if other.item == dossier.item and clock.day_of(other.begun_at) == dossier.day
        ]
        return _times(twice) if twice else None


def _times(others: Sequence[Elsewhere]) -> Details:
    """When the first of some records was, and all of them."""
    first = min(others, key=lambda other: (other.begun_at, other.record))
    return {
        "start": clock_time(first.begun_at),
        "end": clock_time(first.ended_at),
        "records": sorted({other.record for other in others}),
    }


@dataclass(frozen=True)
class Leg:
    """A way between two visits of a worker, straight metres in whole minutes; the record of the other visit."""

    worker: int
    record: int
    metres: int
    minutes: int


def _legs(dossier: Dossier) -> Iterator[Leg]:
    """From the visit before to this one, and from this one to the visit after, of every worker."""
    for here in dossier.presences:
        others = [other for other in dossier.elsewhere if other.worker == here.worker]
        before = max((o for o in others if o.ended_at <= here.begun_at), key=lambda o: o.ended_at, default=None)
        after = min((o for o in others if o.begun_at >= here.ended_at), key=lambda o: o.begun_at, default=None)
        start, end = here.start.point, (here.end.point if here.end else None) or here.start.point
        if before is not None:
            yield from _leg(here, before.record, before.end or before.start, start, here.begun_at - before.ended_at)
        if after is not None:
            yield from _leg(here, after.record, end, after.start or after.end, after.begun_at - here.ended_at)


def _leg(here: Presence, record: int, a: Point | None, b: Point | None, gap: timedelta) -> Iterator[Leg]:
    way = metres(a, b)
    if way is not None:
        yield Leg(here.worker, record, way, gap // MINUTE)


class ImpossibleTravel(Simple):
    """F12: nobody drives that fast between two visits. Ways within the fence of a home are none."""

    name = "impossible_travel"
    sentence = "%(worker)s would have had to travel %(metres)s in %(minutes)s min."

    def found(self, dossier: Dossier) -> Details | None:
        speed = float(dossier.limits.max_speed_kmh) * 1000 / 60  # metres a minute
        nearby = dossier.limits.geofence_rural_metres
        fast = [leg for leg in _legs(dossier) if leg.metres > max(nearby, leg.minutes * speed)]
        if not fast:
            return None
        worst = max(fast, key=lambda leg: leg.metres - leg.minutes * speed)
        return {
            "worker": dossier.names.get(worst.worker, ""),
            "metres": metres_in_words(worst.metres),
            "minutes": worst.minutes,
            "records": sorted({leg.record for leg in fast}),
        }


def _day_minutes(dossier: Dossier, here: Presence) -> int:
    """Minutes of visits of a worker on the business day of this one, itself included, over all employers."""
    spans = [here.ended_at - here.begun_at]
    spans += [
        other.ended_at - other.begun_at
        for other in dossier.elsewhere
        if other.worker == here.worker and clock.day_of(other.begun_at) == clock.day_of(here.begun_at)
    ]
    return sum(spans, timedelta()) // MINUTE


class LongDay(Simple):
    """F13: more visits in a day than a person can do."""

    name = "long_day"
    sentence = "%(worker)s was recorded at visits for %(minutes)s min on this day; %(limit)s min is the limit."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        limit = int(dossier.limits.worker_day_minutes)
        minutes, worker = max((_day_minutes(dossier, presence), presence.worker) for presence in dossier.presences)
        if minutes <= limit:
            return None
        return {"worker": dossier.names.get(worker, ""), "minutes": minutes, "limit": limit}


class ManyVisits(Simple):
    """F13: more visits in a day than a person can make, over all employers."""

    name = "many_visits"
    sentence = "%(worker)s was recorded at %(visits)s visits on this day; %(limit)s is the limit."

    def found(self, dossier: Dossier) -> Details | None:
        limit = int(dossier.limits.worker_day_visits)
        visits, worker = max((_day_visits(dossier, here.worker), here.worker) for here in dossier.presences)
        return {"worker": dossier.names.get(worker, ""), "visits": visits, "limit": limit} if visits > limit else None


def _day_visits(dossier: Dossier, worker: int) -> int:
    """Visits of a worker on the business day of this one, itself included."""
    others = {
        other.visit
        for other in dossier.elsewhere
        if other.worker == worker and clock.day_of(other.begun_at) == dossier.day
    }
    return len(others) + 1


class LongMonth(Simple):
    """F13: nobody works on every day of a month. A matter of labour law before it is one of proof."""

    name = "long_month"
    sentence = "A worker was recorded at visits on %(days)s days of this month; %(limit)s is the limit."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        limit = int(dossier.limits.worker_month_days)
        return {"days": dossier.month_days, "limit": limit} if dossier.month_days > limit else None


class LateEntry(Simple):
    """F08: filled in long afterwards."""

    name = "late_entry"
    sentence = "The visit was entered %(hours)s h after it ended; %(limit)s h is the limit."

    def found(self, dossier: Dossier) -> Details | None:
        after = dossier.recorded_at - dossier.ended_at
        limit = int(dossier.limits.late_entry_hours)
        if dossier.corrects or after <= timedelta(hours=limit):
            return None
        return {"hours": after // timedelta(hours=1), "limit": limit}


class TypedTime:
    """A beginning or an end was typed, and not when it happened: nobody but the worker knows that it was so.

    Whoever corrects a record types as well; corrected_by_hand says that.
    """

    name = "typed_time"
    sentence = "Beginning and end were typed, %(minutes)s min afterwards."
    begun = "The beginning was typed, %(minutes)s min afterwards."
    ended = "The end was typed, %(minutes)s min afterwards."

    def check(self, dossier: Dossier) -> Finding | None:
        begun = [here.begun_at for here in dossier.presences if here.begun_typed]
        ended = [here.ended_at for here in dossier.presences if here.ended_typed]
        if dossier.corrects or not (begun or ended):
            return None
        message = self.sentence if begun and ended else self.begun if begun else self.ended
        after = dossier.recorded_at - min(begun + ended)
        return Finding(self.name, Severity.HOLD, message, {"minutes": after // MINUTE})


class ClockOff(Simple):
    """A telephone's clock is wrong, or was set: the server's times stand, and a person looks at the visit."""

    name = "clock_off"
    sentence = "The telephone's clock was %(minutes)s min off; %(limit)s min is the limit."

    def found(self, dossier: Dossier) -> Details | None:
        limit = dossier.limits.clock_skew_minutes
        if dossier.clock_off <= timedelta(minutes=limit):
            return None
        return {"minutes": dossier.clock_off // MINUTE, "limit": int(limit)}


class OtherDay(Simple):
    """Recorded on another day than the one for which the visit was planned."""

    name = "other_day"
    sentence = "The visit was planned for %(planned)s and recorded on %(recorded)s."

    def found(self, dossier: Dossier) -> Details | None:
        planned = clock.day_of(dossier.service.planned_start)
        if dossier.day == planned:
            return None
        return {"planned": planned.isoformat(), "recorded": dossier.day.isoformat()}


class SentLater(Simple):
    """A telephone without a network kept what happened: the times are those of its own clock's running."""

    name = "sent_later"
    sentence = "The telephone had no network and sent this %(minutes)s min later."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        if dossier.corrects or dossier.kept <= timedelta(minutes=dossier.limits.clock_skew_minutes):
            return None
        return {"minutes": dossier.kept // MINUTE}
