"""Lists of lots and contracts as other offices keep them."""

from datetime import date

import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.imports import actions
from tests.lists_in import codes, notes, taken, workbook
from tests.test_county_desk import new_county

CONTRACTS = "SELECT concat_ws('|', l.number, l.name, c.state, c.term_from, c.term_to, c.ceiling, \
(SELECT count(*) FROM lot_area a \
WHERE a.lot = l.id), (SELECT string_agg(concat_ws(' ', i.code, n.pricing, n.rate, n.quantity), ', ' \
ORDER BY i.code) FROM contract_line n JOIN service_item i ON i.id = n.service_item WHERE n.contract = c.id)) \
FROM contract c JOIN lot l ON l.id = c.lot ORDER BY c.id"

HEADS = ["中标单位", "包号", "采购内容", "中标单价", "单位", "采购数量", "小计", "服务范围", "服务期限"]
YEAR = "2026.1.1-2026.12.31"


@pytest_asyncio.fixture(loop_scope="session")
async def officer(db: None) -> Scope:
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    officer = await new_county("640522")
    providers = [["名称", "信用代码"], ["安心公司（演示）", "91640522MA76002084"]]
    await taken(officer, "providers", workbook(*providers))
    return officer


async def told(scope: Scope) -> list[str]:
    async with database.transaction(scope):
        return await database.values(str, CONTRACTS)


async def test_rows_that_repeat_their_contract_are_one_with_an_amount_a_line(officer: Scope) -> None:
    content = workbook(
        HEADS,
        ["安心公司", "包2", "老年人洗澡", "120元/次", "", "100次", 12000, "三河镇、史店乡", YEAR],
        ["安心公司", "包2", "家庭保洁", 30, "小时", "1,000", "3万元", "三河镇、史店乡", YEAR],
        ["安心公司", "包2", "保洁", 30, "小时", 10, 300, "三河镇、史店乡", YEAR],
        ["某某公司", "包3", "探访", 30, "次", 10, 300, "三河镇", YEAR],
        ["安心公司", "包4", "修房顶", 30, "次", 10, 300, "三河镇", YEAR],
        ["安心公司", "包4", "探访", 3000, "元/人·月", 10, 300, "三河镇", YEAR],
        ["安心公司", "包5", "探访", 30, "次", 10, "", "月球镇", YEAR],
        title="采购结果",
    )
    id, counts, lines = await taken(officer, "contracts", content)
    assert codes(lines) == {
        5: "DUPLICATE_IN_FILE", 6: "PROVIDER_UNKNOWN", 7: "UNKNOWN_SERVICE", 8: "PRICING_UNKNOWN",
        9: "TOWNSHIP_UNKNOWN",
    }  # fmt: skip
    assert counts.new == 2 and not notes(lines)
    assert await told(officer) == [
        "2026-包2|包2|in_force|2026-01-01|2026-12-31|42000.00|2|"
        "C03 per_visit 120.00 100.00, C05 per_hour 30.00 1000.00"
    ]
    _id, counts, lines = await taken(officer, "contracts", content)
    assert counts.same == 2 and not any(line.entries for line in lines)
    await actions.undo(officer, id, "")
    assert await told(officer) == []


async def test_a_contract_that_is_over_and_one_to_come_are_kept_apart_from_those_in_force(officer: Scope) -> None:
    content = workbook(
        ["标段", "乙方", "服务项目", "单价", "数量", "合同金额（万元）", "开始日期", "结束日期"],
        ["第一标段 探访", "安心公司(演示)", "上门探访", 30, 1000, 3, "2025-01-01", "2025-12-31"],
        ["第一标段 探访", "安心公司(演示)", "儿童家庭探访", 85, 1000, 4, "2026-12-01", "2027-11-30"],
    )
    _id, counts, lines = await taken(officer, "contracts", content)
    assert not codes(lines) and counts.new == 2
    assert notes(lines) == {(2, "EXPIRED"), (3, "PRICE_ABOVE_CEILING"), (3, "AMOUNT_DISAGREES")}
    assert [one.split("|")[:3] for one in await told(officer)] == [
        ["2025-第一标段", "第一标段 探访", "ended"], ["2026-第一标段", "第一标段 探访", "in_force"],
    ]  # fmt: skip


async def test_a_contract_that_is_signed_tomorrow_is_refused(officer: Scope) -> None:
    content = workbook(
        ["标段", "乙方", "服务项目", "单价", "数量", "开始日期", "结束日期", "签订日期"],
        ["第一标段", "安心公司(演示)", "上门探访", 30, 1000, "2026-01-01", "2026-12-31", "2026-12-01"],
    )
    _id, _counts, lines = await taken(officer, "contracts", content)
    assert codes(lines) == {2: "DATE_FUTURE"}
