"""A roll comes in: its preview, its writing, what differs, what is taken back."""

import asyncio
import io
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.demand.recipients import actions, queries
from shangmen.demand.recipients.tables import Person
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.imports import actions as imports
from shangmen.foundation.imports import papers
from shangmen.foundation.imports import queries as lists
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.imports.kinds import kind as kind_of
from shangmen.foundation.imports.mapping import Mapping
from shangmen.foundation.imports.states import Verdict
from tests.cast import Cast
from tests.demand.conftest import Browsing, Elder
from tests.demand.rolls import codes, previewed, row, sheet, uploaded, written
from tests.sheets import cells

LISTS = Path(__file__).parent.parent / "cases" / "lists"


async def case(name: str) -> bytes:
    return await asyncio.to_thread((LISTS / name).read_bytes)


async def people(scope: Scope) -> list[tuple[str, ...]]:
    """Name, ID number, household number, category, village of everybody registered by lists, by name."""
    async with database.transaction(scope):
        return [
            tuple(one.split("|"))
            for one in await database.values(
                str,
                "SELECT concat_ws('|', p.name, p.id_number, h.number, h.category, p.village, h.valid_from, h.valid_to)"
                " FROM person p JOIN household h ON h.id = p.household"
                " WHERE p.id IN (SELECT subject FROM import_row) ORDER BY p.name",
            )
        ]


async def test_a_roll_is_judged_row_by_row_and_registers_nobody(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_b, elder(id_number="640522201108159060", guardian_name="甲"))
    content = sheet(
        row(),
        row("坏号", "640324195503120018"),
        row("马测试", "640324194406129029", "特困人员"),
        row("别站", "640522201108159060", **{"居住状况": "与父母"}),
        row("曾 小兰"),
        row("类别", "110105194912310021", "富裕"),
        row("数字", 640402196311059052.0),
    )
    lines = await previewed(cast.station_a, content)
    assert codes(lines) == {
        4: "CHECK_DIGIT", 6: "NAME_DISAGREES", 7: "DUPLICATE_IN_FILE", 8: "CHECK_DIGIT", 9: "DAMAGED_BY_EXCEL",
    } or codes(lines) == {
        4: "CHECK_DIGIT", 6: "NAME_DISAGREES", 7: "DUPLICATE_IN_FILE", 8: "CATEGORY_UNKNOWN", 9: "DAMAGED_BY_EXCEL",
    }  # fmt: skip
    assert [line.verdict for line in lines if not line.refusal] == ["new", "merged"]
    _rows, total = await queries.people(cast.station_a)
    assert total == 1


async def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    content = sheet(row(), row("二号", "11010519491231002X"))
    first = await written(cast.station_a, content)
    again = await written(cast.station_a, content)
    assert [line.verdict for line in first] == ["new", "new"]
    assert [line.verdict for line in again] == ["same", "same"]
    assert not any(line.entries for line in again)


async def test_a_second_list_of_the_same_office_changes_only_what_was_chosen(cast: Cast) -> None:
    await written(cast.station_a, sheet(row()))
    changed = sheet(row(**{"电话": "13900000001", "村": "新庄村"}))
    id = await uploaded(cast.station_a, changed)
    (line,) = await lists.lines(cast.station_a, id)
    assert {(one.field, one.before, one.after) for one in line.changes} == {
        ("telephone", "13812345678", "13900000001"), ("village", "塘坊梁村", "新庄村"),
    }  # fmt: skip
    await imports.choose(cast.station_a, id, ["village"])
    await imports.commit(cast.station_a, id)
    person = await queries.person(cast.station_a, line.subject or 0)
    assert (person.village, person.telephone) == ("新庄村", "13812345678")


async def test_another_list_adds_what_was_empty_and_shows_what_contradicts(cast: Cast) -> None:
    await written(cast.station_a, sheet(row(**{"地址": ""})))
    other = sheet(
        ["曾小兰", "640402196311059052", "低保边缘", "韦州镇", "新庄村", "韦州镇新庄村9号", "马婶"],
        heads=["姓名", "身份证号码", "对象类别", "所属乡镇", "行政村", "家庭住址", "监护人"],
    )
    (line,) = await written(cast.station_a, other)
    assert line.verdict == "merged"
    applied = {one.field: one.applied for one in line.changes}
    assert applied == {"village": False, "address": True, "guardian_name": True, "category": False}
    person = await queries.person(cast.station_a, line.subject or 0)
    assert (person.category, person.village, person.guardian_name) == ("DIBAO", "塘坊梁村", "马婶")


