"""Reads that a registration is checked against."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.demand.recipients.registration.rules import Ages
from shangmen.demand.recipients.states import PersonState
from shangmen.foundation.catalogue import queries as catalogue


@dataclass(frozen=True)
class TownshipRow(database.Row):
    """A township in which a station registers."""

    id: int
    name: str


@dataclass(frozen=True)
class KnownRow(database.Row):
    """Who holds an ID number already, and at which station."""

    id: int
    name: str
    station: int
    station_name: str
    state: PersonState


@database.scoped
async def own_townships(scope: Scope) -> list[TownshipRow]:
    """Townships in which the viewer's station registers; for the system those of the whole county."""
    return await database.rows(
        TownshipRow,
        """
        SELECT d.id, d.name FROM division d
        WHERE d.parent = ANY(:counties) AND (:all OR d.id IN (
            SELECT township FROM organisation WHERE id = :organisation
            UNION SELECT division FROM service_area WHERE organisation = :organisation))
        ORDER BY d.code
        """,
        counties=list(scope.counties),
        organisation=scope.organisation,
        all=scope.role == Role.SYSTEM,
    )


@database.scoped
async def known(scope: Scope, number: str, except_for: int = 0) -> KnownRow | None:
    """Who is registered with an ID number in the counties of the scope."""
    return await database.row(
        KnownRow,
        "SELECT p.id, p.name, p.station, p.state, o.name AS station_name"
        " FROM person p JOIN organisation o ON o.id = p.station"
        " WHERE p.id_number = :number AND p.county = ANY(:counties) AND p.id <> :except_for",
        number=number,
        counties=list(scope.counties),
        except_for=except_for,
    )


@database.scoped
async def unnumbered(scope: Scope, born: date, except_for: int = 0) -> list[str]:
    """Names of those born on a day whom the viewer's station registered without an ID number."""
    return await database.values(
        str,
        "SELECT name FROM person WHERE station = :station AND id_number IS NULL AND birth_date = :born"
        " AND id <> :except_for",
        station=scope.organisation,
        born=born,
        except_for=except_for,
    )


@database.scoped
async def ages(scope: Scope) -> Ages:
    """The age limits in force today."""
    return Ages(
        elder=await catalogue.parameter(scope, "elder_age"),
        minor=await catalogue.parameter(scope, "minor_age"),
        consent=await catalogue.parameter(scope, "consent_age"),
        alone=await catalogue.parameter(scope, "living_alone_age"),
    )
