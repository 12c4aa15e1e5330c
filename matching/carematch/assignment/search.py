"""The best plan so far, and the effort to better one level of the policy and to prove it best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carematch.assignment import construct
from carematch.assignment.budget import Budget
from carematch.assignment.chains import Chains
from carematch.assignment.model import Choice, LinearGoal, Model, weighted_sum
from carematch.assignment.relaxation import SCALE, Cap, Relaxation, Relaxed
from carematch.assignment.restricted import Effort, solve_part

#: Columns beside the fractional plan that the first, second, ... search may use, a need.
CORES = (0.6, 1.2, 2.4)
#: Part of a level's time that the local search may take.
CHAINS = 0.5
#: What a unit of a level is worth in the next one while searching, against its price in the relaxation.
PRICE = 2.0
#: Looks of the local search that count as one unit of work (about a second), and after how many units
#: without a better value of the level it gives up.
LOOKS_PER_WORK = 8_000
PATIENCE = 6


class Incumbent:
    """The best plan found: never overfull, within the caps, and lexicographically least from a level on."""

    def __init__(self, model: Model, goals: Sequence[LinearGoal], choice: Choice) -> None:
        self.model = model
        self.goals = goals
        self.choice = choice
        self.values = self._values(choice)

    def offer(self, choice: Choice, caps: Sequence[Cap]) -> bool:
        """Takes the choice over when it fits, keeps the caps and is better from the first open level on."""
        if choice == self.choice or min(self.model.free(choice), default=0) < 0:
            return False
        values = self._values(choice)
        settled = len(caps)
        if any(value > cap.limit for value, cap in zip(values, caps, strict=False)):
            return False
        if values[settled:] >= self.values[settled:]:
            return False
        self.choice, self.values = choice, values
        return True

    def _values(self, choice: Choice) -> tuple[int, ...]:
        return tuple(self.model.value(goal, choice) for goal in self.goals)


@dataclass
class Settled:
    """What a level came to: best value found, proven bound."""

    best: int
    bound: int


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

    def settle(self, level: int, caps: Sequence[Cap], share: float) -> Settled:
        """Betters and bounds one level with those before it capped, in a share of what is left."""
        goal = self.incumbent.goals[level]
        if not goal.peak and not any(goal.costs):
            return Settled(goal.constant, goal.constant)
        until = _Until(self._budget, share)
        relaxed = self.relaxation.minimise(goal, caps, self._budget.seconds_left())
        self._bound = relaxed.bound
        self._level = level
        self._tell("bound")
        self._round(relaxed, caps)
        if not self._good_enough(until):
            guide, objective = self._guide(relaxed, caps)
            if not self._good_enough(until):
                self._chains(guide, objective, caps, until)
            self._cores(guide, objective, caps, until)
        if not self._good_enough(until):
            self._prove(relaxed, caps, until)
        value = self.incumbent.values[level]
        return Settled(value, min(self._bound, value))

    def _value(self) -> int:
        return self.incumbent.values[self._level]

    def _good_enough(self, until: _Until) -> bool:
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

    def _chains(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], until: _Until) -> None:
        """Local search from the fractional plan, among the columns nearly worth having."""
        if objective.peak or not any(guide.shares) or not self.model.rows:
            return
        shares = guide.shares
        start = [max(columns, key=lambda j: (shares[j], -j)) for columns in self.model.columns_of]
        wanted = self._nearly(guide, round(CORES[0] * len(self.model.needs)), start)
        leaving = (self.model.unserved_column(need) for need in range(len(self.model.needs)))
        wanted.update(column for column in leaving if column is not None)
        chains = Chains(self.model, objective, guide.prices, sorted(wanted), self._seed)
        chains.start(start)
        limit = until.seconds_from_now(CHAINS)
        slack = until.part(CHAINS).work

        def found(choice: Choice) -> bool:
            better = self.incumbent.offer(choice, caps)
            if better:
                self._tell("search")
            return better

        def over() -> bool:
            return self._value() <= self._bound or self._budget.cancelled() or limit()

        fruitless = 0
        while not over() and fruitless < PATIENCE and (slack is None or slack > 0):
            before = self.incumbent.values[self._level]
            looks = chains.looks
            chains.run(LOOKS_PER_WORK, over, found)
            work = (chains.looks - looks) / LOOKS_PER_WORK
            self._budget.spend(work)
            slack = None if slack is None else slack - work
            fruitless = 0 if self.incumbent.values[self._level] < before else fruitless + 1

    def _cores(self, guide: Relaxed, objective: LinearGoal, caps: Sequence[Cap], until: _Until) -> None:
        """CP-SAT among the columns nearly worth having, more of them each time it finds no more."""
        for number, share in enumerate(CORES):
            if self._good_enough(until):
                return
            extra = round(share * len(self.model.needs))
            allowed = self._by_need(self._nearly(guide, extra, self.incumbent.choice))
            self._slice(allowed, objective, caps, until.part(0.4), number)

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
        salt: int,
    ) -> bool:
        """One search among the allowed columns; whether it found a better plan."""
        if not allowed:
            return False
        base = list(self.incumbent.choice)
        before = self.incumbent.values[self._level :]
        effort = Effort(effort.workers, effort.work, effort.seconds, self._seed + salt, effort.deterministic)

        def take(columns: dict[int, int]) -> None:
            plan = list(base)
            for need, column in columns.items():
                plan[need] = column
            if self.incumbent.offer(plan, caps):
                self._tell("search")

        def enough() -> bool:
            return self._budget.cancelled() or (not effort.deterministic and self._value() <= self._bound)

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
        return self.incumbent.values[self._level :] < before

    def _prove(self, relaxed: Relaxed, caps: Sequence[Cap], until: _Until) -> None:
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
            self._bound = max(self._bound, min(bound, value))
            if self.incumbent.offer(plan, caps):
                self._tell("proof")

        outcome = solve_part(
            self.model,
            base,
            allowed,
            goal,
            caps,
            until.part(1.0),
            floor=self._bound,
            should_stop=self._budget.cancelled,
            on_plan=take,
        )
        self._budget.spend(outcome.work)
        if outcome.columns is not None and outcome.bound is not None:
            take(outcome.columns, outcome.bound)
        elif outcome.bound is not None:
            self._bound = max(self._bound, min(outcome.bound, value))
        self._tell("proof")


class _Until:
    """A share of what is left of a budget when the share is made."""

    def __init__(self, budget: Budget, share: float) -> None:
        self._budget = budget
        seconds, work = budget.seconds_left(), budget.work_left()
        self._seconds = None if seconds is None else budget.seconds() + seconds * share
        self._work = None if work is None else budget.work_done + work * share

    def over(self) -> bool:
        """Whether the share is used up or the whole budget is over."""
        if self._budget.over():
            return True
        if self._seconds is not None and self._budget.seconds() >= self._seconds:
            return True
        return self._work is not None and self._budget.work_done >= self._work

    def seconds_from_now(self, share: float) -> Callable[[], bool]:
        """Asks whether this share of what is left of the seconds has gone by."""
        if self._seconds is None:
            return lambda: False
        now = self._budget.seconds()
        end = now + max(0.0, self._seconds - now) * share
        return lambda: self._budget.seconds() >= end

    def part(self, share: float) -> Effort:
        """The effort of one call that may take this share of what is left of it."""
        seconds = None if self._seconds is None else max(0.0, self._seconds - self._budget.seconds()) * share
        work = None if self._work is None else max(0.0, self._work - self._budget.work_done) * share
        return Effort(
            workers=8 if self._budget.workers > 1 else 1,
            work=work,
            seconds=seconds,
            seed=0,
            deterministic=self._budget.deterministic,
        )
