"""Reads of organisations: who they are, where, and what they are licensed to do. Workers: `workers/`."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.organisations import rules
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus, QualificationStatus
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.states import PositionSource
from shangmen.web import lists


@dataclass(frozen=True)
class OrganisationRow(database.Row):
    """A bureau, a station, a provider or an institution."""

    id: int
    county: int
    kind: OrganisationKind
    name: str
    credit_code: str | None
    township: int | None
    operator: int | None
    supervisor: int | None
    address: str
    telephone: str
    contact: str
    other_telephones: str
    latitude: Decimal | None
    longitude: Decimal | None
    position_source: PositionSource
    status: OrganisationStatus
    version: int


@dataclass(frozen=True)
class ListedOrganisationRow(OrganisationRow):
    """An organisation of the list."""

    township_name: str | None
    operator_name: str | None
    workers: int
    lapsed: bool


@dataclass(frozen=True)
class ShownOrganisationRow(OrganisationRow):
    """An organisation with the names of what it refers to."""

    township_name: str | None
    operator_name: str | None
    supervisor_name: str | None


@dataclass(frozen=True)
class AreaRow(database.Row):
    """A township that an organisation serves."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class QualificationRow(database.Row):
    """A licence or a certificate; `in_force` says whether it holds today."""

    id: int
    county: int
    organisation: int | None
    worker: int | None
    kind: str
    number: str
    mandatory: bool
    valid_from: date
    valid_to: date | None
    status: QualificationStatus
    note: str
    in_force: bool


@dataclass(frozen=True)
class ExpiringRow(database.Row):
    """A licence or a certificate that ends soon, or that is `over`."""

    id: int
    kind: str
    valid_to: date | None
    mandatory: bool
    status: QualificationStatus
    organisation: int | None
    worker: int | None
    holder: str
    over: bool


@dataclass(frozen=True)
class HolderRow(database.Row):
    """Whose a qualification is."""

    organisation: int | None
    worker: int | None


@database.scoped
async def organisations(
    scope: Scope, kind: str = "", search: str = "", status: str = "", limit: int | None = 50, offset: int = 0
) -> tuple[list[ListedOrganisationRow], int]:
    """Organisations of the viewer's county, and how many there are.

    `workers` counts those of whom the viewer may know; `lapsed` says that a mandatory paper is not valid today.
    """
    which = lists.where(
        lists.within(scope, "o"),
        {
            "o.kind = :kind": kind,
            "o.status = :status": status,
            lists.found("o.name", "d.name", begins=["o.credit_code"]): search,
        },
    )
    return await lists.part(
        ListedOrganisationRow,
        """
        o.*, d.name AS township_name, p.name AS operator_name,
          (SELECT count(DISTINCT e.worker) FROM engagement e WHERE e.organisation = o.id
             AND e.valid_from <= :today AND (e.valid_to IS NULL OR e.valid_to >= :today)) AS workers,
          EXISTS (
            SELECT 1 FROM qualification q WHERE q.organisation = o.id AND q.mandatory
            GROUP BY q.kind HAVING NOT bool_or(q.status = 'valid' AND q.valid_from <= :today
              AND (q.valid_to IS NULL OR q.valid_to >= :today))) AS lapsed
        FROM organisation o
        LEFT JOIN division d ON d.id = o.township LEFT JOIN organisation p ON p.id = o.operator
        """,
        f"FROM organisation o LEFT JOIN division d ON d.id = o.township WHERE {which}",
        "position(left(o.kind, 1) IN 'bspi'), d.code NULLS LAST, o.id",
        "o.id",
        limit=limit,
        offset=offset,
        kind=kind,
        search=lists.wanted(search),
        status=status,
        today=clock.today(),
        **lists.counties(scope),
    )


