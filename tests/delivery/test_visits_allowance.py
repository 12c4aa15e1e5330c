"""Visits keep to the ladder of entitlement: planned, filled in and confirmed within what it grants of a month."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions
from shangmen.delivery.visits.forms import FillForm
from shangmen.demand.entitlement.tables import Rung
from shangmen.demand.needs.tables import Need
from shangmen.errors import Faults, Refused
from tests.cast import Cast
from tests.delivery.planning import MONDAY, add, cleaning, form


async def granted(cast: Cast, code: str = "C05", **amount: Any) -> None:
    await add(cast.system, Rung(division=cast.county, code=code, valid_from=clock.today(), source="x", **amount))


async def said(cast: Cast, placement: int, **changes: Any) -> str:
    with pytest.raises(Faults) as refused:
        await actions.plan(cast.provider_a, placement, form(cast.worker_a.worker, **changes))
    sentence, parameters = refused.value.faults["day"]
    return sentence % parameters


async def test_no_more_visits_are_planned_in_a_month_than_the_ladder_grants(cast: Cast) -> None:
    await granted(cast, visits=1)
    served = await cleaning(cast)
    await actions.plan(cast.provider_a, served.placement, form(cast.worker_a.worker))
    assert "grants 1 visits a month of this service, not 2" in await said(cast, served.placement, start="14:00")


async def test_hours_and_money_of_a_month_are_limits_too(cast: Cast) -> None:
    await granted(cast, minutes=90, yuan=Decimal("100"))
    served = await cleaning(cast)  # an hour costs 60 yuan
    assert "1.5 hours" in await said(cast, served.placement, minutes=91)
    await granted(cast, code="", yuan=Decimal("80"))
    assert "¥80.00 a month in all" in await said(cast, served.placement, minutes=85)


async def test_what_an_officer_approved_beyond_the_ladder_is_served(cast: Cast) -> None:
    await granted(cast, visits=0)
    served = await cleaning(cast)
    assert "grants nothing" in await said(cast, served.placement)
    async with database.transaction(cast.system):
        await database.change(Need, served.need, {Need.exception_reason: "会议纪要"})
    await actions.plan(cast.provider_a, served.placement, form(cast.worker_a.worker))


@database.scoped
async def planned(scope: Scope, placement: int) -> int:
    return await database.number(
        "SELECT count(*) FROM visit WHERE placement = :placement AND state = 'planned'", placement=placement
    )


async def test_the_filler_plans_what_is_granted_and_no_more(cast: Cast) -> None:
    await granted(cast, visits=3)
    served = await cleaning(cast)
    first, last = clock.month_of(MONDAY)
    await actions.fill(cast.provider_a, FillForm(first=first, last=last))
    assert await planned(cast.provider_a, served.placement) == 3


async def test_a_visit_is_confirmed_only_while_the_ladder_grants_it(cast: Cast) -> None:
    served = await cleaning(cast)
    ids = [
        await actions.plan(cast.provider_a, served.placement, form(cast.worker_a.worker, day=MONDAY + timedelta(days)))
        for days in (0, 2)
    ]
    await granted(cast, visits=1)
    await actions.confirm(cast.provider_a, ids[1])
    with pytest.raises(Refused, match="grants 1 visits a month"):
        await actions.confirm(cast.provider_a, ids[0])
