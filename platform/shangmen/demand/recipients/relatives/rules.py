"""Relatives who were declared: how they are read and kept. Pure.

Somebody says which relatives work, or might come to work, for a supplier: nobody is sent to, or paid for, their own
family. A name alone makes no relative, for many share one: a telephone or the ID number goes with it.
"""

import re
from dataclasses import dataclass
from datetime import date

from shangmen.errors import DomainError, Refused
from shangmen.foundation import identity
from shangmen.foundation.imports.cells import telephones
from shangmen.web import text as normal

MOST = 20
_NUMBER = re.compile(r"\d{17}[\dXx]|\+?\d[\d\- ]{5,}\d")
_NAME = re.compile(r"[一-鿿]{2,20}(?:·[一-鿿]{1,20})*|[A-Za-z][A-Za-z .'-]{1,58}[A-Za-z]")


@dataclass(frozen=True)
class Relative:
    """A relative: the number is a telephone or an ID number, `what` what they are to the recipient, "" if not said."""

    name: str
    number: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.number}" + (f"（{self.what}）" if self.what else "")


def kept(text: str, today: date, field: str = "relatives") -> str:
    """Relatives as they are kept: “马小红 13912345678（女儿）、李强 640…”; "" for none.

    Read is one entry after the other, separated by 、 or a line break. Raises Refused beside `field` for an entry
    without a name or a number that can be one.
    """
    pieces = [piece.strip() for piece in re.split(r"[、,，;；\n]+", text) if piece.strip()]
    if len(pieces) > MOST:
        raise Refused("At most %(most)s relatives.", field=field, most=MOST)
    return "、".join(dict.fromkeys(str(_read(piece, today, field)) for piece in pieces))


def _read(piece: str, today: date, field: str) -> Relative:
    flat = piece.replace("（", "(").replace("）", ")")
    what = " ".join(re.findall(r"\(([^)]*)\)", flat))
    rest = re.sub(r"\([^)]*\)?", " ", flat)
    typed = _NUMBER.search(rest)
    named = _NAME.search(_NUMBER.sub(" ", rest))
    if typed is None or named is None:
        raise Refused(
            "“%(entry)s”: give the name and a telephone or the ID number; separate several by 、.",
            field=field,
            entry=piece,
        )
    digits = re.sub(r"[\s-]", "", typed[0])
    number = identity.citizen(digits, today, field).number if len(digits) == 18 else telephones.number(digits)
    if number is None:
        raise Refused("“%(entry)s” is no telephone and no ID number.", field=field, entry=typed[0])
    return Relative(normal.name(named[0]), number, what)


def readable(text: str, today: date) -> tuple[str, list[str]]:
    """Of a cell that names relatives: what can be kept, and the entries that cannot."""
    good, bad = [], []
    for piece in (one.strip() for one in re.split(r"[、,，;；\n]+", text) if one.strip()):
        try:
            good.append(kept(piece, today))
        except DomainError:
            bad.append(piece)
    return "、".join(dict.fromkeys(good)), bad


def entries(text: str) -> list[Relative]:
    """The relatives of a text that was kept."""
    found = (re.fullmatch(r"(.+) (\S+?)(?:（(.*)）)?", piece) for piece in text.split("、") if piece)
    return [Relative(one[1], one[2], one[3] or "") for one in found if one]
