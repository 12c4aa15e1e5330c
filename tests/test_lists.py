"""What an address asks of a list, and the one search by name."""

from dataclasses import dataclass
from datetime import date

import pytest
from litestar import Litestar

from shangmen import clock, database
from shangmen.access import RULES, Role, Rows, Scope
from shangmen.demand.recipients import queries as recipients
from shangmen.web import lists, text
from shangmen.web.pages import environment
from tests.cast import Cast
from tests.conftest import OpenBrowser


@pytest.mark.parametrize("said", ["", "x", "-1", "1.5", "１２", "²", "9" * 19, " 7"])
def test_what_is_no_number_is_as_if_it_was_not_said(said: str) -> None:
    assert lists.number(said) is None


def test_a_number_is_read() -> None:
    assert lists.number("0042") == 42


@pytest.mark.parametrize("said", ["", "x", "2026-02-30", "1899-12-31", "9999-12-31", "today"])
def test_what_is_no_day_is_as_if_it_was_not_said(said: str) -> None:
    assert lists.day(said) is None


def test_a_day_is_read() -> None:
    assert lists.day("2026-02-28") == date(2026, 2, 28)
    ahead = clock.months_after(clock.today(), 120)
    assert lists.day(ahead.isoformat()) == ahead


async def _finds(cast: Cast, search: str, condition: str, **columns: str) -> bool:
    """Whether the condition finds a row of these columns, named `p`."""
    row = ", ".join(f":{name}::text AS {name}" for name in columns)
    async with database.transaction(cast.bureau):
        sql = f"SELECT 1 FROM (SELECT {row}) AS p WHERE {condition}"
        return await database.exists(sql, search=lists.wanted(search), **columns)


async def _found(cast: Cast, search: str, **columns: str) -> bool:
    """Whether person A is found when the file says this."""
    said = ", ".join(f"{column} = :{column}" for column in columns)
    async with database.transaction(cast.system):
        await database.execute(f"UPDATE person SET {said} WHERE id = :id", id=cast.person_a, **columns)
        return await database.exists(
            f"SELECT 1 FROM person p WHERE p.id = :id AND {lists.found(person='p')}",
            id=cast.person_a,
            search=lists.wanted(search),
        )


@pytest.mark.parametrize(
    ("search", "hit"),
    [
        ("", False),  # a list is asked without it
        ("小兰", True),
        ("张 小 兰", True),
        ("张\u3000小", True),
        ("张\u200b小兰\u202c", True),
        ("zhangx", True),
        ("Zhang Xiao", True),
        ("ZXL", True),
        ("xiaolan", False),
        ("小蓝", False),
        ("%", False),
        ("张_兰", False),
        ("\\", False),
    ],
)
async def test_a_person_is_found_by_name_pinyin_and_initials(cast: Cast, search: str, hit: bool) -> None:
    assert await _found(cast, search, name="张小兰", pinyin="zhangxiaolan", initials="zxl") is hit


@pytest.mark.parametrize(
    ("search", "hit"),
    [("河沿", True), ("沿村", True), ("1234", True), ("234", False), ("5678", True), ("00-17", True), ("0017", True)],
)
async def test_a_person_is_found_by_village_and_the_ends_of_numbers(cast: Cast, search: str, hit: bool) -> None:
    async with database.transaction(cast.system):
        await database.execute("UPDATE household SET number = 'NX-2026-0017'")
    person = {"village": "大河沿村", "id_number": "640324195001011234", "telephone": "13800005678"}
    assert await _found(cast, search, **person) is hit


async def test_whoever_is_renamed_is_found_anew_and_no_more_by_the_old_name(cast: Cast) -> None:
    assert await _found(cast, "小兰", name="张小兰")
    assert await _found(cast, "小菊", name="张小菊")
    assert not await _found(cast, "小兰", name="张小菊")


async def test_the_database_makes_the_same_key_of_a_text(cast: Cast) -> None:
    for said in (*(f"买 A{dot}艾" for dot in text.DOTS), "Ａｂ　１２－３", "海原县（演示）", "㐂𠮷", "ǅ"):
        async with database.transaction(cast.system):
            assert await database.value(str, "SELECT app_key(:kept)", kept=text.clean(said)) == text.key(said)


@pytest.mark.parametrize(
    ("stored", "search"),
    [
        ("买买提·艾力", "买买提•艾"),
        ("买买提・艾力", "提·艾"),
        ("海原县社工站（演示）", "(演示)"),
        ("海原县社工站(演示)", "（演示）"),
        ("Office 5_a", "office5_A"),
        ("100% care", "0%"),
    ],
)
async def test_letters_that_look_alike_are_alike(cast: Cast, stored: str, search: str) -> None:
    assert await _finds(cast, search, lists.found("name"), name=stored)


async def test_codes_are_found_by_their_beginning_or_whole(cast: Cast) -> None:
    begins, equal = lists.found(begins=["code"]), lists.found(equal=["code"])
    assert await _finds(cast, "ab", begins, code="AB-1")
    assert not await _finds(cast, "b-1", begins, code="AB-1")
    assert await _finds(cast, "ab-1", equal, code="AB-1")
    assert not await _finds(cast, "ab", equal, code="AB-1")


