"""Numbers that name people and organisations, as spreadsheets hold them: typed, pasted, damaged."""

import re
from dataclasses import dataclass
from datetime import date

from stdnum.iso7064 import mod_11_2

from shangmen import clock
from shangmen.errors import Refused
from shangmen.foundation import identity
from shangmen.foundation.imports.cells.reading import Raw, Unread, plain, says_nothing
from shangmen.web import text as normal

EXACT_DIGITS = 15  # a spreadsheet keeps so many of a number; the others become zeros

_FLOATING = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
_UNREGISTERED = re.compile(
    r"未落户|未上户|没有?户口|无户口|黑户|未登记|户口.{0,6}办理|落户.{0,6}办|未办理?(身份证|户口)|尚?未出?生?登记"
)


def damaged(cell: Raw, length: int) -> bool:
    """Whether a number of so many digits was a number in a spreadsheet, and lost its last ones."""
    if isinstance(cell, int | float):
        return bool(cell >= 10**EXACT_DIGITS)
    digits = normal.code(plain(cell))
    return bool(_FLOATING.fullmatch(digits)) or (
        len(digits) == length and digits.isdigit() and set(digits[EXACT_DIGITS:]) == {"0"}
    )


def no_number(text: str) -> str:
    """The reason in a text for having no ID number: not registered with a household yet; "" for none."""
    return "未落户" if _UNREGISTERED.search(text) else ""


def converted(old: str) -> str:
    """What a number of 15 digits becomes: the century of the birth and the check character are added."""
    longer = f"{old[:6]}19{old[6:]}"
    return longer + mod_11_2.calc_check_digit(longer)


@dataclass(frozen=True)
class Named:
    """An ID number, or the reason in the cell for having none."""

    number: str
    reason: str = ""


def id_number(cell: Raw) -> Named:
    """An ID number of 18 characters that can be; raises Unread with the code of what is wrong with it."""
    if damaged(cell, 18):
        raise Unread(
            "DAMAGED_BY_EXCEL",
            "The spreadsheet damaged this ID number: it was a number and lost its last digits. Set the column to text"
            " and type the 18 characters again.",
        )
    text = plain(cell)
    number = normal.code(text)
    if says_nothing(text) or not re.search(r"\d", number):
        return Named("", no_number(text))
    if re.fullmatch(r"\d{15}", number):
        raise _old(number)
    if len(number) != 18:
        raise Unread("ID_LENGTH", "An ID number has 18 characters, this one has %(count)s.", count=len(number))
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise Unread("ID_CHARACTERS", "An ID number is 17 digits and a digit or X.")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = date.min
    if not clock.EARLIEST <= born <= clock.today():
        raise Unread("ID_DATE", "The date of birth inside the ID number does not exist.")
    try:
        return Named(identity.citizen(number, clock.today()).number)
    except Refused as refused:
        raise Unread("CHECK_DIGIT", refused.message, **{k: str(v) for k, v in refused.parameters.items()}) from None


def _old(number: str) -> Unread:
    longer = converted(number)
    try:
        identity.citizen(longer, clock.today())
    except Refused:
        return Unread("ID_LENGTH", "An ID number has 18 characters, this one has %(count)s.", count=15)
    return Unread(
        "OLD_15_DIGITS",
        "This is a number of the first generation. Today it would be %(suggest)s: look at the card and confirm it.",
        suggest=longer,
    )


def credit_code(cell: Raw) -> str:
    """A unified social credit code; raises Unread."""
    if damaged(cell, 18):
        raise Unread("DAMAGED_BY_EXCEL", "The spreadsheet damaged this code: it was a number. Set the column to text.")
    try:
        within = re.search(r"(?:代码|编号|号码?)[:：\s]*([0-9A-Za-z\s-]{18,})$", plain(cell))
        return identity.credit_code(within[1] if within else plain(cell))
    except Refused as refused:
        raise Unread("CREDIT_CODE", refused.message) from None
