"""What a date brings to organisations: papers that end are told ahead, ended ones are noted, lost ones published."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import papers
from shangmen.foundation.organisations.events import Paper, PapersEnding, QualificationLost
from shangmen.foundation.organisations.states import OrganisationKind, QualificationStatus
from shangmen.foundation.organisations.tables import Qualification

FARTHEST = timedelta(days=60)
REASON = "expired"
BACKGROUND_CHECK = "background_check"


@dataclass(frozen=True)
class _Paper(database.Row):
    id: int
    kind: str
    holder: str
    organisation: int | None
    organisation_kind: OrganisationKind | None
    worker: int | None
    valid_to: date
    mandatory: bool


@dataclass(frozen=True)
class _Employer(database.Row):
    id: int
    kind: OrganisationKind


_PAPERS = """
SELECT q.id, q.kind, coalesce(o.name, w.name) AS holder, q.organisation, o.kind AS organisation_kind, q.worker,
       q.valid_to, q.mandatory
FROM qualification q LEFT JOIN organisation o ON o.id = q.organisation LEFT JOIN worker w ON w.id = q.worker
WHERE q.county = :county AND q.valid_to IS NOT NULL
"""


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Note the papers whose last day is past and publish what that loses; tell of those that end soon."""
    done: Counter[str] = Counter()
    for paper in await database.rows(
        _Paper,
        _PAPERS + " AND q.status IN ('valid', 'suspended') AND q.valid_to < :day ORDER BY q.id FOR UPDATE OF q",
        county=scope.county,
        day=day,
    ):
        await _expire(scope, paper)
        done["expired"] += 1
    ending = [await _told(paper, day) for paper in await _to_renew(scope, day)]
    checks = await _background_checks(scope, day)
    await effects.publish(scope, PapersEnding(tuple(ending), tuple(checks)))
    return done


async def _to_renew(scope: Scope, day: date) -> list[_Paper]:
    """Papers that end within sixty days or have ended, and after which there is none of the same kind."""
    return await database.rows(
        _Paper,
        _PAPERS
        + """
        AND (q.status = 'expired' OR (q.status = 'valid' AND q.valid_to BETWEEN :day AND :until)) AND NOT EXISTS (
          SELECT 1 FROM qualification n WHERE n.kind = q.kind AND n.status IN ('valid', 'expired') AND n.id <> q.id
            AND (n.organisation = q.organisation OR n.worker = q.worker)
            AND (n.valid_to IS NULL OR (n.valid_to, n.id) > (q.valid_to, q.id))) ORDER BY q.id
        """,
        county=scope.county,
        day=day,
        until=day + FARTHEST,
    )


async def _told(paper: _Paper, day: date) -> Paper:
    told = (
        await _employers(paper.worker, day)
        if paper.worker is not None
        else [(paper.organisation or 0, str(paper.organisation_kind))]
    )
    return Paper(paper.kind, paper.holder, paper.id, paper.worker, tuple(told), paper.valid_to)


async def _expire(scope: Scope, paper: _Paper) -> None:
    await database.change(Qualification, paper.id, {Qualification.status: QualificationStatus.EXPIRED})
    record(scope, "organisations.expire_qualification", "qualification", paper.id, kind=paper.kind, on=paper.valid_to)
    if paper.organisation is None:
        return
    lost = paper.valid_to + timedelta(days=1)
    services = await papers.loss(scope, paper.organisation, paper.kind, paper.mandatory, lost)
    if services is not None:
        await effects.publish(scope, QualificationLost(paper.organisation, lost, REASON, services))


async def _employers(worker: int, day: date) -> list[tuple[int, str]]:
    rows = await database.rows(
        _Employer,
        "SELECT DISTINCT o.id, o.kind FROM engagement e JOIN organisation o ON o.id = e.organisation"
        " WHERE e.worker = :worker AND (e.valid_to IS NULL OR e.valid_to >= :day) ORDER BY o.id",
        worker=worker,
        day=day,
    )
    return [(row.id, str(row.kind)) for row in rows]


@dataclass(frozen=True)
class _Checked(database.Row):
    id: int
    name: str
    background_checked: date


async def _background_checks(scope: Scope, day: date) -> list[Paper]:
    """Record checks that end soon or have ended; each is good for some months (未成年人保护法 article 62)."""
    months = await catalogue.parameter(scope, "background_check_months")
    found = []
    for worker in await database.rows(
        _Checked,
        "SELECT w.id, w.name, w.background_checked FROM worker w WHERE w.county = :county"
        " AND w.background_checked <= :last ORDER BY w.id",
        county=scope.county,
        last=clock.months_after(day + FARTHEST, -months) + timedelta(days=3),
    ):
        ends = clock.months_after(worker.background_checked, months)
        employers = tuple(await _employers(worker.id, day))
        if employers and ends <= day + FARTHEST:
            found.append(Paper(BACKGROUND_CHECK, worker.name, worker.id, worker.id, employers, ends))
    return found


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Papers that count as valid after their last day."""
    return [
        Contradiction("organisations.paper_past_its_day", "qualification", id)
        for id in await database.values(
            int,
            "SELECT id FROM qualification WHERE county = :county AND status IN ('valid', 'suspended')"
            " AND valid_to < :day ORDER BY id",
            county=scope.county,
            day=day,
        )
    ]
