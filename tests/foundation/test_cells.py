"""What cells say, in the ways in which offices write it: other specimens than those of the cases."""

from datetime import date

import pytest

from shangmen import clock
from shangmen.foundation.imports.cells import amounts, days, hours, numbers, telephones
from shangmen.foundation.imports.cells.places import Places, Township, village
from shangmen.foundation.imports.cells.reading import Day, Raw, Reading, Unread, name, same_name, sex, yes_or_no
from shangmen.foundation.imports.sheets import is_foot, is_total


@pytest.fixture(autouse=True)
def today() -> None:
    clock.set_to(clock.at(date(2026, 11, 30), 600))


def code_of(read: object, cell: Raw) -> str:
    assert callable(read)
    with pytest.raises(Unread) as fault:
        read(cell)
    return fault.value.code


@pytest.mark.parametrize(
    "cell",
    [
        "11010519491231002X", "11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ",
        '="11010519491231002X"', "'11010519491231002X", "\t11010519491231002X", "\u202d11010519491231002X\u202c",
        "110105-19491231-002X", "11010519491231002X\u200b", "’11010519491231002X",
    ],
)  # fmt: skip
def test_an_id_number_is_found_in_what_spreadsheets_and_keyboards_make_of_it(cell: str) -> None:
    assert numbers.id_number(cell).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1.10105194912310e17, "DAMAGED_BY_EXCEL"), ("1.10105E+17", "DAMAGED_BY_EXCEL"),
        ("1.10105e17", "DAMAGED_BY_EXCEL"),
        ("110105194912310000", "DAMAGED_BY_EXCEL"), ("11010519491231002", "ID_LENGTH"),
        ("1101051949123100211", "ID_LENGTH"),
        ("110105194902310021", "ID_DATE"), ("110105209912310021", "ID_DATE"), ("110105194912310021", "CHECK_DIGIT"),
        ("110105491231002", "OLD_15_DIGITS"), (110105491231002, "OLD_15_DIGITS"),
        ("11010519491231O02X", "ID_CHARACTERS"),
    ],
)  # fmt: skip
def test_a_wrong_id_number_is_named_by_what_is_wrong_with_it(cell: Raw, code: str) -> None:
    assert code_of(numbers.id_number, cell) == code


@pytest.mark.parametrize("cell", ["无", "/", "—", "未落户，正在办理", "", "户口正在办理中"])
def test_no_number_is_no_fault_of_the_cell(cell: str) -> None:
    assert numbers.id_number(cell).number == ""
    assert bool(numbers.id_number(cell).reason) == ("落户" in cell or "户口" in cell)


def spans(cell: Raw) -> list[str]:
    return [f"{first}..{last}" for first, last in days.periods(cell)]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1957年10月3日", ["1957-10-03..1957-10-03"]), ("1957.10.03", ["1957-10-03..1957-10-03"]),
        ("1957/10/3", ["1957-10-03..1957-10-03"]), ("1957-10-03 00:00:00", ["1957-10-03..1957-10-03"]),
        ("19571003", ["1957-10-03..1957-10-03"]), (19571003, ["1957-10-03..1957-10-03"]),
        (Day(date(1957, 10, 3)), ["1957-10-03..1957-10-03"]), (21096, ["1957-10-03..1957-10-03"]),
        ("21096", ["1957-10-03..1957-10-03"]), ("1957年10月", ["1957-10-01..1957-10-31"]),
        ("1957.10", ["1957-10-01..1957-10-31"]), (195710, ["1957-10-01..1957-10-31"]),
        (1957.12, ["1957-12-01..1957-12-31"]),
        (1957.1, ["1957-01-01..1957-01-31", "1957-10-01..1957-10-31"]), (1957.9, ["1957-09-01..1957-09-30"]),
        ("1957", ["1957-01-01..1957-12-31"]), (1957, ["1957-01-01..1957-12-31"]),
        ("1957年", ["1957-01-01..1957-12-31"]),
        ("一九五七年十月三日", ["1957-10-03..1957-10-03"]), ("二〇二六年十一月三十日", ["2026-11-30..2026-11-30"]),
        ("１９５７．１０．３", ["1957-10-03..1957-10-03"]), ("1957年 10 月", ["1957-10-01..1957-10-31"]),
        ("57年10月", ["1957-10-01..1957-10-31"]), ("13/10/1957", ["1957-10-13..1957-10-13"]), ("无", []),
    ],
)  # fmt: skip
def test_days_and_months_are_read_as_far_as_they_go(cell: Raw, found: list[str]) -> None:
    assert spans(cell) == found


