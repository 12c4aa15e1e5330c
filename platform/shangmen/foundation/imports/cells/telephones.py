"""Telephones: several in a cell, with whose they are, without their leading zero."""

import re

from shangmen.foundation.imports.cells.reading import Note, Raw, Reading, plain, says_nothing

_BETWEEN = re.compile(r"[、,;/\n\\|]+|或者?|和|及|(?<=\d)\s{2,}(?=\d)")
_WHOSE = re.compile(r"\(([^)]*)\)|([一-鿿]{1,8})")
_NUMBER = re.compile(r"1[3-9]\d{9}|0\d{2,3}\d{7,8}|[2-9]\d{6,7}|1\d{4}|[48]00\d{7}")


def number(text: str, typed_as_number: bool = False) -> str | None:
    """The digits of a telephone, a landline with its zero; None for what is none."""
    digits = re.sub(r"[\s\-.()—–]", "", re.sub(r"(转|ext\.?)\s*\d+$", "", text, flags=re.IGNORECASE))
    digits = re.sub(r"^(\+?86|0086)(?=1[3-9]\d{9}$|0?\d{10,11}$)", "", digits)
    if re.fullmatch(r"01[3-9]\d{9}", digits):
        digits = digits[1:]  # a zero before a mobile number: dialled from elsewhere
    if _NUMBER.fullmatch(digits):
        return digits
    if re.fullmatch(r"([3-9]\d{2}|2\d)\d{7,8}|10\d{8}", digits) and len(digits) in {10, 11}:
        return "0" + digits  # the spreadsheet took a landline for a number
    return None


def telephones(cell: Raw) -> Reading:
    """[[digits, whose], …] in order, without repeats; what is no telephone is noted and left out."""
    text = plain(cell)
    found: list[list[str]] = []
    notes: list[Note] = []
    pieces = [piece for piece in _BETWEEN.split(text) if piece.strip()]
    for typed in pieces:
        piece = re.sub(r"转\s*\d+\s*$", "", typed)
        whose = " ".join(
            part for match in _WHOSE.finditer(piece) for part in match.groups() if part and not part.isdigit()
        )
        bare = _WHOSE.sub(lambda match: match[1] if match[1] and match[1].isdigit() else "", piece).strip(" :")
        if says_nothing(bare) or not re.search(r"\d", bare):
            continue
        digits = number(bare)
        parts = [digits] if digits else [number(part) for part in bare.split()]
        if parts and all(parts):
            found += [[one, whose] for one in parts if one and one not in [known for known, _whose in found]]
        else:
            notes.append(Note("PHONE_INVALID", "“%(cell)s” is no telephone: it is not kept as one.", {"cell": bare}))
    return Reading(found, tuple(notes))
