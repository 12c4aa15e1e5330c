"""The model as a linear program for HiGHS, with fractional or with whole columns."""

from __future__ import annotations

from collections.abc import Sequence
from math import frexp

import highspy
import numpy as np

from carematch.assignment.formulation.arrays import Flags, Floats, Ints
from carematch.assignment.formulation.model import Cap, LinearGoal, Model

#: Coefficients from which a row is scaled down: HiGHS refuses larger ones than 1e15.
LARGE = 2.0**40
#: Shares that an interior point leaves on columns that a vertex would not have.
FAINT = 1e-3


class _Solver(highspy.Highs):
    """HiGHS, silent from the start: it greets on standard output as soon as it has a callback."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()


class Program:
    """Columns, one of each need, rows, and the peaks; a goal and the settled levels are posed in turn.

    `columns` are the columns of the model that it has. Rows are the needs, the rows of the model, the ratios of
    all peaks, and the levels in the order in which they were first posed. A level that is no longer posed stays
    with a limit that binds nothing, so that each solve starts from the basis of the last. By the `interior` point
    method there is no basis: it is many times quicker where columns are many and needs few.
    """

    def __init__(self, model: Model, *, whole: bool, allowed: Flags | None = None, interior: bool = False) -> None:
        self._model = model
        self.columns = np.arange(model.width) if allowed is None else np.flatnonzero(allowed)
        self._peaks = sorted(model.peaks.items())
        self._posed: list[LinearGoal] = []
        self._units: list[float] = []
        self.solver = _Solver()
        self._faint = FAINT if interior else 0.0
        options = {"threads": 1, "presolve": "choose" if whole or interior else "off"}
        if interior:
            options |= {"solver": "ipm", "run_crossover": "off"}
        for option, setting in options.items():
            self.solver.setOptionValue(option, setting)
        _accepted(self.solver.passModel(self._programme(whole)))

    @property
    def _width(self) -> int:
        return len(self.columns) + len(self._peaks)

    def pose(self, goal: LinearGoal, caps: Sequence[Cap]) -> None:
        """Sets the objective (without its constant) and the settled levels."""
        costs = self._costs(goal)
        _accepted(self.solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs))
        limits = {self._row(cap.goal): float(cap.limit - cap.goal.constant) for cap in caps}
        for row, unit in enumerate(self._units):
            limit = limits[row] * unit if row in limits else highspy.kHighsInf
            self.solver.changeRowBounds(self._fixed + row, -highspy.kHighsInf, limit)

    def run(self, seconds: float | None) -> None:
        """Solves what is posed, for so many seconds at most."""
        # its clock goes on from run to run
        until = highspy.kHighsInf if seconds is None else self.solver.getRunTime() + max(0.01, seconds)
        self.solver.setOptionValue("time_limit", until)
        self.solver.run()

    def coherent(self) -> bool:
        """Whether the objective that is reported is that of the plan that is.

        Where presolve alone solves a problem, HiGHS 1.16 may hand back the plan that it was given to start from with
        an objective and a bound that are not its own.
        """
        solution, reported = self.solver.getSolution(), self.solver.getInfo().objective_function_value
        if not solution.value_valid:
            return True
        own = float(np.dot(self.solver.getLp().col_cost_, solution.col_value))
        return abs(own - reported) <= 0.5 + 1e-6 * abs(own)

    def forget(self) -> None:
        """Starts anew: without a plan to start from, without a basis."""
        self.solver.clearSolver()

    def fractions(self) -> Floats:
        """How much of each column of the model is taken; all zero when no plan is known."""
        fractions = np.zeros(self._model.width)
        solution = self.solver.getSolution()
        if solution.value_valid:
            fractions[self.columns] = solution.col_value[: len(self.columns)]
        return np.where(fractions < self._faint, 0.0, fractions)

    def prices(self, caps: Sequence[Cap]) -> Floats:
        """What one more unit of each row, ratio and settled level would save; zero where nothing is known."""
        solution = self.solver.getSolution()
        if not solution.dual_valid:
            return np.zeros(self._fixed - len(self._model.needs) + len(caps))
        return self._of_limits(np.array(solution.row_dual), caps)

    def impossible(self, caps: Sequence[Cap]) -> Floats | None:
        """Prices at which whatever the columns cost is outweighed, if the program has no answer (a dual ray)."""
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
            return None
        _, found, ray = self.solver.getDualRay()  # type: ignore[attr-defined]  # its stubs lack it
        return self._of_limits(np.array(ray), caps) if found else None

    def _of_limits(self, duals: Floats, caps: Sequence[Cap]) -> Floats:
        """The duals of rows, ratios and settled levels, in units of the model."""
        saved = np.maximum(0.0, -duals) * np.concatenate((self._scaled, self._units))
        mine = saved[[self._fixed + self._row(cap.goal) for cap in caps]]
        return np.concatenate((saved[len(self._model.needs) : self._fixed], mine))

    def start_at(self, choice: Ints) -> None:
        """Gives a plan to start from."""
        chosen = np.zeros(self._model.width)
        chosen[choice] = 1.0
        places = np.arange(len(self.columns), dtype=np.int32)
        self.solver.setSolution(len(places), places, chosen[self.columns])

    def _row(self, goal: LinearGoal) -> int:
        """The number of the row of a settled level, added when it is new."""
        for number, posed in enumerate(self._posed):
            if posed is goal:
                return number
        costs = self._costs(goal)
        unit = _unit(float(costs.max(initial=0.0)))
        used = np.flatnonzero(costs)
        terms = len(used), used.astype(np.int32), costs[used] * unit
        _accepted(self.solver.addRow(-highspy.kHighsInf, highspy.kHighsInf, *terms))
        self._posed.append(goal)
        self._units.append(unit)
        return len(self._posed) - 1

    def _costs(self, goal: LinearGoal) -> Floats:
        peaks = [float(goal.peaks.get(name, 0)) for name, _ in self._peaks]
        return np.concatenate((goal.costs[self.columns].astype(np.float64), peaks))

    def _programme(self, whole: bool) -> highspy.HighsLp:
        model, needs, width = self._model, len(self._model.needs), self._width
        place = np.full(model.width, -1, np.int64)
        place[self.columns] = np.arange(len(self.columns))
        owner = place[np.repeat(np.arange(model.width), np.diff(model.use))]
        kept = owner >= 0
        columns, rows = (
            [np.arange(len(self.columns)), owner[kept]],
            [model.need[self.columns], needs + model.row[kept]],
        )
        amounts = [np.ones(len(self.columns)), model.amount[kept].astype(np.float64)]
        limits = [float(capacity) for capacity in model.capacity.tolist()]
        for number, (_, peak) in enumerate(self._peaks):
            for ratio in peak.ratios:
                mine = place[ratio.columns]
                used = mine >= 0
                columns += [mine[used], np.array([len(self.columns) + number])]
                rows.append(np.full(int(used.sum()) + 1, needs + len(limits)))
                amounts += [ratio.amounts[used].astype(np.float64) * peak.scale, np.array([-float(ratio.capacity)])]
                limits.append(-float(peak.scale) * float(ratio.fixed))
        column, row, amount = np.concatenate(columns), np.concatenate(rows), np.concatenate(amounts)
        self._fixed = needs + len(limits)
        self._scaled = _units(row, amount, self._fixed)
        order = np.lexsort((row, column))
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = width, self._fixed
        programme.col_cost_, programme.col_lower_ = np.zeros(width), np.zeros(width)
        # no upper limit of a fraction: that each need has one column says it already
        top = 1.0 if whole else highspy.kHighsInf
        programme.col_upper_ = np.concatenate(
            (np.full(len(self.columns), top), [float(peak.top) for _, peak in self._peaks])
        )
        programme.row_lower_ = np.concatenate((np.ones(needs), np.full(len(limits), -highspy.kHighsInf)))
        programme.row_upper_ = np.concatenate((np.ones(needs), limits)) * self._scaled
        programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        programme.a_matrix_.start_ = np.searchsorted(column[order], np.arange(width + 1))
        programme.a_matrix_.index_, programme.a_matrix_.value_ = row[order], (amount * self._scaled[row])[order]
        if whole:
            programme.integrality_ = [highspy.HighsVarType.kInteger] * width
        return programme


def _accepted(status: highspy.HighsStatus) -> None:
    if status == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refuses the program")


def _unit(most: float) -> float:
    """The power of two that brings a row with such a coefficient into the range of the solver."""
    return 1.0 if most < LARGE else float(2.0 ** -frexp(most / LARGE)[1])


def _units(row: Ints, amount: Floats, count: int) -> Floats:
    """The same for each of `count` rows."""
    most = np.zeros(count)
    np.maximum.at(most, row, np.abs(amount))
    return np.array([_unit(each) for each in most.tolist()])
