"""What the demo county has bought: four lots, their contracts, and staff sized to the work."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.demo.places import County, Staff
from shangmen.demo.population import Somebody
from shangmen.demo.wants import (
    BATH,
    BED_BATH,
    CHILD,
    CLEAN,
    MEAL,
    MEDICINE,
    MINUTES,
    NURSING,
    REHAB,
    VISIT,
    Want,
)
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations.states import Position
from shangmen.supply.contracts import actions as contracts
from shangmen.supply.contracts.forms import ContractForm, LineForm
from shangmen.supply.contracts.lots import actions as lots
from shangmen.supply.contracts.lots.forms import LotForm
from shangmen.supply.contracts.states import Pricing

_CARE = (CLEAN, NURSING, BATH, BED_BATH, MEDICINE, REHAB)
_RATES = {
    CLEAN: (Pricing.PER_HOUR, "32.00"),
    NURSING: (Pricing.PER_HOUR, "45.00"),
    BATH: (Pricing.PER_VISIT, "138.00"),
    BED_BATH: (Pricing.PER_VISIT, "68.00"),
    MEDICINE: (Pricing.PER_VISIT, "20.00"),
    REHAB: (Pricing.PER_VISIT, "90.00"),
    CHILD: (Pricing.PER_VISIT, "65.00"),
    MEAL: (Pricing.PER_VISIT, "28.00"),
}
TERM_DAYS = 365
TRAVEL = 1.8  # minutes of a worker's time for a minute at the door, ways included


@dataclass(frozen=True)
class Sale:
    """A lot's contract: who, for what share of the lot's work."""

    provider: int  # index among the six
    share: float


@dataclass(frozen=True)
class Purchase:
    """A lot: number, name, area, items, gate, and who won it."""

    number: str
    name: str
    area: str
    items: tuple[str, ...]
    groups: tuple[PersonGroup, ...]
    categories: tuple[Category, ...]
    sales: tuple[Sale, ...]
    money: float  # of what the work would cost


_GROWN = (PersonGroup.ELDER, PersonGroup.DISABLED)
PURCHASES = (
    Purchase("A", "东片区照料服务", "east", _CARE, _GROWN, (), (Sale(0, 0.55), Sale(1, 0.45)), 1.02),
    Purchase(
        "B", "西片区照料服务", "west", _CARE, _GROWN, (Category.TEKUN, Category.DIBAO, Category.EDGE),
        (Sale(2, 0.55), Sale(3, 0.45)), 1.02,
    ),
    Purchase("C", "未成年人家庭探访", "all", (CHILD,), (PersonGroup.MINOR,), (), (Sale(4, 0.6), Sale(5, 0.4)), 1.05),
    Purchase(
        "D", "困难群众暖心助餐", "all", (MEAL,), _GROWN, (),
        (Sale(5, 0.4), Sale(1, 0.25), Sale(4, 0.35)),
        0.9,
    ),
)  # fmt: skip


def _work(people: Sequence[Somebody], needs: Sequence[Want], made: County) -> dict[tuple[str, str], tuple[int, int]]:
    """(area, item) -> visits and minutes a month."""
    east = set(made.east)
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for want in needs:
        area = "east" if people[want.person].township in east else "west"
        visits, minutes = totals.get((area, want.item), (0, 0))
        totals[area, want.item] = visits + want.visits, minutes + want.visits * want.minutes
    return totals


def _in(work: dict[tuple[str, str], tuple[int, int]], area: str, item: str) -> tuple[int, int]:
    areas = ("east", "west") if area == "all" else (area,)
    found = [work.get((a, item), (0, 0)) for a in areas]
    return sum(v for v, _ in found), sum(m for _, m in found)


def _cost(item: str, visits: int, minutes: int) -> Decimal:
    pricing, rate = _RATES[item]
    return Decimal(rate) * (Decimal(minutes) / 60 if pricing is Pricing.PER_HOUR else visits)


async def buy(made: County, people: Sequence[Somebody], needs: Sequence[Want], first: date) -> list[int]:
    """Lots and contracts in force from `first` for a year; the contracts' ids."""
    work = _work(people, needs, made)
    officer = await made.scope("bureau")
    areas = {"east": made.east, "west": made.west, "all": [t.id for t in made.townships]}
    last = first + timedelta(days=TERM_DAYS - 1)
    signed = []
    for purchase in PURCHASES:
        items = {item: (await catalogue.item_by_code(officer, item)).id for item in purchase.items}
        year = sum((_cost(i, *_in(work, purchase.area, i)) for i in purchase.items), Decimal(0)) * 12
        ceiling = (year * Decimal(str(purchase.money))).quantize(Decimal("100"))
        lot = await lots.create(
            officer,
            LotForm(
                number=f"{first.year}-{purchase.number}",
                name=purchase.name,
                townships=areas[purchase.area],
                service_items=list(items.values()),
                ceiling=ceiling,
                valid_from=first,
                valid_to=last,
                groups=list(purchase.groups),
                categories=list(purchase.categories),
            ),
        )
        for number, sale in enumerate(purchase.sales, 1):
            share = Decimal(str(sale.share))
            contract = await contracts.create(
                officer,
                lot,
                ContractForm(
                    provider=made.providers[sale.provider],
                    number=f"TX{first.year}-{purchase.number}{number}",
                    term_from=first,
                    term_to=last,
                    ceiling=(ceiling * share).quantize(Decimal("0.01"), rounding="ROUND_DOWN"),
                ),
            )
            for item, id in items.items():
                visits, minutes = _in(work, purchase.area, item)
                pricing, rate = _RATES[item]
                units = Decimal(minutes) / 60 if pricing is Pricing.PER_HOUR else Decimal(visits)
                await contracts.add_line(
                    officer,
                    contract,
                    LineForm(
                        service_item=id,
                        pricing=pricing,  # type: ignore[arg-type]  # one of the two words
                        rate=Decimal(rate),
                        quantity=max(Decimal(12), (units * 12 * share * Decimal("1.5")).quantize(Decimal(1))),
                    ),
                )
            await contracts.sign(officer, contract)
            signed.append(contract)
    return signed