@pytest.mark.parametrize(
    "cell", ["1957-13-01", "1957.2.30", "待定", "3", 3, 1957.13, 99999999, "4529-01-01", "1850年1月"]
)
def test_what_is_no_day_is_said_to_be_none(cell: Raw) -> None:
    with pytest.raises(Unread):
        days.first_day(cell)


def test_a_first_day_is_never_guessed_between_two_months() -> None:
    assert code_of(days.first_day, 2023.1) == "DATE_AMBIGUOUS"
    assert days.first_day("2023.1") == "2023-01-01"
    assert days.last_day("2027年6月") == "2027-06-30"
    assert days.last_day("长期") is None


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2026年7月1日至2027年6月30日", "2026-07-01", "2027-06-30"),
        ("2026.7.1-2027.6.30", "2026-07-01", "2027-06-30"),
        ("2026-07-01—2027-06-30", "2026-07-01", "2027-06-30"), ("2026/7/1～2027/6/30", "2026-07-01", "2027-06-30"),
        ("自2026年7月至长期", "2026-07-01", None),
    ],
)  # fmt: skip
def test_terms_have_a_first_and_a_last_day(cell: str, first: str, last: str | None) -> None:
    assert days.term(cell) == (first, last)


def called(cell: Raw) -> tuple[list[str], list[str]]:
    said = telephones.telephones(cell)
    assert isinstance(said, Reading)
    assert isinstance(said.value, list)
    return [number for number, _whose in said.value], [note.code for note in said.notes]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("138 0000 1116", ["13800001116"]), ("0955-5000540", ["09555000540"]), (9555000951, ["09555000951"]),
        (13800001116.0, ["13800001116"]), ("+86 138-0000-1116", ["13800001116"]), ("1380000111613900002222", []),
        ("13800001116/0955-5000540", ["13800001116", "09555000540"]),
        ("13800001116\n13900002222", ["13800001116", "13900002222"]),
        ("13800001116（儿子）、13900002222(女儿)", ["13800001116", "13900002222"]),
        ("儿子：13800001116", ["13800001116"]),
        ("１３８００００１１１６", ["13800001116"]), ("(0955)5000540", ["09555000540"]), ("无", []), ("/", []),
        ("5000540", ["5000540"]),
        ("13800001116 13900002222", ["13800001116", "13900002222"]), ("0955-5000540转8", ["09555000540"]),
        ("13800001116，13800001116", ["13800001116"]),
    ],
)  # fmt: skip
def test_telephones_are_found_in_a_cell(cell: Raw, found: list[str]) -> None:
    assert called(cell)[0] == found


