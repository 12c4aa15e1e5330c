"""Connected components of a problem: needs that no chain of options and resources connects decide nothing together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from carematch.assignment.formulation.arrays import Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.model import LinearGoal, Model
from carematch.assignment.goals import PEAKS
from carematch.assignment.problem import Assignment, Forbidden, Need, Option, Pin, Problem

#: Columns that a component is to have at least: smaller ones are solved together, several at a time.
LEAST = 2_000


def separable(problem: Problem, levels: Sequence[LinearGoal]) -> bool:
    """Whether goals and limits are sums, so that the best of each component is the best of all.

    A slack of a level that others follow could be spent on any component, a number of moves likewise. `levels` are the
    goals of the policy's levels: one that no choice changes spends nothing.
    """
    if problem.most_moves is not None or PEAKS.intersection(problem.policy.goals()):
        return False
    last = max((number for number, goal in enumerate(levels) if not goal.empty), default=0)
    return all(level.slack_permille == 0 for level in problem.policy.levels[:last])


def components(model: Model) -> Ints:
    """The component of each need of the model, numbered from 0 by the first need in it."""
    component: Ints = _components(model.first, model.use, model.row, len(model.capacity))
    _, first, number = np.unique(component, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[number]


@compiled
def _components(first: Ints, use: Ints, row: Ints, rows: int) -> Ints:
    """Union of rows that a need may use; a need without rows is a component of its own."""
    needs = len(first) - 1
    parent = np.arange(rows + needs)
    for need in range(needs):
        root = rows + need
        for k in range(use[first[need]], use[first[need + 1]]):
            other = row[k]
            while parent[other] != other:
                parent[other] = parent[parent[other]]
                other = parent[other]
            while parent[root] != root:
                root = parent[root]
            if other != root:
                parent[max(other, root)] = min(other, root)
                root = min(other, root)
    found = np.empty(needs, np.int64)
    for need in range(needs):
        root = rows + need
        while parent[root] != root:
            root = parent[root]
        found[need] = root
    return found


def split(model: Model) -> list[Problem]:
    """The problems of the components, the largest first; one when everything hangs together. Small ones are put
    together.

    Resources keep their capacity: where the components are independent, what one uses no other can, or there is
    enough for all. Needs without any usable option are in none of them.
    """
    component = _together(components(model), np.diff(model.first))
    if int(component.max(initial=-1)) < 1:
        return [model.problem]
    return divided(model.problem, dict(zip(model.needs, component.tolist(), strict=True)))


def _together(component: Ints, columns: Ints) -> Ints:
    """The components with small ones put together, in their order, until each has enough columns."""
    sizes = np.bincount(component, weights=columns).astype(np.int64)
    group, small = np.empty(len(sizes), np.int64), np.flatnonzero(sizes < LEAST)
    filled = (np.cumsum(sizes[small]) - sizes[small]) // max(1, LEAST)
    _, group[small] = np.unique(filled, return_inverse=True)
    large = np.flatnonzero(sizes >= LEAST)
    group[large] = np.arange(len(large)) + (int(group[small].max(initial=-1)) + 1)
    return group[component]


def divided(problem: Problem, of_need: Mapping[str, int]) -> list[Problem]:
    """The problems of needs with the same number, the most needs first, each with what its needs may use.

    Every resource keeps its whole capacity. Needs without a number are in none of them.
    """
    options: dict[int, list[Option]] = defaultdict(list)
    for option in problem.options:
        if option.need in of_need:
            options[of_need[option.need]].append(option)
    needs: dict[int, list[Need]] = defaultdict(list)
    for need in problem.needs:
        if need.id in of_need:
            needs[of_need[need.id]].append(need)
    pins = _divided(problem.pins, of_need)
    forbidden = _divided(problem.forbidden, of_need)
    in_force = _divided(problem.in_force, of_need)
    resources = {resource.id: resource for resource in problem.resources}
    suppliers = {supplier.id: supplier for supplier in problem.suppliers}
    divisions = []
    for number in sorted(needs, key=lambda number: (-len(needs[number]), number)):
        mine = options[number]
        served_by = {option.supplier for option in mine} | {row.supplier for row in in_force[number]}
        named = {name for option in mine for name in option.usage}
        owners = {resources[name].supplier for name in named} - {""}
        asked = {pin.supplier for pin in pins[number] if pin.supplier} | {row.supplier for row in forbidden[number]}
        divisions.append(
            msgspec.structs.replace(
                problem,
                needs=tuple(needs[number]),
                suppliers=tuple(suppliers[name] for name in sorted(served_by | owners | asked)),
                resources=tuple(resources[name] for name in sorted(named)),
                options=tuple(mine),
                pins=tuple(pins[number]),
                forbidden=tuple(forbidden[number]),
                in_force=tuple(in_force[number]),
            )
        )
    return divisions


RowT = TypeVar("RowT", Pin, Forbidden, Assignment)


def _divided(rows: Iterable[RowT], of_need: Mapping[str, int]) -> dict[int, list[RowT]]:
    found: dict[int, list[RowT]] = defaultdict(list)
    for row in rows:
        if row.need in of_need:
            found[of_need[row.need]].append(row)
    return found
