"""Habits of other counties' offices, kind by kind: other heads, units in heads, papers in columns of their own, words
beside numbers. One row each, and what it must be understood to say."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import pytest
from stdnum.iso7064 import mod_11_2

from shangmen import clock
from shangmen.foundation.imports import kinds, mapping, reader, sheets
from shangmen.foundation.imports.cells import amounts, days
from shangmen.foundation.imports.cells.places import Places, Township
from shangmen.foundation.imports.cells.reading import Unread
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.organisations.lists import certificates
from shangmen.foundation.organisations.lists.names import Names
from shangmen.wiring import wire
from tests.lists_in import workbook


def number(born: str, serial: str) -> str:
    return f"640323{born}{serial}" + mod_11_2.calc_check_digit(f"640323{born}{serial}")


ID = number("19450101", "901")
CODE = "91640323MA76000017"


@pytest.fixture(autouse=True)
def today() -> None:
    wire()
    clock.set_to(clock.at(date(2026, 11, 30), 600))


def lines(kind: str, *rows: Sequence[object], title: str = "") -> list[Line]:
    book = msgspec.convert(reader.read(workbook(*rows, title=title)), sheets.Book)
    return mapping.understood(kinds.kind(kind), book, mapping.Mapping(), "名单.xlsx")[2]


HABITS: list[tuple[str, list[str], list[object], dict[str, Any]]] = [
    ("stations", ["乡镇（街道）", "站点名称", "站长", "联系方式", "服务覆盖范围"],
     ["花马池镇", "花马池镇社工站", "李军 13800000012", "", "花马池镇、麻黄山乡"],
     {"contact": "李军", "townships": "花马池镇", "reach": "花马池镇、麻黄山乡"}),
    ("stations", ["社工站全称", "辖区乡镇", "负责人及电话", "经度", "纬度"],
     ["高沙窝镇社工站", "高沙窝镇", "冯丽(13800000014)", "东经106.95°", "37°58′48″"],
     {"contact": "冯丽", "latitude": 37.98, "longitude": 106.95}),
    ("stations", ["乡镇", "站长姓名", "站长电话"], ["青山乡", "杨明", "138-0000-0015"],
     {"townships": "青山乡", "telephone": [["13800000015", ""]]}),
    ("villages", ["乡（镇）", "村（居）委会", "GPS经度(E)", "GPS纬度(N)"],
     ["花马池镇", "裕兴村", "E107.40°", "N37.80°"],
     {"longitude": 107.4, "latitude": 37.8}),
    ("villages", ["村（社区）", "坐标（经度,纬度）"],
     ["花马池镇长城村", "（107.41，37.79）"], {"point": [107.41, 37.79]}),
    ("villages", ["乡镇", "村名", "纬度坐标", "经度坐标"], ["惠安堡镇", "老盐池村", "37.45N", "106.7E"],
     {"latitude": 37.45, "longitude": 106.7}),
    ("providers", ["机构名称", "社会信用代码", "机构负责人", "持有资质", "资质到期日"],
     ["康乐服务部", f"统一社会信用代码：{CODE}", "周九", "营业执照/食品经营许可证", "长期/2027.6.30"],
     {"credit_code": CODE, "contact": "周九", "certificates": ["营业执照", "食品经营许可证"],
      "ends": ["", "2027-06-30"]}),
    ("providers", ["承接主体", "统一社会信用代码", "营业执照有效期", "食品经营许可证编号", "食品经营许可证有效期"],
     ["康乐服务部", CODE, "长期", "JY16403", "2028-05-01"],
     {"food_licence_number": "JY16403", "food_licence_until": "2028-05-01"}),
    ("providers", ["单位名称", "信用代码", "资质名称", "资质有效期"],
     ["康乐服务部", CODE, "营业执照", "2024.5.1-2029.4.30"],
     {"ends": ["2029-04-30"]}),
    ("workers", ["机构", "姓名", "身份证号码", "职称/证书", "证号", "工作时间"],
     ["康乐服务部", "李四妹", ID, "养老护理员（四级/中级工）", "Y001", "轮班"],
     {"organisation": "康乐服务部", "certificates": ["养老护理员(四级/中级工)"], "numbers": ["Y001"]}),
    ("workers", ["服务人员姓名", "居民身份证号码", "所在社工站（机构）", "持有证书", "上班时间"],
     ["赵小红", ID, "大水坑社工站", "社会工作者职业水平证书（初级）", "朝九晚五"],
     {"organisation": "大水坑社工站", "hours": {str(day): [[540, 1020]] for day in range(5)}}),
    ("workers", ["单位名称", "姓名", "身份证号", "证书（有效期）", "排班"],
     ["康乐服务部", "甲一", ID, "养老护理员五级（2027.3.1）、健康证（2026-12-31）", "周一至周五，上午"],
     {"certificates": ["养老护理员五级(2027.3.1)", "健康证(2026-12-31)"]}),
    ("contracts", ["项目名称", "承接方", "服务内容", "单价(元/小时)", "服务总量（小时）", "服务期限"],
     ["居家照料一标段", "康乐服务部", "居室清洁", 35, 1000, "2026.1.1至2026.12.31"],
     {"lot": "居家照料一标段", "item": "居室清洁", "rate": "35", "quantity": "1000"}),
    ("contracts", ["标段", "中标供应商", "服务项目", "计量单位", "中标单价", "采购数量", "合同期"],
     ["A包", "康乐服务部", "助餐", "餐", "15元/餐", "2,000餐", "2026年度"],
     {"provider": "康乐服务部", "rate": "15", "quantity": "2000", "term": ("2026-01-01", "2026-12-31")}),
    ("contracts", ["合同名称", "合同甲方", "合同乙方", "服务项目", "单价", "年服务量", "合同起止时间"],
     ["照料服务", "民政局", "康乐服务部", "理发", "25", "约200次", "自2026年3月1日起至2027年2月28日止"],
     {"provider": "康乐服务部", "quantity": "200", "term": ("2026-03-01", "2027-02-28")}),
    ("recipients", ["乡镇", "姓名", "身份证号", "类别"], ["花马池镇", "马三", ID, "B"],
     {"category": {"category": "DIBAO", "tier": "B", "scheme": "", "support": ""}}),
    ("recipients", ["保障对象", "身份证号码", "所属行政区划", "保障类型", "分类施保类别"],
     ["马三", ID, "宁夏吴忠市盐池县花马池镇裕兴村", "农村最低生活保障对象", "B类"],
     {"name": "马三", "township": "宁夏吴忠市盐池县花马池镇裕兴村", "tier": "B类"}),
    ("recipients", ["儿童姓名", "身份证号", "类型", "所属乡镇"], ["小丽", ID, "孤儿", "青山乡"],
     {"category": {"category": None, "tier": "", "scheme": "", "support": ""}}),
    ("recipients", ["镇", "残疾人姓名", "残疾人证号", "类别", "等级"], ["花马池镇", "杨四", f"{ID}42", "肢体", "二级"],
     {"certificate": f"{ID}42", "disability_level": "二级"}),
    ("recipients", ["姓名", "公民身份号码", "救助类别", "残疾等级", "残疾类别", "乡镇"],
     ["杨四", ID, "城市低保", "二级", "肢体", "花马池镇"], {"disability_level": "二级"}),
    ("recipients", ["乡镇", "姓名", "身份证号", "对象类别"],
     ["惠安堡镇", "冯六", ID, "分散供养"],
     {"category": {"category": "TEKUN", "tier": "", "scheme": "", "support": "SCATTERED"}}),
    ("assessments", ["姓名", "身份证号", "进食能力", "穿衣", "起卧", "如厕", "行走", "沐浴", "评估结果", "评估日期",
      "评估人员"],
     ["马一", ID, "自理", "√", "部分依赖", "需协助", "不能", "×", "半护理", datetime(2026, 9, 1), "张丽 李军"],
     {"eating": 0, "dressing": 0, "bed": 1, "toilet": 1, "walking": 1, "bathing": 1, "level": "PARTIAL"}),
    ("needs", ["对象姓名", "身份证", "所需服务", "每周次数", "时长（小时）"], ["马二", ID, "家政保洁", 1, 1.5],
     {"weekly": 4, "long": 90, "item": "家政保洁"}),
    ("needs", ["姓名", "身份证号", "服务项目", "每月服务次数", "每次服务时间"],
     ["马三", ID, "洗衣服", "月均2次", "一小时"],
     {"times": 2, "minutes": 60}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "heads", "cells", "said"), HABITS)
def test_a_row_of_another_habit_is_understood(
    kind: str, heads: list[str], cells: list[object], said: dict[str, Any]
) -> None:
    (line,) = lines(kind, heads, cells)
    assert line.unread is None
    assert {field: line.values.get(field) for field in said} == said


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("每半月一次", 2), ("一周三次", 12), ("每两周1次", 2), ("隔天1次", 15), ("一个月4次", 4), ("每季度3次", 1),
        ("4次/季度", None), ("每季度1次", None), ("1-2次", None),
    ],
)  # fmt: skip
def test_how_often_is_counted_by_the_month_or_asked_about(cell: str, found: int | None) -> None:
    if found is None:
        with pytest.raises(Unread):
            amounts.times_a_month(cell)
    else:
        assert amounts.times_a_month(cell) == found


def test_a_term_may_say_how_long_it_lasts() -> None:
    assert days.term("2026年4月1日起，服务期12个月") == ("2026-04-01", "2027-03-31")
    assert days.term("自2026.4.1起一年") == ("2026-04-01", "2027-03-31")
    assert days.term("2026年") == ("2026-01-01", "2026-12-31")


def test_an_organisation_is_found_by_a_part_of_its_name_unless_two_have_it() -> None:
    names = Names([(1, "盐池县康乐养老服务有限公司"), (2, "花马池镇社会工作服务站"), (3, "盐池县大水坑镇社工站")])
    assert [names.find(name) for name in ("康乐养老", "盐池县花马池镇社工站", "大水坑社工站")] == [1, 2, 3]
    names.add(4, "康乐养老护理院")
    assert [names.find(name) for name in ("康乐养老", "社工站", "养老", "青山乡社工站")] == [None] * 4


def test_the_whole_of_a_township_is_the_township() -> None:
    places = Places("盐池县", [Township(1, "花马池镇"), Township(2, "惠安堡镇")])
    for cell in ("花马池镇全域", "花马池镇各行政村", "花马池镇辖区"):
        assert [one.id for one in places.several(cell)[0]] == [1], cell
    assert len(places.several("盐池县全县")[0]) == 2


def test_a_blank_organisation_below_its_group_is_that_of_the_group() -> None:
    heads = ["单位", "姓名", "身份证号", "证书"]
    found = lines("workers", heads, *([name, "甲一", ID, ""] for name in ("康乐服务部", "", "阳光中心")))
    assert [line.values.get("organisation") for line in found] == ["康乐服务部", "康乐服务部", "阳光中心"]
    mixed = lines("workers", heads, *([name, "甲一", ID, ""] for name in ("康乐", "阳光", "康乐", "")))
    assert "organisation" not in mixed[-1].values


def test_the_title_above_the_heads_is_no_head_of_theirs() -> None:
    heads, row = ["姓名", "身份证号", "救助类别", "乡镇"], ["马一", ID, "低保", "花马池镇"]
    signatures = set()
    for month in ("2026年10月低保花名册", "2026年11月低保花名册"):
        book = msgspec.convert(reader.read(workbook(heads, row, title=month)), sheets.Book)
        signatures.add(mapping.understood(kinds.kind("recipients"), book, mapping.Mapping(), "a.xlsx")[1])
    assert len(signatures) == 1


def test_papers_in_columns_of_their_own_are_papers() -> None:
    found = certificates.in_columns(
        {"food_licence_number": "JY1", "food_licence_until": "2028-05-01", "registration_held": "√",
         "care_filing_held": "否"}
    )  # fmt: skip
    assert [(paper.kind, paper.number, paper.valid_to) for paper in found] == [
        ("registration", "", None), ("food_licence", "JY1", date(2028, 5, 1)),
    ]  # fmt: skip
