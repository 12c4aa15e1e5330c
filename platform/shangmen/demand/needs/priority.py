"""How heavily a need weighs when not all can be served. Decided here alone."""

from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.states import Rank
from shangmen.demand.recipients.states import Living, PersonGroup

URGENT, HIGH, MEDIUM, LOW = 8, 4, 2, 1

_HEAVY = frozenset({AbilityLevel.TOTAL, AbilityLevel.SEVERE, AbilityLevel.COMPLETE})
_PARTLY = frozenset({AbilityLevel.PARTIAL, AbilityLevel.MODERATE, AbilityLevel.GUARDIANSHIP})


def weight(level: AbilityLevel | None, group: PersonGroup, living: Living) -> int:
    """8 for the wholly dependent, 4 for the partly dependent and for minors, 2 for who lives alone, else 1.

    `level` is the latest assessment's, None before the first; the station may set another weight with the need.
    """
    if level in _HEAVY:
        return URGENT
    if level in _PARTLY or group is PersonGroup.MINOR:
        return HIGH
    return MEDIUM if living is Living.ALONE else LOW


def rank(level: AbilityLevel | None, group: PersonGroup) -> Rank:
    """Who comes first whatever the weight: the wholly dependent, then the partly dependent and minors, then the rest.

    It goes by the person, as `weight` does; the weight decides only within a rank.
    """
    if level in _HEAVY:
        return Rank.WHOLLY
    return Rank.PARTLY if level in _PARTLY or group is PersonGroup.MINOR else Rank.REST
