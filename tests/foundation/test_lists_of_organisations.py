"""Lists of stations, villages, providers and workers as other offices keep them."""

from datetime import date

import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Conflict
from shangmen.foundation.imports import actions
from shangmen.foundation.organisations.tables import Organisation
from tests.lists_in import codes, notes, taken, workbook
from tests.test_county_desk import new_county


@pytest_asyncio.fixture(loop_scope="session")
async def officer(db: None) -> Scope:
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    return await new_county("640522")


async def told(scope: Scope, sql: str) -> list[str]:
    """The first column of a query, as the scope sees it."""
    async with database.transaction(scope):
        return await database.values(str, sql)


STATIONS = "SELECT concat_ws('|', o.name, o.telephone, o.other_telephones, o.contact, (SELECT string_agg(d.name, '、' \
ORDER BY d.code) FROM service_area a JOIN division d ON d.id = a.division WHERE a.organisation = o.id)) \
FROM organisation o WHERE o.kind = 'station' ORDER BY o.id"


async def test_stations_are_known_by_other_heads_and_other_ways_to_name_a_township(officer: Scope) -> None:
    content = workbook(
        ["负责人", "站点名称", "服务范围", "联系方式", "办公地址"],
        ["马晓（主任）", "海城社工站", "海原县海城镇和史店乡", "0955 4012345/139 0000 0001", "海城便民中心"],
        ["", "三河镇社会工作服务站", "", 9554012346, ""],
        ["王某", "无名站", "不存在镇", "", ""],
        ["王某", "海城社会工作站", "西安镇", "", ""],
        ["", "合计：3个", "", "", ""],
    )
    _id, counts, lines = await taken(officer, "stations", content)
    assert codes(lines) == {4: "TOWNSHIP_UNKNOWN", 5: "DUPLICATE_IN_FILE"}
    assert counts.new == 2
    assert await told(officer, STATIONS) == [
        "海城社工站|09554012345|13900000001|马晓|海城镇、史店乡", "三河镇社会工作服务站|09554012346|||三河镇",
    ]  # fmt: skip


async def test_a_list_of_stations_is_taken_back_while_nothing_depends_on_it(officer: Scope) -> None:
    content = workbook(["名称", "乡镇", "电话"], ["三河社工站", "三河镇", "0955-4012346"])
    id, _counts, _lines = await taken(officer, "stations", content)
    await actions.undo(officer, id, "")
    assert await told(officer, STATIONS) == []
    again, _counts, lines = await taken(officer, "stations", content)
    async with database.transaction(officer):
        await database.change(Organisation, lines[0].subject or 0, {Organisation.address: "新址"})
    try:
        await actions.undo(officer, again, "")
    except Conflict:
        pass
    else:
        raise AssertionError("what was corrected since is taken back")


async def test_a_changed_list_of_the_same_office_changes_the_station(officer: Scope) -> None:
    heads = ["名称", "乡镇", "电话"]
    await taken(officer, "stations", workbook(heads, ["三河社工站", "三河镇", "0955-4012346"]))
    changed = workbook(heads, ["三河社会工作站", "三河镇", "0955-4012399"])
    id, counts, lines = await taken(officer, "stations", changed)
    assert counts.changed == 1
    assert [(one.field, one.before, one.after) for one in lines[0].changes] == [
        ("telephone", "09554012346", "09554012399")
    ]
    assert await told(officer, STATIONS) == ["三河社工站|09554012399|||三河镇"]
    await actions.undo(officer, id, "")
    assert await told(officer, STATIONS) == ["三河社工站|09554012346|||三河镇"]


VILLAGES = "SELECT concat_ws('|', d.name, v.name, v.latitude, v.longitude, v.position_source) FROM village v \
JOIN division d ON d.id = v.township ORDER BY v.id"


async def test_points_of_villages_are_converted_and_turned_round(officer: Scope) -> None:
    content = workbook(
        ["村委会名称", "所在乡镇", "坐标", "坐标类型"],
        ["团结村委会", "三河镇", "105.9123,36.5678", "GPS"],
        ["团结村", "史店乡", "36.5678，105.9123", "百度"],
        ["红星村", "", "", ""],
        ["团结村委会", "三河镇", "105.9,36.5", "高德"],
        ["永丰村", "史店", "", ""],
        ["远村", "史店乡", "12.5,41.9", ""],
    )
    _id, counts, lines = await taken(officer, "villages", content)
    assert codes(lines) == {4: "TOWNSHIP_UNKNOWN", 5: "DUPLICATE_IN_FILE"}
    assert notes(lines) == {(7, "POINT_DOUBTFUL")}
    assert counts.new == 4
    assert await told(officer, VILLAGES) == [
        "三河镇|团结村|36.567800|105.912300|SURVEYED", "史店乡|团结村|36.562312|105.901784|BD09",
        "史店乡|永丰村|", "史店乡|远村|",
    ]  # fmt: skip


async def test_longitude_under_latitude_is_said_and_exchanged(officer: Scope) -> None:
    content = workbook(["乡镇", "村", "纬度", "经度"], ["三河镇", "团结村", "105°54′", 36.5])
    _id, _counts, lines = await taken(officer, "villages", content)
    assert notes(lines) == {(2, "POINT_TURNED")}
    assert await told(officer, VILLAGES) == ["三河镇|团结村|36.500000|105.900000|SURVEYED"]
