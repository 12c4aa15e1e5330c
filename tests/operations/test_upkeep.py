"""Upkeep: what a date brings, each rule by itself; and how days are kept, missed and tried again."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from shangmen import access, clock, database, wiring
from shangmen.access import Scope
from shangmen.clock import Contradiction, Daily
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm, PauseForm
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.states import PersonGroup, StatusKind
from shangmen.demand.recipients.tables import Household, Person
from shangmen.foundation.organisations.states import QualificationStatus
from shangmen.foundation.organisations.tables import Qualification
from shangmen.operations import upkeep
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract, ContractLine
from shangmen.supply.matching_runs import actions as matching
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job
from shangmen.supply.placements.offers import actions as placements
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.supply.placements.tables import Offer, Placement
from tests.cast import Cast
from tests.supply.rows import bought, offered, waiting_need

TODAY = date(2026, 3, 10)


def days(number: int) -> date:
    """So many days after the Tuesday on which each test begins."""
    return TODAY + timedelta(days=number)


@pytest.fixture(autouse=True)
def a_day(cast: Cast) -> None:
    """Everything happens from a Tuesday in March on; the cast's fixture lets the clock run again."""
    clock.set_to(clock.at(TODAY, 600))


async def kept(cast: Cast, day: date) -> upkeep.Kept:
    """The county kept on a day, with nothing failed and nothing left that its dates contradict."""
    done = await upkeep.keep_days(wiring.DAILY, cast.county, [day])
    assert done.faults == []
    clock.set_to(clock.at(day, 600))
    assert await upkeep.contradictions(wiring.DAILY, cast.county, day) == []
    return done


async def contradicted(cast: Cast, day: date) -> set[str]:
    return {found.rule for found in await upkeep.contradictions(wiring.DAILY, cast.county, day)}


@database.scoped
async def look(scope: Scope, table: Any, id: int) -> Any:
    return await database.read(table, id)


@database.scoped
async def do(scope: Scope, /, sql: str, **parameters: object) -> int:
    return await database.execute(sql, **parameters)


async def matched(cast: Cast, starts_on: date) -> None:
    """A run over what waits, approved; everybody lives beside the station of the first township."""
    await do(cast.system, "UPDATE person SET latitude = 37.29, longitude = 106.48")
    run = await matching.start(cast.bureau, RunForm(starts_on=starts_on, seconds=1))
    await job.solve(cast.system, run)
    await approval.approve(cast.bureau, run)


@database.scoped
async def open_kinds(scope: Scope, organisation: int) -> set[str]:
    return set(
        await database.values(
            str, "SELECT kind FROM task WHERE organisation = :id AND closed_at IS NULL", id=organisation
        )
    )


# Needs


async def test_a_need_approved_sixty_one_days_ahead_waits_when_its_time_comes_and_is_matched(cast: Cast) -> None:
    far = days(61)
    need = await needs.state(cast.system, cast.person_a, NeedForm(cast.home_visit, 4, valid_from=far))
    await needs.approve(cast.bureau, need)
    assert (await look(cast.system, Need, need)).state == NeedState.APPROVED
    assert await contradicted(cast, days(1)) == {"needs.near_and_not_waiting"}
    await kept(cast, days(1))
    assert (await look(cast.system, Need, need)).state == NeedState.WAITING
    clock.set_to(clock.at(far, 600))
    await matched(cast, far)
    assert await placements.accept_all(cast.station_a) == 1
    assert (await look(cast.system, Need, need)).state == NeedState.PLACED


async def test_a_pause_that_was_decided_with_a_day_ends_on_it(cast: Cast) -> None:
    need = await waiting_need(cast)
    await needs.pause(cast.bureau, need, PauseForm("away", until=days(5)))
    await kept(cast, days(5))
    assert (await look(cast.system, Need, need)).state == NeedState.PAUSED  # the last day of rest
    assert "needs.rests_too_long" in await contradicted(cast, days(6))
    await kept(cast, days(6))
    assert (await look(cast.system, Need, need)).state == NeedState.WAITING


async def test_a_stay_that_was_only_expected_to_end_is_asked_about_and_its_needs_go_on_resting(cast: Cast) -> None:
    need = await waiting_need(cast)
    event = EventForm(kind=StatusKind.HOSPITAL, effective=TODAY, until=days(5))
    await recipients.report_event(cast.station_a, cast.person_a, event)
    await do(cast.system, "UPDATE task SET closed_at = now() WHERE kind = 'hospital_return'")
    assert cast.station_a.organisation is not None
    await kept(cast, days(6))
    assert (await look(cast.system, Need, need)).state == NeedState.PAUSED
    assert "hospital_return" in await open_kinds(cast.system, cast.station_a.organisation)


