"""Planning visits by hand: what stands, and every refusal with its sentence beside the field."""

from collections.abc import Awaitable
from datetime import date, timedelta

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions, queries
from shangmen.delivery.visits.forms import CancelForm, CancelReason, PhoneForm
from shangmen.delivery.visits.states import VisitState
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import StatusEvent
from shangmen.errors import Faults, NotFound
from shangmen.foundation.organisations.tables import Qualification
from tests.cast import Cast
from tests.delivery.planning import MONDAY, absent, add, cleaning, form
from tests.delivery.rows import MORNINGS, placed_need


async def faults(attempt: Awaitable[int]) -> dict[str, str]:
    """The sentences by field that a verb refuses with."""
    with pytest.raises(Faults) as refused:
        await attempt
    return {field: message % parameters for field, (message, parameters) in refused.value.faults.items()}


@database.scoped
async def change(scope: Scope, /, sql: str, **values: object) -> None:
    await database.execute(sql, **values)


async def test_a_visit_is_planned_as_long_as_the_need_says(cast: Cast) -> None:
    placed = await cleaning(cast, minutes=90)
    visit = await queries.visit(
        cast.provider_a, await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    )
    assert visit.state is VisitState.PLANNED
    assert (clock.minute_of(visit.planned_start), clock.minute_of(visit.planned_end)) == (570, 660)
    assert [worker.name for worker in visit.workers] == ["测试甲女"]


async def test_a_worker_sees_the_own_visits_of_a_day_with_the_name_in_clear(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    (own,) = await queries.of_worker(cast.worker_a, MONDAY)
    assert (own.id, own.person_name, own.partner) == (id, "马测试", "")
    assert await queries.of_worker(cast.worker_m, MONDAY) == []
    with pytest.raises(NotFound):
        await queries.visit_of_worker(cast.worker_m, id)


async def test_the_partner_of_a_visit_by_two_is_named(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, staff_count=2)
    two = form(cast.worker_a.worker, second_worker=cast.worker_m.worker)
    await actions.plan(cast.provider_a, placed.placement, two)
    (own,) = await queries.of_worker(cast.worker_m, MONDAY)
    assert own.partner == "测试甲女"


async def test_a_day_that_has_passed_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast)
    yesterday = form(cast.worker_a.worker, day=clock.today() - timedelta(1))
    assert await faults(actions.plan(cast.provider_a, placed.placement, yesterday)) == {"day": "This day has passed."}


async def test_a_day_outside_the_placement_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast, valid_to=MONDAY - timedelta(1))
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert "outside the placement's days" in found["day"]


async def test_an_ended_placement_and_a_paused_need_take_no_visits(cast: Cast) -> None:
    placed = await cleaning(cast)
    await change(cast.system, "UPDATE need SET state = 'paused' WHERE id = :id", id=placed.need)
    assert (
        "need is" in (await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))))["day"]
    )
    await change(cast.system, "UPDATE placement SET state = 'ended' WHERE id = :id", id=placed.placement)
    assert (
        "ended" in (await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))))["day"]
    )


async def test_a_suspended_contract_takes_no_visits(cast: Cast) -> None:
    placed = await cleaning(cast)
    await change(cast.system, "UPDATE contract SET state = 'suspended' WHERE id = :id", id=placed.contract)
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert found == {"day": "The contract is not in force on this day."}


async def test_a_time_outside_the_windows_is_refused_unless_a_reason_is_given(cast: Cast) -> None:
    placed = await cleaning(cast, windows=MORNINGS)
    late = {"start": "14:00"}
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker, **late)))
    assert "08:00–12:00" in found["start"]
    reasoned = form(cast.worker_a.worker, **late, reason="daughter asked for it")
    assert await actions.plan(cast.provider_a, placed.placement, reasoned)


