"""What requests about the ladder may say."""

from decimal import Decimal
from typing import Annotated

import msgspec

from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.web.fields import Between, Code, Day, Id, Money, Version

Age = Annotated[int, msgspec.Meta(ge=0, le=130)]
Tier = Annotated[str, msgspec.Meta(max_length=2)]
Kind = Annotated[int, msgspec.Meta(ge=1, le=7)]
Grade = Annotated[int, msgspec.Meta(ge=1, le=4)]
Visits = Annotated[int, msgspec.Meta(ge=0, le=310)]
Hours = Annotated[Decimal, Between(Decimal(0), Decimal(744), decimals=2)]
Source = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class GateForm(msgspec.Struct, kw_only=True):
    """Whom something is for; what is left empty admits all."""

    groups: list[PersonGroup] = []
    categories: list[Category] = []
    tiers: list[Tier] = []
    levels: list[AbilityLevel] = []
    livings: list[Living] = []
    certificate_types: list[Kind] = []
    certificate_grades: list[Grade] = []
    age_from: Age | None = None
    age_to: Age | None = None


class RungForm(GateForm, kw_only=True):
    """A rung as it is to hold from a day on. `code` is a service item's, "" all services together."""

    division: Id
    code: Code = ""
    proposed: Annotated[int, msgspec.Meta(ge=0, le=62)] = 0
    visits: Visits | None = None
    hours: Hours | None = None
    yuan: Money | None = None
    valid_from: Day
    source: Source
    version: Version | None = None


class EndRungForm(msgspec.Struct):
    """The last day of a rung, and by what it ends."""

    valid_to: Day
    source: Source
    version: Version | None = None


class AdoptForm(msgspec.Struct):
    """Which published ladder a county takes over, and from when on."""

    ladder: Code
    valid_from: Day
