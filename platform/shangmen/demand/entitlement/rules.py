"""To what somebody is entitled: who passes a gate, what the ladder grants, what goes beyond it. Pure.

Where several rungs admit somebody the highest counts, and nothing is added (就高不重复). The ladder of a
service is that of the nearest division which has one: the county's, else the city's, else the region's, else
everybody's.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Category, Living, PersonGroup

TOGETHER = ""
"""The code of a rung that limits all services of somebody together."""


class Standing(Protocol):
    """What a gate reads of somebody; category, tier and level are "" where there is none."""

    @property
    def group(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def living(self) -> str: ...
    @property
    def age(self) -> int | None: ...
    @property
    def certificates(self) -> Sequence[tuple[int, int]]: ...


class Facts(Struct, frozen=True):
    """Somebody's standing as plain values; certificates are pairs of type (1 to 7) and grade (1 heaviest)."""

    group: str
    category: str = ""
    tier: str = ""
    level: str = ""
    living: str = ""
    age: int | None = None
    certificates: tuple[tuple[int, int], ...] = ()


class Miss(Struct, frozen=True):
    """What of somebody a gate does not admit, what it is, and what would be admitted."""

    what: str
    value: str
    admitted: str


class Gate(Struct, frozen=True, omit_defaults=True):
    """Whom something is for; what is empty admits all. Types and grades are asked of one and the same certificate."""

    groups: tuple[PersonGroup, ...] = ()
    categories: tuple[Category, ...] = ()
    tiers: tuple[str, ...] = ()
    levels: tuple[AbilityLevel, ...] = ()
    livings: tuple[Living, ...] = ()
    certificate_types: tuple[int, ...] = ()
    certificate_grades: tuple[int, ...] = ()
    age_from: int | None = None
    age_to: int | None = None

    def miss(self, who: Standing) -> Miss | None:
        """The first thing of somebody that is not admitted, None for who passes."""
        words: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("group", who.group, self.groups),
            ("category", who.category, self.categories),
            ("tier", who.tier, self.tiers),
            ("level", who.level, self.levels),
            ("living_situation", who.living, self.livings),
        )
        for what, value, admitted in words:
            if admitted and value not in admitted:
                return Miss(what, value or "none", ",".join(admitted))
        if who.age is not None and not (self.age_from or 0) <= who.age <= (self.age_to or who.age):
            return Miss("age", str(who.age), f"{self.age_from or 0}–{self.age_to or ''}")
        return self._certificate_miss(who.certificates)

    def _certificate_miss(self, held: Sequence[tuple[int, int]]) -> Miss | None:
        of_type = [pair for pair in held if not self.certificate_types or pair[0] in self.certificate_types]
        if self.certificate_types and not of_type:
            admitted = ",".join(f"certificate_type_{one}" for one in self.certificate_types)
            return Miss("certificate", f"certificate_type_{held[0][0]}" if held else "none", admitted)
        if self.certificate_grades and not any(grade in self.certificate_grades for _type, grade in of_type):
            admitted = ",".join(f"certificate_grade_{one}" for one in self.certificate_grades)
            return Miss("certificate", f"certificate_grade_{of_type[0][1]}" if of_type else "none", admitted)
        return None


class Amount(Struct, frozen=True):
    """How much a month: visits, minutes, yuan; None is no limit (of a wish: not known)."""

    visits: int | None = None
    minutes: int | None = None
    yuan: Decimal | None = None

    def rank(self) -> tuple[float, float, float]:
        """Where several are granted, the higher rank counts."""
        return _height(self.visits), _height(self.minutes), _height(self.yuan)


def _height(limit: int | Decimal | None) -> float:
    return math.inf if limit is None else float(limit)


NOTHING = Amount(0, 0, Decimal(0))


