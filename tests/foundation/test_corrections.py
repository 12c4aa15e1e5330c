"""What was registered wrongly is corrected; what is over is closed; nothing is cut below its use."""

from datetime import date, timedelta

import pytest

from shangmen import clock, database
from shangmen.errors import Conflict, Refused
from shangmen.foundation.organisations import actions, queries
from shangmen.foundation.organisations.forms import CorrectionForm, EngagementForm, StatusForm, WorkerCorrectionForm
from shangmen.foundation.organisations.standing import actions as standing
from shangmen.foundation.organisations.states import OrganisationStatus, Position
from shangmen.foundation.organisations.workers import actions as engaging
from shangmen.foundation.organisations.workers import queries as workers
from shangmen.foundation.organisations.workers.correction import actions as correction
from tests.cast import LONG_AGO, Cast
from tests.conftest import OpenBrowser
from tests.delivery.planning import MONDAY
from tests.delivery.rows import placed_need, planned_visit
from tests.filled_forms import form_of

WHY = StatusForm(reason="机构注销")


async def kept(cast: Cast, id: int, **changes: object) -> CorrectionForm:
    """An organisation as it is, with changes."""
    row = await queries.organisation(cast.bureau, id)
    names = (
        "name",
        "credit_code",
        "township",
        "operator",
        "supervisor",
        "address",
        "telephone",
        "latitude",
        "longitude",
    )
    now = {name: getattr(row, name) for name in names}
    now["credit_code"] = now["credit_code"] or ""
    now["areas"] = [area.id for area in await queries.areas(cast.bureau, id)]
    return CorrectionForm(**{**now, **changes})  # type: ignore[arg-type]  # as typed


async def test_a_wrong_address_of_a_provider_is_mended(browser: OpenBrowser, cast: Cast) -> None:
    path = f"/organisations/{cast.provider_a.organisation}"
    visitor = await browser(cast.bureau)
    form = form_of((await visitor.get(f"{path}/edit")).text, f"{path}/edit")
    sent = {**form, "address": "豫海镇新区 5 号", "latitude": "36.985000", "longitude": "105.912000"}
    assert (await visitor.post(f"{path}/edit", sent)).status_code == 303
    page = (await visitor.get(path)).text
    assert "豫海镇新区 5 号" in page and "36.985000" in page and "更正机构信息" in page


async def test_only_what_was_typed_changes(cast: Cast) -> None:
    id = cast.station_a.organisation or 0
    before = await queries.organisation(cast.bureau, id)
    await actions.correct(cast.bureau, id, await kept(cast, id, telephone="0953-8022345"))
    after = await queries.organisation(cast.bureau, id)
    changed = {name for name in vars(before) if getattr(before, name) != getattr(after, name)}
    assert changed == {"telephone", "version"}
    assert [row.id for row in await queries.areas(cast.bureau, id)] == [cast.township_a]  # its own


async def test_a_supplier_does_not_leave_a_township_in_which_it_serves_somebody(cast: Cast) -> None:
    id = cast.provider_a.organisation or 0
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    both = await kept(cast, id, areas=[cast.township_a, cast.township_b])
    await actions.correct(cast.bureau, id, both)
    await actions.correct(cast.bureau, id, await kept(cast, id, areas=[cast.township_a]))
    with pytest.raises(Refused) as refused:
        await actions.correct(cast.bureau, id, await kept(cast, id, areas=[cast.township_b]))
    assert refused.value.field == "areas"
    assert [row.id for row in await queries.areas(cast.bureau, id)] == [cast.township_a]


async def test_a_station_keeps_its_own_township_and_takes_no_other_s(cast: Cast) -> None:
    id = cast.station_a.organisation or 0
    with pytest.raises(Refused) as refused:
        await actions.correct(cast.bureau, id, await kept(cast, id, township=cast.township_b))
    assert refused.value.field == "township"


async def test_a_suspended_organisation_takes_on_nothing_new_until_it_works_again(cast: Cast) -> None:
    id = cast.provider_a.organisation or 0
    await standing.suspend(cast.bureau, id, WHY)
    assert not await queries.stands(cast.bureau, id, clock.today())
    await standing.reopen(cast.bureau, id, WHY)
    assert await queries.stands(cast.bureau, id, clock.today())
    with pytest.raises(Conflict):
        await standing.reopen(cast.bureau, id, WHY)


async def test_an_organisation_that_is_needed_is_not_closed(cast: Cast) -> None:
    for scope in (cast.station_a, cast.bureau):
        with pytest.raises((Refused, Conflict)):
            await standing.close(cast.bureau, scope.organisation or 0, WHY)
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    with pytest.raises(Refused, match="is not ended"):
        await standing.close(cast.bureau, cast.provider_a.organisation or 0, WHY)


