"""Rules on who: the recipient's state and word, papers and family of workers (F05, F14, F16, F17, F18, F20). Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from shangmen.delivery.service_records.states import Confirmation, Severity, VerdictState
from shangmen.delivery.service_records.verification.dossier import Away, Dossier
from shangmen.delivery.service_records.verification.dossier import SharedPhone as Shared
from shangmen.delivery.service_records.verification.rules.rule import Details, Finding, Simple, clock_time
from shangmen.delivery.visits.presence import at_the_edge
from shangmen.demand.recipients.states import StatusKind
from shangmen.foundation.catalogue.states import Proof
from shangmen.foundation.organisations.rules import CERTIFIED, CHECKED, LICENSED, Asked, Supplier, Worker

AWAY = {
    StatusKind.DIED: "The recipient died on %(day)s.",
    StatusKind.HOSPITAL: "The recipient was in hospital from %(day)s.",
    StatusKind.INSTITUTION: "The recipient lived in an institution from %(day)s.",
    StatusKind.MOVED: "The recipient moved away on %(day)s.",
}


class NotThere:
    """F14: after a death, during a stay in hospital or in an institution nobody can be visited at home.

    At the edge of it, as on the day of the death itself, a person decides (presence.py says when).
    """

    name = "not_there"
    sentence = "The recipient was not there to be visited."

    def check(self, dossier: Dossier) -> Finding | None:
        return None if dossier.away is None else not_there(dossier.away, dossier.day)


def not_there(away: Away, day: date) -> Finding:
    """What it means for a visit on `day` that the recipient was away; asked again when it is heard of late."""
    unsure = at_the_edge(away.kind, away.effective, away.until, day)
    details: Details = {"day": away.effective.isoformat(), "kind": away.kind.value}
    return Finding(NotThere.name, Severity.HOLD if unsure else Severity.REJECT, AWAY[away.kind], details)


class OverEntitlement(Simple):
    """F16: more visits than the need has in a month."""

    name = "over_entitlement"
    sentence = "This is visit %(number)s of the month; the need has %(entitled)s."

    def found(self, dossier: Dossier) -> Details | None:
        number, entitled = dossier.this_month + 1, dossier.service.visits_per_month
        return {"number": number, "entitled": entitled} if number > entitled else None


class NotQualified:
    """F18: a certificate, a licence or a criminal-record check was not valid on the day."""

    name = "not_qualified"
    sentence = "Not valid on the day of the visit: %(kinds)s (%(worker)s)."
    licence = "A mandatory licence of the supplier was not valid on the day of the visit: %(kinds)s."

    def check(self, dossier: Dossier) -> Finding | None:
        service, day = dossier.service, dossier.day
        asked = Asked(
            day,
            qualification=service.qualification,
            minors_check=service.minors_check,
            check_months=int(dossier.limits.background_check_months),
        )
        for worker in sorted(presence.worker for presence in dossier.presences):
            name = dossier.names.get(worker, "")
            who = Worker.of(dossier.papers(worker), day, name, background_checked=dossier.background.get(worker))
            missing = sorted({kind for rule in (CERTIFIED, CHECKED) for kind in rule.check(who, asked).kinds})
            if missing:
                details: Details = {"worker": name, "kinds": missing}
                return Finding(self.name, Severity.HOLD, self.sentence, details)
        verdict = LICENSED.check(Supplier.of(dossier.papers(None), day), asked)
        return None if verdict.ok else Finding(self.name, Severity.HOLD, self.licence, {"kinds": list(verdict.kinds)})


class OneOfTwo(Simple):
    """Two were asked for, one came."""

    name = "one_of_two"
    sentence = "%(present)s of %(asked)s workers checked in."

    def found(self, dossier: Dossier) -> Details | None:
        present, asked = len(dossier.presences), dossier.service.staff_count
        return {"present": present, "asked": asked} if present < asked else None


class NotConfirmed(Simple):
    """A refused or missing signature needs a second proof (domain.md §10, scenario 13)."""

    name = "not_confirmed"
    sentence = "The recipient did not confirm the visit, and there is no witness."

    def found(self, dossier: Dossier) -> Details | None:
        if dossier.confirmed.kind is Confirmation.REFUSED and not dossier.confirmed.name:
            return {}
        return {} if dossier.confirmed.kind is Confirmation.NONE and Proof.SIGNATURE in dossier.service.proof else None


class BareThumb(Simple):
    """A thumb print on paper is somebody's: without a witness it does not say whose."""

    name = "bare_thumb"
    sentence = "A thumb print without a witness to it confirms nothing."

    def found(self, dossier: Dossier) -> Details | None:
        bare = dossier.confirmed.kind is Confirmation.THUMB and not dossier.confirmed.name
        return {} if bare and Proof.SIGNATURE in dossier.service.proof else None


