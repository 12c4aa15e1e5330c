"""Rounds of annealing on all threads: each thread from a start of its own, then all from the best, reheated less.

Within a round threads do not talk, so that a limit of steps gives the same plan for the same seed however fast the
threads run; between rounds the best plan goes to all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple

import numpy as np

from carematch.rostering.day.engine import annealing
from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.budget import Budget
from carematch.rostering.day.engine.compiled import Ints
from carematch.rostering.day.engine.layout import Layout

#: Moves between two looks at the clock.
PIECE = 10_000
#: Places that are tried for each visit when a plan is begun.
TRIES = 40
#: Temperatures, in what a random move typically costs.
COLD = 0.0007


class Round(NamedTuple):
    """A part of the search: until which fraction of the budget, from which temperature, from the best plan or anew."""

    until: float
    hot: float
    anew: bool


ROUNDS = (Round(0.5, 0.15, True), Round(0.7, 0.02, False), Round(0.85, 0.01, False), Round(1.0, 0.006, False))


class Thread:
    """One thread's state, and the best plan that it has met."""

    def __init__(self, layout: Layout, seed: int, optional: bool) -> None:
        self.given = layout.given
        self.state = layout.blank.copy()
        self.state[f.RANDOM] = (seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % (2**62) + 1
        self.optional = optional
        self.kept = np.zeros(annealing.kept_size(self.given), np.int64)
        self.kept[0] = 2**62
        self.scale = 1.0
        self.steps = 0

    def begin(self) -> None:
        """A first plan, and what a random move typically costs."""
        cost = annealing.construct(self.given, self.state, TRIES)
        annealing.keep(self.given, self.state, cost, self.kept)
        self.scale = annealing.typical_rise(self.given, self.state, 400, self.optional)

    def take(self, kept: Ints) -> None:
        """Goes on from another's plan."""
        self.kept[:] = kept
        annealing.restore(self.given, self.state, kept)

    def anneal(self, part: Round, since: float, budget: Budget, hear: Callable[[Thread], None]) -> None:
        """One round, in pieces, until its share of the budget is used up; `hear` is told after each."""
        workers = int(self.given[f.WORKERS])
        hot, cold = part.hot * self.scale, COLD * self.scale
        while True:
            done = budget.fraction(self.steps)
            if done >= part.until or budget.over(self.steps):
                break
            through = min(1.0, max(0.0, (done - since) / max(1e-9, part.until - since)))
            spread = min(workers, 16) / 2 if part.anew else min(workers, 16) / 6
            self.state[f.MOST_IDLE] = max(1, round(spread * (1 - 1.3 * through)))
            heat = hot * (cold / hot) ** through
            steps = min(PIECE, budget.piece(self.steps))
            annealing.anneal(self.given, self.state, self.kept, steps, heat, heat, self.optional)
            self.steps += steps
            hear(self)
        self.state[f.MOST_IDLE] = 1


class _News:
    """Passes on better plans while threads work, at most one in a second.

    Not where steps are limited: of plans that are equally good, the one that stands must not depend on who was first.
    """

    def __init__(self, tell: Callable[[Ints], None], timed: bool) -> None:
        self._tell, self._timed = tell, timed
        self._lock = Lock()
        self._told, self._best = time.monotonic(), 2**62

    def hear(self, thread: Thread) -> None:
        with self._lock:
            now = time.monotonic()
            if self._timed and now - self._told >= 1 and thread.kept[0] < self._best:
                self._told, self._best = now, int(thread.kept[0])
                self._tell(thread.kept)


def search(
    layout: Layout,
    seed: int,
    optional: bool,
    budget: Budget,
    threads: int,
    tell: Callable[[Ints], None],
) -> tuple[Ints, int]:
    """The best plan found, kept, and how many moves were tried; `tell` hears of every round's."""
    news = _News(tell, timed=budget.timed)
    crew = [Thread(layout, seed * 1000 + number, optional) for number in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(Thread.begin, crew))
        tell(min(crew, key=lambda one: int(one.kept[0])).kept)
        since = 0.0
        for part in ROUNDS:
            best = min(crew, key=lambda one: int(one.kept[0]))
            if not part.anew:
                kept = best.kept.copy()
                for one in crew:
                    one.take(kept)
            list(pool.map(lambda one, part=part, since=since: one.anneal(part, since, budget, news.hear), crew))
            best = min(crew, key=lambda one: int(one.kept[0]))
            tell(best.kept)
            since = part.until
            if budget.over(crew[0].steps):
                break
    return best.kept, sum(one.steps for one in crew)
