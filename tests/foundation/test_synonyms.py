"""What people call the services of the catalogue."""

import json
from pathlib import Path

import pytest

from shangmen.foundation.catalogue.seed import ITEMS, Item
from shangmen.foundation.catalogue.synonyms import Services

SERVICES = Services((item.code, item.name) for item in ITEMS)
CASES = Path(__file__).parent.parent / "cases" / "county-zhongning" / "expected.json"
WORDS: dict[str, str] = json.loads(CASES.read_text("utf-8"))["files"]["needs.xlsx"]["words"]


@pytest.mark.parametrize(("words", "code"), WORDS.items())
def test_the_words_of_the_desk_are_understood(words: str, code: str) -> None:
    assert SERVICES.meant(words) == [code]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item.code))
def test_each_service_is_known_by_code_and_by_name(item: Item) -> None:
    code, name = item.code, item.name
    assert SERVICES.meant(code) == [code]
    assert SERVICES.meant(name) == [code]
    assert SERVICES.meant(f"{code} {name}") == [code]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("电话问候", "V02"), ("困境儿童走访", "V03"), ("高温天气查访", "V04"), ("巡访", "V01"), ("送午餐", "C01"),
        ("入户洗澡", "C03"), ("床边擦身", "C02"), ("剃头刮胡子", "C04"), ("清洗床单被褥", "C06"), ("卫生清扫", "C05"),
        ("陪老人去医院复查", "C08"), ("买药送药", "C09"), ("买菜跑腿", "C11"), ("喂饭", "C12"), ("测血氧", "C13"),
        ("褥疮换药", "N01"), ("肢体康复锻炼", "R01"), ("谈心陪聊", "P01"), ("低保政策咨询", "P02"), ("个案", "P05"),
        ("推轮椅外出散步", "C07"), ("喘息照护", "L01"), ("日间照护", "L02"), ("居家适老化改造", "A01"),
    ],
)  # fmt: skip
def test_other_words_of_the_field_are_understood(words: str, code: str) -> None:
    assert SERVICES.meant(words) == [code]


@pytest.mark.parametrize("words", ["修缮房屋", "发放米面油", "法律援助", "看电视", ""])
def test_what_is_no_service_of_the_catalogue_is_none(words: str) -> None:
    assert SERVICES.meant(words) == []


def test_two_services_in_one_cell_are_two() -> None:
    assert SERVICES.meant("做饭、打扫卫生") == ["C01", "C05"]
    assert SERVICES.meant("理发、剪指甲") == ["C04"]
