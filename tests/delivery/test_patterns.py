"""Patterns over a worker's records: from both sides of their limits, and held by the night."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from shangmen import clock, database
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.verification.patterns import daily, rules
from shangmen.delivery.service_records.verification.patterns.rules import Limits, Logged
from shangmen.foundation.catalogue import seed
from tests.cast import Cast
from tests.delivery import recording
from tests.delivery.rows import placed_need

FIRST = date(2026, 3, 1)
VALUES: dict[str, Any] = {one.name: one.value for one in seed.PARAMETERS}
LIMITS = Limits(**{name: float(VALUES[name]) for name in rules.LIMITS})


def logged(number: int, day: int, begun: int, minutes: int, worker: int = 1) -> Logged:
    at = clock.at(FIRST + timedelta(days=day), begun)
    return Logged(number, worker, 5, at, at + timedelta(minutes=minutes), 30, 60)


def month(minutes: Sequence[int], begun: Sequence[int] = (540, 547, 555, 531), each: int = 1) -> list[Logged]:
    """One visit a day (or `each`), as long as told, with check-ins that vary."""
    return [logged(n, n // each, begun[n % len(begun)] + n % each * 80, long) for n, long in enumerate(minutes)]


def found(rows: Sequence[Logged]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for findings in rules.check(rows, LIMITS).values():
        for one in findings:
            counts[one.rule] = counts.get(one.rule, 0) + 1
            assert one.severity is Severity.HOLD and "%(" not in one.message % one.details
    return counts


VARIED = (52, 58, 61, 57, 63, 49, 55, 60, 66, 59)


def test_a_worker_whose_visits_vary_makes_no_pattern() -> None:
    assert found(month(VARIED * 2)) == {}


def test_the_same_minutes_again_and_again_are_a_pattern_and_the_odd_one_is_not_of_it() -> None:
    assert found(month([60] * 8 + [52, 58])) == {"same_duration": 8}
    assert found(month([60] * 7)) == {}
    assert found(month([60] * 7 + [52, 58])) == {}  # 78 per cent


def test_other_workers_and_services_are_reckoned_apart() -> None:
    rows = [logged(n, n, 540 + 7 * (n % 3), 60, worker=1 + n % 2) for n in range(14)]
    assert found(rows) == {}


def test_just_the_least_minutes_that_are_paid_are_a_pattern() -> None:
    assert found(month([30, 31] * 5)) == {"paid_minimum": 10}
    assert found(month([30, 32, 31, 36, 33] * 2)) == {}


def test_the_first_check_in_of_the_day_at_the_same_minute_is_a_pattern() -> None:
    assert found(month(VARIED, begun=(480,))) == {"same_minute": 10}
    assert found(month(VARIED, begun=(480, 480, 481))) == {}


def test_visits_that_pile_up_at_the_end_of_a_month_are_a_pattern() -> None:
    usual = [logged(n, n, 540 + 7 * (n % 5), VARIED[n % 10]) for n in range(20)]
    end = [logged(100 + n, 28 + n // 4, 500 + 90 * (n % 4) + n, VARIED[n % 10]) for n in range(12)]
    assert found(usual + end) == {"month_end": 12}
    assert found(usual + end[:7]) == {}
    assert found([*usual, *(logged(100 + n, 28 + n // 2, 500 + 90 * (n % 2) + n, 50 + n) for n in range(6))]) == {}


async def test_the_night_holds_what_makes_a_pattern_once_and_not_what_somebody_has_accepted(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=31)
    made = []
    for day in range(9):
        start = clock.at(FIRST + timedelta(days=day), 540 + 7 * (day % 3))
        made.append(await recording.logged(cast, placed, cast.worker_a, start, minutes=60))
    assert {await recording.verdict(cast, visit) for visit, _record in made} == {VerdictState.VERIFIED}
    async with database.transaction(cast.system):
        assert await daily.bring(cast.system, FIRST + timedelta(days=9)) == 9
        assert await daily.bring(cast.system, FIRST + timedelta(days=9)) == 0
    assert {await recording.verdict(cast, visit) for visit, _record in made} == {VerdictState.HELD}
    assert (await recording.found(cast, made[0][1]))["same_duration"] is Severity.HOLD
    await actions.accept(cast.station_a, made[0][1], ReasonForm(reason="电话回访本人，确认属实"))
    start = clock.at(FIRST + timedelta(days=9), 540)
    made.append(await recording.logged(cast, placed, cast.worker_a, start, minutes=60))
    async with database.transaction(cast.system):
        assert await daily.bring(cast.system, FIRST + timedelta(days=10)) == 1
    assert await recording.verdict(cast, made[0][0]) is VerdictState.VERIFIED
    assert await recording.verdict(cast, made[9][0]) is VerdictState.HELD
