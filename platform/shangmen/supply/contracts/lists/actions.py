"""Writing the lots and contracts of a list."""

import re

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports.kinds import Line, Source, Written
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations import queries as organisations
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.lists import queries
from shangmen.supply.contracts.lists.rules import Agreed
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot, LotArea, LotService


async def commit(scope: Scope, source: Source, judged: list[Agreed]) -> None:
    """Write the contracts that are new. They were signed on paper: those whose term is not over are in force unless
    the provider lacks a mandatory paper, and then drafts; those whose term is over have ended."""
    taken = await queries.numbers(scope)
    bureau = scope.organisation or await organisations.bureau(scope)
    if bureau is None:
        raise Refused("The county has no bureau that could buy.")
    lots: dict[tuple[str, int], int] = {}
    for one in judged:
        new = [priced for priced in one.lines if priced.line.verdict is Verdict.NEW]
        if one.known or not new:
            continue
        line = new[0].line
        place = (one.lot, one.first.year)
        if place not in lots:
            lots[place] = await _lot(scope, one, bureau, _number(f"{one.first.year}-{_short(one.lot)}", taken), line)
        contract = await _contract(scope, one, lots[place], taken, line)
        for priced in new:
            id = await database.add(
                ContractLine(
                    contract=contract,
                    service_item=priced.item.id,
                    pricing=priced.pricing,
                    rate=priced.rate,
                    quantity=priced.quantity,
                    reserved=pricing.ZERO,
                    delivered=pricing.ZERO,
                )
            )
            priced.line.subject = contract
            priced.line.entries.append(Written("contract_line", id))


def _short(lot: str) -> str:
    """The number within a lot's name: 一标段, 包2, 第三标段; else the name."""
    match = re.search(
        r"第?[一二三四五六七八九十\dA-Z]+(标段|包|标项|分包|分标)|(标段|包|标项|分包)[一二三四五六七八九十\dA-Z]+", lot
    )
    return match[0] if match else re.sub(r"\s", "", lot)


def _number(wanted: str, taken: set[str]) -> str:
    """A number that is free, and is taken with that."""
    number, further = wanted, 1
    while number in taken:
        further += 1
        number = f"{wanted}-{further}"
    taken.add(number)
    return number


async def _lot(scope: Scope, one: Agreed, bureau: int, number: str, line: Line) -> int:
    lot = await database.add(
        Lot(
            county=scope.county,
            purchaser=bureau,
            number=number,
            name=one.lot,
            ceiling=one.ceiling,
            valid_from=one.first,
            valid_to=one.last,
        )
    )
    line.entries.append(Written("lot", lot))
    for township in one.townships:
        area = await database.add(LotArea(lot=lot, division=township))
        line.entries.append(Written("lot_area", area))
    for item in sorted({priced.item.id for priced in one.lines}):
        service = await database.add(LotService(lot=lot, service_item=item))
        line.entries.append(Written("lot_service", service))
    record(scope, "contracts.create_lot", "lot", lot, number=number, ceiling=one.ceiling)
    return lot


async def _contract(scope: Scope, one: Agreed, lot: int, taken: set[str], line: Line) -> int:
    state = ContractState.ENDED if one.last < clock.today() else ContractState.IN_FORCE
    lacking = await organisations.refusal(scope, one.provider, clock.today())
    if state is ContractState.IN_FORCE and lacking is not None:
        state = ContractState.DRAFT
        line.note("NOT_SIGNED", "The provider lacks a mandatory paper: the contract is kept as a draft.", "provider")
    number = _number((one.said.number or f"{one.first.year}-{_short(one.lot)}合同"), taken)
    signed = state is not ContractState.DRAFT
    id = await database.add(
        Contract(
            county=scope.county,
            lot=lot,
            provider=one.provider,
            number=number,
            term_from=one.first,
            term_to=one.last,
            ceiling=one.ceiling,
            original_ceiling=one.ceiling,
            reserved=pricing.ZERO,
            delivered=pricing.ZERO,
            settled=pricing.ZERO,
            paid=pricing.ZERO,
            state=state,
            signed_on=(one.said.signed_on or min(one.first, clock.today())) if signed else None,
            signed_by=scope.user if signed else None,
        )
    )
    line.entries.append(Written("contract", id))
    record(scope, "contracts.create", "contract", id, number=number, ceiling=one.ceiling, state=state)
    return id
