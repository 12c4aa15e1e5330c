"""Named rules: may this supplier serve this need at all?

The caller supplies the rules (and its own types of need and supplier); the same objects filter the
candidates before a solve, verify a plan after it, and say in words why a pair was left out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct

NeedT = TypeVar("NeedT")
SupplierT = TypeVar("SupplierT")


class Verdict(Struct, frozen=True):
    """What one rule says of one pair.

    `sentence` is a message id in English with named places, `numbers` what goes into them (limits,
    distances, names), so that the caller can translate.
    """

    ok: bool
    rule: str
    sentence: str = ""
    numbers: dict[str, int | str] = {}


class Rule(ABC, Generic[NeedT, SupplierT]):
    """One reason why a supplier may not serve a need, whatever its capacity.

    `name` is the code that becomes the reason of an unserved need (TOO_FAR, NO_LOT, NO_QUAL, ...);
    `sentence` says the rule as it should be, for people.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]

    @abstractmethod
    def check(self, need: NeedT, supplier: SupplierT) -> Verdict:
        """Whether the pair keeps the rule, and if not, the sentence and numbers that say why."""

    def kept(self) -> Verdict:
        """The verdict of a pair that keeps the rule."""
        return Verdict(True, self.name)

    def broken(self, sentence: str = "", **numbers: int | str) -> Verdict:
        """The verdict of a pair that breaks it."""
        return Verdict(False, self.name, sentence or self.sentence, numbers)


def first_failing(rules: Iterable[Rule[NeedT, SupplierT]], need: NeedT, supplier: SupplierT) -> Verdict | None:
    """The verdict of the first rule, in the order given, that the pair breaks; None if it keeps all."""
    for rule in rules:
        verdict = rule.check(need, supplier)
        if not verdict.ok:
            return verdict
    return None


def nearest_miss(
    rules: Sequence[Rule[NeedT, SupplierT]], need: NeedT, suppliers: Iterable[SupplierT]
) -> Verdict | None:
    """Why a need has no option: the verdict of the supplier that came farthest through the rules.

    Ties go to the supplier given first. None when some supplier keeps every rule, or there is none.
    """
    best: tuple[int, Verdict] | None = None
    for supplier in suppliers:
        for position, rule in enumerate(rules):
            verdict = rule.check(need, supplier)
            if not verdict.ok:
                if best is None or position > best[0]:
                    best = (position, verdict)
                break
        else:
            return None
    return best[1] if best else None
