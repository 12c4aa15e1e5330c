"""What the demo county's recipients need, as plain values; and how much work that is."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Living, PersonGroup
from shangmen.demo.population import Somebody

VISIT, CHILD, MEAL, BED_BATH, BATH, CLEAN, NURSING, MEDICINE, REHAB = (
    "V01", "V03", "C01", "C02", "C03", "C05", "C12", "C09", "R01",
)  # fmt: skip

# Standard minutes of an item, people at once, and whether a provider (not the station) does it.
MINUTES = {VISIT: 30, CHILD: 45, MEAL: 60, BED_BATH: 45, BATH: 75, CLEAN: 90, NURSING: 60, MEDICINE: 30, REHAB: 45}


@dataclass(frozen=True)
class Want:
    """One need: which item, how often a month, and whether only in the evening."""

    person: int
    item: str
    visits: int
    minutes: int
    evening: bool = False


def wants(people: Sequence[Somebody], seed: int) -> list[Want]:
    """The needs of everybody, the same for the same people and seed."""
    dice = random.Random(f"wants {seed}")
    return [want for person in people for want in _of(person, dice)]


def _of(person: Somebody, dice: random.Random) -> list[Want]:
    found: list[tuple[str, int]] = []
    chance = dice.random()
    if person.group is PersonGroup.MINOR:
        found.append((CHILD, 1))
    elif person.level is AbilityLevel.SELF:
        found.append((VISIT, 2 if person.living is Living.ALONE else 1))
    elif person.level is AbilityLevel.PARTIAL:
        found.append((CLEAN, 2) if person.group is PersonGroup.ELDER else (CLEAN, dice.choice((1, 2))))
        if person.group is PersonGroup.ELDER and chance < 0.35:
            found.append((MEAL, 3))
        elif person.group is PersonGroup.DISABLED and chance < 0.3:
            found.append((MEDICINE, 1))
        elif chance > 0.94:
            found.append((REHAB, 2))
    else:
        found.append((NURSING, 3 if person.group is PersonGroup.ELDER else 2))
        if chance < 0.35:
            found.append((BATH, 1))
        elif chance < 0.5:
            found.append((BED_BATH, 2))
    evening = person.group is not PersonGroup.MINOR and dice.random() < 0.006
    return [Want(person.index, item, visits, MINUTES[item], evening) for item, visits in found]
