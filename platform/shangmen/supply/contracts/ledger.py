"""When a contract is exhausted is decided here alone.

Four counters of money on the contract (paid <= settled <= delivered, reserved + delivered <= ceiling) and two of units
on each line (reserved + delivered <= quantity). Every verb is a conditional UPDATE: who comes too late changes no row
and gets a Conflict that says what is left. The contract's row is always locked before the line's, so that two verbs on
one contract never wait for each other in a ring.

A provider reaches its own contract; for a station, elevate the scope first.
"""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.errors import Conflict, NotFound
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot

ZERO = pricing.ZERO

NO_MONEY = "Contract %(number)s has ¥%(left)s left, which is less than the ¥%(asked)s that this takes."
NO_UNITS = (
    "This line of contract %(number)s has %(left)s units left, which is less than the %(asked)s that this takes."
)
NOT_IN_FORCE = "Contract %(number)s is not in force."
NOT_HELD = "Less is held on contract %(number)s than is to be taken back."


@dataclass(frozen=True)
class Left(database.Row):
    """What a contract and one of its lines can still take."""

    contract: int
    number: str
    state: ContractState
    units: Decimal
    yuan: Decimal


@dataclass(frozen=True)
class _Held(database.Row):
    """A contract whose reserved yuan have changed; `after` is what is committed now."""

    id: int
    number: str
    lot: int
    ceiling: Decimal
    after: Decimal


