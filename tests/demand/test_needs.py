"""Assessments and needs: stating, approving, and how needs answer to what happens."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from shangmen import clock, database, effects, wiring
from shangmen.access import Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import actions, queries
from shangmen.demand.needs.assessments import queries as assessments
from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.assessments.forms import AssessmentForm
from shangmen.demand.needs.events import NeedEnded, NeedPaused, NeedResumed, NeedTermChanged
from shangmen.demand.needs.forms import EndForm, NeedForm, PauseForm
from shangmen.demand.needs.states import NeedState, Scale
from shangmen.demand.needs.tables import Need
from shangmen.demand.needs.windows import Preset
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.forms import EventForm, GraceForm
from shangmen.demand.recipients.states import ShareReason, StatusKind
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.supply.placements.states import OfferState
from shangmen.supply.placements.tables import Offer
from tests.cast import Cast
from tests.demand.conftest import Elder, there

TODAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def today(cast: Cast) -> None:
    clock.set_to(clock.at(TODAY, 9 * 60))


@pytest.fixture
def news(law: None) -> Iterator[list[object]]:
    """What the needs publish during the test."""
    heard: list[object] = []

    async def listen(scope: object, event: object) -> None:
        heard.append(event)

    told = (NeedEnded, NeedPaused, NeedResumed, NeedTermChanged)
    effects.wire([
        (event, handlers if event not in told else (listen,)) for event, handlers in wiring.EFFECTS
    ])  # fmt: skip
    yield heard
    wiring.wire()


def six(failed: int, **more: Any) -> AssessmentForm:
    scores = {item: int(index < failed) for index, item in enumerate(scales.SIX_ITEMS)}
    values: dict[str, Any] = {"assessor": "张三", "second_assessor": "李四", "assessed_on": date(2026, 3, 2), **more}
    return AssessmentForm(scale=Scale.SIX_ITEM, scores=scores, **values)


async def a_need(cast: Cast, **more: Any) -> int:
    values: dict[str, Any] = {"service_item": cast.cleaning, "visits_per_month": 4, **more}
    return await actions.state(cast.station_a, cast.person_a, NeedForm(**values))


async def state_of(cast: Cast, id: int) -> str:
    return (await queries.need(cast.bureau, id)).state


async def placed(cast: Cast) -> int:
    id = await a_need(cast)
    await actions.approve(cast.bureau, id)
    return await actions.place(cast.system, id)


async def test_an_assessment_says_the_level_and_when_to_look_again(cast: Cast) -> None:
    await actions.assess(cast.station_a, cast.person_a, six(4))
    latest = there(await assessments.latest(cast.station_a, cast.person_a))
    assert (latest.level, latest.total, latest.review_by) == ("TOTAL", 4, date(2027, 3, 2))


async def test_an_assessment_is_signed_by_two_different_people(cast: Cast) -> None:
    for second in ("", "张三"):
        with pytest.raises(Refused) as refused:
            await actions.assess(cast.station_a, cast.person_a, six(4, second_assessor=second))
        assert refused.value.field == "second_assessor"


async def test_an_assessment_lies_neither_ahead_nor_before_the_birth(cast: Cast) -> None:
    for day in (TODAY + timedelta(days=1), date(1930, 1, 1)):
        with pytest.raises(Refused):
            await actions.assess(cast.station_a, cast.person_a, six(1, assessed_on=day))


async def test_an_older_assessment_entered_later_does_not_count(cast: Cast) -> None:
    await actions.assess(cast.station_a, cast.person_a, six(4))
    await actions.assess(cast.station_a, cast.person_a, six(0, assessed_on=date(2025, 3, 1)))
    assert there(await assessments.latest(cast.station_a, cast.person_a)).level == "TOTAL"


async def test_a_need_takes_its_defaults_from_the_catalogue_and_the_person(cast: Cast) -> None:
    await actions.assess(cast.station_a, cast.person_a, six(4))
    id = await a_need(cast, service_item=cast.bath, visits_per_month=2)
    need = await queries.need(cast.station_a, id)
    assert (need.minutes, need.staff_count, need.required_qualification) == (60, 2, "bath_training")
    assert need.required_sex == "female"
    assert (need.priority, need.state, need.days_between) == (8, "draft", 7)


async def test_two_workers_cannot_be_talked_down_to_one(cast: Cast) -> None:
    id = await a_need(cast, service_item=cast.bath, staff_count=1)
    assert (await queries.need(cast.station_a, id)).staff_count == 2


async def test_a_minors_need_asks_for_checked_workers(cast: Cast, elder: Elder) -> None:
    child = await recipients.register(
        cast.station_a, elder(id_number="640324201603019032", guardian_name="马奶奶", living="relatives")
    )
    id = await actions.state(cast.station_a, child, NeedForm(cast.home_visit, preset=Preset.OUT_OF_SCHOOL))
    need = await queries.need(cast.station_a, id)
    assert need.minors_check
    assert need.priority == 4
    assert all(first >= 1000 for day, first, _last in need.windows if day < 5)


async def test_the_same_service_is_not_stated_twice(cast: Cast) -> None:
    await a_need(cast)
    with pytest.raises(Refused):
        await a_need(cast)


async def test_a_window_that_holds_no_visit_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        await a_need(cast, windows=[[0, 480, 500]])
    assert refused.value.field == "windows"


async def test_the_station_states_and_the_bureau_approves(cast: Cast) -> None:
    id = await a_need(cast)
    await actions.approve(cast.bureau, id)
    need = await queries.need(cast.bureau, id)
    assert (need.state, need.approved_by) == ("waiting", cast.bureau.user)
    with pytest.raises(Conflict):
        await actions.approve(cast.bureau, id)


async def test_a_need_does_not_begin_before_the_entitlement(cast: Cast) -> None:
    begins = clock.today() + timedelta(days=40)
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE household SET valid_from = :begins WHERE id = (SELECT household FROM person WHERE id = :person)",
            begins=begins,
            person=cast.person_a,
        )
    with pytest.raises(Refused, match="entitlement begins") as refused:
        await a_need(cast, valid_from=clock.today())
    assert refused.value.field == "valid_from"
    id = await a_need(cast)
    async with database.transaction(cast.system):
        assert (await database.read(Need, id)).valid_from == begins


async def test_a_need_that_starts_far_ahead_rests_as_approved(cast: Cast) -> None:
    id = await a_need(cast, valid_from=TODAY + timedelta(days=61))
    await actions.approve(cast.bureau, id)
    assert await state_of(cast, id) == "approved"
    assert not await queries.to_match(cast.system, TODAY)
    assert [row.id for row in await queries.to_match(cast.system, TODAY + timedelta(days=1))] == [id]


async def test_all_drafts_are_approved_at_once(cast: Cast) -> None:
    await a_need(cast)
    await a_need(cast, service_item=cast.home_visit)
    await actions.state(cast.station_b, cast.person_b, NeedForm(cast.home_visit))
    assert await actions.approve_all(cast.bureau, cast.township_b) == 1
    assert await actions.approve_all(cast.bureau) == 2
    assert await actions.approve_all(cast.stranger) == 0


async def test_a_stranger_cannot_approve(cast: Cast) -> None:
    id = await a_need(cast)
    with pytest.raises(NotFound):
        await actions.approve(cast.stranger, id)


async def test_placing_and_freeing_move_between_waiting_and_placed(cast: Cast) -> None:
    id = await placed(cast)
    assert await state_of(cast, id) == "placed"
    with pytest.raises(Conflict):
        await actions.place(cast.system, id)
    await actions.free(cast.system, id)
    assert await state_of(cast, id) == "waiting"


async def test_a_rest_gives_the_state_back(cast: Cast, news: list[object]) -> None:
    id = await placed(cast)
    await actions.pause(cast.station_a, id, PauseForm("探亲", TODAY + timedelta(days=9)))
    assert await state_of(cast, id) == "paused"
    await actions.resume(cast.station_a, id)
    assert await state_of(cast, id) == "placed"
    assert news == [NeedPaused(id, TODAY, TODAY + timedelta(days=9)), NeedResumed(id, TODAY)]


async def test_a_need_whose_placement_went_during_its_rest_waits_afterwards(cast: Cast) -> None:
    id = await placed(cast)
    await actions.pause(cast.station_a, id, PauseForm("探亲"))
    await actions.free(cast.system, id)
    await actions.resume(cast.station_a, id)
    assert await state_of(cast, id) == "waiting"


async def test_a_need_ends_once_with_its_last_day(cast: Cast, news: list[object]) -> None:
    id = await placed(cast)
    await actions.end(cast.station_a, id, EndForm("家人接手", TODAY))
    assert (await queries.need(cast.bureau, id)).valid_to == TODAY
    assert news == [NeedEnded(id, TODAY, "家人接手")]
    with pytest.raises(Conflict):
        await actions.end(cast.station_a, id, EndForm("家人接手"))


@pytest.mark.parametrize("kind", ["died", "moved", "institution"])
async def test_death_move_and_institution_end_needs_on_their_own_day(
    cast: Cast, news: list[object], kind: str
) -> None:
    id = await placed(cast)
    clock.set_to(clock.at(TODAY + timedelta(days=10)))
    await recipients.report_event(
        cast.assistant_a, cast.person_a, EventForm(StatusKind(kind), TODAY + timedelta(days=5))
    )
    need = await queries.need(cast.bureau, id)
    assert (need.state, need.valid_to) == ("ended", TODAY + timedelta(days=5))
    assert news == [NeedEnded(id, TODAY + timedelta(days=5), kind)]


async def test_an_earlier_day_of_death_brings_the_end_of_an_ended_need_forward(cast: Cast, news: list[object]) -> None:
    id = await placed(cast)
    clock.set_to(clock.at(TODAY + timedelta(days=10)))
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.DIED, TODAY + timedelta(days=5)))
    await recipients.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.DIED, TODAY + timedelta(days=3), note="医院证明")
    )
    assert (await queries.need(cast.bureau, id)).valid_to == TODAY + timedelta(days=3)
    assert news[-1] == NeedEnded(id, TODAY + timedelta(days=3), "died")


async def test_hospital_lets_needs_rest_and_home_resumes_them(cast: Cast, news: list[object]) -> None:
    id = await placed(cast)
    other = await a_need(cast, service_item=cast.home_visit)
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, TODAY))
    assert await state_of(cast, id) == "paused"
    assert await state_of(cast, other) == "draft"
    clock.set_to(clock.at(TODAY + timedelta(days=12)))
    await recipients.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.HOME, TODAY + timedelta(days=11))
    )
    assert await state_of(cast, id) == "placed"
    assert news == [NeedPaused(id, TODAY, None), NeedResumed(id, TODAY + timedelta(days=11))]


async def test_home_does_not_resume_what_rests_for_another_reason(cast: Cast) -> None:
    id = await placed(cast)
    await actions.pause(cast.station_a, id, PauseForm("探亲"))
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, TODAY))
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.HOME, TODAY))
    assert await state_of(cast, id) == "paused"


async def test_a_stay_known_only_afterwards_is_told_without_a_change_of_state(cast: Cast, news: list[object]) -> None:
    id = await placed(cast)
    await recipients.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, date(2026, 3, 1), until=date(2026, 3, 5))
    )
    assert await state_of(cast, id) == "placed"
    assert news == [NeedPaused(id, date(2026, 3, 1), date(2026, 3, 5))]


async def test_a_need_never_outlives_the_grace_period(cast: Cast, news: list[object]) -> None:
    """Scenario 11 of the domain facts, first half: needs are cut at the end of the grace period."""
    last = date(2027, 1, 31)
    open_ended = await placed(cast)
    household = there((await people.person(cast.station_a, cast.person_a)).household)
    await recipients.grant_grace(cast.station_a, household, GraceForm(12, date(2026, 2, 1)))
    assert (await queries.need(cast.bureau, open_ended)).valid_to == last
    assert news == [NeedTermChanged(open_ended, last)]

    later = await a_need(cast, service_item=cast.home_visit)
    assert (await queries.need(cast.bureau, later)).valid_to == last
    with pytest.raises(Refused, match="cannot run beyond"):
        await a_need(cast, service_item=cast.bath, valid_to=last + timedelta(days=1))
    with pytest.raises(Refused) as refused:
        await a_need(cast, service_item=cast.bath, valid_from=last + timedelta(days=1))
    assert refused.value.field == "valid_from"


async def test_a_new_category_carries_the_needs_on(cast: Cast, elder: Elder, news: list[object]) -> None:
    person = await recipients.register(cast.station_a, elder(household_number="F"))
    household = there((await people.person(cast.station_a, person)).household)
    await recipients.grant_grace(cast.station_a, household, GraceForm(12, date(2026, 2, 1)))
    id = await actions.state(cast.station_a, person, NeedForm(cast.home_visit))
    clock.set_to(clock.at(date(2027, 1, 20)))
    edge = elder(household_number="F", category="EDGE", household_from=date(2027, 1, 20), version=1)
    await recipients.update(cast.station_a, person, edge)
    need = await queries.need(cast.bureau, id)
    assert (need.valid_to, need.category) == (None, "EDGE")
    assert news[-1] == NeedTermChanged(id, None)


async def test_matching_gets_a_need_with_its_person_and_level_in_one_row(cast: Cast) -> None:
    await actions.assess(cast.station_a, cast.person_a, six(2))
    id = await placed(cast)
    (row,) = await queries.to_match(cast.system, TODAY)
    assert (row.id, row.level, row.state) == (id, AbilityLevel.PARTIAL, NeedState.PLACED)
    assert (row.person, row.township, row.windows) == (cast.person_a, cast.township_a, [])


async def test_a_provider_sees_a_need_only_with_an_offer(cast: Cast) -> None:
    id = await placed(cast)
    with pytest.raises(NotFound):
        await queries.need(cast.provider_a, id)

    @database.scoped
    async def offer(scope: Scope) -> None:
        await database.add(
            Offer(
                county=cast.county,
                station=cast.station_a.organisation,
                supplier=cast.provider_a.organisation,
                need=id,
                person=cast.person_a,
                metres=0,
                valid_from=TODAY,
                state=OfferState.OFFERED,
                created_at=clock.now(),
            )
        )

    await offer(cast.system)
    provider = there(cast.provider_a.organisation)
    await recipients.share(cast.bureau, cast.person_a, provider, TODAY, None, ShareReason.OFFER)
    with pytest.raises(NotFound):  # asked, and has not accepted
        await queries.need(cast.provider_a, id)
    await recipients.share(cast.bureau, cast.person_a, provider, TODAY, None, ShareReason.PLACEMENT)
    assert (await queries.need(cast.provider_a, id)).id == id
    with pytest.raises(NotFound):
        await queries.need(cast.provider_b, id)
