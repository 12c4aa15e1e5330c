"""Who lives in the demo county: recipients with categories, levels and homes, as plain values."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from shangmen import clock
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.demo.names import MOST_VILLAGES, Registry, name, telephone, villages
from shangmen.foundation.organisations.states import Sex

RECIPIENTS = 1200  # at scale 1: 700 elders, 350 disabled, 150 minors

Word = TypeVar("Word", bound=StrEnum)

_GROUPS = ((PersonGroup.ELDER, 700), (PersonGroup.DISABLED, 350), (PersonGroup.MINOR, 150))
_CATEGORIES = ((Category.TEKUN, 320), (Category.DIBAO, 680), (Category.EDGE, 140), (Category.OTHER_LOW, 60))
_LEVELS = {
    PersonGroup.ELDER: ((AbilityLevel.SELF, 52), (AbilityLevel.PARTIAL, 33), (AbilityLevel.TOTAL, 15)),
    PersonGroup.DISABLED: ((AbilityLevel.SELF, 22), (AbilityLevel.PARTIAL, 50), (AbilityLevel.TOTAL, 28)),
    PersonGroup.MINOR: ((AbilityLevel.GUARDIANSHIP, 100),),
}
_AGES = {PersonGroup.ELDER: (60, 94), PersonGroup.DISABLED: (18, 59), PersonGroup.MINOR: (1, 17)}


@dataclass(frozen=True)
class Home:
    """A township with its id, where its people live, and how many of the county's share it has."""

    township: int
    station: int
    homes: Sequence[tuple[float, float]]
    villages: Sequence[tuple[str, float, float]]  # names with their middles


def settle(homes: Sequence[tuple[float, float]], seed: str) -> list[tuple[str, float, float]]:
    """Invented villages of a township, about one for a dozen homes: their middles are homes far from each other."""
    count = min(len(homes), MOST_VILLAGES, max(3, len(homes) // 12))
    middles = list(homes[:1])
    while len(middles) < count:
        middles.append(max(homes, key=lambda home: min(_apart(home, middle) for middle in middles)))
    return [(one, *middle) for one, middle in zip(villages(random.Random(seed), count), middles, strict=True)]


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Square of the distance, in degrees of latitude: enough to say which is nearer."""
    return (one[0] - other[0]) ** 2 + ((one[1] - other[1]) * math.cos(math.radians(one[0]))) ** 2


@dataclass(frozen=True)
class Somebody:
    """One invented recipient."""

    index: int
    name: str
    id_number: str
    birth: date
    sex: Sex
    group: PersonGroup
    category: Category
    level: AbilityLevel
    township: int
    station: int
    village: str
    latitude: float
    longitude: float
    living: Living
    telephone: str
    halal: bool
    certificate: str
    guardian: str
    consent: date
    disabled_type: int = 0
    disabled_level: int = 0
    household: str = field(default="")


def _spread(total: int, shares: Sequence[tuple[Word, int]]) -> list[Word]:
    """`total` labels in the shares' proportions, the largest remainder first."""
    whole = sum(share for _, share in shares)
    exact = [(label, total * share / whole) for label, share in shares]
    counts = {label: int(value) for label, value in exact}
    for label, _ in sorted(exact, key=lambda pair: -(pair[1] % 1))[: total - sum(counts.values())]:
        counts[label] += 1
    return [label for label, _ in shares for _ in range(counts[label])]


def population(
    county: str, places: Sequence[Home], seed: int, today: date, scale: int, registered: date
) -> list[Somebody]:
    """The county's recipients, the same for the same arguments."""
    dice = random.Random(f"population {county} {seed}")
    registry = Registry(county, dice)
    total = RECIPIENTS * scale
    groups, categories = _spread(total, _GROUPS), _spread(total, _CATEGORIES)
    dice.shuffle(categories)
    levels = {group: _spread(groups.count(group), shares) for group, shares in _LEVELS.items()}
    for shares in levels.values():
        dice.shuffle(shares)
    dice.shuffle(groups)
    homes = [(place, point) for place in places for point in place.homes]
    dice.shuffle(homes)
    return [
        _somebody(
            dice, registry, index, group, categories[index], levels[group].pop(), homes[index], today, registered
        )
        for index, group in enumerate(groups)
    ]


def _birth(dice: random.Random, group: PersonGroup, today: date, registered: date) -> date:
    youngest, oldest = _AGES[group]
    years = dice.triangular(youngest, oldest, youngest + (oldest - youngest) * 0.4)
    # nobody is younger than that on the day of registration, which lies before the demo's today
    return min(today - timedelta(days=int(years * 365.25) + 2), clock.months_after(registered, -12 * youngest))


def _somebody(
    dice: random.Random,
    registry: Registry,
    index: int,
    group: PersonGroup,
    category: Category,
    level: AbilityLevel,
    home: tuple[Home, tuple[float, float]],
    today: date,
    registered: date,
) -> Somebody:
    place, (latitude, longitude) = home
    sex = dice.choice((Sex.FEMALE, Sex.MALE))
    birth = _birth(dice, group, today, registered)
    number = registry.number(birth, sex)
    disabled = group is PersonGroup.DISABLED or (
        group is PersonGroup.ELDER and level is AbilityLevel.TOTAL and dice.random() < 0.4
    )
    kind = dice.choice((1, 2, 4, 4, 4, 5, 6)) if disabled else 0
    grade = {AbilityLevel.TOTAL: 1, AbilityLevel.PARTIAL: 2}.get(level, 3) if disabled else 0
    if group is PersonGroup.MINOR:
        living = dice.choice((Living.PARENTS, Living.RELATIVES, Living.RELATIVES))
    else:
        living = dice.choices((Living.ALONE, Living.SPOUSE, Living.CHILDREN, Living.RELATIVES), (5, 3, 2, 1))[0]
    return Somebody(
        index=index,
        name=name(dice, sex),
        id_number=number,
        birth=birth,
        sex=sex,
        group=group,
        category=category,
        level=level,
        township=place.township,
        station=place.station,
        village=min(place.villages, key=lambda one: _apart((latitude, longitude), one[1:]))[0],
        latitude=latitude,
        longitude=longitude,
        living=living,
        telephone=telephone(dice),
        halal=dice.random() < 0.55,
        certificate=f"{number}{kind}{grade}" if disabled else "",
        guardian=name(dice, Sex.FEMALE) if group is PersonGroup.MINOR else "",
        consent=today - timedelta(days=dice.randrange(60, 200)),
        disabled_type=kind,
        disabled_level=grade,
        household=f"{place.township}-{index:05d}",
    )
