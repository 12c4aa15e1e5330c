"""Rows that the tests of delivery stand on: a need that is placed, its contract, a planned visit.

Written as the system, past the verbs of demand and supply, so that a test of a visit speaks only of visits.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.states import FALLEN, VisitReason, VisitState
from shangmen.delivery.visits.tables import Visit, VisitWorker
from shangmen.demand.needs.states import NeedState, PausedFrom, RequiredSex
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.states import ShareReason
from shangmen.demand.recipients.tables import Person, Share
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import seed
from shangmen.foundation.catalogue.states import ServiceUnit
from shangmen.foundation.catalogue.tables import Parameter, ServiceItem
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
from shangmen.supply.contracts.states import ContractState, Pricing
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot, LotArea, LotService
from shangmen.supply.placements.states import OfferState
from shangmen.supply.placements.tables import Offer, Placement
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
    owner = await database.read(Person, person)
    service = await database.read(ServiceItem, item)
    of_line = ("rate", "quantity", "two_workers_pay_twice")
    line_changes: dict[str, Any] = {key: changes.pop(key) for key in of_line if key in changes}
    lot, contract, line = await _contract(cast, organisation, service, line_changes)
    values: dict[str, Any] = {
        "visits_per_month": 8,
        "minutes": service.standard_minutes,
        "staff_count": service.staff_count,
        "required_sex": RequiredSex(owner.sex) if service.same_sex else RequiredSex.EITHER,
        "required_qualification": service.required_qualification,
        "minors_check": service.minors_check,
        "windows": ANY_TIME,
        "priority": 2,
        "valid_from": FROM,
        "valid_to": None,
        "state": NeedState.PLACED,
        **changes,
    }
    need = Need(
        county=owner.county,
        station=owner.station,
        person=person,
        service_item=item,
        paused_from=PausedFrom.NOTHING,
        created_at=clock.now(),
        **values | {"windows": database.to_json(values["windows"])},
    )
    need_id = await database.add(need)
    common: dict[str, Any] = {
        "county": owner.county,
        "station": owner.station,
        "supplier": organisation,
        "need": need_id,
        "person": person,
        "contract_line": line,
        "metres": 5000,
        "valid_from": need.valid_from,
        # what a contract pays for ends with it
        "valid_to": min(need.valid_to or TO, TO) if line else need.valid_to,
        "created_at": clock.now(),
    }
    offer = await database.add(Offer(**common, state=OfferState.ACCEPTED, decided_at=clock.now()))
    units, yuan = (Decimal("100.00"), Decimal("6000.00")) if line else (Decimal(0), Decimal(0))
    placement = await database.add(Placement(**common, offer=offer, reserved_units=units, reserved_yuan=yuan))
    if line:
        more = "UPDATE {} SET reserved = reserved + :more WHERE id = :id"
        await database.execute(more.format("contract_line"), more=units, id=line)
        await database.execute(more.format("contract"), more=yuan, id=contract)
    await database.add(
        Share(
            county=owner.county,
            person=person,
            organisation=organisation,
            valid_from=FROM,
            reason=ShareReason.PLACEMENT,
        )
    )
    record(cast.system, "tests.place", "placement", placement)  # the trail tells of all these rows
    return Placed(need_id, offer, placement, person, owner.station, organisation, item, lot, contract, line)


async def _parameters() -> None:
    """The parameters of law and policy, as a new installation has them."""
    if not await Parameter.exists().where(Parameter.name == "office_hours"):
        await Parameter.insert(
            *(
                Parameter(
                    name=one.name,
                    value=database.to_json(one.value),
                    unit=one.unit,
                    valid_from=one.valid_from,
                    source=one.source,
                )
                for one in seed.PARAMETERS
            )
        )


async def _contract(
    cast: Cast, organisation: int, item: ServiceItem, changes: dict[str, Any]
) -> tuple[int | None, int | None, int | None]:
    """The provider's lot, contract and line for the item, made where there is none; nothing for a station."""
    if (await database.read(Organisation, organisation)).kind is not OrganisationKind.PROVIDER:
        return None, None, None
    number = f"TEST-{organisation}"
    found = await Contract.objects().where(Contract.provider == organisation, Contract.number == number).first()
    if found:
        lot, contract = found.lot, found.id
    else:
        lot = await database.add(
            Lot(
                county=cast.county,
                purchaser=cast.bureau.organisation,
                number=f"L{organisation}",
                name="lot",
                ceiling=CEILING,
                valid_from=FROM,
                valid_to=TO,
            )
        )
        for township in (cast.township_a, cast.township_b):
            await database.add(LotArea(lot=lot, division=township))
        contract = await database.add(
            Contract(
                county=cast.county,
                lot=lot,
                provider=organisation,
                number=number,
                term_from=FROM,
                term_to=TO,
                ceiling=CEILING,
                original_ceiling=CEILING,
                state=ContractState.IN_FORCE,
                signed_on=FROM,
            )
        )
    line = (
        await ContractLine.objects()
        .where(ContractLine.contract == contract, ContractLine.service_item == item.id)
        .first()
    )
    if line is not None:
        return lot, contract, line.id
    await database.add(LotService(lot=lot, service_item=item.id))
    values = {"rate": Decimal("60.00"), "quantity": Decimal("1000.00"), "two_workers_pay_twice": False, **changes}
    pricing = Pricing.PER_HOUR if item.unit is ServiceUnit.HOUR else Pricing.PER_VISIT
    made = ContractLine(contract=contract, service_item=item.id, pricing=pricing, **values)
    return lot, contract, await database.add(made)


async def planned_visit(
    cast: Cast,
    placed: Placed,
    start: datetime,
    *workers: int | None,
    minutes: int = 60,
    state: VisitState = VisitState.CONFIRMED,
) -> int:
    """A visit of a placement as it stands in the table, at `start` (see clock.at), by one worker or two."""
    return await _planned_visit(cast.system, placed, start, workers, minutes, state)


@database.scoped
async def _planned_visit(
    scope: Scope, placed: Placed, start: datetime, workers: tuple[int | None, ...], minutes: int, state: VisitState
) -> int:
    person = await database.read(Person, placed.person)
    end = start + timedelta(minutes=minutes)
    visit = await database.add(
        Visit(
            county=person.county,
            station=placed.station,
            supplier=placed.supplier,
            placement=placed.placement,
            person=placed.person,
            service_item=placed.item,
            day=clock.day_of(start),
            planned_start=start,
            planned_end=end,
            latitude=person.latitude,
            longitude=person.longitude,
            state=state,
            reason=VisitReason.NONE,
            created_at=clock.now(),
        )
    )
    for worker in workers:
        await database.add(
            VisitWorker(
                visit=visit,
                worker=worker,
                supplier=placed.supplier,
                starts=start,
                ends=end,
                stands=state not in FALLEN,
            )
        )
    return visit