async def test_without_windows_office_hours_on_working_days_hold(cast: Cast) -> None:
    placed = await cleaning(cast, windows=[])
    sunday = form(cast.worker_a.worker, day=MONDAY + timedelta(6))
    found = await faults(actions.plan(cast.provider_a, placed.placement, sunday))
    assert "no time window on this weekday" in found["start"]


@pytest.mark.parametrize("kind", [kind for kind in StatusKind if kind is not StatusKind.HOME])
async def test_somebody_who_is_not_there_is_not_visited(cast: Cast, kind: StatusKind) -> None:
    placed = await cleaning(cast)
    await _event(cast, kind, MONDAY - timedelta(3))
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert list(found) == ["day"]


async def test_after_the_discharge_visits_are_possible_again(cast: Cast) -> None:
    placed = await cleaning(cast)
    await _event(cast, StatusKind.HOSPITAL, MONDAY - timedelta(9), until=MONDAY)
    assert (
        "hospital"
        in (await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))))["day"]
    )
    after = form(cast.worker_a.worker, day=MONDAY + timedelta(1))
    assert await actions.plan(cast.provider_a, placed.placement, after)


async def _event(cast: Cast, kind: StatusKind, effective: date, until: date | None = None) -> None:
    event = StatusEvent(person=cast.person_a, kind=kind, effective=effective, until=until, reported_at=clock.now())
    await add(cast.system, event)


async def test_a_worker_without_the_certificate_on_the_day_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast, required_qualification="bath_training")
    await change(
        cast.system,
        "UPDATE qualification SET valid_to = :last WHERE worker = :worker AND kind = 'bath_training'",
        last=MONDAY - timedelta(1),
        worker=cast.worker_a.worker,
    )
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert "does not hold" in found["worker"]


async def test_a_worker_whose_mandatory_certificate_has_lapsed_is_refused_for_everything(cast: Cast) -> None:
    placed = await cleaning(cast)
    await change(
        cast.system,
        "UPDATE qualification SET status = 'revoked' WHERE worker = :worker AND kind = 'health_certificate'",
        worker=cast.worker_a.worker,
    )
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert "does not hold" in found["worker"]


async def test_a_man_is_refused_for_a_womans_bath(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.bath, cast.person_a)
    pair = form(cast.worker_a.worker, second_worker=cast.worker_m.worker)
    found = await faults(actions.plan(cast.provider_a, placed.placement, pair))
    assert found == {"second_worker": "测试甲男 cannot come: this service needs a woman."}


async def test_an_expired_criminal_record_check_blocks_work_with_minors(cast: Cast) -> None:
    placed = await cleaning(cast, minors_check=True)
    attempt = form(cast.worker_a.worker)
    assert "criminal-record" in (await faults(actions.plan(cast.provider_a, placed.placement, attempt)))["worker"]
    checked = "UPDATE worker SET background_checked = :day WHERE id = :worker"
    worker = cast.worker_a.worker
    await change(cast.system, checked, day=MONDAY - timedelta(370), worker=worker)
    assert "criminal-record" in (await faults(actions.plan(cast.provider_a, placed.placement, attempt)))["worker"]
    await change(cast.system, checked, day=MONDAY - timedelta(300), worker=worker)
    assert await actions.plan(cast.provider_a, placed.placement, attempt)


async def test_a_worker_of_somebody_else_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast)
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_b.worker)))
    assert "not engaged by your organisation" in found["worker"]


async def test_a_worker_who_has_left_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast)
    await change(
        cast.system,
        "UPDATE engagement SET valid_to = :last WHERE worker = :worker",
        last=MONDAY - timedelta(1),
        worker=cast.worker_a.worker,
    )
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert "not engaged" in found["worker"]


async def test_an_absent_worker_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast)
    await absent(cast, cast.worker_a.worker, MONDAY, MONDAY)
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert found == {"worker": "测试甲女 is absent on this day."}


