"""Numbers that name people and organisations, and what they say about themselves."""

from datetime import date

import pytest

from shangmen.errors import Refused
from shangmen.foundation import identity

CODE = "91110000600037341L"  # the published example of GB 32100
ID = "11010519491231002X"  # the published example of GB 11643: a woman
TODAY = date(2026, 3, 20)


def test_a_credit_code_is_read_with_blanks_and_small_letters() -> None:
    assert identity.credit_code("91110000 600037341l") == CODE


@pytest.mark.parametrize("text", ["91110000600037341M", "9111000060003734", "", "91110000O00037341L", "x" * 18])
def test_a_wrong_credit_code_is_refused_beside_its_field(text: str) -> None:
    with pytest.raises(Refused) as refused:
        identity.credit_code(text)
    assert refused.value.field == "credit_code"


@pytest.mark.parametrize("position", range(18))
def test_one_wrong_digit_of_an_id_number_is_found_wherever_it_stands(position: int) -> None:
    wrong = "7" if ID[position] != "7" else "8"
    with pytest.raises(Refused):
        identity.citizen(ID[:position] + wrong + ID[position + 1 :], TODAY)


def test_an_id_number_says_birth_date_and_sex() -> None:
    assert identity.citizen(ID, TODAY) == identity.Identity(ID, date(1949, 12, 31), "female")


@pytest.mark.parametrize("text", [ID.lower(), "110105 19491231 002X", "１１０１０５-１９４９１２３１-００２Ｘ"])
def test_an_id_number_is_read_however_it_was_typed(text: str) -> None:
    assert identity.citizen(text, TODAY).number == ID


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1101051949123100", "18 characters, this one has 16"),
        ("11010519491231002Z", "17 digits"),
        ("11010519491231002٢", "17 digits"),
        ("990105194912310020", "province; 99 is none"),
        ("110105194913310026", "does not exist"),
        ("110105189912310027", "does not exist"),
        ("110105299912310020", "future"),
        ("110105202603210020", "future"),
        ("110105194912310020", "last character"),
    ],
)
def test_an_id_number_that_cannot_be_is_refused_with_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        identity.citizen(text, TODAY, "number")
    assert refused.value.field == "number"


def test_what_contradicts_an_id_number_is_told_beside_its_field() -> None:
    read = identity.citizen(ID, TODAY)
    identity.agrees(read, "female", date(1949, 12, 31))
    identity.agrees(read, None, None)
    assert set(identity.contradictions(read, "male", date(1950, 1, 1))) == {"sex", "birth_date"}
    for sex, born, field in (("male", None, "sex"), (None, date(1950, 1, 1), "birth_date")):
        with pytest.raises(Refused, match="The ID number says") as refused:
            identity.agrees(read, sex, born)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("138 0000 1111", "13800001111"),
        ("+86 138-0000-1111", "13800001111"),
        ("０９５１－５０１２３４５", "09515012345"),
        ("（0951）5012345", "09515012345"),
        ("5012345", "5012345"),
        ("12345", "12345"),
        ("-", ""),
    ],
)
def test_telephones_are_kept_as_digits(text: str, digits: str) -> None:
    assert identity.telephone(text) == digits


@pytest.mark.parametrize("text", ["23800001111", "1380000111", "abc", "0951"])
def test_what_is_no_telephone_is_refused_beside_its_field(text: str) -> None:
    with pytest.raises(Refused) as refused:
        identity.telephone(text, "guardian_telephone")
    assert refused.value.field == "guardian_telephone"
