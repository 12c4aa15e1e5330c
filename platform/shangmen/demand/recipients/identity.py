"""The ID number (GB 11643-1999), what it says about a person, and the numbers that carry it."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from shangmen.errors import Refused

# The ID number, the type of disability (1-7), its level (1-4), and B1, B2 … for a reissue.
_CERTIFICATE = re.compile(r"^\d{17}[\dX][1-7][1-4](B\d)?$")
_TELEPHONE = re.compile(r"^(1[3-9]\d{9}|0\d{2,3}\d{7,8}|\d{7,8})$")

DISABILITY_TYPES = {
    1: "sight",
    2: "hearing",
    3: "speech",
    4: "limbs",
    5: "intellect",
    6: "mind",
    7: "several disabilities",
}


def plain(text: str) -> str:
    """Full-width digits and letters as plain ones, without spaces and dashes, in capitals."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


@dataclass(frozen=True)
class Identity:
    """What a valid ID number says."""

    number: str
    birth_date: date
    sex: str


def read(text: str, today: date) -> Identity:
    """The number and what it says; raises Refused (field id_number) with what is wrong with it.

    The place of first registration is not checked: codes were abolished, and the first numbers were given long after
    the birth of those who are old now.
    """
    number = plain(text)
    if len(number) != 18:
        raise Refused("An ID number has 18 characters, this one has %(count)s.", field="id_number", count=len(number))
    if not (number[:17].isascii() and number[:17].isdigit() and (number[17] in "0123456789X")):
        raise Refused("An ID number is 17 digits and a digit or X.", field="id_number")
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        raise Refused("The date of birth inside the ID number does not exist.", field="id_number") from None
    if born > today:
        raise Refused("The date of birth inside the ID number lies in the future.", field="id_number")
    if born.year < 1850:
        raise Refused("The date of birth inside the ID number does not exist.", field="id_number")
    if number[17] != ric.calc_check_digit(number):
        raise Refused(
            "The last character of the ID number does not fit the others: one of them is wrong.", field="id_number"
        )
    return Identity(number, born, "male" if int(number[16]) % 2 else "female")


@dataclass(frozen=True)
class Certificate:
    """A disability certificate's number and what it says: type 1-7, level 1-4 (1 heaviest)."""

    number: str
    type: int
    level: int


def certificate(text: str, id_number: str | None) -> Certificate:
    """Read a certificate number; raises Refused (field certificate) when it is malformed or another person's."""
    number = plain(text)
    if not _CERTIFICATE.match(number):
        raise Refused(
            "A disability certificate is the ID number followed by the type (1-7) and the level (1-4).",
            field="certificate",
        )
    if id_number and number[:18] != id_number:
        raise Refused("The certificate begins with another ID number.", field="certificate")
    return Certificate(number, int(number[18]), int(number[19]))


def telephone(text: str, field: str) -> str:
    """A telephone without spaces and dashes; raises Refused beside the field for anything else."""
    number = plain(text).removeprefix("+86")
    if number and not _TELEPHONE.match(number):
        raise Refused("Give a mobile number, or a landline with its area code.", field=field)
    return number
