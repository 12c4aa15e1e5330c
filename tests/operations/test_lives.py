"""A property: random counties live 120 days, with nights missed; after every night kept no date contradicts a state.

Besides, what contracts reserve is what their placements hold, and keeping the same day again finds nothing to do.
"""

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import EndForm, NeedForm, PauseForm
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import Person
from shangmen.errors import DomainError
from shangmen.foundation.organisations.tables import Qualification
from shangmen.operations import upkeep
from shangmen.supply.placements import actions as placements
from shangmen.supply.placements.forms import EndForm as PlacementEnd
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.offers import actions as offers
from tests.cast import Cast
from tests.supply.rows import bought, offered

LIVES = 8 * int(os.environ.get("EXAMPLES", "1"))
BEGIN = date(2026, 1, 20)
DAYS = 120


@database.scoped
async def _ids(scope: Scope, sql: str) -> list[int]:
    return await database.values(int, sql)


class Life:
    """A county in which things happen by chance; what the verbs refuse does not happen."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random = cast, Random(seed)
        self.line = 0

    def day(self, first: int, last: int) -> date:
        return clock.today() + timedelta(days=self.random.randint(first, last))

    async def one(self, sql: str) -> int | None:
        found = await _ids(self.cast.system, sql)
        return self.random.choice(found) if found else None

    async def begin(self) -> None:
        deal = await bought(
            self.cast,
            self.cast.provider_a,
            term_from=BEGIN,
            term_to=BEGIN + timedelta(days=self.random.randint(30, 150)),
            ceiling=Decimal(self.random.choice(["400", "4000", "40000"])),
        )
        self.line = deal.line
        async with database.transaction(self.cast.system):
            for kind in ("registration", "insurance"):
                await database.add(
                    Qualification(
                        county=self.cast.county,
                        organisation=self.cast.provider_a.organisation,
                        kind=kind,
                        number=kind,
                        mandatory=True,
                        valid_from=BEGIN - timedelta(days=300),
                        valid_to=self.day(10, 200),
                    )
                )

    async def state_need(self) -> None:
        person = self.random.choice([self.cast.person_a, self.cast.person_b])
        item = self.random.choice([self.cast.home_visit, self.cast.cleaning])
        first = self.day(0, 90)
        last = self.random.choice([None, first + timedelta(days=self.random.randint(0, 60))])
        need = await needs.state(
            self.cast.system, person, NeedForm(item, self.random.randint(1, 9), valid_from=first, valid_to=last)
        )
        if self.random.random() < 0.8:
            await needs.approve(self.cast.bureau, need)

    async def offer(self) -> None:
        need = await self.one("SELECT id FROM need WHERE state IN ('approved', 'waiting', 'placed') ORDER BY id")
        if need is None:
            return
        supplier, line = self.random.choice([(self.cast.station_a, None), (self.cast.provider_a, self.line)])
        first = self.day(0, 10)
        until = self.random.choice([None, first + timedelta(days=self.random.randint(0, 50))])
        await offered(self.cast, need, supplier, line, valid_from=first, valid_to=until)

    async def answer(self) -> None:
        offer = await self.one("SELECT id FROM offer WHERE state = 'offered' ORDER BY id")
        if offer is None:
            return
        if self.random.random() < 0.7:
            await offers.accept(self.cast.system, offer)
        else:
            await offers.decline(self.cast.system, offer, ReasonForm("no hours"))

    async def pause(self) -> None:
        need = await self.one("SELECT id FROM need WHERE state IN ('approved', 'waiting', 'placed') ORDER BY id")
        if need is not None:
            until = self.random.choice([None, self.day(0, 30)])
            await needs.pause(self.cast.bureau, need, PauseForm("away", until=until))

    async def resume_or_end(self) -> None:
        need = await self.one("SELECT id FROM need WHERE state <> 'ended' ORDER BY id")
        if need is not None and self.random.random() < 0.5:
            await needs.resume(self.cast.bureau, need)
        elif need is not None and self.random.random() < 0.3:
            await needs.end(self.cast.bureau, need, EndForm("no longer needed"))

    async def happen(self) -> None:
        person = self.random.choice([self.cast.person_a, self.cast.person_b])
        hospital = StatusKind.HOSPITAL
        kind = self.random.choice([hospital, StatusKind.HOME, hospital, StatusKind.HOME, StatusKind.INSTITUTION])
        effective = self.day(-5, 0)
        until = effective + timedelta(days=self.random.randint(0, 20)) if kind is hospital else None
        await recipients.report_event(
            self.cast.system, person, EventForm(kind=kind, effective=effective, until=until, note="noted")
        )

    async def end_placement(self) -> None:
        placement = await self.one("SELECT id FROM placement WHERE state = 'in_force' ORDER BY id")
        if placement is not None:
            await placements.end(self.cast.bureau, placement, PlacementEnd(self.day(0, 10), "moved on"))

    async def age(self) -> None:
        born = self.random.choice([18, 60, 30])
        day = self.day(-3, 60)
        async with database.transaction(self.cast.system):
            await database.change(
                Person,
                self.cast.person_b,
                {Person.birth_date: day.replace(day=min(day.day, 28), year=day.year - born)},
            )


STEPS: tuple[Callable[[Life], Awaitable[None]], ...] = (
    Life.state_need, Life.state_need, Life.offer, Life.offer, Life.answer, Life.answer, Life.pause,
    Life.resume_or_end, Life.happen, Life.end_placement, Life.age,
)  # fmt: skip


RESERVED = """
SELECT l.id FROM contract_line l WHERE l.reserved <> coalesce(
  (SELECT sum(p.reserved_units) FROM placement p WHERE p.contract_line = l.id AND p.state = 'in_force'), 0)
"""


@pytest.mark.parametrize("seed", range(LIVES))
async def test_no_date_contradicts_a_state_while_a_county_lives_120_days(cast: Cast, seed: int) -> None:
    clock.set_to(clock.at(BEGIN, 600))
    life = Life(cast, seed)
    await life.begin()
    happened = brought = 0
    while clock.today() < BEGIN + timedelta(days=DAYS):
        for _ in range(life.random.randint(1, 6)):
            with suppress(DomainError):
                await life.random.choice(STEPS)(life)
                happened += 1
        night = clock.today() + timedelta(days=life.random.randint(1, 12))
        kept = await upkeep.keep_days(wiring.DAILY, cast.county, [night])
        assert kept.faults == []
        brought += sum(kept.brought.values())
        clock.set_to(clock.at(night, 600))
        assert await upkeep.contradictions(wiring.DAILY, cast.county, night) == []
        assert await _ids(cast.system, RESERVED) == []
    assert happened > 10
    assert brought > 5
    await _unmark(cast.system)
    again = await upkeep.keep_days(wiring.DAILY, cast.county, [clock.today()])
    told = {"service_records.reminded", "service_records.raised", "tasks.escalated", "catalogue.holidays_missing"}
    assert set(again.brought) <= told | {"visits.months_to_plan", "settlement.periods_due"}


@database.scoped
async def _unmark(scope: Scope) -> None:
    await database.execute("UPDATE upkeep_mark SET done_at = NULL WHERE day = :day", day=clock.today())
