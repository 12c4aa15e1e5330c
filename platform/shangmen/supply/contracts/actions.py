"""Verbs on contracts: draft, sign, suspend. Supplements: amendments/; the counters: ledger.py."""

from asyncpg.exceptions import ExclusionViolationError, UniqueViolationError

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Conflict, Faults, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import papers
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus
from shangmen.foundation.organisations.tables import Organisation
from shangmen.supply.contracts import pricing, queries
from shangmen.supply.contracts.forms import ContractForm, LineForm, ReasonForm, SignForm
from shangmen.supply.contracts.lots import queries as lots
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot
from shangmen.web.language import gettext, words

Fault = tuple[str, dict[str, object]]

CHOOSE = "Choose one of the options."
UNPAPERED = "The provider lacks a valid %(kinds)s for %(services)s: the contract is neither signed nor renewed."
OVERLAP = "This provider already has a contract for this lot in part of this term."


@database.scoped
async def create(scope: Scope, lot: int, form: ContractForm) -> int:
    """Draft a contract of a provider for a lot, within the lot's term and what is left of its ceiling.

    Raises Faults beside the fields; Conflict for overlapping terms of one provider and lot.
    """
    terms = await database.lock(Lot, lot)
    await check_terms(scope, terms, form)
    try:
        contract = await _insert_contract(terms.county, lot, form)
    except ExclusionViolationError as clash:
        raise Conflict(OVERLAP, field="term_from") from clash
    except UniqueViolationError as clash:
        raise Refused("There is a contract with this number already.", field="number") from clash
    record(
        scope, "contracts.create", "contract", contract,
        number=form.number, ceiling=form.ceiling, term=[form.term_from, form.term_to],
    )  # fmt: skip
    return contract


async def check_terms(scope: Scope, lot: Lot, form: ContractForm, before: Contract | None = None) -> None:
    """What a draft says, against its locked lot; `before` is the draft that it changes. Raises Faults and Refused."""
    faults: dict[str, Fault] = {}
    if form.term_to < form.term_from:
        faults["term_to"] = ("The end is before the beginning.", {})
    elif form.term_from < lot.valid_from or form.term_to > lot.valid_to:
        faults["term_from"] = (
            "The term must lie within the lot's: %(first)s to %(last)s.",
            {"first": lot.valid_from.isoformat(), "last": lot.valid_to.isoformat()},
        )
    left = (await lots.lot(scope, lot.id)).left + (before.original_ceiling if before else pricing.ZERO)
    if form.ceiling <= 0:
        faults["ceiling"] = ("Give an amount above zero.", {})
    elif form.ceiling > left:
        faults["ceiling"] = ("The lot has ¥%(left)s left.", {"left": f"{left:,.2f}"})
    provider = await Organisation.objects().where(Organisation.id == form.provider).first()
    if provider is None or provider.kind != OrganisationKind.PROVIDER:
        faults["provider"] = ("Choose a provider of the county.", {})
    elif provider.status != OrganisationStatus.ACTIVE:
        faults["provider"] = ("This provider is not active.", {})
    if faults:
        raise Faults(faults)
    same_number = (Contract.county == scope.county) & (Contract.number == form.number)
    if await Contract.exists().where(same_number, Contract.id != (before.id if before else 0)):
        raise Refused("There is a contract with this number already.", field="number")


async def _insert_contract(county: int, lot: int, form: ContractForm) -> int:
    return await database.add(
        Contract(
            county=county,
            lot=lot,
            provider=form.provider,
            number=form.number,
            term_from=form.term_from,
            term_to=form.term_to,
            ceiling=form.ceiling,
            original_ceiling=form.ceiling,
            reserved=pricing.ZERO,
            delivered=pricing.ZERO,
            settled=pricing.ZERO,
            paid=pricing.ZERO,
            state=ContractState.DRAFT,
        )
    )


async def locked(id: int, *states: ContractState) -> Contract:
    """Lock a contract; raises NotFound, or Conflict when it is in another state."""
    row = await database.lock(Contract, id)
    if row.state not in states:
        raise Conflict("This contract is %(state)s.", state=gettext(words(row.state)))
    return row


