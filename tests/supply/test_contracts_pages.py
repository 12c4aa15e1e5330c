"""Pages of lots and contracts."""

from decimal import Decimal
from typing import Any

import pytest

from shangmen.supply.contracts import ledger, queries
from shangmen.supply.contracts.amendments import actions as amendments
from shangmen.supply.contracts.tables import Contract
from tests.cast import Cast
from tests.sheets import cells
from tests.supply.rows import bought, contract_form, days, drafted, row
from tests.supply.test_contracts import supplement

D = Decimal


def lot_fields(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "number": "L-9",
        "name": "西片区",
        "townships": [cast.township_a],
        "service_items": [cast.cleaning],
        "groups": ["elder"],
        "ceiling": "100,000",
        "valid_from": days(0).isoformat(),
        "valid_to": days(300).isoformat(),
        **changes,
    }


async def test_the_bureau_defines_a_lot_drafts_adds_a_line_and_signs(browser: Any, cast: Cast) -> None:
    await drafted(cast, cast.provider_b)  # loads the parameters
    officer = await browser(cast.bureau)
    answer = await officer.post("/lots", lot_fields(cast))
    assert answer.status_code == 303, answer.text
    lot = answer.headers["location"]
    assert "西片区" in (await officer.get(lot)).text
    assert (await officer.get(f"{lot}/contracts/new")).status_code == 200
    fields = {
        "provider": cast.provider_a.organisation,
        "number": "TX-1",
        "term_from": days(0).isoformat(),
        "term_to": days(200).isoformat(),
        "ceiling": "50000",
    }
    contract = (await officer.post(f"{lot}/contracts", fields)).headers["location"]
    line = {"service_item": cast.cleaning, "pricing": "per_hour", "rate": "30", "quantity": "100"}
    assert (await officer.post(f"{contract}/lines", line)).status_code == 303
    assert (await officer.post(f"{contract}/sign", {})).status_code == 303
    seen = await officer.get(contract)
    assert "生效中" in seen.text and "余额可支付 100 次" in seen.text


async def test_a_faulty_lot_comes_back_with_what_was_typed(browser: Any, cast: Cast) -> None:
    officer = await browser(cast.bureau)
    answer = await officer.post("/lots", lot_fields(cast, ceiling="-5", valid_to=days(-1).isoformat(), number=""))
    assert answer.status_code == 422
    assert 'value="西片区"' in answer.text and "f-ceiling-fault" in answer.text and "f-number-fault" in answer.text
    answer = await officer.post("/lots", lot_fields(cast, groups=["everybody"]))
    assert answer.status_code == 422 and "f-groups-fault" in answer.text
    answer = await officer.post("/lots", lot_fields(cast, valid_to=days(-1).isoformat()))
    assert answer.status_code == 422 and "截止日期早于起始日期" in answer.text


async def test_an_overlapping_term_is_said_beside_the_field(browser: Any, cast: Cast) -> None:
    lot, _contract = await drafted(cast, cast.provider_a)
    form = contract_form(cast, cast.provider_a)
    officer = await browser(cast.bureau)
    answer = await officer.post(
        f"/lots/{lot}/contracts",
        {
            "provider": form.provider,
            "number": "again",
            "term_from": form.term_from.isoformat(),
            "term_to": form.term_to.isoformat(),
            "ceiling": "10",
        },
    )
    assert answer.status_code == 409
    assert "已有本标段的合同" in answer.text and 'value="again"' in answer.text


async def test_a_faulty_line_and_a_faulty_supplement_come_back_on_the_contracts_page(browser: Any, cast: Cast) -> None:
    _lot, draft = await drafted(cast, cast.provider_a)
    officer = await browser(cast.bureau)
    line = {"service_item": cast.cleaning, "pricing": "per_hour", "rate": "40.01", "quantity": "1"}
    answer = await officer.post(f"/contracts/{draft}/lines", line)
    assert answer.status_code == 422
    assert "最高限价为 ¥40.00" in answer.text and 'value="40.01"' in answer.text


async def test_a_supplement_beyond_a_tenth_is_refused_beside_the_field(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("484300"))
    officer = await browser(cast.bureau)
    fields = {"kind": "quantity", "delta": "48430.01", "reason": "人数增加", "signed_on": days(0).isoformat()}
    answer = await officer.post(f"/contracts/{made.contract}/amendments", fields)
    assert answer.status_code == 422
    assert "¥48,430.00" in answer.text and "amendment-delta-fault" in answer.text
    fields["delta"] = "48430"
    assert (await officer.post(f"/contracts/{made.contract}/amendments", fields)).status_code == 303