class Step(Struct, frozen=True):
    """A rung of the ladder with its days; `distance` is how far up its division lies: 0 is the county."""

    id: int
    code: str
    gate: Gate
    amount: Amount
    proposed: int
    distance: int
    valid_from: date
    valid_to: date | None
    source: str

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class Grant(Struct, frozen=True):
    """What the ladder grants somebody of a service and proposes of it (visits a month), by which rung."""

    amount: Amount
    proposed: int
    step: int | None
    source: str


class Ladder:
    """All rungs that bear on a county, of all days."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps: dict[str, list[Step]] = {}
        for step in steps:
            self._steps.setdefault(step.code, []).append(step)

    def grant(self, code: str, who: Standing, on: date) -> Grant | None:
        """What somebody is granted of a service (or of all together) on a day; None where no ladder speaks of it."""
        standing = [step for step in self._steps.get(code, ()) if step.holds(on)]
        if not standing:
            return None
        nearest = min(step.distance for step in standing)
        mine = [step for step in standing if step.distance == nearest and step.gate.miss(who) is None]
        if not mine:
            # who is named by no rung of a limit on everything is not limited by it
            return None if code == TOGETHER else Grant(NOTHING, 0, None, standing[0].source)
        best = max(mine, key=lambda step: (step.amount.rank(), step.proposed, -step.id))
        return Grant(best.amount, best.proposed, best.id, best.source)

    def codes(self, on: date) -> list[str]:
        """The services of which the ladder speaks on a day."""
        return sorted(code for code, steps in self._steps.items() if code and any(one.holds(on) for one in steps))


@dataclass(frozen=True)
class Excess:
    """By what a wish goes beyond the ladder: a sentence, and what fills it."""

    sentence: str
    parameters: dict[str, object]


def excess(granted: Amount, wanted: Amount) -> Excess | None:
    """Whether what is wanted of one service goes beyond what is granted of it."""
    if granted.visits == 0:
        return Excess("The ladder grants nothing of this service to the recipient.", {})
    if granted.visits is not None and wanted.visits is not None and wanted.visits > granted.visits:
        return Excess(
            "The ladder grants %(most)s visits a month of this service, not %(wanted)s.",
            {"most": granted.visits, "wanted": wanted.visits},
        )
    if granted.minutes is not None and wanted.minutes is not None and wanted.minutes > granted.minutes:
        return Excess(
            "The ladder grants %(most)s hours a month of this service, not %(wanted)s.",
            {"most": hours(granted.minutes), "wanted": hours(wanted.minutes)},
        )
    if granted.yuan is not None and wanted.yuan is not None and wanted.yuan > granted.yuan:
        return Excess(
            "The ladder grants ¥%(most)s a month for this service; here it would cost ¥%(wanted)s.",
            {"most": f"{granted.yuan:,.2f}", "wanted": f"{wanted.yuan:,.2f}"},
        )
    return None


def excess_together(granted: Amount, wanted: Amount) -> Excess | None:
    """Whether what is wanted of all services together goes beyond what is granted of them together."""
    if granted.visits is not None and wanted.visits is not None and wanted.visits > granted.visits:
        return Excess(
            "The ladder grants %(most)s visits a month in all; with the other needs it would be %(wanted)s.",
            {"most": granted.visits, "wanted": wanted.visits},
        )
    if granted.minutes is not None and wanted.minutes is not None and wanted.minutes > granted.minutes:
        return Excess(
            "The ladder grants %(most)s hours a month in all; with the other needs it would be %(wanted)s.",
            {"most": hours(granted.minutes), "wanted": hours(wanted.minutes)},
        )
    if granted.yuan is not None and wanted.yuan is not None and wanted.yuan > granted.yuan:
        return Excess(
            "The ladder grants ¥%(most)s a month in all; with the other needs it would be ¥%(wanted)s.",
            {"most": f"{granted.yuan:,.2f}", "wanted": f"{wanted.yuan:,.2f}"},
        )
    return None


def hours(minutes: int) -> str:
    """Minutes as hours, for people."""
    return f"{minutes / 60:.1f}".removesuffix(".0")
