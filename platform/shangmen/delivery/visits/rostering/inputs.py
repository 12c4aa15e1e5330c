"""Reading what a plan depends on: wishes, staff, bookings, parameters, in one transaction."""

from collections import defaultdict
from datetime import date, timedelta

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import presence, wanted
from shangmen.delivery.visits.rostering import adapter, staff
from shangmen.delivery.visits.rostering.adapter import Material, Policy, Wish
from shangmen.demand.needs import frequency
from shangmen.errors import NotFound
from shangmen.foundation.catalogue import queries as catalogue

REMEMBERED = 90  # days for which a face is familiar


@database.scoped
async def gather(
    scope: Scope,
    organisation: int,
    first: date,
    last: date,
    only: int | None = None,
    extra: int = 0,
    ignoring: int = 0,
) -> Material:
    """Read what a plan of these days depends on; the days lie within one calendar month.

    `only` and `extra` ask for so many visits of one placement, whatever it lacks: for suggestions. `ignoring` is a
    visit that is about to move.
    """
    row = await database.fetch_one("SELECT * FROM organisation WHERE id = :id", id=organisation)
    if row is None:
        raise NotFound
    values = {name: await catalogue.parameter(scope, name, first) for name in adapter.PARAMETERS}
    placements = await wanted.in_force(scope, organisation, lock=only is None)
    if only is not None:
        placements = [one for one in placements if one["id"] == only]
    people = await staff.of_organisation(scope, organisation, first, last)
    wishes = await _wishes(scope, placements, first, last, extra if only is not None else None, ignoring)
    return Material(
        first=first,
        last=last,
        gone=clock.minute_of(clock.now()) if first == clock.today() else 0,
        organisation=row,
        policy=Policy.of(values),
        wishes=wishes,
        staff=list(people.values()),
        used=await _used(organisation, first, last),
        bookings=await _bookings(scope, list(people), [wish.row["person"] for wish in wishes], first, last, ignoring),
    )


async def _wishes(
    scope: Scope, rows: list[asyncpg.Record], first: date, last: date, extra: int | None, ignoring: int
) -> list[Wish]:
    """What each placement lacks; those that lack nothing are left out."""
    month_first, month_last = clock.month_of(first)
    days: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for visit in await database.fetch(
        "SELECT placement, day, state FROM visit WHERE placement = ANY(:ids) AND day BETWEEN :begin AND :end"
        " AND state = ANY(:counted) AND id <> :ignoring ORDER BY day",
        ids=[row["id"] for row in rows],
        begin=month_first - timedelta(62),
        end=month_last + timedelta(62),
        counted=list(wanted.COUNTED),
        ignoring=ignoring,
    ):
        days[visit["placement"]].append(visit)
    history = await presence.events(scope, sorted({row["person"] for row in rows}))
    familiar = await _familiar([row["id"] for row in rows], first)
    wishes = []
    for row in rows:
        until = min((day for day in (row["valid_to"], row["need_to"], row["term_to"]) if day), default=None)
        present = [one["day"] for one in days[row["id"]]]
        of_month = [day for day in present if month_first <= day <= month_last]
        asked = frequency.visits_due(row["visits_per_month"], row["valid_from"], until, last)
        lacks = min(asked - sum(day <= last for day in of_month), row["visits_per_month"] - len(of_month))
        lacks = lacks if extra is None else extra
        if row["contract_state"] not in (None, "in_force") or (row["term_from"] and row["term_from"] > last):
            lacks = 0
        if lacks <= 0:
            continue
        wishes.append(
            Wish(
                row=row,
                visits=lacks,
                windows=await wanted.windows(scope, row),
                away=presence.away_days(history.get(row["person"], []), first, last),
                until=until,
                standing=[one["day"] for one in days[row["id"]] if one["state"] != "phone"],
                familiar=familiar[row["id"]],
            )
        )
    return wishes


async def _familiar(placements: list[int], day: date) -> dict[int, set[int]]:
    """Who came, or will come, on which placement lately."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in await database.fetch(
        "SELECT DISTINCT v.placement, w.worker FROM visit v JOIN visit_worker w ON w.visit = v.id AND w.stands"
        " WHERE v.placement = ANY(:ids) AND v.day >= :since",
        ids=placements,
        since=day - timedelta(REMEMBERED),
    ):
        found[row["placement"]].add(row["worker"])
    return found


async def _used(organisation: int, first: date, last: date) -> dict[int, int]:
    """Minutes by worker that stand in the month outside the days, for this organisation."""
    month_first, month_last = clock.month_of(first)
    rows = await database.fetch(
        "SELECT w.worker, (sum(extract(epoch FROM w.ends - w.starts)) / 60)::int AS minutes"
        " FROM visit_worker w JOIN visit v ON v.id = w.visit WHERE w.stands AND v.supplier = :organisation"
        " AND v.day BETWEEN :month_first AND :month_last AND NOT v.day BETWEEN :first AND :last GROUP BY w.worker",
        organisation=organisation,
        month_first=month_first,
        month_last=month_last,
        first=first,
        last=last,
    )
    return {row["worker"]: row["minutes"] for row in rows}


async def _bookings(
    scope: Scope, workers: list[int], people: list[int], first: date, last: date, ignoring: int
) -> list[asyncpg.Record]:
    """What stands in these days for the workers, with whichever employer, and for the recipients, by whomever."""
    begin, end = clock.at(first), clock.at(last, 24 * 60)
    rows = await staff.bookings(scope, workers, begin, end, ignoring)
    async with database.elevated(scope):
        others = await database.fetch(
            "SELECT w.worker, w.starts, w.ends, w.supplier, w.visit, v.latitude, v.longitude, v.placement, v.person"
            " FROM visit_worker w JOIN visit v ON v.id = w.visit WHERE w.stands AND v.person = ANY(:people)"
            " AND w.starts < :end AND w.ends > :begin AND w.worker <> ALL(:workers) AND v.id <> :ignoring"
            " ORDER BY w.starts, w.visit, w.worker",
            people=people,
            workers=workers,
            begin=begin,
            end=end,
            ignoring=ignoring,
        )
    return [*rows, *others]
