"""Numbers that name people and organisations in China, and what they say about themselves.

GB 11643-1999 (citizen's ID number) and GB 32100-2015 (unified social credit code). The division in an ID number is the
one of the first registration, perhaps long abolished: only its province is looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from shangmen import clock
from shangmen.errors import Refused
from shangmen.web import text as normal

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


# Nobody who is registered today was born before this day.


@dataclass(frozen=True)
class Identity:
    """What an ID number says."""

    number: str
    birth_date: date
    sex: str  # female | male


def citizen(text: str, today: date, field: str = "id_number") -> Identity:
    """Read an ID number; raises Refused beside `field` with what is wrong with it. A small x is taken for X."""
    number = normal.code(text)
    if len(number) != 18:
        raise Refused("An ID number has 18 characters, this one has %(count)s.", field=field, count=len(number))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise Refused("An ID number is 17 digits and a digit or X.", field=field)
    if number[:2] not in _PROVINCES:
        raise Refused("An ID number begins with the code of a province; %(code)s is none.", field, code=number[:2])
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Refused("The date of birth inside the ID number does not exist.", field=field) from None
    if born > today:
        raise Refused("The date of birth inside the ID number lies in the future.", field=field)
    if born < clock.EARLIEST:
        raise Refused("The date of birth inside the ID number does not exist.", field=field)
    if not mod_11_2.is_valid(number):
        raise Refused(
            "The last character of the ID number does not fit the others: one of them is wrong.", field=field
        )
    return Identity(number, born, "male" if int(number[16]) % 2 else "female")


def contradictions(
    identity: Identity, sex: str | None, birth_date: date | None
) -> dict[str, tuple[str, Mapping[str, object]]]:
    """What was typed beside an ID number and is not what the number says: field -> (sentence, parameters)."""
    found: dict[str, tuple[str, Mapping[str, object]]] = {}
    if sex and sex != identity.sex:
        found["sex"] = ("The ID number says otherwise: its 17th digit is odd for men and even for women.", {})
    if birth_date and birth_date != identity.birth_date:
        found["birth_date"] = ("The ID number says %(day)s.", {"day": identity.birth_date.isoformat()})
    return found


def agrees(identity: Identity, sex: str | None, birth_date: date | None) -> None:
    """Raises Refused beside the first field that contradicts the ID number."""
    for field, (message, parameters) in contradictions(identity, sex, birth_date).items():
        raise Refused(message, field, **parameters)


def credit_code(text: str, field: str = "credit_code") -> str:
    """Read a unified social credit code; raises Refused beside `field`."""
    code = normal.code(text)
    try:
        return str(uscc.validate(code))
    except ValidationError:
        raise Refused("This is no valid unified social credit code: check each of its 18 characters.", field=field) \
            from None  # fmt: skip


_TELEPHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}\d{7,8}|\d{7,8}|12345|110|120|119")


def telephone(text: str, field: str = "telephone") -> str:
    """A mobile number, a landline or a service number, digits only; "" for none (also typed as a dash).

    Raises Refused beside `field` for anything else.
    """
    digits = re.sub(r"[()]", "", normal.code(text)).removeprefix("+86")
    if digits and not _TELEPHONE.fullmatch(digits):
        raise Refused("Give a mobile number, or a landline with its area code.", field=field)
    return digits


def position(latitude: Decimal | None, longitude: Decimal | None) -> None:
    """Raises Refused beside the field for half a position, or one that is not in China."""
    if (latitude is None) != (longitude is None):
        raise Refused("Give both latitude and longitude, or neither.", field="longitude")
    if latitude is not None and not 15 <= latitude <= 55:
        raise Refused("A latitude in China lies between 15 and 55 degrees.", field="latitude")
    if longitude is not None and not 73 <= longitude <= 136:
        raise Refused("A longitude in China lies between 73 and 136 degrees.", field="longitude")
