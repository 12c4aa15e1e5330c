"""Goals that are the largest of several numbers (minimax): balance, share and farthest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from carematch.assignment.formulation.arrays import NOBODY, Choice, Ints
from carematch.assignment.goals import BALANCE, DISTANCE, FARTHEST, FULL_PERMILLE, SHARE

if TYPE_CHECKING:
    from carematch.assignment.formulation.model import Model


@dataclass(frozen=True)
class Ratio:
    """One of the numbers of which a peak is the largest: scale x (fixed + load) / capacity, rounded up."""

    capacity: int
    fixed: int
    columns: Ints
    amounts: Ints


@dataclass(frozen=True)
class Peak:
    """A goal that is the largest of several numbers; `top` is the most that it can be."""

    scale: int
    top: int
    ratios: tuple[Ratio, ...]

    def value(self, choice: Choice) -> int:
        """The exact value at a choice."""
        if not self.ratios:
            return 0
        columns, amounts, ends = self._flat
        taken = np.zeros(max(int(columns.max(initial=0)), int(choice.max(initial=0))) + 1, np.bool_)
        taken[choice] = True
        sums = np.concatenate(([0], np.cumsum(np.where(taken[columns], amounts, 0))))[ends]
        loads = np.diff(sums, prepend=0) + np.array([ratio.fixed for ratio in self.ratios])
        totals: list[int] = loads.tolist()
        return max(-(-self.scale * load // ratio.capacity) for ratio, load in zip(self.ratios, totals, strict=True))

    @cached_property
    def _flat(self) -> tuple[Ints, Ints, Ints]:
        """The columns and amounts of all ratios, and where each ends."""
        return (
            np.concatenate([ratio.columns for ratio in self.ratios]),
            np.concatenate([ratio.amounts for ratio in self.ratios]),
            np.cumsum([len(ratio.columns) for ratio in self.ratios]),
        )


def peak(model: Model, name: str, without: set[str]) -> Peak:
    """The peak of that name; `without` are the needs that no option could serve."""
    if name == BALANCE:
        return _balance(model)
    if name == SHARE:
        return _share(model, without)
    assert name == FARTHEST
    metres = np.zeros(model.width, np.int64)
    metres[model.option != NOBODY] = [option.costs.get(DISTANCE, 0) for option in model.options]
    ratios = []
    for start, end in zip(model.first[:-1].tolist(), model.first[1:].tolist(), strict=True):
        columns = np.arange(start, end)[metres[start:end] > 0]
        if len(columns):
            ratios.append(Ratio(1, 0, columns, metres[columns]))
    return Peak(1, int(metres.max(initial=0)), tuple(ratios))


def _balance(model: Model) -> Peak:
    uses: dict[str, tuple[list[int], list[int]]] = {
        resource.id: ([], []) for resource in model.problem.resources if resource.balanced and resource.capacity > 0
    }
    for column in np.flatnonzero(model.option != NOBODY).tolist():
        for resource, amount in model.options[model.option[column]].usage.items():
            if amount and resource in uses:
                uses[resource][0].append(column)
                uses[resource][1].append(amount)
    capacity = {resource.id: resource.capacity for resource in model.problem.resources}
    ratios = tuple(
        Ratio(capacity[name], 0, np.array(columns, dtype=np.int64), np.array(amounts, dtype=np.int64))
        for name, (columns, amounts) in sorted(uses.items())
        if columns
    )
    return Peak(FULL_PERMILLE, FULL_PERMILLE, ratios)


def _share(model: Model, without: set[str]) -> Peak:
    group = {need.id: need.group for need in model.problem.needs}
    total: dict[str, int] = {}
    fixed: dict[str, int] = {}
    for need in model.problem.needs:
        if need.group and need.weight:
            total[need.group] = total.get(need.group, 0) + need.weight
            fixed[need.group] = fixed.get(need.group, 0) + (need.weight if need.id in without else 0)
    columns: dict[str, list[int]] = {name: [] for name in total}
    for column in np.flatnonzero(model.option == NOBODY).tolist():
        name = group[model.needs[model.need[column]]]
        if name in total and model.weights[model.need[column]]:
            columns[name].append(column)
    ratios = []
    for name, mine in sorted(columns.items()):
        numbers = np.array(mine, dtype=np.int64)
        ratios.append(Ratio(total[name], fixed[name], numbers, model.weights[model.need[numbers]]))
    return Peak(FULL_PERMILLE, FULL_PERMILLE, tuple(ratios))
