"""Positions that are made up: township centres and homes, sampled inside an outline from a seed.

Pure functions: the same seed gives the same positions on every machine. Whatever is stored from here carries the
source SYNTHETIC. Points are (latitude, longitude) in WGS-84 degrees with six decimals.
"""

import math
import random
from collections.abc import Sequence

from shapely import contains_xy, prepare
from shapely.geometry import shape

from shangmen.foundation.regions.gazetteer import Geometry

Point = tuple[float, float]

_KM_A_DEGREE = 111.2


def _flat(point: Point, towards: Point) -> float:
    """Square of the distance in km on a local plane: enough to say which is nearer."""
    north = (point[0] - towards[0]) * _KM_A_DEGREE
    east = (point[1] - towards[1]) * _KM_A_DEGREE * math.cos(math.radians(towards[0]))
    return north * north + east * east


def _inside(outline: Geometry, count: int, dice: random.Random) -> list[Point]:
    """`count` points spread evenly over the outline."""
    area = shape(outline)
    prepare(area)
    west, south, east, north = area.bounds
    points: list[Point] = []
    while len(points) < count:
        longitude, latitude = dice.uniform(west, east), dice.uniform(south, north)
        if contains_xy(area, longitude, latitude):
            points.append((latitude, longitude))
    return points


def centres(outline: Geometry, known: Sequence[Point], count: int, seed: int, rounds: int = 12) -> list[Point]:
    """`count` township centres inside the outline beside the known ones (at least one), spread by Lloyd's rule.

    Returned from west to east.
    """
    dice = random.Random(f"centres {seed}")
    whole = len(known) + count
    ground = _inside(outline, 60 * whole, dice)
    chosen: list[Point] = list(known)
    while len(chosen) < whole:  # each next one far from those before: no two fall together
        chosen.append(max(ground[: 40 * whole], key=lambda p: min(_flat(p, c) for c in chosen) * dice.uniform(0.3, 1)))
    area = shape(outline)
    for _ in range(rounds):
        cells: list[list[Point]] = [[] for _ in chosen]
        for point in ground:
            cells[min(range(count), key=lambda i: _flat(point, chosen[i]))].append(point)
        for i in range(len(known), whole):  # what is known stays where it is
            cell = cells[i]
            if cell:
                middle = (sum(p[0] for p in cell) / len(cell), sum(p[1] for p in cell) / len(cell))
                # a bent outline may have its middle outside
                chosen[i] = middle if contains_xy(area, middle[1], middle[0]) else min(
                    cell, key=lambda p: _flat(p, middle)
                )  # fmt: skip
    return [(round(p[0], 6), round(p[1], 6)) for p in sorted(chosen[len(known) :], key=lambda p: (p[1], p[0]))]


def homes(
    outline: Geometry, centre: Point, count: int, seed: int, others: Sequence[Point] = (), reach_km: float = 16
) -> list[Point]:
    """`count` homes of a township: some in its town, most in hamlets around it, inside the outline.

    `others` are the neighbouring centres: a home lies nearest to its own. `reach_km` limits how far hamlets lie.
    """
    dice = random.Random(f"homes {seed} {centre}")
    area = shape(outline)
    prepare(area)

    def fits(point: Point) -> bool:
        own = _flat(point, centre)
        return bool(contains_xy(area, point[1], point[0])) and all(own <= _flat(point, other) for other in others)

    def around(middle: Point, sigma_km: float) -> Point:
        for _ in range(200):
            north, east = dice.gauss(0, sigma_km), dice.gauss(0, sigma_km)
            point = (
                middle[0] + north / _KM_A_DEGREE,
                middle[1] + east / _KM_A_DEGREE / math.cos(math.radians(middle[0])),
            )
            if fits(point):
                return point
        return middle

    hamlets = [centre]
    for _ in range(max(2, min(12, count // 8))):
        for _try in range(60):
            candidate = around(centre, reach_km / 2)
            if _flat(candidate, centre) <= reach_km * reach_km:
                hamlets.append(candidate)
                break
    weights = [2.5] + [1.0] * (len(hamlets) - 1)
    made = []
    for _ in range(count):
        hamlet = dice.choices(hamlets, weights)[0]
        point = around(hamlet, 0.9 if hamlet is centre else 0.4)
        made.append((round(point[0], 6), round(point[1], 6)))
    return made
