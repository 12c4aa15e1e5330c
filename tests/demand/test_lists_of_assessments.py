"""Lists of assessments as other offices keep them."""

from datetime import date

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.lists.assessments import assessors, can, level, self_care
from shangmen.foundation.imports import actions
from tests.cast import Cast
from tests.lists_in import codes, notes, taken, workbook

TOLD = "SELECT concat_ws('|', p.name, a.scale, a.total, a.level, a.assessed_on, a.assessor, a.second_assessor) \
FROM assessment a JOIN person p ON p.id = a.person ORDER BY a.id"


async def told(scope: Scope) -> list[str]:
    async with database.transaction(scope):
        return await database.values(str, TOLD)


async def number(scope: Scope, person: int) -> tuple[str, str]:
    async with database.transaction(scope):
        (found,) = await database.values(str, f"SELECT name || ' ' || id_number FROM person WHERE id = {person}")
    name, _, id_number = found.partition(" ")
    return name, id_number


@pytest.mark.parametrize(
    ("cell", "failed"),
    [
        ("√", 0),
        ("能", 0),
        ("自理", 0),
        (1, 0),
        ("可以", 0),
        ("×", 1),
        ("不能", 1),
        ("需要帮助", 1),
        (0, 1),
        ("/", None),
    ],
)
def test_a_tick_says_that_somebody_can(cell: str | int, failed: int | None) -> None:
    assert can(cell) == failed


def test_levels_are_known_by_number_and_by_words() -> None:
    assert [level(cell) for cell in ("能力完好", "1级", "中度失能", "三级", "完全失能（4级）", "")] == [
        "INTACT", "MILD", "MODERATE", "SEVERE", "COMPLETE", None,
    ]  # fmt: skip
    assert [self_care(cell) for cell in ("全自理", "半失能", "完全不能自理", "具备生活自理能力")] == [
        "SELF", "PARTIAL", "TOTAL", "SELF",
    ]  # fmt: skip
    assert assessors("张三 / 李四") == ["张三", "李四"]


async def test_results_under_other_heads_are_kept_and_taken_back(cast: Cast) -> None:
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    name, id_number = await number(cast.station_a, cast.person_a)
    heads = ["评估人员1", "评估人员2", "证件号", "老人姓名", "得分", "评估结论", "评估时间", "备注"]
    content = workbook(
        heads,
        ["甲某", "乙某", id_number, name, "60分", "重度", "2026.5.3", ""],
        ["甲某", "乙某", id_number, name, 60, "中度失能", "2026-05-02", ""],
        ["甲某", "", id_number, name, 60, "中度失能", "2026-05-01", ""],
        ["甲某", "乙某", id_number, name, 91, "能力完好", "2026-05-01", ""],
        ["甲某", "乙某", id_number, name, 80, "重度失能", "2026-05-01", ""],
        ["甲某", "乙某", id_number, "别人", 80, "轻度", "2026-05-01", ""],
        ["甲某", "乙某", id_number, name, 20, "4级", "2024-05-01", ""],
    )
    id, counts, lines = await taken(cast.station_a, "assessments", content)
    assert codes(lines) == {4: "ONE_ASSESSOR", 5: "SCORE_RANGE", 6: "LEVEL_DISAGREES", 7: "NAME_DISAGREES"}
    assert notes(lines) == {(2, "LEVEL_RAISED"), (8, "EXPIRED")}
    assert await told(cast.station_a) == [
        f"{name}|GBT42195|60|SEVERE|2026-05-03|甲某|乙某", f"{name}|GBT42195|60|MODERATE|2026-05-02|甲某|乙某",
        f"{name}|GBT42195|20|COMPLETE|2024-05-01|甲某|乙某",
    ]  # fmt: skip
    _id, counts, lines = await taken(cast.station_a, "assessments", content)
    assert counts.same == 3 and not any(line.entries for line in lines)
    await actions.undo(cast.station_a, id, "")
    assert await told(cast.station_a) == []


async def test_a_station_assesses_nobody_of_another(cast: Cast) -> None:
    name, id_number = await number(cast.station_b, cast.person_b)
    heads = ["姓名", "身份证号", "总分", "评估日期", "评估员"]
    content = workbook(heads, [name, id_number, 50, "2026-03-01", "甲某、乙某"])
    _id, _counts, lines = await taken(cast.station_a, "assessments", content)
    assert codes(lines) == {2: "UNKNOWN_PERSON"}
