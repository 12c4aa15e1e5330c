"""What one more of each resource that is short would be worth."""

from collections.abc import Iterator
from dataclasses import dataclass

from shangmen.supply.matching_runs import phrases
from shangmen.supply.matching_runs.adapter import is_unserved
from shangmen.supply.matching_runs.certificate import ResourcePrice
from shangmen.supply.matching_runs.run.snapshot import SEXES

PORTIONS = {"minutes": 60, "needs": 1, "units": 100, "fen": 100_000}
"""What is counted as one more of a resource, in its unit: an hour, a need, a unit of a line, a thousand yuan."""


@dataclass(frozen=True)
class Price:
    """What one more portion of a supplier's resource is worth: weight served, metres of way saved a month."""

    name: str
    resource: str
    portion: str
    weight: float
    metres: float


def prices(found: list[ResourcePrice], names: dict[int, str]) -> list[Price]:
    """What more of each short resource is worth, the most valuable first; `names` are those of suppliers."""
    ranked = []
    for one in _by_worker(found):
        weight, metres = (PORTIONS[one.unit] * worth for worth in (_weight(one.saves), one.saves.get("travel", 0.0)))
        portion = phrases.amount(PORTIONS[one.unit], one.unit)
        price = Price(names.get(one.supplier, ""), phrases.resource(one.resource), portion, weight, metres)
        ranked.append((-weight, -metres, one.resource, price))
    return [price for *_rank, price in sorted(ranked, key=lambda row: row[:3])]


def _weight(saves: dict[str, float]) -> float:
    """The weight that one more serves: of the first rank that is short of it."""
    return next((saved for goal, saved in saves.items() if saved and is_unserved(goal)), 0.0)


def _by_worker(prices: list[ResourcePrice]) -> Iterator[ResourcePrice]:
    """The prices of hours put together: one more hour of a worker adds to every pool of hours that she belongs to.

    She is thought to have every qualification that is asked for; women and men apart where the sex matters.
    """
    pools: dict[int, list[tuple[list[str], dict[str, float]]]] = {}
    for price in prices:
        kind, *requirements = price.resource.partition("/")[2].split("+")
        if price.unit not in PORTIONS:  # what the ladder grants is not bought
            continue
        if kind == "hours":
            pools.setdefault(price.supplier, []).append((requirements, price.saves))
        else:
            yield price
    for supplier, mine in pools.items():
        apart = any(not set(SEXES).isdisjoint(requirements) for requirements, _saves in mine)
        for sex in SEXES if apart else ("",):
            others = set(SEXES) - {sex} if sex else set()
            hers = [saves for requirements, saves in mine if others.isdisjoint(requirements)]
            named = dict.fromkeys(goal for saves in hers for goal in saves if is_unserved(goal) or goal == "travel")
            worth = {goal: sum(saves.get(goal, 0.0) for saves in hers) for goal in named}
            if any(worth.values()):
                yield ResourcePrice(f"s{supplier}/hours" + (f"+{sex}" if sex else ""), supplier, "minutes", worth)
