"""A known register of each kind, written into a sheet with the quirks of real offices, comes back the same."""

import io
from typing import Any

import msgspec
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from shangmen.foundation.imports import kinds, mapping, reader, sheets
from shangmen.wiring import wire

# Of each kind: (head, field, [(as it is typed, what it says)]); the first column tells a row from another.
Columns = list[tuple[str, str, list[tuple[Any, Any]]]]


def person(serial: int) -> str:
    body = f"64032319800101{900 + serial}"
    return body + mod_11_2.calc_check_digit(body)


TELEPHONES = [
    (13800000011, [["13800000011", ""]]), ("138-0000-0011", [["13800000011", ""]]),
    ("１３８００００００１１", [["13800000011", ""]]), ("0953-6000123", [["09536000123", ""]]),
    (9536000123, [["09536000123", ""]]),
]  # fmt: skip
DAYS = [
    (45292, "2024-01-01"), ("2024年1月1日", "2024-01-01"), ("2024.01.01", "2024-01-01"), ("2024/1/1", "2024-01-01"),
    ("20240101", "2024-01-01"), (20240101, "2024-01-01"), ("二〇二四年一月一日", "2024-01-01"),
]  # fmt: skip
PEOPLE: Columns = [
    ("姓名", "name", [("甲 一", "甲一"), ("买买提・艾力", "买买提·艾力"), ("甲一（组长）", "甲一")]),
]
KINDS: dict[str, Columns] = {
    "stations": [
        ("站点名称", "name", [("花马池镇社工站", "花马池镇社工站")]),
        ("服务乡镇", "townships", [("花马池镇", "花马池镇")]),
        ("联系电话", "telephone", TELEPHONES),
        ("站长", "contact", [("李军", "李军"), ("李 军（站长）", "李军"), ("李军 13800000012", "李军")]),
    ],
    "villages": [
        ("村名", "village", [("裕兴村", "裕兴村")]),
        ("乡镇", "township", [("花马池镇", "花马池镇")]),
        ("纬度", "latitude", [(37.5, 37.5), ("37.5°", 37.5), ("北纬37°30′", 37.5), ("３７．５", 37.5)]),
        ("经度", "longitude", [(107.25, 107.25), ("E107.25", 107.25), ("107°15′00″", 107.25)]),
    ],
    "providers": [
        ("单位名称", "name", [("康乐服务部", "康乐服务部")]),
        ("统一社会信用代码", "credit_code",
         [("91640323MA76000017", "91640323MA76000017"), ("91640323 ma7600 0017", "91640323MA76000017"),
          ("９１６４０３２３ＭＡ７６００００１７", "91640323MA76000017")]),
        ("资质有效期至", "ends", [("长期", [""]), *((cell, [day]) for cell, day in DAYS)]),
        ("联系电话", "telephone", TELEPHONES),
    ],
    "workers": [
        *PEOPLE,
        ("工作单位", "organisation", [("康乐服务部", "康乐服务部")]),
        ("证书", "certificates", [("养老护理员五级、健康证", ["养老护理员五级", "健康证"]),
                               ("养老护理员五级\n健康证", ["养老护理员五级", "健康证"])]),
        ("工作时间", "hours", [("周一至周五 8:30-17:30", {str(day): [[510, 1050]] for day in range(5)}),
                            ("工作日8点半到5点半", {str(day): [[510, 1050]] for day in range(5)}),
                            ("星期一到星期五8：30—17：30", {str(day): [[510, 1050]] for day in range(5)})]),
        ("入职日期", "begins", DAYS),
    ],
    "contracts": [
        ("服务内容", "item", [("居室清洁", "居室清洁")]),
        ("标段", "lot", [("一标段", "一标段")]),
        ("承接单位", "provider", [("康乐服务部", "康乐服务部")]),
        ("单价", "rate", [(35, "35"), ("35元", "35"), ("３５元/次", "35"), ("¥35.00", "35"), ("35.0", "35")]),
        ("数量", "quantity", [(1200, "1200"), ("1,200次", "1200"), ("约1200小时", "1200"), ("１２００", "1200")]),
        ("服务期限", "term", [(words, ("2026-01-01", "2026-12-31")) for words in
                          ("2026.1.1-2026.12.31", "2026年1月1日至2026年12月31日", "自2026年1月1日起至2026年12月31日止",
                           "2026年度", "2026年1月—2026年12月", "自2026.1.1起一年")]),
    ],
    "assessments": [
        *PEOPLE,
        ("总分", "total", [(60, 60), ("60分", 60), ("６０", 60), ("60.0", 60)]),
        ("能力等级", "level", [("中度失能", "MODERATE"), ("2级", "MODERATE"), ("中度失能（2级）", "MODERATE")]),
        ("评估日期", "assessed_on", DAYS),
        ("评估员", "assessors", [(words, ["张丽", "李军"]) for words in ("张丽、李军", "张丽 李军", "张丽/李军")]),
    ],
    "needs": [
        *PEOPLE,
        ("服务项目", "item", [("居室清洁", "居室清洁")]),
        ("每月次数", "times", [(4, 4), ("4次", 4), ("每周1次", 4), ("四次", 4), ("４", 4), ("一周一次", 4)]),
        ("每次时长", "minutes", [(90, 90), ("90分钟", 90), ("1.5小时", 90), ("一个半小时", 90), ("1小时30分", 90)]),
    ],
}  # fmt: skip
NUMBERED = {"workers", "assessments", "needs"}


