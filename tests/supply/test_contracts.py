"""Lots and contracts: draft, lines, signature, supplements."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import pytest

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.entitlement.rules import Gate
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.errors import Conflict, DomainError, Faults, NotFound, Refused
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations.forms import ReasonForm as LossForm
from shangmen.foundation.organisations.states import QualificationStatus
from shangmen.foundation.organisations.tables import Qualification
from shangmen.supply.contracts import actions, queries
from shangmen.supply.contracts.amendments import actions as amendments
from shangmen.supply.contracts.forms import AmendmentForm, LineForm, ReasonForm
from shangmen.supply.contracts.lots import actions as lot_actions
from shangmen.supply.contracts.lots import queries as lots
from shangmen.supply.contracts.states import Pricing
from shangmen.supply.contracts.tables import Contract, ContractLine
from tests.cast import Cast
from tests.supply.rows import bought, contract_form, days, drafted, lot_form, row

D = Decimal
Form = TypeVar("Form", bound=msgspec.Struct)


def more(form: Form, **changes: Any) -> Form:
    return msgspec.structs.replace(form, **changes)


def line_form(cast: Cast, **changes: Any) -> LineForm:
    form = LineForm(service_item=cast.cleaning, pricing=Pricing.PER_HOUR, rate=D("30"), quantity=D("100"))
    return more(form, **changes)


def supplement(**changes: Any) -> AmendmentForm:
    return AmendmentForm(**{"kind": "quantity", "reason": "人数增加", "signed_on": days(0), **changes})


@database.scoped
async def qualification(scope: Scope, /, organisation: int, county: int, **changes: Any) -> int:
    """A registration that is mandatory and valid."""
    values = {"valid_from": days(-400), "valid_to": None, "status": QualificationStatus.VALID, **changes}
    return await database.add(
        Qualification(
            county=county,
            organisation=organisation,
            kind="registration",
            number="1",
            mandatory=True,
            note="",
            **values,
        )
    )


async def faults_of(call: Any) -> set[str]:
    """The fields beside which a verb refuses."""
    with pytest.raises(DomainError) as refused:
        await call
    return set(refused.value.faults) if isinstance(refused.value, Faults) else {refused.value.field}


async def test_a_lot_keeps_its_areas_services_and_gate(cast: Cast) -> None:
    lot = await lot_actions.create(
        cast.bureau, lot_form(cast, groups=[PersonGroup.ELDER], categories=[Category.TEKUN, Category.DIBAO])
    )
    seen = await lots.lot(cast.bureau, lot)
    assert seen.gate == Gate(groups=(PersonGroup.ELDER,), categories=(Category.TEKUN, Category.DIBAO))
    assert seen.purchaser == cast.bureau.organisation
    assert [area.id for area in await lots.areas(cast.bureau, lot)] == [cast.township_a, cast.township_b]
    assert len(await lots.services(cast.bureau, lot)) == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_to": days(-90)}, "valid_to"),
        ({"ceiling": D("0")}, "ceiling"),
        ({"townships": [999_999]}, "townships"),
        ({"service_items": [999_999]}, "service_items"),
    ],
)
async def test_a_lot_that_cannot_be_is_refused_beside_the_field(cast: Cast, changes: Any, field: str) -> None:
    assert await faults_of(lot_actions.create(cast.bureau, lot_form(cast, **changes))) == {field}


async def test_a_lot_number_is_given_once(cast: Cast) -> None:
    await lot_actions.create(cast.bureau, lot_form(cast))
    assert await faults_of(lot_actions.create(cast.bureau, lot_form(cast))) == {"number"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"term_to": days(-31)}, "term_to"),
        ({"term_from": days(-61)}, "term_from"),
        ({"term_to": days(401)}, "term_from"),
        ({"ceiling": D("900000.01")}, "ceiling"),
        ({"ceiling": D("0")}, "ceiling"),
        ({"provider": 999_999}, "provider"),
    ],
)
async def test_a_contract_outside_its_lot_is_refused_beside_the_field(cast: Cast, changes: Any, field: str) -> None:
    lot = await lot_actions.create(cast.bureau, lot_form(cast))
    form = more(contract_form(cast, cast.provider_a), **changes)
    assert await faults_of(actions.create(cast.bureau, lot, form)) == {field}


async def test_a_station_is_no_contract_partner(cast: Cast) -> None:
    lot = await lot_actions.create(cast.bureau, lot_form(cast))
    assert await faults_of(actions.create(cast.bureau, lot, contract_form(cast, cast.station_a))) == {"provider"}


async def test_all_contracts_of_a_lot_stay_within_its_ceiling(cast: Cast) -> None:
    lot, _contract = await drafted(cast, cast.provider_a, ceiling=D("600000"))
    form = contract_form(cast, cast.provider_b, ceiling=D("300000.01"))
    with pytest.raises(Faults, match=r"300,000\.00 left"):
        await actions.create(cast.bureau, lot, form)
    await actions.create(cast.bureau, lot, more(form, ceiling=D("300000")))


async def test_terms_of_one_provider_for_one_lot_do_not_overlap(cast: Cast) -> None:
    lot, _contract = await drafted(cast, cast.provider_a)
    again = contract_form(cast, cast.provider_a, number="C-again")
    with pytest.raises(Conflict, match="already has a contract"):
        await actions.create(cast.bureau, lot, again)
    later = more(again, term_from=days(301), term_to=days(330))
    await actions.create(cast.bureau, lot, later)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rate": D("40.01")}, "rate"),
        ({"rate": D("0")}, "rate"),
        ({"pricing": "per_visit", "rate": D("40.01")}, "rate"),
        ({"quantity": D("0")}, "quantity"),
        ({"service_item": 999_999}, "service_item"),
    ],
)
async def test_a_line_above_the_price_ceiling_or_outside_the_lot_is_refused(
    cast: Cast, changes: Any, field: str
) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    assert await faults_of(actions.add_line(cast.bureau, contract, line_form(cast, **changes))) == {field}


async def test_a_service_has_one_line_a_contract(cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    await actions.add_line(cast.bureau, contract, line_form(cast, rate=D("40")))
    assert await faults_of(actions.add_line(cast.bureau, contract, line_form(cast))) == {"service_item"}


async def test_a_contract_without_a_line_is_not_signed(cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    with pytest.raises(Refused, match="at least one line"):
        await actions.sign(cast.bureau, contract)


async def test_a_provider_that_lacks_a_mandatory_paper_does_not_sign(cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    await actions.add_line(cast.bureau, contract, line_form(cast))
    await qualification(cast.system, contract_form(cast, cast.provider_a).provider, cast.county, valid_to=days(-1))
    with pytest.raises(Refused, match="lacks a valid"):
        await actions.sign(cast.bureau, contract)


async def test_signing_brings_a_contract_into_force_and_closes_its_lines(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    seen = await row(cast.bureau, Contract, made.contract)
    assert (seen.state, seen.signed_on, seen.signed_by) == ("in_force", days(0), cast.bureau.user)
    with pytest.raises(Conflict):
        await actions.sign(cast.bureau, made.contract)
    with pytest.raises(Conflict):
        await actions.add_line(cast.bureau, made.contract, line_form(cast))
    verbs = [event.verb for event in await audit.history(cast.bureau, "contract", made.contract)]
    assert verbs == ["contracts.create", "contracts.add_line", "contracts.sign"]


async def test_a_supplement_is_not_signed_tomorrow(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    with pytest.raises(Refused, match="still to come") as refused:
        await amendments.amend(cast.bureau, made.contract, supplement(delta=D("1"), signed_on=days(1)))
    assert refused.value.field == "signed_on"


async def test_supplements_in_all_stay_within_a_tenth_of_the_original(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("484300"), quantity=D("100"))
    await amendments.amend(cast.bureau, made.contract, supplement(delta=D("40000")))
    with pytest.raises(Faults, match=r"8,430\.00 of that is left"):
        await amendments.amend(cast.bureau, made.contract, supplement(delta=D("8430.01")))
    await amendments.amend(cast.bureau, made.contract, supplement(delta=D("8430"), line=made.line, more_units=D("10")))
    contract = await row(cast.bureau, Contract, made.contract)
    assert (contract.ceiling, contract.original_ceiling) == (D("532730.00"), D("484300.00"))
    assert (await row(cast.bureau, ContractLine, made.line)).quantity == D("110")
    assert [a.number for a in await queries.amendments(cast.bureau, made.contract)] == [1, 2]


async def test_more_units_need_a_line_of_this_contract(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    assert await faults_of(
        amendments.amend(cast.bureau, made.contract, supplement(delta=D("1"), more_units=D("5"), line=999_999))
    ) == {"line"}
    assert await faults_of(amendments.amend(cast.bureau, made.contract, supplement())) == {"delta"}


async def test_a_term_is_extended_within_the_lots_and_not_over_another_contract(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    lot = await lots.lot(cast.bureau, made.lot)
    late = supplement(kind="term", new_term_to=lot.valid_to + timedelta(days=1))
    assert await faults_of(amendments.amend(cast.bureau, made.contract, late)) == {"new_term_to"}
    assert await faults_of(amendments.amend(cast.bureau, made.contract, more(late, new_term_to=days(300)))) == {
        "new_term_to"
    }
    await amendments.amend(cast.bureau, made.contract, more(late, new_term_to=days(320)))
    assert (await row(cast.bureau, Contract, made.contract)).term_to == days(320)
    following = contract_form(cast, cast.provider_a, number="C-next", term_from=days(321), term_to=days(400))
    await actions.create(cast.bureau, made.lot, following)
    with pytest.raises(Conflict, match="already has a contract"):
        await amendments.amend(cast.bureau, made.contract, more(late, new_term_to=days(330)))


async def test_a_suspended_contract_offers_no_line_until_it_is_resumed(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    (line,) = await queries.lines_in_force(cast.bureau, days(0))
    assert (line.id, line.provider, line.units_left) == (made.line, cast.provider_a.organisation, D("4000"))
    assert line.areas == [cast.township_a, cast.township_b] and line.item_code == "V01"
    assert await queries.lines_in_force(cast.bureau, days(301)) == []
    await actions.suspend(cast.bureau, made.contract, ReasonForm("年检不合格"))
    assert await queries.lines_in_force(cast.bureau, days(0)) == []
    await actions.resume(cast.bureau, made.contract, ReasonForm("整改完成"))
    assert len(await queries.lines_in_force(cast.bureau, days(0))) == 1


async def test_losing_a_paper_is_an_effect_that_the_signature_feels(cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    await actions.add_line(cast.bureau, contract, line_form(cast))
    paper = await qualification(cast.system, contract_form(cast, cast.provider_a).provider, cast.county)
    await organisations.suspend_qualification(cast.bureau, paper, LossForm(reason="失信名单"))
    with pytest.raises(Refused, match="lacks a valid"):
        await actions.sign(cast.bureau, contract)


async def test_a_provider_reads_its_own_contract_and_no_other(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    assert (await queries.contract(cast.provider_a, made.contract)).number
    for scope in (cast.provider_b, cast.station_a, cast.stranger):
        with pytest.raises(NotFound):
            await queries.contract(scope, made.contract)
    assert await queries.contracts(cast.provider_b) == ([], 0)
