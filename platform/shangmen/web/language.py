"""Chinese first, English complete: gettext over the .po files of the locale folder, and the words for codes.

Message ids are English sentences, so English needs no catalogue. Each feature keeps its translations in a file of its
own name; all files of a language are read at the first use.
"""

import functools
from contextvars import ContextVar
from enum import Enum
from gettext import NullTranslations

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from shangmen import paths

DEFAULT = "zh_CN"
LOCALES = ("zh_CN", "en")

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)


def speak(locale: str) -> None:
    """Set the language of what is rendered from here on in this request or job."""
    _locale.set(locale if locale in LOCALES else DEFAULT)


def current() -> str:
    """The language in use."""
    return _locale.get()


@functools.cache
def catalogue(locale: str) -> NullTranslations:
    """All translations of a language."""
    from io import BytesIO

    merged: Translations | None = None
    for file in sorted((paths.LOCALE / locale).glob("*.po")):
        binary = BytesIO()
        with file.open("rb") as handle:
            write_mo(binary, read_po(handle, locale=locale))
        binary.seek(0)
        part = Translations(binary, domain="messages")
        merged = part if merged is None else merged.merge(part)
    return merged or NullTranslations()


@functools.lru_cache(maxsize=10_000)
def _told(locale: str, message: str) -> str:
    return catalogue(locale).gettext(message) if message else ""


def gettext(message: str, **parameters: object) -> str:
    """The sentence in the language in use, its %(name)s placeholders filled; a state or kind among them in words."""
    text = _told(_locale.get(), message)
    if not parameters:
        return text
    told = {name: label(one) if isinstance(one, Enum) else one for name, one in parameters.items()}
    return text % told if told else text


def ours(message: str) -> bool:
    """Whether this is a sentence of ours, and not what somebody typed: the first catalogue translates each of them."""
    return _told("zh_CN", message) != message


def ngettext(singular: str, plural: str, n: int, **parameters: object) -> str:
    """The sentence for n things."""
    text = catalogue(_locale.get()).ngettext(singular, plural, n)
    return text % {"num": n, "n": n, **parameters}


# Words for codes whose own letters do not say it. Other codes are read as words: in_force -> "In force".
WORDS = {
    "rating": "Rating",
    "other_paper": "Other paper",
    "SCATTERED": "Supported at home",
    "CENTRAL": "Supported in an institution",
    "RURAL": "Rural",
    "URBAN": "Urban",
    "ORPHAN": "Orphan",
    "DE_FACTO_UNATTENDED": "Child without a carer in fact",
    "LEFT_BEHIND": "Left-behind child",
    "DISTRESSED": "Child in distress",
    "deceased": "A note says that the person has died",
    "TEKUN": "Destitute person",
    "DIBAO": "Minimum living allowance",
    "DIBAO_SINGLE": "Minimum living allowance (single)",
    "EDGE": "Near-poverty household",
    "RIGID": "Rigid-expenditure household",
    "MONITORED": "Monitored against relapse",
    "OTHER_LOW": "Other low income",
    "SIX_ITEM": "Six-item self-care test",
    "GBT42195": "GB/T 42195 ability assessment",
    "MINOR": "Minor's situation",
    "SELF": "Self-reliant",
    "PARTIAL": "Partly dependent",
    "TOTAL": "Wholly dependent",
    "INTACT": "Ability intact",
    "MILD": "Mildly impaired",
    "MODERATE": "Moderately impaired",
    "SEVERE": "Severely impaired",
    "COMPLETE": "Ability completely lost",
    "GUARDIANSHIP": "Guardianship gap",
    **{f"certificate_type_{type}": f"Disability of type {type}" for type in range(1, 8)},
    **{f"certificate_grade_{grade}": f"Disability of grade {grade}" for grade in range(1, 5)},
    "NO_CAPACITY": "No capacity left",
    "NOT_CHOSEN": "There is room, not used yet",
    "NO_GENDER": "Nobody of the required sex",
    "NO_QUAL": "Nobody qualified",
    "TOO_FAR": "Too far",
    "BUDGET": "No money left on the contract",
    "NO_LOT": "No lot covers it",
    "NOT_ADMITTED": "The gate of the lot excludes it",
    "BEYOND_LADDER": "Beyond the ladder of entitlement",
    "TERM": "The contract does not run then",
    "NO_HALAL": "No halal food",
    "NO_LANGUAGE": "Nobody speaks the language",
    "RELATIVE": "Only relatives could come",
    "NO_CHECK": "Nobody with a criminal-record check",
    "NO_PAPER": "A paper of the supplier is missing",
    "NO_POSITION": "No position is known",
    "DECLINED": "Declined a short while ago",
    "SUSPENDED": "Supplier suspended",
    "WINDOW": "No time window fits",
    "NO_OPTION": "No supplier possible",
    "PINNED": "Kept unserved by hand",
    "BLOCKED": "Dates blocked",
    "SYNTHETIC": "Synthetic position",
    "SURVEYED": "Surveyed",
    "OUTLINE": "Centre of the outline",
    "GCJ02": "GCJ-02 converted",
    "BD09": "BD-09 converted",
    "GEONAMES": "GeoNames (CC BY 4.0)",
}


def words(code: str) -> str:
    """The message id of a code."""
    return WORDS.get(code) or code.replace("_", " ").capitalize()


def label(code: object) -> str:
    """A code in words of the language in use; "" for nothing."""
    return gettext(words(str(code))) if code not in (None, "") else ""