async def test_a_need_past_its_last_day_ends(cast: Cast) -> None:
    need = await waiting_need(cast, valid_to=days(20))
    await kept(cast, days(20))
    assert (await look(cast.system, Need, need)).state == NeedState.WAITING
    assert "needs.past_last_day" in await contradicted(cast, days(21))
    await kept(cast, days(21))
    ended = await look(cast.system, Need, need)
    assert (ended.state, ended.valid_to) == (NeedState.ENDED, days(20))


# Contracts, offers and placements


async def test_a_contract_past_its_term_ends_gives_back_what_it_reserved_and_its_needs_wait_again(cast: Cast) -> None:
    deal = await bought(cast, cast.provider_a, term_to=days(40))
    need = await waiting_need(cast)
    placement = await placements.accept(cast.provider_a, await offered(cast, need, cast.provider_a, deal.line))
    assert (await look(cast.system, Contract, deal.contract)).reserved > 0
    await kept(cast, days(40))
    assert (await look(cast.system, Placement, placement)).state == PlacementState.IN_FORCE
    assert "contracts.past_term" in await contradicted(cast, days(41))
    contracts = [part for part in wiring.DAILY if part.feature == "contracts"]
    assert (await upkeep.keep_days(contracts, cast.county, [days(41)])).brought == {"contracts.ended": 1}
    contract = await look(cast.system, Contract, deal.contract)
    assert (contract.state, contract.reserved) == (ContractState.ENDED, 0)
    assert (await look(cast.system, ContractLine, deal.line)).reserved == 0
    ended = await look(cast.system, Placement, placement)
    assert (ended.state, ended.valid_to) == (PlacementState.ENDED, days(40))
    assert (await look(cast.system, Need, need)).state == NeedState.WAITING


async def test_needs_whose_contract_ended_are_matched_by_the_next_run(cast: Cast) -> None:
    deal = await bought(cast, cast.provider_a, term_to=days(40))
    need = await waiting_need(cast)
    await placements.accept(cast.provider_a, await offered(cast, need, cast.provider_a, deal.line))
    await kept(cast, days(41))
    await matched(cast, clock.today())
    assert await placements.accept_all(cast.station_a) == 1  # the station has hours


async def test_the_bureau_hears_of_a_contract_that_ends_soon(cast: Cast) -> None:
    await bought(cast, cast.provider_a, term_to=days(40))
    assert cast.bureau.organisation is not None
    await kept(cast, TODAY)
    assert "contract_ending" in await open_kinds(cast.system, cast.bureau.organisation)


async def test_an_unanswered_offer_lapses_and_its_need_is_offered_elsewhere(cast: Cast) -> None:
    deal = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    offer = await offered(cast, need, cast.provider_a, deal.line)
    last = (await look(cast.system, Offer, offer)).answer_by
    await kept(cast, last)
    assert (await look(cast.system, Offer, offer)).state == OfferState.OFFERED
    assert "placements.unanswered" in await contradicted(cast, last + timedelta(days=1))
    await kept(cast, last + timedelta(days=1))
    assert (await look(cast.system, Offer, offer)).state == OfferState.LAPSED
    assert cast.bureau.organisation is not None
    assert "offer_lapsed" in await open_kinds(cast.system, cast.bureau.organisation)
    await matched(cast, clock.today())
    async with database.transaction(cast.system):
        again = await Offer.objects().where(Offer.need == need, Offer.state == OfferState.OFFERED).first()
    assert again is not None
    assert again.supplier == cast.station_a.organisation
    await kept(cast, clock.today() + timedelta(days=1))
    assert "offer_lapsed" not in await open_kinds(cast.system, cast.bureau.organisation)


async def test_a_placement_past_its_last_day_ends_and_its_open_need_waits_again(cast: Cast) -> None:
    need = await waiting_need(cast)
    offer = await offered(cast, need, cast.station_a, None, valid_to=days(10))
    placement = await placements.accept(cast.station_a, offer)
    await kept(cast, days(10))
    assert (await look(cast.system, Placement, placement)).state == PlacementState.IN_FORCE
    assert "placements.past_last_day" in await contradicted(cast, days(11))
    await kept(cast, days(11))
    assert (await look(cast.system, Placement, placement)).state == PlacementState.ENDED
    assert (await look(cast.system, Need, need)).state == NeedState.WAITING


