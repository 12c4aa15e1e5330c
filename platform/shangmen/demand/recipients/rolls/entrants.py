"""Who stands in a row of a roll, as a careful officer understands it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from shangmen.demand.recipients.rolls import words
from shangmen.demand.recipients.rolls.queries import KnownRow
from shangmen.demand.recipients.states import Living, Overlay, SelfCare, Support
from shangmen.foundation.imports.cells import numbers
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.organisations.states import Sex


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    name: str = ""
    id_number: numbers.Named = numbers.Named("")
    category: words.Assisted | None = None
    tier: str = ""
    is_dibao: words.Assisted | None = None
    is_tekun: words.Assisted | None = None
    household_number: str = ""
    head_name: str = ""
    relation: str = ""
    sex: Sex | None = None
    birth: list[tuple[date, date]] = []
    township: str = ""
    village: str = ""
    group: str = ""
    address: str = ""
    registered_address: str = ""
    residence_permit: bool = False
    telephone: list[tuple[str, str]] = []
    certificate: str = ""
    disability: list[tuple[int, int]] = []
    disability_level: str = ""
    support: Support = Support.NONE
    self_care: SelfCare = SelfCare.NONE
    overlay: Overlay = Overlay.NONE
    since: date | None = None
    until: date | None = None
    living: Living | None = None
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_telephone: list[tuple[str, str]] = []
    guardian_id: str = ""
    relatives: str = ""
    no_id_reason: str = ""
    halal: bool | None = None
    language: str = ""
    consent_on: date | None = None
    consent_by: str = ""
    latitude: float | None = None
    longitude: float | None = None
    system: str = ""
    notes: str = ""


@dataclass
class Entrant:
    """Somebody of a row, as a careful officer understands it; `known` is who is registered already."""

    line: Line
    said: Said
    name: str = ""
    number: str | None = None
    no_id_reason: str = ""
    sex: Sex = Sex.FEMALE
    birth: date = date.min
    township: int = 0
    station: int = 0
    village: str = ""
    address: str = ""
    registered_address: str = ""  # where it is not where they live
    assisted: words.Assisted = field(default_factory=lambda: words.Assisted(None))
    certificate: str = ""
    type: int = 0
    level: int = 0
    deceased: bool = False
    known: KnownRow | None = None

    @property
    def household(self) -> tuple[object, ...]:
        """What people of one household have in common in the list."""
        if self.said.household_number:
            return ("number", self.said.household_number)
        if self.said.head_name:
            return ("head", self.said.head_name, self.township, self.village)
        return ("block", self.line.block)


def told(numbers_: Sequence[tuple[str, str]]) -> tuple[str, str, str]:
    """(the first telephone, whose it is, the others with whose they are)."""
    if not numbers_:
        return "", "", ""
    others = "、".join(f"{number}（{whose}）" if whose else number for number, whose in numbers_[1:])
    return numbers_[0][0], numbers_[0][1], others


def living_of(one: Entrant) -> Living:
    """With whom somebody lives: said, or following from the form of support."""
    if one.said.living not in (None, Living.UNKNOWN):
        return one.said.living or Living.UNKNOWN
    support = one.said.support or one.assisted.support
    return Living.INSTITUTION if support is Support.CENTRAL else Living.UNKNOWN


def columns_of(one: Entrant) -> dict[str, str]:
    """What a row says about the columns of a person that are texts and words; what it does not say is left out."""
    said = one.said
    telephone, whose, others = told(said.telephone)
    guardian, _whose, guardian_others = told(said.guardian_telephone)
    living = living_of(one)
    stated = {
        "id_number": one.number or "",
        "telephone": telephone,
        "telephone_of": whose,
        "other_telephones": others,
        "relation": said.relation,
        "support": str(said.support or one.assisted.support),
        "self_care": str(said.self_care),
        "overlay": str(said.overlay),
        "living": "" if living is Living.UNKNOWN else str(living),
        "village": one.village,
        "address": one.address,
        "registered_address": one.registered_address,
        "language": said.language,
        "guardian_name": said.guardian_name,
        "guardian_telephone": guardian,
        "guardian_other_telephones": guardian_others,
        "guardian_relation": said.guardian_relation,
        "relatives": said.relatives,
        "notes": said.notes,
    }
    return {name: value for name, value in stated.items() if value}
