"""Reads of matching runs, of their suppliers, and the figures of a plan."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.matching_runs.certificate import Certificate, Goal, Step, Violation
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.proposals.queries import tallies
from shangmen.supply.matching_runs.states import RUNNING, RunState
from shangmen.web import lists

_LIGHT = """
r.id, r.requested_by, r.created_at, r.starts_on, r.state, r.stop_asked, r.message, r.approved_at, r.certificate,
r.violations, r.policy - 'need_versions' AS policy, u.name AS requested_by_name, a.name AS approved_by_name
"""

_COUNTS = """
LEFT JOIN LATERAL (
  SELECT count(*) AS needs, count(*) FILTER (WHERE p.supplier IS NOT NULL) AS served,
         count(*) FILTER (WHERE p.overridden) AS overridden, avg(p.metres)::int AS mean_metres,
         max(p.metres) AS most_metres
  FROM proposal p WHERE p.matching_run = r.id) c ON true
LEFT JOIN app_user u ON u.id = r.requested_by LEFT JOIN app_user a ON a.id = r.approved_by
"""


@dataclass(frozen=True)
class RunLine(database.Row):
    """A run in a list: who asked, how far it is, and how many needs it serves."""

    id: int
    requested_by: int | None
    requested_by_name: str | None
    created_at: datetime
    starts_on: date
    state: RunState
    stop_asked: bool
    message: str
    approved_at: datetime | None
    approved_by_name: str | None
    certificate: Certificate | None
    violations: list[Violation]
    policy: RunForm
    needs: int
    served: int
    overridden: int
    mean_metres: int | None
    most_metres: int | None

    @property
    def running(self) -> bool:
        """Whether it is queued or at work."""
        return self.state in RUNNING


@dataclass(frozen=True)
class Run(RunLine):
    """A run with its progress; without its problem and solution."""

    progress: list[Step]


@database.scoped
async def runs(scope: Scope, state: str = "", limit: int = 50, offset: int = 0) -> tuple[list[RunLine], int]:
    """Runs of the viewer's county, the latest first, and how many there are in all."""
    return await lists.part(
        RunLine,
        f"{_LIGHT}, c.* FROM matching_run r {_COUNTS}",
        f"FROM matching_run r WHERE {lists.where(lists.within(scope, 'r'), {'r.state = :state': state})}",
        "r.id DESC",
        "r.id",
        limit=limit,
        offset=offset,
        state=state,
        **lists.counties(scope),
    )


@database.scoped
async def run(scope: Scope, id: int) -> Run:
    """One run without its problem and solution; raises NotFound."""
    found = await database.row(
        Run, f"SELECT {_LIGHT}, r.progress, c.* FROM matching_run r {_COUNTS} WHERE r.id = :id", id=id
    )
    if found is None:
        raise NotFound
    return found


@database.scoped
async def waiting(scope: Scope, on: date) -> set[int]:
    """Counties of the scope in which needs wait for a supplier on a day."""
    return set(
        await database.values(
            int,
            "SELECT DISTINCT county FROM need WHERE county = ANY(:counties) AND state = 'waiting'"
            " AND (valid_to IS NULL OR valid_to >= :on)",
            counties=list(scope.counties),
            on=on,
        )
    )


@dataclass(frozen=True)
class SupplierRow(database.Row):
    """A station or a provider, and where it is."""

    id: int
    kind: OrganisationKind
    name: str
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy
    township_name: str | None


@database.scoped
async def suppliers(scope: Scope) -> list[SupplierRow]:
    """Stations and providers of the county."""
    return await database.rows(
        SupplierRow,
        """
        SELECT o.id, o.kind, o.name, w.latitude, w.longitude, w.accuracy, d.name AS township_name
        FROM organisation o JOIN seat w ON w.organisation = o.id LEFT JOIN division d ON d.id = o.township
        WHERE o.county = ANY(:counties) AND o.kind IN ('station', 'provider') ORDER BY o.kind DESC, o.id
        """,
        counties=list(scope.counties),
    )


@dataclass(frozen=True)
class Summary(database.Row):
    """A run in figures, for the terminal: unmet needs by reason, and what the checker finds wrong."""

    state: RunState
    needs: int
    served: int
    unmet: dict[str, int]
    goals: dict[str, Goal]
    violations: list[Violation]


@database.scoped
async def summary(scope: Scope, run_id: int) -> Summary:
    """A run in figures; raises NotFound."""
    found = await run(scope, run_id)
    reasons = (await tallies(scope, run_id)).reason
    return Summary(
        state=found.state,
        needs=found.needs,
        served=found.served,
        unmet=dict(sorted(reasons.items())),
        goals=found.certificate.goals if found.certificate else {},
        violations=found.violations,
    )
