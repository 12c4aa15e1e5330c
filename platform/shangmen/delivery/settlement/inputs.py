"""Which service lines a statement takes in, which no longer stand in it, and what is taken back from earlier ones.

A line goes into a statement of its contract when the record that it belongs to is in force and verified, when it is in
no other statement, and when the visit began within the period; or within the period of an earlier statement that the
provider has handed in already, so that a visit verified late is settled with the next one and none is forgotten.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import queries
from shangmen.delivery.settlement.queries import StatementRow
from shangmen.delivery.settlement.tables import Deduction, Statement
from shangmen.supply.contracts.tables import Contract

ZERO = Decimal("0.00")
CLAWBACK = "clawback"

_DAY = "(r.begun_at AT TIME ZONE 'Asia/Shanghai')::date"

_TAKEN_IN = f"""
  FROM service_line l JOIN service_record r ON r.id = l.service_record
  JOIN verdict d ON d.service_record = r.id AND d.state = 'verified'
  JOIN contract_line k ON k.id = l.contract_line
  WHERE k.contract = :contract AND r.begun_at < :until
    AND (r.begun_at >= :since OR EXISTS (SELECT 1 FROM statement e WHERE e.contract = :contract AND e.state <> 'draft'
         AND {_DAY} BETWEEN e.period_from AND e.period_to))
    AND NOT EXISTS (SELECT 1 FROM statement_line x WHERE x.service_line = l.id AND x.statement <> :statement)
    AND l.id <> :without
"""

# Lines of statements whose record was rejected, or corrected by a later one, or is held again.
_FALLEN = """
  FROM statement_line x JOIN statement s ON s.id = x.statement
  JOIN service_line l ON l.id = x.service_line JOIN service_record r ON r.id = l.service_record
  JOIN verdict d ON d.visit = r.visit LEFT JOIN person p ON p.id = r.person
"""


@dataclass(frozen=True)
class Sums(database.Row):
    """What a statement comes to, in yuan."""

    lines: int
    gross: Decimal
    deducted: Decimal

    @property
    def payable(self) -> Decimal:
        """Gross less deductions."""
        return self.gross - self.deducted


async def locked(scope: Scope, id: int) -> StatementRow:
    """A statement, its contract's row locked first and then its own; raises NotFound."""
    found = await database.read(Statement, id)
    await database.lock(Contract, found.contract)
    await database.lock(Statement, id)
    return await queries.statement(scope, id)


def _window(contract: int, first: date, last: date, statement: int, without: int = 0) -> dict[str, object]:
    return {
        "without": without,
        "contract": contract,
        "since": clock.at(first),
        "until": clock.at(last, 24 * 60),
        "statement": statement,
    }


@dataclass(frozen=True)
class FreeLine(database.Row):
    """A service line that a statement takes in."""

    id: int
    amount: Decimal
    visit: int
    day: date


@database.scoped
async def lines(scope: Scope, contract: int, first: date, last: date, statement: int = 0) -> list[FreeLine]:
    """Service lines that a statement of the contract for these days takes in, in the order of their ids.

    `statement` is the draft that is filled again: its own lines count as free.
    """
    return await database.rows(
        FreeLine,
        f"SELECT l.id, l.amount, r.visit, {_DAY} AS day {_TAKEN_IN} ORDER BY l.id",
        **_window(contract, first, last, statement),
    )


@database.scoped
async def earliest_uncovered(scope: Scope, contract: int) -> date | None:
    """The day of the first verified visit of a contract that is in no statement, and on no day of any; or None."""
    return await database.value(
        date,
        f"""
        SELECT min({_DAY})
        FROM service_line l JOIN contract_line k ON k.id = l.contract_line
        JOIN service_record r ON r.id = l.service_record
        JOIN verdict d ON d.service_record = r.id AND d.state = 'verified'
        WHERE k.contract = :contract AND NOT EXISTS (SELECT 1 FROM statement_line x WHERE x.service_line = l.id)
          AND NOT EXISTS (SELECT 1 FROM statement e
                          WHERE e.contract = :contract AND {_DAY} BETWEEN e.period_from AND e.period_to)
        """,
        contract=contract,
    )


