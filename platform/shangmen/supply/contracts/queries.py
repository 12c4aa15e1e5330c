"""Reads of contracts."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement.rules import Gate
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks.waiting import Standing
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.contracts.states import ContractState, Pricing
from shangmen.web import lists

_AREAS = """(SELECT coalesce(array_agg(a.division ORDER BY a.division), '{}') FROM lot_area a WHERE a.lot = %s)"""


@dataclass(frozen=True)
class ContractListed(database.Row):
    """A contract in the list; `share` is the committed part of its ceiling, `left` the yuan not committed."""

    id: int
    number: str
    lot: int
    lot_number: str
    lot_name: str
    provider: int
    provider_name: str
    term_from: date
    term_to: date
    state: ContractState
    original_ceiling: Decimal
    ceiling: Decimal
    reserved: Decimal
    delivered: Decimal
    settled: Decimal
    paid: Decimal
    share: Decimal | None
    left: Decimal


@dataclass(frozen=True)
class ContractRow(database.Row):
    """A contract with its lot and provider; `left` the yuan not committed, `lot_to` the lot's last day."""

    id: int
    number: str
    lot: int
    lot_number: str
    lot_name: str
    lot_to: date
    provider: int
    provider_name: str
    term_from: date
    term_to: date
    state: ContractState
    original_ceiling: Decimal
    ceiling: Decimal
    reserved: Decimal
    delivered: Decimal
    settled: Decimal
    paid: Decimal
    left: Decimal
    signed_on: date | None
    signed_by_name: str | None
    version: int


@dataclass(frozen=True)
class LineRow(database.Row):
    """A line of a contract with what is left of its quantity."""

    id: int
    service_item: int
    item_code: str
    item_name: str
    item_english: str
    standard_minutes: int
    staff_count: int
    pricing: Pricing
    rate: Decimal
    quantity: Decimal
    reserved: Decimal
    delivered: Decimal
    two_workers_pay_twice: bool
    units_left: Decimal
    version: int


@dataclass(frozen=True)
class LineTerms(database.Row):
    """A line with its price, its contract's number, term, state and provider, and its lot's gate and townships."""

    id: int
    contract: int
    number: str
    contract_state: ContractState
    term_from: date
    term_to: date
    provider: int
    item_code: str
    pricing: Pricing
    rate: Decimal
    two_workers_pay_twice: bool
    gate: Gate
    areas: list[int]

    @property
    def terms(self) -> Terms:
        """What it pays."""
        return Terms(self.pricing, self.rate, self.two_workers_pay_twice)


@dataclass(frozen=True)
class AmendmentRow(database.Row):
    """A supplementary contract."""

    number: int
    kind: str
    delta: Decimal
    new_term_to: date | None
    reason: str
    signed_on: date


@dataclass(frozen=True)
class LineInForce(database.Row):
    """A line that may serve needs: `areas` are division ids, `units_left` and `yuan_left` what can still be reserved.

    Items have versions: compare `item_code`, not ids.
    """

    id: int
    contract: int
    contract_number: str
    service_item: int
    item_code: str
    pricing: Pricing
    rate: Decimal
    two_workers_pay_twice: bool
    units_left: Decimal
    yuan_left: Decimal
    term_from: date
    term_to: date
    lot: int
    lot_number: str
    gate: Gate
    areas: list[int]
    provider: int


class Watch(StrEnum):
    """What is about to be over: the money that is not committed, or the term."""

    MONEY = "money"
    TERM = "term"


_WATCHED = {
    Watch.MONEY: "c.state = 'in_force' AND c.ceiling > 0 AND c.reserved + c.delivered >= :share * c.ceiling",
    Watch.TERM: "c.state IN ('in_force', 'suspended') AND c.term_to <= :until",
}
_DAY = {Watch.MONEY: "NULL::date", Watch.TERM: "min(c.term_to)"}
TERM_STEPS = (90, 60, 30)  # days ahead: a purchase takes about three months (政府采购法)


async def _watched(scope: Scope) -> dict[str, object]:
    shares = await catalogue.parameter_as(scope, list[Decimal], "contract_warning_shares")
    return {"share": min(shares, default=Decimal(1)), "until": clock.today() + timedelta(days=TERM_STEPS[0])}


@database.scoped
async def watched(scope: Scope, what: Watch) -> Standing:
    """How many contracts are to be watched, and of a term the nearest last day."""
    found = await database.row(
        Standing,
        f"SELECT count(*) AS count, {_DAY[what]} AS day FROM contract c"
        f" WHERE c.county = ANY(:counties) AND {_WATCHED[what]}",
        counties=list(scope.counties),
        **await _watched(scope),
    )
    assert found is not None
    return found


