"""Generalised assignment of the published families C, D and E, from a seed.

Definitions: Chu and Beasley 1997 (C and D), Laguna, Kelly, González-Velarde and Glover 1995 (E), as used by
Yagiura, Ibaraki and Glover 2004. In all of them the capacity of an agent is 0.8 of an even share of the use of
all jobs by that agent.

- C: use from 5 to 25 and cost from 10 to 50, independent of each other.
- D: use from 1 to 100, cost 111 − use + a number from −10 to 10: what is cheap is large.
- E: use 1 − 10 ln x with x in (0, 1], rounded down, cost 1000 / use − 10 y with y in [0, 1]: as D, over wide scales.
"""

from __future__ import annotations

import math
import random

from carematch.bench.gap import Instance

KINDS = ("C", "D", "E")


def gap_instance(kind: str, agents: int, jobs: int, seed: int) -> Instance:
    """A random instance of the family; the same arguments give the same. ValueError for another kind."""
    if kind not in KINDS:
        raise ValueError(f"The kind is one of {', '.join(KINDS)}, not {kind}.")
    rng = random.Random(f"{kind} {agents} {jobs} {seed}")
    pairs = [[_use_and_cost(kind, rng) for _ in range(jobs)] for _ in range(agents)]
    uses = tuple(tuple(use for use, _ in row) for row in pairs)
    return Instance(
        costs=tuple(tuple(cost for _, cost in row) for row in pairs),
        uses=uses,
        capacities=tuple(sum(row) * 8 // (10 * agents) for row in uses),
    )


def _use_and_cost(kind: str, rng: random.Random) -> tuple[int, int]:
    if kind == "C":
        return rng.randint(5, 25), rng.randint(10, 50)
    if kind == "D":
        use = rng.randint(1, 100)
        return use, 111 - use + rng.randint(-10, 10)
    # Uses are integers before costs are made of them, and the largest uses could cost less than nothing.
    use = int(1 - 10 * math.log(1 - rng.random()))
    return use, max(0, int(1000 / use - 10 * rng.random()))