@database.scoped
async def fill(scope: Scope, statement: StatementRow, without: int = 0) -> Sums:
    """Fill a draft anew: lines that fell are dropped, new ones taken in, earlier ones clawed back.

    The contract's row must be locked. `without` is a service line that is about to fall in the same transaction. What
    a reviewer had deducted is gone: it was said of other lines.
    """
    id = statement.id
    await database.execute("DELETE FROM deduction WHERE statement = :id", id=id)
    await database.execute("DELETE FROM statement_line WHERE statement = :id", id=id)
    await database.execute(
        f"INSERT INTO statement_line (statement, service_line, amount)"
        f" SELECT :statement, l.id, l.amount {_TAKEN_IN} ORDER BY l.id",
        **_window(statement.contract, statement.period_from, statement.period_to, id, without),
    )
    gross = (await _sums(id)).gross
    for claim in await clawbacks(scope, statement.contract):
        if claim.amount <= gross:
            gross -= claim.amount
            await database.add(
                Deduction(
                    statement=id,
                    rule=CLAWBACK,
                    claws_back=claim.id,
                    amount=claim.amount,
                    reason=claim.number,
                    created_by=scope.user,
                    created_at=clock.now(),
                )
            )
    return await total(scope, id)


@database.scoped
async def total(scope: Scope, statement: int) -> Sums:
    """Add a statement up from its lines and deductions, and note the sums in its row."""
    sums = await _sums(statement)
    await database.change(
        Statement,
        statement,
        {Statement.gross: sums.gross, Statement.deducted: sums.deducted, Statement.payable: sums.payable},
    )
    return sums


async def _sums(statement: int) -> Sums:
    sums = await database.row(
        Sums,
        """
        SELECT (SELECT count(*) FROM statement_line WHERE statement = :id) AS lines,
               (SELECT coalesce(sum(amount), 0.00) FROM statement_line WHERE statement = :id) AS gross,
               (SELECT coalesce(sum(amount), 0.00) FROM deduction WHERE statement = :id) AS deducted
        """,
        id=statement,
    )
    assert sums is not None
    return sums


@dataclass(frozen=True)
class ClaimRow(database.Row):
    """A line of an approved or paid statement whose money is to be taken back; `number` is that statement's."""

    id: int
    amount: Decimal
    number: str


@database.scoped
async def clawbacks(scope: Scope, contract: int) -> list[ClaimRow]:
    """Lines of approved or paid statements that were rejected or corrected since and not taken back yet.

    The next draft of the contract takes them off, whole lines in the order of their ids, as far as its sum allows; the
    rest waits for the one after. A record that is held again waits for its decision.
    """
    return await database.rows(
        ClaimRow,
        f"""
        SELECT x.id, x.amount, s.number
        {_FALLEN}
        WHERE s.contract = :contract AND s.state IN ('approved', 'paid') AND x.amount > 0
          AND (d.state = 'rejected' OR (d.state = 'verified' AND d.service_record <> r.id))
          AND NOT EXISTS (SELECT 1 FROM deduction y WHERE y.claws_back = x.id)
        ORDER BY x.id
        """,
        contract=contract,
    )


@dataclass(frozen=True)
class FallenRow(database.Row):
    """A line whose visit is not verified any more, with what the verdict says now."""

    amount: Decimal
    service_line: int
    visit: int
    day: date
    person_name: str | None
    state: VerdictState
    reason: str
    corrected: bool


@database.scoped
async def fallen(scope: Scope, statement: int) -> list[FallenRow]:
    """Lines of a statement whose visit is not verified any more, in the order of the visits."""
    return await database.rows(
        FallenRow,
        f"""
        SELECT x.amount, x.service_line, r.visit, {_DAY} AS day, p.name AS person_name,
               d.state, d.reason, d.service_record <> r.id AS corrected
        {_FALLEN}
        WHERE x.statement = :statement AND (d.state <> 'verified' OR d.service_record <> r.id) ORDER BY r.visit
        """,
        statement=statement,
    )


@database.scoped
async def hold_still(scope: Scope, statement: int) -> None:
    """Keep the verdicts of a statement's visits as they are until the commit, locked in the order of the visits."""
    await database.execute(
        """
        SELECT d.id FROM verdict d WHERE d.visit IN (
          SELECT r.visit FROM statement_line x JOIN service_line l ON l.id = x.service_line
          JOIN service_record r ON r.id = l.service_record WHERE x.statement = :statement)
        ORDER BY d.visit FOR SHARE OF d
        """,
        statement=statement,
    )