@database.scoped
async def contracts(
    scope: Scope,
    search: str = "",
    state: str = "",
    lot: int | None = None,
    provider: int | None = None,
    watch: Watch | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[ContractListed], int]:
    """Contracts that the viewer reaches: the county's, or one's own; those that run out soonest first."""
    tables = "FROM contract c JOIN lot o ON o.id = c.lot JOIN organisation p ON p.id = c.provider"
    share = "(c.reserved + c.delivered) / nullif(c.ceiling, 0)"
    which = lists.where(
        lists.within(scope, "c"),
        {
            "c.state = :state": state,
            "c.lot = :lot": lot,
            "c.provider = :provider": provider,
            lists.found("c.number", "p.name", "o.name"): search,
            _WATCHED[watch] if watch else "": watch,
        },
    )
    return await lists.part(
        ContractListed,
        f"c.*, o.number AS lot_number, o.name AS lot_name, p.name AS provider_name, {share} AS share,"
        f" c.ceiling - c.reserved - c.delivered AS left {tables}",
        f"{tables} WHERE {which}",
        f"c.state = 'ended', {share} DESC NULLS LAST, c.number, c.id",
        "c.id",
        limit=limit,
        offset=offset,
        search=lists.wanted(search),
        state=state,
        lot=lot,
        provider=provider,
        **lists.counties(scope),
        **(await _watched(scope) if watch else {}),
    )


@database.scoped
async def contract(scope: Scope, id: int) -> ContractRow:
    """One contract with its lot and provider; raises NotFound."""
    row = await database.row(
        ContractRow,
        """
        SELECT c.*, o.number AS lot_number, o.name AS lot_name, o.valid_to AS lot_to, p.name AS provider_name,
               u.name AS signed_by_name, c.ceiling - c.reserved - c.delivered AS left
        FROM contract c JOIN lot o ON o.id = c.lot JOIN organisation p ON p.id = c.provider
        LEFT JOIN app_user u ON u.id = c.signed_by WHERE c.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def lines(scope: Scope, contract: int) -> list[LineRow]:
    """The lines of a contract with what is left of each."""
    return await database.rows(
        LineRow,
        """
        SELECT l.*, i.code AS item_code, i.name AS item_name, i.english AS item_english, i.standard_minutes,
               i.staff_count, l.quantity - l.reserved - l.delivered AS units_left
        FROM contract_line l JOIN service_item i ON i.id = l.service_item WHERE l.contract = :contract ORDER BY i.code
        """,
        contract=contract,
    )


@database.scoped
async def line(scope: Scope, id: int) -> LineTerms:
    """One line with its contract's number, term, state and provider; raises NotFound."""
    row = await database.row(
        LineTerms,
        f"""
        SELECT l.*, i.code AS item_code, c.number, c.term_from, c.term_to, c.state AS contract_state, c.provider,
               o.gate, {_AREAS % "c.lot"} AS areas
        FROM contract_line l JOIN contract c ON c.id = l.contract JOIN lot o ON o.id = c.lot
        JOIN service_item i ON i.id = l.service_item
        WHERE l.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def amendments(scope: Scope, contract: int) -> list[AmendmentRow]:
    """The supplementary contracts, in order."""
    return await database.rows(
        AmendmentRow, "SELECT * FROM amendment WHERE contract = :contract ORDER BY number", contract=contract
    )


@database.scoped
async def history(scope: Scope, id: int) -> list[audit.HistoryRow]:
    """What happened to a contract, for whoever may read it: the trail of one row, whosever chain holds it."""
    await contract(scope, id)
    async with database.elevated(scope) as system:
        return await audit.history(system, "contract", id)


@database.scoped
async def lines_in_force(scope: Scope, on: date | None = None) -> list[LineInForce]:
    """Lines of the contracts in force on a day, with all that decides whether they may serve a need.

    Whether the provider may take on work is asked of organisations.
    """
    return await database.rows(
        LineInForce,
        f"""
        SELECT l.id, l.contract, l.service_item, i.code AS item_code, l.pricing, l.rate, l.two_workers_pay_twice,
               l.quantity - l.reserved - l.delivered AS units_left,
               c.ceiling - c.reserved - c.delivered AS yuan_left,
               c.number AS contract_number, c.term_from, c.term_to, c.lot, o.number AS lot_number, o.gate,
               {_AREAS % "c.lot"} AS areas, c.provider
        FROM contract_line l JOIN contract c ON c.id = l.contract JOIN lot o ON o.id = c.lot
        JOIN service_item i ON i.id = l.service_item
        WHERE c.county = ANY(:counties) AND c.state = 'in_force' AND c.term_from <= :on AND c.term_to >= :on
        ORDER BY l.id
        """,
        counties=list(scope.counties),
        on=on or clock.today(),
    )
