"""Synthetic provinces: many needs, few suppliers near each, and just enough capacity for everybody.

County towns with townships about them; a need may be served by its nearest suppliers and costs their metres
of travel. Somebody could serve everybody: a plan is drawn first (the nearest supplier, seen through some
noise), and capacities are that plan's loads with a little slack. Nothing stands for a real place or person.

What is equal is shared (ids, costs of the same distance, uses of the same hours), so that memory stays
near a hundred bytes an option.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from carematch.assignment import TRAVEL, UNSERVED, Need, Option, Policy, Problem, Resource, Supplier, single

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POLICY = Policy((single(UNSERVED), single(TRAVEL)))
#: Which resources bind, by the name of the variant.
VARIANTS = {"hours": ("hours",), "caseload": ("caseload",), "all": ("hours", "caseload", "money")}
UNITS = {"hours": "hours", "caseload": "places", "money": "fen"}
REASONS = {"hours": "NO_CAPACITY", "caseload": "NO_CAPACITY", "money": "BUDGET"}

MOST_HOURS = 40
#: What an hour costs, and what each kilometre adds to it, in fen.
HOUR_FEN, KILOMETRE_FEN = 4_000, 60
#: Suppliers to a county town, and how wide its country is.
SUPPLIERS_A_TOWN, COUNTRY_METRES = 15, 60_000.0
#: How far townships lie from their county town, suppliers and homes from the middle of their township.
TOWNSHIP_METRES, BASE_METRES, HOME_METRES = 15_000.0, 1_500.0, 4_000.0
#: Roads are longer than straight lines.
DETOUR = 1.3
#: How far the plan that sets the capacities strays from the nearest supplier (standard deviation of the log).
NOISE = 0.35


@dataclass(frozen=True)
class Map:
    """Who lives near whom: by need its township, hours, and nearest suppliers with their metres, nearest first."""

    townships: Ints
    hours: Ints
    nearest: Ints
    metres: Ints


def province(
    needs: int,
    suppliers: int,
    *,
    seed: int = 1,
    options: int = 8,
    tightness_percent: int = 96,
    resources: str = "hours",
    counties: int = 1,
) -> Problem:
    """A province of so many needs and suppliers; the same arguments give the same problem.

    `resources` says what binds: `hours` (1 to 40 a need, the same at every supplier), `caseload` (one place a
    need), or `all` (both, and money: an hour is dearer the farther the supplier). What the drawn plan uses of each
    is `tightness_percent` of all there is (a supplier without any load has one unit all the same). `counties` far
    apart share no supplier, so they are independent parts. `options` a need are fewer when a county has fewer
    suppliers. Raises ValueError for arguments that make no province.
    """
    if not 1 <= counties <= min(needs, suppliers) or options < 1 or not 1 <= tightness_percent <= 100:
        raise ValueError("A province has a need and a supplier in every county, options, and 1 to 100 % tightness.")
    if resources not in VARIANTS:
        raise ValueError(f"The resources are one of {', '.join(VARIANTS)}, not {resources}.")
    rng = np.random.default_rng(seed)
    country = _map(rng, needs, suppliers, min(options, suppliers // counties), counties)
    seen = country.metres * np.exp(rng.normal(0.0, NOISE, country.metres.shape))
    rank = seen.argmin(axis=1)[:, None]
    taken = np.take_along_axis(country.nearest, rank, axis=1)[:, 0]
    kinds = VARIANTS[resources]
    used = {kind: np.take_along_axis(_use(kind, country), rank, axis=1)[:, 0] for kind in kinds}
    capacities = {kind: _capacities(rng, taken, used[kind], suppliers, tightness_percent) for kind in kinds}
    ids = _names("s", suppliers)
    towns = _names("t", int(country.townships.max()) + 1)
    need_ids = _names("n", needs)
    return Problem(
        needs=tuple(
            Need(name, 1, towns[town]) for name, town in zip(need_ids, country.townships.tolist(), strict=True)
        ),
        suppliers=tuple(Supplier(name) for name in ids),
        resources=tuple(
            Resource(f"{name}/{kind}", capacity, name, UNITS[kind], REASONS[kind])
            for kind in kinds
            for name, capacity in zip(ids, capacities[kind].tolist(), strict=True)
        ),
        options=tuple(_options(country, kinds, need_ids, ids)),
        policy=POLICY,
    )


def _map(rng: np.random.Generator, needs: int, suppliers: int, options: int, counties: int) -> Map:
    """Draws county after county; each has its even share of the needs and suppliers."""
    near, far, homes = [], [], []
    towns_before = 0
    for county in range(counties):
        first, last = suppliers * county // counties, suppliers * (county + 1) // counties
        people = needs * (county + 1) // counties - needs * county // counties
        centres, bases = _places(rng, last - first)
        # County towns come first and have most of the people.
        share = rng.lognormal(0.0, 0.5, len(centres))
        share[: max(1, len(bases) // SUPPLIERS_A_TOWN)] *= 3
        town = np.sort(rng.choice(len(centres), people, p=share / share.sum()))
        place = centres[town] + rng.normal(0.0, HOME_METRES, (people, 2))
        nearest, metres = _nearest(place, town, centres, bases, options)
        near.append(nearest + first)
        far.append(metres)
        homes.append(town + towns_before)
        towns_before += len(centres)
    return Map(
        townships=np.concatenate(homes),
        hours=rng.integers(1, MOST_HOURS + 1, needs),
        nearest=np.concatenate(near),
        metres=np.concatenate(far),
    )


def _places(rng: np.random.Generator, suppliers: int) -> tuple[Floats, Floats]:
    """The middles of the townships (county towns first) and the bases of the suppliers, in metres."""
    towns = max(1, suppliers // SUPPLIERS_A_TOWN)
    townships = max(towns, suppliers * 2 // 3)
    centres = rng.uniform(0.0, COUNTRY_METRES * towns**0.5, (towns, 2))
    about = np.arange(townships) % towns
    away = rng.normal(0.0, TOWNSHIP_METRES, (townships, 2))
    away[:towns] = 0.0
    middles = centres[about] + away
    bases = middles[np.arange(suppliers) % townships] + rng.normal(0.0, BASE_METRES, (suppliers, 2))
    return middles, bases


def _nearest(place: Floats, town: Ints, centres: Floats, bases: Floats, options: int) -> tuple[Ints, Ints]:
    """For each home its nearest bases and their metres by road, nearest first, ties by number.

    `town` is sorted. Whoever is among the nearest to a home is, by the triangle inequality, no farther from the
    township's middle than the middle's own nearest and twice the way from the middle to the home.
    """
    nearest = np.empty((len(place), options), np.int64)
    metres = np.empty_like(nearest)
    starts = np.searchsorted(town, np.arange(len(centres) + 1))
    for number, middle in enumerate(centres):
        mine = slice(starts[number], starts[number + 1])
        homes = place[mine]
        if not len(homes):
            continue
        from_middle = np.hypot(*(bases - middle).T)
        widest = np.partition(from_middle, options - 1)[options - 1] + 2 * np.hypot(*(homes - middle).T).max()
        close = np.flatnonzero(from_middle <= widest + 1.0)
        straight = np.hypot(*(homes[:, None, :] - bases[None, close, :]).transpose(2, 0, 1))
        # Distance and number in one key: one sort, and no ties.
        keys = (np.rint(straight * DETOUR).astype(np.int64) + 1) * len(bases) + close
        best = np.sort(np.partition(keys, options - 1, axis=1)[:, :options], axis=1)
        metres[mine], nearest[mine] = np.divmod(best, len(bases))
    return nearest, metres


def _use(kind: str, country: Map) -> Ints:
    """What each option uses of a kind of resource."""
    if kind == "caseload":
        return np.ones(country.metres.shape, np.int64)
    hours: Ints = np.broadcast_to(country.hours[:, None], country.metres.shape)
    if kind == "hours":
        return hours
    fen: Ints = hours * (HOUR_FEN + country.metres * KILOMETRE_FEN // 1000)
    return fen


def _capacities(rng: np.random.Generator, taken: Ints, used: Ints, suppliers: int, percent: int) -> Ints:
    """The loads of the plan and, on top, uneven shares of the slack, so that the total is as tight as asked."""
    load = np.zeros(suppliers, np.int64)
    np.add.at(load, taken, used)
    capacity = np.maximum(load, 1)
    slack = max(0, int(load.sum()) * 100 // percent - int(capacity.sum()))
    weight = np.cumsum(capacity * rng.uniform(0.5, 1.5, suppliers))
    shares: Ints = np.rint(weight / weight[-1] * slack).astype(np.int64)
    capacity += np.diff(shares, prepend=0)
    return capacity


def _options(country: Map, kinds: tuple[str, ...], need_ids: list[str], supplier_ids: list[str]) -> Iterator[Option]:
    columns = [{kind: f"{name}/{kind}" for kind in kinds} for name in supplier_ids]
    constant = "money" not in kinds

    def use_of(supplier: int, *amounts: int) -> dict[str, int]:
        return {columns[supplier][kind]: amount for kind, amount in zip(kinds, amounts, strict=True)}

    usage = cache(use_of) if constant else use_of
    travel = cache(lambda metres: {TRAVEL: metres})
    uses = [_use(kind, country) for kind in kinds]
    for number, need in enumerate(need_ids):
        near, metres = country.nearest[number].tolist(), country.metres[number].tolist()
        amounts = zip(*(use[number].tolist() for use in uses), strict=True)
        for supplier, way, amount in zip(near, metres, amounts, strict=True):
            yield Option(need, supplier_ids[supplier], usage(supplier, *amount), travel(way))


def _names(letter: str, count: int) -> list[str]:
    width = len(str(count - 1))
    return [f"{letter}{number:0{width}d}" for number in range(count)]
