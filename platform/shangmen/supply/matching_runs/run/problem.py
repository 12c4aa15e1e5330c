"""From facts to a problem: options from rules and geography, resources from `capacity`, goals.

Ties of the way are broken by own township, lot, lower load before the run, present supplier, lower code. They are the
last goal of the policy, on options that tie and on no others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shangmen.demand.needs import priority
from shangmen.demand.needs.states import Rank
from shangmen.supply.matching_runs.adapter import (
    SHARE,
    UNSERVED,
    Assignment,
    Forbidden,
    Geography,
    Level,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Supplier,
    Term,
    heaviest_first,
    nearest_miss,
    need_id,
    supplier_id,
    variant,
)
from shangmen.supply.matching_runs.rules import (
    HalalFood,
    LanguageSpoken,
    MatchRule,
    MinorsCheck,
    NoRelatives,
    PositionKnown,
    ServiceCovered,
    WindowsFit,
    WorkersOfSex,
    WorkersQualified,
    is_own_township,
    rules,
)
from shangmen.supply.matching_runs.run.capacity import Price, committed, left, pool_id, resources, usage
from shangmen.supply.matching_runs.run.snapshot import (
    Candidate,
    Facts,
    LineFacts,
    NeedFacts,
    Order,
    RunPolicy,
    SupplierFacts,
)
from shangmen.supply.matching_runs.states import PinKind

TIES = "ties"
EXCLUDED_SHOWN = 6
PEOPLE = (
    WorkersQualified, MinorsCheck, WorkersOfSex, HalalFood, LanguageSpoken, NoRelatives, WindowsFit,
)  # fmt: skip
UNPAID = "%(yuan)s yuan are missing on the contract, and %(units)s units on its line."
NOBODY_DOES = "No contract in force buys “%(item)s”, and no station does it itself."


class Exclusion(Struct, frozen=True):
    """Why a supplier may not serve a need: the first rule that fails, in words with numbers."""

    supplier: int | None
    metres: int | None
    code: str
    sentence: str
    numbers: dict[str, int | str]


class Question(Struct, frozen=True):
    """A problem and what it does not carry: metres of each option, and who was left out why, nearest first."""

    problem: Problem
    excluded: dict[int, tuple[Exclusion, ...]]
    best_miss: dict[int, tuple[Exclusion, ...]]
    metres: dict[tuple[str, str], int]


def candidates(geography: Geography, need: NeedFacts, supplier: SupplierFacts) -> list[Candidate]:
    """The ways in which a supplier could serve a need: one for each contract line of the service, else one."""
    metres, minutes = geography.way(need, supplier)
    lines: list[LineFacts | None] = [line for line in supplier.lines if line.item_code == need.item_code]
    return [Candidate(supplier, line, metres, minutes) for line in lines or [None]]


def build(facts: Facts, price: Price) -> Question:
    """The problem of a run: options from rules and geography, the nearest first, at most so many a need."""
    builder = _Builder(facts, price)
    for need in facts.needs:
        builder.add(need)
    return builder.question()


class _Builder:
    def __init__(self, facts: Facts, price: Price) -> None:
        self.facts = facts
        self.policy = facts.policy
        self.price = price
        self.geography = Geography(facts.policy)
        self.left = left(facts, price)
        self.rules: tuple[MatchRule, ...] = rules(facts.policy)
        self.options: list[Option] = []
        self.excluded: dict[int, tuple[Exclusion, ...]] = {}
        self.best_miss: dict[int, tuple[Exclusion, ...]] = {}
        self.metres: dict[tuple[str, str], int] = {}
        self.used = committed(facts, self.geography, price)
        self.load = {supplier.id: self._load(supplier) for supplier in facts.suppliers}
        codes = sorted((supplier.code, supplier.id) for supplier in facts.suppliers)
        self.rank = {id: place for place, (_, id) in enumerate(codes)}
        self.pinned = {pin.need: pin.supplier for pin in facts.decisions if pin.kind is PinKind.MUST}

    def _price_of_keeping(self, need: NeedFacts, line: LineFacts) -> tuple[int, int]:
        """The price; on the line of the need's own placement what that holds, for nothing more is reserved."""
        mine = need.present is not None and need.present[1] == line.id
        return need.held if mine and need.held is not None else self.price(need, line)

    def _affordable(self, need: NeedFacts, way: Candidate) -> bool:
        """Whether units and money that are left pay for it by itself."""
        if way.line is None:
            return True
        units, fen = self._price_of_keeping(need, way.line)
        return units <= self.left[f"l{way.line.id}/units"] and fen <= self.left[f"c{way.line.contract}/fen"]

    def add(self, need: NeedFacts) -> None:
        """The options of one need, and why everybody else was left out."""
        kept: list[Candidate] = []
        missed: list[tuple[Candidate, Exclusion]] = []
        for supplier in self.facts.suppliers:
            ways = candidates(self.geography, need, supplier)
            verdict = nearest_miss(self.rules, need, ways)
            if verdict is not None:
                numbers = dict(verdict.numbers)
                exclusion = Exclusion(supplier.id, ways[0].metres, verdict.rule, verdict.sentence, numbers)
                missed.append((ways[0], exclusion))
                continue
            kept += [way for way in ways if all(rule.check(need, way).ok for rule in self.rules)]
        missed.sort(key=lambda pair: (pair[0].metres < 0, pair[0].metres, self.rank[pair[0].supplier.id]))
        self.excluded[need.id] = tuple(exclusion for _, exclusion in missed[:EXCLUDED_SHOWN])
        if not kept and missed:
            self.best_miss[need.id] = self._best_miss(need, [way for way, _ in missed])
        shared = Counter(way.metres for way in kept)
        # whom the money does not reach stays an option, so that all that it lacks is told together
        kept.sort(
            key=lambda way: (
                not self._affordable(need, way),
                way.metres,
                self._tie(need, way),
                way.line.id if way.line else 0,
            )
        )
        for place, way in enumerate(kept):
            if place < self.policy.options_per_need or self._wanted(need, way):
                self._add_option(need, way, shared[way.metres] > 1)

    def _best_miss(self, need: NeedFacts, ways: list[Candidate]) -> tuple[Exclusion, ...]:
        """The supplier that came nearest to keeping every rule, and all that it lacks together.

        Nobody is named who does not do the service at all.
        """
        every = [way for first in ways for way in candidates(self.geography, need, first.supplier)]
        verdict = nearest_miss(self.rules, need, every)
        assert verdict is not None, "somebody keeps every rule"
        way = next(way for way in every if nearest_miss(self.rules, need, [way]) == verdict)
        if verdict.rule == ServiceCovered.name and not self.rules[0].check(need, way).ok:
            return (Exclusion(None, None, verdict.rule, NOBODY_DOES, {"item": need.item_name or need.item_code}),)
        if need.spot is None and verdict.rule == PositionKnown.name:
            return (Exclusion(None, None, verdict.rule, verdict.sentence, {}),)
        broken = [(rule, found) for rule in self.rules if not (found := rule.check(need, way)).ok]
        # who lacks a person lacks the sex and the hours of that person too: that is one thing, told once
        people = [found for rule, found in broken if isinstance(rule, PEOPLE)]
        told = [found for rule, found in broken if not isinstance(rule, PEOPLE)] + people[:1]
        lacking = [Exclusion(way.supplier.id, way.metres, v.rule, v.sentence, dict(v.numbers)) for v in told]
        if not self._affordable(need, way):
            lacking.append(self._unpaid(need, way))
        return tuple(lacking)

    def _unpaid(self, need: NeedFacts, way: Candidate) -> Exclusion:
        assert way.line is not None
        units, fen = self._price_of_keeping(need, way.line)
        more_units = max(0, units - self.left[f"l{way.line.id}/units"])
        more_fen = max(0, fen - self.left[f"c{way.line.contract}/fen"])
        numbers: dict[str, int | str] = {"yuan": -(-more_fen // 100), "units": -(-more_units // 100)}
        return Exclusion(way.supplier.id, way.metres, "BUDGET", UNPAID, numbers)

    def _wanted(self, need: NeedFacts, way: Candidate) -> bool:
        present = need.present is not None and need.present[0] == way.supplier.id
        return present or self.pinned.get(need.id) == way.supplier.id

    def _add_option(self, need: NeedFacts, way: Candidate, tied: bool) -> None:
        id, supplier = need_id(need.id), supplier_id(way.supplier.id)
        costs = {"travel": need.visits_per_month * way.metres, "distance": way.metres}
        if tied:
            costs[TIES] = self._tie(need, way)
        taken = usage(need, way, self.policy, self._price_of_keeping)
        self.options.append(Option(id, supplier, taken, costs, variant(way.line.id if way.line else None)))
        self.metres[id, supplier] = way.metres

    def _tie(self, need: NeedFacts, way: Candidate) -> int:
        """Own township, lot, lower load, present supplier, lower code: each weighs more than all after it."""
        supplier = way.supplier
        own = is_own_township(need, supplier)
        present = need.present is not None and need.present[0] == supplier.id
        rank = min(self.rank[supplier.id], 499)
        return (
            (not own) * 4_000_000
            + (way.line is None and not own) * 2_000_000
            + self.load[supplier.id] * 1000
            + (not present) * 500
            + rank
        )

    def _load(self, supplier: SupplierFacts) -> int:
        """Permille of the supplier's hours that are used before the run."""
        whole = sum(worker.minutes for worker in supplier.workers)
        return min(1000, 1000 * self.used[pool_id(supplier.id, ())] // whole) if whole else 1000

    def question(self) -> Question:
        facts = self.facts
        named = {resource for option in self.options for resource in option.usage}
        offered = [resource for resource in resources(facts, self.used, self.left) if resource.id in named]
        known = {need.id for need in facts.needs}
        present = [(need, *need.present) for need in facts.needs if need.present is not None]
        suppliers = {supplier.id for supplier in facts.suppliers}
        decided = [pin for pin in facts.decisions if pin.need in known and (pin.supplier or 0) in suppliers | {0}]
        must = {pin.need: pin.supplier for pin in decided if pin.kind is PinKind.MUST}
        must |= {pin.need: None for pin in decided if pin.kind is PinKind.NEVER and pin.supplier is None}
        never = {(pin.need, pin.supplier) for pin in decided if pin.kind is PinKind.NEVER and pin.supplier is not None}
        problem = Problem(
            needs=tuple(
                Need(need_id(need.id), need.weight, f"t{need.township}", need.level, rank_of(need))
                for need in facts.needs
            ),
            suppliers=tuple(Supplier(supplier_id(s.id), s.kind) for s in facts.suppliers),
            resources=tuple(offered),
            options=tuple(self.options),
            pins=tuple(Pin(need_id(n), None if s is None else supplier_id(s)) for n, s in sorted(must.items())),
            forbidden=tuple(Forbidden(need_id(n), supplier_id(s)) for n, s in sorted(never) if must.get(n, 0) != s),
            in_force=tuple(
                Assignment(need_id(need.id), supplier_id(supplier), variant(line))
                for need, supplier, line in present
                if supplier in suppliers
            ),
            policy=goals(
                self.policy, any(TIES in option.costs for option in self.options), bool(present), ranks(facts.needs)
            ),
            most_moves=self.policy.most_moves if present else None,
        )
        return Question(problem, self.excluded, self.best_miss, self.metres)


def rank_of(need: NeedFacts) -> Rank:
    """With whom a need is put when not all can be served."""
    return priority.rank(need.level or None, need.group)


def ranks(needs: Iterable[NeedFacts]) -> list[Rank]:
    """The ranks that there are among needs, the first first."""
    there = {rank_of(need) for need in needs}
    return [rank for rank in Rank if rank in there]


def served_first(order: Order, ranks: Sequence[Rank]) -> tuple[Level, ...]:
    """Who is left out, in levels. One rank alone is all needs; fairness never costs one of the wholly dependent."""
    by_weight = order == "weights" or len(ranks) < 2
    levels: tuple[Level, ...] = (Level((Term(UNSERVED),)),) if by_weight else heaviest_first(ranks)
    if order != "fair":
        return levels
    spared = int(Rank.WHOLLY in ranks)
    return (*levels[:spared], Level((Term(SHARE),)), *levels[spared:])


def goals(policy: RunPolicy, ties: bool, in_force: bool, ranks: Sequence[Rank]) -> Policy:
    """The goals of a run in order: the unserved, rank by rank; then the way and the present supplier; then ties.

    `keep` puts the present supplier before the way: nobody is moved but to serve somebody more.
    """
    travel = Level((Term("travel"),), slack_permille=3 if in_force and policy.placed == "free" else 0)
    rest = [travel]
    if in_force:
        rest.insert(0 if policy.placed == "keep" else 1, Level((Term("continuity"),)))
    levels = [*served_first(policy.order, ranks), *rest]
    if ties:
        levels.append(Level((Term(TIES),)))
    return Policy(tuple(levels))


def other_orders(policy: RunPolicy, problem: Problem, needs: Sequence[NeedFacts]) -> dict[str, Policy]:
    """The policies of the other orders that would serve other people; fairness only among townships."""
    there = ranks(needs)
    compared: list[Order] = ["heaviest"]
    if len(there) > 1:
        compared.append("weights")
    if len({need.township for need in needs}) > 1:
        compared.append("fair")
    ties, in_force = TIES in problem.policy.goals(), bool(problem.in_force)
    return {
        order: goals(replace(policy, order=order), ties, in_force, there)
        for order in compared
        if order != policy.order
    }


TIE_STEPS = ((4_000_000, "township"), (2_000_000, "lot"), (1000, "load"), (500, "present"), (1, "code"))


def tie_broken_by(one: int, other: int) -> str:
    """What decided between two options of the same way, by their costs of the goal `ties`; "" when nothing did."""
    for weight, word in TIE_STEPS:
        if one // weight != other // weight:
            return word
        one, other = one % weight, other % weight
    return ""