@database.scoped
async def organisation(scope: Scope, id: int) -> ShownOrganisationRow:
    """One organisation of the viewer's county; raises NotFound."""
    row = await database.row(
        ShownOrganisationRow,
        """
        SELECT o.*, d.name AS township_name, p.name AS operator_name, s.name AS supervisor_name
        FROM organisation o LEFT JOIN division d ON d.id = o.township
        LEFT JOIN organisation p ON p.id = o.operator LEFT JOIN organisation s ON s.id = o.supervisor
        WHERE o.id = :id AND o.county = ANY(:counties)
        """,
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def bureau(scope: Scope) -> int | None:
    """The bureau of the scope's county; None while a county is being set up."""
    return await database.value(
        int,
        "SELECT id FROM organisation WHERE county = :county AND kind = 'bureau' ORDER BY id LIMIT 1",
        county=scope.county,
    )


@database.scoped
async def areas(scope: Scope, organisation: int) -> list[AreaRow]:
    """Townships that an organisation serves."""
    return await database.rows(
        AreaRow,
        "SELECT d.id, d.code, d.name FROM service_area a JOIN division d ON d.id = a.division"
        " WHERE a.organisation = :organisation ORDER BY d.code",
        organisation=organisation,
    )


@database.scoped
async def station_of(scope: Scope, township_id: int) -> OrganisationRow:
    """The social work station that serves a township; raises NotFound when there is none.

    A township that was replaced leads to the station of the one that followed it.
    """
    row = await database.row(
        OrganisationRow,
        """
        WITH RECURSIVE line AS (
          SELECT id, replaced_by FROM division WHERE id = :township
          UNION SELECT d.id, d.replaced_by FROM division d JOIN line l ON d.id = l.replaced_by
        )
        SELECT o.* FROM organisation o
        WHERE o.kind = 'station' AND o.status <> 'closed' AND o.township IN (SELECT id FROM line)
        ORDER BY o.status, o.id LIMIT 1
        """,
        township=township_id,
    )
    if row is None:
        raise NotFound("No station serves this township.")
    return row


@database.scoped
async def qualifications(
    scope: Scope, organisation: int | None = None, worker: int | None = None
) -> list[QualificationRow]:
    """Licences of an organisation, or certificates of a worker, as far as the viewer may know of them; `in_force`
    says whether they hold today."""
    return await database.rows(
        QualificationRow,
        """
        SELECT q.*, (q.status = 'valid' AND q.valid_from <= :today AND (q.valid_to IS NULL OR q.valid_to >= :today))
                 AS in_force
        FROM qualification q
        WHERE (:organisation::bigint IS NOT NULL AND q.organisation = :organisation)
           OR (:worker::bigint IS NOT NULL AND q.worker = :worker)
        ORDER BY q.mandatory DESC, q.kind, q.valid_from DESC, q.id
        """,
        organisation=organisation,
        worker=worker,
        today=clock.today(),
    )


@database.scoped
async def expiring(scope: Scope, days: int = 60) -> list[ExpiringRow]:
    """Qualifications that end within `days` or have ended and were not renewed, the earliest first; of organisations
    and of workers whom the viewer reaches."""
    return await database.rows(
        ExpiringRow,
        """
        SELECT q.id, q.kind, q.valid_to, q.mandatory, q.status, q.organisation, q.worker,
               coalesce(o.name, w.name) AS holder, coalesce(q.valid_to < :today, false) OR q.status <> 'valid' AS over
        FROM qualification q LEFT JOIN organisation o ON o.id = q.organisation LEFT JOIN worker w ON w.id = q.worker
        WHERE q.county = ANY(:counties) AND (q.status <> 'valid' OR q.valid_to < :until)
          AND NOT EXISTS (
            SELECT 1 FROM qualification n WHERE n.kind = q.kind AND n.status = 'valid' AND n.id <> q.id
              AND (n.organisation = q.organisation OR n.worker = q.worker)
              AND (n.valid_to IS NULL OR n.valid_to >= :until))
        ORDER BY q.valid_to NULLS FIRST, q.id
        """,
        counties=list(scope.counties),
        today=clock.today(),
        until=clock.today() + timedelta(days=days),
    )


@database.scoped
async def missing_mandatory(scope: Scope, organisation: int, on: date) -> list[str]:
    """Kinds of mandatory qualifications of an organisation that none of its papers covers on a day.

    Not empty: no new work from that day. Reads as far as the scope reaches: ask under the county's or the own.
    """
    return list((await standing(scope, organisation, on)).lapsed)


@dataclass(frozen=True)
class _Paper(database.Row):
    """A licence."""

    kind: str
    valid_from: date
    valid_to: date | None
    mandatory: bool
    stands: bool


@database.scoped
async def standing(scope: Scope, organisation: int, on: date) -> rules.Supplier:
    """What the rules ask of an organisation on a day; raises NotFound.

    Reads as far as the scope reaches: ask under the county's or the own.
    """
    row = await database.read(Organisation, organisation)
    papers = await database.rows(
        _Paper,
        "SELECT kind, valid_from, valid_to, mandatory, status = ANY(:standing) AS stands FROM qualification"
        " WHERE organisation = :organisation",
        organisation=organisation,
        standing=list(rules.STANDING),
    )
    return rules.Supplier.of([rules.Paper(**vars(one)) for one in papers], on, row.name, row.status)


@database.scoped
async def refusal(scope: Scope, organisation: int, on: date) -> rules.Verdict | None:
    """Why an organisation may take on no new work on a day; None when it may. Raises NotFound."""
    return rules.first_broken(rules.SUPPLIER_RULES, await standing(scope, organisation, on), rules.Asked(on))


@database.scoped
async def stands(scope: Scope, organisation: int, on: date) -> bool:
    """Whether an organisation may take new work on a day: active, and no mandatory qualification missing."""
    return await refusal(scope, organisation, on) is None


@database.scoped
async def holder(scope: Scope, qualification: int) -> HolderRow:
    """Whose a qualification is (organisation or worker); raises NotFound for one out of reach."""
    row = await database.row(
        HolderRow,
        "SELECT organisation, worker FROM qualification WHERE id = :id AND county = ANY(:counties)",
        id=qualification,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row
