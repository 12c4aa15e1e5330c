"""Rows that the tests of delivery stand on: a need that is placed, its contract, a planned visit.

Written as the system, past the verbs of demand and supply, so that a test of a visit speaks only of visits.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.catalogue import seed
from tests.cast import Cast

MORNINGS = [[day, 480, 720] for day in range(7)]
ANY_TIME = [[day, 480, 1080] for day in range(7)]
CEILING = Decimal("100000.00")
FROM = date(2026, 1, 1)
TO = date(2027, 12, 31)


@dataclass(frozen=True)
class Placed:
    """Ids of a need that is served: contract and line are None where the supplier is a station."""

    need: int
    offer: int
    placement: int
    person: int
    station: int
    supplier: int
    item: int
    lot: int | None
    contract: int | None
    contract_line: int | None


async def placed_need(cast: Cast, supplier: Scope, item: int, person: int, **changes: Any) -> Placed:
    """A need of `person` for `item`, served by the organisation of `supplier` (a manager or scheduler).

    A provider gets one contract in force (one lot of its own) and one line an item, per visit or per hour as the
    item's unit says, 60.00 yuan a unit. `changes` override columns of the need (minutes, visits_per_month, windows,
    staff_count, required_sex, required_qualification, days_between, valid_from, valid_to), or `rate`, `quantity`
    and `two_workers_pay_twice` of the line.
    """
    return await _placed_need(cast.system, cast, supplier, item, person, changes)


@database.scoped
async def _placed_need(
    scope: Scope, cast: Cast, supplier: Scope, item: int, person: int, changes: dict[str, Any]
) -> Placed:
    assert supplier.organisation is not None
    await _parameters()
    organisation = supplier.organisation
    owner = await database.fetch_one("SELECT station, county FROM person WHERE id = :id", id=person)
    service = await database.fetch_one("SELECT * FROM service_item WHERE id = :id", id=item)
    assert owner is not None
    assert service is not None
    line_changes = {key: changes.pop(key) for key in ("rate", "quantity", "two_workers_pay_twice") if key in changes}
    lot, contract, line = await _contract(cast, organisation, service, line_changes)
    sex = await database.fetch_value("SELECT sex FROM person WHERE id = :id", id=person) if service["same_sex"] else ""
    need: dict[str, Any] = {
        "visits_per_month": 8,
        "minutes": service["standard_minutes"],
        "staff_count": service["staff_count"],
        "required_sex": sex,
        "required_qualification": service["required_qualification"],
        "minors_check": service["minors_check"],
        "halal": False,
        "windows": ANY_TIME,
        "days_between": 1,
        "priority": 2,
        "valid_from": FROM,
        "valid_to": None,
        "state": "placed",
        "pause_reason": "",
        **changes,
    }
    station = owner["station"]
    need_id = await database.insert(
        "need",
        county=owner["county"],
        station=station,
        person=person,
        service_item=item,
        version=1,
        created_at=clock.now(),
        **need,
    )
    common: dict[str, Any] = {
        "county": owner["county"],
        "station": station,
        "supplier": organisation,
        "need": need_id,
        "person": person,
        "contract_line": line,
        "metres": 5000,
        "valid_from": need["valid_from"],
        "valid_to": need["valid_to"],
        "created_at": clock.now(),
    }
    if line:  # what a contract pays for ends with it
        common["valid_to"] = min(need["valid_to"] or TO, TO)
    offer = await database.insert("offer", **common, state="accepted", decided_at=clock.now(), reason="")
    placement = await database.insert(
        "placement",
        **common,
        offer=offer,
        reserved_units=Decimal("100.00") if line else Decimal(0),
        reserved_yuan=Decimal("6000.00") if line else Decimal(0),
        state="in_force",
        end_reason="",
    )
    if line:
        await database.execute("UPDATE contract_line SET reserved = reserved + 100 WHERE id = :id", id=line)
        await database.execute("UPDATE contract SET reserved = reserved + 6000 WHERE id = :id", id=contract)
    await database.insert(
        "share",
        county=owner["county"],
        person=person,
        organisation=organisation,
        valid_from=FROM,
        valid_to=None,
        reason="offer",
    )
    return Placed(need_id, offer, placement, person, station, organisation, item, lot, contract, line)


async def _parameters() -> None:
    """The parameters of law and policy, as a new installation has them."""
    if not await database.fetch_value("SELECT 1 FROM parameter WHERE name = 'office_hours'"):
        await database.execute_many(
            "INSERT INTO parameter (name, value, unit, valid_from, source)"
            " VALUES (:name, :value::jsonb, :unit, :valid_from, :source) ON CONFLICT DO NOTHING",
            [
                {
                    "name": one.name,
                    "value": database.to_json(one.value),
                    "unit": one.unit,
                    "valid_from": one.valid_from,
                    "source": one.source,
                }
                for one in seed.PARAMETERS
            ],
        )


async def _contract(
    cast: Cast, organisation: int, item: Any, changes: dict[str, Any]
) -> tuple[int | None, int | None, int | None]:
    """The provider's lot, contract and line for the item, made where there is none; nothing for a station."""
    if await database.fetch_value("SELECT kind FROM organisation WHERE id = :id", id=organisation) != "provider":
        return None, None, None
    found = await database.fetch_one(
        "SELECT id, lot FROM contract WHERE provider = :provider AND number = :number",
        provider=organisation,
        number=f"TEST-{organisation}",
    )
    if found:
        lot, contract = found["lot"], found["id"]
    else:
        lot = await database.insert(
            "lot",
            county=cast.county,
            purchaser=cast.bureau.organisation,
            number=f"L{organisation}",
            name="lot",
            gate={},
            ceiling=CEILING,
            valid_from=FROM,
            valid_to=TO,
        )
        for township in (cast.township_a, cast.township_b):
            await database.insert("lot_area", lot=lot, division=township)
        contract = await database.insert(
            "contract",
            county=cast.county,
            lot=lot,
            provider=organisation,
            number=f"TEST-{organisation}",
            term_from=FROM,
            term_to=TO,
            ceiling=CEILING,
            original_ceiling=CEILING,
            reserved=Decimal(0),
            delivered=Decimal(0),
            settled=Decimal(0),
            paid=Decimal(0),
            state="in_force",
            signed_on=FROM,
        )
    line = await database.fetch_value(
        "SELECT id FROM contract_line WHERE contract = :contract AND service_item = :item",
        contract=contract,
        item=item["id"],
    )
    if line is None:
        await database.insert("lot_service", lot=lot, service_item=item["id"])
        values = {"rate": Decimal("60.00"), "quantity": Decimal("1000.00"), "two_workers_pay_twice": False, **changes}
        line = await database.insert(
            "contract_line",
            contract=contract,
            service_item=item["id"],
            pricing="per_hour" if item["unit"] == "hour" else "per_visit",
            reserved=Decimal(0),
            delivered=Decimal(0),
            **values,
        )
    return lot, contract, line


