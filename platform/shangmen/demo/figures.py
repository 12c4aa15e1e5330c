"""What came of the demo: one object of figures, told on the terminal."""

import sys
from dataclasses import dataclass
from datetime import date

import msgspec

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.delivery.settlement import queries as settlement
from shangmen.demo.places import PASSWORD
from shangmen.errors import StartError
from shangmen.foundation.audit import proofs
from shangmen.supply.matching_runs import queries as runs


class Told(msgspec.Struct):
    """What the demo in a database was made with, as the trail keeps it."""

    code: str
    seed: int
    scale: int
    today: date
    seconds: dict[str, float]


@dataclass(frozen=True)
class FinishedRow(database.Row):
    """A demo that was made to its end."""

    county: int
    details: Told


@database.scoped
async def finished(nowhere: Scope) -> FinishedRow | None:
    """The demo in this database, or None when there is none.

    Raises StartError when one was begun and cut short, or when the database holds a county that is no demo.
    """
    counties = await database.values(int, "SELECT id FROM division WHERE level = 'county'")
    if not counties:
        return None
    await database.execute("SELECT set_config('app.counties', :counties, true)", counties=",".join(map(str, counties)))
    done = await _finished()
    if done is not None:
        return done
    if await database.exists("SELECT 1 FROM audit_event WHERE verb = 'demo.begin'"):
        raise StartError("A demo was begun here and cut short; remove the data folder, or name another SHANGMEN_DATA.")
    raise StartError("This database holds a county already; name another folder with SHANGMEN_DATA for the demo.")


async def _finished() -> FinishedRow | None:
    return await database.row(
        FinishedRow, "SELECT county, details FROM audit_event WHERE verb = 'demo.finish' ORDER BY id DESC LIMIT 1"
    )


@dataclass(frozen=True)
class CountsRow(database.Row):
    """How many of everything there are."""

    recipients: int
    placements: int
    visits: int
    service_records: int
    statements: int


@dataclass(frozen=True)
class GoalFigures:
    """A goal of the present plan."""

    value: int
    bound: int
    gap: float


@dataclass(frozen=True)
class Figures(CountsRow):
    """What the demo prints, and what `--json` says: the plan of the last run, and what came of it all."""

    needs: int
    served: int
    unmet: dict[str, int]
    goals: dict[str, GoalFigures]
    checker: str | list[tuple[str, str, str]]
    paid_yuan: str
    audit: str
    seconds: dict[str, float]


@database.scoped
async def figures(system: Scope) -> Figures:
    """Needs, what the present run made of them, and how many of everything there are."""
    run = await database.number(
        "SELECT id FROM matching_run WHERE county = :county ORDER BY id DESC LIMIT 1", county=system.county
    )
    summary = await runs.summary(system, run)
    counts = await database.row(
        CountsRow,
        """
        SELECT (SELECT count(*) FROM person) AS recipients,
               (SELECT count(*) FROM placement WHERE state = 'in_force') AS placements,
               (SELECT count(*) FROM visit) AS visits,
               (SELECT count(*) FROM service_record) AS service_records,
               (SELECT count(*) FROM statement) AS statements
        """,
    )
    assert counts is not None
    done = await _finished()
    return Figures(
        **vars(counts),
        needs=summary.needs,
        served=summary.served,
        unmet=summary.unmet,
        goals={name: GoalFigures(goal.value, goal.bound, goal.gap) for name, goal in summary.goals.items()},
        checker=[(one.code, one.subject, one.sentence) for one in summary.violations] or "ok",
        paid_yuan=f"{await settlement.paid_total(system):.2f}",
        audit="; ".join(map(str, await proofs.verify(system))) or "ok",
        seconds=done.details.seconds if done else {},
    )


@dataclass(frozen=True)
class LoginRow(database.Row):
    """Somebody who can log in."""

    login: str
    role: Role
    name: str


@database.scoped
async def logins(system: Scope) -> list[tuple[str, str, str]]:
    """(log-in, role, organisation) of one of each role and organisation, for the terminal."""
    rows = await database.rows(
        LoginRow,
        """
        SELECT DISTINCT ON (u.role, o.kind, CASE WHEN u.role = 'bureau_officer' THEN u.login ELSE '' END)
               u.login, u.role, o.name
        FROM app_user u JOIN organisation o ON o.id = u.organisation
        WHERE u.county = :county
        ORDER BY u.role, o.kind, CASE WHEN u.role = 'bureau_officer' THEN u.login ELSE '' END, u.id
        """,
        county=system.county,
    )
    return [(row.login, row.role, row.name) for row in rows]


def tell(told: Figures, people: list[tuple[str, str, str]]) -> None:
    """The summary in words."""
    goals = told.goals
    share = told.served / max(1, told.needs)
    print(f"\n{told.recipients} recipients, {told.needs} needs: {told.served} served ({share:.1%})")
    print("unserved: " + (", ".join(f"{code} {count}" for code, count in told.unmet.items()) or "nobody"))
    for name, goal in goals.items():
        print(f"{name}: {goal.value} (bound {goal.bound}, gap {goal.gap:.3%})")
    print(f"plan checked: {told.checker}; audit trail: {told.audit}")
    print(
        f"{told.placements} placements, {told.visits} visits, {told.service_records} service records, "
        f"{told.statements} statements, ¥{told.paid_yuan} paid"
    )
    print(f"\nLog-ins (password of all: {PASSWORD}; everybody is invented):")
    width = max(len(login) for login, _, _ in people)
    for login, role, organisation in people:
        print(f"  {login:<{width}}  {role:<18} {organisation}")
    sys.stdout.flush()
