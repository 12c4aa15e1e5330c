"""Pages of the ladder, of what it proposes for a township, and of what goes beyond it."""

from datetime import date
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement import actions, queries
from shangmen.demand.entitlement.forms import RungForm
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs import queries as of_needs
from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.assessments.forms import AssessmentForm
from shangmen.demand.needs.forms import NeedForm, ReturnForm
from shangmen.demand.needs.states import Scale
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.filled_forms import form_of

DAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def today(cast: Cast) -> None:
    clock.set_to(clock.at(DAY, 9 * 60))


async def rung(cast: Cast, code: str = "C05", **more: Any) -> int:
    values: dict[str, Any] = {"division": cast.county, "visits": 4, "valid_from": DAY, "source": "县标准", **more}
    return await actions.add(cast.administrator, RungForm(code=code, **values))


async def assessed(cast: Cast) -> None:
    form = AssessmentForm(
        Scale.SIX_ITEM, dict.fromkeys(scales.SIX_ITEMS, 0), assessed_on=DAY, assessor="张三", second_assessor="李四"
    )
    await needs.assess(cast.station_a, cast.person_a, form)


async def open_needs(cast: Cast) -> list[tuple[str, str, int]]:
    rows = await of_needs.of_person(cast.bureau, cast.person_a)
    return sorted((row.code, str(row.state), row.visits_per_month) for row in rows)


