"""Reads of offers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.recipients import queries as recipients
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.supply.placements.queries import JOINS, WHO, Served
from shangmen.supply.placements.states import OfferState
from shangmen.web import lists


@dataclass(frozen=True)
class OfferListed(Served):
    """An offer in the list, with what its contract has left."""

    state: OfferState
    matching_run: int | None
    answer_by: date | None
    reason: str
    yuan_left: Decimal | None
    units_left: Decimal | None


@dataclass(frozen=True)
class OfferRow(Served):
    """An offer with what its contract has left, and its placement when it was accepted."""

    state: OfferState
    matching_run: int | None
    answer_by: date | None
    reason: str
    decided_at: datetime | None
    decided_by_name: str | None
    yuan_left: Decimal | None
    units_left: Decimal | None
    placement: int | None


LEFT = """
  c.ceiling - c.reserved - c.delivered AS yuan_left, l.quantity - l.reserved - l.delivered AS units_left
"""


@dataclass(frozen=True)
class SupplierRow(database.Row):
    """A station or provider that has been offered a need."""

    id: int
    name: str
    kind: OrganisationKind


def _found(scope: Scope) -> str:
    """SQL of the search: whoever was only offered somebody learns nothing of them by guessing names."""
    if scope.reach == "county":
        return lists.found("s.name", person="p")
    seen = f"(x.station = (SELECT app_organisation()) OR {recipients.taken('x.person')})"
    return f"({lists.found('s.name')} OR {seen} AND {lists.found(person='p')})"


@database.scoped
async def offers(
    scope: Scope,
    state: str = "",
    search: str = "",
    supplier: int | None = None,
    matching_run: int | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[OfferListed], int]:
    """Offers that the viewer reaches, open ones first, then the latest."""
    which = lists.where(
        lists.within(scope, "x"),
        {
            "x.state = :state": state,
            "x.supplier = :supplier": supplier,
            "x.matching_run = :run": matching_run,
            _found(scope): search,
        },
    )
    return await lists.part(
        OfferListed,
        f"x.*, {WHO}, {LEFT} FROM offer x {JOINS}",
        f"FROM offer x LEFT JOIN person p ON p.id = x.person JOIN organisation s ON s.id = x.supplier WHERE {which}",
        "x.state <> 'offered', CASE WHEN x.state = 'offered' THEN x.answer_by END, x.decided_at DESC NULLS LAST, x.id",
        "x.id",
        limit=limit,
        offset=offset,
        state=state,
        supplier=supplier,
        run=matching_run,
        search=lists.wanted(search),
        **lists.counties(scope),
    )


@database.scoped
async def offer(scope: Scope, id: int) -> OfferRow:
    """One offer with its need, and its placement when it was accepted; raises NotFound."""
    row = await database.row(
        OfferRow,
        f"""
        SELECT x.*, {WHO}, u.name AS decided_by_name, {LEFT},
               (SELECT m.id FROM placement m WHERE m.offer = x.id) AS placement
        FROM offer x {JOINS} LEFT JOIN app_user u ON u.id = x.decided_by WHERE x.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def history(scope: Scope, id: int) -> list[audit.HistoryRow]:
    """What happened to an offer and to the placement that came of it, in order of time.

    For whoever may read the offer: the trail of one row, whosever chain holds it.
    """
    found = await offer(scope, id)
    async with database.elevated(scope) as system:
        events = await audit.history(system, "offer", id)
        if found.placement:
            events = [*events, *await audit.history(system, "placement", found.placement)]
    return sorted(events, key=lambda event: event.at)


@database.scoped
async def open_offers(scope: Scope, supplier: int) -> int:
    """How many offers wait for a supplier's answer."""
    return await database.number(
        "SELECT count(*) FROM offer WHERE supplier = :supplier AND state = 'offered'", supplier=supplier
    )


@database.scoped
async def suppliers(scope: Scope) -> list[SupplierRow]:
    """Stations and providers that have ever been offered a need, for the lists' filter."""
    return await database.rows(
        SupplierRow,
        "SELECT o.id, o.name, o.kind FROM organisation o WHERE o.county = ANY(:counties)"
        " AND EXISTS (SELECT 1 FROM offer f WHERE f.supplier = o.id) ORDER BY o.kind, o.id",
        counties=list(scope.counties),
    )
