"""Compiled local search: shifts and ejection chains on plans that may be overfull for a while.

What is overfull costs its excess times a penalty of the row. A search starts with penalties near the
prices of the relaxation, where overfull plans are cheap, and raises them on the rows that stay
overfull until the plan fits. A step is a shift of one need, or a chain: a need is put where there is
no room, one that sits there is put elsewhere, and so on, as long as the chain may still pay (ejection
chains: Yagiura, Ibaraki and Glover 2004, "An ejection chain approach for the generalized assignment
problem").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from carematch.assignment.formulation.arrays import Choice, Flags, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import Grid

#: How long a chain may get, and how many targets of a need begin one.
LONGEST, TARGETS = 5, 4
#: Smallest gain that counts, against rounding errors of floats.
GAIN = 1e-6
#: Penalty per unit, in prices of the dearest column, at which nothing is left overfull on purpose.
FORBIDDING = 1e3
#: How much dearer an overfull row gets each time, and how often at most.
DEARER, ROUNDS = 1.1, 90


class Lists(NamedTuple):
    """The columns that a search may use: those of need i are column[first[i]] to column[first[i + 1] - 1]."""

    first: Ints
    column: Ints


class State(NamedTuple):
    """A plan in work: column of each need, what is left of each row and who uses it, penalties.

    members[start[r]] to members[start[r] + size[r] - 1] are the uses (numbers of `Grid.row`) of row r
    by chosen columns; place[k] is where use k stands there. `tally` holds the cost of the plan and the
    number of overfull rows; `counts` the columns looked at, the number of the last chain, its length.
    """

    chosen: Ints
    left: Ints
    place: Ints
    start: Ints
    size: Ints
    members: Ints
    penalty: Floats
    tally: Floats
    counts: Ints
    stamp: Ints
    moved: Ints
    came: Ints
    queue: Ints
    queued: Flags
    random: npt.NDArray[np.uint64]


@compiled
def new_state(grid: Grid, choice: Choice, seed: int) -> State:
    """The state of a choice, with penalties of zero."""
    needs, rows, uses = len(grid.first) - 1, len(grid.capacity), len(grid.row)
    start = np.zeros(rows + 1, np.int64)
    for k in range(uses):
        start[grid.row[k] + 1] += 1
    for row in range(rows):
        start[row + 1] += start[row]
    random = np.empty(1, np.uint64)
    random[0] = np.uint64(seed * 2654435761 + 88172645463325252)
    state = State(
        np.full(needs, -1, np.int64),
        grid.capacity.copy(),
        np.zeros(uses, np.int64),
        start,
        np.zeros(rows, np.int64),
        np.zeros(uses, np.int64),
        np.zeros(rows),
        np.zeros(2),
        np.zeros(3, np.int64),
        np.zeros(needs, np.int64),
        np.zeros(LONGEST + 2, np.int64),
        np.zeros(LONGEST + 2, np.int64),
        np.zeros(needs, np.int64),
        np.zeros(needs, np.bool_),
        random,
    )
    for need in range(needs):
        put(grid, state, need, choice[need])
    return state


@compiled
def draw(state: State, below: int) -> int:
    """A random number from 0 to below - 1 (xorshift)."""
    x = state.random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state.random[0] = x
    return int((x >> np.uint64(11)) % np.uint64(below))


@compiled
def take(grid: Grid, state: State, need: int) -> float:
    """Takes a need off its column; returns the change of the penalised cost."""
    column = state.chosen[need]
    change = -grid.cost[column]
    state.tally[0] -= grid.cost[column]
    for k in range(grid.use[column], grid.use[column + 1]):
        row = grid.row[k]
        left = state.left[row]
        if left < 0:
            change -= state.penalty[row] * min(grid.amount[k], -left)
            if left + grid.amount[k] >= 0:
                state.tally[1] -= 1.0
        state.left[row] = left + grid.amount[k]
        state.size[row] -= 1
        last = state.members[state.start[row] + state.size[row]]
        state.members[state.place[k]] = last
        state.place[last] = state.place[k]
    return float(change)


@compiled
def put(grid: Grid, state: State, need: int, column: int) -> float:
    """Puts a need on a column; returns the change of the penalised cost."""
    change = grid.cost[column]
    state.tally[0] += grid.cost[column]
    for k in range(grid.use[column], grid.use[column + 1]):
        row = grid.row[k]
        left = state.left[row] - grid.amount[k]
        if left < 0:
            change += state.penalty[row] * min(grid.amount[k], -left)
            if state.left[row] >= 0:
                state.tally[1] += 1.0
        state.left[row] = left
        state.place[k] = state.start[row] + state.size[row]
        state.members[state.place[k]] = k
        state.size[row] += 1
    state.chosen[need] = column
    return float(change)


@compiled
def adding(grid: Grid, state: State, column: int) -> float:
    """What the penalised cost would rise by if a need that is off came onto this column."""
    change = grid.cost[column]
    for k in range(grid.use[column], grid.use[column + 1]):
        left = state.left[grid.row[k]] - grid.amount[k]
        if left < 0:
            change += state.penalty[grid.row[k]] * min(grid.amount[k], -left)
    return float(change)


@compiled
def chain(grid: Grid, lists: Lists, state: State, owner: Ints, need: int) -> float:
    """Tries a shift of a need, then chains that begin with it; what pays is kept.

    Returns the change (0 when nothing paid and all is as before). `owner` is the column of each use.
    The needs that moved are state.moved[: state.counts[2]].
    """
    old = state.chosen[need]
    begin, end = lists.first[need], lists.first[need + 1]
    base = take(grid, state, need)
    best, column = -GAIN, -1
    nearest, least = -1, np.inf
    for q in range(begin, end):
        target = lists.column[q]
        if target == old:
            continue
        state.counts[0] += 1
        change = base + adding(grid, state, target)
        if change < best:
            best, column = change, target
        if change < least:
            least, nearest = change, target
    state.moved[0], state.came[0], state.counts[2] = need, old, 1
    if column >= 0:
        put(grid, state, need, column)
        return best
    for attempt in range(min(TARGETS, end - begin)):
        target = nearest if attempt == 0 else lists.column[begin + draw(state, end - begin)]
        if target < 0 or target == old or (attempt > 0 and target == nearest):
            continue
        state.counts[1] += 1
        state.stamp[need] = state.counts[1]
        total = base + put(grid, state, need, target)
        length, column = 1, target
        while length <= LONGEST:
            other, goes = _eject(grid, lists, state, owner, column)
            if other < 0:
                break
            state.moved[length], state.came[length] = other, state.chosen[other]
            state.stamp[other] = state.counts[1]
            length += 1
            total += take(grid, state, other)
            total += put(grid, state, other, goes)
            if total < -GAIN:
                state.counts[2] = length
                return total
            column = goes
        for step in range(length - 1, 0, -1):
            take(grid, state, state.moved[step])
            put(grid, state, state.moved[step], state.came[step])
        take(grid, state, need)
    put(grid, state, need, old)
    return 0.0


@compiled
def _eject(grid: Grid, lists: Lists, state: State, owner: Ints, column: int) -> tuple[int, int]:
    """The best need to send away from the overfull rows of a column, and the column it goes to; -1 for none."""
    best, other, goes = np.inf, -1, -1
    for k in range(grid.use[column], grid.use[column + 1]):
        row = grid.row[k]
        if state.left[row] >= 0:
            continue
        for p in range(state.start[row], state.start[row] + state.size[row]):
            leaving = owner[state.members[p]]
            need = grid.need[leaving]
            if state.stamp[need] == state.counts[1]:
                continue
            relief = grid.cost[leaving]
            for e in range(grid.use[leaving], grid.use[leaving + 1]):
                left = state.left[grid.row[e]]
                if left < 0:
                    relief += state.penalty[grid.row[e]] * min(grid.amount[e], -left)
            begin, end = lists.first[need], lists.first[need + 1]
            state.counts[0] += end - begin
            for q in range(begin, end):
                target = lists.column[q]
                if target == leaving or grid.cost[target] - relief >= best:
                    continue
                change = adding(grid, state, target) - relief
                if change < best:
                    best, other, goes = change, need, target
    return other, goes


@compiled
def _enqueue(grid: Grid, state: State, owner: Ints, column: int, waiting: int) -> int:
    """Everybody who uses a row of this column is to be tried again."""
    for k in range(grid.use[column], grid.use[column + 1]):
        row = grid.row[k]
        for p in range(state.start[row], state.start[row] + state.size[row]):
            need = grid.need[owner[state.members[p]]]
            if not state.queued[need]:
                state.queued[need] = True
                state.queue[waiting] = need
                waiting += 1
    return waiting


@compiled
def _descend(
    grid: Grid, lists: Lists, state: State, owner: Ints, waiting: int, stop: int, best: Choice, value: Floats
) -> int:
    """Tries the waiting needs until none is left; keeps the best plan that fits. Returns how many still wait."""
    while waiting > 0 and state.counts[0] < stop:
        at = draw(state, waiting)
        need = state.queue[at]
        waiting -= 1
        state.queue[at] = state.queue[waiting]
        state.queued[need] = False
        if chain(grid, lists, state, owner, need) < 0.0:
            if state.tally[1] > 0.5:
                for step in range(state.counts[2]):
                    mover = state.moved[step]
                    waiting = _enqueue(grid, state, owner, state.chosen[mover], waiting)
                    waiting = _enqueue(grid, state, owner, state.came[step], waiting)
            else:
                for step in range(state.counts[2]):
                    mover = state.moved[step]
                    if not state.queued[mover]:
                        state.queued[mover] = True
                        state.queue[waiting] = mover
                        waiting += 1
                if state.tally[0] < value[0] - GAIN:
                    value[0] = state.tally[0]
                    best[:] = state.chosen
    return waiting


@compiled
def descent(
    grid: Grid,
    lists: Lists,
    state: State,
    owner: Ints,
    least: Floats,
    factor: float,
    dearer: float,
    stop: int,
    best: Choice,
    value: Floats,
) -> None:
    """One descent from the state's plan: from penalties factor x least until it fits, then a polish.

    `best` and value[0] are replaced when a plan that fits is found below value[0].
    """
    rows, needs = len(state.left), len(state.chosen)
    for row in range(rows):
        state.penalty[row] = least[row] * factor
    found = np.empty(needs, np.int64)
    reached = np.full(1, np.inf)
    if state.tally[1] < 0.5:
        reached[0] = state.tally[0]
        found[:] = state.chosen
    waiting = _everybody(state)
    for _ in range(ROUNDS):
        waiting = _descend(grid, lists, state, owner, waiting, stop, found, reached)
        if state.tally[1] < 0.5 or state.counts[0] >= stop:
            break
        for row in range(rows):
            if state.left[row] < 0:
                state.penalty[row] *= dearer
                for p in range(state.start[row], state.start[row] + state.size[row]):
                    need = grid.need[owner[state.members[p]]]
                    if not state.queued[need]:
                        state.queued[need] = True
                        state.queue[waiting] = need
                        waiting += 1
    if reached[0] < np.inf:
        restore(grid, state, found)
        dear = 0.0
        for column in range(len(grid.cost)):
            dear = max(dear, grid.cost[column])
        state.penalty[:] = FORBIDDING * (dear + 1.0)
        waiting = _everybody(state)
        waiting = _descend(grid, lists, state, owner, waiting, stop, found, reached)
        if reached[0] <= value[0]:
            value[0] = reached[0]
            best[:] = found
    for q in range(waiting):
        state.queued[state.queue[q]] = False


@compiled
def _everybody(state: State) -> int:
    needs = len(state.chosen)
    for need in range(needs):
        state.queue[need] = need
        state.queued[need] = True
    return needs


@compiled
def restore(grid: Grid, state: State, choice: Choice) -> None:
    """Brings the state to a choice."""
    for need in range(len(choice)):
        if state.chosen[need] != choice[need]:
            take(grid, state, need)
            put(grid, state, need, choice[need])


@compiled
def owners(grid: Grid) -> Ints:
    """The column of each use."""
    owner = np.empty(len(grid.row), np.int64)
    for column in range(len(grid.cost)):
        for k in range(grid.use[column], grid.use[column + 1]):
            owner[k] = column
    return owner