class RefusedWithWitness(Simple):
    """The recipient refused to sign, and somebody else was there."""

    name = "refused_with_witness"
    sentence = "The recipient refused to sign; %(name)s was there."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        name = dossier.confirmed.name
        return {"name": name} if dossier.confirmed.kind is Confirmation.REFUSED and name else None


class SameSignature(Simple):
    """F05: the very same strokes for two people."""

    name = "same_signature"
    sentence = "The very same signature stands in %(times)s records of other recipients."

    def found(self, dossier: Dossier) -> Details | None:
        others = dossier.confirmed.other_people
        return {"times": len(others), "records": sorted(others)} if others else None


class RepeatedSignature(Simple):
    """Nobody signs twice with the same strokes; but a pad may have sent them twice."""

    name = "repeated_signature"
    sentence = "The very same signature stands in %(times)s earlier records of this recipient."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        times = dossier.confirmed.same_person
        return {"times": times} if times else None


class WorkerAsWitness(Simple):
    """F05: who delivers does not witness."""

    name = "worker_as_witness"
    sentence = "%(name)s, named as the witness, delivered the visit."

    def found(self, dossier: Dossier) -> Details | None:
        names = {dossier.names.get(presence.worker, "") for presence in dossier.presences} - {""}
        return {"name": dossier.confirmed.name} if dossier.confirmed.name in names else None


class OwnFamily(Simple):
    """F17: nobody is paid for coming to their own family."""

    name = "own_family"
    sentence = "%(worker)s is of the recipient's family."

    def found(self, dossier: Dossier) -> Details | None:
        return _first_of(dossier, dossier.relatives)


class OwnTelephone(Simple):
    """F20: who calls the recipient's number to ask would speak with the worker."""

    name = "own_telephone"
    sentence = "The recipient's telephone is that of %(worker)s, who came."

    def found(self, dossier: Dossier) -> Details | None:
        return _first_of(dossier, dossier.own_telephone)


def _first_of(dossier: Dossier, workers: frozenset[int]) -> Details | None:
    """The name of the first worker of the visit who is among some."""
    came = [presence.worker for presence in dossier.presences if presence.worker in workers]
    return {"worker": dossier.names.get(min(came), "")} if came else None


class ManyTelephones(Simple):
    """F20: one telephone for many households; in a village it may be the neighbour's, so it is noted alone."""

    name = "many_telephones"
    sentence = "%(households)s other households give the same telephone as the recipient."
    severity = Severity.NOTE

    def found(self, dossier: Dossier) -> Details | None:
        others = dossier.other_households
        return {"households": others} if others >= dossier.limits.telephone_households else None


class SharedPhone(Simple):
    """F04: one telephone for two workers at two visits within hours: who held it was at one of them at most.

    A telephone that a station's people pass on from shift to shift is not meant.
    """

    name = "shared_phone"
    sentence = "The telephone was also used to check in %(worker)s at another visit (%(time)s)."

    def found(self, dossier: Dossier) -> Details | None:
        apart = timedelta(hours=dossier.limits.shared_phone_hours)
        near = [one for one in dossier.shared_phones if abs(one.begun_at - dossier.begun_at) <= apart]
        if not near:
            return None
        first = min(near, key=lambda one: (abs(one.begun_at - dossier.begun_at), one.visit))
        return {"worker": first.name, "time": clock_time(first.begun_at), "records": _records(near)}


class AfterCap(Simple):
    """F04: orders hung under a colleague's name, on the own telephone, because the own day was full."""

    name = "after_cap"
    sentence = "The telephone is that of %(worker)s, whose own visits fill the day (%(minutes)s of %(limit)s min)."

    def found(self, dossier: Dossier) -> Details | None:
        limit = int(dossier.limits.worker_day_minutes)
        full = [one for one in dossier.shared_phones if one.day_minutes + dossier.minutes > limit]
        if not full:
            return None
        most = max(full, key=lambda one: (one.day_minutes, one.visit))
        return {"worker": most.name, "minutes": most.day_minutes, "limit": limit, "records": _records(full)}


def _records(shared: Sequence[Shared]) -> list[int]:
    return sorted({one.record for one in shared if one.record is not None})


class CorrectedByHand:
    """A supplier corrects its own record: less than what was verified, within its times, passes.

    All else is seen by a person. The form knows whole minutes, so the times are compared by the minute.
    """

    name = "corrected_by_hand"
    sentence = "The supplier has corrected this record by hand."

    def check(self, dossier: Dossier) -> Finding | None:
        if dossier.corrects is None:
            return None
        before, minute = dossier.corrects, timedelta(minutes=1)
        within = dossier.begun_at > before.begun_at - minute and dossier.ended_at < before.ended_at + minute
        less = before.state is VerdictState.VERIFIED and dossier.amount <= before.amount and within
        return Finding(
            self.name,
            Severity.NOTE if less else Severity.HOLD,
            self.sentence,
            {"before": before.state.value},
        )