async def test_closing_says_what_ends_and_ends_it(browser: OpenBrowser, cast: Cast) -> None:
    path = f"/organisations/{cast.provider_b.organisation}"
    visitor, manager = await browser(cast.bureau), await browser(cast.provider_b)
    form = {**form_of((await visitor.get(path)).text, f"{path}/close"), "reason": "机构注销"}
    told = await visitor.post(f"{path}/close", form)
    assert told.status_code == 200 and "结束任职：1 人" in told.text and "停用账号" in told.text
    assert (await manager.get("/tasks")).status_code == 200
    sure = form_of(told.text, f"{path}/close")
    assert (await visitor.post(f"{path}/close", sure)).status_code == 303
    organisation = await queries.organisation(cast.bureau, cast.provider_b.organisation or 0)
    assert organisation.status is OrganisationStatus.CLOSED
    assert (await manager.get("/tasks")).status_code == 303  # to the log-in
    (row,) = await workers.engagements(cast.system, cast.worker_b.worker or 0)
    assert row.valid_to == clock.today()
    with pytest.raises(Conflict, match="closed"):
        await actions.correct(cast.bureau, organisation.id, await kept(cast, organisation.id))


async def test_a_worker_s_wrong_name_and_number_are_corrected(cast: Cast) -> None:
    id = cast.worker_a.worker or 0
    before = await workers.worker(cast.provider_a, id)
    await correction.correct(cast.provider_a, id, WorkerCorrectionForm(name="马秀英", id_number="64052119861012904２"))
    after = await workers.worker(cast.provider_a, id)
    assert (after.name, after.id_number, after.birth_date) == ("马秀英", "640521198610129042", date(1986, 10, 12))
    assert after.telephone == before.telephone
    await correction.correct(cast.provider_a, id, WorkerCorrectionForm(name="马秀英"))
    assert (await workers.worker(cast.provider_a, id)).id_number == "640521198610129042"


async def test_no_two_workers_of_a_county_have_one_number(cast: Cast) -> None:
    taken = (await workers.worker(cast.system, cast.worker_b.worker or 0)).id_number
    with pytest.raises(Refused) as refused:
        await correction.correct(
            cast.provider_a, cast.worker_a.worker or 0, WorkerCorrectionForm(name="测试", id_number=taken)
        )
    assert refused.value.field == "id_number"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"daily_hours": "0.5"}, "daily_hours"),
        ({"monthly_hours": "1"}, "monthly_hours"),
        ({"valid_to": (MONDAY - timedelta(1)).isoformat()}, "valid_to"),
        ({"valid_from": (MONDAY + timedelta(1)).isoformat()}, "valid_from"),
    ],
)
async def test_hours_are_not_cut_below_the_visits_that_are_planned(
    browser: OpenBrowser, cast: Cast, change: dict[str, str], field: str
) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    await planned_visit(cast, placed, clock.at(MONDAY, 570), cast.worker_a.worker, minutes=90)
    path = f"/workers/{cast.worker_a.worker}"
    visitor = await browser(cast.provider_a)
    form = form_of((await visitor.get(path)).text, f"{path}/engagement")
    answer = await visitor.post(f"{path}/engagement", {**form, **change})
    assert answer.status_code == 422 and f'id="engage-{field}-fault"' in answer.text
    enough = {"daily_hours": "1.5", "monthly_hours": "1.5", "valid_to": MONDAY.isoformat()}
    assert (await visitor.post(f"{path}/engagement", {**form, **enough})).status_code == 303


async def test_hours_are_typed_and_shown_as_hours(browser: OpenBrowser, cast: Cast) -> None:
    path = f"/workers/{cast.worker_a.worker}"
    visitor = await browser(cast.provider_a)
    form = form_of((await visitor.get(path)).text, f"{path}/engagement")
    assert (form["daily_hours"], form["monthly_hours"]) == ("10", "200")
    sent = {**form, "daily_hours": "7.5", "monthly_hours": "150"}
    assert (await visitor.post(f"{path}/engagement", sent)).status_code == 303
    (row,) = await workers.engagements(cast.provider_a, cast.worker_a.worker or 0)
    assert (row.daily_minutes, row.monthly_minutes) == (450, 9000)
    program = EngagementForm(position=Position.NURSE, valid_from=LONG_AGO, daily_minutes=300)
    await engaging.engage(cast.provider_a, cast.worker_a.worker or 0, program)
    assert "5 小时" in (await visitor.get(path)).text


async def test_a_stranger_corrects_and_closes_nothing(browser: OpenBrowser, cast: Cast) -> None:
    own, worker = cast.provider_a.organisation, cast.worker_a.worker
    foreign = await browser(cast.stranger)
    for path in (f"/organisations/{own}/edit", f"/organisations/{own}/suspend", f"/organisations/{own}/close"):
        sent = {"reason": "why not", "name": "别人的", "version": "1", "credit_code": "52640324MJX000018N"}
        assert (await foreign.post(path, sent)).status_code == 404, path
    assert (await foreign.get(f"/organisations/{own}/edit")).status_code == 404
    for scope in (cast.provider_b, cast.station_b, cast.stranger_provider, cast.stranger_station):
        visitor = await browser(scope)
        assert (await visitor.get(f"/workers/{worker}/edit")).status_code == 404
        sent = {"name": "别人的", "version": "1"}
        assert (await visitor.post(f"/workers/{worker}/edit", sent)).status_code == 404
        assert (await visitor.get(f"/organisations/{own}/edit")).status_code == 403
    async with database.transaction(cast.system):
        assert await database.value(str, "SELECT name FROM worker WHERE id = :id", id=worker) == "测试甲女"
