"""Local search by chains of moves, allowed to overfill resources at a price.

One move puts a need on another of its columns. It may overfill something; the best answer to it among
all moves is looked up at once (vectorised), and so on to a small depth: an ejection chain, kept when
it pays as a whole (Yagiura, Ibaraki and Glover 2004, "An ejection chain approach for the generalized
assignment problem"). Overfull resources get dearer from round to round and the others cheaper, so that
the search swings about the border of what is feasible, where the good plans are.

Floats are used to guide only: whoever receives a plan checks it in integers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from carematch.assignment.model import Choice, LinearGoal, Model

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: How many further moves may answer a first one.
DEPTH = 4
#: Looks (one is the value of every single move) between two changes of the prices.
LOOKS_A_ROUND = 80
#: Every so many rounds all first moves are tried, not only those out of what is overfull.
WIDE_ROUND = 8
#: How much dearer overfull resources get in a round, and how much cheaper all get once nothing is overfull.
DEARER, CHEAPER = 1.2, 0.9
#: Smallest gain that counts, against rounding errors of floats.
GAIN = 1e-6


class Chains:
    """A search over some columns of a model. It remembers its place between calls of `run`."""

    def __init__(
        self,
        model: Model,
        objective: LinearGoal,
        prices: Sequence[float],
        columns: Sequence[int],
        seed: int,
    ) -> None:
        self._rng = random.Random(seed)
        self._columns = sorted(columns)
        self._place = {column: place for place, column in enumerate(self._columns)}
        self._usage = [model.columns[column].usage for column in self._columns]
        self._need = [model.columns[column].need for column in self._columns]
        self._needs: Ints = np.array(self._need, dtype=np.int64)
        self._cost: Floats = np.array([float(objective.costs[column]) for column in self._columns])
        self._slices = _slices(self._need, len(model.needs))
        width = max((len(usage) for usage in self._usage), default=0)
        nowhere = len(model.rows)
        self._rows: Ints = np.full((width, len(self._columns)), nowhere, dtype=np.int64)
        self._amounts: Floats = np.zeros((width, len(self._columns)))
        for place, usage in enumerate(self._usage):
            for k, (row, amount) in enumerate(usage):
                self._rows[k, place] = row
                self._amounts[k, place] = amount
        self._capacity: Floats = np.array([*(float(row.capacity) for row in model.rows), 1e30])
        self._least_price = _least_prices(prices)
        self._price = self._least_price * 1.5
        self.looks = 0

    def start(self, choice: Choice) -> None:
        """Puts the search at a choice, which may be overfull; its columns must be among those given."""
        self._current = [self._place[column] for column in choice]
        mine = np.array(self._current, dtype=np.int64)
        self._my_rows: Ints = self._rows[:, mine]
        self._my_amounts: Floats = self._amounts[:, mine]
        self._my_cost: Floats = self._cost[mine]
        self._left: Floats = self._capacity.copy()
        np.subtract.at(self._left, self._my_rows, self._my_amounts)

    def run(self, looks: int, over: Callable[[], bool], found: Callable[[Choice], bool]) -> None:
        """Searches until so many looks are spent or `over()`; `found` gets the plans that fit.

        A fitting plan is handed over when a round ends or a chain has paid; `over` is asked then too.
        """
        until = self.looks + looks
        number = 0
        while self.looks < until and not over():
            number += 1
            stop = min(until, self.looks + LOOKS_A_ROUND)
            for column in self._firsts(number % WIDE_ROUND == 0):
                if self.looks >= stop:
                    break
                if self._current[self._need[column]] != column and self._chain(column):
                    self._hand_over(found)
            self.looks += 1
            self._hand_over(found)
            overfull = self._left < 0
            if overfull.any():
                self._price[overfull] *= DEARER
            else:
                self._price = np.maximum(self._least_price, self._price * CHEAPER)

    def _hand_over(self, found: Callable[[Choice], bool]) -> None:
        if self._left.min() >= 0:
            found([self._columns[place] for place in self._current])

    def _firsts(self, wide: bool) -> list[int]:
        """First moves to try, in random order: the better half of those out of what is overfull."""
        change = self._changes()
        open_moves = np.isfinite(change)
        overfull = self._left < 0
        if overfull.any() and not wide:
            leaving: npt.NDArray[np.bool_] = np.any(overfull[self._my_rows], axis=0)
            open_moves &= leaving[self._needs]
        moves = np.flatnonzero(open_moves)
        best = moves[np.argsort(change[moves], kind="stable")][: max(50, len(moves) // 2)]
        firsts: list[int] = best.tolist()
        self._rng.shuffle(firsts)
        return firsts

    def _changes(self) -> Floats:
        """What each single move would change in the priced objective (infinite for staying).

        Putting `a` on a row with `left` overfills it by clip(a - left, 0, a) more; taking `a` off
        gives back min(a, overfull). A need whose two columns share a row is valued roughly here and
        exactly in `_move`.
        """
        self.looks += 1
        lack = self._amounts - self._left[self._rows]
        np.clip(lack, 0.0, self._amounts, out=lack)
        lack *= self._price[self._rows]
        relief = np.minimum(self._my_amounts, np.maximum(0.0, -self._left)[self._my_rows])
        relief *= self._price[self._my_rows]
        remove = relief.sum(axis=0) + self._my_cost
        change: Floats = lack.sum(axis=0) + self._cost - remove[self._needs]
        change[self._current] = np.inf
        return change

    def _move(self, column: int) -> float:
        """Makes a move and returns the exact change of the priced objective."""
        need = self._need[column]
        old = self._current[need]
        change = float(self._cost[column] - self._cost[old])
        for row, amount in self._usage[old]:
            left = float(self._left[row])
            change -= float(self._price[row]) * min(amount, max(0.0, -left))
            self._left[row] = left + amount
        for row, amount in self._usage[column]:
            left = float(self._left[row])
            change += float(self._price[row]) * min(amount, max(0.0, amount - left))
            self._left[row] = left - amount
        self._current[need] = column
        self._my_rows[:, need] = self._rows[:, column]
        self._my_amounts[:, need] = self._amounts[:, column]
        self._my_cost[need] = self._cost[column]
        return change

    def _chain(self, first: int) -> bool:
        """Tries one chain; keeps it when it pays."""
        need = self._need[first]
        undo = [self._current[need]]
        moved = [need]
        total = self._move(first)
        for _ in range(DEPTH):
            if total < -GAIN:
                return True
            change = self._changes()
            for need in moved:
                change[self._slices[need]] = np.inf
            best = int(change.argmin())
            if not np.isfinite(change[best]):
                break
            need = self._need[best]
            undo.append(self._current[need])
            moved.append(need)
            total += self._move(best)
        if total < -GAIN:
            return True
        for column in reversed(undo):
            self._move(column)
        return False


def _slices(need_of: Sequence[int], needs: int) -> list[slice]:
    """The columns of each need: they lie together, because columns are numbered by need."""
    first = np.searchsorted(np.array(need_of, dtype=np.int64), np.arange(needs + 1))
    return [slice(int(first[need]), int(first[need + 1])) for need in range(needs)]


def _least_prices(prices: Sequence[float]) -> Floats:
    """Prices of the relaxation, with a small one for rows that were free there; none for `nowhere`."""
    known = np.array(prices, dtype=np.float64)
    positive = known[known > 0]
    least = float(np.median(positive)) * 0.05 if positive.size else 1.0
    return np.append(np.maximum(known, least), 0.0)
