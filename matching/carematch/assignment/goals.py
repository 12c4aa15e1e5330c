"""What a plan is judged by: named goals, put into levels.

Levels are lexicographic: a later level may never worsen an earlier one beyond that level's slack.
Within a level, goals are added with integer weights. Every goal is an integer that is to be small:

- `unserved`: sum of the weights of the needs that nobody serves.
- `unserved:RANK`: the same of the needs of that rank alone (see `Need.rank`); `heaviest_first` puts ranks into levels,
  so that nobody of a later rank is served in the place of one of an earlier rank.
- `continuity`: number of needs of the plan in force that lose their present supplier.
- `balance`: load of the fullest balanced resource, in permille of its capacity, rounded up.
- `share`: of all groups of needs that have a weight, the largest share that is unserved, by weight,
  in permille, rounded up. Needs whose group is "" belong to none.
- `farthest`: the longest one-way distance that is served: largest `Option.costs["distance"]` of the
  chosen options.
- any other name (`travel` in metres, `cost` in fen, ...): sum of `Option.costs[name]` over the
  chosen options; an option that does not mention the name costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

UNSERVED = "unserved"
TRAVEL = "travel"
CONTINUITY = "continuity"
BALANCE = "balance"
COST = "cost"
SHARE = "share"
FARTHEST = "farthest"

#: The option cost that `farthest` looks at: metres one way.
DISTANCE = "distance"

#: Goals that are the largest of several numbers, not a sum over the chosen options.
PEAKS = frozenset({BALANCE, SHARE, FARTHEST})
#: Goals that are not a sum of option costs: no option may give a cost under these names.
STRUCTURAL = frozenset({UNSERVED, CONTINUITY}) | PEAKS
#: Goals that a policy may name even when no option mentions them.
WELL_KNOWN = STRUCTURAL | {TRAVEL, COST}

#: The top of the scale of `balance` and `share`: a full resource, a group that nobody serves.
FULL_PERMILLE = 1000


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """One goal inside a level, times an integer weight of at least 1."""

    goal: str
    weight: int = 1


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """Goals that are minimised together, once all levels before are settled.

    `slack_permille` is what later levels may give away of this one, measured from its proven
    *bound*: they must keep it within max(best value found, bound * (1000 + slack) / 1000). So
    the reported gap of a level is never more than the larger of its own gap and its slack.
    """

    terms: tuple[Term, ...]
    slack_permille: int = 0


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """Levels in order of importance."""

    levels: tuple[Level, ...]

    def goals(self) -> tuple[str, ...]:
        """All goals named, in order of importance."""
        return tuple(term.goal for level in self.levels for term in level.terms)


def single(goal: str, slack_permille: int = 0) -> Level:
    """A level of one goal."""
    return Level((Term(goal),), slack_permille)


#: The policy used when a problem names none. Nobody is left out who need not be; then travel; then,
#: within 0.3 % of the least possible travel, as many as can keep the supplier they have. Strictly
#: lexicographic continuity would only ever break exact ties of metres, which is no continuity.
DEFAULT_POLICY = Policy((single(UNSERVED), single(TRAVEL, slack_permille=3), single(CONTINUITY)))


def unserved_of(rank: str) -> str:
    """The goal of the needs of one rank that nobody serves."""
    return f"{UNSERVED}:{rank}"


def is_unserved(goal: str) -> bool:
    """Whether a goal is about who is left out: all needs, or those of one rank."""
    return goal == UNSERVED or goal.startswith(unserved_of(""))


def counts(goal: str, rank: str) -> bool:
    """Whether a goal about who is left out counts the needs of a rank."""
    return goal in (UNSERVED, unserved_of(rank))


def heaviest_first(ranks: Sequence[str]) -> tuple[Level, ...]:
    """Levels for a policy: of each rank as much as can be served, by weight, before anybody of the ranks after it."""
    return tuple(single(unserved_of(rank)) for rank in ranks)


def unserved_levels(policy: Policy) -> tuple[Level, ...]:
    """What a policy says of who is left out, level by level and without slack; where it says nothing, all needs."""
    terms = (tuple(term for term in level.terms if is_unserved(term.goal)) for level in policy.levels)
    found = tuple(Level(some) if len(some) > 1 else single(some[0].goal) for some in terms if some)
    return found or (single(UNSERVED),)


def left_out(values: Mapping[str, int]) -> int:
    """The weight of all who are left out, from the values (or bounds) of a policy's goals."""
    if UNSERVED in values:
        return values[UNSERVED]
    return sum(value for goal, value in values.items() if is_unserved(goal))


def known_goals(option_costs: Iterable[str]) -> frozenset[str]:
    """The names that a policy may use, given the names that occur in option costs; beside them those of ranks."""
    return WELL_KNOWN | frozenset(option_costs)


def gap(value: int, bound: int) -> float:
    """Relative distance of a value from its bound: (value - bound) / max(1, value)."""
    return (value - bound) / max(1, value)


def level_values(policy: Policy, values: Mapping[str, int]) -> tuple[int, ...]:
    """The value of each level of a policy, to compare plans by."""
    return tuple(sum(term.weight * values[term.goal] for term in level.terms) for level in policy.levels)
