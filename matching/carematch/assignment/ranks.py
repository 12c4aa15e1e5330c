"""How many of each rank a plan serves: the figures of `heaviest_first`, for people."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from carematch.assignment.problem import Assignment, Problem


class RankServed(Struct, frozen=True):
    """Of the needs of one rank how many are served, and of their weight how much."""

    rank: str
    needs: int
    served: int
    weight: int
    weight_served: int


def served_by_rank(problem: Problem, assignments: Iterable[Assignment]) -> tuple[RankServed, ...]:
    """What a plan serves of each rank that there is, by rank."""
    served = {row.need for row in assignments}
    told = []
    for rank in sorted({need.rank for need in problem.needs}):
        mine = [need for need in problem.needs if need.rank == rank]
        come = [need for need in mine if need.id in served]
        told.append(RankServed(rank, len(mine), len(come), sum(n.weight for n in mine), sum(n.weight for n in come)))
    return tuple(told)
