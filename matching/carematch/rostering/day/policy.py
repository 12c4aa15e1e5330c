"""What a day's plan is judged by: named goals, added with weights, in one level or several.

Every goal is a whole number that is to be small; times are in the problem's unit:

- `left_out`: weights of the visits that are left out.
- `travel`: all ways, from where a day starts to where it ends.
- `lateness`: how much services are late against the window that opened last before they began, added up.
- `largest_lateness`: the largest of these.
- `waiting`: time between arriving and beginning, except before a worker's first visit (who leaves later instead).
- `overtime`: work after the end of shifts.
- `largest_idle`: the longest time of a shift that anybody spends neither working, travelling nor at a break.
- `unpreferred`: services by somebody not preferred where somebody is.
- `unfamiliar`: services by somebody unknown to the recipient where somebody is known (continuity).
- `moved`: services by somebody else than was published.
- `missed_breaks`: people without the break that is due to them.
- `off_wish`: how far services begin beside the time that was wished for.
- `imbalance`: work and travel of the busiest worker less that of the least busy.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

GOALS = (
    "left_out", "travel", "lateness", "largest_lateness", "waiting", "overtime", "largest_idle", "unpreferred",
    "unfamiliar", "moved", "missed_breaks", "off_wish", "imbalance",
)  # fmt: skip


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """Goals that are minimised together: the sum of weight times value. Weights are at least 1."""

    weights: dict[str, int]


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """Levels in their order: no gain in a later one pays for a loss in an earlier one."""

    levels: tuple[Level, ...]


def named_sum(**weights: int) -> Policy:
    """The policy of one level; goals without a weight are not counted."""
    return Policy((Level({goal: weight for goal, weight in weights.items() if weight}),))


def score(policy: Policy, values: Mapping[str, int]) -> tuple[int, ...]:
    """The worth of a plan, level by level; of two plans the one with the smaller tuple is better."""
    return tuple(sum(weight * values[goal] for goal, weight in level.weights.items()) for level in policy.levels)
