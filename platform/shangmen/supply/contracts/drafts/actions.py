"""Verbs on drafts of contracts: correct them and their lines, take a line out, drop a draft."""

from asyncpg.exceptions import ExclusionViolationError
from piccolo.columns import Column

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Conflict, NotFound
from shangmen.foundation.audit.actions import record
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.actions import OVERLAP, check_line, check_terms, locked, touch
from shangmen.supply.contracts.forms import ContractEditForm, LineEditForm, ReasonForm
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot


@database.scoped
async def correct(scope: Scope, id: int, form: ContractEditForm) -> int:
    """Keep a draft with another provider, number, term or ceiling; its id. Raises what drafting raises, and Stale."""
    lot = await database.lock(Lot, (await database.read(Contract, id)).lot)
    before = await locked(id, ContractState.DRAFT)
    database.refuse_stale(before, form.version)
    await check_terms(scope, lot, form, before)
    values: dict[Column, object] = {
        Contract.provider: form.provider,
        Contract.number: form.number,
        Contract.term_from: form.term_from,
        Contract.term_to: form.term_to,
        Contract.ceiling: form.ceiling,
    }
    try:
        await database.change(Contract, id, {**values, Contract.original_ceiling: form.ceiling})
    except ExclusionViolationError as clash:
        raise Conflict(OVERLAP, field="term_from") from clash
    record(scope, "contracts.correct", "contract", id, changes=_changes(before, values))
    return id


@database.scoped
async def correct_line(scope: Scope, contract: int, line: int, form: LineEditForm) -> int:
    """Keep a line of a draft for another service, rate or quantity; its id. Raises what adding raises, and Stale."""
    row = await locked(contract, ContractState.DRAFT)
    before = await _line(contract, line)
    database.refuse_stale(before, form.version)
    await check_line(scope, row, form, line)
    values: dict[Column, object] = {
        ContractLine.service_item: form.service_item,
        ContractLine.pricing: form.pricing,
        ContractLine.rate: pricing.half_up(form.rate),
        ContractLine.quantity: pricing.half_up(form.quantity),
        ContractLine.two_workers_pay_twice: form.two_workers_pay_twice,
    }
    await database.change(ContractLine, line, values)
    await touch(row)
    record(scope, "contracts.correct_line", "contract", contract, line=line, changes=_changes(before, values))
    return line


@database.scoped
async def remove_line(scope: Scope, contract: int, line: int) -> int:
    """Take a line out of a draft; the contract's id."""
    row = await locked(contract, ContractState.DRAFT)
    before = await _line(contract, line)
    await ContractLine.delete().where(ContractLine.id == line)
    await touch(row)
    record(scope, "contracts.remove_line", "contract", contract, line=line, rate=before.rate, quantity=before.quantity)
    return contract


@database.scoped
async def drop(scope: Scope, id: int, form: ReasonForm) -> int:
    """End a draft that will not be signed; the lot has its ceiling back."""
    row = await locked(id, ContractState.DRAFT)
    await database.change(Contract, id, {Contract.state: row.state.to(ContractState.ENDED)})
    record(scope, "contracts.drop", "contract", id, form.reason, number=row.number)
    return id


async def _line(contract: int, line: int) -> ContractLine:
    found = await database.lock(ContractLine, line)
    if found.contract != contract:
        raise NotFound
    return found


def _changes(before: Contract | ContractLine, values: dict[Column, object]) -> list[tuple[str, str, str]]:
    said = ((column._meta.name, vars(before)[column._meta.name], value) for column, value in values.items())
    return [(name, str(was), str(value)) for name, was, value in said if was != value]
