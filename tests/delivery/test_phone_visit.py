"""The page at the door: the tasks of the service, the way there, how far it is, a forgotten signature."""

import pytest
import pytest_asyncio

from shangmen import clock
from shangmen.delivery.service_records.at_the_door import tasks
from shangmen.delivery.service_records.forms import CheckOutForm
from shangmen.delivery.service_records.states import Confirmation
from shangmen.delivery.service_records.tables import CheckIn
from shangmen.errors import Refused
from shangmen.foundation.catalogue import seed
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.recording import DAY, arrive, leave, load_parameters, near_home, only
from tests.delivery.rows import Placed, placed_need, planned_visit

NINE = clock.at(DAY, 540)
TEN = clock.at(DAY, 600)


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


def test_every_service_of_the_catalogue_has_tasks_of_its_own() -> None:
    listed = {item.code: tasks.of_service(item.code) for item in seed.ITEMS}
    assert all(2 < len(one) < len(tasks.Task) and len(set(one)) == len(one) for one in listed.values())
    assert {task for one in listed.values() for task in one} == set(tasks.Task)
    assert tasks.of_service("X99") == list(tasks.Task)


async def test_the_page_shows_the_tasks_of_the_service_and_the_way_there(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    with clock.stopped_at(NINE):
        page = (await (await browser(cast.worker_a)).get(f"/phone/visits/{visit}")).text
    assert 'value="cleaning"' in page and 'value="bathed"' not in page
    assert 'href="geo:37.3' in page and "uri.amap.com/marker" in page
    assert 'data-fence="' in page and 'name="far_reason"' in page


async def test_a_forgotten_signature_is_told_as_that(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    await arrive(cast.worker_a, visit, NINE)
    with pytest.raises(Refused) as refused:
        await leave(cast.worker_a, visit, TEN, confirmation=None)
    assert refused.value.field == "signature" and "missing" in refused.value.message
    with pytest.raises(Refused) as refused:
        await leave(cast.worker_a, visit, TEN, confirmation=Confirmation.NONE)
    assert refused.value.field == "no_confirmation_reason"


async def test_the_reason_for_being_far_away_and_the_paid_minutes_stand_on_the_record(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    await arrive(cast.worker_a, visit, NINE, **near_home(2000), far_reason="在女儿家服务")
    assert (await only(cast, CheckIn, CheckIn.visit == visit)).far_reason == "在女儿家服务"
    record = await leave(cast.worker_a, visit, clock.at(DAY, 615), systolic=128, diastolic=82)
    page = (await (await browser(cast.station_a)).get(f"/records/{record}")).text
    assert "在女儿家服务" in page and "128" in page
    assert "同时在场75分钟，计划60分钟，取较小者计60分钟" in page


@pytest.mark.parametrize(
    ("name", "value"), [("systolic", "20"), ("temperature", "55"), ("oxygen", "120"), ("sugar", "0")]
)
async def test_no_implausible_vital_sign_is_kept(
    browser: OpenBrowser, cast: Cast, placed: Placed, name: str, value: str
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    await arrive(cast.worker_a, visit, NINE)
    said = {"confirmation": "witness", "confirmation_name": "王某", name: value}
    with clock.stopped_at(TEN):
        answer = await (await browser(cast.worker_a)).post(f"/phone/visits/{visit}/check-out", said)
    assert answer.status_code == 422 and f'value="{value}"' in answer.text
    assert not CheckOutForm().measured
