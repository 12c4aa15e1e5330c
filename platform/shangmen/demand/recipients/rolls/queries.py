"""What the rows of a roll are compared with: townships with their stations, and who is registered."""

from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.recipients.states import (
    Category,
    Doubt,
    Living,
    Overlay,
    PersonGroup,
    PersonState,
    Scheme,
    SelfCare,
    Support,
)  # fmt: skip
from shangmen.foundation.organisations.states import Sex


@dataclass(frozen=True)
class StationRow(database.Row):
    """A station and a township that it serves."""

    township: int
    station: int


@database.scoped
async def stations(scope: Scope) -> list[StationRow]:
    """The townships of the county with their stations, those of the township itself before those of its area."""
    return await database.rows(
        StationRow,
        """
        SELECT township, id AS station FROM organisation
        WHERE kind = 'station' AND status = 'active' AND county = ANY(:counties) AND township IS NOT NULL
        UNION ALL
        SELECT a.division, o.id FROM service_area a JOIN organisation o ON o.id = a.organisation
        WHERE o.kind = 'station' AND o.status = 'active' AND o.county = ANY(:counties)
        """,
        counties=list(scope.counties),
    )


@database.scoped
async def bureau(scope: Scope) -> int | None:
    """The county's bureau: it keeps who has no station yet."""
    return await database.value(
        int,
        "SELECT id FROM organisation WHERE kind = 'bureau' AND county = ANY(:counties) ORDER BY id LIMIT 1",
        counties=list(scope.counties),
    )


@dataclass(frozen=True)
class KnownRow(database.Row):
    """Somebody who is registered, as far as a roll can say something about it."""

    id: int
    station: int
    station_name: str
    township: int
    name: str
    id_number: str | None
    no_id_reason: str
    sex: Sex
    birth_date: date
    telephone: str
    telephone_of: str
    other_telephones: str
    relation: str
    support: Support
    self_care: SelfCare
    overlay: Overlay
    doubt: Doubt
    living: Living
    person_group: PersonGroup
    village: str
    address: str
    registered_address: str
    residence_permit: bool
    halal: bool
    language: str
    guardian_name: str
    guardian_telephone: str
    guardian_other_telephones: str
    guardian_relation: str
    relatives: str
    notes: str
    state: PersonState
    version: int
    household: int | None
    category: Category | None
    tier: str | None
    scheme: Scheme | None
    household_number: str | None
    valid_from: date | None
    valid_to: date | None
    certificate: int | None
    certificate_number: str | None
    type: int | None
    level: int | None


_KNOWN = """
  SELECT p.*, o.name AS station_name, h.category, h.tier, h.scheme, h.number AS household_number, h.valid_from,
    h.valid_to, c.id AS certificate, c.number AS certificate_number, c.type, c.level
  FROM person p JOIN organisation o ON o.id = p.station LEFT JOIN household h ON h.id = p.household
  LEFT JOIN LATERAL (SELECT * FROM disability_certificate d WHERE d.person = p.id ORDER BY d.id DESC LIMIT 1) c ON true
"""


@database.scoped
async def known(scope: Scope, numbers: list[str], names: list[str]) -> list[KnownRow]:
    """Who is registered in the county with one of these ID numbers, or under one of these names."""
    return await database.rows(
        KnownRow,
        _KNOWN + " WHERE p.county = ANY(:counties) AND (p.id_number = ANY(:numbers) OR p.name = ANY(:names))",
        counties=list(scope.counties),
        numbers=numbers,
        names=names,
    )


@dataclass(frozen=True)
class HouseholdRow(database.Row):
    """A household that stands, by its number."""

    id: int
    station: int
    number: str
    category: Category


@database.scoped
async def households(scope: Scope, numbers: list[str]) -> list[HouseholdRow]:
    """The households of these numbers that stand today, the latest last."""
    return await database.rows(
        HouseholdRow,
        "SELECT id, station, number, category FROM household WHERE county = ANY(:counties) AND number = ANY(:numbers)"
        " AND (valid_to IS NULL OR valid_to >= :today) ORDER BY id",
        counties=list(scope.counties),
        numbers=numbers,
        today=clock.today(),
    )


def own_station(scope: Scope) -> int | None:
    """The station whose people alone the sender registers; None for a desk of the county."""
    return scope.organisation if scope.role is Role.STATION_SCHEDULER else None