async def test_the_highest_category_is_kept(cast: Cast) -> None:
    await written(cast.station_a, sheet(row(category="低保边缘")))
    heads = ["姓名", "身份证号码", "供养方式"]
    (line,) = await written(
        cast.station_a, sheet(["曾小兰", "640402196311059052", "分散供养"], heads=heads, title="特困人员名册")
    )
    person = await queries.person(cast.station_a, line.subject or 0)
    assert person.category == "TEKUN"


async def test_a_note_of_another_list_stands_beside_the_first_and_the_preview_says_so(cast: Cast) -> None:
    allergy, chair = "重要：青霉素过敏", "轮椅"
    heads = ["姓名", "身份证号码", "备注"]
    first = ["曾小兰", "640402196311059052", "低保", "韦州镇", allergy]
    await written(cast.station_a, sheet(first, heads=["姓名", "身份证号码", "对象类别", "所属乡镇", "备注"]))
    other = sheet(["曾小兰", "640402196311059052", chair], heads=heads, title="残疾人名册")
    (line,) = await lists.lines(cast.station_a, await uploaded(cast.station_a, other))
    both = f"{allergy}；{chair}"
    assert [(one.before, one.after, one.applied) for one in line.changes] == [(allergy, both, True)]
    (line,) = await written(cast.station_a, other)
    assert (await queries.person(cast.station_a, line.subject or 0)).notes == both
    (line,) = await written(cast.station_a, other)
    assert line.verdict == "same"


async def test_a_list_is_taken_back_while_nothing_depends_on_it(cast: Cast) -> None:
    before = await queries.person(cast.station_a, cast.person_a)
    id = await uploaded(cast.station_a, sheet(row(), row("马测试", "640324194406129029", "特困人员")))
    await imports.commit(cast.station_a, id)
    assert (await queries.people(cast.station_a))[1] == 2
    await imports.undo(cast.station_a, id, "sent the wrong file")
    assert (await queries.people(cast.station_a))[1] == 1
    after = await queries.person(cast.station_a, cast.person_a)
    assert (after.village, after.telephone, after.notes) == (before.village, before.telephone, before.notes)


async def test_a_list_is_not_taken_back_once_somebody_was_corrected(cast: Cast) -> None:
    id = await uploaded(cast.station_a, sheet(row()))
    await imports.commit(cast.station_a, id)
    (line,) = await lists.lines(cast.station_a, id)
    async with database.transaction(cast.station_a):
        await database.change(Person, line.subject or 0, {Person.version: 2})
    with pytest.raises(Conflict):
        await imports.undo(cast.station_a, id, "sent the wrong file")
    assert (await queries.people(cast.station_a))[1] == 2


async def test_nobody_is_deleted_who_did_not_come_by_a_list(cast: Cast) -> None:
    async with database.transaction(cast.station_a):
        assert await database.execute("DELETE FROM person WHERE id = :id", id=cast.person_a) == 0


async def test_refused_rows_come_back_and_are_taken_when_they_are_mended(cast: Cast) -> None:
    id = await uploaded(cast.station_a, sheet(row(), row("坏号", "640324195503120018")))
    view = await lists.view(cast.station_a, id)
    assert view.found is not None
    book = papers.rejects(kind_of("recipients"), view.found, await lists.lines(cast.station_a, id, Verdict.REFUSED))
    heads, bad = cells(book)
    assert bad[0] == "坏号"
    assert "身份证号" in str(bad[-2])
    mended = [value if value != "640324195503120018" else "11010519491231002X" for value in bad]
    (line,) = await previewed(
        cast.station_a, sheet([cell or "" for cell in mended], heads=[str(one) for one in heads])
    )
    assert line.verdict == "new"


