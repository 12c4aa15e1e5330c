"""The automatic filler: it breaks no rule, adds only what is missing, and says why the rest has no place."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from carematch import rostering
from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions, phrases, queries
from shangmen.delivery.visits.forms import CancelForm, CancelReason, FillForm, PhoneForm
from shangmen.delivery.visits.queries import VisitRow
from shangmen.delivery.visits.rostering import adapter, inputs, suggestions
from shangmen.delivery.visits.rostering import queries as roster
from shangmen.delivery.visits.states import VisitReason
from shangmen.delivery.visits.tables import Visit, VisitWorker
from shangmen.demand.needs import frequency
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import StatusEvent
from shangmen.errors import Conflict, Forbidden, NotFound, Refused
from shangmen.foundation.organisations.states import Sex
from tests.cast import Cast, _worker
from tests.delivery.planning import absent, add, engage, form
from tests.delivery.rows import MORNINGS, Placed, placed_need, planned_visit

# A whole month to come, whatever today is.
FIRST = (clock.today().replace(day=1) + timedelta(40)).replace(day=1)
LAST = clock.month_of(FIRST)[1]
MONTH = FillForm(first=FIRST, last=LAST)


@database.scoped
async def another_woman(scope: Scope, cast: Cast) -> int:
    """A second trained woman of provider A."""
    assert cast.provider_a.organisation is not None
    return await _worker(
        cast.county, cast.provider_a.organisation, "测试丙女", Sex.FEMALE, "640324199001015020",
        ("health_certificate", "bath_training"),
    )  # fmt: skip


async def planned(cast: Cast) -> list[VisitRow]:
    return (await queries.visits(cast.provider_a, first=FIRST, last=LAST, limit=500))[0]


async def left(cast: Cast, run: int) -> dict[str, int]:
    by_code: dict[str, int] = {}
    for one in await phrases.left_over(cast.provider_a, await roster.roster_run(cast.provider_a, run)):
        by_code[one.code] = by_code.get(one.code, 0) + one.missing
    return by_code


async def test_a_month_is_planned_to_the_number_that_the_need_asks_for(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=4, days_between=5)
    run = await roster.roster_run(cast.provider_a, await actions.fill(cast.provider_a, MONTH))
    visits = await planned(cast)
    assert run.placed == len(visits) == 4
    days = [visit.day for visit in visits]
    assert min(b - a for a, b in pairwise(days)) >= timedelta(5)
    assert {visit.roster_run for visit in visits} == {run.id}


async def test_a_second_fill_finds_nothing_to_do(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=4)
    await actions.fill(cast.provider_a, MONTH)
    before = [(visit.id, visit.planned_start) for visit in await planned(cast)]
    again = await roster.roster_run(cast.provider_a, await actions.fill(cast.provider_a, MONTH))
    assert again.placed == 0
    assert [(visit.id, visit.planned_start) for visit in await planned(cast)] == before


async def test_a_fill_adds_what_is_missing_beside_visits_planned_by_hand(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=3, days_between=7)
    day = FIRST + timedelta(9)
    by_hand = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_m.worker, "15:00", day=day))
    await actions.fill(cast.provider_a, MONTH)
    visits = await planned(cast)
    assert len(visits) == 3
    assert by_hand in {visit.id for visit in visits}
    assert all(abs(visit.day - day) >= timedelta(7) for visit in visits if visit.id != by_hand)


async def test_a_cancelled_visit_is_planned_again_and_a_call_is_not(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=2)
    await actions.fill(cast.provider_a, MONTH)
    one, other = [visit.id for visit in await planned(cast)]
    await actions.cancel(cast.provider_a, one, CancelForm(reason=CancelReason.WEATHER))
    await actions.convert_to_phone(cast.provider_a, other, PhoneForm(reason=CancelReason.WEATHER))
    run = await roster.roster_run(cast.provider_a, await actions.fill(cast.provider_a, MONTH))
    assert run.placed == 1


async def test_windows_hours_and_absences_are_respected(cast: Cast) -> None:
    await placed_need(
        cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=8, windows=MORNINGS, days_between=1
    )
    away = [FIRST + timedelta(n) for n in range(10)]
    await absent(cast, cast.worker_a.worker, away[0], away[-1])
    await actions.fill(cast.provider_a, MONTH)
    visits = await planned(cast)
    assert len(visits) == 8
    for visit in visits:
        assert clock.minute_of(visit.planned_start) >= 480
        assert clock.minute_of(visit.planned_end) <= 720
        if visit.day in away:
            assert [worker.id for worker in visit.workers] == [cast.worker_m.worker]


async def test_a_womans_bath_without_a_second_woman_stays_open_and_says_who_is_lacking(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.bath, cast.person_a, visits_per_month=2)
    run = await actions.fill(cast.provider_a, MONTH)
    assert await planned(cast) == []
    assert await left(cast, run) == {"NO_GENDER": 2}
    (one,) = await phrases.left_over(cast.provider_a, await roster.roster_run(cast.provider_a, run))
    assert one.sentence.startswith("缺少 1 名具备")
    assert "女性人员" in one.sentence


async def test_two_women_come_to_the_bath_at_the_same_time(cast: Cast) -> None:
    second = await another_woman(cast.system, cast)
    await placed_need(cast, cast.provider_a, cast.bath, cast.person_a, visits_per_month=2)
    await actions.fill(cast.provider_a, MONTH)
    visits = await planned(cast)
    assert len(visits) == 2
    for visit in visits:
        assert [worker.id for worker in visit.workers] == [cast.worker_a.worker, second]
    assert await _times(cast.system) == 2


@database.scoped
async def _times(scope: Scope) -> int:
    found = await VisitWorker.select(VisitWorker.visit, VisitWorker.starts, VisitWorker.ends).distinct()
    return len(found)


async def test_days_in_hospital_stay_free(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=6)
    stay = StatusEvent(
        person=cast.person_a,
        kind=StatusKind.HOSPITAL,
        effective=FIRST,
        until=FIRST + timedelta(14),
        reported_at=clock.now(),
    )
    await add(cast.system, stay)
    await actions.fill(cast.provider_a, MONTH)
    visits = await planned(cast)
    assert len(visits) == 6
    assert min(visit.day for visit in visits) > FIRST + timedelta(14)


async def test_bookings_with_another_employer_are_kept_free(cast: Cast) -> None:
    await engage(cast, cast.worker_b.worker, cast.provider_a.organisation)
    there = await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b)
    for n in range((LAST - FIRST).days + 1):
        await planned_visit(cast, there, clock.at(FIRST + timedelta(n), 480), cast.worker_b.worker, minutes=480)
    await placed_need(
        cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=2, windows=MORNINGS, required_sex="male"
    )
    await absent(cast, cast.worker_m.worker, FIRST, LAST)
    run = await actions.fill(cast.provider_a, MONTH)
    assert await planned(cast) == []
    # Known beforehand, not found out by the constraint.
    assert await left(cast, run) == {"NO_CAPACITY": 2}


async def test_the_checker_that_knows_no_filler_finds_nothing(cast: Cast) -> None:
    await another_woman(cast.system, cast)
    await placed_need(cast, cast.provider_a, cast.bath, cast.person_a, visits_per_month=4, days_between=3)
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=8, windows=MORNINGS)
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b, visits_per_month=12)
    await placed_need(cast, cast.provider_a, cast.home_visit, cast.person_b, visits_per_month=4, windows=[])

    @database.scoped
    async def before(scope: Scope) -> adapter.Inputs:
        return await inputs.gather(scope, scope.organisation or 0, FIRST, LAST)

    problem = adapter.roster_problem(await before(cast.provider_a))
    await actions.fill(cast.provider_a, MONTH)
    # The rows of the database, not what the filler said.
    written = [
        rostering.PlannedVisit(
            demand=f"{visit.placement:012d}",
            date=visit.day.isoformat(),
            start=clock.minute_of(visit.planned_start),
            end=clock.minute_of(visit.planned_end),
            workers=tuple(sorted(f"{worker.id:012d}" for worker in visit.workers)),
        )
        for visit in await planned(cast)
    ]
    assert len(written) == 28
    assert rostering.check(problem, rostering.make_roster(problem, written, [], 0)) == []


async def test_a_placement_that_begins_within_the_month_asks_for_its_share(cast: Cast) -> None:
    half = FIRST + timedelta(15)
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=4, valid_from=half)
    await actions.fill(cast.provider_a, MONTH)
    visits = await planned(cast)
    assert len(visits) in (2, 3)  # 13 to 16 days are left, by the month
    assert min(visit.day for visit in visits) >= half


async def test_two_halves_of_a_month_make_the_month(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=5)
    middle = FIRST + timedelta(14)
    await actions.fill(cast.provider_a, FillForm(first=FIRST, last=middle))
    assert 2 <= len(await planned(cast)) <= 3
    await actions.fill(cast.provider_a, FillForm(first=middle + timedelta(1), last=LAST))
    assert len(await planned(cast)) == 5


async def test_a_fill_over_two_months_keeps_each_months_number(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=3, days_between=4)
    end = LAST + timedelta(28)
    await actions.fill(cast.provider_a, FillForm(first=FIRST, last=end))
    found, _total = await queries.visits(cast.provider_a, first=FIRST, last=end)
    assert sum(visit.day <= LAST for visit in found) == 3
    days = [visit.day for visit in found]
    assert min(b - a for a, b in pairwise(days)) >= timedelta(4)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (clock.today() - timedelta(1), LAST, "first"),
        (LAST, FIRST, "last"),
        (FIRST, FIRST + timedelta(70), "last"),
    ],
)
async def test_days_that_cannot_be_filled_are_refused(cast: Cast, first: date, last: date, field: str) -> None:
    with pytest.raises(Refused) as refused:
        await actions.fill(cast.provider_a, FillForm(first=first, last=last))
    assert refused.value.field == field


async def test_a_day_that_has_begun_is_filled_from_now_on(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=31)
    with clock.stopped_at(clock.at(FIRST, 13 * 60)):
        await actions.fill(cast.provider_a, FillForm(first=FIRST, last=FIRST))
        (visit,) = await planned(cast)
    assert clock.minute_of(visit.planned_start) >= 13 * 60


async def test_the_bureau_fills_nothing_and_strangers_see_no_run(cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    run = await actions.fill(cast.provider_a, MONTH)
    with pytest.raises(Forbidden):
        await actions.fill(cast.system, MONTH)
    for other in (cast.provider_b, cast.station_a, cast.stranger):
        with pytest.raises(NotFound):
            await roster.roster_run(other, run)
    assert (await roster.roster_run(cast.bureau, run)).id == run


async def test_a_plan_that_breaks_a_rule_is_not_saved(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=1)
    monkeypatch.setattr(rostering, "check", lambda problem, roster: [_Broken()])
    with pytest.raises(Conflict, match="nothing was saved"):
        await actions.fill(cast.provider_a, MONTH)
    assert await planned(cast) == []


class _Broken:
    def text(self) -> str:
        return "broken"


async def test_a_worker_who_is_booked_meanwhile_leaves_only_that_visit_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=3)
    there = await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b)
    solve = asyncio.to_thread

    async def somebody_is_faster(work: Callable[..., adapter.Plan], *args: object) -> adapter.Plan:
        plan = await solve(work, *args)
        taken = plan.visits[1]
        async with database.elevated(cast.provider_a) as system:
            await _book(system, there, taken)
        return plan

    monkeypatch.setattr(asyncio, "to_thread", somebody_is_faster)
    run = await actions.fill(cast.provider_a, MONTH)
    assert len(await planned(cast)) == 2
    assert await left(cast, run) == {"TAKEN": 1}
    assert placed.placement


@database.scoped
async def _book(scope: Scope, there: Placed, taken: adapter.Planned) -> None:
    start, end = clock.at(taken.day, taken.start), clock.at(taken.day, taken.end)
    visit = await database.add(
        Visit(
            county=scope.county,
            station=there.station,
            supplier=there.supplier,
            placement=there.placement,
            person=there.person,
            service_item=there.item,
            day=taken.day,
            planned_start=start,
            planned_end=end,
            reason=VisitReason.NONE,
            created_at=start,
        )
    )
    await database.add(
        VisitWorker(visit=visit, worker=taken.workers[0], supplier=there.supplier, starts=start, ends=end)
    )


async def test_what_is_lacking_is_listed_until_it_is_planned(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=3)
    (row,) = await roster.lacking(cast.provider_a, placed.supplier, FIRST)
    assert (row.asked, row.planned, row.lacks) == (3, 0, 3)
    await actions.fill(cast.provider_a, MONTH)
    assert await roster.lacking(cast.provider_a, placed.supplier, FIRST) == []


async def test_a_suggestion_can_be_planned_as_it_stands(cast: Cast) -> None:
    await another_woman(cast.system, cast)
    placed = await placed_need(cast, cast.provider_a, cast.bath, cast.person_a, visits_per_month=4)
    ideas = await suggestions.ideas(cast.provider_a, placed.placement)
    assert len(ideas) == 5
    assert len({idea.day for idea in ideas}) == 5
    best = ideas[0]
    hours, minutes = divmod(best.start, 60)
    woman, other = best.workers
    asked = form(woman, f"{hours:02d}:{minutes:02d}", day=best.day, second_worker=other)
    assert await actions.plan(cast.provider_a, placed.placement, asked)


def test_a_share_of_a_month_asks_for_a_share_of_its_visits() -> None:
    november = date(2026, 11, 1), date(2026, 11, 30)
    assert frequency.visits_due(4, date(2026, 1, 1), None, november[1]) == 4
    assert frequency.visits_due(4, date(2026, 11, 16), None, november[1]) == 2
    assert frequency.visits_due(1, date(2026, 11, 30), None, november[1]) == 1
    assert frequency.visits_due(4, date(2026, 1, 1), date(2026, 10, 31), november[1]) == 0
    assert frequency.visits_due(4, date(2026, 12, 1), None, november[1]) == 0
    assert list(clock.months(date(2026, 11, 20), date(2027, 1, 2))) == [
        (date(2026, 11, 20), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 2)),
    ]


FEBRUARY = FillForm(first=date(2026, 2, 1), last=date(2026, 2, 28))
SPRING_FESTIVAL = set(clock.days(date(2026, 2, 15), date(2026, 2, 23)))


async def test_no_visit_is_planned_on_a_public_holiday(cast: Cast) -> None:
    clock.set_to(clock.at(date(2026, 1, 20), 600))
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=12)
    run = await roster.roster_run(cast.provider_a, await actions.fill(cast.provider_a, FEBRUARY))
    found, _total = await queries.visits(cast.provider_a, first=FEBRUARY.first, last=FEBRUARY.last)
    days = {visit.day for visit in found}
    assert run.placed == len(days) == 12
    assert not days & SPRING_FESTIVAL


async def test_a_service_that_is_due_every_day_is_planned_on_holidays_too(cast: Cast) -> None:
    clock.set_to(clock.at(date(2026, 1, 20), 600))
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=28)
    await actions.fill(cast.provider_a, FEBRUARY)
    found, _total = await queries.visits(cast.provider_a, first=FEBRUARY.first, last=FEBRUARY.last)
    days = {visit.day for visit in found}
    assert days == set(clock.days(FEBRUARY.first, FEBRUARY.last))
