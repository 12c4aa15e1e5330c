"""One telephone for two workers at two visits holds both; the number is the telephone's own."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shangmen import clock
from shangmen.delivery.service_records.states import Severity, VerdictState
from tests.cast import Cast
from tests.delivery import recording
from tests.delivery.rows import placed_need


async def two_visits(cast: Cast, phones: tuple[str, str], apart: timedelta) -> list[tuple[int, int]]:
    """A visit in one village and, so much later, one by a colleague in another: each visit and its record."""
    here = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    there = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    start = clock.at(recording.DAY, 540)
    north = {"latitude": recording.near_home()["latitude"] - Decimal("0.16")}
    return [
        await recording.logged(
            cast, here, cast.worker_a, start, at_in={"device": phones[0]}, device=phones[0]
        ),
        await recording.logged(
            cast, there, cast.worker_m, start + apart,
            at_in={"device": phones[1], **north}, device=phones[1], **north,
        ),
    ]  # fmt: skip


async def test_one_phone_for_two_workers_an_hour_apart_in_two_villages_is_held(cast: Cast) -> None:
    made = await two_visits(cast, ("one", "one"), timedelta(minutes=120))
    for visit, record in made:
        assert await recording.verdict(cast, visit) is VerdictState.HELD
        assert (await recording.found(cast, record))["shared_phone"] is Severity.HOLD


@pytest.mark.parametrize(("second", "minutes"), [("two", 120), ("one", 300)])
async def test_two_phones_or_one_that_is_passed_on_after_the_shift_hold_nothing(
    cast: Cast, second: str, minutes: int
) -> None:
    for _visit, record in await two_visits(cast, ("one", second), timedelta(minutes=minutes)):
        assert "shared_phone" not in await recording.found(cast, record)
