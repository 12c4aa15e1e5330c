"""From the facts of a matching run and a study's form to a problem, a scenario, and what hours could be bought for.

The problem is the one that a run would solve if all needs were matched again, with two differences: money keeps
nobody from being asked, for the study itself varies it; and a supplier may stand in it that does not exist yet.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from shangmen.demand.entitlement.rules import Gate
from shangmen.demand.needs.states import RequiredSex
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus, Sex
from shangmen.supply.matching_runs.adapter import supplier_id
from shangmen.supply.matching_runs.run import problem as building
from shangmen.supply.matching_runs.run.capacity import Price
from shangmen.supply.matching_runs.run.snapshot import SEXES, Facts, LineFacts, RunPolicy, SupplierFacts, WorkerFacts
from shangmen.supply.tendering.adapter import Demand, Hours, Prices, Problem, Purchase, Scenario
from shangmen.supply.tendering.forms import StudyForm

NEW = -1
"""The id of the supplier that does not exist yet, and of its contract."""
NEW_LOT = "new"
NO_OBJECT = 1000
"""Lines are built with so many times their money: what an option needs is judged at each step, not before."""
UNBOUNDED_UNITS = 10**9
SAME = 100


class Offer(Struct, frozen=True):
    """What hours could be bought for: a lot, whose supplier, and of whom."""

    lot: str
    supplier: int
    who: RequiredSex

    @property
    def id(self) -> str:
        """A name for the library."""
        return f"{self.lot}/{self.supplier}/{self.who}"


def problem(facts: Facts, form: StudyForm, price: Price) -> Problem:
    """The problem of a run over all needs, with the new supplier if one is asked for, and with today's money."""
    suppliers = tuple(_rich(supplier) for supplier in (*facts.suppliers, *newcomer(facts, form)))
    built = building.build(msgspec.structs.replace(facts, suppliers=suppliers), price).problem
    lent: dict[str, int] = {}
    for line in (line for supplier in suppliers for line in supplier.lines):
        lent[f"l{line.id}/units"] = line.units_left - line.units_left // NO_OBJECT
        lent[f"c{line.contract}/fen"] = line.fen_left - line.fen_left // NO_OBJECT
    resources = tuple(
        msgspec.structs.replace(one, capacity=max(0, one.capacity - lent[one.id])) if one.id in lent else one
        for one in built.resources
    )
    return msgspec.structs.replace(built, resources=resources)


def _rich(supplier: SupplierFacts) -> SupplierFacts:
    lines = tuple(
        msgspec.structs.replace(line, units_left=line.units_left * NO_OBJECT, fen_left=line.fen_left * NO_OBJECT)
        for line in supplier.lines
    )
    return msgspec.structs.replace(supplier, lines=lines)


def newcomer(facts: Facts, form: StudyForm) -> tuple[SupplierFacts, ...]:
    """The supplier that does not exist yet: where a station is, able to do all that is bought today, everywhere."""
    place = next((supplier for supplier in facts.suppliers if supplier.id == form.new_place), None)
    if place is None:
        return ()
    townships = tuple(sorted({need.township for need in facts.needs}))
    models: dict[str, LineFacts] = {}
    for supplier in facts.suppliers:
        for line in supplier.lines:
            models.setdefault(line.item_code, line)
    lines = tuple(
        msgspec.structs.replace(
            models[code], id=NEW - number, contract=NEW, areas=townships, units_left=UNBOUNDED_UNITS,
            rate_fen=models[code].rate_fen * form.new_price_percent // 100, fen_left=form.new_yuan * 100,
            lot_name=NEW_LOT, gate=Gate(),
        )
        for number, code in enumerate(sorted(models))
    )  # fmt: skip
    workers = tuple(
        _worker(-number, sex, facts, form)
        for number, sex in enumerate([Sex.FEMALE] * form.new_women + [Sex.MALE] * form.new_men, 1)
    )
    kind, status = OrganisationKind.PROVIDER, OrganisationStatus.ACTIVE
    return (SupplierFacts(NEW, kind, NEW_LOT, NEW_LOT, status, place.spot, workers=workers, lines=lines),)


def _worker(id: int, sex: Sex, facts: Facts, form: StudyForm) -> WorkerFacts:
    """One of the new supplier's workers: qualified for everything that is asked for, there in office hours."""
    policy: RunPolicy = facts.policy
    kinds = tuple(sorted({need.qualification for need in facts.needs} - {""}))
    opens, closes = policy.office_hours
    days = tuple((day, opens, closes) for day in range(7))
    return WorkerFacts(id, sex, kinds, days, form.new_hours * 60, policy.starts_on)


