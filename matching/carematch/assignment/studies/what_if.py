"""What if there were more to do, other suppliers, other hours, other prices: the problem in a scenario.

A scenario is applied in this order: suppliers are added and dropped, then hours and prices are varied,
then the demand is scaled, so that an added supplier may serve the added needs as well.

Numbers are permille of what is: 1000 changes nothing, 1200 is a fifth more. Factors that fit the same
thing multiply. Everything is rounded down, but needs come and go as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import chain

import msgspec
from msgspec import Struct

from carematch.assignment.goals import COST
from carematch.assignment.problem import Need, Option, Problem, Resource, Supplier

#: A factor that changes nothing.
SAME = 1000
#: Steps of the golden ratio over this scale: any run of them lies evenly between 0 and the scale.
GOLDEN, GOLDEN_SCALE = 618_033, 1_000_000


class Demand(Struct, frozen=True, forbid_unknown_fields=True):
    """So many permille of the needs of a group (township) and a grade; None means any."""

    permille: int
    group: str | None = None
    grade: str | None = None


class Hours(Struct, frozen=True, forbid_unknown_fields=True):
    """So many permille of the hours of a supplier, or of one resource whatever it is counted in; None means any."""

    permille: int
    supplier: str | None = None
    resource: str | None = None


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """So many permille of the cost, and of the money used, by the options of a supplier; None means any."""

    permille: int
    supplier: str | None = None


class Addition(Struct, frozen=True, forbid_unknown_fields=True):
    """A supplier that does not exist yet: what it has, and how it could serve the needs that there are."""

    supplier: Supplier
    resources: tuple[Resource, ...] = ()
    options: tuple[Option, ...] = ()


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """What is different. `hours_unit` and `money_unit` say which resources are hours, and which are money."""

    demand: tuple[Demand, ...] = ()
    added: tuple[Addition, ...] = ()
    dropped: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    prices: tuple[Prices, ...] = ()
    hours_unit: str = "minutes"
    money_unit: str = "fen"


def what_if(problem: Problem, scenario: Scenario, *, seed: int = 1) -> Problem:
    """The problem as it would be in the scenario; needs may be left in it that have no option any more.

    Which needs are cloned or removed follows from the seed and their ids alone. More permille give a
    superset: the needs at 1200 contain those at 1000, which contain those at 800. A clone has its
    need's options; what a person decided of somebody, or what they have today, is not cloned.

    Raises ValueError for a negative factor, and for the name of a supplier, resource, group or grade
    that the problem does not have.
    """
    _refuse_unknown(problem, scenario)
    problem = _dropped(_added(problem, scenario.added), frozenset(scenario.dropped))
    problem = _varied(problem, scenario)
    return _scaled(problem, scenario.demand, seed) if scenario.demand else problem


def _refuse_unknown(problem: Problem, scenario: Scenario) -> None:
    resources = chain(problem.resources, *(new.resources for new in scenario.added))
    known = {
        "supplier": {s.id for s in problem.suppliers} | {new.supplier.id for new in scenario.added},
        "resource": {resource.id for resource in resources},
        "group": {need.group for need in problem.needs},
        "grade": {need.grade for need in problem.needs},
    }
    asked = {
        "supplier": [*scenario.dropped, *(h.supplier for h in scenario.hours), *(p.supplier for p in scenario.prices)],
        "resource": [hours.resource for hours in scenario.hours],
        "group": [demand.group for demand in scenario.demand],
        "grade": [demand.grade for demand in scenario.demand],
    }
    faults = [
        f"unknown {kind} {name}"
        for kind, names in asked.items()
        for name in sorted({name for name in names if name is not None} - known[kind])
    ]
    factors: tuple[Demand | Hours | Prices, ...] = (*scenario.demand, *scenario.hours, *scenario.prices)
    if any(factor.permille < 0 for factor in factors):
        faults.append("a factor is negative")
    if faults:
        raise ValueError("; ".join(faults))


def _added(problem: Problem, added: tuple[Addition, ...]) -> Problem:
    return msgspec.structs.replace(
        problem,
        suppliers=(*problem.suppliers, *(new.supplier for new in added)),
        resources=(*problem.resources, *chain.from_iterable(new.resources for new in added)),
        options=(*problem.options, *chain.from_iterable(new.options for new in added)),
    )


def _dropped(problem: Problem, gone: frozenset[str]) -> Problem:
    """Without some suppliers. Whoever was pinned to one of them is free to go elsewhere."""
    if not gone:
        return problem
    options = tuple(option for option in problem.options if option.supplier not in gone)
    in_use = {resource for option in options for resource in option.usage}
    return msgspec.structs.replace(
        problem,
        suppliers=tuple(supplier for supplier in problem.suppliers if supplier.id not in gone),
        resources=tuple(r for r in problem.resources if r.supplier not in gone or r.id in in_use),
        options=options,
        pins=tuple(pin for pin in problem.pins if pin.supplier not in gone),
        forbidden=tuple(pair for pair in problem.forbidden if pair.supplier not in gone),
        in_force=tuple(row for row in problem.in_force if row.supplier not in gone),
    )


def _varied(problem: Problem, scenario: Scenario) -> Problem:
    """With other hours and other prices."""
    money = {resource.id for resource in problem.resources if resource.unit == scenario.money_unit}
    resources = problem.resources
    options = problem.options
    if scenario.hours:
        resources = tuple(
            msgspec.structs.replace(r, capacity=_times(r.capacity, _hours_factors(r, scenario))) for r in resources
        )
    if scenario.prices:
        options = tuple(_priced(option, money, scenario.prices) for option in options)
    return msgspec.structs.replace(problem, resources=resources, options=options)


def _hours_factors(resource: Resource, scenario: Scenario) -> list[int]:
    return [
        factor.permille
        for factor in scenario.hours
        if factor.supplier in (None, resource.supplier)
        and (factor.resource == resource.id or (factor.resource is None and resource.unit == scenario.hours_unit))
    ]


def _priced(option: Option, money: set[str], prices: tuple[Prices, ...]) -> Option:
    factors = [price.permille for price in prices if price.supplier in (None, option.supplier)]
    if all(factor == SAME for factor in factors):
        return option
    return msgspec.structs.replace(
        option,
        usage={r: _times(amount, factors) if r in money else amount for r, amount in option.usage.items()},
        costs={goal: _times(amount, factors) if goal == COST else amount for goal, amount in option.costs.items()},
    )


def _times(amount: int, factors: Iterable[int]) -> int:
    """The amount times all factors in permille, rounded down once."""
    scale = 1
    for factor in factors:
        amount, scale = amount * factor, scale * SAME
    return amount // scale


def _scaled(problem: Problem, demand: tuple[Demand, ...], seed: int) -> Problem:
    """With more needs, or fewer.

    Each need has a place between 0 and 1000, whatever the scenario, and occurs (factor + place) // 1000
    times: that grows with the factor, and is once for 1000. The places lie evenly within every group and
    grade, so that each of them has its share up to a need or two, and the whole as well.
    """
    copies = dict.fromkeys((need.id for need in problem.needs), 1)
    for number, need in enumerate(sorted(problem.needs, key=lambda need: _order(need, seed)), 1):
        place = number * GOLDEN % GOLDEN_SCALE * SAME // GOLDEN_SCALE
        factors = [f.permille for f in demand if f.group in (None, need.group) and f.grade in (None, need.grade)]
        copies[need.id] = (_times(SAME, factors) + place) // SAME
    return msgspec.structs.replace(
        problem,
        needs=tuple(msgspec.structs.replace(n, id=id) for n in problem.needs for id in _ids(n.id, copies[n.id])),
        options=tuple(
            option if id == option.need else msgspec.structs.replace(option, need=id)
            for option in problem.options
            for id in _ids(option.need, copies[option.need])
        ),
        pins=tuple(pin for pin in problem.pins if copies[pin.need]),
        forbidden=tuple(pair for pair in problem.forbidden if copies[pair.need]),
        in_force=tuple(row for row in problem.in_force if copies[row.need]),
    )


def _order(need: Need, seed: int) -> tuple[str, str, bytes]:
    return (need.group, need.grade, hashlib.sha256(f"{seed}/{need.id}".encode()).digest())


def _ids(id: str, copies: int) -> list[str]:
    """The need itself and its clones: n7, n7#2, n7#3."""
    return [id if number == 1 else f"{id}#{number}" for number in range(1, copies + 1)]
