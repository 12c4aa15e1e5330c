"""The problem as the engine sees it: numbered columns, rows that can bind, one vector a goal.

Leaving a need unserved is a column like any other, so every plan chooses exactly one column of
each need, and every goal that is no peak is a sum over the chosen columns. Everything is in the
order of ids, so the order of the lists in the problem decides nothing. All numbers lie in arrays:
memory is proportional to the uses of the options.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from carematch.assignment.formulation.arrays import NOBODY, Choice, Ints
from carematch.assignment.formulation.peaks import Peak, peak
from carematch.assignment.goals import CONTINUITY, PEAKS, Policy, counts, is_unserved
from carematch.assignment.problem import Assignment, Need, Option, Problem


@dataclass(frozen=True)
class LinearGoal:
    """A goal (or a weighted sum of goals): cost of each column, weight of each peak, constant."""

    costs: Ints
    peaks: dict[str, int] = field(default_factory=dict)
    constant: int = 0

    @property
    def empty(self) -> bool:
        """Whether no choice makes a difference to it."""
        return not self.peaks and not self.costs.any()


@dataclass(frozen=True)
class Cap:
    """A level that is settled: its goal may not exceed `limit`."""

    goal: LinearGoal
    limit: int


@dataclass
class Model:
    """Needs that have something to decide, their columns, and what limits them.

    Need i has the columns first[i] to first[i + 1] - 1, the one that leaves it unserved last. Column j
    is option `option[j]` of `options` (NOBODY when unserved) and uses amount[k] of row row[k] for k from
    use[j] to use[j + 1] - 1. Rows are the resources that some plan could overfill: `resources` are their
    ids, `capacity` and all their usage are divided by `divisor`. The last row limits moves when the
    problem does (its resource is ""). `peaks` are the goals of the policy that are no sums. `ranks` are those of the
    needs, `places` the levels of the policy in which it first counts who of them is left out, `without` the needs
    that have nothing to decide because they have no column.
    """

    problem: Problem
    needs: list[str]
    weights: Ints
    first: Ints
    need: Ints
    option: Ints
    options: list[Option]
    use: Ints
    row: Ints
    amount: Ints
    resources: list[str]
    capacity: Ints
    divisor: Ints
    present: list[str | None]
    ranks: list[str]
    places: Ints
    without: list[Need]
    fixed_moves: int
    peaks: dict[str, Peak] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.need)

    def goal(self, name: str) -> LinearGoal:
        """The vector of one goal over the columns."""
        if name in PEAKS:
            return LinearGoal(np.zeros(self.width, np.int64), {name: 1})
        if is_unserved(name):
            mine = np.array([counts(name, rank) for rank in self.ranks], dtype=np.bool_)
            leaving = (self.option == NOBODY) & mine[self.need]
            fixed = sum(need.weight for need in self.without if counts(name, need.rank))
            return LinearGoal(np.where(leaving, self.weights[self.need], 0), constant=fixed)
        if name == CONTINUITY:
            return LinearGoal(self.losses(), constant=self.fixed_moves)
        costs = np.zeros(self.width, np.int64)
        costs[self.option != NOBODY] = [option.costs.get(name, 0) for option in self.options]
        return LinearGoal(costs)

    def losses(self) -> Ints:
        """1 for each column by which a need of the plan in force loses its supplier."""
        losses = np.zeros(self.width, np.int64)
        for number, supplier in enumerate(self.present):
            if supplier is not None:
                for column in range(self.first[number], self.first[number + 1]):
                    option = self.option[column]
                    losses[column] = option == NOBODY or self.options[option].supplier != supplier
        return losses

    def value(self, goal: LinearGoal, choice: Choice) -> int:
        """The exact value of a goal at a choice."""
        total = goal.constant + int(goal.costs[choice].sum())
        return total + sum(weight * self.peaks[name].value(choice) for name, weight in goal.peaks.items())

    def free(self, choice: Choice) -> Ints:
        """What is left of each row (negative when overfull)."""
        uses = spread(self.use, choice)
        used = np.zeros(len(self.capacity), np.int64)
        np.add.at(used, self.row[uses], self.amount[uses])
        return self.capacity - used

    def choice(self, assignments: Iterable[Assignment], base: Choice) -> Choice:
        """A choice in which these needs are served so and all others as in `base`."""
        number = {need: index for index, need in enumerate(self.needs)}
        choice = base.copy()
        for row in assignments:
            need = number[row.need]
            choice[need] = next(
                column
                for column in range(self.first[need], self.first[need + 1])
                if self.option[column] != NOBODY and self.options[self.option[column]].key() == row.key()
            )
        return choice

    def nobody(self) -> Choice:
        """Everybody unserved; a need that is pinned on its first column."""
        last = self.first[1:] - 1
        return np.where(self.option[last] == NOBODY, last, self.first[:-1])

    def assignments(self, choice: Choice) -> tuple[Assignment, ...]:
        """The plan that a choice stands for."""
        options = (self.options[number] for number in self.option[choice].tolist() if number != NOBODY)
        return tuple(sorted(Assignment(o.need, o.supplier, o.variant) for o in options))


def spread(first: Ints, which: Ints) -> Ints:
    """The places first[i] to first[i + 1] - 1 of each i of `which`, one after the other."""
    counts = first[which + 1] - first[which]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    places: Ints = np.arange(total) + np.repeat(first[which] - (ends - counts), counts)
    return places


def weighted_sum(goals: Sequence[tuple[int, LinearGoal]]) -> LinearGoal:
    """The sum of goals times weights; at least one."""
    peaks: dict[str, int] = {}
    for weight, goal in goals:
        for name, times in goal.peaks.items():
            peaks[name] = peaks.get(name, 0) + weight * times
    costs = sum((weight * goal.costs for weight, goal in goals[1:]), goals[0][0] * goals[0][1].costs)
    return LinearGoal(costs, peaks, sum(weight * goal.constant for weight, goal in goals))


def usable_options(problem: Problem) -> list[Option]:
    """The options that decisions allow and that could fit by themselves, by key."""
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
    pinned = {pin.need: pin.supplier for pin in problem.pins}
    options = sorted(problem.options, key=attrgetter("need", "supplier", "variant"))
    fitting = [o for o in options if all(amount <= capacity[resource] for resource, amount in o.usage.items())]
    if forbidden or pinned:
        fitting = [
            o
            for o in fitting
            if (o.need, o.supplier) not in forbidden and pinned.get(o.need, o.supplier) == o.supplier
        ]
    return fitting


def build(problem: Problem) -> Model:
    """The model of a valid problem whose pins can be obeyed (see `pins.conflicts`)."""
    options = usable_options(problem)
    weight_of = {need.id: need.weight for need in problem.needs}
    present_of = {row.need: row.supplier for row in problem.in_force}
    served = [option.need for option in options]
    needs = list(dict.fromkeys(served))
    number = {need: index for index, need in enumerate(needs)}
    need_of = np.array([number[need] for need in served], dtype=np.int64)
    must = {pin.need for pin in problem.pins if pin.supplier is not None}
    free = np.array([need not in must for need in needs], dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(np.bincount(need_of, minlength=len(needs)) + free)))
    option = np.full(int(first[-1]), NOBODY, np.int64)
    place = np.arange(len(options)) + (np.cumsum(free) - free)[need_of] if options else np.zeros(0, np.int64)
    option[place] = np.arange(len(options))
    uses = _uses(problem, options, need_of, len(needs))
    counts = np.zeros(len(option), np.int64)
    counts[place] = uses.counts
    without = weight_of.keys() - number.keys()
    rank_of = {need.id: need.rank for need in problem.needs}
    places = {rank: _place(problem.policy, rank) for rank in set(rank_of.values())}
    model = Model(
        problem=problem,
        needs=needs,
        weights=np.array([weight_of[need] for need in needs], dtype=np.int64),
        first=first.astype(np.int64),
        need=np.repeat(np.arange(len(needs)), np.diff(first)),
        option=option,
        options=options,
        use=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        row=uses.row,
        amount=uses.amount,
        resources=uses.resources,
        capacity=uses.capacity,
        divisor=uses.divisor,
        present=[present_of.get(need) for need in needs],
        ranks=[rank_of[need] for need in needs],
        places=np.array([places[rank_of[need]] for need in needs], dtype=np.int64),
        without=[need for need in problem.needs if need.id in without],
        fixed_moves=sum(need in present_of for need in without),
    )
    if problem.most_moves is not None:
        _limit_moves(model, problem.most_moves)
    for name in PEAKS.intersection(problem.policy.goals()):
        model.peaks[name] = peak(model, name, without)
    return model


def _place(policy: Policy, rank: str) -> int:
    """The first level that counts who of a rank is left out; after all of them where none does."""
    levels = policy.levels
    return next(
        (n for n, level in enumerate(levels) if any(counts(term.goal, rank) for term in level.terms)), len(levels)
    )


@dataclass(frozen=True)
class _Uses:
    counts: Ints
    row: Ints
    amount: Ints
    resources: list[str]
    capacity: Ints
    divisor: Ints


def _uses(problem: Problem, options: list[Option], need_of: Ints, needs: int) -> _Uses:
    """What the options use of the resources that some plan could overfill; the others limit nothing.

    A row whose usage has a common divisor is divided by it and its capacity rounded down: the same
    plans fit, and the relaxation gets tighter.
    """
    limited = sorted(problem.resources, key=attrgetter("id"))
    number = {resource.id: index for index, resource in enumerate(limited)}
    counts = np.array([len(option.usage) for option in options], dtype=np.int64)
    row = np.array([number[name] for option in options for name in option.usage], dtype=np.int64)
    amount = np.array([a for option in options for a in option.usage.values()], dtype=np.int64)
    owner = np.repeat(np.arange(len(options)), counts)
    capacity = np.array([resource.capacity for resource in limited], dtype=np.int64)
    # the most that each need could use of each row, added up
    pair = need_of[owner] * max(1, len(limited)) + row if len(owner) else row
    order = np.lexsort((-amount, pair))
    pairs, top = np.unique(pair[order], return_index=True)
    most = np.zeros(len(limited), np.int64)
    np.add.at(most, pairs % max(1, len(limited)), amount[order][top])
    divisor = np.zeros(len(limited), np.int64)
    np.gcd.at(divisor, row, amount)
    binding = np.flatnonzero(most > capacity)
    new = np.full(len(limited), -1, np.int64)
    new[binding] = np.arange(len(binding))
    kept = (new[row] >= 0) & (amount > 0) if len(row) else np.zeros(0, np.bool_)
    owner, row, amount = owner[kept], row[kept], amount[kept]
    order = np.lexsort((row, owner))
    return _Uses(
        counts=np.bincount(owner, minlength=len(options)),
        row=new[row[order]],
        amount=amount[order] // divisor[row[order]],
        resources=[limited[index].id for index in binding.tolist()],
        capacity=capacity[binding] // divisor[binding],
        divisor=divisor[binding],
    )


def _limit_moves(model: Model, most: int) -> None:
    """A row more: at most so many needs lose a supplier that they could keep."""
    losses = model.losses()
    keeps = np.zeros(len(model.needs), np.bool_)
    keeps[model.need[losses == 0]] = True
    extra = (losses == 1) & keeps[model.need]
    if not extra.any():
        return
    where = model.use[1:][extra]
    model.row = np.insert(model.row, where, len(model.capacity))
    model.amount = np.insert(model.amount, where, 1)
    model.use = model.use + np.concatenate(([0], np.cumsum(extra)))
    model.resources.append("")
    model.capacity = np.append(model.capacity, most)
    model.divisor = np.append(model.divisor, 1)
