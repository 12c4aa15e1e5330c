"""May this supplier take on new work, and this need under this line? Asked when an offer is made and when it is
accepted, for both may lie weeks apart."""

from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.entitlement import queries as entitlement
from shangmen.demand.entitlement.rules import TOGETHER, Amount, excess, excess_together
from shangmen.demand.recipients.households import queries as households
from shangmen.errors import Conflict, Refused
from shangmen.foundation.organisations import papers
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
from shangmen.supply.contracts import queries as contracts
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.contracts.queries import LineTerms
from shangmen.supply.contracts.rules import first_broken
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.placements import queries
from shangmen.supply.placements.queries import Placeable
from shangmen.supply.placements.reservation import Demand, last_day
from shangmen.web.language import gettext, label

MANAGERS = {
    OrganisationKind.STATION: Role.STATION_SCHEDULER,
    OrganisationKind.PROVIDER: Role.PROVIDER_MANAGER,
}
"""The suppliers' kinds, and who answers an offer for each."""


@database.scoped
async def supplier(scope: Scope, id: int) -> Organisation:
    """The organisation, when it may take on new work today; else Refused with the sentence that says why not."""
    row = await Organisation.objects().where(Organisation.id == id).first()
    if row is None or row.kind not in MANAGERS:
        raise Refused("Only a station or a provider of the county can serve a need.")
    refusal = await organisations.refusal(scope, id, clock.today())
    if refusal is not None:
        raise Refused(refusal.sentence, "", **refusal.parameters())
    return row


@database.scoped
async def line_for(
    scope: Scope, need: Placeable, supplier: Organisation, contract_line: int | None, first: date
) -> LineTerms | None:
    """The contract line under which the supplier serves the need from `first`; None for a station, which has none."""
    if supplier.kind == OrganisationKind.STATION:
        if contract_line is not None:
            raise Refused("A station serves without a contract line.")
        return None
    if contract_line is None:
        raise Refused("A provider serves under a line of its contract.")
    line = await contracts.line(scope, contract_line)
    if line.provider != supplier.id:
        raise Refused("This line belongs to another provider's contract.")
    if line.contract_state != ContractState.IN_FORCE:
        raise Conflict("Contract %(number)s is not in force.", number=line.number)
    missing = await papers.lacking(scope, supplier.id, [need.item_code], first)
    if missing:
        kinds = gettext(", ").join(label(kind) for kind in papers.kinds_of(missing))
        raise Refused("The provider lacks a valid %(kinds)s for this service.", kinds=kinds)
    verdict = first_broken(need, line, first)
    if verdict is not None:
        raise Refused(verdict.sentence, "", **verdict.parameters())
    return line


@database.scoped
async def refuse_early(scope: Scope, need: Placeable, first: date) -> None:
    """Raise Refused where nobody may come yet on `first`: before the need, or the household's entitlement, begins."""
    entitled = await households.beginning_of_service(scope, need.person)
    if entitled is not None and first < entitled:
        raise Refused("The household's entitlement begins on %(day)s.", day=entitled.isoformat())
    if first < need.valid_from:
        raise Refused("The need begins on %(day)s.", day=need.valid_from.isoformat())


def last_day_of(need: Placeable, line: LineTerms | None, wanted: date | None) -> date | None:
    """The last day of a placement: wanted, the need's or the contract's, whichever comes first."""
    return last_day(wanted, need.valid_to, line.term_to if line is not None else None)


@database.scoped
async def refuse_ungranted(scope: Scope, need: Placeable, line: LineTerms | None, first: date) -> None:
    """Raise Refused where the ladder of entitlement does not grant, on `first`, what serving the need takes a month.

    All services together are measured with what is served or on offer already. What an officer approved beyond the
    ladder has its reason. Ask under a scope that sees what others serve.
    """
    if need.exception_reason:
        return
    ladder = await entitlement.ladder(scope, need.county)
    who = await entitlement.standing(scope, need.person, first)
    wanted = _monthly(need.demand, line.terms if line is not None else None)
    own, whole = ladder.grant(need.item_code, who, first), ladder.grant(TOGETHER, who, first)
    beyond = excess(own.amount, wanted) if own else None
    if beyond is None and whole is not None:
        others = await queries.also_served(scope, need.person, need.id)
        takes = [
            wanted,
            *(_monthly(Demand(one.visits_per_month, one.minutes, one.staff_count), one.terms) for one in others),
        ]
        beyond = excess_together(
            whole.amount,
            Amount(
                sum(one.visits or 0 for one in takes),
                sum(one.minutes or 0 for one in takes),
                sum((one.yuan or Decimal(0) for one in takes), Decimal(0)),
            ),
        )
    if beyond is not None:
        raise Refused(beyond.sentence, "", **beyond.parameters)


def _monthly(demand: Demand, terms: Terms | None) -> Amount:
    """What a need takes of a month; under no contract line nobody pays for it."""
    visits = demand.visits_per_month
    yuan = Decimal(0) if terms is None else visits * terms.price(demand.minutes, demand.staff_count)[1]
    return Amount(visits, visits * demand.minutes, yuan)
