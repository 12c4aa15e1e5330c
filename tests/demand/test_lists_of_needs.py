"""Lists of needs as other offices keep them."""

from datetime import date

import pytest

from shangmen import clock, database
from shangmen.demand.needs.lists.wishes import when, wishes
from shangmen.foundation.imports import actions
from tests.cast import Cast
from tests.demand.test_lists_of_assessments import number
from tests.lists_in import codes, notes, taken, workbook

WEEKDAYS, WEEK = range(5), range(7)


@pytest.mark.parametrize(
    ("words", "windows"),
    [
        ("上午", [(day, 480, 720) for day in WEEK]), ("不限", []), ("", []), ("随时都可", []),
        ("每周二、四", [(1, 480, 1080), (3, 480, 1080)]), ("8:00—10:00", [(day, 480, 600) for day in WEEK]),
        ("放学后（17:00后）", [(day, 1020, 1200) for day in WEEKDAYS]),
        ("周一至周五上午9点以后", [(day, 540, 1080) for day in WEEKDAYS]),
        ("下午4点前", [(day, 480, 960) for day in WEEK]), ("周末下午", [(5, 840, 1080), (6, 840, 1080)]),
        ("避开周五中午", sorted([(day, 480, 1080) for day in WEEK if day != 4] + [(4, 480, 690), (4, 840, 1080)])),
    ],
)  # fmt: skip
def test_times_in_words_are_windows(words: str, windows: list[tuple[int, int, int]]) -> None:
    assert sorted(when(words).windows) == windows


def test_what_is_no_time_of_the_week_stays_words() -> None:
    assert when("月初").windows == [] and when("月初").rest == "月初"


def test_wishes_in_words_are_rules_and_the_rest_stays_words() -> None:
    made = wishes("女护理员、清真餐", "须两人上门；家中有犬")
    assert (made.sex, made.halal, made.two, made.rest) == ("female", True, True, "家中有犬")
    assert wishes("男性社工").sex == "male"


async def test_needs_of_a_station_are_drafts_and_are_taken_back(cast: Cast) -> None:
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    name, id_number = await number(cast.station_a, cast.person_a)
    content = workbook(
        ["需求内容", "证件号码", "老人姓名", "频次", "单次时长", "方便时间", "其他要求"],
        ["打扫卫生", id_number, name, "每周1次", "一个半小时", "周末", "女性、怕狗"],
        ["打扫卫生", id_number, name, 2, 60, "", ""],
        ["居室保洁", id_number, name, 2, 60, "", ""],
        ["修屋顶", id_number, name, 2, 60, "", ""],
        ["上门探访", id_number, name, "每天2次", 60, "", ""],
        ["上门探访", "11010519491231002X", "某人", 2, 60, "", ""],
    )
    id, counts, lines = await taken(cast.station_a, "needs", content)
    assert codes(lines) == {3: "DUPLICATE", 5: "UNKNOWN_SERVICE", 6: "BEYOND_ENTITLEMENT", 7: "UNKNOWN_PERSON"}
    assert notes(lines) == {(4, "SAME_SERVICE")}
    sql = (
        "SELECT concat_ws('|', i.code, n.visits_per_month, n.minutes, n.required_sex, n.wishes, n.state,"
        " n.windows::text)"
        " FROM need n JOIN service_item i ON i.id = n.service_item"
    )
    async with database.transaction(cast.station_a):
        assert await database.values(str, sql) == ["C05|6|90|female|怕狗|draft|[[5, 480, 1080], [6, 480, 1080]]"]
    _id, counts, lines = await taken(cast.station_a, "needs", content)
    assert counts.same == 2 and not any(line.entries for line in lines)
    await actions.undo(cast.station_a, id, "")
    async with database.transaction(cast.station_a):
        assert await database.values(str, sql) == []
