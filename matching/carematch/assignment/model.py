"""The problem as the engine sees it: numbered columns, rows that can bind, one vector a goal.

Leaving a need unserved is a column like any other, so every plan chooses exactly one column of
each need, and every goal but `balance` is a sum over the chosen columns. Everything is in the
order of ids, so the order of the lists in the problem decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import gcd

from carematch.assignment.goals import BALANCE, CONTINUITY, FULL_PERMILLE, UNSERVED
from carematch.assignment.problem import Assignment, Option, Problem

#: A choice: the number of the chosen column of each need of the model.
Choice = list[int]


@dataclass(frozen=True)
class Row:
    """A resource that can bind: its capacity, divided like all its usage by their common divisor."""

    resource: str
    capacity: int
    divisor: int


@dataclass(frozen=True)
class Column:
    """One thing that can happen to one need. `option` is None when that is being left unserved."""

    need: int
    option: Option | None
    usage: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class LinearGoal:
    """A goal (or a weighted sum of goals): cost of each column, weight of the peak load, constant."""

    costs: list[int]
    peak: int
    constant: int


@dataclass
class Model:
    """Needs that have something to decide, their columns, and what limits them.

    `fixed` holds what is no decision: goal values from needs without any usable option. `peaks` are
    the balanced resources as (capacity, usage by column) for the goal `balance`.
    """

    problem: Problem
    needs: list[str]
    columns: list[Column]
    columns_of: list[list[int]]
    rows: list[Row]
    fixed_unserved: int
    fixed_moves: int
    present: dict[str, str]
    weights: dict[str, int]
    peaks: list[tuple[int, list[tuple[int, int]]]] = field(default_factory=list)

    def goal(self, name: str) -> LinearGoal:
        """The vector of one goal over the columns."""
        if name == UNSERVED:
            costs = [0 if c.option else self.weights[self.needs[c.need]] for c in self.columns]
            return LinearGoal(costs, 0, self.fixed_unserved)
        if name == CONTINUITY:
            return LinearGoal([self._moved(column) for column in self.columns], 0, self.fixed_moves)
        if name == BALANCE:
            return LinearGoal([0] * len(self.columns), 1, 0)
        return LinearGoal([c.option.costs.get(name, 0) if c.option else 0 for c in self.columns], 0, 0)

    def _moved(self, column: Column) -> int:
        present = self.present.get(self.needs[column.need])
        if present is None:
            return 0
        return int(column.option is None or column.option.supplier != present)

    def peak(self, choice: Choice) -> int:
        """The load of the fullest balanced resource, in permille rounded up."""
        chosen = set(choice)
        return max(
            (
                -(-FULL_PERMILLE * sum(amount for column, amount in uses if column in chosen) // capacity)
                for capacity, uses in self.peaks
            ),
            default=0,
        )

    def value(self, goal: LinearGoal, choice: Choice) -> int:
        """The exact value of a goal at a choice."""
        total = goal.constant + sum(goal.costs[column] for column in choice)
        return total + goal.peak * self.peak(choice) if goal.peak else total

    def free(self, choice: Choice) -> list[int]:
        """What is left of each row (negative when overfull)."""
        left = [row.capacity for row in self.rows]
        for column in choice:
            for row, amount in self.columns[column].usage:
                left[row] -= amount
        return left

    def assignments(self, choice: Choice) -> tuple[Assignment, ...]:
        """The plan that a choice stands for."""
        options = (self.columns[column].option for column in choice)
        return tuple(sorted(Assignment(o.need, o.supplier, o.variant) for o in options if o))

    def unserved_column(self, need: int) -> int | None:
        """The column that leaves a need unserved; None for a need pinned to a supplier."""
        last = self.columns_of[need][-1]
        return last if self.columns[last].option is None else None


def weighted_sum(goals: Iterable[tuple[int, LinearGoal]], columns: int) -> LinearGoal:
    """The sum of goals times weights."""
    costs = [0] * columns
    peak = constant = 0
    for weight, goal in goals:
        if any(goal.costs):
            costs = [a + weight * b for a, b in zip(costs, goal.costs, strict=True)]
        peak += weight * goal.peak
        constant += weight * goal.constant
    return LinearGoal(costs, peak, constant)


def usable_options(problem: Problem) -> dict[str, list[Option]]:
    """The options of each need that decisions allow and that could fit by themselves, by key."""
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
    pinned = {pin.need: pin.supplier for pin in problem.pins}
    usable: dict[str, list[Option]] = {need.id: [] for need in problem.needs}
    for option in sorted(problem.options, key=Option.key):
        if (option.need, option.supplier) in forbidden:
            continue
        if option.need in pinned and pinned[option.need] != option.supplier:
            continue
        if all(amount <= capacity[resource] for resource, amount in option.usage.items()):
            usable[option.need].append(option)
    return usable


def build(problem: Problem) -> Model:
    """The model of a valid problem whose pins can be obeyed (see `pins.conflicts`)."""
    usable = usable_options(problem)
    pinned = {pin.need for pin in problem.pins if pin.supplier is not None}
    weights = {need.id: need.weight for need in problem.needs}
    present = {row.need: row.supplier for row in problem.in_force}
    needs = sorted(need for need, options in usable.items() if options)
    rows, row_of = _rows(problem, [usable[need] for need in needs])
    columns: list[Column] = []
    columns_of: list[list[int]] = []
    for index, need in enumerate(needs):
        first = len(columns)
        for option in usable[need]:
            uses = sorted((row_of[r], a) for r, a in option.usage.items() if a and r in row_of)
            columns.append(Column(index, option, tuple((row, a // rows[row].divisor) for row, a in uses)))
        if need not in pinned:
            columns.append(Column(index, None))
        columns_of.append(list(range(first, len(columns))))
    without = [need for need, options in usable.items() if not options]
    return Model(
        problem=problem,
        needs=needs,
        columns=columns,
        columns_of=columns_of,
        rows=rows,
        fixed_unserved=sum(weights[need] for need in without),
        fixed_moves=sum(need in present for need in without),
        present=present,
        weights=weights,
        peaks=_peaks(problem, columns) if BALANCE in problem.policy.goals() else [],
    )


def _rows(problem: Problem, options_of: Sequence[Sequence[Option]]) -> tuple[list[Row], dict[str, int]]:
    """The resources that some plan could overfill; the others limit nothing and are left out.

    A row whose usage has a common divisor is divided by it and its capacity rounded down: the same
    plans fit, and the relaxation gets tighter.
    """
    most: dict[str, int] = {}
    divisor: dict[str, int] = {}
    for options in options_of:
        highest: dict[str, int] = {}
        for option in options:
            for resource, amount in option.usage.items():
                highest[resource] = max(highest.get(resource, 0), amount)
                divisor[resource] = gcd(divisor.get(resource, 0), amount)
        for resource, amount in highest.items():
            most[resource] = most.get(resource, 0) + amount
    rows: list[Row] = []
    row_of: dict[str, int] = {}
    for limited in sorted(problem.resources, key=lambda row: row.id):
        if most.get(limited.id, 0) > limited.capacity:
            row_of[limited.id] = len(rows)
            shared = divisor[limited.id]
            rows.append(Row(limited.id, limited.capacity // shared, shared))
    return rows, row_of


def _peaks(problem: Problem, columns: list[Column]) -> list[tuple[int, list[tuple[int, int]]]]:
    balanced = {r.id: r.capacity for r in problem.resources if r.balanced and r.capacity > 0}
    uses: dict[str, list[tuple[int, int]]] = {resource: [] for resource in balanced}
    for number, column in enumerate(columns):
        if column.option is None:
            continue
        for resource, amount in column.option.usage.items():
            if amount and resource in uses:
                uses[resource].append((number, amount))
    return [(balanced[resource], uses[resource]) for resource in sorted(balanced)]