def staff(made: County, people: Sequence[Somebody], needs: Sequence[Want]) -> dict[int, list[Staff]]:
    """Who works where: enough for nearly all of the work, with two gaps on purpose (men for baths, therapists)."""
    work = _work(people, needs, made)
    plan: dict[int, list[Staff]] = {}
    month = 8800.0  # minutes that one worker gives
    at_station: dict[int, int] = {}
    for want in needs:
        if want.item == VISIT:
            station = people[want.person].station
            at_station[station] = at_station.get(station, 0) + want.visits * want.minutes
    for number, station in enumerate(made.stations.values()):
        heads = max(2, math.ceil(at_station.get(station, 0) * TRAVEL * 1.15 / month))
        checked = number % 2 == 0  # for work with minors: the other stations leave that to the provider
        plan[station] = [
            Staff(heads - heads // 2, heads // 2, Position.SOCIAL_WORKER, ("social_worker",), checked=checked)
        ]
    minutes = dict.fromkeys(range(len(made.providers)), 0.0)
    for purchase in PURCHASES:
        for sale in purchase.sales:
            for item in purchase.items:
                people_at_once = 2 if item == BATH else 1
                minutes[sale.provider] += _in(work, purchase.area, item)[1] * sale.share * people_at_once * TRAVEL
    for index, provider in enumerate(made.providers):
        heads = max(3, round(minutes[index] / month))
        men = max(1, round(heads * 0.4))
        care = Staff(
            heads - men, men, Position.CARE_WORKER, ("health_certificate", "care_worker"),
            trained=(2, 1 if index == 3 else 2) if index < 4 else (0, 0), checked=index >= 4,
        )  # fmt: skip
        plan[provider] = [care]
    return plan


__all__ = ["MINUTES", "PURCHASES", "TERM_DAYS", "buy", "staff"]
