"""Stored codes, sentences and resources in words of the language in use."""

from collections.abc import Mapping

from shangmen import database
from shangmen.supply.matching_runs.certificate import Message, Parameter, Reason
from shangmen.web.language import gettext, label

CODED = ("sex", "qualification", "what", "value")
GRANTED = "what the ladder grants together"
OTHER_RESOURCES = {"caseload": "needs in hand", "units": "units of the contract line", "fen": "contract money",
                   "ladder_visits": GRANTED, "ladder_minutes": GRANTED, "ladder_fen": GRANTED}  # fmt: skip
POOL_WORDS = {"female": "women", "male": "men", "minors_check": "checked for minors"}


def say(reason: Reason) -> str:
    """A stored reason as a sentence."""
    return gettext(reason.sentence, **filled(reason.parameters))


def filled(parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The parameters with their codes in words."""
    words = dict(parameters)
    for name in CODED:
        if name in words:
            words[name] = label(words[name])
    if "kinds" in words:
        words["kinds"] = ", ".join(label(kind) for kind in str(words["kinds"]).split(","))
    if "admitted" in words:
        words["admitted"] = ", ".join(label(one) for one in str(words["admitted"]).split(","))
    if "resource" in words:
        words["resource"] = resource(str(words["resource"]))
    return words


def message(text: str) -> str:
    """The stored message of a run or a study; "" for none."""
    if not text:
        return ""
    told = database.decoded(Message, text)
    return gettext(told.sentence, **told.parameters)


def resource(id: str) -> str:
    """What a resource is, without whose: hours of men, caseload, units of a contract line, money of a contract."""
    _owner, _, what = id.partition("/")
    kind, *requirements = what.split("+")
    if kind != "hours":
        return gettext(OTHER_RESOURCES[kind])
    if not requirements:
        return gettext("working hours")
    words = [gettext(POOL_WORDS[word]) if word in POOL_WORDS else label(word) for word in requirements]
    return gettext("working hours (%(who)s)", who=", ".join(words))


def at_least(value: int, unit: str) -> str:
    """As `amount`, rounded up to what is shown: so much of it is enough."""
    step = {"minutes": 6, "ladder_minutes": 6, "units": 10}.get(unit, 1)
    return amount(-(-value // step) * step, unit)


def amount(value: int, unit: str) -> str:
    """A number of a resource's unit, for people: hours, yuan, units."""
    if unit in ("minutes", "ladder_minutes"):
        return gettext("%(hours)s h", hours=f"{value / 60:,.1f}".removesuffix(".0"))
    if unit in ("fen", "ladder_fen"):
        return f"¥{value / 100:,.2f}"
    if unit == "units":
        return gettext("%(units)s units", units=f"{value / 100:,.1f}".removesuffix(".0"))
    if unit == "ladder_visits":
        return gettext("%(visits)s visits", visits=value)
    return gettext("%(needs)s needs", needs=f"{value:,}")