ODD = (
    "page=99999999999&q=%25_%5C'&state=nonsense&township=x&supplier=-1&organisation=9999999999999999999999&code=%C3%A9"
    "&first=2026-13-01&last=9999-12-31&since=x&until=0&on=y&day=9999-12-31&week=9999-12-31&worker=%F0%9F%99%82&kind=?&year="
    + "9"
    * 5000
)


async def test_no_list_falls_over_what_an_address_says(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    asked = 0
    for scope in (cast.bureau, cast.auditor, cast.worker_a, cast.provider_a, cast.station_a):
        visitor = await browser(scope)
        for name, rule in RULES.items():
            handler = app.get_handler_index_by_name(name)
            path = sorted(handler["paths"])[0] if handler else ""
            if rule.rows != Rows.NONE or scope.role not in rule.roles or "{" in path:
                continue
            answer = await visitor.get(f"{path}?{ODD}")
            assert answer.status_code in {200, 303, 405}, f"{name}: {answer.status_code}"
            asked += answer.status_code == 200
    assert asked > 40


async def test_a_list_filters_nothing_by_what_it_cannot_read(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    assert cast.bureau.role == Role.BUREAU_OFFICER
    for path in ("/needs", "/recipients", "/organisations"):
        all_of_it = (await visitor.get(path)).text
        assert (await visitor.get(f"{path}?township=x")).text.count("<tr") == all_of_it.count("<tr")


@dataclass(frozen=True)
class Numbered(database.Row):
    id: int
    total: int


async def part(cast: Cast, limit: int | None, offset: int) -> tuple[list[int], int]:
    """The ids and the total of a page of 1 to 7, the largest first."""
    async with database.transaction(cast.bureau):
        rows, total = await lists.part(
            Numbered,
            "s.id::bigint AS id, :total::bigint AS total FROM generate_series(1, 7) AS s(id)",
            "FROM generate_series(1, 7) AS s(id) WHERE s.id > :least",
            "s.id DESC",
            "s.id",
            limit=limit,
            offset=offset,
            least=0,
        )
    assert {one.total for one in rows} == {total}
    return [one.id for one in rows], total


@pytest.mark.parametrize(
    ("limit", "offset", "ids"),
    [(3, 0, [7, 6, 5]), (3, 3, [4, 3, 2]), (3, 6, [1]), (3, 2997, [1]), (7, 70, [7, 6, 5, 4, 3, 2, 1])],
)
async def test_a_page_is_in_order_and_one_beyond_the_end_is_the_last(
    cast: Cast, limit: int, offset: int, ids: list[int]
) -> None:
    assert await part(cast, limit, offset) == (ids, 7)


async def test_without_a_limit_all_rows_are_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 2)
    assert await part(cast, None, 0) == ([7, 6, 5, 4, 3, 2, 1], 7)


@pytest.mark.parametrize(("offset", "ids", "total"), [(0, [7, 6], 5), (4, [3, 2], 7), (6, [1], 7), (40, [1], 7)])
async def test_a_long_list_is_counted_only_so_far(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, offset: int, ids: list[int], total: int
) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 4)
    assert await part(cast, 2, offset) == (ids, total)


async def test_page_999_shows_the_last_page(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    page = (await visitor.get("/recipients?page=999")).text
    assert "共 2 条" in page
    assert page.count("/recipients/") == (await visitor.get("/recipients")).text.count("/recipients/")


async def test_a_list_of_very_many_says_that_there_are_more(
    browser: OpenBrowser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 1)
    monkeypatch.setitem(environment().globals, "most_counted", 1)
    page = (await (await browser(cast.bureau)).get("/recipients")).text
    assert "超过 1 条" in page


async def test_a_crowded_map_shows_how_many_live_where(
    browser: OpenBrowser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await browser(cast.bureau)
    one_by_one = (await visitor.get("/recipients/map.geojson")).text
    assert one_by_one.count('"kind":"recipient"') == 2
    assert "/recipients/" in one_by_one
    monkeypatch.setattr(recipients, "MOST_POINTS", 1)
    monkeypatch.setattr(recipients, "CELLS", 1)
    together = (await visitor.get("/recipients/map.geojson")).text
    assert "名服务对象" in together
    assert "/recipients/" not in together


@dataclass(frozen=True)
class Somebody(database.Row):
    id: int


async def test_a_count_that_is_kept_is_told_to_those_alone_who_may_see_as_much(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LONG", 0)

    async def seen(scope: Scope) -> int:
        async with database.transaction(scope):
            people = "FROM person p"
            _rows, total = await lists.part(Somebody, f"p.id {people}", people, "p.id", "p.id", limit=1, offset=0)
            return total

    for _ in range(2):
        assert [await seen(scope) for scope in (cast.bureau, cast.station_a, cast.station_b)] == [2, 1, 1]