# Recipients


@pytest.mark.parametrize(
    ("born", "certified", "before", "after"),
    [
        (date(2008, 3, 15), True, PersonGroup.MINOR, PersonGroup.DISABLED),
        (date(2008, 3, 15), False, PersonGroup.MINOR, PersonGroup.ADULT),
        (date(1966, 3, 15), True, PersonGroup.DISABLED, PersonGroup.ELDER),
        (date(1966, 3, 15), False, PersonGroup.ADULT, PersonGroup.ELDER),
    ],
)
async def test_who_turns_18_or_60_is_counted_in_the_right_group_from_that_day(
    cast: Cast, born: date, certified: bool, before: PersonGroup, after: PersonGroup
) -> None:
    await do(
        cast.system,
        "UPDATE person SET birth_date = :born, person_group = :group WHERE id = :id",
        born=born,
        group=before,
        id=cast.person_a,
    )
    if certified:
        await do(
            cast.system,
            "INSERT INTO disability_certificate (person, number, type, level) VALUES (:id, '1', 1, 1)",
            id=cast.person_a,
        )
    birthday = born.replace(year=2026)
    await kept(cast, birthday - timedelta(days=1))
    assert (await look(cast.system, Person, cast.person_a)).group == before
    assert "recipients.group_of_another_age" in await contradicted(cast, birthday)
    await kept(cast, birthday)
    assert (await look(cast.system, Person, cast.person_a)).group == after


async def test_a_grace_period_is_told_90_30_and_7_days_before_its_end_and_then_its_needs_end(cast: Cast) -> None:
    end = days(95)
    async with database.transaction(cast.system):
        household = await database.add(
            Household(
                county=cast.county,
                station=cast.station_a.organisation,
                number="H-1",
                category="DIBAO",
                valid_from=days(-400),
                grace_from=days(-200),
                grace_until=end,
            )
        )
        await database.change(Person, cast.person_a, {Person.household: household})
    need = await waiting_need(cast)
    told = "SELECT count(*) FROM task WHERE kind = 'grace_ending' AND subject_id = :household"
    for day, count in ((94, 1), (31, 1), (30, 2), (8, 2), (7, 3), (1, 3)):
        await kept(cast, end - timedelta(days=day))
        async with database.transaction(cast.system):
            assert await database.number(told, household=household) == (0 if day > 90 else count), day
    await kept(cast, end + timedelta(days=1))
    assert (await look(cast.system, Need, need)).state == NeedState.ENDED


# Organisations


async def test_a_mandatory_paper_past_its_day_is_noted_and_its_loss_published(cast: Cast) -> None:
    deal = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    await placements.accept(cast.provider_a, await offered(cast, need, cast.provider_a, deal.line))
    async with database.transaction(cast.system):
        paper = await database.add(
            Qualification(
                county=cast.county,
                organisation=cast.provider_a.organisation,
                kind="registration",
                number="R-1",
                mandatory=True,
                valid_from=days(-300),
                valid_to=days(9),
            )
        )
    assert cast.bureau.organisation is not None
    assert cast.provider_a.organisation is not None
    await kept(cast, days(9))
    assert "paper_ending" in await open_kinds(cast.system, cast.provider_a.organisation)
    assert "organisations.paper_past_its_day" in await contradicted(cast, days(10))
    await kept(cast, days(10))
    assert (await look(cast.system, Qualification, paper)).status == QualificationStatus.EXPIRED
    assert "supplier_blocked" in await open_kinds(cast.system, cast.bureau.organisation)


# How days are kept


def part(name: str, work: Callable[[Scope, date], Awaitable[Counter[str]]]) -> Daily:
    async def nothing(_scope: Scope, _day: date) -> list[Contradiction]:
        return []

    return Daily(name, work, nothing)


async def test_missed_days_are_caught_up_with_each_once_and_in_order(cast: Cast) -> None:
    seen: list[date] = []

    async def note(_scope: Scope, day: date) -> Counter[str]:
        assert clock.today() == day
        seen.append(day)
        return Counter(noted=1)

    await upkeep.keep([part("a", note)], cast.county, TODAY)
    clock.set_to(clock.at(days(3), 30))
    done = await upkeep.keep([part("a", note)], cast.county, clock.today())
    assert seen == [TODAY + timedelta(days=n) for n in range(4)]
    assert done.brought == {"a.noted": 3}
    await upkeep.keep([part("a", note)], cast.county, clock.today())
    assert len(seen) == 4


