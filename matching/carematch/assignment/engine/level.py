"""One level of the policy in work: the best plan, the bound, and the tools that better or prove them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from carematch.assignment.bounds.branch_and_cut import BranchAndCut
from carematch.assignment.bounds.lagrangian import Relaxed
from carematch.assignment.engine.budget import Allowance, Budget
from carematch.assignment.engine.certificate import multipliers
from carematch.assignment.engine.incumbent import Incumbent, Settled
from carematch.assignment.formulation.arrays import Choice, Flags
from carematch.assignment.formulation.grid import cap_rows, first_best, frame
from carematch.assignment.formulation.model import Cap, LinearGoal
from carematch.assignment.heuristics.local_search import Local
from carematch.assignment.heuristics.restricted_mip import solve_restricted
from carematch.assignment.solution import BRANCHING, CONSTRAINTS, RELAXATION

#: Columns of a problem that is worth the whole patience of the local search.
COMMON = 10_000
#: Work after which a local search looks whether it still earns its keep.
SLICE = 0.5
#: Seconds, and part of the limit, that branch and cut may come late before it is given up.
OVERTIME, OVERTIME_FRACTION = 1.5, 0.1
#: Simplex iterations that count as one unit of work (about a second).
ITERATIONS_PER_WORK = 2_500
#: Strategies of CP-SAT: they complement each other, and more of them than cores still pay.
STRATEGIES = 8


class OpenLevel:
    """Level `number` (from 0) with those before it capped, to be worked on `until` an allowance is used up.

    `beside` is a branch and cut that runs while others search: once it has ended, they end too. `relaxed` is the
    relaxation that its prices are kept of.
    """

    def __init__(
        self,
        incumbent: Incumbent,
        number: int,
        caps: Sequence[Cap],
        bound: int,
        budget: Budget,
        until: Allowance,
        seed: int,
        gap: float,
        report: Callable[[str, int, int], None],
    ) -> None:
        self.incumbent = incumbent
        self.model = incumbent.model
        self.number = number
        self.goal = incumbent.goals[number]
        self.caps = tuple(caps)
        self.bound = bound
        self.budget = budget
        self.until = until
        self.seed = seed
        self.gap = gap if number else 0.0
        self.beside: BranchAndCut | None = None
        self.relaxed: Relaxed | None = None
        self.threads = STRATEGIES if budget.workers > 1 else 1
        self._proof = RELAXATION
        self._report = report

    def settled(self) -> Settled:
        """What the level came to."""
        prices = None if self.relaxed is None else multipliers(self.model, self.relaxed)
        return Settled(self.value, min(self.bound, self.value), self._proof, prices)

    @property
    def value(self) -> int:
        """The value of the best plan."""
        return self.incumbent.values[self.number]

    def raise_bound(self, bound: int, proof: str) -> None:
        """Takes over a proven bound when it is better."""
        if bound > self.bound:
            self.bound, self._proof = bound, proof

    def good_enough(self, allowance: Allowance | None = None) -> bool:
        """Whether nothing is left to do, or no time for it (of an allowance, where one is given)."""
        return self._near() or (allowance or self.until).over()

    def _near(self) -> bool:
        """Whether the value is as near to the bound as is asked for."""
        value = self.value
        return value <= self.bound or (value - self.bound) / max(1, value) <= self.gap

    def enough(self) -> bool:
        """Whether a search has nothing left to do, or was told to stop."""
        if self.budget.cancelled() or self._near():
            return True
        return self.beside is not None and self.beside.done()

    def offer(self, choice: Choice, phase: str) -> bool:
        """Takes a plan over when it is better, and reports it."""
        better = self.incumbent.offer(choice, self.caps)
        if better:
            self.tell(phase)
        return better

    def tell(self, phase: str) -> None:
        """Reports where the level stands."""
        self._report(phase, self.number, self.bound)

    def possible(self, relaxed: Relaxed) -> Flags:
        """The columns that a plan better than the best could have, by reduced costs."""
        allowed = relaxed.reduced <= (self.value - 1) * relaxed.scale - relaxed.scaled
        allowed[self.incumbent.choice] = True
        return allowed

    def nearly(self, guide: Relaxed, extra: int) -> Flags:
        """The columns of the best plan and of the fractional plan, and the next best."""
        wanted = guide.fractions > 1e-6
        wanted[self.incumbent.choice] = True
        others = np.flatnonzero(~wanted)
        wanted[others[np.argsort(guide.reduced[others], kind="stable")[:extra]]] = True
        return wanted

    def local(self, guide: Relaxed, objective: LinearGoal, narrow: Flags | None = None) -> Local | None:
        """Local search from the best plan, or by the guide's prices where that breaks a cap.

        `narrow` are the only columns wanted; they are then tried in the order of the guide's fractions.
        None where an objective is no sum, or nothing binds.
        """
        if objective.peaks:
            return None
        framed = frame(self.model, objective, self.caps)
        if framed is None or not len(framed.grid.capacity):
            return None
        prices = [guide.prices]
        for number, cap in enumerate(self.caps):
            price = float(guide.cap_prices[number]) if number < len(guide.cap_prices) else 0.0
            rows = cap_rows(self.model, cap)
            prices.append(np.full(rows, price if rows == 1 else 0.0))
        order, wanted = guide.priced()[framed.columns], None
        mine = framed.of_grid(self.incumbent.choice)
        start = np.where(mine >= 0, mine, first_best(framed.grid.first, framed.grid.need, order))
        if narrow is not None:
            order, wanted = -guide.fractions[framed.columns], narrow[framed.columns]
        seed, workers = self.seed + self.number, self.budget.workers
        local = Local(framed, np.concatenate(prices), order, start, seed, workers, wanted)
        local.take_over(self.incumbent.choice)
        return local

    def run_local(
        self, local: Local | None, patience: float, allowance: Allowance | None = None, workers: int | None = None
    ) -> None:
        """Runs the local search until it has found nothing better for `patience` units of work."""
        if local is None:
            return
        allowance = allowance or self.until
        patience *= min(1.0, self.model.width / COMMON)  # a small problem has little to find
        fruitless = 0.0
        while fruitless < patience and not self.enough() and not allowance.over():
            before, looks, left = self.incumbent.values, local.looks, allowance.left()
            local.run(
                min(SLICE, patience, left + 1e-3),
                left,
                lambda: self.enough() or allowance.over(),
                lambda choice: self.offer(choice, "search"),
                workers,
            )
            self.budget.spend(local.work(looks))
            better = self.incumbent.values[self.number :] < before[self.number :]
            fruitless = 0.0 if better else fruitless + local.work(looks)

    def join(self, branch: BranchAndCut, allowance: Allowance | None = None, *, exact: bool) -> bool:
        """Waits for branch and cut, unless it is no longer needed, and takes over what it found.

        Its bound counts when it is `exact`: no column is missing that a better plan could have. Returns
        whether it came to its end.
        """
        patient = self.budget.deterministic
        found = branch.wait(0.0)
        while found is None and not self.budget.over() and (patient or not self.good_enough(allowance)):
            found = branch.wait(0.05)
        if found is None:
            branch.stop()
            limit = self.budget.limits.seconds
            late = OVERTIME if limit is None else min(OVERTIME, OVERTIME_FRACTION * limit)
            found = branch.wait(0.0 if self.enough() else late)
        if found is None:
            return False
        self.budget.spend(found.iterations / ITERATIONS_PER_WORK)
        if found.choice is not None:
            self.incumbent.offer(found.choice, self.caps)
        if found.bound is not None and exact:
            self.raise_bound(min(found.bound, self.value), BRANCHING)
        self.tell("branch and cut")
        return found.finished

    def solve_among(
        self,
        wanted: Flags,
        objective: LinearGoal,
        fraction: float,
        number: int,
        allowance: Allowance | None = None,
        workers: int | None = None,
    ) -> None:
        """One search of CP-SAT among the wanted columns, for a fraction of what is left of an allowance."""
        base = self.incumbent.choice.copy()
        effort = (allowance or self.until).effort(fraction, workers or self.threads, self.seed + number)

        def take(columns: dict[int, int], _: int = 0) -> None:
            self.offer(_replaced(base, columns), "search")

        outcome = solve_restricted(
            self.model,
            base,
            self._by_need(wanted),
            objective,
            self.caps,
            effort,
            should_stop=lambda: self.budget.cancelled() or (not effort.deterministic and self.enough()),
            on_plan=take,
        )
        self.budget.spend(outcome.work)
        if outcome.columns is not None:
            take(outcome.columns)

    def prove(self, relaxed: Relaxed) -> None:
        """CP-SAT on the whole level, but for columns that no better plan can have: bound and perhaps proof."""
        value = self.value
        base = self.incumbent.choice.copy()

        def take(columns: dict[int, int], bound: int) -> None:
            self.raise_bound(min(bound, value), CONSTRAINTS)
            self.offer(_replaced(base, columns), "proof")

        outcome = solve_restricted(
            self.model,
            base,
            self._by_need(self.possible(relaxed)),
            self.goal,
            self.caps,
            self.until.effort(1.0, self.threads, self.seed),
            floor=self.bound,
            should_stop=self.budget.cancelled,
            on_plan=take,
        )
        self.budget.spend(outcome.work)
        if outcome.columns is not None and outcome.bound is not None:
            take(outcome.columns, outcome.bound)
        elif outcome.bound is not None:
            self.raise_bound(min(outcome.bound, value), CONSTRAINTS)
        self.tell("proof")

    def _by_need(self, wanted: Flags) -> dict[int, list[int]]:
        """The needs that have a choice among these columns."""
        columns = np.flatnonzero(wanted)
        need = self.model.need[columns]
        counts = np.bincount(need, minlength=len(self.model.needs))
        allowed: dict[int, list[int]] = {}
        for column, mine in zip(columns.tolist(), need.tolist(), strict=True):
            if counts[mine] > 1:
                allowed.setdefault(mine, []).append(column)
        return allowed


def _replaced(base: Choice, columns: dict[int, int]) -> Choice:
    plan = base.copy()
    plan[list(columns)] = list(columns.values())
    return plan
