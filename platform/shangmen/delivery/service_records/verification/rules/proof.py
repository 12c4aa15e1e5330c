"""Rules on what was photographed, measured and paid: demanded and missing, used again, of another hour (F09). Pure."""

from datetime import timedelta

from shangmen import clock
from shangmen.delivery.service_records.evidence import metres, point
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification.dossier import Dossier
from shangmen.delivery.service_records.verification.rules.rule import (
    Details,
    Finding,
    Simple,
    clock_time,
    metres_in_words,
)

MINUTE = timedelta(minutes=1)


class ProofMissing(Simple):
    """The catalogue says what proves a service; what it demands was not given."""

    name = "proof_missing"
    sentence = "The service asks for this as proof, and it was not given: %(kinds)s."

    def found(self, dossier: Dossier) -> Details | None:
        return {"kinds": [one.value for one in dossier.lacking]} if dossier.lacking else None


class PhotoUsedAgain:
    """F09: one photo for several visits, as it is or photographed off a screen."""

    name = "photo_used_again"
    sentence = "The very same photo was sent for %(times)s other visits."
    similar = "A photo looks like one of %(times)s other visits: a screenshot, or the same photo again."

    def check(self, dossier: Dossier) -> Finding | None:
        if not dossier.alike:
            return None
        same = [one for one in dossier.alike if one.same]
        records = sorted({one.record for one in dossier.alike if one.record is not None})
        details: Details = {"times": len(same or dossier.alike), "records": records}
        return Finding(self.name, Severity.HOLD, self.sentence if same else self.similar, details)


class PhotoOfAnotherTime(Simple):
    """F09: a photo that was taken before the visit, or after it."""

    name = "photo_of_another_time"
    sentence = "A photo was taken on %(day)s at %(time)s by the camera's clock, not during the visit."

    def found(self, dossier: Dossier) -> Details | None:
        allowed = dossier.limits.photo_time_minutes * MINUTE + dossier.clock_off
        outside = [
            photo.taken_at
            for photo in dossier.photos
            if photo.taken_at is not None
            and not dossier.begun_at - allowed <= photo.taken_at <= dossier.ended_at + allowed
        ]
        if not outside:
            return None
        worst = max(outside, key=lambda taken: abs(taken - dossier.begun_at))
        return {"day": clock.day_of(worst).isoformat(), "time": clock_time(worst)}


class PhotoElsewhere(Simple):
    """F09: a photo that was taken at another place. Cameras keep an old place for a while, so the limit is wide."""

    name = "photo_elsewhere"
    sentence = "A photo was taken %(metres)s from the home by what the camera says; %(limit)s is allowed."

    def found(self, dossier: Dossier) -> Details | None:
        limit = dossier.fence + 2 * dossier.accuracy_limit
        off = [
            away
            for photo in dossier.photos
            if (away := metres(point(photo.latitude, photo.longitude), dossier.home)) is not None and away > limit
        ]
        return {"metres": metres_in_words(max(off)), "limit": metres_in_words(limit)} if off else None
