"""`bench county`: a county's plan, the plan after one change, and the answers about it, each with its seconds.

The changes are a supplier lost (those that serve most, one after the other) and ten new needs (drawn by lot). What
moves after a change is compared with the fewest moves among plans that serve as much, found with patience.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from carematch.assignment import (
    UNSERVED,
    Assignment,
    Explainer,
    Limits,
    Problem,
    force,
    moved,
    rematch,
    solve_whole,
    warm_up,
)
from carematch.bench.synthetic import county
from carematch.files import read_problem

#: Limits of the first plan, of the plan after a change, of the proof of the fewest moves, of a forced choice.
FIRST, AFTER, PATIENT = Limits(seconds=5.0), Limits(seconds=0.4), Limits(seconds=30.0)
FORCED = Limits(seconds=2.0, workers=1)
#: Suppliers lost, and times that so many needs are new.
LOST, TIMES, NEW = 6, 6, 10
#: Needs that are explained, and other suppliers that are tried for one.
EXPLAINED, TRIED = 200, 40
#: Size of the random county.
NEEDS, SUPPLIERS = 1_200, 16

T = TypeVar("T")


class Change(Struct, frozen=True):
    """One change: seconds of the plan after it, its moves, the fewest, and whether those are proven.

    `lost_weight` is how much more weight it leaves out than the patient plan.
    """

    change: str
    seconds: float
    moves: int
    fewest: int
    proven: bool
    lost_weight: int


class Measured(Struct, frozen=True):
    """One county: the first plan, the changes, the longest that an explanation and a forced choice took."""

    name: str
    needs: int
    status: str
    seconds: float
    gap: float
    changes: tuple[Change, ...]
    explanation: float
    forced: float


def run(options: argparse.Namespace) -> int:
    """Measures the problems of the files, or the random county where none is given; returns the exit status."""
    problems = [(file.name, read_problem(file)) for file in options.files]
    measure(problems or [random_county(options.seed)], options.threads, options.seed, options.out)
    return 0


def random_county(seed: int) -> tuple[str, Problem]:
    """A county of the usual size, and its name."""
    return f"county-{NEEDS}", county(NEEDS, SUPPLIERS, seed=seed)


def measure(problems: Sequence[tuple[str, Problem]], threads: int, seed: int, out: Path) -> None:
    """Measures one county after the other, and writes `county.json` and `county.md` after each."""
    out.mkdir(parents=True, exist_ok=True)
    warm_up()  # what is compiled at first use is not what is measured
    found: list[Measured] = []
    for name, problem in problems:
        found.append(_measured(name, problem, threads, seed))
        (out / "county.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
        (out / "county.md").write_text("\n".join(map(_table, found)), "utf-8")
        print(_line(found[-1]), flush=True)


def _measured(name: str, problem: Problem, threads: int, seed: int) -> Measured:
    first, seconds = _timed(partial(solve_whole, problem, replace(FIRST, workers=threads), seed=seed))
    plan, dice = first.assignments, random.Random(seed)
    changes = tuple(_after(what, asked, threads, seed) for what, asked in _changes(problem, plan, dice))
    explainer = Explainer(problem, plan)
    needs = dice.sample([need.id for need in problem.needs], min(EXPLAINED, len(problem.needs)))
    pairs = sorted({(o.need, o.supplier) for o in problem.options} - {(row.need, row.supplier) for row in plan})
    return Measured(
        name=name,
        needs=len(problem.needs),
        status=first.status,
        seconds=seconds,
        gap=max((goal.gap for goal in first.goals), default=0.0),
        changes=changes,
        explanation=max((_timed(partial(explainer.explain, need))[1] for need in needs), default=0.0),
        forced=max(
            (
                _timed(partial(force, problem, plan, need, supplier, FORCED))[1]
                for need, supplier in dice.sample(pairs, min(TRIED, len(pairs)))
            ),
            default=0.0,
        ),
    )


def _changes(problem: Problem, plan: Sequence[Assignment], dice: random.Random) -> Iterator[tuple[str, Problem]]:
    """What changed in words, and the problem after it with the plan in force."""
    lived = replace(problem, in_force=tuple(plan))
    for supplier, count in Counter(row.supplier for row in plan).most_common(LOST):
        left = tuple(option for option in problem.options if option.supplier != supplier)
        yield f"{supplier} lost, which serves {count}", replace(lived, options=left)
    for number in range(TIMES):
        new = set(dice.sample([need.id for need in problem.needs], min(NEW, len(problem.needs))))
        yield (
            f"{NEW} new needs, draw {number + 1}",
            replace(lived, in_force=tuple(row for row in plan if row.need not in new)),
        )


def _after(what: str, asked: Problem, threads: int, seed: int) -> Change:
    quick, seconds = _timed(partial(rematch, asked, replace(AFTER, workers=threads), seed=seed))
    patient = rematch(asked, replace(PATIENT, workers=threads), seed=seed)
    return Change(
        change=what,
        seconds=seconds,
        moves=len(moved(asked, quick.assignments)),
        fewest=len(moved(asked, patient.assignments)),
        proven=all(level.proven for level in patient.levels[:2]),
        lost_weight=quick.goal(UNSERVED).value - patient.goal(UNSERVED).value,
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.monotonic()
    result = work()
    return result, round(time.monotonic() - begun, 3)


def _line(found: Measured) -> str:
    slowest = max((change.seconds for change in found.changes), default=0.0)
    return (
        f"{found.name}  {found.status}  {found.seconds:.2f} s  gap {found.gap:.3%}  "
        f"after a change at most {slowest:.2f} s  explanation {found.explanation:.2f} s  forced {found.forced:.2f} s"
    )


def _table(found: Measured) -> str:
    lines = [
        f"# {_line(found)}\n",
        "| change | s | moves | fewest | weight lost |",
        "| --- | --: | --: | --: | --: |",
        *(
            f"| {row.change} | {row.seconds:.2f} | {row.moves} | {row.fewest}{' *' if row.proven else ''} "
            f"| {row.lost_weight} |"
            for row in found.changes
        ),
    ]
    return "\n".join(lines) + "\n\n\\* proven: no plan that serves as much moves fewer.\n"
