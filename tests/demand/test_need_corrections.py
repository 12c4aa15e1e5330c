"""Drafts of needs are corrected until they are approved; what is approved is what was read."""

import pytest

from shangmen.demand.needs import actions, queries
from shangmen.demand.needs.drafts import actions as drafts
from shangmen.demand.needs.forms import NeedEditForm, NeedForm, PlanForm
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.windows import Preset
from shangmen.errors import Conflict, Refused
from shangmen.foundation.catalogue import actions as catalogue
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.filled_forms import form_of


async def draft(cast: Cast, **changes: object) -> int:
    await catalogue.load(cast.system)
    form = {"service_item": cast.cleaning, "visits_per_month": 4, "goal": "家里整洁", **changes}
    return await actions.state(cast.station_a, cast.person_a, NeedForm(**form))  # type: ignore[arg-type]  # as typed


@pytest.mark.parametrize(
    "windows",
    [
        [],
        [(day, 480, 720) for day in range(7)],
        [(0, 540, 660), (2, 540, 660), (4, 600, 700), (5, 480, 600)],
        [(day, 500, 620) for day in range(5)],
    ],
)
async def test_a_form_sent_as_it_came_changes_nothing(
    browser: OpenBrowser, cast: Cast, windows: list[tuple[int, int, int]]
) -> None:
    id = await draft(cast, windows=windows, preset=Preset.ROWS if windows else Preset.ANY)
    visitor, path = await browser(cast.station_a), f"/needs/{id}/edit"
    before = await queries.need(cast.station_a, id)
    form = form_of((await visitor.get(path)).text, path)
    assert (await visitor.post(path, form)).status_code == 303
    after = await queries.need(cast.station_a, id)
    assert {name for name in vars(before) if getattr(before, name) != getattr(after, name)} == {"version"}


async def test_a_draft_gets_another_service_with_all_that_follows(cast: Cast) -> None:
    id = await draft(cast)
    await drafts.correct(cast.station_a, id, NeedEditForm(service_item=cast.bath, visits_per_month=2))
    need = await queries.need(cast.station_a, id)
    assert (need.service_item, need.visits_per_month, need.staff_count, need.required_sex) == (
        cast.bath,
        2,
        2,
        "female",
    )
    other = await actions.state(cast.station_a, cast.person_a, NeedForm(service_item=cast.cleaning))
    with pytest.raises(Refused) as refused:
        await drafts.correct(cast.station_a, other, NeedEditForm(service_item=cast.bath))
    assert refused.value.field == "service_item"


async def test_what_is_approved_is_no_draft_any_more(browser: OpenBrowser, cast: Cast) -> None:
    id = await draft(cast)
    await actions.approve(cast.bureau, id)
    with pytest.raises(Conflict):
        await drafts.correct(cast.station_a, id, NeedEditForm(service_item=cast.cleaning))
    assert (await (await browser(cast.station_a)).get(f"/needs/{id}/edit")).status_code == 409


async def test_nobody_approves_what_was_changed_since_they_read_it(browser: OpenBrowser, cast: Cast) -> None:
    id = await draft(cast)
    officer, path = await browser(cast.bureau), f"/needs/{id}/approve"
    read = form_of((await officer.get(f"/needs/{id}")).text, path)
    await drafts.correct(cast.station_a, id, NeedEditForm(service_item=cast.cleaning, visits_per_month=30))
    answer = await officer.post(path, read)
    assert answer.status_code == 409 and "<dd>30" in answer.text
    assert (await queries.need(cast.bureau, id)).state is NeedState.DRAFT
    assert (await officer.post(path, form_of(answer.text, path))).status_code == 303


async def test_the_goal_is_changed_while_the_plan_runs(cast: Cast) -> None:
    id = await draft(cast)
    await actions.approve(cast.bureau, id)
    await drafts.set_goal_of(cast.station_a, id, PlanForm(goal="能自己下楼"))
    plan = await queries.care_plan(cast.station_a, (await queries.need(cast.station_a, id)).care_plan)
    assert plan is not None and plan.goal == "能自己下楼"


async def test_a_stranger_corrects_no_draft(browser: OpenBrowser, cast: Cast) -> None:
    id = await draft(cast)
    for scope in (cast.station_b, cast.stranger_station):
        visitor = await browser(scope)
        for path in (f"/needs/{id}/edit", f"/needs/{id}/goal"):
            assert (await visitor.get(path)).status_code == 404
            sent = {"service_item": str(cast.cleaning), "version": "1", "goal": "x"}
            assert (await visitor.post(path, sent)).status_code == 404
