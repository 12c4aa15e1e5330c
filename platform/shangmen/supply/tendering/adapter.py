"""The way from a tender study to `carematch`: scenarios, the curve, and the hours worth buying."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import metadata

from msgspec import Struct

from carematch.assignment import (
    Curve,
    Demand,
    Hours,
    Prices,
    Problem,
    Purchase,
    Resource,
    Scenario,
    Served,
    Worth,
    curve,
    hours_worth,
    input_hash,
    what_if,
)
from shangmen.supply.matching_runs.adapter import limits

__all__ = ("Answer", "Demand", "Hours", "Prices", "Problem", "Purchase", "Resource", "Scenario", "Served", "answer")

GOOD_ENOUGH = 0.005
"""How far from its bound the money spent may stay: what is served is worked on to its proof."""

CURVE, WORTH = "curve", "worth"


class Answer(Struct, frozen=True):
    """The curve and the hours, and by what they were found."""

    curve: Curve
    worth: tuple[Worth, ...]
    digest: str
    versions: dict[str, str]


def answer(
    problem: Problem,
    scenario: Scenario,
    steps: Sequence[int],
    purchases: Callable[[Problem], Sequence[Purchase]],
    effort: tuple[int, int],
    progress: Callable[[str, int, int], None],
    should_stop: Callable[[], bool],
) -> Answer:
    """Study a problem in a scenario, in the calling thread: first the curve, then hours for each purchase.

    `purchases` names them once the scenario is known. `effort` is that of each solve (`limits`), and the seed.
    `progress` gets the phase, the steps done and the steps in all.
    """
    seconds, seed = effort
    enough = limits(seconds, GOOD_ENOUGH)
    scene = what_if(problem, scenario, seed=seed)
    nothing = Scenario()
    progress(CURVE, 0, len(steps))
    points = curve(
        scene, nothing, steps, enough, seed=seed, should_stop=should_stop,
        progress=lambda done, of: progress(CURVE, done, of),
    )  # fmt: skip
    worth = hours_worth(
        scene, nothing, [] if should_stop() else purchases(scene), enough, seed=seed, should_stop=should_stop,
        progress=lambda done, of: progress(WORTH, done, of),
    )  # fmt: skip
    return Answer(points, worth, input_hash(scene), {name: metadata.version(name) for name in ("ortools", "highspy")})