async def test_a_part_that_fails_is_told_stops_no_other_and_is_tried_again(cast: Cast) -> None:
    broken = True

    async def fail(scope: Scope, _day: date) -> Counter[str]:
        await database.execute("UPDATE person SET notes = 'half done' WHERE id = :id", id=cast.person_a)
        if broken:
            raise RuntimeError("the disk is full")
        return Counter(done=1)

    async def work(_scope: Scope, _day: date) -> Counter[str]:
        return Counter(done=1)

    parts = [part("bad", fail), part("good", work)]
    assert cast.administrator.organisation is not None
    done = await upkeep.keep(parts, cast.county, TODAY)
    assert done.brought == {"good.done": 1}
    assert "the disk is full" in done.faults[0]
    assert (await look(cast.system, Person, cast.person_a)).notes == ""
    assert "upkeep_failed" in await open_kinds(cast.system, cast.administrator.organisation)
    broken = False
    again = await upkeep.keep(parts, cast.county, TODAY)
    assert again.brought == {"bad.done": 1}
    assert "upkeep_failed" not in await open_kinds(cast.system, cast.administrator.organisation)


async def test_a_day_whose_keeper_was_killed_in_the_middle_is_kept_to_its_end(cast: Cast) -> None:
    killed, seen = True, list[str]()

    async def work(_scope: Scope, _day: date) -> Counter[str]:
        if killed and seen:
            raise asyncio.CancelledError  # as a process ends: nothing is noted
        seen.append("")
        return Counter(done=1)

    parts = [part("a", work), part("b", work), part("c", work)]
    with pytest.raises(asyncio.CancelledError):
        await upkeep.keep(parts, cast.county, TODAY)
    killed = False
    assert (await upkeep.keep(parts, cast.county, TODAY)).brought == {"b.done": 1, "c.done": 1}
    assert (await upkeep.keep(parts, cast.county, TODAY)).brought == {}


async def test_keeping_the_same_day_again_by_force_finds_nothing_to_do(cast: Cast) -> None:
    await waiting_need(cast, valid_to=days(3))
    await kept(cast, days(4))
    await do(cast.system, "UPDATE upkeep_mark SET done_at = NULL")
    assert (await upkeep.keep_days(wiring.DAILY, cast.county, [days(4)])).brought == {}


async def test_a_day_more_than_ten_years_ahead_is_refused(cast: Cast) -> None:
    from shangmen.errors import Refused

    with pytest.raises(Refused):
        await upkeep.keep(wiring.DAILY, cast.county, date(2040, 1, 1))


async def test_the_night_orders_one_job_a_county(cast: Cast) -> None:
    await upkeep.order()
    async with database.transaction(access.system(cast.county, purpose="test")):
        ordered = await database.number(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :job", job=upkeep.JOB
        )
    assert ordered == 2  # the cast has two counties


async def test_the_missing_holidays_of_a_year_are_loud_until_somebody_enters_them(cast: Cast) -> None:
    assert cast.administrator.organisation is not None
    await kept(cast, date(2026, 10, 31))
    assert "holidays_missing" not in await open_kinds(cast.system, cast.administrator.organisation)
    await kept(cast, date(2026, 11, 1))
    assert "holidays_missing" in await open_kinds(cast.system, cast.administrator.organisation)
    await do(
        cast.system,
        "INSERT INTO holiday (day, kind, name, source) VALUES ('2027-01-01', 'holiday', '元旦', 'test')",
    )
    await kept(cast, date(2026, 11, 2))
    assert "holidays_missing" not in await open_kinds(cast.system, cast.administrator.organisation)


async def test_the_day_that_ended_is_sealed(cast: Cast) -> None:
    await kept(cast, TODAY)
    async with database.transaction(cast.system):
        assert await database.exists("SELECT 1 FROM audit_seal WHERE day = :day", day=TODAY - timedelta(days=1))


async def test_sessions_that_are_over_are_removed(cast: Cast) -> None:
    from shangmen.foundation.accounts.actions import open_session

    await open_session(cast.bureau, "127.0.0.9", "test")
    await kept(cast, days(1))
    async with database.transaction(cast.system):
        assert not await database.exists("SELECT 1 FROM app_session")