async def planned_visit(
    cast: Cast, placed: Placed, start: datetime, *workers: int, minutes: int = 60, state: str = "confirmed"
) -> int:
    """A visit of a placement as it stands in the table, at `start` (see clock.at), by one worker or two."""
    return await _planned_visit(cast.system, placed, start, workers, minutes, state)


@database.scoped
async def _planned_visit(
    scope: Scope, placed: Placed, start: datetime, workers: tuple[int, ...], minutes: int, state: str
) -> int:
    person = await database.fetch_one("SELECT * FROM person WHERE id = :id", id=placed.person)
    assert person is not None
    end = start + timedelta(minutes=minutes)
    visit = await database.insert(
        "visit",
        county=person["county"],
        station=placed.station,
        supplier=placed.supplier,
        placement=placed.placement,
        person=placed.person,
        service_item=placed.item,
        day=clock.day_of(start),
        planned_start=start,
        planned_end=end,
        latitude=person["latitude"],
        longitude=person["longitude"],
        state=state,
        reason="",
        note="",
        version=1,
        created_at=clock.now(),
    )
    for worker in workers:
        await database.insert(
            "visit_worker",
            visit=visit,
            worker=worker,
            supplier=placed.supplier,
            starts=start,
            ends=end,
            stands=state not in ("cancelled", "missed", "phone"),
        )
    return visit