@database.scoped
async def add_line(scope: Scope, contract: int, form: LineForm) -> int:
    """Add a priced line to a draft; Faults for an item outside the lot or a rate above the catalogue's ceiling."""
    row = await locked(contract, ContractState.DRAFT)
    item = await check_line(scope, row, form)
    line = await database.add(
        ContractLine(
            contract=contract,
            service_item=form.service_item,
            pricing=form.pricing,
            rate=pricing.half_up(form.rate),
            quantity=pricing.half_up(form.quantity),
            reserved=pricing.ZERO,
            delivered=pricing.ZERO,
            two_workers_pay_twice=form.two_workers_pay_twice,
        )
    )
    await touch(row)
    record(
        scope, "contracts.add_line", "contract", contract,
        item=item.code, pricing=form.pricing, rate=form.rate, quantity=form.quantity,
    )  # fmt: skip
    return line


async def check_line(scope: Scope, contract: Contract, form: LineForm, line_id: int = 0) -> lots.LotServiceRow:
    """What a line of a locked draft says; its service. `line_id` is the line that it changes. Raises Faults."""
    faults: dict[str, Fault] = {}
    bought = {item.id: item for item in await lots.services(scope, contract.lot)}
    item = bought.get(form.service_item)
    if item is None:
        faults["service_item"] = ("The lot does not buy this service.", {})
    else:
        most = pricing.rate_ceiling(item.price_ceiling, item.unit, item.standard_minutes, form.pricing)
        if most is not None and form.rate > most:
            faults["rate"] = ("The catalogue's price ceiling is ¥%(most)s.", {"most": f"{most:,.2f}"})
    if form.rate <= 0:
        faults["rate"] = ("Give an amount above zero.", {})
    if form.quantity <= 0:
        faults["quantity"] = ("Give an amount above zero.", {})
    if item is not None and item.code in {
        line.item_code for line in await queries.lines(scope, contract.id) if line.id != line_id
    }:
        faults["service_item"] = ("There is a line for this service already.", {})
    if faults:
        raise Faults(faults)
    assert item is not None
    return item


async def touch(contract: Contract) -> None:
    """Count the version of a locked draft on: its lines are part of what is signed."""
    await database.change(Contract, contract.id, {Contract.number: contract.number})


@database.scoped
async def sign(scope: Scope, contract: int, form: SignForm | None = None) -> int:
    """Bring a draft into force; Refused without a line, or while the provider lacks a mandatory paper for it.

    Raises Stale when the draft or its lines were changed since the version that was read.
    """
    row = await locked(contract, ContractState.DRAFT)
    database.refuse_stale(row, (form.version or None) if form else None)
    if not await ContractLine.exists().where(ContractLine.contract == contract):
        raise Refused("A contract needs at least one line before it is signed.")
    await refuse_unpapered(scope, row)
    state = ContractState(row.state).to(ContractState.IN_FORCE)
    await database.change(
        Contract,
        contract,
        {Contract.state: state, Contract.signed_on: clock.today(), Contract.signed_by: scope.user},
    )
    record(scope, "contracts.sign", "contract", contract, number=row.number)
    return contract


async def refuse_unpapered(scope: Scope, contract: Contract, field: str = "") -> None:
    """Raise Refused while the provider may take on no new work, or lacks a paper that a service of the contract asks
    for: asked when it is signed and when it is renewed."""
    refusal = await organisations.refusal(scope, contract.provider, clock.today())
    if refusal is not None:
        raise Refused(refusal.sentence, field, **refusal.parameters())
    missing = await papers.lacking(scope, contract.provider, await _codes(scope, contract.id), clock.today())
    if missing:
        kinds = gettext(", ").join(gettext(words(kind)) for kind in papers.kinds_of(missing))
        raise Refused(UNPAPERED, field, services=gettext(", ").join(missing), kinds=kinds)


async def _codes(scope: Scope, contract: int) -> list[str]:
    """The codes of the services that a contract buys."""
    return [line.item_code for line in await queries.lines(scope, contract)]


@database.scoped
async def suspend(scope: Scope, contract: int, form: ReasonForm) -> int:
    """Stop new work under a contract; what was delivered is still settled."""
    row = await locked(contract, ContractState.IN_FORCE)
    await database.change(Contract, contract, {Contract.state: ContractState(row.state).to(ContractState.SUSPENDED)})
    record(scope, "contracts.suspend", "contract", contract, form.reason, number=row.number)
    return contract


@database.scoped
async def resume(scope: Scope, contract: int, form: ReasonForm) -> int:
    """Let new work begin again under a suspended contract."""
    row = await locked(contract, ContractState.SUSPENDED)
    await database.change(Contract, contract, {Contract.state: ContractState(row.state).to(ContractState.IN_FORCE)})
    record(scope, "contracts.resume", "contract", contract, form.reason, number=row.number)
    return contract
