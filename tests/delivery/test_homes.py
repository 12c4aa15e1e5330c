"""A home without a point: nothing is held against an estimate, and the first good check-in proposes its place."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.homes import actions, queries
from shangmen.delivery.service_records.homes.forms import AcceptForm
from shangmen.delivery.service_records.tables import CheckIn
from shangmen.delivery.visits import actions as visits
from shangmen.delivery.visits.tables import Visit
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.homes import queries as homes
from shangmen.errors import Conflict, NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.regions.states import Accuracy
from tests.cast import Cast
from tests.conftest import Browser
from tests.delivery.planning import MONDAY, cleaning, form
from tests.delivery.recording import DAY, arrive, found, leave, load_parameters, only
from tests.delivery.rows import Placed, planned_visit

NINE = clock.at(DAY, 540)
FAR = {"latitude": Decimal("37.123456"), "longitude": Decimal("105.987654"), "accuracy": 15}


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    """Cleaning for person A, whose home has no point."""
    await load_parameters(cast)
    placed = await cleaning(cast)
    async with database.transaction(cast.system):
        await database.execute("UPDATE person SET latitude = NULL, longitude = NULL WHERE id = :id", id=cast.person_a)
    return placed


async def checked_in(cast: Cast, placed: Placed, **where: object) -> int:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    async with database.transaction(cast.system):
        await database.execute("UPDATE visit SET latitude = NULL, longitude = NULL WHERE id = :id", id=visit)
    return await arrive(cast.worker_a, visit, NINE, **{**FAR, **where})


async def test_a_planned_visit_keeps_no_estimate(cast: Cast, placed: Placed) -> None:
    id = await visits.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    visit = await only(cast, Visit, Visit.id == id)
    assert (visit.day, visit.latitude, visit.longitude) == (MONDAY, None, None)


async def test_an_estimate_is_no_distance_and_no_finding(cast: Cast, placed: Placed) -> None:
    id = await checked_in(cast, placed)
    row = await only(cast, CheckIn, CheckIn.id == id)
    assert row.metres_off is None
    record = await leave(cast.worker_a, row.visit, clock.at(DAY, 600), **FAR)
    assert "far_from_home" not in await found(cast, record)


async def test_the_first_good_check_in_proposes_the_home_and_the_station_accepts(cast: Cast, placed: Placed) -> None:
    id = await checked_in(cast, placed)
    proposed = await queries.found(cast.station_a, cast.person_a)
    assert proposed is not None and proposed.id == id
    assert [entry.params for entry in await queries.waiting(cast.station_a)] == [{"id": cast.person_a}]
    with pytest.raises(Conflict):
        await actions.accept(cast.station_a, cast.person_a, AcceptForm(check_in=id + 1))
    with pytest.raises(NotFound):
        await actions.accept(cast.station_b, cast.person_a, AcceptForm(check_in=id))
    await actions.accept(cast.station_a, cast.person_a, AcceptForm(check_in=id))
    home = await homes.home(cast.station_a, cast.person_a)
    assert (home.latitude, home.longitude, home.accuracy) == (FAR["latitude"], FAR["longitude"], Accuracy.EXACT)
    assert (await recipients.person(cast.station_a, cast.person_a)).position_accuracy == 15
    events = await audit.history(cast.station_a, "person", cast.person_a)
    assert events[0].verb == "service_records.accept_home" or events[-1].verb == "service_records.accept_home"
    assert await queries.waiting(cast.station_a) == []
    with pytest.raises(Conflict):
        await actions.accept(cast.station_a, cast.person_a, AcceptForm(check_in=id))


async def test_a_poor_position_proposes_nothing(cast: Cast, placed: Placed) -> None:
    await checked_in(cast, placed, accuracy=900)
    assert await queries.found(cast.station_a, cast.person_a) is None


async def test_a_home_with_a_point_is_not_proposed_anew(cast: Cast, placed: Placed) -> None:
    await checked_in(cast, placed)
    async with database.transaction(cast.system):
        await database.execute("UPDATE person SET latitude = 37.3, longitude = 105.9 WHERE id = :id", id=cast.person_a)
    assert await queries.found(cast.station_a, cast.person_a) is None


async def test_the_station_accepts_with_one_click(
    browser: Callable[[Scope | None], Awaitable[Browser]], cast: Cast, placed: Placed
) -> None:
    id = await checked_in(cast, placed)
    visitor = await browser(cast.station_a)
    assert "确认为住址位置" in (await visitor.get(f"/recipients/{cast.person_a}")).text
    answer = await visitor.post(f"/recipients/{cast.person_a}/home", {"check_in": str(id)})
    assert answer.status_code == 303
    assert "确认为住址位置" not in (await visitor.get(f"/recipients/{cast.person_a}")).text
