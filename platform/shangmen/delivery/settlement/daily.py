"""What a date brings to settlement: months that are over are to be stated, objections and claw-backs wait."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.clock import Contradiction
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.holidays import queries as holidays
from shangmen.foundation.tasks import actions as tasks

TO_STATE = "statement_due"
OBJECTION = "objection_unanswered"
CLAW_BACK = "claw_back_open"
UNSTATED = "Verified visits under contract %(number)s are in no statement yet, the oldest of %(day)s."
FALLEN = "Statement %(number)s holds a visit of %(day)s that no longer stands: it is taken back by the next one."
FARTHEST = timedelta(days=366)  # verified later than that, it is no period that falls due


@dataclass(frozen=True)
class Due(database.Row):
    """A contract or a statement about which somebody has to act, with the organisation and the first day concerned."""

    id: int
    organisation: int
    number: str
    day: date


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Put on the lists what a month's end, the days of an objection and a rejected record bring."""
    done: Counter[str] = Counter()
    statements = await to_state(scope, day)
    for row in statements:
        await _open(
            scope, row, Role.PROVIDER_MANAGER, TO_STATE, "contract", "settlement.new", {"contract": row.id},
            UNSTATED,
            state_by(day),
        )  # fmt: skip
        done["periods_due"] += 1
    answers = await _unanswered(scope, day)
    for row in answers:
        await _open(
            scope, row, Role.BUREAU_OFFICER, OBJECTION, "statement", "settlement.show", {"id": row.id},
            "The objection to statement %(number)s has waited since %(day)s.", day,
        )  # fmt: skip
        done["objections_told"] += 1
    claims = await claw_backs(scope)
    for row in claims:
        await _open(
            scope, row, Role.BUREAU_OFFICER, CLAW_BACK, "statement", "settlement.show", {"id": row.id},
            FALLEN,
            None,
        )  # fmt: skip
        done["claw_backs_told"] += 1
    for kind, subject, still in (
        (TO_STATE, "contract", statements),
        (OBJECTION, "statement", answers),
        (CLAW_BACK, "statement", claims),
    ):
        await tasks.close_others(scope, kind, subject, [row.id for row in still])
    return done


def state_by(day: date) -> date:
    """By when the months before a day's are to be stated."""
    return clock.month_of(day)[0] + timedelta(days=9)


@database.scoped
async def to_state(scope: Scope, day: date) -> list[Due]:
    """Contracts with verified lines of months that are over and in no statement, nor on a day of a draft."""
    month = clock.month_of(day)[0]
    return await database.rows(
        Due,
        """
        SELECT c.id, c.provider AS organisation, c.number,
               min((r.begun_at AT TIME ZONE 'Asia/Shanghai')::date) AS day
        FROM service_line l JOIN service_record r ON r.id = l.service_record
        JOIN verdict d ON d.service_record = r.id AND d.state = 'verified'
        JOIN contract_line k ON k.id = l.contract_line JOIN contract c ON c.id = k.contract
        WHERE c.county = :county AND r.begun_at >= :since AND r.begun_at < :month AND l.amount > 0
          AND NOT EXISTS (SELECT 1 FROM statement_line x WHERE x.service_line = l.id)
          AND NOT EXISTS (SELECT 1 FROM statement e WHERE e.contract = c.id AND e.state = 'draft'
                          AND (r.begun_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN e.period_from AND e.period_to)
        GROUP BY c.id ORDER BY c.id
        """,
        county=scope.county,
        since=clock.at(month - FARTHEST),
        month=clock.at(month),
    )


async def _unanswered(scope: Scope, day: date) -> list[Due]:
    days = await catalogue.parameter(scope, "objection_answer_days")
    calendar = await holidays.working_days(scope, day - FARTHEST, day)
    rows = await database.rows(
        Due,
        """
        SELECT s.id, o.purchaser AS organisation, s.number,
               min((b.raised_at AT TIME ZONE 'Asia/Shanghai')::date) AS day
        FROM objection b JOIN statement s ON s.id = b.statement JOIN contract c ON c.id = s.contract
        JOIN lot o ON o.id = c.lot
        WHERE s.county = :county AND b.answered_at IS NULL
        GROUP BY s.id, o.purchaser ORDER BY s.id
        """,
        county=scope.county,
    )
    return [row for row in rows if calendar.after(row.day, days) < day]


@database.scoped
async def claw_backs(scope: Scope) -> list[Due]:
    """Approved or paid statements with a line that was rejected since and not taken back."""
    return await database.rows(
        Due,
        """
        SELECT s.id, o.purchaser AS organisation, s.number,
               min((r.begun_at AT TIME ZONE 'Asia/Shanghai')::date) AS day
        FROM statement_line x JOIN statement s ON s.id = x.statement JOIN contract c ON c.id = s.contract
        JOIN lot o ON o.id = c.lot JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN verdict d ON d.visit = r.visit
        WHERE s.county = :county AND s.state IN ('approved', 'paid') AND x.amount > 0
          AND (d.service_record <> r.id OR d.state = 'rejected')
          AND NOT EXISTS (SELECT 1 FROM deduction y WHERE y.claws_back = x.id)
        GROUP BY s.id, o.purchaser ORDER BY s.id
        """,
        county=scope.county,
    )


async def _open(
    scope: Scope,
    row: Due,
    role: Role,
    kind: str,
    subject: str,
    route: str,
    params: dict[str, int],
    message: str,
    due: date | None,
) -> None:
    await tasks.open(
        scope,
        organisation=row.organisation,
        role=role,
        kind=kind,
        subject=subject,
        subject_id=row.id,
        route=route,
        params=params,
        message=message,
        due=due,
        number=row.number,
        day=row.day.isoformat(),
    )


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Objections that have waited too long unheard."""
    told = await tasks.heard(scope, OBJECTION)
    return [
        Contradiction("settlement.objection_untold", "statement", row.id)
        for row in await _unanswered(scope, day)
        if row.id not in told
    ]
