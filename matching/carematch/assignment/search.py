"""The effort to better one level of the policy and to prove it best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from carematch.assignment import construct, flow
from carematch.assignment.branch import BranchAndCut
from carematch.assignment.budget import Budget, Share
from carematch.assignment.cores import Cores, knapsacks
from carematch.assignment.grid import cap_rows, frame
from carematch.assignment.incumbent import Incumbent, Settled
from carematch.assignment.local import Local
from carematch.assignment.model import Cap, Choice, Flags, Floats, LinearGoal, weighted_sum
from carematch.assignment.relaxation import Relaxation, Relaxed
from carematch.assignment.restricted import solve_part
from carematch.assignment.solution import BRANCHING, CONSTRAINTS, RELAXATION

#: Columns beside the fractional plan that the first, second, ... search may use, a need.
CORES = (0.6, 1.2, 2.4)
#: What a unit of a level is worth in the next one while searching, against its price in the relaxation;
#: where it has none there, against the dearest column.
PRICE, DEAR = 2.0, 3.0
#: Part of the first level's time for branch and cut beside local search, and of a later level's for
#: CP-SAT before that. The first level is mostly a matter of proof, the later ones of good plans.
TOGETHER, CORES_LATER = 0.9, 0.6
#: Units of work without a better value of the level after which the local search gives up: before
#: branch and cut is started, and beside it.
FIRST_LOCAL, MORE_LOCAL = 0.5, 4.0
#: Columns of a problem that is worth the whole of that.
COMMON = 10_000
#: Work after which a local search looks whether it still earns its keep.
SLICE = 0.5
#: Seconds that branch and cut, which looks at the clock rarely, may come late before it is given up.
OVERTIME = 1.5
#: Simplex iterations that count as one unit of work (about a second).
ITERATIONS_PER_WORK = 2_500


class Search:
    """Works on one model, level after level."""

    def __init__(
        self,
        incumbent: Incumbent,
        pinned: Choice,
        budget: Budget,
        seed: int,
        gap: float,
        report: Callable[[str, int, int], None],
    ) -> None:
        self.model = incumbent.model
        self.incumbent = incumbent
        self.relaxation = Relaxation(self.model)
        self.budget = budget
        self.seed = seed
        self._pinned = pinned
        self._gap = gap
        self._report = report
        self._taste = construct.preference(self.model)
        # CP-SAT's strategies complement each other: more of them than cores still pays
        self._threads = 8 if budget.workers > 1 else 1
        self._level = 0
        self._bound = 0
        self._proof = RELAXATION
        self._branch: BranchAndCut | None = None

    def preview(self) -> None:
        """Reports a first bound of the second level, should nothing be lost on the first."""
        goals = self.incumbent.goals
        if len(goals) > 1 and not goals[0].peaks:
            first = self.relaxation.first(goals[1], [Cap(goals[0], self.relaxation.trivial_bound(goals[0]))])
            if first is not None:
                self._report("bound", 1, first.bound)

    def settle(self, level: int, caps: Sequence[Cap], share: float, known: int | None = None) -> Settled:
        """Betters and bounds one level with those before it capped, in a share of what is left.

        `known` is a bound that is proven already.
        """
        goal = self.incumbent.goals[level]
        if goal.empty:
            return Settled(goal.constant, goal.constant, RELAXATION)
        until = Share(self.budget, share)
        self._level, self._branch, self._proof = level, None, RELAXATION
        self._bound = max(self.relaxation.trivial_bound(goal), known if known is not None else goal.constant)
        if self.value() > self._bound and not self._flow(goal, caps):
            self._search(goal, caps, until, share)
        value = self.value()
        return Settled(value, min(self._bound, value), self._proof)

    def value(self) -> int:
        """The value of the level in work."""
        return self.incumbent.values[self._level]

    def bound(self) -> int:
        """Its bound."""
        return self._bound

    def raise_bound(self, bound: int, proof: str) -> None:
        """Takes over a proven bound when it is better."""
        if bound > self._bound:
            self._bound, self._proof = bound, proof

    def good_enough(self, until: Share) -> bool:
        """Whether nothing is left to do on this level, or no time for it."""
        value = self.value()
        if value <= self._bound or until.over():
            return True
        return self._level > 0 and (value - self._bound) / max(1, value) <= self._gap

    def enough(self) -> bool:
        """Whether the search of this level has nothing left to do, or was told to stop."""
        if self.budget.cancelled() or self.value() <= self._bound:
            return True
        return not self.budget.deterministic and self._branch is not None and self._branch.done()

    def offer(self, choice: Choice, caps: Sequence[Cap], phase: str) -> bool:
        """Takes a plan over when it is better, and reports it."""
        better = self.incumbent.offer(choice, caps)
        if better:
            self.tell(phase)
        return better

    def tell(self, phase: str) -> None:
        """Reports where the level stands."""
        self._report(phase, self._level, self._bound)

    def by_need(self, wanted: Flags) -> dict[int, list[int]]:
        """The needs that have a choice among these columns."""
        columns = np.flatnonzero(wanted)
        need = self.model.need[columns]
        counts = np.bincount(need, minlength=len(self.model.needs))
        allowed: dict[int, list[int]] = {}
        for column, mine in zip(columns.tolist(), need.tolist(), strict=True):
            if counts[mine] > 1:
                allowed.setdefault(mine, []).append(column)
        return allowed

    def nearly(self, guide: Relaxed, extra: int, choice: Choice) -> Flags:
        """The columns of a choice, of the incumbent and of the fractional plan, and the next best."""
        wanted = guide.shares > 1e-6
        wanted[choice] = True
        wanted[self.incumbent.choice] = True
        others = np.flatnonzero(~wanted)
        best = others[np.argsort(guide.reduced[others], kind="stable")[:extra]]
        wanted[best] = True
        return wanted

    def local(
        self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], narrow: Flags | None = None
    ) -> Local | None:
        """Local search from the incumbent, or from the guide's plan where the incumbent breaks a cap.

        `narrow` are the only columns wanted; they are then tried in the order of the guide's shares.
        """
        if objective.peaks:
            return None
        framed = frame(self.model, objective, caps)
        if framed is None or not len(framed.grid.capacity):
            return None
        prices = [guide.prices]
        for number, cap in enumerate(caps):
            price = float(guide.cap_prices[number]) if number < len(guide.cap_prices) else 0.0
            rows = len(cap_rows(self.model, cap))
            prices.append(np.full(rows, price if rows == 1 else 0.0))
        reduced = guide.priced()[framed.columns]
        mine = framed.of_grid(self.incumbent.choice)
        start = np.where(mine >= 0, mine, _cheapest(framed.grid.first, framed.grid.need, reduced))
        order, wanted = reduced, None
        if narrow is not None:
            order, wanted = -guide.shares[framed.columns], narrow[framed.columns]
        seed, workers = self.seed + self._level, self.budget.workers
        local = Local(framed, np.concatenate(prices), order, start, seed, workers, wanted)
        local.take_over(self.incumbent.choice)
        return local

    def run_local(
        self, local: Local | None, caps: Sequence[Cap], part: Share, patience: float, workers: int | None = None
    ) -> None:
        """Runs the local search until it has found nothing better for `patience` units of work."""
        if local is None:
            return
        patience *= min(1.0, self.model.width / COMMON)  # a small problem has little to find
        fruitless = 0.0
        while fruitless < patience and not self.enough() and not part.over():
            before, looks = self.incumbent.values, local.looks
            left = part.work_left()
            local.run(
                min(SLICE, patience) if left is None else min(SLICE, patience, left + 1e-3),
                lambda: self.enough() or part.over(),
                lambda choice: self.offer(choice, caps, "search"),
                workers,
            )
            self.budget.spend(local.work(looks))
            better = self.incumbent.values[self._level :] < before[self._level :]
            fruitless = 0.0 if better else fruitless + local.work(looks)

    def _search(self, goal: LinearGoal, caps: Sequence[Cap], until: Share, share: float) -> None:
        first = self.relaxation.first(goal, caps)
        if first is not None:
            self.raise_bound(first.bound, RELAXATION)
            self.tell("bound")
        relaxed = self.relaxation.minimise(goal, caps, self.budget.seconds_left(), first)
        self.raise_bound(relaxed.bound, RELAXATION)
        self.tell("bound")
        self._round(relaxed, caps)
        if self.good_enough(until):
            return
        items = knapsacks(self.model, goal, caps, relaxed)
        if items is not None:
            Cores(self, goal, caps, relaxed, items).run(until)
            return
        guide, objective = self._guide(relaxed, caps)
        if self.good_enough(until):
            return
        if self.relaxation.large:
            self.run_local(self.local(guide, objective, caps), caps, until, np.inf)
        elif self._level == 0:
            self._together(guide, objective, caps, Share(self.budget, share * TOGETHER))
            self._cores(guide, objective, caps, until, self._threads)
            if not self.good_enough(until):
                self._prove(relaxed, caps, until)
        else:
            part = Share(self.budget, share * CORES_LATER)
            self.run_local(self.local(guide, objective, caps), caps, part, FIRST_LOCAL)
            self._cores(guide, objective, caps, part, self._threads)
            if not self.good_enough(until):
                self._together(guide, objective, caps, until)

    def _flow(self, goal: LinearGoal, caps: Sequence[Cap]) -> bool:
        """Solves the level to the proof where it is a flow."""
        if goal.peaks or any(cap.goal.peaks for cap in caps):
            return False
        framed = frame(self.model, goal, caps)
        if framed is None or not flow.is_flow(framed.grid):
            return False
        mine = flow.cheapest_flow(framed.grid)
        if mine is None:
            return False
        choice = framed.of_model(mine)
        self.raise_bound(self.model.value(goal, choice), RELAXATION)
        self.incumbent.offer(choice, caps)
        self.tell("bound")
        return self.value() <= self._bound

    def _together(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], part: Share) -> None:
        """Branch and cut in one thread, local search and CP-SAT in the other, for part of the time.

        With a limit of work neither looks at what the other has found before both have ended, so that
        the same seed gives the same plan.
        """
        goal = self.incumbent.goals[self._level]
        if self.good_enough(part):
            return
        local = self.local(guide, objective, caps)
        self.run_local(local, caps, part, FIRST_LOCAL)
        if self.good_enough(part):
            return
        self._branch = BranchAndCut(
            self.model,
            goal,
            caps,
            self.incumbent.choice,
            seconds=part.seconds_left(0.9),
            nodes=1 if self.budget.deterministic else None,
            gap=self._gap if self._level else 0.0,
            seed=self.seed,
        )
        if self.budget.workers > 1:
            self.run_local(local, caps, part, MORE_LOCAL, self.budget.workers - 1)
            self._cores(guide, objective, caps, part, workers=1)
        self.join(self._branch, caps, part, exact=True)
        self._branch = None

    def join(self, branch: BranchAndCut, caps: Sequence[Cap], part: Share, *, exact: bool) -> bool:
        """Waits for branch and cut, unless it is no longer needed, and takes over what it found.

        Its bound counts when it is `exact`: no column is missing that a better plan could have.
        Returns whether it ended by itself.
        """
        patient = self.budget.deterministic
        found = branch.wait(0.0)
        while found is None and not self.budget.over() and (patient or not self.good_enough(part)):
            found = branch.wait(0.05)
        if found is None:
            found = branch.wait(0.0 if self.enough() else OVERTIME)
        if found is None:
            return False
        self.budget.spend(found.iterations / ITERATIONS_PER_WORK)
        if found.choice is not None:
            self.incumbent.offer(found.choice, caps)
        if found.bound is not None and exact:
            self.raise_bound(min(found.bound, self.value()), BRANCHING)
        self.tell("branch and cut")
        return True

    def _round(self, relaxed: Relaxed, caps: Sequence[Cap]) -> None:
        """Makes whole plans of a fractional one, and of prices."""
        if relaxed.shares.any():
            self.offer(construct.around(self.model, self._pinned, relaxed.shares, self._taste), caps, "rounding")
        self.offer(construct.by_price(self.model, self._pinned, relaxed.priced()), caps, "rounding")

    def _guide(self, relaxed: Relaxed, caps: Sequence[Cap]) -> tuple[Relaxed, LinearGoal]:
        """What leads the search: a relaxation that tells columns apart, and an objective.

        The level after this one is added to the objective at a price at which it should not decide
        against this one. It breaks the plateau on which many plans leave out equally many, and its
        own search then starts from a good plan.
        """
        goal = self.incumbent.goals[self._level]
        if self._level + 1 == len(self.incumbent.goals):
            return relaxed, goal
        after = self.incumbent.goals[self._level + 1]
        if after.peaks or goal.peaks or after.empty:
            return relaxed, goal
        capped = [*caps, Cap(goal, max(self._bound, goal.constant))]
        guide = self.relaxation.minimise(after, capped, self.budget.seconds_left())
        self._report("bound", self._level + 1, guide.bound)
        self._round(guide, caps)
        price = max(1, round(PRICE * float(guide.cap_prices[-1])))
        if price == 1:
            price = 1 + int(DEAR * int(after.costs.max(initial=0)))
        return guide, weighted_sum([(price, goal), (1, after)])

    def _cores(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], part: Share, workers: int) -> None:
        """CP-SAT among the columns nearly worth having, more of them each time."""
        for number, share in enumerate(CORES):
            if self.good_enough(part) or self.enough():
                return
            extra = round(share * len(self.model.needs))
            allowed = self.by_need(self.nearly(guide, extra, self.incumbent.choice))
            self.solve_among(allowed, objective, caps, part, 0.4, workers, number)

    def solve_among(
        self,
        allowed: dict[int, list[int]],
        objective: LinearGoal,
        caps: Sequence[Cap],
        part: Share,
        share: float,
        workers: int,
        number: int,
    ) -> bool:
        """One search of CP-SAT among the allowed columns; whether it came to its end."""
        if not allowed:
            return True
        base = self.incumbent.choice.copy()
        effort = part.effort(share, workers, self.seed + number)

        def take(columns: dict[int, int]) -> None:
            plan = base.copy()
            plan[list(columns)] = list(columns.values())
            self.offer(plan, caps, "search")

        outcome = solve_part(
            self.model,
            base,
            allowed,
            objective,
            caps,
            effort,
            should_stop=lambda: self.budget.cancelled() or (not effort.deterministic and self.enough()),
            on_plan=lambda columns, _: take(columns),
        )
        self.budget.spend(outcome.work)
        if outcome.columns is not None:
            take(outcome.columns)
        return outcome.finished

    def possible(self, relaxed: Relaxed) -> Flags:
        """The columns that a plan better than the incumbent could have, by reduced costs."""
        room = (self.value() - 1) * relaxed.scale - relaxed.scaled
        allowed = relaxed.reduced <= room
        allowed[self.incumbent.choice] = True
        return allowed

    def _prove(self, relaxed: Relaxed, caps: Sequence[Cap], until: Share) -> None:
        """The whole level, but for columns that no better plan can have: bound and perhaps proof."""
        value = self.value()
        base = self.incumbent.choice.copy()
        goal = self.incumbent.goals[self._level]

        def take(columns: dict[int, int], bound: int) -> None:
            plan = base.copy()
            plan[list(columns)] = list(columns.values())
            self.raise_bound(min(bound, value), CONSTRAINTS)
            self.offer(plan, caps, "proof")

        outcome = solve_part(
            self.model,
            base,
            self.by_need(self.possible(relaxed)),
            goal,
            caps,
            until.effort(1.0, self._threads, self.seed),
            floor=self._bound,
            should_stop=self.budget.cancelled,
            on_plan=take,
        )
        self.budget.spend(outcome.work)
        if outcome.columns is not None and outcome.bound is not None:
            take(outcome.columns, outcome.bound)
        elif outcome.bound is not None:
            self.raise_bound(min(outcome.bound, value), CONSTRAINTS)
        self.tell("proof")


def _cheapest(first: Choice, need: Choice, reduced: Floats) -> Choice:
    least = np.minimum.reduceat(reduced, first[:-1])
    columns = np.flatnonzero(reduced == least[need])
    _, place = np.unique(need[columns], return_index=True)
    return columns[place]