@st.composite
def lists_of(draw: st.DrawFn, kind: str) -> tuple[list[dict[str, Any]], bytes]:
    """(what the rows say, a workbook): in any order of columns, with titles, totals, blank rows and hidden sheets."""
    columns = draw(st.permutations(KINDS[kind]))
    buffer, said = io.BytesIO(), []
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as book:
        page = book.add_worksheet("名单")
        bold = book.add_format({"bold": True})
        row = draw(st.integers(0, 2))
        for place in range(row):
            page.write(place, 0, ["盐池县一览表（2026年11月）", "填报单位：盐池县民政局"][place])
        heads = [
            "序号",
            *(head for head, _field, _cells in columns),
            *(["身份证号"] if kind in NUMBERED else []),
            "开户行",
        ]
        page.write_row(row, 0, [draw(st.sampled_from([head, f" {head} ", f"{head}*", head])) for head in heads])
        row += 1
        if draw(st.booleans()):
            page.write_row(row, 0, list(range(1, len(heads) + 1)))
            row += 1
        for serial in range(draw(st.integers(1, 4))):
            if draw(st.integers(0, 3)) == 0:
                page.write_blank(row, 0, None, bold)
                row += 1
            one: dict[str, Any] = {}
            page.write(row, 0, serial + 1)
            for place, (_head, field, cells) in enumerate(columns, 1):
                typed, one[field] = draw(st.sampled_from(cells))
                page.write(row, place, typed)
            if kind in NUMBERED:
                one["id_number"] = {"number": person(serial), "reason": ""}
                wrapped = draw(st.sampled_from(["{}", "'{}", "\u202d{}\u202c", " {} "]))
                page.write_string(row, len(columns) + 1, wrapped.format(person(serial)))
            said.append(one)
            row += 1
        if draw(st.booleans()):
            page.write(row, 0, draw(st.sampled_from(["合计", "总 计", "小计："])))
        page.write(row + 1, 0, "填表人：李某      审核人：王某")
        if draw(st.booleans()):
            last_year = book.add_worksheet("2025年")
            last_year.write_row(0, 0, heads)
            last_year.hide()
    return said, buffer.getvalue()


@settings(max_examples=60)
@given(st.data())
def test_a_register_of_every_kind_comes_back_as_it_was_meant(data: st.DataObject) -> None:
    wire()
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    said, content = data.draw(lists_of(kind))
    book = msgspec.convert(reader.read(content), sheets.Book)
    _seen, _signature, lines = mapping.understood(kinds.kind(kind), book, mapping.Mapping(), "名单.xlsx")
    assert [line.unread for line in lines] == [None] * len(said)
    assert [{field: line.values.get(field) for field in one} for line, one in zip(lines, said, strict=True)] == said
