"""Local search on one level, by whole descents or region by region, on as many threads as there are workers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from carematch.assignment.formulation.arrays import Choice, Flags, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import Framed, Grid
from carematch.assignment.formulation.model import spread
from carematch.assignment.heuristics.ejection_chains import (
    DEARER,
    Lists,
    State,
    descent,
    draw,
    new_state,
    owners,
    put,
    take,
)
from carematch.assignment.heuristics.regional_search import better, divide, homes

#: Columns looked at that count as one unit of work (about a second of one core).
LOOKS_PER_WORK = 60_000_000
#: Up to so many needs the plan is also bettered as a whole.
WHOLE = 3_000
#: Plans kept to start from, parts (permille) taken over from a second one or changed at random.
ELITE, MIXED, SHAKEN = 12, 300, 50
#: One descent in so many starts from the cheapest columns by price instead.
ANEW = 6
#: Best columns of a need that a whole descent looks at, by reduced cost.
WANTED = 5
#: Penalties at which a descent starts, in prices.
LOW, HIGH = 1.0, 1.3
#: How much dearer an overfull row gets in every second descent.
STEEP = 1.2
#: Sizes of regions, in rows.
SIZES = (4, 8, 12, 16, 24)
#: A row is wide when more than this part of all columns use it (and the problem is not small).
WIDE = 0.3
#: Price of a row that is free in the relaxation, as a part of the median price.
CHEAP = 0.05
#: Looks that a turn counts for, whatever it looks at: handing out work takes time too.
OVERHEAD = 50_000
#: Columns looked at in one turn of a thread.
TURN = 6_000_000
#: Columns that one descent may look at before it is given up: at least, and by their number.
LONG, LONG_EACH = 20_000_000, 2_000


class Local:
    """A search over the columns of a grid. It remembers its plans between calls of `run`.

    `prices` are those of the rows, `reduced` says in which order a need likes its columns. Where only some
    columns are `wanted`, whole descents keep to them and there is no search by regions.
    """

    def __init__(
        self,
        framed: Framed,
        prices: Floats,
        reduced: Floats,
        start: Choice,
        seed: int,
        workers: int,
        wanted: Flags | None = None,
    ) -> None:
        self._framed = framed
        self._grid = grid = framed.grid
        self._seed, self._workers = seed, workers
        self._turn = 0
        self.looks = 0
        self._base = _least_prices(prices)
        self._owner = owners(grid)
        users = np.bincount(grid.row, minlength=len(grid.capacity))
        small = len(grid.capacity) <= 2 or len(grid.cost) < 2_000
        self._wide = ((users > WIDE * len(grid.cost)) & (not small)).astype(np.int64)
        self._whole = len(grid.first) - 1 <= WHOLE
        self._narrow = self._whole and wanted is not None
        self._lists = _lists(grid, reduced, start, wanted) if self._whole else None
        self._now = start.copy()
        self._elite = np.tile(start, (ELITE, 1))
        self._values = np.full(ELITE, np.inf)

    def work(self, since: int = 0) -> float:
        """The units of work done since so many looks."""
        return (self.looks - since) / LOOKS_PER_WORK

    def run(
        self,
        work: float,
        left: float,
        over: Callable[[], bool],
        found: Callable[[Choice], bool],
        workers: int | None = None,
    ) -> None:
        """Searches until so much work is spent or `over()`; `found` gets the plans that fit, better and better.

        No descent takes more than all the work that is `left`.
        """
        until = self.looks + round(work * LOOKS_PER_WORK)
        longest = round(min(left * LOOKS_PER_WORK, max(LONG, LONG_EACH * len(self._grid.cost)))) + 1
        with ThreadPoolExecutor(workers or self._workers) as threads:
            while self.looks < until and not over():
                self._turn += 1
                self.looks += OVERHEAD
                if self._narrow or (self._whole and (self._turn % 2 or not np.isfinite(self._values.min()))):
                    self._restart(threads, longest)
                else:
                    self._sweep(threads, over)
                found(self._framed.of_model(self._now))

    def take_over(self, choice: Choice) -> None:
        """A plan from elsewhere (of the model) is the one to better, if the grid has its columns."""
        mine = self._framed.of_grid(choice)
        if (mine >= 0).all():
            self._keep(mine, float(self._grid.cost[mine].sum()))

    def favoured(self, width: int) -> Flags:
        """The columns of the good plans kept, among the `width` columns of the model."""
        columns = np.zeros(width, np.bool_)
        for choice in self._elite[np.isfinite(self._values)]:
            columns[self._framed.of_model(choice)] = True
        return columns

    def _keep(self, choice: Choice, value: float) -> None:
        worst = int(self._values.argmax())
        same = any(
            known == value and np.array_equal(elite, choice)
            for known, elite in zip(self._values, self._elite, strict=True)
        )
        if value <= self._values[worst] and not same:
            self._elite[worst], self._values[worst] = choice, value
        self._now = self._elite[int(self._values.argmin())].copy()

    def _restart(self, threads: ThreadPoolExecutor, longest: int) -> None:
        """Whole descents, one in each thread, from blends of good plans."""
        assert self._lists is not None
        lists = self._lists
        turn = min(TURN, 100 * len(self._grid.cost))
        seeds = [self._seed * 1_000_003 + self._turn * 101 + worker for worker in range(self._workers)]
        results = threads.map(
            lambda seed: _descents(
                self._grid, lists, self._owner, self._base, self._elite, self._values.copy(), turn, longest, seed
            ),
            seeds,
        )
        for choice, value, looks in list(results):
            self.looks += looks
            if np.isfinite(value):
                self._keep(choice, value)

    def _sweep(self, threads: ThreadPoolExecutor, over: Callable[[], bool]) -> None:
        """One division into regions; each is bettered by itself."""
        grid, choice = self._grid, self._now
        turn = self._seed * 7_919 + self._turn
        size = SIZES[turn % len(SIZES)]
        region = divide(grid, self._wide, size, turn % 2**31)
        where = homes(grid, self._wide, region, choice)
        order = np.argsort(where, kind="stable")
        count = int(region.max(initial=-1)) + 1
        ends = np.searchsorted(where[order], np.arange(count + 1))
        left = grid.capacity.copy()
        uses = spread(grid.use, choice)
        np.subtract.at(left, grid.row[uses], grid.amount[uses])
        spare = np.maximum(0, left) / max(1, count)

        def work(number: int) -> tuple[Ints, Choice, int] | None:
            members = order[ends[number] : ends[number + 1]]
            if not len(members) or over():
                return None
            plan, looks = better(
                grid, self._wide, region, members, number, choice, left, spare, self._base, TURN, turn + number
            )
            return members, plan, looks

        plan = choice.copy()
        for result in list(threads.map(work, range(count))):
            if result is not None:
                members, columns, looks = result
                plan[members] = columns
                self.looks += looks
        self.looks += len(grid.cost)  # dividing is work too
        if not np.array_equal(plan, choice):
            if self._whole:
                self._keep(plan, float(grid.cost[plan].sum()))
            else:
                self._now = plan


def _least_prices(prices: Floats) -> Floats:
    """Prices of the relaxation, with a small one for rows that were free there."""
    positive = prices[prices > 0]
    return np.maximum(prices, float(np.median(positive)) * CHEAP if positive.size else 1.0)


def _lists(grid: Grid, reduced: Floats, start: Choice, wanted: Flags | None) -> Lists:
    """The wanted columns of each need (else those of least reduced cost), and its first one."""
    order = np.lexsort((reduced, grid.need))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - grid.first[grid.need[order]]
    wanted = rank < WANTED if wanted is None else wanted.copy()
    wanted[start] = True
    wanted[np.diff(grid.use) == 0] = True  # being left unserved is always possible
    column = order[wanted[order]]
    first = np.concatenate(([0], np.cumsum(np.bincount(grid.need[column], minlength=len(grid.first) - 1))))
    return Lists(first.astype(np.int64), column)


@compiled
def _descents(
    grid: Grid,
    lists: Lists,
    owner: Ints,
    base: Floats,
    elite: Ints,
    values: Floats,
    turn: int,
    longest: int,
    seed: int,
) -> tuple[Choice, float, int]:
    """Descents from blends of the elite until a turn is used up, each given up after the longest that it may take.

    Returns the best plan found, its cost, and the looks.
    """
    state = new_state(grid, elite[0], seed)
    best = elite[0].copy()
    value = np.full(1, np.inf)
    while state.counts[0] < turn:
        stop = state.counts[0] + longest
        _blend(grid, lists, state, elite, values)
        factor = LOW + (HIGH - LOW) * draw(state, 1000) / 1000.0
        dearer = DEARER if draw(state, 2) else STEEP
        descent(grid, lists, state, owner, base, factor, dearer, stop, best, value)
        state.counts[0] += len(best)
    return best, value[0], state.counts[0]


@compiled
def _blend(grid: Grid, lists: Lists, state: State, elite: Ints, values: Floats) -> None:
    """Brings the state to a good plan with parts of another, or to the cheapest columns by price."""
    one, other = draw(state, len(values)), draw(state, len(values))
    known = values[one] < np.inf and draw(state, ANEW) > 0
    for need in range(len(state.chosen)):
        begin = lists.first[need]
        span = lists.first[need + 1] - begin
        column = elite[one, need] if known else lists.column[begin]
        if known and one != other and values[other] < np.inf:
            if draw(state, 1000) < MIXED:
                column = elite[other, need]
        elif draw(state, 1000) < SHAKEN:
            column = lists.column[begin + draw(state, min(3, span))]
        if column != state.chosen[need]:
            take(grid, state, need)
            put(grid, state, need, column)
