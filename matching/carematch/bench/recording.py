"""The library under measurement: one solve by the public API, with what became known when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from carematch.assignment import UNSERVED, Limits, Policy, Problem, Progress, Solution, solve


class Point(NamedTuple):
    """What was known after so many seconds: best plan (left out, the rest of the objective) and bound of the rest.

    Without a plan, `value` is None.
    """

    seconds: float
    unserved: int
    value: int | None
    bound: int


@dataclass
class Recorder:
    """Listens to the progress of a solve; `level` is the level of the policy whose value counts, from 0."""

    level: int
    points: list[Point] = field(default_factory=list)
    phases: dict[str, float] = field(default_factory=dict)

    def __call__(self, progress: Progress) -> None:
        """Keeps what is news."""
        self.phases.setdefault(progress.phase, progress.seconds)
        if not progress.values:
            return
        known = (progress.unserved, progress.values[self.level], progress.bounds[self.level])
        if not self.points or self.points[-1][1:] != known:
            self.points.append(Point(progress.seconds, *known))


def counted_level(policy: Policy) -> int:
    """The level whose value is the objective: the first that is not only about who is left out."""
    for number, level in enumerate(policy.levels):
        if any(term.goal != UNSERVED for term in level.terms):
            return number
    return 0


def recorded(
    problem: Problem,
    limits: Limits,
    seed: int,
    should_stop: Callable[[Recorder], bool] | None = None,
) -> tuple[Solution, Recorder]:
    """Solves, listening; `should_stop` is asked with what was heard so far."""
    recorder = Recorder(counted_level(problem.policy))
    stop = None if should_stop is None else lambda: should_stop(recorder)
    return solve(problem, limits, seed=seed, progress=recorder, should_stop=stop), recorder


def complete(points: Sequence[Point]) -> list[Point]:
    """The points as an instance sees them in which nobody may be left out: other plans are none."""
    return [point._replace(value=None) if point.unserved else point for point in points]


def thinned(points: Sequence[Point], most: int = 500) -> list[Point]:
    """At most about so many of the points, first and last among them, for files that people open."""
    step = max(1, -(-len(points) // most))
    kept = list(points[::step])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]