async def test_the_same_form_sent_twice_makes_one_supplement(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    officer = await browser(cast.bureau)
    fields = {"kind": "quantity", "delta": "5", "reason": "增加", "signed_on": days(0).isoformat(), "once": "t1"}
    for _ in range(2):
        assert (await officer.post(f"/contracts/{made.contract}/amendments", fields)).status_code == 303
    assert len(await queries.amendments(cast.bureau, made.contract)) == 1


async def test_the_burn_down_warns_when_the_money_runs_out(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("1000"), quantity=D("1000"))
    await ledger.reserve(cast.system, made.line, D("10"), D("400"))
    await ledger.deliver(cast.system, made.line, D("12"), D("480"))
    manager = await browser(cast.provider_a)
    text = (await manager.get(f"/contracts/{made.contract}")).text
    assert "资金将在合同到期前用完" in text and "余额可支付 3 次" in text and "早于合同到期" in text
    assert f"/contracts/{made.contract}/suspend" not in text
    assert "签订合同" in text  # the history of the bureau's verbs is the provider's to read too


async def test_money_that_is_committed_and_lasts_is_not_said_to_run_out(browser: Any, cast: Cast) -> None:
    """99.9 % of the ceiling is reserved for what lies ahead: nothing of that ends too early."""
    made = await bought(cast, cast.provider_a, ceiling=D("100000"), quantity=D("5000"))
    await ledger.reserve(cast.system, made.line, D("2498"), D("99900"))
    await ledger.deliver(cast.system, made.line, D("2"), D("80"))
    text = (await (await browser(cast.bureau)).get(f"/contracts/{made.contract}")).text
    assert "本合同可新安排的服务已不多" in text and "已安排的服务，资金可用至合同到期" in text
    assert "用完" not in text and "早于合同到期" not in text


async def test_suspending_wants_a_reason_and_can_be_undone(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    officer = await browser(cast.bureau)
    assert (await officer.post(f"/contracts/{made.contract}/suspend", {})).status_code == 422
    assert (await officer.post(f"/contracts/{made.contract}/suspend", {"reason": "整改"})).status_code == 303
    assert (await row(cast.bureau, Contract, made.contract)).state == "suspended"
    assert (await officer.post(f"/contracts/{made.contract}/resume", {"reason": "完成"})).status_code == 303


async def test_the_list_filters_and_exports_what_it_shows(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, number="TX-EXPORT")
    await amendments.amend(cast.bureau, made.contract, supplement(delta=D("100")))
    officer = await browser(cast.finance)
    assert "TX-EXPORT" in (await officer.get("/contracts?state=in_force")).text
    assert "TX-EXPORT" not in (await officer.get("/contracts?state=draft")).text
    rows = cells((await officer.get("/contracts/export")).content)[2:]
    assert len(rows) == 1 and rows[0][0] == "TX-EXPORT" and rows[0][7] == 200100
    assert "TX-EXPORT" in (await officer.get("/contracts/export?form=csv")).content.decode("utf-8-sig")


@pytest.mark.parametrize("person", ["stranger", "provider_b", "stranger_provider"])
async def test_a_stranger_finds_no_contract(browser: Any, cast: Cast, person: str) -> None:
    made = await bought(cast, cast.provider_a)
    visitor = await browser(getattr(cast, person))
    assert (await visitor.get(f"/contracts/{made.contract}")).status_code == 404
    assert cast.provider_a.organisation_name not in (await visitor.get("/contracts")).text


async def test_a_stranger_finds_no_lot_and_signs_nothing(browser: Any, cast: Cast) -> None:
    lot, contract = await drafted(cast, cast.provider_a)
    visitor = await browser(cast.stranger)
    assert (await visitor.get(f"/lots/{lot}")).status_code == 404
    assert (await visitor.get(f"/lots/{lot}/contracts/new")).status_code == 404
    assert "L-1" not in (await visitor.get("/lots")).text
    for path, fields in (
        (f"/lots/{lot}/contracts", {}),
        (f"/contracts/{contract}/lines", {}),
        (f"/contracts/{contract}/sign", {}),
        (f"/contracts/{contract}/amendments", {}),
        (f"/contracts/{contract}/suspend", {"reason": "x"}),
        (f"/contracts/{contract}/resume", {"reason": "x"}),
    ):
        assert (await visitor.post(path, fields)).status_code == 404, path


async def test_only_the_bureau_changes_contracts(browser: Any, cast: Cast) -> None:
    lot, contract = await drafted(cast, cast.provider_a)
    for person in (cast.provider_a, cast.station_a, cast.auditor, cast.finance):
        visitor = await browser(person)
        assert (await visitor.post(f"/contracts/{contract}/sign", {})).status_code == 403
        assert (await visitor.get(f"/lots/{lot}/contracts/new")).status_code == 403
    station = await browser(cast.station_a)
    assert (await station.get(f"/contracts/{contract}")).status_code == 403
    assert (await station.get(f"/lots/{lot}")).status_code == 200
