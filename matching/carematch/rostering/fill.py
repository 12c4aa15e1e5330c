"""The filler: puts visits on the board one demand after the other, then repairs and improves.

Deterministic for (problem, seed): it counts steps and never looks at a clock. It is a good first
answer, not a proof; a stronger engine keeps the same interface.
"""

from __future__ import annotations

import random

from carematch.rostering.board import Board
from carematch.rostering.insertion import Offer, offers_on, rhythm
from carematch.rostering.problem import RosterProblem
from carematch.rostering.reasons import reasons
from carematch.rostering.repair import improve, repair
from carematch.rostering.roster import Roster
from carematch.rostering.score import make_roster

NEAREST = 12
"""How many workers with the nearest base are asked first; all others only if none of them can."""


def fill(problem: RosterProblem, seed: int = 0) -> Roster:
    """A roster that breaks no rule, with a reason for every visit that found no place."""
    board = Board(problem)
    filler = Filler(board)
    order = hardest_first(board, seed)
    for demand in order:
        filler.place_all(demand)
    repair(board, filler, order)
    improve(board, filler, order)
    visits = board.planned()
    return make_roster(problem, visits, reasons(problem, visits), seed)


def hardest_first(board: Board, seed: int) -> list[int]:
    """The order in which demands are placed: weighty and hard to place before easy.

    Within equals the seed shuffles, so that another seed gives another roster.
    """
    shuffle = random.Random(seed)
    tie = [shuffle.random() for _ in board.demands]

    def key(number: int) -> tuple[int, int, int, int, float]:
        demand = board.demands[number]
        days = board.visitable[number]
        seats = sum(len(board.fits(number, day)) for day in days) // (max(1, len(days)) * demand.staff_count)
        room = sum(e - s for day in days for s, e in board.windows(number, day)) // max(1, demand.visits)
        # Below 8 choices of people scarcity matters; above, the size of the visit does.
        return -demand.priority, min(seats, 8), -demand.staff_count, min(room, 960) // 240, tie[number]

    return sorted(range(len(board.demands)), key=key)


class Filler:
    """Chooses where visits go on a board."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._near: dict[tuple[int, int], tuple[tuple[int, ...], tuple[int, ...]]] = {}

    def wanted(self, demand: int) -> int:
        """Visits in the horizon when all are placed, standing ones included."""
        board = self.board
        if not board.ordinals:
            return 0
        first, last = board.ordinals[0], board.ordinals[-1]
        inside = sum(first <= at <= last for at in board.taken[demand])
        standing = inside - len(board.of_demand[demand])
        return board.demands[demand].visits + standing

    def place_all(self, demand: int) -> int:
        """Place the visits that the demand still lacks, in order of time; how many are missing."""
        board = self.board
        lacking = board.demands[demand].visits - len(board.of_demand[demand])
        missing = 0
        for k in range(lacking):
            offer = self.best(demand, behind=lacking - k - 1)
            if offer is None:
                missing = lacking - k
                break
            board.insert(offer.placed(demand))
        # The first pass keeps room behind each visit; what is left over takes any day there is.
        while missing and (offer := self.best(demand)) is not None:
            board.insert(offer.placed(demand))
            missing -= 1
        return missing

    def best(self, demand: int, behind: int = 0) -> Offer | None:
        """The cheapest place for one more visit, leaving room for `behind` more after it."""
        board = self.board
        wanted = self.wanted(demand)
        apart = board.demands[demand].min_days_between
        days = board.visitable[demand]
        if not days:
            return None
        latest = board.ordinals[days[-1]] - behind * apart
        ranked = sorted(
            (rhythm(board, demand, day, wanted), day) for day in days
            if board.ordinals[day] <= latest and board.spaced(demand, day)
        )  # fmt: skip
        found = self._cheapest(demand, ranked, near=True)
        return found if found is not None else self._cheapest(demand, ranked, near=False)

    def _cheapest(self, demand: int, ranked: list[tuple[int, int]], near: bool) -> Offer | None:
        board, best = self.board, None
        price = board.problem.weights.spread
        for off, day in ranked:
            if best is not None and price * off >= best.cost:
                break
            workers = self.nearest(demand, day)[0 if near else 1]
            below = best.cost if best is not None else None
            for offer in offers_on(board, demand, day, off, workers, below):
                if best is None or offer < best:
                    best = offer
        return best

    def nearest(self, demand: int, day: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The fitting workers with the nearest bases (preferred ones first), and all of them."""
        key = (demand, day)
        found = self._near.get(key)
        if found is None:
            board = self.board
            here, minutes = board.place[demand], board.ways.minutes
            liked = board.preferred[demand]
            everybody = tuple(
                sorted(
                    board.fits(demand, day),
                    key=lambda w: (w not in liked, minutes(board.base[w], here), w),
                )
            )
            found = self._near[key] = (everybody[:NEAREST], everybody)
        return found
