"""Offers keep to the ladder of entitlement: when they are made, and when they are accepted."""

from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.demand.entitlement.tables import Rung
from shangmen.demand.needs.tables import Need
from shangmen.errors import Refused
from shangmen.supply.placements.offers import actions as offers
from tests.cast import Cast
from tests.supply.rows import bought, offered, waiting_need

D = Decimal


async def _granted(cast: Cast, code: str = "V01", **amount: Any) -> None:
    async with database.transaction(cast.system):
        await database.add(Rung(division=cast.county, code=code, valid_from=clock.today(), source="x", **amount))


async def test_no_offer_is_made_of_more_visits_than_the_ladder_grants_now(cast: Cast) -> None:
    need = await waiting_need(cast)
    await _granted(cast, visits=3)
    with pytest.raises(Refused, match="grants 3 visits a month of this service, not 4"):
        await offered(cast, need, cast.station_a, None)


async def test_an_offer_of_as_much_as_the_ladder_grants_is_made(cast: Cast) -> None:
    need = await waiting_need(cast)
    await _granted(cast, visits=4, minutes=120)
    assert await offered(cast, need, cast.station_a, None)


async def test_the_money_a_month_is_that_of_the_line(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, rate=D("40"))
    need = await waiting_need(cast)
    await _granted(cast, yuan=D("159"))
    with pytest.raises(Refused, match=r"¥159\.00 a month for this service; here it would cost ¥160\.00"):
        await offered(cast, need, cast.provider_a, made.line)


async def test_an_offer_is_not_accepted_when_the_ladder_grants_less_by_then(cast: Cast) -> None:
    offer = await offered(cast, await waiting_need(cast), cast.station_a, None)
    await _granted(cast, visits=3)
    with pytest.raises(Refused, match="grants 3 visits a month"):
        await offers.accept(cast.station_a, offer)


async def test_all_services_together_are_measured_with_what_is_served_and_on_offer(cast: Cast) -> None:
    await offers.accept(cast.station_a, await offered(cast, await waiting_need(cast), cast.station_a, None))
    other = await waiting_need(cast, item=cast.cleaning)
    await _granted(cast, "", visits=7)
    with pytest.raises(Refused, match="7 visits a month in all; with the other needs it would be 8"):
        await offered(cast, other, cast.station_a, None)


async def test_what_an_officer_approved_beyond_the_ladder_is_offered(cast: Cast) -> None:
    need = await waiting_need(cast)
    await _granted(cast, visits=0)
    async with database.transaction(cast.system):
        await database.change(Need, need, {Need.exception_reason: "会议纪要"})
    assert await offered(cast, need, cast.station_a, None)
