"""What the matching tests share: facts by hand for the rules, and rows of a small county for the runs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.states import NeedState, PausedFrom, RequiredSex
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.catalogue.states import ServiceKind
from shangmen.foundation.catalogue.tables import ServiceItem
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus, Position, Sex
from shangmen.foundation.organisations.tables import Engagement, Qualification, Worker
from shangmen.foundation.regions.states import Terrain
from shangmen.supply.contracts.states import ContractState, Pricing
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot, LotArea
from shangmen.supply.matching_runs.run.snapshot import (
    Candidate,
    Facts,
    LineFacts,
    NeedFacts,
    Roads,
    RunPolicy,
    SupplierFacts,
    WorkerFacts,
)
from tests.cast import Cast

DAY = date(2026, 12, 1)
WORKDAYS = tuple((day, 480, 1080) for day in range(5))
POLICY = RunPolicy(
    starts_on=DAY,
    seconds=2,
    distance_limit_metres=40_000,
    background_check_months=12,
    travel_share_percent=50,
    caseload_per_worker=60,
    office_hours=(480, 1080),
    roads={Terrain.PLAIN: Roads(1.25, 50, 5), Terrain.HILLS: Roads(1.7, 32, 5)},
)


def worker(id: int = 1, sex: str = "female", *kinds: str, **more: Any) -> WorkerFacts:
    """A worker with these qualifications and a full week."""
    return WorkerFacts(id, Sex(sex), kinds, **{"pattern": WORKDAYS, "minutes": 9600, **more})


def need(id: int = 1, **more: Any) -> NeedFacts:
    """A home visit a week in township 1."""
    values: dict[str, Any] = {
        "version": 1,
        "item_code": "V01",
        "item_kind": ServiceKind.VISIT,
        "item_name": "上门探访",
        "weight": 1,
        "group": "elder",
        "category": "TEKUN",
        "level": "TOTAL",
        "township": 1,
        "spot": (37_290_000, 106_480_000),
        "terrain": Terrain.PLAIN,
        "visits_per_month": 4,
        "minutes": 30,
        "staff_count": 1,
        "valid_from": DAY,
        **more,
    }
    return NeedFacts(id, **values)


def bath(id: int = 1, **more: Any) -> NeedFacts:
    """A full bath for a man: two trained men at once."""
    values = {
        "item_code": "C03",
        "item_kind": ServiceKind.CARE,
        "item_name": "上门助浴",
        "staff_count": 2,
        "sex": "male",
        "qualification": "bath_training",
        "minutes": 60,
        **more,
    }
    return need(id, **values)


def line(id: int = 7, **more: Any) -> LineFacts:
    """A line for baths in township 1 with plenty left."""
    values: dict[str, Any] = {
        "contract": 5,
        "number": "HT-1",
        "item_code": "C03",
        "areas": (1,),
        "term_from": date(2026, 1, 1),
        "term_to": date(2027, 12, 31),
        "pricing": Pricing.PER_VISIT,
        "rate_fen": 15_000,
        "units_left": 1_000_000,
        "fen_left": 100_000_000,
        **more,
    }
    return LineFacts(id, **values)


def station(id: int = 10, **more: Any) -> SupplierFacts:
    """The station of township 1 with one social worker."""
    values: dict[str, Any] = {
        "kind": OrganisationKind.STATION,
        "name": f"station {id}",
        "code": f"640324{id:06d}",
        "status": OrganisationStatus.ACTIVE,
        "spot": (37_290_000, 106_470_000),
        "township": 1,
        "workers": (worker(1, "female", "social_worker"),),
        **more,
    }
    return SupplierFacts(id, **values)


def provider(id: int = 20, **more: Any) -> SupplierFacts:
    """A provider with two trained men, a trained woman, and a line for baths."""
    values: dict[str, Any] = {
        "kind": OrganisationKind.PROVIDER,
        "name": f"provider {id}",
        "code": f"52{id:06d}",
        "status": OrganisationStatus.ACTIVE,
        "spot": (37_290_000, 106_470_000),
        "workers": (
            worker(1, "male", "bath_training"),
            worker(2, "male", "bath_training"),
            worker(3, "female", "bath_training"),
        ),
        "lines": (line(),),
        **more,
    }
    return SupplierFacts(id, **values)


def way(supplier: SupplierFacts, metres: int = 1000, **more: Any) -> Candidate:
    """The supplier through its first line, if any."""
    values: dict[str, Any] = {"line": supplier.lines[0] if supplier.lines else None, "travel_minutes": 7, **more}
    return Candidate(supplier, metres=metres, **values)


def price(need: NeedFacts, line: LineFacts) -> tuple[int, int]:
    """A year of visits."""
    visits = need.visits_per_month * 12
    return visits * 100, visits * line.rate_fen


def facts(needs: list[NeedFacts], suppliers: list[SupplierFacts], **more: Any) -> Facts:
    """A whole question."""
    policy = msgspec.structs.replace(POLICY, **more.pop("policy", {}))
    return Facts(policy=policy, needs=tuple(needs), suppliers=tuple(suppliers), **more)


# Rows -----------------------------------------------------------------------------------------------------------


async def law(cast: Cast) -> None:
    """The parameters as a new county gets them; the recipients live near their stations."""
    await catalogue.load(cast.system)
    await _move(cast.system, cast.person_a, "37.30", "106.48")
    await _move(cast.system, cast.person_b, "37.14", "106.40")


@database.scoped
async def _move(scope: Scope, person: int, latitude: str, longitude: str) -> None:
    await database.change(Person, person, {Person.latitude: Decimal(latitude), Person.longitude: Decimal(longitude)})


@database.scoped
async def add_need(scope: Scope, /, cast: Cast, person: int, item: int, **more: Any) -> int:
    """A need that waits."""
    who, what = await database.read(Person, person), await database.read(ServiceItem, item)
    values: dict[str, Any] = {
        "visits_per_month": 4,
        "minutes": what.standard_minutes,
        "staff_count": what.staff_count,
        "required_sex": RequiredSex(who.sex) if what.same_sex else RequiredSex.EITHER,
        "required_qualification": what.required_qualification,
        "minors_check": what.minors_check,
        "paused_from": PausedFrom.NOTHING,
        "priority": 2,
        "valid_from": clock.today(),
        "state": NeedState.WAITING,
        **more,
    }
    return await database.add(
        Need(
            county=who.county, station=who.station, person=person, service_item=item, created_at=clock.now(), **values
        )
    )  # fmt: skip


@database.scoped
async def add_contract(
    scope: Scope, /, cast: Cast, provider: int, items: list[int], areas: list[int], money: str = "100000", **more: Any
) -> int:
    """A contract in force for these items in these townships; the id of its first line."""
    number = f"{provider}-{items[0]}-{len(areas)}"
    lot = await database.add(
        Lot(
            county=cast.county, purchaser=cast.bureau.organisation, number=f"L{number}", name="东片区",
            gate=database.to_json(more.get("gate", {})), ceiling=Decimal(money),
            valid_from=clock.today() - timedelta(days=30), valid_to=clock.today() + timedelta(days=400),
        )
    )  # fmt: skip
    for area in areas:
        await database.add(LotArea(lot=lot, division=area))
    contract = await database.add(
        Contract(
            county=cast.county, lot=lot, provider=provider, number=f"HT{number}",
            term_from=clock.today() - timedelta(days=30), term_to=clock.today() + timedelta(days=330),
            ceiling=Decimal(money), original_ceiling=Decimal(money), state=ContractState.IN_FORCE,
            signed_on=clock.today(),
        )
    )  # fmt: skip
    lines = [
        await database.add(
            ContractLine(
                contract=contract,
                service_item=item,
                pricing=Pricing.PER_VISIT,
                rate=Decimal("100"),
                quantity=Decimal("1000"),
            )
        )
        for item in items
    ]
    return lines[0]


@database.scoped
async def add_worker(scope: Scope, /, cast: Cast, organisation: int, sex: str, *kinds: str, **more: Any) -> int:
    """One more worker with a full week."""
    number = await Worker.count()
    worker = await database.add(
        Worker(
            county=cast.county, registered_by=organisation, name=f"测试{number}",
            id_number=f"64032419900101{number:04d}", sex=Sex(sex), birth_date=date(1990, 1, 1),
            background_checked=more.get("background_checked"),
        )
    )  # fmt: skip
    pattern = {str(day): [[480, 1080]] for day in range(7)}
    await database.add(
        Engagement(
            worker=worker, organisation=organisation, position=Position.CARE_WORKER, valid_from=date(2020, 1, 1),
            pattern=database.to_json(pattern), daily_minutes=600, monthly_minutes=more.get("monthly_minutes", 9600),
        )
    )  # fmt: skip
    for kind in kinds:
        await database.add(
            Qualification(
                county=cast.county, worker=worker, kind=kind, number="1", mandatory=True, valid_from=date(2020, 1, 1)
            )
        )
    return worker
