"""Rules on who: the recipient's state and word, the workers' certificates and number (F05, F14, F16, F18). Pure."""

from datetime import date
from typing import Any

from shangmen import clock
from shangmen.delivery.service_records.verification.dossier import Away, Facts
from shangmen.delivery.service_records.verification.rules.frame import HOLD, NOTE, REJECT, Finding, Simple

AWAY = {
    "died": "The recipient died on %(day)s.",
    "hospital": "The recipient was in hospital from %(day)s.",
    "institution": "The recipient lived in an institution from %(day)s.",
    "moved": "The recipient moved away on %(day)s.",
}


class NotThere:
    """F14: after a death, during a stay in hospital or in an institution nobody can be visited at home.

    On the day of the death itself the visit may have come first: a person decides. So with somebody who moved.
    """

    name = "not_there"
    sentence = "The recipient was not there to be visited."

    def check(self, facts: Facts) -> Finding | None:
        return None if facts.away is None else not_there(facts.away, facts.day)


def not_there(away: Away, day: date) -> Finding:
    """What it means for a visit on `day` that the recipient was away; asked again when it is heard of late."""
    unsure = away.kind == "moved" or (away.kind == "died" and away.effective == day)
    details = {"day": away.effective.isoformat(), "kind": away.kind}
    return Finding(NotThere.name, HOLD if unsure else REJECT, AWAY[away.kind], details)


class OverEntitlement(Simple):
    """F16: more visits than the need has in a month."""

    name = "over_entitlement"
    sentence = "This is visit %(number)s of the month; the need has %(entitled)s."

    def found(self, facts: Facts) -> dict[str, Any] | None:
        number, entitled = facts.this_month + 1, facts.service.visits_per_month
        return {"number": number, "entitled": entitled} if number > entitled else None


class NotQualified:
    """F18: a certificate, a licence or a criminal-record check was not valid on the day."""

    name = "not_qualified"
    sentence = "Not valid on the day of the visit: %(kinds)s (%(worker)s)."
    licence = "A mandatory licence of the supplier was not valid on the day of the visit: %(kinds)s."

    def check(self, facts: Facts) -> Finding | None:
        for worker in sorted(presence.worker for presence in facts.presences):
            missing = self._missing(facts, worker)
            if missing:
                details = {"worker": facts.names.get(worker, ""), "kinds": missing}
                return Finding(self.name, HOLD, self.sentence, details)
        licences = [certificate for certificate in facts.certificates if certificate.worker is None]
        lapsed = self._lapsed(licences, facts.day)
        return Finding(self.name, HOLD, self.licence, {"kinds": sorted(lapsed)}) if lapsed else None

    def _missing(self, facts: Facts, worker: int) -> list[str]:
        own = [certificate for certificate in facts.certificates if certificate.worker == worker]
        missing = self._lapsed(own, facts.day)
        needed = facts.service.qualification
        if needed and not any(c.kind == needed and c.holds(facts.day) for c in own):
            missing.add(needed)
        if facts.service.minors_check and not self._checked(facts, worker):
            missing.add("background_check")
        return sorted(missing)

    @staticmethod
    def _lapsed(certificates: list[Any], day: date) -> set[str]:
        """Mandatory kinds that were held once and are not on the day."""
        return {c.kind for c in certificates if c.mandatory} - {c.kind for c in certificates if c.holds(day)}

    @staticmethod
    def _checked(facts: Facts, worker: int) -> bool:
        checked = facts.background.get(worker)
        limit = int(facts.parameters["background_check_months"])
        return checked is not None and checked <= facts.day <= clock.months_after(checked, limit)


class OneOfTwo(Simple):
    """Two were asked for, one came."""

    name = "one_of_two"
    sentence = "%(present)s of %(asked)s workers checked in."

    def found(self, facts: Facts) -> dict[str, Any] | None:
        present, asked = len(facts.presences), facts.service.staff_count
        return {"present": present, "asked": asked} if present < asked else None


class NotConfirmed(Simple):
    """A refused or missing signature needs a second proof (domain.md §10, scenario 13)."""

    name = "not_confirmed"
    sentence = "The recipient did not confirm the visit, and there is no witness."

    def found(self, facts: Facts) -> dict[str, Any] | None:
        if facts.confirmed.kind == "refused" and not facts.confirmed.name:
            return {}
        return {} if facts.confirmed.kind == "none" and "signature" in facts.service.proof else None


class RefusedWithWitness(Simple):
    """The recipient refused to sign, and somebody else was there."""

    name = "refused_with_witness"
    sentence = "The recipient refused to sign; %(name)s was there."
    severity = NOTE

    def found(self, facts: Facts) -> dict[str, Any] | None:
        name = facts.confirmed.name
        return {"name": name} if facts.confirmed.kind == "refused" and name else None


class SameSignature(Simple):
    """F05: the very same strokes for two people."""

    name = "same_signature"
    sentence = "The very same signature stands in %(times)s records of other recipients."

    def found(self, facts: Facts) -> dict[str, Any] | None:
        times = facts.confirmed.other_people
        return {"times": times} if times else None


class RepeatedSignature(Simple):
    """Nobody signs twice with the same strokes; but a pad may have sent them twice."""

    name = "repeated_signature"
    sentence = "The very same signature stands in %(times)s earlier records of this recipient."
    severity = NOTE

    def found(self, facts: Facts) -> dict[str, Any] | None:
        times = facts.confirmed.same_person
        return {"times": times} if times else None


class WorkerAsWitness(Simple):
    """F05: who delivers does not witness."""

    name = "worker_as_witness"
    sentence = "%(name)s, named as the witness, delivered the visit."

    def found(self, facts: Facts) -> dict[str, Any] | None:
        names = {facts.names.get(presence.worker, "") for presence in facts.presences} - {""}
        return {"name": facts.confirmed.name} if facts.confirmed.name in names else None


class CorrectedByHand:
    """A supplier corrects its own record: less than what was verified passes, all else is seen by a person."""

    name = "corrected_by_hand"
    sentence = "The supplier has corrected this record by hand."

    def check(self, facts: Facts) -> Finding | None:
        if facts.corrects is None:
            return None
        less = facts.corrects.state == "verified" and facts.amount <= facts.corrects.amount
        return Finding(self.name, NOTE if less else HOLD, self.sentence, {"before": facts.corrects.state})
