"""Verbs on amendments: record a supplementary contract."""

from datetime import date
from decimal import Decimal

from asyncpg.exceptions import ExclusionViolationError

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Conflict, Faults, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.actions import CHOOSE, OVERLAP, Fault, locked, refuse_unpapered
from shangmen.supply.contracts.forms import AmendmentForm
from shangmen.supply.contracts.states import AmendmentKind, ContractState
from shangmen.supply.contracts.tables import Amendment, Contract, ContractLine, Lot


@database.scoped
async def amend(scope: Scope, contract: int, form: AmendmentForm) -> int:
    """Record a supplementary contract: more money and units, or a later end.

    All supplements together stay within the parameter supplement_share of the original ceiling (Government Procurement
    Law, article 49). A later end stays within the lot's term. Faults beside the fields, Conflict for an overlap,
    Stale when the contract was changed since `form.version`.
    """
    row = await locked(contract, ContractState.IN_FORCE)
    database.refuse_stale(row, form.version or None)
    if form.signed_on > clock.today():
        raise Refused("This day is still to come.", field="signed_on")
    if form.kind == AmendmentKind.QUANTITY:
        ceiling, term_to = await _more(scope, row, form), row.term_to
    else:
        ceiling, term_to = row.ceiling, await _longer(scope, row, form)
    number = 1 + await Amendment.count().where(Amendment.contract == contract)
    try:
        await database.change(Contract, contract, {Contract.ceiling: ceiling, Contract.term_to: term_to})
    except ExclusionViolationError as clash:
        raise Conflict(OVERLAP, field="new_term_to") from clash
    amendment = await database.add(
        Amendment(
            contract=contract,
            number=number,
            kind=form.kind,
            delta=form.delta if form.kind == AmendmentKind.QUANTITY else pricing.ZERO,
            new_term_to=form.new_term_to if form.kind == AmendmentKind.TERM else None,
            reason=form.reason,
            signed_on=form.signed_on,
            recorded_at=clock.now(),
        )
    )
    if form.kind == AmendmentKind.QUANTITY:
        record(
            scope, "contracts.amend", "contract", contract, form.reason,
            number=number, ceiling=ceiling, delta=form.delta, more_units=form.more_units,
        )  # fmt: skip
    else:
        record(
            scope, "contracts.amend", "contract", contract, form.reason,
            number=number, term_to=term_to, before=row.term_to,
        )  # fmt: skip
    return amendment


async def _more(scope: Scope, row: Contract, form: AmendmentForm) -> Decimal:
    """The ceiling after a supplement; raises the line's quantity on the way."""
    faults: dict[str, Fault] = {}
    share = await catalogue.parameter_as(scope, Decimal, "supplement_share", form.signed_on)
    left = pricing.half_up(row.original_ceiling * (1 + share)) - row.ceiling
    if form.delta <= 0 and form.more_units <= 0:
        faults["delta"] = ("Give an amount above zero.", {})
    elif form.delta > left:
        faults["delta"] = (
            "All supplements together may be %(share)s %% of the original contract; ¥%(left)s of that is left.",
            {"share": f"{share * 100:.0f}", "left": f"{left:,.2f}"},
        )
    line = (
        await ContractLine.objects()
        .where(ContractLine.contract == row.id, ContractLine.id == (form.line or 0))
        .lock_rows("UPDATE")
        .first()
    )
    if form.more_units > 0 and line is None:
        faults["line"] = (CHOOSE, {})
    if faults:
        raise Faults(faults)
    if line is not None and form.more_units > 0:
        await database.change(ContractLine, line.id, {ContractLine.quantity: line.quantity + form.more_units})
    return row.ceiling + form.delta


async def _longer(scope: Scope, row: Contract, form: AmendmentForm) -> date:
    """The later end of a term. Refused while the provider lacks what it would need to sign the contract anew."""
    if form.new_term_to is None or form.new_term_to <= row.term_to:
        raise Refused("Give a day after the present end, %(last)s.", "new_term_to", last=row.term_to.isoformat())
    last = (await database.read(Lot, row.lot)).valid_to
    if form.new_term_to > last:
        raise Refused("The lot ends on %(last)s.", field="new_term_to", last=last.isoformat())
    await refuse_unpapered(scope, row, "new_term_to")
    return form.new_term_to
