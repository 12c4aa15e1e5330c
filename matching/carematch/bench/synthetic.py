"""Synthetic counties: clustered geography, integer minutes, hours, caseloads and money.

Nothing here stands for a real place or person. The same arguments give the same problem.
"""

from __future__ import annotations

import random
from math import hypot

from carematch.assignment.goals import DEFAULT_POLICY, Policy
from carematch.assignment.problem import Need, Option, Problem, Resource, Supplier

#: Minutes a month that a need asks for, before travel: visits times length of visit.
MINUTES = (60, 90, 120, 180, 240, 360, 480, 600, 720, 960, 1200, 1440)
#: Weights by priority, and how many in ten needs have them.
WEIGHTS = (1, 1, 1, 1, 2, 2, 2, 4, 4, 8)
METRES_PER_MINUTE = 500
YUAN_PER_HOUR_IN_FEN = 4000


def county(
    needs: int = 1300,
    suppliers: int = 17,
    *,
    seed: int = 1,
    options: int = 6,
    tightness: float = 1.05,
    weights: tuple[int, ...] = WEIGHTS,
    caseload: bool = True,
    money: bool = True,
    pools: int = 2,
    grain: int = 1,
    policy: Policy = DEFAULT_POLICY,
) -> Problem:
    """A county whose demand is `tightness` times its hours (1.05: hours meet about 95 %).

    Each supplier has `pools` kinds of hours (by qualification), so a need draws on one of them;
    a caseload and a sum of money each, when asked for, that bind at some suppliers. Hours are used in
    whole multiples of `grain` minutes.
    """
    rng = random.Random(seed)
    towns = [(rng.uniform(0, 60_000), rng.uniform(0, 60_000)) for _ in range(max(3, suppliers * 2 // 3))]
    bases = [_near(rng, towns[index % len(towns)], 2_000) for index in range(suppliers)]
    need_rows: list[Need] = []
    option_rows: list[Option] = []
    demand = [[0.0] * pools for _ in range(suppliers)]
    heads = [0.0] * suppliers
    for number in range(needs):
        town = min(int(rng.expovariate(1.2 / len(towns)) * 1.5), len(towns) - 1)
        place = _near(rng, towns[town], 6_000)
        need_id = f"n{number:06d}"
        need_rows.append(Need(need_id, rng.choice(weights), f"t{town:03d}"))
        minutes = rng.choice(MINUTES)
        visits = max(1, minutes // 120)
        pool = min(int(rng.expovariate(1.0)), pools - 1)
        near = sorted((_metres(place, base), index) for index, base in enumerate(bases))[:options]
        for rank, (metres, index) in enumerate(near):
            used = minutes + visits * 2 * metres // METRES_PER_MINUTE
            used = -(-used // grain) * grain
            usage = {f"s{index:04d}/hours{pool}": used}
            if caseload:
                usage[f"s{index:04d}/caseload"] = 1
            if money:
                usage[f"s{index:04d}/money"] = minutes * YUAN_PER_HOUR_IN_FEN // 60
            costs = {"travel": visits * metres, "cost": minutes * YUAN_PER_HOUR_IN_FEN // 60}
            option_rows.append(Option(need_id, f"s{index:04d}", usage, costs))
            share = (0.55, 0.25, 0.12, 0.08)[rank] if rank < 4 else 0.0
            demand[index][pool] += share * used
            heads[index] += share
    return Problem(
        needs=tuple(need_rows),
        suppliers=tuple(Supplier(f"s{index:04d}") for index in range(suppliers)),
        resources=_resources(rng, demand, heads, tightness, caseload, money),
        options=tuple(option_rows),
        policy=policy,
    )


def _resources(
    rng: random.Random,
    demand: list[list[float]],
    heads: list[float],
    tightness: float,
    caseload: bool,
    money: bool,
) -> tuple[Resource, ...]:
    """Capacities near what the nearest suppliers would be asked for, divided by the tightness."""
    rows: list[Resource] = []
    for index, pools in enumerate(demand):
        supplier = f"s{index:04d}"
        for pool, minutes in enumerate(pools):
            capacity = int(minutes / tightness * rng.uniform(0.9, 1.1))
            rows.append(
                Resource(
                    f"{supplier}/hours{pool}",
                    capacity,
                    supplier,
                    "minutes",
                    "NO_QUAL" if pool else "NO_CAPACITY",
                )
            )
        if caseload:
            places = int(heads[index] * rng.uniform(0.95, 1.3)) + 1
            rows.append(Resource(f"{supplier}/caseload", places, supplier, "places", "NO_CAPACITY"))
        if money:
            fen = int(sum(pools) * YUAN_PER_HOUR_IN_FEN / 60 * rng.uniform(0.85, 1.2))
            rows.append(Resource(f"{supplier}/money", fen, supplier, "fen", "BUDGET"))
    return tuple(rows)


def _near(rng: random.Random, centre: tuple[float, float], spread: float) -> tuple[float, float]:
    return (rng.gauss(centre[0], spread), rng.gauss(centre[1], spread))


def _metres(a: tuple[float, float], b: tuple[float, float]) -> int:
    return round(hypot(a[0] - b[0], a[1] - b[1]))
