"""Second thoughts: making room for visits that found no place, and placing demands afresh."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from carematch.rostering.board import Board
from carematch.rostering.insertion import Offer
from carematch.rostering.score import off_rhythm, unfamiliar_seats

ATTEMPTS_PER_VISIT = 2
"""How many ejections are tried for each visit of the problem, so that work grows with the size."""
MOST_ATTEMPTS = 1500
MOST_ATTEMPTS_PER_MISSING = 60
PASSES = 2


class Placer(Protocol):
    """What the second thoughts need of a filler."""

    def place_all(self, demand: int) -> int:
        """Place what the demand lacks; how many stay missing."""
        ...

    def best(self, demand: int, behind: int = 0) -> Offer | None:
        """The cheapest place for one more visit."""
        ...


def repair(board: Board, placer: Placer, order: Sequence[int]) -> None:
    """Give missing visits a place by moving one other visit each, or by giving up a lighter one."""
    wanted = sum(d.visits for d in board.demands)
    left = min(MOST_ATTEMPTS, ATTEMPTS_PER_VISIT * wanted)
    for demand in order:
        while left > 0 and len(board.of_demand[demand]) < board.demands[demand].visits:
            used, placed = _eject_for(board, placer, demand, min(left, MOST_ATTEMPTS_PER_MISSING))
            left -= used
            if not placed:
                break


def _eject_for(board: Board, placer: Placer, demand: int, attempts: int) -> tuple[int, bool]:
    """Try to place one visit by taking another off; attempts used and whether it worked."""
    used = 0
    for number in _in_the_way(board, demand):
        if used == attempts:
            break
        used += 1
        if not board.can_remove(number):
            continue
        gone = board.remove(number)
        offer = placer.best(demand)
        if offer is None:
            board.insert(gone)
            continue
        mine = board.insert(offer.placed(demand))
        other = placer.best(gone.demand)
        if other is not None:
            board.insert(other.placed(gone.demand))
            return used, True
        if board.demands[gone.demand].priority < board.demands[demand].priority:
            return used, True
        board.remove(mine)
        board.insert(gone)
    return used, False


def _in_the_way(board: Board, demand: int) -> list[int]:
    """Visits whose worker could serve the demand on that day, the lightest and shortest first."""
    found: list[tuple[int, int, int, int]] = []
    for day in board.visitable[demand]:
        if not board.spaced(demand, day):
            continue
        for worker in board.fits(demand, day):
            for spot in board.routes[worker][day]:
                if spot.visit < 0:
                    continue
                other = board.visits[spot.visit].demand
                if other != demand:
                    priority = board.demands[other].priority
                    people = len(board.fits(other, day))
                    found.append((priority, -people, spot.end - spot.start, spot.visit))
    return [number for *_, number in sorted(set(found))]


def improve(board: Board, placer: Placer, order: Sequence[int]) -> None:
    """Place each demand afresh with all others as they are, keeping only what is better."""
    for _ in range(PASSES):
        better = False
        for demand in order:
            better = _again(board, placer, demand) or better
        if not better:
            return


def _again(board: Board, placer: Placer, demand: int) -> bool:
    """Take the visits of a demand off, place them afresh, and go back unless that is better."""
    before = _cost(board, demand)
    gone = [board.remove(n) for n in sorted(board.of_demand[demand]) if board.can_remove(n)]
    stayed = set(board.of_demand[demand])
    placer.place_all(demand)
    if _cost(board, demand) < before:
        return True
    for number in [n for n in board.of_demand[demand] if n not in stayed]:
        board.remove(number)
    for visit in gone:
        board.insert(visit)
    return False


def _cost(board: Board, demand: int) -> tuple[int, int]:
    """The objective as far as placing this demand anew can change it."""
    weights, d = board.problem.weights, board.demands[demand]
    mine = [board.visits[number] for number in board.of_demand[demand]]
    names = [tuple(board.workers[w].id for w in visit.workers) for visit in mine]
    days = board.visitable[demand]
    inside = [at for at in board.taken[demand] if board.ordinals[0] <= at <= board.ordinals[-1]]
    positions = [bisect_left(days, bisect_left(board.ordinals, at)) for at in inside]
    rest = (
        weights.travel * board.travel
        + weights.continuity * unfamiliar_seats(d, names)
        + weights.balance * board.uneven()
        + weights.spread * off_rhythm(positions, len(days))
    )
    return d.visits - len(mine), rest
