"""Lots and drafts are corrected; nothing is cut below its use; what is signed is what was read."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.errors import Conflict, Faults, NotFound, Refused
from shangmen.supply.contracts import actions, queries
from shangmen.supply.contracts.drafts import actions as drafts
from shangmen.supply.contracts.forms import ContractEditForm, LineEditForm, LineForm, ReasonForm, SignForm
from shangmen.supply.contracts.lots import actions as lots
from shangmen.supply.contracts.lots import queries as lot_queries
from shangmen.supply.contracts.lots.forms import LotEditForm
from shangmen.supply.contracts.states import ContractState, Pricing
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.filled_forms import form_of
from tests.supply.rows import bought, contract_form, drafted, lot_form, placed


def lot_as(cast: Cast, **changes: Any) -> LotEditForm:
    form = lot_form(cast, **changes)
    return LotEditForm(**{name: getattr(form, name) for name in form.__struct_fields__})


def draft_as(cast: Cast, **changes: Any) -> ContractEditForm:
    form = contract_form(cast, cast.provider_a, **changes)
    return ContractEditForm(**{name: getattr(form, name) for name in form.__struct_fields__})


def line(item: int, rate: str = "40", quantity: str = "100", **more: Any) -> LineEditForm:
    return LineEditForm(
        service_item=item, pricing=Pricing.PER_HOUR, rate=Decimal(rate), quantity=Decimal(quantity), **more
    )


def added(item: int, pricing: Pricing = Pricing.PER_HOUR) -> LineForm:
    return LineForm(item, pricing, Decimal(40), Decimal(9))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ceiling": Decimal("199999.99")}, "ceiling"),
        ({"valid_from": clock.today() - timedelta(days=29)}, "valid_from"),
        ({"valid_to": clock.today() + timedelta(days=299)}, "valid_to"),
        ({"service_items": "without the line's"}, "service_items"),
    ],
)
async def test_a_lot_is_not_cut_below_its_contracts(cast: Cast, change: dict[str, Any], field: str) -> None:
    there = await bought(cast, cast.provider_a)
    if field == "service_items":
        change = {"service_items": [cast.cleaning]}
    with pytest.raises(Faults) as refused:
        await lots.correct(cast.bureau, there.lot, lot_as(cast, **change))
    assert set(refused.value.faults) == {field}
    least = {"ceiling": Decimal("200000"), "service_items": [cast.home_visit]}
    await lots.correct(cast.bureau, there.lot, lot_as(cast, **least))
    assert (await lot_queries.lot(cast.bureau, there.lot)).left == 0


async def test_a_lot_keeps_the_township_in_which_somebody_is_served_under_it(cast: Cast) -> None:
    there = await bought(cast, cast.provider_a)
    await placed(cast, cast.provider_a, there.line)
    with pytest.raises(Refused) as refused:
        await lots.correct(cast.bureau, there.lot, lot_as(cast, townships=[cast.township_b]))
    assert refused.value.field == "townships"
    await lots.correct(cast.bureau, there.lot, lot_as(cast, townships=[cast.township_a]))
    assert [row.id for row in await lot_queries.areas(cast.bureau, there.lot)] == [cast.township_a]


async def test_a_lot_is_corrected_by_its_page(browser: OpenBrowser, cast: Cast) -> None:
    lot, _contract = await drafted(cast, cast.provider_a)
    visitor = await browser(cast.bureau)
    form = form_of((await visitor.get(f"/lots/{lot}/edit")).text, f"/lots/{lot}/edit")
    sent = {**form, "name": "西片区照料", "groups": ["elder"], "townships": [str(cast.township_a)]}
    assert (await visitor.post(f"/lots/{lot}/edit", sent)).status_code == 303
    row = await lot_queries.lot(cast.bureau, lot)
    assert (row.name, row.gate.groups, row.ceiling) == ("西片区照料", ("elder",), Decimal(900000))
    assert len(await lot_queries.services(cast.bureau, lot)) == 3
    assert "更正标段" in (await visitor.get(f"/lots/{lot}")).text


async def test_a_draft_and_its_lines_are_corrected_until_it_is_signed(cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    one = await actions.add_line(cast.bureau, contract, added(cast.cleaning))
    two = await actions.add_line(cast.bureau, contract, added(cast.bath, Pricing.PER_VISIT))
    await drafts.correct(cast.bureau, contract, draft_as(cast, number="改-1", ceiling=Decimal(899999)))
    await drafts.correct_line(cast.bureau, contract, one, line(cast.cleaning, "39.5", "120"))
    await drafts.remove_line(cast.bureau, contract, two)
    row = await queries.contract(cast.bureau, contract)
    assert (row.number, row.ceiling, row.original_ceiling) == ("改-1", 899999, 899999)
    assert [(x.rate, x.quantity) for x in await queries.lines(cast.bureau, contract)] == [(Decimal("39.50"), 120)]
    await actions.sign(cast.bureau, contract)
    for verb in (
        drafts.correct(cast.bureau, contract, draft_as(cast)),
        drafts.correct_line(cast.bureau, contract, one, line(cast.cleaning)),
        drafts.remove_line(cast.bureau, contract, one),
        drafts.drop(cast.bureau, contract, ReasonForm("x")),
    ):
        with pytest.raises(Conflict):
            await verb


async def test_a_corrected_draft_stays_within_its_lot_and_a_line_within_the_catalogue(cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    one = await actions.add_line(cast.bureau, contract, added(cast.cleaning))
    await actions.add_line(cast.bureau, contract, added(cast.bath, Pricing.PER_VISIT))
    with pytest.raises(Faults) as refused:
        await drafts.correct(cast.bureau, contract, draft_as(cast, ceiling=Decimal("900000.01")))
    assert set(refused.value.faults) == {"ceiling"}
    for wrong, field in ((line(cast.bath), "service_item"), (line(cast.cleaning, "9999"), "rate")):
        with pytest.raises(Faults) as refused:
            await drafts.correct_line(cast.bureau, contract, one, wrong)
        assert field in refused.value.faults


async def test_a_dropped_draft_gives_the_lot_its_ceiling_back(cast: Cast) -> None:
    lot, contract = await drafted(cast, cast.provider_a)
    assert (await lot_queries.lot(cast.bureau, lot)).left == 700000
    await drafts.drop(cast.bureau, contract, ReasonForm("填错了承接主体"))
    assert (await lot_queries.lot(cast.bureau, lot)).left == 900000
    assert (await queries.contract(cast.bureau, contract)).state is ContractState.ENDED


async def test_nobody_signs_what_was_changed_since_they_read_it(browser: OpenBrowser, cast: Cast) -> None:
    _lot, contract = await drafted(cast, cast.provider_a)
    one = await actions.add_line(cast.bureau, contract, added(cast.cleaning))
    signer = await browser(cast.approver)
    read = form_of((await signer.get(f"/contracts/{contract}")).text, f"/contracts/{contract}/sign")
    await drafts.correct_line(cast.bureau, contract, one, line(cast.cleaning, "37"))
    answer = await signer.post(f"/contracts/{contract}/sign", read)
    assert answer.status_code == 409 and "37.00" in answer.text
    again = form_of(answer.text, f"/contracts/{contract}/sign")
    assert (await signer.post(f"/contracts/{contract}/sign", again)).status_code == 303
    with pytest.raises(Conflict):
        await actions.sign(cast.bureau, contract, SignForm(1))


async def test_two_officers_do_not_record_one_supplement_twice(browser: OpenBrowser, cast: Cast) -> None:
    there = await bought(cast, cast.provider_a)
    path = f"/contracts/{there.contract}"
    one, other = await browser(cast.bureau), await browser(cast.approver)
    read = [form_of((await visitor.get(path)).text, f"{path}/amendments") for visitor in (one, other)]
    sent = {"kind": "quantity", "delta": "5000.00", "reason": "新增老人", "signed_on": clock.today().isoformat()}
    assert (await one.post(f"{path}/amendments", {**read[0], **sent})).status_code == 303
    second = await other.post(f"{path}/amendments", {**read[1], **sent})
    assert second.status_code == 409 and "205000.00" in second.text and "新增老人" in second.text
    assert (await queries.contract(cast.bureau, there.contract)).ceiling == Decimal(205000)


async def test_a_line_of_another_contract_is_not_there(browser: OpenBrowser, cast: Cast) -> None:
    there = await bought(cast, cast.provider_a)
    _lot = await lots.create(cast.bureau, lot_form(cast, number="L-2"))
    other = await actions.create(cast.bureau, _lot, contract_form(cast, cast.provider_b))
    with pytest.raises(NotFound):
        await drafts.remove_line(cast.bureau, other, there.line)
    visitor, foreign = await browser(cast.bureau), await browser(cast.stranger)
    assert (await visitor.get(f"/contracts/{other}/lines/{there.line}")).status_code == 404
    for path in (f"/contracts/{there.contract}/lines/{there.line}", f"/contracts/{other}/edit", f"/lots/{_lot}/edit"):
        assert (await foreign.get(path)).status_code == 404
        assert (await foreign.post(path, {"version": "1"})).status_code == 404
    async with database.transaction(cast.system):
        assert await database.number("SELECT count(*) FROM contract_line WHERE id = :id", id=there.line) == 1
