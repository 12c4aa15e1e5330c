"""Scales of ability: answers in, total and level out. Pure.

SIX_ITEM: 民发〔2021〕43号 articles 21 to 23. GBT42195: GB/T 42195-2022, 26 items, 90 points, higher is better.
MINOR: situations in which a child needs visits: below six, disabled, or a guardianship gap that the child director
noted.
"""

from dataclasses import dataclass

from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.states import Scale
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.errors import Faults

SIX_ITEMS: tuple[str, ...] = ("eating", "dressing", "bed", "toilet", "walking", "bathing")

# The most failed items of each level, best first.
SIX_LEVELS: tuple[tuple[int, AbilityLevel], ...] = (
    (0, AbilityLevel.SELF),
    (3, AbilityLevel.PARTIAL),
    (6, AbilityLevel.TOTAL),
)

# group -> item -> most points
GBT_GROUPS: dict[str, dict[str, int]] = {
    "self_care": {
        "eating": 4,
        "grooming": 4,
        "bathing": 4,
        "upper_clothes": 4,
        "lower_clothes": 4,
        "bladder": 4,
        "bowels": 4,
        "toilet": 4,
    },
    "movement": {"bed_transfer": 4, "chair_transfer": 4, "walking": 4, "stairs": 3},
    "mind": {
        "time": 4,
        "place": 4,
        "people": 4,
        "memory": 4,
        "comprehension": 4,
        "expression": 4,
        "aggression": 1,
        "depression": 1,
        "consciousness": 2,
    },
    "senses": {"vision": 2, "hearing": 2, "daily_affairs": 4, "transport": 3, "social": 4},
}
GBT_ITEMS: dict[str, int] = {item: most for group in GBT_GROUPS.values() for item, most in group.items()}

# The least total of each level, best first.
GBT_LEVELS: tuple[tuple[int, AbilityLevel], ...] = (
    (90, AbilityLevel.INTACT),
    (66, AbilityLevel.MILD),
    (46, AbilityLevel.MODERATE),
    (30, AbilityLevel.SEVERE),
    (0, AbilityLevel.COMPLETE),
)
_ORDER = tuple(level for _least, level in GBT_LEVELS)

MINOR_ITEMS: tuple[str, ...] = ("under_six", "disability", "guardianship_gap")


@dataclass(frozen=True)
class Result:
    """Total points (failed items for SIX_ITEM, situations for MINOR) and the level."""

    total: int
    level: AbilityLevel


def six_item(scores: dict[str, int]) -> Result:
    """1 = cannot do it alone. None failed: SELF; one to three: PARTIAL; four to six: TOTAL."""
    _complete(scores, dict.fromkeys(SIX_ITEMS, 1))
    failed = sum(scores[item] for item in SIX_ITEMS)
    return Result(failed, next(level for most, level in SIX_LEVELS if failed <= most))


def gbt42195(scores: dict[str, int]) -> Result:
    """The 26 items, and `coma` (1), `mental_disorder` (1: dementia F00-F03 or F04-F99), `risk_events` (a count).

    A coma is COMPLETE at once. A diagnosed disorder, and two or more risk events within 30 days, lower the level by
    one each, never below COMPLETE.
    """
    _complete(scores, GBT_ITEMS)
    total = sum(scores[item] for item in GBT_ITEMS)
    place = next(index for index, (least, _level) in enumerate(GBT_LEVELS) if total >= least)
    place += int(bool(scores.get("mental_disorder"))) + int(scores.get("risk_events", 0) >= 2)
    if scores.get("coma"):
        place = len(_ORDER) - 1
    return Result(total, _ORDER[min(place, len(_ORDER) - 1)])


def minor(scores: dict[str, int]) -> Result:
    """A guardianship gap outweighs the rest; a child below six or disabled is PARTIAL; no situation is SELF."""
    _complete(scores, dict.fromkeys(MINOR_ITEMS, 1))
    total = sum(scores[item] for item in MINOR_ITEMS)
    if scores["guardianship_gap"]:
        return Result(total, AbilityLevel.GUARDIANSHIP)
    return Result(total, AbilityLevel.PARTIAL if total else AbilityLevel.SELF)


def _complete(scores: dict[str, int], most: dict[str, int]) -> None:
    """Raise Faults naming each item that has no points or more than it can have."""
    faults = {
        item: ("Choose from 0 to %(most)s points.", {"most": limit})
        for item, limit in most.items()
        if not 0 <= scores.get(item, -1) <= limit
    }
    if faults:
        raise Faults(faults)


_SCORED = {Scale.SIX_ITEM: six_item, Scale.GBT42195: gbt42195, Scale.MINOR: minor}
_USUAL = {
    PersonGroup.ELDER: Scale.GBT42195,
    PersonGroup.DISABLED: Scale.SIX_ITEM,
    PersonGroup.MINOR: Scale.MINOR,
    PersonGroup.ADULT: Scale.SIX_ITEM,
}


def score(scale: Scale, scores: dict[str, int]) -> Result:
    """The result on a named scale."""
    return _SCORED[scale](scores)


def for_group(group: PersonGroup) -> Scale:
    """The scale that a group is usually assessed on."""
    return _USUAL[group]


def fitting(group: PersonGroup, category: Category | None) -> Scale:
    """The scale that fits somebody: destitute people of age are graded on the six items, whatever their age."""
    if category is Category.TEKUN and group is not PersonGroup.MINOR:
        return Scale.SIX_ITEM
    return for_group(group)
