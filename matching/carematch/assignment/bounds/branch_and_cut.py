"""Branch and cut on the model or some of its columns, in a thread beside the search.

HiGHS is at its best where a few needs more or less decide: its cuts know that a need cannot be split
between suppliers. Its bound is a float; it is rounded up only after a margin far above its tolerances
is taken off. Its plan is checked in integers like every other.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite

import highspy

from carematch.assignment.bounds.lagrangian import least_value
from carematch.assignment.formulation.arrays import Choice, Flags
from carematch.assignment.formulation.grid import first_best
from carematch.assignment.formulation.linear_program import Program
from carematch.assignment.formulation.model import Cap, LinearGoal, Model

#: What is taken off a bound before rounding up: absolute, and per unit of its size.
MARGIN = 1e-2
MARGIN_RELATIVE = 1e-7
#: Coefficients from which its tolerances are too coarse for a proof.
LARGEST = 1e11
#: What a bound is multiplied by before it is cut to an integer.
FINE = 2**20


@dataclass(frozen=True)
class Branched:
    """A plan (None when none was found), a bound (None when nothing is known), simplex iterations.

    `finished` is whether it came to its end, not to a limit.
    """

    choice: Choice | None
    bound: int | None
    iterations: int
    finished: bool


class BranchAndCut:
    """One run in a thread of its own. Told to stop, HiGHS ends within a second or two.

    So nobody has to wait for it, but the interpreter does before it exits (the thread is no daemon:
    HiGHS takes the process down when it is torn away).

    `nodes` limits the tree (1: cuts and heuristics at the root alone), which is deterministic;
    `seconds` is not. `gap` is the relative gap at which to stop. The bound holds for the `allowed` columns.
    """

    def __init__(
        self,
        model: Model,
        goal: LinearGoal,
        caps: Sequence[Cap],
        start: Choice,
        *,
        seconds: float | None,
        nodes: int | None,
        gap: float,
        seed: int,
        allowed: Flags | None = None,
    ) -> None:
        self._model = model
        self._allowed = allowed
        self._goal = goal
        self._caps = tuple(caps)
        self._start = start.copy()
        self._seconds = seconds
        self._options = {
            "mip_max_nodes": highspy.kHighsIInf if nodes is None else nodes,
            "mip_rel_gap": gap,
            "mip_abs_gap": 1.0 - 2 * MARGIN,  # goals are integers: anything closer is equal
            "random_seed": seed % 2**31,
        }
        self._stopped = threading.Event()
        self._result: Branched | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="branch-and-cut")
        self._thread.start()

    def stop(self) -> None:
        """Tells it to end as soon as it looks up."""
        self._stopped.set()

    def done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def wait(self, seconds: float | None) -> Branched | None:
        """What came of it; None when it is still running after so many seconds."""
        self._thread.join(seconds)
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._solve()
        except BaseException as error:
            self._error = error

    def _solve(self) -> Branched:
        if self._largest() >= LARGEST:
            return Branched(None, None, 0, finished=True)
        program = Program(self._model, whole=True, allowed=self._allowed)
        program.pose(self._goal, self._caps)
        program.start_at(self._start)
        solver = program.solver
        for option, setting in self._options.items():
            solver.setOptionValue(option, setting)
        solver.cbMipInterrupt.subscribe(self._look_up)
        program.run(self._seconds)
        if not program.coherent():
            program.forget()
            program.run(self._seconds)
        fractions = program.fractions()
        choice: Choice | None = None
        if fractions.any():
            fractions[program.columns] += 1.0  # a column that it does not have is never the best
            choice = first_best(self._model.first, self._model.need, -fractions)
        found = solver.getInfo()
        bound = None
        if isfinite(found.mip_dual_bound):
            safe = found.mip_dual_bound - max(MARGIN, abs(found.mip_dual_bound) * MARGIN_RELATIVE)
            bound = least_value(self._goal, floor(safe * FINE) + self._goal.constant * FINE, FINE)
        finished = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return Branched(choice, bound, found.simplex_iteration_count, finished)

    def _look_up(self, event: highspy.HighsCallbackEvent) -> None:
        if self._stopped.is_set():
            event.interrupt()

    def _largest(self) -> float:
        """The largest number that the program would have."""
        goals = [self._goal, *(cap.goal for cap in self._caps)]
        numbers = [float(goal.costs.max(initial=0)) for goal in goals]
        numbers += [float(weight) for goal in goals for weight in goal.peaks.values()]
        numbers += [float(self._model.amount.max(initial=0)), float(self._model.capacity.max(initial=0))]
        for peak in self._model.peaks.values():
            for ratio in peak.ratios:
                numbers += [float(peak.scale) * float(ratio.amounts.max(initial=0)), float(ratio.capacity)]
        return max(numbers)
