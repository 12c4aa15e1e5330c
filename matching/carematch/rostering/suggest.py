"""Ranked places for one new visit beside a roster that stays as it is."""

from __future__ import annotations

import heapq
from dataclasses import replace

from carematch.rostering.board import Board
from carematch.rostering.insertion import Offer, offers_on, rhythm
from carematch.rostering.problem import Demand, RosterProblem
from carematch.rostering.roster import Roster, Suggestion


def suggest(problem: RosterProblem, roster: Roster, demand: Demand | str, count: int = 5) -> list[Suggestion]:
    """The best places for one more visit, cheapest first; empty where there is none.

    `demand` is the id of a demand of the problem, or a new one. Each suggestion is another day or
    other workers. The visits of the roster are not moved. The number of visits that the demand asks
    for is no bound: a visit beyond it can be wanted.
    """
    if isinstance(demand, Demand):
        others = tuple(d for d in problem.demands if d.id != demand.id)
        problem = replace(problem, demands=(*others, demand))
        name = demand.id
    else:
        name = demand
    board = Board(problem)
    if name not in board.demand_number:
        raise KeyError(f"the problem has no demand {name}")
    board.put_planned(roster.visits)
    number = board.demand_number[name]
    wanted = max(len(board.taken[number]) + 1, board.demands[number].visits)
    offers: list[Offer] = []
    for day in board.visitable[number]:
        if board.spaced(number, day):
            off = rhythm(board, number, day, wanted)
            offers += offers_on(board, number, day, off, board.fits(number, day))
    return [_suggestion(board, number, offer) for offer in heapq.nsmallest(count, offers)]


def _suggestion(board: Board, number: int, offer: Offer) -> Suggestion:
    demand = board.demands[number]
    loads = []
    for worker in offer.workers:
        minutes = board.work[worker] + demand.minutes + offer.travel // len(offer.workers)
        loads.append(1000 * minutes // max(1, board.workers[worker].horizon_minutes))
    return Suggestion(
        demand=demand.id,
        date=board.days[offer.day],
        start=offer.start,
        end=offer.start + demand.minutes,
        workers=tuple(board.workers[w].id for w in offer.workers),
        travel=offer.travel,
        unfamiliar=offer.unfamiliar,
        off_rhythm=offer.off_rhythm,
        load=max(loads),
        cost=offer.cost,
    )
