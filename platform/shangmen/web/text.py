"""One normaliser for text: what people type, paste and import is made equal here and nowhere else.

`clean` is for everything that is kept, `name` for the names of people, `code` for what is compared character by
character, `key` for asking whether two texts say the same.
"""

import re
import unicodedata

# Dots that stand between the parts of a name: one dot, whichever keyboard it came from. (U+0307: NFKC's rest of ˙.)
DOTS = "•‧・∙⋅●᛫⸱⸳ꞏᐧ◦.。\u0307"
DOT = "·"
_ONE_DOT = str.maketrans(dict.fromkeys(DOTS, DOT))
_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_BETWEEN = re.compile(rf"(?<={_HAN})\s*[{re.escape(DOT + DOTS)}．｡･˙\u0387]\s*(?={_HAN})")

# Letters that are seen as nothing though Unicode counts them as letters, marks or symbols.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LINES = {"\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\x0b": "\n", "\x0c": "\n"}


# Letters that are kept as they are: most texts hold no others.
_EVERYDAY = re.compile(r"[\u4e00-\u9fff\x20-\x7e，。、（）：；～]*")


def _kept(letter: str) -> str:
    if letter in "\n\t":
        return letter
    if letter in _LINES:
        return _LINES[letter]
    kind = unicodedata.category(letter)
    if kind in {"Cf", "Cc", "Cs"} or letter in _BLANK:
        return ""
    return " " if kind == "Zs" else letter


def clean(text: str) -> str:
    """The text without what nobody sees: invisible, direction and control characters; every space is a plain one.

    Lines stay lines, each ends with one newline. Nothing that can be seen is changed.
    """
    if _EVERYDAY.fullmatch(text):
        return text.strip()
    return "".join(map(_kept, text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def name(text: str) -> str:
    """A person's name as it is kept: clean, with one kind of dot between its parts."""
    return _BETWEEN.sub(DOT, clean(text))


def code(text: str) -> str:
    """A code or a number as it is compared: NFKC, in capitals, without spaces, dashes and what nobody sees."""
    seen = unicodedata.normalize("NFKC", clean(text))
    return "".join(c for c in seen if not c.isspace() and unicodedata.category(c) != "Pd" and c != "\u2212").upper()


def key(text: str) -> str:
    """What two texts have in common when they name the same: NFKC, one dot, no spaces, no case, no variants."""
    plain = unicodedata.normalize("NFKC", clean(text)).translate(_ONE_DOT).casefold()
    return "".join(c for c in plain if not c.isspace() and not _variant(c))


def _variant(letter: str) -> bool:
    """Whether a letter only chooses among the shapes of the one before it."""
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


def sql(column: str) -> str:
    """The SQL of `key` for a column whose content is clean; compare it with ILIKE."""
    return f"translate(normalize({column}, NFKC), '{DOTS} ', '{DOT * len(DOTS)}')"