async def test_words_of_a_county_are_mapped_once_and_remembered(cast: Cast) -> None:
    content = sheet(row(category="甲等对象"))
    assert codes(await previewed(cast.station_a, content)) == {3: "CATEGORY_UNKNOWN"}
    mapping = Mapping(words={"category": {"甲等对象": "DIBAO"}})
    (line,) = await written(cast.station_a, content, mapping=mapping)
    assert line.verdict == "new"
    (again,) = await previewed(cast.station_a, sheet(row("二号", "11010519491231002X", "甲等对象")))
    assert again.verdict == "new"
    (stranger,) = await previewed(
        cast.station_b, sheet(row("三号", "11010519491231002X", "甲等对象", **{"乡镇": "下马关镇"}))
    )
    assert stranger.refusal


async def test_an_old_number_is_offered_converted_and_taken_when_it_is_confirmed(cast: Cast) -> None:
    content = sheet(row("老号", "110105491231002"))
    (line,) = await previewed(cast.station_a, content)
    assert line.refusal
    assert line.refusal.words["suggest"] == "11010519491231002X"
    mapping = Mapping(words={"id_number": {"110105491231002": "11010519491231002X"}})
    (line,) = await written(cast.station_a, content, mapping=mapping)
    assert line.verdict == "new"


async def test_a_child_does_not_live_alone(cast: Cast) -> None:
    content = sheet(row("小儿", "640522201108159060"))
    assert codes(await previewed(cast.station_a, content)) == {3: "ALONE_TOO_YOUNG"}


async def test_an_adult_without_a_certificate_belongs_to_the_household(cast: Cast) -> None:
    (line,) = await written(cast.station_a, sheet(row("壮年", "110105198912310028", **{"居住状况": ""})))
    assert (await queries.person(cast.station_a, line.subject or 0)).group == "adult"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "date-serial-general.xlsx",
            [("测丙一", "640324195703059316", "C-1", "DIBAO", "", "2024-01-01", "2026-12-31")],
        ),
        ("phantom-last-row.xlsx", [("幽灵甲", "640324195703069151")]),
        ("id-invisible.xlsx", [("测甲六", "640324195703059068")]),
        (
            "merged-household.xlsx",
            [
                ("合并乙一", "640324195703069039", "M-101", "DIBAO", "西村"),
                ("合并甲一", "640324195703069012", "M-100", "DIBAO", "东村"),
                ("合并甲二", "640324195703069020", "M-100", "DIBAO", "东村"),
            ],
        ),
    ],
)
async def test_small_lists_of_real_offices(cast: Cast, name: str, expected: list[tuple[str, ...]]) -> None:
    await written(cast.bureau, await case(name), name)
    found = await people(cast.bureau)
    assert [one[: len(wanted)] for one, wanted in zip(found, expected, strict=True)] == expected


async def test_a_month_that_lost_its_zero_is_a_fault_that_says_why(cast: Cast) -> None:
    (line,) = await previewed(cast.bureau, await case("month-as-number.xlsx"))
    assert line.refusal
    assert (line.refusal.code, line.refusal.field) == ("DATE_AMBIGUOUS", "since")
    assert line.refusal.words == {"cell": "2023.1", "first": "2023-01", "second": "2023-10"}


async def test_a_number_that_the_spreadsheet_damaged_is_named_as_such(cast: Cast) -> None:
    assert codes(await previewed(cast.bureau, await case("id-as-number.xlsx"))) == {2: "DAMAGED_BY_EXCEL"}


async def test_a_long_note_is_kept_whole(cast: Cast) -> None:
    (line,) = await written(cast.bureau, await case("long-note.xlsx"))
    async with database.transaction(cast.bureau):
        note = await database.value(str, "SELECT notes FROM person WHERE id = :id", id=line.subject)
    assert note
    assert len(note) == 308
    assert note.endswith("重要：青霉素过敏")


async def test_two_rows_of_heads_are_no_person(cast: Cast) -> None:
    lines = await previewed(cast.bureau, await case("two-header-rows.xlsx"))
    (line,) = lines
    assert line.values["household_number"] == "T-300"
    assert line.values["telephone"] == [["13900000000", ""]]
    assert (line.values["township"], line.values["village"]) == ("豫海镇", "东村")


