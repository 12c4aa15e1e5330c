"""Large plans bettered piece by piece: regions of neighbouring rows, each a small problem of its own.

All rows are divided into regions at random, again and again; in each, the needs that use only rows of
the region may move within it, and two regions never touch, so that threads can work on them at once.
A region keeps its old plan unless it found a better one: what one region wins no other loses.
"""

from __future__ import annotations

import numpy as np

from carematch.assignment.formulation.arrays import Choice, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import Grid
from carematch.assignment.heuristics.ejection_chains import DEARER, Lists, descent, draw, new_state, owners

#: Penalties at which a descent in a region starts, in prices: drawn between these.
LOW, HIGH = 1.0, 1.5


@compiled
def divide(grid: Grid, wide: Ints, rows: int, seed: int) -> Ints:
    """The region of each row: about `rows` rows that needs connect, grown from random rows.

    Rows that are wide (they connect everything) belong to no region (-1).
    """
    count = len(grid.capacity)
    needs = len(grid.first) - 1
    np.random.seed(seed)
    # needs by row, to walk from row to row
    start = np.zeros(count + 1, np.int64)
    for k in range(len(grid.row)):
        start[grid.row[k] + 1] += 1
    for row in range(count):
        start[row + 1] += start[row]
    fill = start[:-1].copy()
    user = np.empty(len(grid.row), np.int64)
    for need in range(needs):
        for column in range(grid.first[need], grid.first[need + 1]):
            for k in range(grid.use[column], grid.use[column + 1]):
                user[fill[grid.row[k]]] = need
                fill[grid.row[k]] += 1
    region = np.full(count, -1, np.int64)
    order = np.random.permutation(count)
    edge = np.empty(count, np.int64)
    number = 0
    for seedling in order:
        if region[seedling] >= 0 or wide[seedling]:
            continue
        region[seedling] = number
        edge[0] = seedling
        head, tail = 0, 1
        while head < tail and tail < rows:
            row = edge[head]
            head += 1
            span = start[row + 1] - start[row]
            for _ in range(min(span, 4 * rows)):
                need = user[start[row] + np.random.randint(span)]
                column = grid.first[need] + np.random.randint(grid.first[need + 1] - grid.first[need])
                for k in range(grid.use[column], grid.use[column + 1]):
                    other = grid.row[k]
                    if region[other] < 0 and not wide[other] and tail < rows:
                        region[other] = number
                        edge[tail] = other
                        tail += 1
        number += 1
    return region


@compiled
def home(grid: Grid, wide: Ints, region: Ints, column: int) -> int:
    """The region of a column: -1 when it uses no row but wide ones, -2 when it uses rows of several."""
    mine = -1
    for k in range(grid.use[column], grid.use[column + 1]):
        row = grid.row[k]
        if wide[row]:
            continue
        if mine == -1:
            mine = region[row]
        elif mine != region[row]:
            return -2
    return mine


@compiled
def homes(grid: Grid, wide: Ints, region: Ints, choice: Choice) -> Ints:
    """The region in which each need may move; -1 for none. Somebody unserved goes to one he has a column in."""
    where = np.full(len(choice), -1, np.int64)
    for need in range(len(choice)):
        at = home(grid, wide, region, choice[need])
        if at == -1:
            options = grid.first[need + 1] - grid.first[need]
            for attempt in range(options):
                column = grid.first[need] + (attempt + need + region[0] * 7) % options
                there = home(grid, wide, region, column)
                if there >= 0:
                    at = there
                    break
        where[need] = max(at, -1)
    return where


@compiled
def better(
    grid: Grid,
    wide: Ints,
    region: Ints,
    members: Ints,
    mine: int,
    choice: Choice,
    left: Ints,
    spare: Floats,
    least: Floats,
    stop: int,
    seed: int,
) -> tuple[Choice, int]:
    """The best plan of the needs `members` found within region `mine`, and the columns looked at.

    `left` is what the whole plan leaves of each row; of wide rows the region may use `spare` more.
    """
    rows = len(grid.capacity)
    local = np.full(rows, -1, np.int64)
    capacity = np.empty(rows, np.int64)
    mapped = np.empty(rows, np.int64)
    count = 0
    columns = 0
    uses = 0
    for need in members:
        for column in range(grid.first[need], grid.first[need + 1]):
            at = home(grid, wide, region, column)
            if at == mine or at == -1 or column == choice[need]:
                columns += 1
                uses += grid.use[column + 1] - grid.use[column]
    first = np.zeros(len(members) + 1, np.int64)
    need_of = np.empty(columns, np.int64)
    cost = np.empty(columns)
    use = np.zeros(columns + 1, np.int64)
    row_of = np.empty(uses, np.int64)
    amount = np.empty(uses, np.int64)
    origin = np.empty(columns, np.int64)
    now = np.empty(len(members), np.int64)
    c, u = 0, 0
    for i in range(len(members)):
        need = members[i]
        for column in range(grid.first[need], grid.first[need + 1]):
            at = home(grid, wide, region, column)
            if not (at == mine or at == -1 or column == choice[need]):
                continue
            chosen = column == choice[need]
            if chosen:
                now[i] = c
            need_of[c], cost[c], origin[c] = i, grid.cost[column], column
            for k in range(grid.use[column], grid.use[column + 1]):
                row = grid.row[k]
                if local[row] < 0:
                    local[row] = count
                    mapped[count] = row
                    capacity[count] = spare[row] if wide[row] else left[row]
                    count += 1
                row_of[u], amount[u] = local[row], grid.amount[k]
                if chosen:
                    capacity[local[row]] += grid.amount[k]
                u += 1
            use[c + 1] = u
            c += 1
        first[i + 1] = c
    inner = Grid(first, need_of, cost, use, row_of, amount, capacity[:count].copy())
    base = np.empty(count)
    for row in range(count):
        base[row] = least[mapped[row]]
    best, looks = _descend(inner, now, base, stop, seed)
    return origin[best], looks


@compiled
def _descend(inner: Grid, now: Choice, base: Floats, stop: int, seed: int) -> tuple[Choice, int]:
    state = new_state(inner, now, seed)
    lists = Lists(inner.first, np.arange(len(inner.cost)))
    owner = owners(inner)
    best = now.copy()
    value = np.full(1, state.tally[0] if state.tally[1] < 0.5 else np.inf)
    factor = LOW + (HIGH - LOW) * draw(state, 1000) / 1000.0
    descent(inner, lists, state, owner, base, factor, DEARER, stop, best, value)
    return best, state.counts[0]
