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


PROVIDERS = "SELECT concat_ws('|', o.name, o.credit_code, o.contact, q.kind, q.number, q.valid_to, q.status) \
FROM organisation o LEFT JOIN qualification q ON q.organisation = o.id WHERE o.kind = 'provider' ORDER BY o.id, q.id"


def provider(
    name: str, code: str, papers: str = "", numbers: str = "", ends: object = "", type: str = ""
) -> list[object]:
    return [code, name, papers, numbers, ends, "张某", type]


PROVIDER_HEADS = ["信用代码", "机构名称", "证照", "证照编号", "到期日期", "法人", "机构性质"]


async def test_papers_stand_in_one_cell_or_in_rows_that_name_the_provider_again(officer: Scope) -> None:
    content = workbook(
        PROVIDER_HEADS,
        provider("安心(演示)", "91640522MA76002084", "营业执照；食品经营许可证", "甲1；乙2", "长期；2027-03-01"),
        provider("和乐中心（演示）", "52640522MJX0001505", "登记证书（有效期至2026年5月）"),
        provider("和乐中心", "52640522MJX0001505", "责任险保单", "P-1", 46500),
        provider("冒名中心", "52640522MJX0001505"),
    )  # fmt: skip
    _id, counts, lines = await taken(officer, "providers", content)
    assert codes(lines) == {5: "NAME_DISAGREES"}
    assert notes(lines) == {(3, "EXPIRED")}
    assert (counts.new, counts.merged) == (2, 1)
    assert await told(officer, PROVIDERS) == [
        "安心(演示)|91640522MA76002084|张某|registration|甲1|valid",
        "安心(演示)|91640522MA76002084|张某|food_licence|乙2|2027-03-01|valid",
        "和乐中心（演示）|52640522MJX0001505|张某|registration||2026-05-31|expired",
        "和乐中心（演示）|52640522MJX0001505|张某|insurance|P-1|2027-04-23|valid",
    ]
    _id, counts, lines = await taken(officer, "providers", content)
    assert counts.same == 3 and not any(line.entries for line in lines)


async def test_who_may_not_be_a_supplier_is_refused_or_asked_about(officer: Scope) -> None:
    content = workbook(
        PROVIDER_HEADS,
        provider("某局", "11640522010000001F"),
        provider("某福利院", "12640522010000012G", type="公益一类事业单位"),
        provider("某养护院", "126405220100000196", type="公益二类"),
        provider("某敬老院", "126405220100000271"),
        provider("某公司", "91640522MA76002085"),
    )
    _id, _counts, lines = await taken(officer, "providers", content)
    assert codes(lines) == {2: "NOT_A_SUPPLIER", 3: "NOT_A_SUPPLIER", 6: "CREDIT_CODE"}
    assert notes(lines) == {(5, "CLASS_ASKED")}


async def test_new_papers_of_a_known_provider_are_added_and_taken_back_alone(officer: Scope) -> None:
    await taken(
        officer, "providers", workbook(PROVIDER_HEADS, provider("安心", "91640522MA76002084", "营业执照", "甲1"))
    )
    more = workbook(
        PROVIDER_HEADS, provider("安心", "91640522MA76002084", "营业执照、责任险", "甲1、P2", "长期、2027.1.31")
    )
    id, counts, _lines = await taken(officer, "providers", more)
    assert counts.changed == 1
    assert len(await told(officer, PROVIDERS)) == 2
    await actions.undo(officer, id, "")
    assert await told(officer, PROVIDERS) == ["安心|91640522MA76002084|张某|registration|甲1|valid"]


WORKERS = "SELECT concat_ws('|', w.name, w.telephone, w.background_checked, e.position, e.pattern::text, o.name, \
(SELECT string_agg(concat_ws(' ', q.kind, q.valid_to), ',' ORDER BY q.id) FROM qualification q \
WHERE q.worker = w.id)) \
FROM worker w JOIN engagement e ON e.worker = w.id JOIN organisation o ON o.id = e.organisation ORDER BY w.id, e.id"


async def test_workers_are_understood_under_other_heads_with_days_within_the_certificates(officer: Scope) -> None:
    await taken(officer, "stations", workbook(["名称", "乡镇"], ["三河镇社会工作服务站", "三河镇"]))
    await taken(officer, "providers", workbook(PROVIDER_HEADS, provider("安心公司（演示）", "91640522MA76002084")))
    content = workbook(
        ["员工姓名", "公民身份号码", "派驻社工站", "职务", "持证", "上班时间", "联系电话"],
        ["马 兰", "11010519491231002X", "三河镇社工站", "督导",
         "社会工作师证（长期）；无犯罪记录（有效期至2027-03-31）", "周一、三上午", "139 0000 0002"],
        ["王小二", "440524188001010014", "安心公司", "", "", "", ""],
        ["赵测试", "64052219900307903X", "安心公司(演示)", "护士", "护士执业证2028.1.31", "专职", ""],
        ["马兰", "11010519491231002X", "安心公司", "", "健康证（2026-01-31）", "周末", ""],
        ["马兰", "11010519491231002X", "安心公司", "", "", "", ""],
        ["李某", "", "安心公司", "", "", "", ""],
        ["李某", "64052219900307903X", "三河镇社工站", "", "", "", ""],
    )  # fmt: skip
    id, counts, lines = await taken(officer, "workers", content)
    assert codes(lines) == {
        3: "ID_DATE", 6: "DUPLICATE_IN_FILE", 7: "MISSING_ID", 8: "NAME_DISAGREES",
    }  # fmt: skip
    assert notes(lines) == {(5, "TWO_STATIONS"), (5, "EXPIRED")}
    assert (counts.new, counts.merged) == (2, 1)
    morning, day, week = "[[480, 720]]", "[[480, 1080]]", "[[480, 720], [840, 1080]]"
    office = ", ".join(f'"{weekday}": {week}' for weekday in range(5))
    papers = "social_worker,background_check 2027-03-31,health_certificate 2026-01-31"
    assert await told(officer, WORKERS) == [
        f'马兰|13900000002|2026-03-31|social_worker|{{"0": {morning}, "2": {morning}}}|三河镇社会工作服务站|{papers}',
        f'马兰|13900000002|2026-03-31|care_worker|{{"5": {day}, "6": {day}}}|安心公司（演示）|{papers}',
        f"赵测试||nurse|{{{office}}}|安心公司（演示）|nurse 2028-01-31",
    ]
    _id, counts, again = await taken(officer, "workers", content)
    assert counts.same == 3 and not any(line.entries for line in again)
    await actions.undo(officer, id, "")
    assert await told(officer, WORKERS) == []
