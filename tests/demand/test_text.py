"""One normaliser: what is kept of a text, and when two texts say the same."""

from datetime import date

import pytest

from shangmen.demand.recipients import actions, queries
from shangmen.errors import Refused
from shangmen.foundation import identity
from shangmen.web import text
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.demand.conftest import Elder
from tests.demand.rolls import previewed, row, sheet

SEVEN_DOTS = ["·", "•", "‧", "・", "･", "∙", "⋅", "．", ".", "●", "᛫", "。", "｡", "˙", "\u0387"]


@pytest.mark.parametrize("dot", SEVEN_DOTS)
def test_every_dot_of_a_name_is_one_dot(dot: str) -> None:
    assert text.name(f"买买提{dot}艾力") == "买买提·艾力"
    assert text.name(f"买买提 {dot} 艾力") == "买买提·艾力"
    assert text.key(f"买买提{dot}艾力") == text.key("买买提·艾力")


def test_a_dot_that_is_not_between_han_characters_stays() -> None:
    assert text.name("J. Smith") == "J. Smith"


@pytest.mark.parametrize(
    "unseen",
    ["\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u2066", "\u061c", "\u00ad", "\u3164", "\x00", "\x1b"],
)
def test_what_nobody_sees_is_not_kept(unseen: str) -> None:
    assert text.clean(f"{unseen}张{unseen}三{unseen}") == "张三"


def test_lines_stay_lines_and_spaces_are_plain() -> None:
    assert text.clean("一\u00a0二\r\n三\u3000四\r五 ") == "一 二\n三 四\n五"


def test_what_can_be_seen_is_not_changed() -> None:
    assert text.clean("１２㎡ ① 𠮷 é") == "１２㎡ ① 𠮷 é"


def test_numbers_are_cleaned_before_they_are_judged() -> None:
    assert text.code(" １１０１０５-1949\u200b1231—002ｘ\u202c") == "11010519491231002X"
    assert identity.telephone("１３８–１２３４−５６７８\u200b") == "13812345678"


@pytest.mark.parametrize("dot", SEVEN_DOTS)
async def test_a_name_is_found_whichever_dot_is_typed(cast: Cast, elder: Elder, dot: str) -> None:
    await actions.register(cast.station_a, elder(name="买买提・艾力"))
    found, total = await queries.people(cast.station_a, f"买买提{dot}艾")
    assert [one.name for one in found] == ["买买提·艾力"]
    assert total == 1


@pytest.mark.parametrize(
    "search",
    ["9052", "196311059052", "64040219631105905２", "5678", "138-1234-5678", "hz 0077", "0077", "塘坊", "ZXL", "zXl",
     "ＺＸＬ", "曾 小 兰", "张家\u200b塘坊梁"],
)  # fmt: skip
async def test_a_search_finds_ends_of_numbers_households_villages_and_initials(
    cast: Cast,
    elder: Elder,
    search: str,
) -> None:
    form = elder(telephone="13812345678", household_number="HZ-0077", village="张家塘坊梁村")
    await actions.register(cast.station_a, form)
    found, _total = await queries.people(cast.station_a, search)
    assert "曾小兰" in [one.name for one in found]


async def test_three_digits_are_no_end_of_a_number(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder(telephone="13812345678"))
    assert await queries.people(cast.station_a, "678") == ([], 0)


async def test_a_form_keeps_no_invisible_characters(browser: OpenBrowser, cast: Cast, elder: Elder) -> None:
    visitor = await browser(cast.station_a)
    data = {
        "name": "买买提\u200b• 艾力\u202e", "category": "DIBAO", "id_number": "６４０４０２-19631105\u200b-9052",
        "living": "alone", "village": "\ufeff塘坊\u200b梁村", "latitude": "３７.3", "longitude": "１０６.48",
    }  # fmt: skip
    answer = await visitor.post("/recipients/", data)
    assert answer.status_code == 303, answer.text
    person = await queries.person(cast.station_a, int(answer.headers["location"].rsplit("/", 1)[-1]))
    assert (person.name, person.village, person.id_number) == ("买买提·艾力", "塘坊梁村", "640402196311059052")


NOBODY = {"id_number": "", "no_id_reason": "未落户", "sex": "male"}


@pytest.mark.parametrize("again", ["买买提·艾力", "买买提．艾力", "买买提 • 艾力", "买买提\u200b‧艾力"])
async def test_somebody_without_a_number_is_registered_once_whichever_dot(
    cast: Cast,
    elder: Elder,
    again: str,
) -> None:
    born = {**NOBODY, "birth_date": date(1950, 1, 2)}
    await actions.register(cast.station_a, elder(name="买买提・艾力", **born))
    with pytest.raises(Refused) as refused:
        await actions.register(cast.station_a, elder(name=again, **born))
    assert refused.value.field == "name"
    await actions.register(cast.station_a, elder(name=again, **{**born, "birth_date": date(1950, 1, 3)}))


async def test_a_roll_asks_about_who_is_there_whichever_dot(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder(name="买买提・艾力", **{**NOBODY, "birth_date": date(1950, 1, 2)}))
    heads = ["姓名", "身份证号", "救助类别", "无身份证原因", "性别", "出生日期"]
    lines = [[name, "", "低保", "未落户", "男", "1950-01-02"] for name in ("买买提．艾力", "买买提\u200b∙艾力")] + [
        ["阿 里", "", "低保", "未落户", "男", "1950-01-02"],
        ["阿里", "", "低保", "未落户", "男", "１９５０-０１-０２"],
    ]
    judged = await previewed(cast.station_a, sheet(*lines, heads=heads))
    assert [line.refusal and line.refusal.code for line in judged] == [
        "SAME_PERSON",
        "SAME_PERSON",
        None,
        "SAME_PERSON",
    ]


async def test_a_roll_finds_an_id_number_through_invisible_characters(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder())
    judged = await previewed(cast.station_a, sheet(row(number="640402-19631105-905２\u200b")))
    assert [line.verdict for line in judged] == ["merged"]
