"""What a roster is: planned visits, what could not be placed and why, and the goals reached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Facts = dict[str, str | int]
"""Numbers and ids that fill the placeholders of a sentence."""


class Reason(StrEnum):
    """Why a visit is unplaced; the first cause that holds, in this order."""

    BLOCKED = "BLOCKED"
    """No day is left: closed days, the term of the demand, the recipient is away."""
    SPACING = "SPACING"
    """The days that are left are too few for so many visits so far apart."""
    NO_QUAL = "NO_QUAL"
    """Too few workers hold the required qualifications on the date."""
    NO_GENDER = "NO_GENDER"
    """Too few of the qualified workers are of the required sex."""
    EXCLUDED = "EXCLUDED"
    """Too few are left when the workers that must not come are left out."""
    WINDOW = "WINDOW"
    """No fitting worker's shift, absences and way from base leave room in the time windows."""
    NO_CAPACITY = "NO_CAPACITY"
    """Somebody could have come, but the hours are used up."""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One visit: minutes after midnight, worker ids sorted."""

    demand: str
    date: str
    start: int
    end: int
    workers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """So many visits of a demand are not in the roster, for one cause.

    `sentence` is an English message id with placeholders; `facts` fills them, so that a page can
    translate the sentence before filling it.
    """

    demand: str
    missing: int
    code: Reason
    sentence: str
    facts: Facts

    def text(self) -> str:
        """The sentence in English with its facts."""
        return self.sentence.format(**self.facts)


@dataclass(frozen=True, slots=True)
class Goals:
    """The objective in its named parts, each better when smaller.

    unplaced: unplaced visits weighted by priority. travel: minutes on the road, standing visits
    included. continuity: seats filled by somebody unfamiliar. balance: minutes that would have to
    change hands for even loads. spread: days away from the even rhythm.
    """

    unplaced: int
    travel: int
    continuity: int
    balance: int
    spread: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures for a page. A seat is one worker at one visit; permille is of all seats."""

    visits: int
    seats: int
    missing: int
    visit_minutes: int
    travel_minutes: int
    travel_metres: int
    continuity_permille: int
    workers_used: int


@dataclass(frozen=True, slots=True)
class Roster:
    """A plan; `travel_model` names where its travel times come from."""

    visits: tuple[PlannedVisit, ...]
    unplaced: tuple[Unplaced, ...]
    goals: Goals
    totals: Totals
    travel_model: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a roster breaks, with whom and when."""

    rule: str
    sentence: str
    facts: Facts
    demand: str = ""
    worker: str = ""
    date: str = ""

    def text(self) -> str:
        """The sentence in English with its facts."""
        return self.sentence.format(**self.facts)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A place for one new visit, and by how much each goal would change.

    `travel` minutes added, `unfamiliar` seats, `off_rhythm` days away from an even rhythm, `load`
    the highest permille of the hours limit that one of the workers would reach. `cost` is what the
    ranking goes by.
    """

    demand: str
    date: str
    start: int
    end: int
    workers: tuple[str, ...]
    travel: int
    unfamiliar: int
    off_rhythm: int
    load: int
    cost: int
