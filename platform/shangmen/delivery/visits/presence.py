"""On which days a recipient is not there to be visited: in hospital, in an institution, moved, dead."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.states import VisitReason
from shangmen.demand.recipients.states import StatusKind

# A stay ends by itself on its last day; who moved or died does not come back by waiting.
STAYS = (StatusKind.HOSPITAL, StatusKind.INSTITUTION)


@dataclass(frozen=True)
class Happened(database.Row):
    """What happened to somebody, effective from a day; a stay has a last day where it is known."""

    person: int
    kind: StatusKind
    effective: date
    until: date | None


@database.scoped
async def events(scope: Scope, people: list[int]) -> dict[int, list[Happened]]:
    """What happened to each of these people, oldest first."""
    by_person: dict[int, list[Happened]] = defaultdict(list)
    for one in await database.rows(
        Happened,
        "SELECT person, kind, effective, until FROM standing_event WHERE person = ANY(:people) ORDER BY effective, id",
        people=people,
    ):
        by_person[one.person].append(one)
    return by_person


def away(history: list[Happened], day: date) -> Happened | None:
    """The event that keeps a person from being visited on a day, or None.

    A death holds for ever; of everything else the latest event by its effective day holds. Both the day of admission
    and the day of discharge belong to a stay (domain.md §10, scenario 8).
    """
    latest = None
    for event in history:
        if event.effective > day:
            break
        if event.kind is StatusKind.DIED:
            return event
        latest = event
    if latest is None or latest.kind is StatusKind.HOME:
        return None
    if latest.kind in STAYS and latest.until is not None and latest.until < day:
        return None
    return latest


def at_the_edge(kind: StatusKind, effective: date, until: date | None, day: date) -> bool:
    """Whether a visit on a day may have come before or after what kept the person away.

    On the day of a death or of an admission the visit may have come first, on the day of a discharge afterwards; who
    moved may still have been there. Nothing is planned on such days, and a person decides on what is recorded.
    """
    if kind is StatusKind.MOVED:
        return True
    return kind in (StatusKind.DIED, StatusKind.HOSPITAL) and day in (effective, until)


def away_days(history: list[Happened], first: date, last: date) -> set[date]:
    """The days of a period on which a person is not to be visited."""
    days = clock.days(first, last)
    return {day for day in days if away(history, day) is not None}


# What hinders a visit `v` that is planned, as it stands now: lifting or shortening an absence, another worker and
# another day each take it away by themselves. A worker who is not engaged any more does not come either.
BY_WORKER = """EXISTS (
  SELECT 1 FROM visit_worker hw WHERE hw.visit = v.id AND hw.stands AND (
    EXISTS (SELECT 1 FROM absence ha WHERE ha.worker = hw.worker AND ha.lifted_at IS NULL
            AND v.day BETWEEN ha.first AND ha.last)
    OR NOT EXISTS (SELECT 1 FROM engagement he WHERE he.worker = hw.worker AND he.organisation = v.supplier
                   AND he.valid_from <= v.day AND (he.valid_to IS NULL OR he.valid_to >= v.day))))"""
BY_RECIPIENT = """EXISTS (
  SELECT 1 FROM recipient_absence ha WHERE ha.person = v.person AND ha.lifted_at IS NULL
    AND v.day BETWEEN ha.first AND ha.last)"""
HINDERED = f"v.state IN ('planned', 'confirmed') AND ({BY_WORKER} OR {BY_RECIPIENT})"


@dataclass(frozen=True)
class _Hindrance(database.Row):
    visit: int
    reason: VisitReason


@database.scoped
async def hindrances(scope: Scope, visits: list[int]) -> dict[int, VisitReason]:
    """Of these visits those that cannot take place as planned, and why: somebody is absent. For whoever sees them."""
    async with database.elevated(scope):
        found = await database.rows(
            _Hindrance,
            f"SELECT v.id AS visit, CASE WHEN {BY_RECIPIENT} THEN 'recipient_away' ELSE 'worker_absent' END AS reason"
            f" FROM visit v WHERE v.id = ANY(:visits) AND {HINDERED}",
            visits=visits,
        )
    return {one.visit: one.reason for one in found}


@dataclass(frozen=True)
class _Absent(database.Row):
    person: int
    first: date
    last: date


@database.scoped
async def absent_days(scope: Scope, people: list[int], first: date, last: date) -> dict[int, set[date]]:
    """The days of a period on which each of these people is away from home."""
    days: dict[int, set[date]] = defaultdict(set)
    for one in await database.rows(
        _Absent,
        "SELECT person, first, last FROM recipient_absence WHERE person = ANY(:people) AND lifted_at IS NULL"
        " AND first <= :last AND last >= :first",
        people=people,
        first=first,
        last=last,
    ):
        days[one.person].update(clock.days(max(first, one.first), min(last, one.last)))
    return days
