"""What a request about tender studies may say, and what was typed and is wrong in its lists."""

from typing import Annotated

import msgspec

from shangmen.web.fields import Code, Day, Id, Seed
from shangmen.web.forms import AnyForm
from shangmen.web.language import gettext as _
from shangmen.web.language import label

Percent = Annotated[int, msgspec.Meta(ge=0, le=500)]
People = Annotated[int, msgspec.Meta(ge=0, le=500)]


class StudyForm(msgspec.Struct):
    """A new study. Lists stand side by side: the factor of the third township is the third of `township_percent`.

    Factors are percent of what is: of the needs of a township and of a level (they multiply), of the hours and of the
    prices of a supplier. `money_from` and `money_to` are percent of the money of today's contracts. The new supplier
    stands where a station is; it has so many women and men, each with so many hours a month, and so many yuan.
    `seconds` is the effort for each step, about seconds of one processor core.
    """

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
    starts_on: Day
    money_from: Percent
    money_to: Percent
    steps: Annotated[int, msgspec.Meta(ge=2, le=12)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
    seed: Seed = 1
    neighbours: bool = False
    townships: list[Id] = []
    township_percent: list[Percent] = []
    levels: list[Code] = []
    level_percent: list[Percent] = []
    suppliers: list[Id] = []
    hours_percent: list[Percent] = []
    price_percent: list[Percent] = []
    dropped: list[Id] = []
    new_place: Id | None = None
    new_women: People = 0
    new_men: People = 0
    new_hours: Annotated[int, msgspec.Meta(ge=1, le=300)] = 160
    new_yuan: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 0
    new_price_percent: Percent = 100


BESIDE = {
    "township_percent": "townships",
    "level_percent": "levels",
    "hours_percent": "suppliers",
    "price_percent": "suppliers",
}
"""The lists of the form with figures, and what those stand beside."""


def typed(form: AnyForm) -> dict[str, dict[str, str]]:
    """What was typed into the lists of the form, by field and by what it stands beside."""
    values = form.values
    return {
        field: dict(zip(values.get(listed) or [], values.get(field) or [], strict=False))
        for field, listed in BESIDE.items()
    } | {"dropped": dict.fromkeys(values.get("dropped") or [], "yes")}


def wrong(form: AnyForm) -> dict[str, dict[str, str]]:
    """The faults of single figures of the lists, by field and by what they stand beside."""
    found = {}
    for field, listed in BESIDE.items():
        names = form.values.get(listed) or []
        found[field] = {names[at]: fault for at, fault in form.items.get(field, {}).items() if at < len(names)}
    return found


def name_faults(form: AnyForm, names: dict[int, str]) -> None:
    """Let the faults of the lists say what they are about; `names` are those of suppliers and townships."""
    for field, faults in wrong(form).items():
        told = [(one, fault, names.get(int(one)) if one.isdecimal() else None) for one, fault in faults.items()]
        if told:
            form.faults[field] = " ".join(f"{name or label(one)}{_(': ')}{fault}" for one, fault, name in told)