async def test_a_foreign_list_is_not_there(cast: Cast) -> None:
    id = await uploaded(cast.station_a, sheet(row()))
    for other in (cast.station_b, cast.stranger_station, cast.stranger):
        with pytest.raises(NotFound):
            await imports.commit(other, id)


async def test_a_file_without_such_a_list_is_refused_with_what_it_must_name(cast: Cast) -> None:
    for content in (sheet(heads=["甲", "乙"]), sheet()):
        with pytest.raises(Refused) as refused:
            await uploaded(cast.station_a, content)
        assert refused.value.field == "file"


async def test_a_list_goes_through_the_pages(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    files = {"file": ("韦州.xlsx", sheet(row(), row("坏号", "1")), "application/zip")}
    sent = await visitor.post("/imports/", {"kind": "recipients"}, files=files)
    assert sent.status_code == 303, sent.text
    shown = sent.headers["location"]
    preview = await visitor.get(shown)
    assert "家庭矛盾" in preview.text
    assert "640402********9052" in preview.text
    assert "640402196311059052" not in preview.text
    assert (await visitor.get(shown + "/mapping")).status_code == 200
    rejects = await visitor.get(shown + "/rejects")
    assert cells(rejects.content)[1][0] == "坏号"
    assert (await visitor.post(shown + "/commit", {})).status_code == 303
    assert (await queries.people(cast.station_a, "曾小兰"))[1] == 1
    assert (await (await browser(cast.station_b)).get(shown)).status_code == 404
    assert (await (await browser(cast.finance)).get("/imports/")).status_code == 403
    taken = await visitor.post(shown + "/undo", {"reason": "wrong file"})
    assert taken.status_code == 303
    assert (await queries.people(cast.station_a, "曾小兰"))[1] == 0


async def test_columns_are_mapped_on_the_page(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    content = sheet(
        ["曾小兰", "640402196311059052", "低保", "新庄村"], heads=["姓名", "身份证号", "救助类别", "那块地方"]
    )
    sent = await visitor.post(
        "/imports/", {"kind": "recipients"}, files={"file": ("a.xlsx", content, "application/zip")}
    )
    shown = sent.headers["location"]
    chosen = {
        "heads": ["姓名", "身份证号", "救助类别", "那块地方"],
        "fields": ["name", "id_number", "category", "village"],
    }
    again = await visitor.post(shown + "/mapping", chosen)
    assert again.status_code == 303, again.text
    id = int(shown.rsplit("/", 1)[1])
    (line,) = await lists.lines(cast.station_a, id)
    assert line.values["village"] == "新庄村"


async def test_a_wrong_file_comes_back_with_the_form(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    for files in ({"file": ("a.xlsx", b"no", "x/y")}, {"file": ("a", b"", "x/y")}):
        page = await visitor.post("/imports/", {"kind": "recipients"}, files=files)
        assert page.status_code == 422
        assert 'id="f-file-fault"' in page.text
    assert (await visitor.post("/imports/", {"file": "text"})).status_code < 500


async def test_the_empty_sheet_has_the_heads_that_are_understood(browser: Browsing, cast: Cast) -> None:
    answer = await (await browser(cast.station_a)).get("/imports/template?kind=recipients")
    (*heads, _notes), (*_example, marked) = cells(answer.content)
    assert marked == "本行是示例：请覆盖或删除。"
    filled = sheet(["曾小兰" if one == "姓名" else "640402196311059052" if one == "身份证号" else "" for one in heads],
                   heads=[str(one) for one in heads])  # fmt: skip
    id = await uploaded(cast.station_a, filled)
    view = await lists.view(cast.station_a, id)
    assert view.found.passed == []


def household(*blank_below: str) -> bytes:
    """Two households whose cells are left blank below their first row, the township below its first household."""
    buffer = io.BytesIO()
    heads = ["序号", "乡镇", "村", "户主姓名", "户号", "救助类别", "姓名", "与户主关系", "身份证号", "联系电话"]
    rows = [
        [1, "韦州镇", "东村", "曾小兰", "H1", "农村低保B类", "曾小兰", "户主", "640402196311059052", "13812345678"],
        ["", "", "", "", "", "", "曾大", "之子", "11010519491231002X", ""],
        [2, "", "西村", "马二", "H2", "农村低保C类", "马二", "户主", "640522201108159060", ""],
    ]
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for place, cells_of in enumerate([heads, *rows, ["合  计", "", "", "", "", "", "", "", "", ""]]):
            page.write_row(place, 0, cells_of)
    return buffer.getvalue()


async def test_what_is_left_blank_below_the_first_row_is_the_households(cast: Cast) -> None:
    lines: list[Line] = await written(cast.station_a, household())
    assert not codes(lines)
    assert [line.typed.get("category") for line in lines] == ["农村低保B类", "农村低保B类", "农村低保C类"]
    assert [line.typed.get("telephone") for line in lines] == ["13812345678", "13812345678", None]
    assert [line.typed.get("township") for line in lines] == ["韦州镇"] * 3
    async with database.transaction(cast.station_a):
        ids = [line.subject for line in lines]
        assert await database.number("SELECT count(DISTINCT household) FROM person WHERE id = ANY(:ids)", ids=ids) == 2


async def test_nothing_is_planned_for_whom_a_note_calls_dead_before_somebody_looked(cast: Cast) -> None:
    people_of = sheet(
        ["曾小兰", "640402196311059052", "低保", "韦州镇", "2026年9月已故，待核销"],
        ["马二", "11010519491231002X", "低保", "韦州镇", "丈夫去年去世"],
        heads=["姓名", "身份证号", "救助类别", "乡镇", "备注"],
    )
    lines = await written(cast.station_a, people_of)
    assert [[note.code for note in line.notes] for line in lines] == [["DECEASED_NOTE"], []]
    doubted = [await queries.in_doubt(cast.station_a, line.subject or 0) for line in lines]
    assert doubted == [True, False]
    wish = NeedForm(service_item=cast.cleaning, visits_per_month=2)
    with pytest.raises(Refused, match="has died"):
        await needs.state(cast.station_a, lines[0].subject or 0, wish)


async def test_a_roll_keeps_where_people_are_registered_beside_where_they_live(cast: Cast) -> None:
    heads = ["姓名", "身份证号", "救助类别", "乡镇", "村", "现住址", "户籍地址", "是否持有居住证"]
    lines = await written(
        cast.station_a,
        sheet(
            ["曾小兰", "640402196311059052", "低保", "韦州镇", "塘坊梁村", "二组", "甘肃省环县曲子镇", "是"],
            ["马小燕", "640324195001019045", "低保", "韦州镇", "塘坊梁村", "三组", "同现住址", "否"],
            heads=heads,
        ),
    )
    kept = [await queries.person(cast.station_a, line.subject or 0) for line in lines]
    assert [(one.address, one.registered_address, one.residence_permit) for one in kept] == [
        ("二组", "甘肃省环县曲子镇", True),
        ("三组", "", False),
    ]


async def test_consent_is_given_between_the_birth_and_today(cast: Cast) -> None:
    heads = ["姓名", "身份证号", "救助类别", "乡镇", "同意日期"]
    people = [
        ["曾小兰", "640402196311059052", "低保", "韦州镇", day]
        for day in ("1950-01-01", (clock.today() + timedelta(days=1)).isoformat())
    ]
    assert codes(await previewed(cast.station_a, sheet(people[0], heads=heads))) == {3: "DATES_DISAGREE"}
    assert codes(await previewed(cast.station_a, sheet(people[1], heads=heads))) == {3: "DATE_FUTURE"}


async def test_a_long_list_says_how_many_of_its_rows_are_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told, tell = [], imports._tell_progress

    async def telling(scope: Scope, id: int, done: int, all: int) -> None:
        await tell(scope, id, done, all)
        seen = await lists.view(scope, id)
        told.append((seen.done, seen.counts.rows))

    monkeypatch.setattr(imports, "STEP", 2)
    monkeypatch.setattr(imports, "_tell_progress", telling)
    await previewed(cast.bureau, sheet(*(row() for _ in range(5))))
    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]