async def test_a_time_outside_the_workers_hours_needs_a_reason(cast: Cast) -> None:
    placed = await cleaning(cast, windows=[[day, 360, 1320] for day in range(7)])
    early = {"start": "06:30"}
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker, **early)))
    assert "08:00–18:00" in found["worker"]
    assert await actions.plan(
        cast.provider_a, placed.placement, form(cast.worker_a.worker, **early, reason="before work")
    )


async def test_the_number_of_workers_is_the_needs(cast: Cast) -> None:
    pair = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, staff_count=2)
    found = await faults(actions.plan(cast.provider_a, pair.placement, form(cast.worker_a.worker)))
    assert found == {"second_worker": "This service needs two workers at the same time."}
    twice = form(cast.worker_a.worker, second_worker=cast.worker_a.worker)
    assert await faults(actions.plan(cast.provider_a, pair.placement, twice)) == {
        "second_worker": "Choose two different workers."
    }
    one = await placed_need(cast, cast.provider_a, cast.home_visit, cast.person_a)
    too_many = form(cast.worker_a.worker, second_worker=cast.worker_m.worker)
    assert "second_worker" in await faults(actions.plan(cast.provider_a, one.placement, too_many))


async def test_no_more_visits_than_the_need_asks_for_in_a_month(cast: Cast) -> None:
    placed = await cleaning(cast, visits_per_month=1)
    first = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    second = form(cast.worker_a.worker, day=MONDAY + timedelta(2))
    found = await faults(actions.plan(cast.provider_a, placed.placement, second))
    assert "asks for 1 visits a month" in found["day"]
    await actions.cancel(cast.provider_a, first, CancelForm(reason=CancelReason.WEATHER))
    assert await actions.plan(cast.provider_a, placed.placement, second)


async def test_a_call_counts_toward_the_month(cast: Cast) -> None:
    placed = await cleaning(cast, visits_per_month=1)
    first = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    await actions.convert_to_phone(cast.provider_a, first, PhoneForm(reason=CancelReason.WEATHER))
    second = form(cast.worker_a.worker, day=MONDAY + timedelta(2))
    assert "day" in await faults(actions.plan(cast.provider_a, placed.placement, second))


async def test_the_limit_of_a_workers_day_holds(cast: Cast) -> None:
    placed = await cleaning(cast, minutes=540)
    other = await placed_need(cast, cast.provider_a, cast.home_visit, cast.person_b, minutes=90)
    await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker, start="08:00"))
    late = form(cast.worker_a.worker, start="17:00", reason="x")
    assert "limit is 600" in (await faults(actions.plan(cast.provider_a, other.placement, late)))["worker"]


async def test_a_recipient_has_one_visit_at_a_time(cast: Cast) -> None:
    one, other = await cleaning(cast), await placed_need(cast, cast.provider_a, cast.home_visit, cast.person_a)
    await actions.plan(cast.provider_a, one.placement, form(cast.worker_a.worker))
    found = await faults(actions.plan(cast.provider_a, other.placement, form(cast.worker_m.worker, start="10:00")))
    assert found == {"start": "The recipient has another visit from 09:30 to 10:30."}


async def test_several_faults_are_told_at_once(cast: Cast) -> None:
    placed = await cleaning(cast, windows=MORNINGS, valid_to=MONDAY - timedelta(1))
    wrong = form(cast.worker_b.worker, start="20:00")
    assert set(await faults(actions.plan(cast.provider_a, placed.placement, wrong))) == {"day", "start", "worker"}


async def test_a_lapsed_licence_of_the_organisation_blocks_planning(cast: Cast) -> None:
    placed = await cleaning(cast)
    lapsed = Qualification(
        county=cast.county,
        organisation=cast.provider_a.organisation,
        kind="registration",
        number="1",
        mandatory=True,
        valid_from=date(2020, 1, 1),
        valid_to=MONDAY - timedelta(1),
    )
    await add(cast.system, lapsed)
    found = await faults(actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker)))
    assert "qualification does not hold" in found["day"]
