"""Reads of statements."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.settlement.rules import WAITS, Standing
from shangmen.delivery.settlement.states import StatementState
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.supply.contracts.states import ContractState
from shangmen.web import lists

# Instead of a state: what waits for the viewer's role, what has an objection without an answer, what a second officer
# may approve, and what is between the provider's hand and the payment.
WAITING, OBJECTED, TO_APPROVE, UNDER_WAY = "waiting", "objected", "to_approve", "under_way"
OPEN_OBJECTION = "EXISTS (SELECT 1 FROM objection j WHERE j.statement = s.id AND j.answered_at IS NULL)"
_CHOSEN = {
    WAITING: "s.state = ANY(:waits::text[])",
    OBJECTED: f"s.state = 'reviewed' AND {OPEN_OBJECTION}",
    TO_APPROVE: f"s.state = 'reviewed' AND NOT {OPEN_OBJECTION}",
    UNDER_WAY: "s.state IN ('submitted', 'reviewed', 'approved')",
}


INSTEAD = tuple(_CHOSEN)


@dataclass(frozen=True)
class StatementRow(Standing):
    """A statement with its contract and the people of its steps."""

    id: int
    provider: int
    provider_name: str
    purchaser: int
    purchaser_name: str
    contract: int
    contract_number: str
    lot_number: str
    lot_name: str
    number: str
    period_from: date
    period_to: date
    gross: Decimal
    deducted: Decimal
    created_name: str | None
    created_at: datetime
    submitted_name: str | None
    submitted_at: datetime | None
    reviewed_name: str | None
    reviewed_at: datetime | None
    approved_name: str | None
    approved_at: datetime | None
    paid_name: str | None
    paid_at: datetime | None
    payment_reference: str
    note: str
    lines: int


_STATEMENT = """
s.*, c.number AS contract_number, o.number AS lot_number, o.name AS lot_name, p.name AS provider_name,
       o.purchaser, b.name AS purchaser_name, created.name AS created_name, submitted.name AS submitted_name,
       reviewed.name AS reviewed_name, approved.name AS approved_name, paid.name AS paid_name,
       (SELECT count(*) FROM statement_line x WHERE x.statement = s.id) AS lines,
       (SELECT count(*) FROM objection j WHERE j.statement = s.id AND j.answered_at IS NULL) AS objections
FROM statement s JOIN contract c ON c.id = s.contract JOIN lot o ON o.id = c.lot
JOIN organisation p ON p.id = s.provider JOIN organisation b ON b.id = o.purchaser
LEFT JOIN app_user created ON created.id = s.created_by LEFT JOIN app_user submitted ON submitted.id = s.submitted_by
LEFT JOIN app_user reviewed ON reviewed.id = s.reviewed_by LEFT JOIN app_user approved ON approved.id = s.approved_by
LEFT JOIN app_user paid ON paid.id = s.paid_by
"""


@dataclass(frozen=True)
class Asked:
    """What a list of statements is asked for; `first` and `last` choose those whose period touches these days."""

    search: str = ""
    state: str = ""  # or a key of _CHOSEN
    contract: int | None = None
    first: date | None = None
    last: date | None = None


@database.scoped
async def statements(
    scope: Scope, asked: Asked | None = None, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[StatementRow], int]:
    """Statements that the viewer reaches, what waits for the viewer's role first, and how many there are."""
    asked = asked or Asked()
    which = lists.where(
        lists.within(scope, "s"),
        {
            _CHOSEN.get(asked.state, "s.state = :state"): asked.state,
            "s.contract = :contract": asked.contract,
            "s.period_to >= :first": asked.first,
            "s.period_from <= :last": asked.last,
            lists.found("s.number", "p.name"): asked.search,
        },
    )
    return await lists.part(
        StatementRow,
        _STATEMENT,
        f"FROM statement s JOIN organisation p ON p.id = s.provider WHERE {which}",
        "s.state = ANY(:waits::text[]) DESC, s.period_to DESC, s.id DESC",
        "s.id",
        limit=limit,
        offset=offset,
        search=lists.wanted(asked.search),
        state=asked.state,
        waits=list(WAITS.get(scope.role, ())),
        contract=asked.contract,
        first=asked.first,
        last=asked.last,
        **lists.counties(scope),
    )


