"""A known register, written into a sheet with the quirks of real offices, comes back the same."""

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from shangmen.demand.recipients.rolls import words
from shangmen.demand.recipients.rolls.entrants import Said
from shangmen.foundation.imports import kinds, mapping, reader, sheets
from shangmen.wiring import wire


@dataclass(frozen=True)
class Member:
    """Somebody of the register."""

    name: str
    number: str
    born: date
    telephone: str
    disability: tuple[int, int] | None


@dataclass(frozen=True)
class House:
    """A household of the register."""

    number: str
    tier: str
    village: str
    members: tuple[Member, ...]


@st.composite
def registers(draw: st.DrawFn) -> list[House]:
    serial = 0
    found = []
    for place in range(draw(st.integers(1, 5))):
        members = []
        for _ in range(draw(st.integers(1, 3))):
            serial += 1
            born = draw(st.dates(date(1930, 1, 1), date(2024, 12, 31)))
            begin = f"640324{born:%Y%m%d}9{serial:02d}"
            members.append(
                Member(
                    draw(st.sampled_from("马李王杨金")) + draw(st.sampled_from(["兰", "建国", "小花", "·买买提"])),
                    begin + mod_11_2.calc_check_digit(begin),
                    born,
                    f"139{serial:08d}",
                    draw(st.none() | st.tuples(st.integers(1, 7), st.integers(1, 4))),
                )
            )
        found.append(House(f"H-{place}", draw(st.sampled_from("ABC")), f"{'东西南北中'[place]}庄村", tuple(members)))
    return found


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


NUMBERS = (
    str, wide, lambda n: f"\u202d{n}\u202c", lambda n: f"'{n}", lambda n: f'="{n}"',
    lambda n: f"{n[:6]} {n[6:14]} {n[14:]}", str.lower,
)  # fmt: skip
BIRTHS = (
    lambda d: d, lambda d: f"{d.year}年{d.month}月{d.day}日", lambda d: f"{d:%Y.%m.%d}", lambda d: f"{d:%Y%m%d}",
    lambda d: (d - date(1899, 12, 30)).days, lambda d: f"{d.year}年{d.month}月", lambda d: f"{d:%Y%m}",
    lambda d: float(f"{d.year}.{d.month}"), lambda d: "",
)  # fmt: skip
PHONES = (
    str,
    int,
    lambda t: f"{t}（儿子）",
    lambda t: f"{t[:3]}-{t[3:7]}-{t[7:]}",
    lambda t: f"{t}、09555000540",
    wide,
)
GRADES = ("一二三四", "1234", "壹贰叁肆")
DISABLED = (
    lambda t, g: f"{t}{g}级",
    lambda t, g: f"{t}残疾（{g}级）",
    lambda t, g: f"{g}级{t}",
    lambda t, g: f"{t}/ {g} 级",
)
CATEGORIES = ("农村低保{}类", "低保{}类", "农村低保（{}类）", "农低{}类")


@st.composite
def sheets_of(draw: st.DrawFn) -> tuple[list[House], bytes]:
    houses = draw(registers())
    merged, two_rows, totals = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        row = draw(st.integers(0, 3))
        for place in range(row):
            page.write(place, 0, ["某县低保对象花名册", "填报单位：某局      2026年11月", ""][place])
        own = ["序号", "村（居）", "户号", "保障类别"]
        people = ["姓名", "与户主关系", "身份证号码", "出生年月", "残疾类别及等级", "联系电话"]
        if two_rows:
            page.merge_range(row, 4, row, 8, "家庭成员情况")
            for place, head in enumerate(own):
                page.merge_range(row, place, row + 1, place, head)
            page.write_row(row + 1, 4, people[:5])
            page.merge_range(row, 9, row + 1, 9, people[5])
            row += 2
        else:
            page.write_row(row, 0, own + people)
            row += 1
        for place, house in enumerate(houses):
            values: list[Any] = [place + 1, house.village, house.number]
            values.append(draw(st.sampled_from(CATEGORIES)).format(house.tier))
            last = row + len(house.members) - 1
            for column, value in enumerate(values):
                if merged and last > row:
                    page.merge_range(row, column, last, column, value)
                else:
                    page.write(row, column, value)
            for index, one in enumerate(house.members):
                born: Any = draw(st.sampled_from(BIRTHS))(one.born)
                page.write(row, 4, one.name[0] + draw(st.sampled_from(["", " ", "\u3000"])) + one.name[1:])
                page.write(row, 5, "户主" if index == 0 else "之子")
                page.write_string(row, 6, draw(st.sampled_from(NUMBERS))(one.number))
                page.write(row, 7, born, day) if isinstance(born, date) else page.write(row, 7, born)
                if one.disability:
                    kind, grade = one.disability
                    how = draw(st.sampled_from(DISABLED))
                    page.write(row, 8, how(words.TYPES[kind], draw(st.sampled_from(GRADES))[grade - 1]))
                page.write(row, 9, draw(st.sampled_from(PHONES))(one.telephone))
                row += 1
            if totals:
                page.write(row, 0, draw(st.sampled_from(["小计", "合 计", "合计：3人"])))
                row += 1 + draw(st.integers(0, 1))
        page.write(row, 0, "填表人：李某      审核人：王某")
    return houses, buffer.getvalue()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(sheets_of())
def test_a_register_written_with_quirks_comes_back_the_same(case: tuple[list[House], bytes]) -> None:
    houses, content = case
    wire()
    book = msgspec.convert(reader.read(content), sheets.Book)
    _seen, _signature, lines = mapping.understood(kinds.kind("recipients"), book, mapping.Mapping(), "a.xlsx")
    assert [line.unread for line in lines] == [None] * sum(len(house.members) for house in houses)
    found = iter(lines)
    for house in houses:
        for one in house.members:
            line = next(found)
            said = msgspec.convert(line.values, Said)
            assert said.id_number.number == one.number
            assert said.name == one.name
            assert not said.birth or any(first <= one.born <= last for first, last in said.birth)
            assert said.telephone[0][0] == one.telephone
            assert said.disability == ([one.disability] if one.disability else [])
            assert said.household_number == house.number
            assert said.village == house.village
            assert said.category
            assert (said.category.category, said.category.tier) == ("DIBAO", house.tier)
