"""Reads of the catalogue and of the dated parameters."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.catalogue.states import Proof, ServiceKind, ServiceUnit
from shangmen.web import lists

Value = TypeVar("Value")
# What the value of a parameter may be: a number, several, or one by word.
Number = int | float
Values = Number | list[Number] | dict[str, Number | list[str]]


@dataclass(frozen=True)
class ItemRow(database.Row):
    """One version of a catalogue line."""

    id: int
    code: str
    name: str
    english: str
    unit: ServiceUnit
    kind: ServiceKind
    standard_minutes: int
    minimum_minutes: int
    staff_count: int
    required_qualification: str
    same_sex: bool
    minors_check: bool
    proof: list[Proof]
    price_ceiling: Decimal | None
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class ParameterRow(database.Row):
    """A value of a parameter with its days."""

    id: int
    name: str
    value: Values
    unit: str
    valid_from: date
    valid_to: date | None
    source: str
    version: int


@database.scoped
async def items(scope: Scope, on: date | None = None, search: str = "", kind: str = "") -> list[ItemRow]:
    """Catalogue lines in force on a day (today), by code."""
    return await database.rows(
        ItemRow,
        f"""
        SELECT * FROM service_item
        WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) AND (:kind = '' OR kind = :kind)
          AND {lists.found("name", "english", begins=["code"])}
        ORDER BY position(left(code, 1) IN 'VCNRPLAT'), code
        """,
        on=on or clock.today(),
        search=lists.wanted(search),
        kind=kind,
    )


@database.scoped
async def item(scope: Scope, id: int) -> ItemRow:
    """One version of a catalogue line; raises NotFound."""
    row = await database.row(ItemRow, "SELECT * FROM service_item WHERE id = :id", id=id)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def item_by_code(scope: Scope, code: str, on: date | None = None) -> ItemRow:
    """The version of a line that is in force on a day (today); raises NotFound."""
    row = await database.row(
        ItemRow,
        "SELECT * FROM service_item WHERE code = :code AND valid_from <= :on"
        " AND (valid_to IS NULL OR valid_to >= :on) ORDER BY valid_from DESC LIMIT 1",
        code=code,
        on=on or clock.today(),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def versions(scope: Scope, code: str) -> list[ItemRow]:
    """Every version of a line, newest first."""
    return await database.rows(
        ItemRow, "SELECT * FROM service_item WHERE code = :code ORDER BY valid_from DESC", code=code
    )


async def parameter(scope: Scope, name: str, on: date | None = None) -> int:
    """The value on a day (today) of a parameter that is a whole number: days, months, metres. See `parameter_as`."""
    return await parameter_as(scope, int, name, on)


@database.scoped
async def parameter_as(scope: Scope, kind: type[Value], name: str, on: date | None = None) -> Value:
    """The value of a parameter on a day (today), read as `kind`: Decimal, list[Decimal], tuple[int, int] …

    Raises LookupError when there is none: a missing rule must be loud.
    """
    day = on or clock.today()
    text = await database.value(
        str,
        "SELECT value::text FROM parameter WHERE name = :name AND valid_from <= :on"
        " AND (valid_to IS NULL OR valid_to >= :on) ORDER BY valid_from DESC LIMIT 1",
        name=name,
        on=day,
    )
    if text is None:
        raise LookupError(f"no parameter {name} on {day}; load the catalogue or set it")
    return database.decoded(kind, text)


@database.scoped
async def parameter_version(scope: Scope, name: str) -> int:
    """How often the values of a parameter were written: each new one and each mending counts on."""
    return await database.number("SELECT coalesce(sum(version), 0)::int FROM parameter WHERE name = :name", name=name)


@database.scoped
async def parameters(scope: Scope) -> list[ParameterRow]:
    """Every value of every parameter, by name, newest first."""
    return await database.rows(ParameterRow, "SELECT * FROM parameter ORDER BY name, valid_from DESC")
