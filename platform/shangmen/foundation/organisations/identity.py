"""Numbers that name people and organisations in China, and what they say about themselves.

GB 11643-1999 (citizen's ID number) and GB 32100-2015 (unified social credit code). The division in an ID number is the
one of the first registration, perhaps long abolished: only its province is looked at.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from shangmen import clock
from shangmen.errors import Refused

_PROVINCES = frozenset(
    f"{part}{digit}"
    for part, digits in (
        ("1", "12345"),
        ("2", "123"),
        ("3", "1234567"),
        ("4", "123456"),
        ("5", "01234"),
        ("6", "12345"),
        ("7", "1"),
        ("8", "123"),
    )
    for digit in digits
)


@dataclass(frozen=True)
class Identity:
    """What an ID number says."""

    number: str
    birth_date: date
    sex: str  # female | male


def citizen(text: str, field: str = "id_number") -> Identity:
    """Read an ID number; raises Refused beside `field` with what is wrong with it. A small x is taken for X."""
    number = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or number[:2] not in _PROVINCES:
        raise Refused("An ID number has 18 characters: 17 digits and a digit or X.", field=field)
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Refused("The birth date in this ID number does not exist.", field=field) from None
    if not date(1900, 1, 1) <= born <= clock.today():
        raise Refused("The birth date in this ID number cannot be right.", field=field)
    if not mod_11_2.is_valid(number):
        raise Refused("The last character of this ID number does not fit: one of the digits is wrong.", field=field)
    return Identity(number, born, "male" if int(number[16]) % 2 else "female")


def agrees(identity: Identity, sex: str | None, birth_date: date | None) -> None:
    """Raises Refused beside the field that contradicts the ID number."""
    if sex and sex != identity.sex:
        raise Refused("The ID number says otherwise.", field="sex")
    if birth_date and birth_date != identity.birth_date:
        raise Refused("The ID number says otherwise.", field="birth_date")


def credit_code(text: str, field: str = "credit_code") -> str:
    """Read a unified social credit code; raises Refused beside `field`."""
    code = re.sub(r"[\s-]", "", text).upper()
    try:
        return str(uscc.validate(code))
    except ValidationError:
        raise Refused("This is no valid unified social credit code: check each of its 18 characters.", field=field) \
            from None  # fmt: skip


def telephone(text: str, field: str = "telephone") -> str:
    """A mobile number or a landline of Ningxia, digits only; raises Refused beside `field`."""
    digits = re.sub(r"[\s()（）-]", "", text)
    if not re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}\d{7,8}|12345|110|120|119", digits):
        raise Refused("Give a mobile number of 11 digits, or a landline with its area code.", field=field)
    return digits


def position(latitude: Decimal | None, longitude: Decimal | None) -> None:
    """Raises Refused beside the field for half a position, or one that is not in China."""
    if (latitude is None) != (longitude is None):
        raise Refused("Give both latitude and longitude, or neither.", field="longitude")
    if latitude is not None and not 15 <= latitude <= 55:
        raise Refused("A latitude in China lies between 15 and 55 degrees.", field="latitude")
    if longitude is not None and not 73 <= longitude <= 136:
        raise Refused("A longitude in China lies between 73 and 136 degrees.", field="longitude")