@database.scoped
async def statement(scope: Scope, id: int) -> StatementRow:
    """One statement with its contract and the people of its steps; raises NotFound."""
    row = await database.row(StatementRow, f"SELECT {_STATEMENT} WHERE s.id = :id", id=id)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class SumRow(database.Row):
    """How many statements are in a state, and what they come to."""

    state: StatementState
    statements: int
    payable: Decimal


@database.scoped
async def sums(scope: Scope) -> dict[StatementState, SumRow]:
    """How many statements are in each state that there is, and what they come to."""
    rows = await database.rows(
        SumRow,
        "SELECT state, count(*) AS statements, sum(payable) AS payable FROM statement WHERE county = ANY(:counties)"
        " GROUP BY state",
        counties=list(scope.counties),
    )
    return {row.state: row for row in rows}


@database.scoped
async def paid_total(scope: Scope) -> Decimal:
    """Yuan paid by all statements that the viewer reaches."""
    paid = (await sums(scope)).get(StatementState.PAID)
    return paid.payable if paid else Decimal("0.00")


@dataclass(frozen=True)
class DeductionRow(database.Row):
    """What is taken off; a claw-back has the visit that it concerns, and the statement that had settled it."""

    id: int
    rule: str
    claws_back: int | None
    amount: Decimal
    reason: str
    created_name: str | None
    created_at: datetime
    from_number: str | None
    begun_at: datetime | None
    person_name: str | None


@database.scoped
async def deductions(scope: Scope, statement: int) -> list[DeductionRow]:
    """What is taken off, in order."""
    return await database.rows(
        DeductionRow,
        """
        SELECT y.*, u.name AS created_name, s.number AS from_number, r.begun_at, p.name AS person_name
        FROM deduction y LEFT JOIN app_user u ON u.id = y.created_by
        LEFT JOIN statement_line x ON x.id = y.claws_back LEFT JOIN statement s ON s.id = x.statement
        LEFT JOIN service_line l ON l.id = x.service_line LEFT JOIN service_record r ON r.id = l.service_record
        LEFT JOIN person p ON p.id = r.person
        WHERE y.statement = :statement ORDER BY y.id
        """,
        statement=statement,
    )


@dataclass(frozen=True)
class ObjectionRow(database.Row):
    """What the provider said against the review, and the answer."""

    id: int
    text: str
    raised_name: str | None
    raised_at: datetime
    answer: str
    answered_name: str | None
    answered_at: datetime | None


@database.scoped
async def objections(scope: Scope, statement: int) -> list[ObjectionRow]:
    """What the provider said against the review, and the answers, in order."""
    return await database.rows(
        ObjectionRow,
        """
        SELECT j.*, raised.name AS raised_name, answered.name AS answered_name
        FROM objection j LEFT JOIN app_user raised ON raised.id = j.raised_by
        LEFT JOIN app_user answered ON answered.id = j.answered_by
        WHERE j.statement = :statement ORDER BY j.id
        """,
        statement=statement,
    )


@database.scoped
async def history(scope: Scope, id: int) -> list[audit.HistoryRow]:
    """What happened to a statement, oldest first. Provider and bureau read both sides' steps; raises NotFound."""
    await statement(scope, id)
    async with database.elevated(scope) as system:
        return await audit.history(system, "statement", id)


@dataclass(frozen=True)
class ContractRow(database.Row):
    """A contract under which something may be settled: what is delivered and not settled, in yuan."""

    id: int
    number: str
    lot_name: str
    unsettled: Decimal


@database.scoped
async def own_contracts(scope: Scope) -> list[ContractRow]:
    """Contracts under which the viewer may draft; those with the most to settle first."""
    return await database.rows(
        ContractRow,
        """
        SELECT c.id, c.number, o.name AS lot_name, c.delivered - c.settled AS unsettled
        FROM contract c JOIN lot o ON o.id = c.lot
        WHERE c.provider = :organisation AND c.state <> :draft ORDER BY unsettled DESC, c.number
        """,
        organisation=scope.organisation or 0,
        draft=ContractState.DRAFT,
    )
