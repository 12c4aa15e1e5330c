"""`shangmen demo`: make the county if it is not there, tell what came of it, print the log-ins."""

import argparse
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from shangmen import access, clock, database, wiring
from shangmen.access import Scope
from shangmen.demand.entitlement import actions as entitlement
from shangmen.demo import casework, figures, market, money, month, places
from shangmen.demo.names import Registry
from shangmen.demo.population import RECIPIENTS, Home, Somebody, population, settle
from shangmen.demo.wants import Want, wants
from shangmen.errors import StartError
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.regions import actions as regions
from shangmen.foundation.regions import synthetic_positions
from shangmen.settings import Settings

HISTORY = 30  # days of visits that took place, up to yesterday
AHEAD = 30  # days of visits that are planned, from today
PREPARATION = 25  # days before the first visit: registering, buying
LATE_SHARE = 40  # one want in so many was stated only lately: the second run has something to place
UNANSWERED = ("provider2",)  # has not answered its last offers yet


@dataclass
class Story:
    """A demo county in the making."""

    code: str
    seed: int
    scale: int
    today: date
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def start(self) -> date:
        """The first day on which somebody came."""
        return self.today - timedelta(days=HISTORY)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step of the story."""
        print(f"  {name} …", flush=True)
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 1)


async def run(settings: Settings, options: argparse.Namespace) -> None:
    """Make the county, or start on what is there; print the summary and the log-ins."""
    wiring.wire()
    await database.open_pool(4, durable=False)  # a demo that is cut short is made anew
    try:
        nowhere = access.system(purpose="demo")
        story = Story(options.county, options.seed, options.scale, options.today or clock.today())
        there = await figures.finished(nowhere)
        if there is None:
            print(f"Making the demo county {story.code} (seed {story.seed}, today {story.today}):", flush=True)
            system = await make(nowhere, story)
        else:
            _same(there.details, options)
            system = access.system(there.county, purpose="demo")
        told = await figures.figures(system)
        figures.tell(told, await figures.logins(system))
        if options.json:
            print(database.to_json(told), flush=True)
    finally:
        clock.set_to(None)
        await database.close_pool()


def _same(there: figures.Told, options: argparse.Namespace) -> None:
    """Raises StartError when another county, seed or size is asked for than the one that is there."""
    if (there.code, there.seed, there.scale) != (options.county, options.seed, options.scale):
        raise StartError(
            f"This data folder holds the demo of county {there.code} (seed {there.seed}, scale {there.scale}); "
            "name another folder with SHANGMEN_DATA."
        )


async def make(nowhere: Scope, story: Story) -> Scope:
    """The whole story, from the gazetteer to the last payment; the county's system scope."""
    whole = time.monotonic()
    with clock.stopped_at(clock.at(story.start - timedelta(days=PREPARATION), 540)):
        with story.step("county"):
            await catalogue.load(nowhere)
            await entitlement.load(nowhere)
            county = await regions.load_county(nowhere, story.code, clock.today())
            system = access.system(county, purpose="demo")
            await _begin(system)
            made = await places.describe(system, story.code)
            await places.make_organisations(made, story.today)
            await places.make_accounts(made)
        homes, people, wanted = _everybody(made, story)
        with story.step("workers and contracts"):
            dice = random.Random(f"staff {story.seed}")
            await places.make_staff(
                made, Registry(story.code, dice), dice, market.staff(made, people, wanted), story.today
            )
            await market.buy(made, people, wanted, clock.today())
        with story.step("recipients"):
            await casework.note_villages(made, homes)
            ids = await casework.register(made, people)
            await casework.assess(made, people, ids, clock.today())
    late = set(range(0, len(wanted), LATE_SHARE))
    early = [want for number, want in enumerate(wanted) if number not in late]
    await _history(made, story, people, ids, early)
    await _present(made, story, people, ids, [wanted[number] for number in sorted(late)])
    story.seconds["whole"] = round(time.monotonic() - whole, 1)
    await _finish(system, story)
    return system


def _everybody(made: places.County, story: Story) -> tuple[list[Home], list[Somebody], list[Want]]:
    centres = [(float(north), float(east)) for north, east in map(places.centre, made.townships)]
    share = -(-RECIPIENTS * story.scale // len(centres)) + 1
    homes = []
    for number, township in enumerate(made.townships):
        points = synthetic_positions.homes(
            made.outline, centres[number], share, story.seed, centres[:number] + centres[number + 1 :]
        )
        villages = settle(points, f"villages {story.seed} {township.code}")
        homes.append(Home(township.id, made.stations[township.id], points, villages))
    people = population(story.code, homes, story.seed, story.today, story.scale, clock.today())
    return homes, people, wants(people, story.seed)


async def _history(
    made: places.County, story: Story, people: list[Somebody], ids: dict[int, int], early: list[Want]
) -> None:
    with story.step("needs"), month.at(story.start - timedelta(days=12), 600):
        await casework.state(made, people, ids, early, story.start)
    with month.at(story.start - timedelta(days=8), 600):
        with story.step("first matching"):
            run = await month.match(made, story.start, story.seed, 10, "leave")
        with story.step("first offers"):
            await month.approve(made, run)
            await month.accept(made)
    with story.step("first rosters"), month.at(story.start - timedelta(days=2), 600):
        await month.fill(made, story.start, story.today - timedelta(days=1), story.seed)
    with story.step("visits and records"):
        await month.deliver(made, await month.planned(made, clock.at(story.today)), story.seed)
    with story.step("verification"), month.at(story.today, 500):
        await month.verify(made, story.seed, leave=25)
    with story.step("statements"):
        await money.settle(made, story.start, story.today - timedelta(days=1), story.today)


async def _present(
    made: places.County, story: Story, people: list[Somebody], ids: dict[int, int], late: list[Want]
) -> None:
    with month.at(story.today, 560):
        with story.step("new needs"):
            await casework.state(made, people, ids, late, story.today)
        with story.step("matching"):
            run = await month.match(made, story.today, story.seed, 10, "keep")
        with story.step("offers"):
            await month.approve(made, run)
            await month.accept(made, but=UNANSWERED)
        with story.step("rosters"):
            await month.fill(made, story.today, story.today + timedelta(days=AHEAD - 1), story.seed)
        await casework.leave_some_waiting(made, people, ids)


@database.scoped
async def _begin(system: Scope) -> None:
    record(system, "demo.begin", "division", system.county)


@database.scoped
async def _finish(system: Scope, story: Story) -> None:
    record(
        system,
        "demo.finish",
        "division",
        system.county,
        code=story.code,
        seed=story.seed,
        scale=story.scale,
        today=story.today.isoformat(),
        seconds=story.seconds,
    )
