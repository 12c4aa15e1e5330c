"""What suppliers have of hours, caseload, units and money, and what serving a need takes of it.

Resources of a supplier are minutes a month in nested pools: all its workers, and those who meet a requirement
(qualification, minors' check, sex) or several at once. A need draws on every pool that its own requirements name, so
that the narrow ones cannot be promised twice. An option costs visits x workers x (minutes + a share of the way there
and back): visits are chained into rounds, and the policy says which share of the two ways a visit carries. Beside the
pools stand the caseload, and the units and fen that are left of each contract line for the placement's whole term.
Capacities are net of what placements and open offers outside the run use. What the ladder of entitlement grants
somebody of all services together is a resource too, of nobody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import combinations

from shangmen.demand.entitlement.rules import Amount
from shangmen.supply.matching_runs.adapter import Geography, Resource, supplier_id
from shangmen.supply.matching_runs.rules import able
from shangmen.supply.matching_runs.rules.entitlement import wanted
from shangmen.supply.matching_runs.run.snapshot import SEXES, Candidate, Facts, LineFacts, NeedFacts, RunPolicy

Number = int | Decimal | None

Price = Callable[[NeedFacts, LineFacts], tuple[int, int]]
"""Units (hundredths) and fen that a placement of the need on the line takes over its whole term."""


def monthly_minutes(need: NeedFacts, travel_minutes: int, policy: RunPolicy) -> int:
    """Worker minutes a month that a need takes from this far away, the share of the ways included, rounded up."""
    visits = need.visits_per_month * need.staff_count
    return visits * need.minutes + -(-visits * 2 * travel_minutes * policy.travel_share_percent // 100)


def pools(need: NeedFacts) -> list[tuple[str, ...]]:
    """The pools that a need draws on: everybody, and every combination of its requirements."""
    words = need.requirements()
    return [combination for size in range(len(words) + 1) for combination in combinations(words, size)]


def pool_id(supplier: int, requirements: tuple[str, ...]) -> str:
    """The resource of a pool: s12/hours, s12/hours+bath_training+male."""
    return "+".join((f"s{supplier}/hours", *requirements))


def ladder_usage(need: NeedFacts, line: LineFacts | None) -> dict[str, int]:
    """What a need takes of all that its recipient is granted together."""
    if need.together is None:
        return {}
    takes = wanted(need, line)
    return {
        f"p{need.person}/{unit}": round(amount * times)
        for unit, amount, limit, times in _measures(takes, need.together)
        if limit is not None and amount is not None
    }


def _measures(one: Amount, other: Amount) -> tuple[tuple[str, Number, Number, int], ...]:
    """Both amounts, measure by measure, with the unit of its resource and how many of that unit are one."""
    return (
        ("ladder_visits", one.visits, other.visits, 1),
        ("ladder_minutes", one.minutes, other.minutes, 1),
        ("ladder_fen", one.yuan, other.yuan, 100),
    )


def ladders(facts: Facts) -> Iterable[Resource]:
    """What each recipient is granted together, less what placements and offers outside the run take of it."""
    lines = {line.id: line for supplier in facts.suppliers for line in supplier.lines}
    used: Counter[str] = Counter()
    for one in facts.commitments:
        used.update(ladder_usage(one.need, lines.get(one.line or 0)))
    granted = {need.person: need.together for need in facts.needs if need.together is not None}
    for person, amount in sorted(granted.items()):
        for unit, limit, _same, times in _measures(amount, amount):
            if limit is not None:
                id = f"p{person}/{unit}"
                yield Resource(id, max(0, round(limit * times) - used[id]), "", unit, "BEYOND_LADDER")


def usage(need: NeedFacts, candidate: Candidate, policy: RunPolicy, price: Price) -> dict[str, int]:
    """What serving a need this way takes of each resource."""
    supplier, line = candidate.supplier, candidate.line
    minutes = monthly_minutes(need, candidate.travel_minutes, policy)
    taken = {pool_id(supplier.id, pool): minutes for pool in pools(need)}
    taken[f"s{supplier.id}/caseload"] = 1
    taken |= ladder_usage(need, line)
    if line is not None:
        units, fen = price(need, line)
        taken[f"l{line.id}/units"] = units
        taken[f"c{line.contract}/fen"] = fen
    return taken


def resources(facts: Facts, used: Counter[str], left: dict[str, int]) -> Iterable[Resource]:
    """What each supplier has: hours and caseload less what is `used` elsewhere, and what its lines have `left`."""
    wanted = {pool for need in facts.needs for pool in pools(need)}
    for supplier in facts.suppliers:
        mine = supplier_id(supplier.id)
        for pool in sorted(wanted):
            id = pool_id(supplier.id, pool)
            whole = sum(worker.minutes for worker in able(supplier, pool, facts.policy))
            yield Resource(id, max(0, whole - used[id]), mine, "minutes", _pool_reason(pool), not pool)
        id = f"s{supplier.id}/caseload"
        whole = facts.policy.caseload_per_worker * len(able(supplier, (), facts.policy))
        yield Resource(id, max(0, whole - used[id]), mine, "needs")
        for line in supplier.lines:
            yield Resource(f"l{line.id}/units", left[f"l{line.id}/units"], mine, "units", "BUDGET")
        for contract in sorted({line.contract for line in supplier.lines}):
            yield Resource(f"c{contract}/fen", left[f"c{contract}/fen"], mine, "fen", "BUDGET")
    yield from ladders(facts)


def _pool_reason(pool: tuple[str, ...]) -> str:
    if not pool:
        return "NO_CAPACITY"
    return "NO_GENDER" if pool[-1] in SEXES else "NO_QUAL"


def committed(facts: Facts, geography: Geography, price: Price) -> Counter[str]:
    """What placements and offers outside the run use of hours and caseload."""
    suppliers = {supplier.id: supplier for supplier in facts.suppliers}
    used: Counter[str] = Counter()
    for commitment in facts.commitments:
        supplier = suppliers.get(commitment.supplier)
        if supplier is not None:
            metres, minutes = geography.way(commitment.need, supplier)
            used.update(usage(commitment.need, Candidate(supplier, None, metres, minutes), facts.policy, price))
    return used


def left(facts: Facts, price: Price) -> dict[str, int]:
    """Units and fen of each line and contract: less open offers, plus what needs matched again would give back."""
    lines = {line.id: line for supplier in facts.suppliers for line in supplier.lines}
    amounts = {f"l{line.id}/units": line.units_left for line in lines.values()}
    amounts |= {f"c{line.contract}/fen": line.fen_left for line in lines.values()}
    changes = [(c.need, c.line, c.holds, -1) for c in facts.commitments if not c.reserved]
    changes += [(need, need.present[1], need.held, 1) for need in facts.needs if need.present]
    for need, id, known, sign in changes:
        line = lines.get(id or 0)
        if line is not None:
            units, fen = known or price(need, line)
            amounts[f"l{line.id}/units"] += sign * units
            amounts[f"c{line.contract}/fen"] += sign * fen
    # only the sum counts: what offers take beyond what there is must be given back before anything is free
    return {resource: max(0, amount) for resource, amount in amounts.items()}