async def test_the_administrator_writes_a_rung_and_its_next_version(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    sent = {
        "division": cast.county,
        "code": "C05",
        "visits": "4",
        "hours": "6.5",
        "valid_from": "2026-03-09",
        "source": "县标准",
    }
    answer = await visitor.post("/entitlement/", {**sent, "levels": ["TOTAL", "SEVERE"]})
    assert answer.status_code == 303
    (row,) = await queries.rungs(cast.administrator, cast.county)
    assert (row.minutes, [str(one) for one in row.gate.levels]) == (390, ["TOTAL", "SEVERE"])
    page = await visitor.get("/entitlement/")
    assert "6.5" in page.text
    answer = await visitor.post(
        f"/entitlement/{row.id}/revise",
        {**sent, "visits": "8", "valid_from": "2026-04-01", "version": str(row.version)},
    )
    assert answer.status_code == 303
    assert len(await queries.rungs(cast.administrator, cast.county)) == 2


async def test_an_officer_takes_over_what_is_proposed_with_changed_numbers(browser: OpenBrowser, cast: Cast) -> None:
    await rung(cast, "C05", proposed=2)
    await rung(cast, "V01", proposed=1)
    await assessed(cast)
    visitor = await browser(cast.bureau)
    page = await visitor.get(f"/needs/proposals?township={cast.township_a}")
    keys = [f"{cast.person_a}:C05", f"{cast.person_a}:V01"]
    assert all(key in page.text for key in keys)
    answer = await visitor.post(
        f"/needs/proposals?township={cast.township_a}",
        {"key": keys, "visits": ["3", "1"], "minutes": ["60", "30"], "take": keys[:1]},
    )
    assert answer.status_code == 303
    assert await open_needs(cast) == [("C05", "waiting", 3)]
    page = await visitor.get(f"/needs/proposals?township={cast.township_a}")
    assert keys[0] not in page.text  # what is open is not proposed again
    assert keys[1] in page.text


async def test_what_was_raised_beyond_the_ladder_stays_a_draft_and_is_named(browser: OpenBrowser, cast: Cast) -> None:
    await rung(cast, "C05", proposed=2)
    await assessed(cast)
    visitor = await browser(cast.bureau)
    key = f"{cast.person_a}:C05"
    answer = await visitor.post(
        f"/needs/proposals?township={cast.township_a}",
        {"key": [key], "visits": ["9"], "minutes": ["60"], "take": [key]},
    )
    assert answer.headers["location"].startswith("/needs/exceptions")
    assert await open_needs(cast) == [("C05", "draft", 9)]
    page = await visitor.get("/needs/exceptions")
    assert "4" in page.text
    assert "9" in page.text
    id = (await of_needs.of_person(cast.bureau, cast.person_a))[0].id
    answer = await visitor.post(f"/needs/{id}/approve", {"reason": "", "version": "1"})
    assert answer.status_code == 422
    answer = await visitor.post(f"/needs/{id}/approve", {"reason": "会议纪要3号", "version": "1"})
    assert answer.status_code == 303
    page = await visitor.get("/needs/exceptions")
    assert "会议纪要3号" in page.text
    file = await visitor.get("/needs/exceptions/export?form=csv")
    assert "会议纪要3号" in file.text and "马**" in file.text
    assert (await (await browser(cast.provider_a)).get("/needs/exceptions/export")).status_code == 403
    for stranger in (cast.stranger, cast.station_b):
        assert "会议纪要3号" not in (await (await browser(stranger)).get("/needs/exceptions/export?form=csv")).text


async def test_a_station_states_what_is_proposed_and_approves_nothing(browser: OpenBrowser, cast: Cast) -> None:
    await rung(cast, "C05", proposed=2)
    await assessed(cast)
    visitor = await browser(cast.station_a)
    key = f"{cast.person_a}:C05"
    await visitor.post("/needs/proposals", {"key": [key], "visits": ["2"], "minutes": ["60"], "take": [key]})
    assert await open_needs(cast) == [("C05", "draft", 2)]


async def test_a_station_is_shown_proposals_of_its_own_township_alone(browser: OpenBrowser, cast: Cast) -> None:
    await rung(cast, "C05", proposed=2)
    await assessed(cast)
    for stranger in (cast.station_b, cast.stranger_station):
        visitor = await browser(stranger)
        page = await visitor.get(f"/needs/proposals?township={cast.township_a}")
        assert f"{cast.person_a}:C05" not in page.text
        await visitor.post(
            f"/needs/proposals?township={cast.township_a}",
            {"key": [f"{cast.person_a}:C05"], "visits": ["2"], "minutes": ["60"], "take": [f"{cast.person_a}:C05"]},
        )
    assert await open_needs(cast) == []


@database.scoped
async def returned(scope: Scope, id: int) -> str:
    return (await of_needs.need(scope, id)).returned_reason


@pytest.mark.parametrize(("reason", "version", "status"), [("缺", "1", 422), ("先补评估", "7", 409)])
async def test_a_draft_that_cannot_be_given_back_keeps_the_reason_that_was_typed(
    browser: OpenBrowser, cast: Cast, reason: str, version: str, status: int
) -> None:
    id = await needs.state(cast.station_a, cast.person_a, NeedForm(service_item=cast.cleaning, visits_per_month=2))
    visitor = await browser(cast.bureau)
    answer = await visitor.post(f"/needs/{id}/return", {"reason": reason, "version": version})
    assert answer.status_code == status
    assert form_of(answer.text, f"/needs/{id}/return")["reason"] == reason


async def test_a_draft_that_was_given_back_is_not_approved_with_all(browser: OpenBrowser, cast: Cast) -> None:
    id = await needs.state(cast.station_a, cast.person_a, NeedForm(service_item=cast.cleaning, visits_per_month=2))
    visitor = await browser(cast.bureau)
    answer = await visitor.post(f"/needs/{id}/return", {"reason": "先补评估", "version": "1"})
    assert answer.status_code == 303
    assert await needs.approve_all(cast.bureau) == 0
    station = await browser(cast.station_a)
    page = await station.get(f"/needs/{id}")
    assert "先补评估" in page.text
    mended = {"service_item": str(cast.cleaning), "visits_per_month": "1", "version": "2", "care_plan_version": "1"}
    await station.post(f"/needs/{id}/edit", mended)
    assert await returned(cast.bureau, id) == ""
    assert await needs.approve_all(cast.bureau) == 1


async def test_what_is_given_back_is_seen_by_the_station_in_its_trail(cast: Cast) -> None:
    id = await needs.state(cast.station_a, cast.person_a, NeedForm(service_item=cast.cleaning))
    await needs.give_back(cast.bureau, id, ReturnForm("先补评估"))
    async with database.transaction(cast.station_a):
        assert await database.exists(
            "SELECT 1 FROM audit_event WHERE verb = 'needs.give_back' AND subject_id = :id AND reason = '先补评估'",
            id=id,
        )
