"""The effort to better one level of the policy and to prove it best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carematch.assignment import construct
from carematch.assignment.branch import BranchAndCut
from carematch.assignment.budget import Budget, Effort, Share
from carematch.assignment.chains import Chains
from carematch.assignment.incumbent import Incumbent, Settled
from carematch.assignment.model import Choice, LinearGoal, weighted_sum
from carematch.assignment.program import Cap
from carematch.assignment.relaxation import SCALE, Relaxation, Relaxed
from carematch.assignment.restricted import solve_part
from carematch.assignment.solution import BRANCHING, CONSTRAINTS, RELAXATION

#: Columns beside the fractional plan that the first, second, ... search may use, a need.
CORES = (0.6, 1.2, 2.4)
#: What a unit of a level is worth in the next one while searching, against its price in the relaxation.
PRICE = 2.0
#: The same for a level that is settled: it should hardly ever be given up again.
CAP_PRICE = 4.0
#: Part of the first level's time for branch and cut beside local search, and of a later level's for
#: CP-SAT before that. The first level is mostly a matter of proof, the later ones of good plans.
TOGETHER, CORES_LATER = 0.9, 0.6
#: Units of work without a better value of the level after which the local search gives up: before
#: branch and cut is started, and beside it.
FIRST_CHAINS, MORE_CHAINS = 1, 6
#: Seconds that branch and cut, which looks at the clock rarely, may come late before it is given up.
OVERTIME = 1.5
#: What counts as one unit of work (about a second): looks of the local search, simplex iterations.
LOOKS_PER_WORK = 8_000
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
        self._pinned = pinned
        self._budget = budget
        self._seed = seed
        self._gap = gap
        self._report = report
        self._taste = construct.preference(self.model)
        # CP-SAT's strategies complement each other: more of them than cores still pays
        self._threads = 8 if budget.workers > 1 else 1
        self._level = 0
        self._bound = 0
        self._proof = RELAXATION
        self._branch: BranchAndCut | None = None

    def settle(self, level: int, caps: Sequence[Cap], share: float) -> Settled:
        """Betters and bounds one level with those before it capped, in a share of what is left."""
        goal = self.incumbent.goals[level]
        if not goal.peak and not any(goal.costs):
            return Settled(goal.constant, goal.constant, RELAXATION)
        until = Share(self._budget, share)
        relaxed = self.relaxation.minimise(goal, caps, self._budget.seconds_left())
        self._bound, self._level, self._branch = relaxed.bound, level, None
        self._proof = RELAXATION
        self._tell("bound")
        self._round(relaxed, caps)
        if not self._good_enough(until):
            guide, objective = self._guide(relaxed, caps)
            if level == 0:
                self._together(guide, objective, caps, Share(self._budget, share * TOGETHER))
                self._cores(guide, objective, caps, until, self._threads)
                if not self._good_enough(until):
                    self._prove(relaxed, caps, until)
            else:
                part = Share(self._budget, share * CORES_LATER)
                self._chains(self._start_chains(guide, objective, caps), caps, part, MORE_CHAINS)
                self._cores(guide, objective, caps, part, self._threads)
                if not self._good_enough(until):
                    self._together(guide, objective, caps, until)
        value = self.incumbent.values[level]
        return Settled(value, min(self._bound, value), self._proof)

    def _together(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], part: Share) -> None:
        """Branch and cut in one thread, local search and CP-SAT in the other, for part of the time.

        With a limit of work neither looks at what the other has found before both have ended, so that
        the same seed gives the same plan.
        """
        goal = self.incumbent.goals[self._level]
        if self._good_enough(part):
            return
        chains = self._start_chains(guide, objective, caps)
        self._chains(chains, caps, part, FIRST_CHAINS)
        if self._good_enough(part):
            return
        self._branch = BranchAndCut(
            self.model,
            goal,
            caps,
            self.incumbent.choice,
            seconds=part.seconds_left(0.9),
            nodes=1 if self._budget.deterministic else None,
            gap=self._gap if self._level else 0.0,
            seed=self._seed,
        )
        if self._budget.workers > 1:
            self._chains(chains, caps, part, MORE_CHAINS)
            self._cores(guide, objective, caps, part, workers=1)
        self._join(caps, part)

    def _join(self, caps: Sequence[Cap], part: Share) -> None:
        """Waits for branch and cut, unless it is no longer needed, and takes over what it found."""
        branch, self._branch = self._branch, None
        assert branch is not None
        patient = self._budget.deterministic
        found = branch.wait(0.0)
        while found is None and not self._budget.over() and (patient or not self._good_enough(part)):
            found = branch.wait(0.05)
        if found is None:
            found = branch.wait(0.0 if self._enough() else OVERTIME)
        if found is None:
            return
        self._budget.spend(found.iterations / ITERATIONS_PER_WORK)
        if found.choice is not None:
            self.incumbent.offer(found.choice, caps)
        if found.bound is not None:
            self._raise_bound(min(found.bound, self._value()), BRANCHING)
        self._tell("branch and cut")

    def _raise_bound(self, bound: int, proof: str) -> None:
        if bound > self._bound:
            self._bound, self._proof = bound, proof

    def _value(self) -> int:
        return self.incumbent.values[self._level]

    def _good_enough(self, until: Share) -> bool:
        value = self._value()
        if value <= self._bound or until.over():
            return True
        return self._level > 0 and (value - self._bound) / max(1, value) <= self._gap

    def _tell(self, phase: str) -> None:
        self._report(phase, self._level, self._bound)

    def _round(self, relaxed: Relaxed, caps: Sequence[Cap]) -> None:
        """Makes whole plans of a fractional one."""
        if any(relaxed.shares):
            plan = construct.around(self.model, self._pinned, relaxed.shares, self._taste)
            if self.incumbent.offer(plan, caps):
                self._tell("rounding")

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
        if not after.peak and not any(after.costs):
            return relaxed, goal
        capped = [*caps, Cap(goal, max(self._bound, goal.constant))]
        guide = self.relaxation.minimise(after, capped, self._budget.seconds_left())
        self._round(guide, caps)
        price = max(1, round(PRICE * guide.cap_prices[-1]))
        return guide, weighted_sum([(price, goal), (1, after)], len(self.model.columns))

    def _start_chains(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap]) -> Chains | None:
        """Local search among the columns nearly worth having.

        It starts from the fractional plan, or where levels are settled already from the best plan, and
        knows the settled levels as prices.
        """
        if objective.peak or not any(guide.shares) or not self.model.rows:
            return None
        shares = guide.shares
        start = [max(columns, key=lambda j: (shares[j], -j)) for columns in self.model.columns_of]
        if caps:
            start = list(self.incumbent.choice)
            prices = zip(guide.cap_prices, caps, strict=False)
            settled = [(max(1, round(CAP_PRICE * price)), cap.goal) for price, cap in prices if not cap.goal.peak]
            objective = weighted_sum([(1, objective), *settled], len(self.model.columns))
        wanted = self._nearly(guide, round(CORES[0] * len(self.model.needs)), start)
        leaving = (self.model.unserved_column(need) for need in range(len(self.model.needs)))
        wanted.update(column for column in leaving if column is not None)
        chains = Chains(self.model, objective, guide.prices, sorted(wanted), self._seed)
        chains.start(start)
        return chains

    def _chains(self, chains: Chains | None, caps: Sequence[Cap], part: Share, patience: int) -> None:
        """Runs the local search until it has found nothing better for `patience` units of work."""
        if chains is None:
            return

        def found(choice: Choice) -> bool:
            better = self.incumbent.offer(choice, caps)
            if better:
                self._tell("search")
            return better

        fruitless = 0
        while fruitless < patience and not self._enough() and not part.over():
            before, looks = self._value(), chains.looks
            left = part.work_left()
            looks_left = LOOKS_PER_WORK if left is None else round(left * LOOKS_PER_WORK) + 1
            chains.run(min(LOOKS_PER_WORK, looks_left), lambda: self._enough() or part.over(), found)
            self._budget.spend((chains.looks - looks) / LOOKS_PER_WORK)
            fruitless = 0 if self._value() < before else fruitless + 1

    def _enough(self) -> bool:
        """Whether the search of this level has nothing left to do, or was told to stop."""
        if self._budget.cancelled() or self._value() <= self._bound:
            return True
        return not self._budget.deterministic and self._branch is not None and self._branch.done()

    def _cores(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], part: Share, workers: int) -> None:
        """CP-SAT among the columns nearly worth having, more of them each time."""
        for number, share in enumerate(CORES):
            if self._good_enough(part) or self._enough():
                return
            extra = round(share * len(self.model.needs))
            allowed = self._by_need(self._nearly(guide, extra, self.incumbent.choice))
            effort = part.effort(0.4, workers, self._seed + number)
            self._slice(allowed, objective, caps, effort)

    def _nearly(self, guide: Relaxed, extra: int, choice: Choice) -> set[int]:
        """The columns of a choice, of the incumbent and of the fractional plan, and the next best."""
        wanted = {*choice, *self.incumbent.choice}
        wanted.update(j for j, share in enumerate(guide.shares) if share > 1e-6)
        others = sorted(set(range(len(self.model.columns))) - wanted, key=lambda j: (guide.reduced[j], j))
        return {*wanted, *others[:extra]}

    def _by_need(self, columns: set[int]) -> dict[int, list[int]]:
        """The needs that have a choice among these columns."""
        allowed = {}
        for need, mine in enumerate(self.model.columns_of):
            kept = [column for column in mine if column in columns]
            if len(kept) > 1:
                allowed[need] = kept
        return allowed

    def _slice(
        self,
        allowed: dict[int, list[int]],
        objective: LinearGoal,
        caps: Sequence[Cap],
        effort: Effort,
    ) -> None:
        """One search among the allowed columns."""
        if not allowed:
            return
        base = list(self.incumbent.choice)

        def take(columns: dict[int, int]) -> None:
            plan = list(base)
            for need, column in columns.items():
                plan[need] = column
            if self.incumbent.offer(plan, caps):
                self._tell("search")

        def enough() -> bool:
            return self._budget.cancelled() or (not effort.deterministic and self._enough())

        outcome = solve_part(
            self.model,
            base,
            allowed,
            objective,
            caps,
            effort,
            should_stop=enough,
            on_plan=lambda columns, _: take(columns),
        )
        self._budget.spend(outcome.work)
        if outcome.columns is not None:
            take(outcome.columns)

    def _prove(self, relaxed: Relaxed, caps: Sequence[Cap], until: Share) -> None:
        """The whole level, but for columns that no better plan can have: bound and perhaps proof."""
        value = self._value()
        room = (value - 1) * SCALE - relaxed.scaled
        chosen = set(self.incumbent.choice)
        allowed = self._by_need({j for j, more in enumerate(relaxed.reduced) if more <= room or j in chosen})
        base = list(self.incumbent.choice)
        goal = self.incumbent.goals[self._level]

        def take(columns: dict[int, int], bound: int) -> None:
            plan = list(base)
            for need, column in columns.items():
                plan[need] = column
            self._raise_bound(min(bound, value), CONSTRAINTS)
            if self.incumbent.offer(plan, caps):
                self._tell("proof")

        outcome = solve_part(
            self.model,
            base,
            allowed,
            goal,
            caps,
            until.effort(1.0, self._threads, self._seed),
            floor=self._bound,
            should_stop=self._budget.cancelled,
            on_plan=take,
        )
        self._budget.spend(outcome.work)
        if outcome.columns is not None and outcome.bound is not None:
            take(outcome.columns, outcome.bound)
        elif outcome.bound is not None:
            self._raise_bound(min(outcome.bound, value), CONSTRAINTS)
        self._tell("proof")
