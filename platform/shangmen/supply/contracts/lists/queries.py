"""What lists of contracts are held against."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.supply.contracts.states import ContractState


@dataclass(frozen=True)
class KnownRow(database.Row):
    """A contract with its lot."""

    id: int
    lot: int
    lot_number: str
    lot_name: str
    provider: int
    term_from: date
    term_to: date
    state: ContractState


@dataclass(frozen=True)
class KnownLineRow(database.Row):
    """A line of a contract."""

    id: int
    contract: int
    code: str
    rate: Decimal
    quantity: Decimal


@database.scoped
async def contracts(scope: Scope) -> list[KnownRow]:
    """Every contract of the county."""
    return await database.rows(
        KnownRow,
        "SELECT c.*, l.number AS lot_number, l.name AS lot_name FROM contract c JOIN lot l ON l.id = c.lot"
        " WHERE c.county = :county ORDER BY c.id",
        county=scope.county,
    )


@database.scoped
async def lines(scope: Scope, contracts: list[int]) -> list[KnownLineRow]:
    """The lines of these contracts."""
    return await database.rows(
        KnownLineRow,
        "SELECT l.id, l.contract, i.code, l.rate, l.quantity FROM contract_line l"
        " JOIN service_item i ON i.id = l.service_item WHERE l.contract = ANY(:contracts)",
        contracts=contracts,
    )


@database.scoped
async def numbers(scope: Scope) -> set[str]:
    """The numbers of lots and of contracts that are taken."""
    return set(
        await database.values(
            str,
            "SELECT number FROM lot WHERE county = :county UNION SELECT number FROM contract WHERE county = :county",
            county=scope.county,
        )
    )
