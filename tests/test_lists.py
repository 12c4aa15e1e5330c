"""What an address asks of a list, and the one search by name."""

from datetime import date

import pytest
from litestar import Litestar

from shangmen import clock, database
from shangmen.access import RULES, Role, Rows
from shangmen.web import lists
from tests.cast import Cast
from tests.conftest import OpenBrowser


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "１２", "²", "9" * 19, " 7"])
def test_what_is_no_number_is_as_if_it_was_not_said(text: str) -> None:
    assert lists.number(text) is None


def test_a_number_is_read() -> None:
    assert lists.number("0042") == 42


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "1899-12-31", "9999-12-31", "today"])
def test_what_is_no_day_is_as_if_it_was_not_said(text: str) -> None:
    assert lists.day(text) is None


def test_a_day_is_read() -> None:
    assert lists.day("2026-02-28") == date(2026, 2, 28)
    ahead = clock.months_after(clock.today(), 120)
    assert lists.day(ahead.isoformat()) == ahead


NUMBERS = dict.fromkeys(("village", "id_number", "telephone", "guardian_telephone"), "") | {"household": "0"}


async def _finds(cast: Cast, search: str, condition: str, **columns: str) -> bool:
    """Whether the condition finds a row of these columns, named `p`."""
    row = ", ".join(f":{name}::text{'::bigint' * (name == 'household')} AS {name}" for name in columns)
    async with database.transaction(cast.bureau):
        sql = f"SELECT 1 FROM (SELECT {row}) AS p WHERE {condition}"
        return await database.exists(sql, search=lists.wanted(search), **columns)


@pytest.mark.parametrize(
    ("search", "hit"),
    [
        ("", True),
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
    person = {"name": "张小兰", "pinyin": "zhangxiaolan", "initials": "zxl", **NUMBERS}
    assert await _finds(cast, search, lists.found(person="p"), **person) is hit


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