@database.scoped
async def left(scope: Scope, line: int) -> Left:
    """Units left on a line and yuan left on its contract; raises NotFound."""
    row = await database.row(
        Left,
        """
        SELECT c.id AS contract, c.number, c.state, l.quantity - l.reserved - l.delivered AS units,
               c.ceiling - c.reserved - c.delivered AS yuan
        FROM contract_line l JOIN contract c ON c.id = l.contract WHERE l.id = :line
        """,
        line=line,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def reserve(scope: Scope, line: int, units: Decimal, yuan: Decimal) -> None:
    """Hold units and money for a placement; Conflict with what is left when the ceiling or the quantity is short."""
    contract = await database.row(
        _Held,
        """
        UPDATE contract c SET reserved = c.reserved + :yuan::numeric FROM contract_line l
        WHERE l.id = :line AND c.id = l.contract AND c.state = 'in_force'
          AND c.reserved + c.delivered + :yuan::numeric <= c.ceiling
        RETURNING c.id, c.number, c.lot, c.ceiling, c.reserved + c.delivered AS after
        """,
        line=line,
        yuan=yuan,
    )
    if contract is None:
        raise await _refusal(scope, line, units, yuan)
    held = await database.exists(
        """
        UPDATE contract_line SET reserved = reserved + :units::numeric
        WHERE id = :line AND reserved + delivered + :units::numeric <= quantity RETURNING id
        """,
        line=line,
        units=units,
    )
    if not held:  # nothing of a refused reservation stays, whatever the caller makes of the refusal
        await database.execute(
            "UPDATE contract SET reserved = reserved - :yuan::numeric WHERE id = :id", id=contract.id, yuan=yuan
        )
        raise await _refusal(scope, line, units, yuan)
    await _warn(scope, contract, contract.after - yuan)


async def _refusal(scope: Scope, line: int, units: Decimal, yuan: Decimal) -> Conflict:
    rest = await left(scope, line)
    if rest.state != ContractState.IN_FORCE:
        return Conflict(NOT_IN_FORCE, number=rest.number)
    if rest.units < units:
        return Conflict(NO_UNITS, number=rest.number, left=f"{rest.units:,.2f}", asked=f"{units:,.2f}")
    return Conflict(NO_MONEY, number=rest.number, left=f"{rest.yuan:,.2f}", asked=f"{yuan:,.2f}")


@database.scoped
async def release(scope: Scope, line: int, units: Decimal, yuan: Decimal) -> None:
    """Give back what a placement held and did not use; Conflict when less than that is held."""
    contract = await database.row(
        _Held,
        """
        UPDATE contract c SET reserved = c.reserved - :yuan::numeric FROM contract_line l
        WHERE l.id = :line AND c.id = l.contract AND c.reserved >= :yuan::numeric
        RETURNING c.id, c.number, c.lot, c.ceiling, c.reserved + c.delivered AS after
        """,
        line=line,
        yuan=yuan,
    )
    if contract is None:
        raise Conflict(NOT_HELD, number=(await left(scope, line)).number)
    freed = await database.exists(
        "UPDATE contract_line SET reserved = reserved - :units::numeric"
        " WHERE id = :line AND reserved >= :units::numeric RETURNING id",
        line=line,
        units=units,
    )
    if not freed:
        await database.execute(
            "UPDATE contract SET reserved = reserved + :yuan::numeric WHERE id = :id", id=contract.id, yuan=yuan
        )
        raise Conflict(NOT_HELD, number=contract.number)
    await _warn(scope, contract, contract.after + yuan)


@database.scoped
async def deliver(
    scope: Scope,
    line: int,
    units: Decimal,
    yuan: Decimal,
    from_reserved_units: Decimal = ZERO,
    from_reserved_yuan: Decimal = ZERO,
) -> Decimal:
    """Count a delivered visit, first giving back what was reserved for it; returns the yuan that are payable.

    Less than `yuan` when the ceiling cuts the last visit, 0.00 when nothing is left: what has been delivered is never
    refused, only not paid. Works on a suspended contract too, for visits from before.
    """
    contract, row = await _locked(line)
    if contract.reserved < from_reserved_yuan or row.reserved < from_reserved_units:
        raise Conflict(NOT_HELD, number=contract.number)
    before = contract.reserved + contract.delivered
    payable = pricing.payable(
        units,
        yuan,
        row.quantity - row.delivered - (row.reserved - from_reserved_units),
        contract.ceiling - before + from_reserved_yuan,
    )
    units = pricing.counted(units, yuan, payable)
    await _move(line, contract.id, -from_reserved_units, units, -from_reserved_yuan, payable)
    held = _Held(contract.id, contract.number, contract.lot, contract.ceiling, before - from_reserved_yuan + payable)
    await _warn(scope, held, before)
    return payable


@database.scoped
async def undeliver(
    scope: Scope,
    line: int,
    units: Decimal,
    yuan: Decimal,
    payable: Decimal | None = None,
    to_reserved_units: Decimal = ZERO,
    to_reserved_yuan: Decimal = ZERO,
) -> None:
    """Take a delivered visit back, as when its record is rejected; Conflict when it is settled already.

    `units` and `yuan` are those given to `deliver`, `payable` what it returned (None: all of it). `to_reserved_…`
    goes back to what the placement holds, as far as there is room.
    """
    payable = yuan if payable is None else payable
    contract, row = await _locked(line)
    units = pricing.counted(units, yuan, payable)
    if contract.delivered - payable < contract.settled or row.delivered < units:
        raise Conflict(NOT_HELD, number=contract.number)
    await _move(line, contract.id, ZERO, -units, ZERO, -payable)
    if to_reserved_units or to_reserved_yuan:
        await _move(line, contract.id, to_reserved_units, ZERO, to_reserved_yuan, ZERO)


async def _locked(line: int) -> tuple[Contract, ContractLine]:
    """The contract of a line and the line itself, locked in this order; raises NotFound."""
    contract = await database.lock(Contract, (await database.read(ContractLine, line)).contract)
    return contract, await database.lock(ContractLine, line)


async def _move(
    line: int, contract: int, units_held: Decimal, units_done: Decimal, yuan_held: Decimal, yuan_done: Decimal
) -> None:
    """Change the counters of rows that are locked; the check constraints stand behind it."""
    await database.execute(
        "UPDATE contract SET reserved = reserved + :held::numeric, delivered = delivered + :done::numeric"
        " WHERE id = :id",
        id=contract,
        held=yuan_held,
        done=yuan_done,
    )
    await database.execute(
        "UPDATE contract_line SET reserved = reserved + :held::numeric, delivered = delivered + :done::numeric"
        " WHERE id = :id",
        id=line,
        held=units_held,
        done=units_done,
    )


@database.scoped
async def settle(scope: Scope, contract: int, yuan: Decimal) -> None:
    """Count an approved statement; Conflict when it is more than was delivered and not yet settled."""
    await _advance(
        contract,
        yuan,
        "UPDATE contract SET settled = settled + :yuan::numeric"
        " WHERE id = :id AND settled + :yuan::numeric BETWEEN paid AND delivered RETURNING id",
        "Contract %(number)s has ¥%(left)s delivered and not yet settled, less than ¥%(asked)s.",
        "SELECT number, delivered - settled AS rest FROM contract WHERE id = :id",
    )


@database.scoped
async def pay(scope: Scope, contract: int, yuan: Decimal) -> None:
    """Count a payment; Conflict when it is more than was settled and not yet paid."""
    await _advance(
        contract,
        yuan,
        "UPDATE contract SET paid = paid + :yuan::numeric"
        " WHERE id = :id AND paid + :yuan::numeric BETWEEN 0 AND settled RETURNING id",
        "Contract %(number)s has ¥%(left)s settled and not yet paid, less than ¥%(asked)s.",
        "SELECT number, settled - paid AS rest FROM contract WHERE id = :id",
    )


async def _advance(contract: int, yuan: Decimal, change: str, sentence: str, rest: str) -> None:
    if await database.exists(change, id=contract, yuan=yuan):
        return
    row = await database.row(_Rest, rest, id=contract)
    if row is None:
        raise NotFound
    raise Conflict(sentence, number=row.number, left=f"{row.rest:,.2f}", asked=f"{yuan:,.2f}")


@dataclass(frozen=True)
class _Rest(database.Row):
    """What of a contract may still be settled, or paid."""

    number: str
    rest: Decimal


async def _warn(scope: Scope, contract: _Held, before: Decimal) -> None:
    """Open the bureau's task when the committed yuan pass a warning share of the ceiling, close it below all."""
    id, ceiling = contract.id, contract.ceiling
    if not ceiling or contract.after == before:
        return
    shares = sorted(await catalogue.parameter_as(scope, list[Decimal], "contract_warning_shares"))
    was, now = (sum(value >= share * ceiling for share in shares) for value in (before, contract.after))
    if was == now:
        return
    await tasks.close(scope, "contract_running_out", "contract", id)
    if not now:
        return
    await tasks.open(
        scope,
        organisation=(await database.read(Lot, contract.lot)).purchaser,
        role=Role.BUREAU_OFFICER,
        kind="contract_running_out",
        subject="contract",
        subject_id=id,
        route="contracts.show",
        params={"id": id},
        message="Contract %(number)s has passed %(share)s %% of its ceiling.",
        number=contract.number,
        share=f"{int(shares[now - 1] * 100)}",
    )