@pytest.mark.parametrize("cell", ["1380000111", "138000011166", 1990000190, "12345x"])
def test_a_telephone_of_the_wrong_length_is_noted_and_not_kept(cell: Raw) -> None:
    assert called(cell) == ([], ["PHONE_INVALID"])


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("90分钟", 90), (90, 90), ("1.5小时", 90), ("0.75小时", 45), ("半小时", 30), ("1小时30分", 90),
        ("一个半小时", 90),
        ("两小时", 120), ("1h", 60), ("45min", 45), ("每次60分钟", 60), ("60分钟/次", 60), ("一刻钟", 15),
        ("1:30", 90), ("无", None),
    ],
)  # fmt: skip
def test_minutes_are_read_in_every_unit(cell: Raw, found: int | None) -> None:
    assert amounts.minutes(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("15.498万元", "154980"), (187920, "187920"), (67960.5, "67960.5"), ("¥1,290.00", "1290"),
        ("1290元/月", "1290"),
        ("３６元", "36"), ("人民币48600元整", "48600"), ("", None),
    ],
)  # fmt: skip
def test_money_is_yuan(cell: Raw, found: str | None) -> None:
    assert amounts.money(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [(4, 4), ("4次", 4), ("两次", 2), ("每月4次", 4), ("每周1次", 4), ("2次/月", 2), ("十次", 10), ("—", None)],
)
def test_counts_are_by_the_month(cell: Raw, found: int | None) -> None:
    assert amounts.times_a_month(cell) == found


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (amounts.minutes, "MINUTES_UNREADABLE"),
        (amounts.money, "AMOUNT_UNREADABLE"),
        (amounts.times_a_month, "COUNT_UNREADABLE"),
        (hours.weekly, "HOURS_UNREADABLE"),
    ],
)
def test_words_that_say_no_amount_are_said_to_be_none(read: object, code: str) -> None:
    assert code_of(read, "看情况") == code


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("周二至周四 8:30-17:30", {1: [[510, 1050]], 2: [[510, 1050]], 3: [[510, 1050]]}),
        ("星期一、星期三 9:00-11:30", {0: [[540, 690]], 2: [[540, 690]]}),
        ("周一三上午", {0: [[480, 720]], 2: [[480, 720]]}),
        ("周六下午2点到5点", {5: [[840, 1020]]}), ("双休日全天", {5: [[480, 1080]], 6: [[480, 1080]]}),
        ("周五晚上7点至9点", {4: [[1140, 1260]]}), ("周日8点半—12点", {6: [[510, 720]]}),
        ("周1-周2 上午9：00—12：00 下午14：00—18：00", {0: [[540, 720], [840, 1080]], 1: [[540, 720], [840, 1080]]}),
    ],
)  # fmt: skip
def test_weekly_times_are_read_in_words(cell: str, found: dict[int, list[list[int]]]) -> None:
    assert hours.weekly(cell) == {str(day): times for day, times in found.items()}


def test_weekly_times_may_leave_a_day_out() -> None:
    assert sorted(hours.weekly("每天，除周三") or {}) == ["0", "1", "3", "4", "5", "6"]


PLACES = Places("盐池县", [Township(1, "花马池镇"), Township(2, "大水坑镇"), Township(3, "王乐井乡", ("王乐井镇",))])


@pytest.mark.parametrize(
    ("cell", "township", "where"),
    [
        ("花马池镇", 1, ""), ("盐池县花马池镇", 1, ""),
        ("宁夏回族自治区吴忠市盐池县大水坑镇新泉井村3组", 2, "新泉井村"),
        ("王乐井镇", 3, ""), ("花马池", 1, None), ("花马池镇人民政府", 1, ""),
        ("盐池大水坑镇李记沟村委会", 2, "李记沟村"),
    ],
)  # fmt: skip
def test_a_township_is_found_in_an_address(cell: str, township: int, where: str | None) -> None:
    found = PLACES.township(cell)
    assert found
    assert found.id == township
    spot = PLACES.spot(cell)
    assert (spot.village if spot else None) == where


@pytest.mark.parametrize("cell", ["同心县大水坑镇", "豫海镇", "", "北京市"])
def test_a_township_of_elsewhere_is_none_of_ours(cell: str) -> None:
    assert PLACES.township(cell) is None


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("新泉井村委会", ("新泉井村", "")), ("新泉井村3组", ("新泉井村", "3组")), ("花马社区居委会", ("花马社区", "")),
        ("李记沟3队", ("李记沟", "3队")), ("新泉井村村民委员会", ("新泉井村", "")),
    ],
)  # fmt: skip
def test_a_village_is_known_by_its_name_alone(cell: str, found: tuple[str, str]) -> None:
    assert village(cell) == found


def test_small_readers() -> None:
    assert name("张  三") == "张三"
    assert name("买买提・艾力（户主）") == "买买提·艾力"
    assert same_name("买买提•艾力", "买买提 艾力")
    assert sex("女性") == "female"
    assert yes_or_no("√") is True
    assert yes_or_no("否") is False


@pytest.mark.parametrize("cell", ["小计", "合 计", "合计：201人", "总　计", "全县合计", "花马池镇小计", "共计12户"])
def test_totals_are_no_rows(cell: str) -> None:
    assert is_total(cell)


@pytest.mark.parametrize("cell", ["合小计村", "总计划", "计小合", "合计明"])
def test_names_are_no_totals(cell: str) -> None:
    assert not is_total(cell)


@pytest.mark.parametrize(
    "cell", ["填表人：李某", "审核人（签字）：", "注：本表一式三份", "负责人签字：", "以下空白", "备注1：无"]
)
def test_signatures_are_no_rows(cell: str) -> None:
    assert is_foot(cell)