def scenario(problem: Problem, form: StudyForm) -> Scenario:
    """The factors of the form, as far as the problem knows what they are of."""
    groups = {need.group for need in problem.needs}
    levels = {need.grade for need in problem.needs}
    known = {supplier.id for supplier in problem.suppliers}
    by_township = [(f"t{id}", percent) for id, percent in zip(form.townships, form.township_percent, strict=True)]
    by_level = list(zip(form.levels, form.level_percent, strict=True))
    suppliers = [supplier_id(id) for id in form.suppliers]
    hours = list(zip(suppliers, form.hours_percent, strict=True))
    prices = list(zip(suppliers, form.price_percent, strict=True))
    return Scenario(
        demand=(
            *(Demand(10 * percent, group=id) for id, percent in by_township if id in groups and percent != SAME),
            *(Demand(10 * percent, grade=code) for code, percent in by_level if code in levels and percent != SAME),
        ),
        dropped=tuple(sorted({supplier_id(id) for id in form.dropped} & known)),
        hours=tuple(Hours(10 * percent, id) for id, percent in hours if id in known and percent != SAME),
        prices=tuple(Prices(10 * percent, id) for id, percent in prices if id in known and percent != SAME),
    )


def steps(form: StudyForm) -> list[int]:
    """The money of each step in permille of today's, evenly from the least to the most."""
    span = 10 * (form.money_to - form.money_from)
    return [10 * form.money_from + span * number // (form.steps - 1) for number in range(form.steps)]


def offers(facts: Facts, form: StudyForm) -> dict[str, dict[Offer, tuple[LineFacts, ...]]]:
    """The lots by supplier (the library's id), with the lines that hours could be bought on."""
    found: dict[str, dict[Offer, tuple[LineFacts, ...]]] = {}
    for supplier in (*facts.suppliers, *newcomer(facts, form)):
        for lot in sorted({line.lot_name for line in supplier.lines}):
            lines = tuple(line for line in supplier.lines if line.lot_name == lot)
            found.setdefault(supplier_id(supplier.id), {})[Offer(lot, supplier.id, RequiredSex.EITHER)] = lines
    return found


def purchases(problem: Problem, facts: Facts, form: StudyForm) -> dict[str, tuple[Offer, Purchase]]:
    """One more hour a month at every lot in force: of a woman and of a man where the sex matters, fully qualified.

    The hour comes with what it takes to be used: a place in the caseload, and the units and the money of the dearest
    hour on the lot. What it really costs is found by the answer.
    """
    made: dict[str, tuple[Offer, Purchase]] = {}
    for supplier, lots in offers(facts, form).items():
        pools = [r.id for r in problem.resources if r.id.startswith(f"{supplier}/hours")]
        sexes = [RequiredSex(sex) for sex in SEXES if any(sex in words(pool) for pool in pools)]
        for offer, lines in lots.items():
            paid = _dearest_hour(problem, supplier, lines)
            if not paid:
                continue
            for sex in sexes or [RequiredSex.EITHER]:
                others = set(SEXES) - {sex}
                mine = {pool: 60 for pool in pools if others.isdisjoint(words(pool))}
                one = msgspec.structs.replace(offer, who=sex)
                made[one.id] = (one, Purchase(one.id, {**mine, **paid, f"{supplier}/caseload": 1}))
    return made


def words(pool: str) -> Sequence[str]:
    """What the workers of a pool must be: s12/hours+bath_training+male."""
    return pool.split("+")[1:]


def _dearest_hour(problem: Problem, supplier: str, lines: tuple[LineFacts, ...]) -> dict[str, int]:
    """What an hour takes at most of the units and the money of these lines."""
    most: dict[str, int] = {}
    variants = {str(line.id): (f"l{line.id}/units", f"c{line.contract}/fen") for line in lines}
    for option in problem.options:
        if option.supplier != supplier or option.variant not in variants:
            continue
        minutes = max(1, option.usage.get(f"{supplier}/hours", 0))
        for resource in variants[option.variant]:
            hourly = -(-60 * option.usage.get(resource, 0) // minutes)
            most[resource] = max(most.get(resource, 0), hourly)
    return most
