"""May this need be served under this line of a contract? The one place where that is decided. Pure.

Each rule is an object with a name, a sentence and `check`; matching and offers ask the same objects, matching with
sentences of its own. Who may come is asked of `organisations.rules`.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from datetime import date
from typing import ClassVar, Protocol

from shangmen.demand.entitlement.rules import Gate, Standing
from shangmen.foundation.organisations.rules import Verdict


class Need(Standing, Protocol):
    """What of a need a contract asks about, with where its recipient stands."""

    @property
    def item_code(self) -> str: ...
    @property
    def township(self) -> int: ...


class Line(Protocol):
    """A line with its contract's term and its lot's gate and townships; an empty gate admits all."""

    @property
    def number(self) -> str: ...
    @property
    def item_code(self) -> str: ...
    @property
    def term_from(self) -> date: ...
    @property
    def term_to(self) -> date: ...
    @property
    def areas(self) -> Collection[int]: ...
    @property
    def gate(self) -> Gate: ...


class Rule(ABC):
    """What a line of a contract allows: `number` fills each sentence."""

    name: ClassVar[str]
    sentence: ClassVar[str]

    @abstractmethod
    def check(self, need: Need, line: Line, first: date) -> Verdict:
        """Whether the need may be served under the line from `first` on."""

    def kept(self) -> Verdict:
        """The verdict on a need that may."""
        return self._kept

    @functools.cached_property
    def _kept(self) -> Verdict:
        return Verdict(self.name, True)

    def broken(self, line: Line, **details: object) -> Verdict:
        """The verdict on one that may not."""
        return Verdict(self.name, False, self.sentence, {"number": line.number, **details})


class Buys(Rule):
    """The line buys the service; items have versions, so codes are compared."""

    name = "buys"
    sentence = "Contract %(number)s does not buy this service."

    def check(self, need: Need, line: Line, first: date) -> Verdict:
        """Whether it is the line's item."""
        return self.kept() if line.item_code == need.item_code else self.broken(line)


class Admits(Rule):
    """The recipient is among those for whom the lot was bought."""

    name = "admits"
    sentence = "The lot of contract %(number)s does not admit the recipient's %(what)s (%(value)s)."

    def check(self, need: Need, line: Line, first: date) -> Verdict:
        """Whether the recipient passes the gate: group, category, tier, level, living situation, age, certificate."""
        miss = line.gate.miss(need)
        if miss is None:
            return self.kept()
        return self.broken(line, what=miss.what, value=miss.value, admitted=miss.admitted)


class Reaches(Rule):
    """The recipient's township belongs to the lot."""

    name = "reaches"
    sentence = "The recipient's township is not in the lot of contract %(number)s."

    def check(self, need: Need, line: Line, first: date) -> Verdict:
        """Whether it does."""
        return self.kept() if need.township in line.areas else self.broken(line)


class Runs(Rule):
    """The contract runs on the first day."""

    name = "runs"
    sentence = "Contract %(number)s runs from %(first)s to %(last)s."

    def check(self, need: Need, line: Line, first: date) -> Verdict:
        """Whether the day lies within the term."""
        if line.term_from <= first <= line.term_to:
            return self.kept()
        return self.broken(line, first=line.term_from.isoformat(), last=line.term_to.isoformat())


BUYS, ADMITS, REACHES, RUNS = Buys(), Admits(), Reaches(), Runs()
RULES: tuple[Rule, ...] = (BUYS, ADMITS, REACHES, RUNS)
"""In the order in which they are told."""


def first_broken(need: Need, line: Line, first: date, rules: Iterable[Rule] = RULES) -> Verdict | None:
    """The verdict of the first rule that is broken; None when the need may be served under the line."""
    return next((verdict for rule in rules if not (verdict := rule.check(need, line, first)).ok), None)
