"""Rules on where the workers were (F01, F02, F03). Pure."""

from shangmen.delivery.service_records.evidence import Fix, fresh
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification.dossier import Dossier
from shangmen.delivery.service_records.verification.rules.rule import Details, Finding, Simple, metres_in_words
from shangmen.foundation.catalogue.states import Proof


def is_round(fix: Fix) -> bool:
    """Whether there is a position of which neither coordinate has more than three decimals."""
    if fix.point is None:
        return False
    return all(value == round(value, 3) for value in (fix.point.latitude, fix.point.longitude))


def _fixes(dossier: Dossier) -> list[Fix]:
    return [fix for presence in dossier.presences for fix in presence.fixes]


class NoPosition(Simple):
    """F01: the location service was off. Only where the catalogue asks for a position."""

    name = "no_position"
    sentence = "%(missing)s of %(all)s positions are missing."

    def found(self, dossier: Dossier) -> Details | None:
        missing = [fix for fix in _fixes(dossier) if fix.point is None]
        if not missing or Proof.POSITION not in dossier.service.proof:
            return None
        return {
            "missing": len(missing),
            "all": len(_fixes(dossier)),
            "reasons": sorted({fix.reason for fix in missing}),
        }


class PoorPosition(Simple):
    """F01: a position that could be anywhere proves nothing."""

    name = "poor_position"
    sentence = "A position is only known to %(accuracy)s; %(limit)s is needed."

    def found(self, dossier: Dossier) -> Details | None:
        worst = max((fix.point.accuracy or 0 for fix in _fixes(dossier) if fix.point), default=0)
        if worst <= dossier.accuracy_limit:
            return None
        return {"accuracy": metres_in_words(worst), "limit": metres_in_words(dossier.accuracy_limit)}


class StalePosition:
    """F02: a position of another hour, kept on an open page or put there, proves nothing now."""

    name = "stale_position"
    sentence = "A position was taken %(minutes)s min from when it was sent; %(limit)s min is the limit."
    undated = "A position does not say when it was taken."

    def check(self, dossier: Dossier) -> Finding | None:
        old = [fix for fix in _fixes(dossier) if fix.point is not None and not fresh(fix, dossier.age_limit)]
        if not old:
            return None
        ages = [abs(fix.age) for fix in old if fix.age is not None]
        if not ages:
            return Finding(self.name, Severity.HOLD, self.undated)
        details: Details = {"minutes": max(ages) // 60, "limit": dossier.age_limit // 60}
        return Finding(self.name, Severity.HOLD, self.sentence, details)


class FarFromHome(Simple):
    """F03: at home in town while "serving". A fix is given the benefit of its own accuracy, up to the limit."""

    name = "far_from_home"
    sentence = "A position lies %(metres)s from the home; %(limit)s is allowed."

    def found(self, dossier: Dossier) -> Details | None:
        off = [
            fix.metres_off
            for fix in _fixes(dossier)
            if fix.point is not None
            and fix.metres_off is not None
            and fix.metres_off - min(fix.point.accuracy or 0, dossier.accuracy_limit) > dossier.fence
        ]
        return {"metres": metres_in_words(max(off)), "limit": metres_in_words(dossier.fence)} if off else None


class SamePosition(Simple):
    """F02: a real receiver never gives the same six decimals again and again."""

    name = "same_position"
    sentence = "The very same position was sent at %(times)s visits."

    def found(self, dossier: Dossier) -> Details | None:
        times = len(dossier.same_place) + 1
        if times < dossier.limits.identical_positions:
            return None
        return {"times": times, "records": sorted(dossier.same_place)}


class RoundPosition(Simple):
    """F02: positions typed by hand have few decimals."""

    name = "round_position"
    sentence = "Positions with three decimals or fewer were sent at %(times)s visits."

    def found(self, dossier: Dossier) -> Details | None:
        times = dossier.round_places + 1
        rounded = any(is_round(fix) for fix in _fixes(dossier))
        return {"times": times} if rounded and times >= dossier.limits.identical_positions else None
