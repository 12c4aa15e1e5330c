"""What a date brings to visits: planned ones that nobody began are missed; the next month is to be planned."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.delivery.visits import actions, notices
from shangmen.delivery.visits.forms import MissedForm
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations.states import OrganisationKind

GRACE = timedelta(hours=24)  # a phone without a network may still bring the check-in

NOT_BEGUN = "v.state IN ('planned', 'confirmed') AND v.planned_end < :before"
TOO_LATE = "v.state IN ('planned', 'confirmed') AND v.day > p.valid_to"


def _before(day: date) -> datetime:
    return clock.at(day, clock.UPKEEP_MINUTE) - GRACE


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Everything that the day brings to the visits of a county."""
    done: Counter[str] = Counter()
    for id in await database.values(
        int,
        f"SELECT v.id FROM visit v WHERE v.county = :county AND {NOT_BEGUN} ORDER BY v.id",
        county=scope.county,
        before=_before(day),
    ):
        await actions.mark_missed(scope, id, MissedForm(note=""))
        done["missed"] += 1
    await _tell_missed(scope, day)
    done["months_to_plan"] = await _tell_to_plan(scope, day)
    return done


@dataclass(frozen=True)
class _Supplier(database.Row):
    id: int
    kind: OrganisationKind


async def _tell_missed(scope: Scope, day: date) -> None:
    """Who planned them hears of the week's missed visits, until none is that young any more."""
    week = day - timedelta(days=7)
    rows = await database.rows(
        _Supplier,
        """
        SELECT o.id, o.kind FROM visit v JOIN organisation o ON o.id = v.supplier
        WHERE v.county = :county AND v.state = 'missed' AND v.day >= :week GROUP BY o.id, o.kind ORDER BY o.id
        """,
        county=scope.county,
        week=week,
    )
    await notices.missed(scope, {row.id: row.kind for row in rows}, week)


async def _tell_to_plan(scope: Scope, day: date) -> int:
    """Towards the end of a month: whose placements have no visit in the next one yet."""
    notice = await catalogue.parameter(scope, "planning_notice_days")
    first, last = clock.month_of(clock.next_month(day))
    rows: list[_Supplier] = []
    if (first - day).days <= notice:
        rows = await database.rows(
            _Supplier,
            """
            SELECT o.id, o.kind
            FROM placement p JOIN organisation o ON o.id = p.supplier JOIN need n ON n.id = p.need
            WHERE p.county = :county AND p.state = 'in_force' AND n.state = 'placed' AND o.status = 'active'
              AND p.valid_from <= :last AND (p.valid_to IS NULL OR p.valid_to >= :first)
              AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.placement = p.id AND v.day BETWEEN :first AND :last)
            GROUP BY o.id, o.kind ORDER BY o.id
            """,
            county=scope.county,
            first=first,
            last=last,
        )
    await notices.to_plan(scope, {row.id: row.kind for row in rows}, first)
    return len(rows)


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Visits still planned a day after they were to begin, or after the last day of their placement."""
    found = [
        Contradiction("visits.not_begun", "visit", id)
        for id in await database.values(
            int,
            f"SELECT v.id FROM visit v WHERE v.county = :county AND {NOT_BEGUN} ORDER BY v.id",
            county=scope.county,
            before=_before(day),
        )
    ]
    return found + [
        Contradiction("visits.after_their_placement", "visit", id)
        for id in await database.values(
            int,
            f"SELECT v.id FROM visit v JOIN placement p ON p.id = v.placement WHERE v.county = :county AND {TOO_LATE}"
            " ORDER BY v.id",
            county=scope.county,
        )
    ]
