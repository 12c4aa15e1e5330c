"""Reads of uploaded rolls."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.recipients.states import RollState
from shangmen.demand.recipients.tables import Roll

# A message id and what fills it.
Sentence = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class RollRow(database.Row):
    """An upload in the list of uploads."""

    id: int
    file_name: str
    state: RollState
    created_at: datetime
    committed_at: datetime | None


class Verdict(StrEnum):
    """What would become of a row: registered, passed over because it is there already, or refused."""

    NEW = "new"
    THERE = "there"
    FAULT = "fault"


class Line(msgspec.Struct):
    """A row of the sheet: its number there, the cells by field, and what becomes of it (`person` once registered)."""

    row: int
    cells: dict[str, str]
    verdict: Verdict = Verdict.NEW
    sentences: list[Sentence] = []
    person: int | None = None


class Sheet(msgspec.Struct):
    """What is kept of a sheet: heads that nobody knew, the fields that were found, and the rows."""

    unknown: list[str]
    columns: list[str]
    rows: list[Line]


def sheet_of(roll: Roll) -> Sheet:
    """The sheet that an upload keeps."""
    return database.decoded(Sheet, roll.rows)


@database.scoped
async def roll(scope: Scope, id: int) -> Roll:
    """An uploaded roll; raises NotFound."""
    return await database.read(Roll, id)


@database.scoped
async def latest(scope: Scope) -> list[RollRow]:
    """The latest uploads, newest first."""
    return await database.rows(
        RollRow,
        "SELECT id, file_name, state, created_at, committed_at FROM roll WHERE county = ANY(:counties)"
        " ORDER BY id DESC LIMIT 10",
        counties=list(scope.counties),
    )


@dataclass(frozen=True)
class RegisteredRow(database.Row):
    """An ID number that the county knows, and the station that registered it."""

    id_number: str
    station: int
    station_name: str


@database.scoped
async def registered(scope: Scope, numbers: list[str]) -> list[RegisteredRow]:
    """Which of these ID numbers are registered in the counties of the scope."""
    return await database.rows(
        RegisteredRow,
        "SELECT p.id_number, p.station, o.name AS station_name FROM person p JOIN organisation o ON o.id = p.station"
        " WHERE p.county = ANY(:counties) AND p.id_number = ANY(:numbers)",
        counties=list(scope.counties),
        numbers=numbers,
    )


@dataclass(frozen=True)
class UnnumberedRow(database.Row):
    """Somebody who is registered without an ID number."""

    name: str
    birth_date: date


@database.scoped
async def unnumbered(scope: Scope) -> list[UnnumberedRow]:
    """The viewer's own people without an ID number."""
    return await database.rows(
        UnnumberedRow,
        "SELECT name, birth_date FROM person WHERE station = :station AND id_number IS NULL",
        station=scope.organisation,
    )
