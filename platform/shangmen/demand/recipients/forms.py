"""What requests about recipients may say."""

from enum import StrEnum
from typing import Annotated

import msgspec

from shangmen.demand.recipients.states import StatusKind
from shangmen.web.fields import Day, Version

Notes = Annotated[str, msgspec.Meta(max_length=2000)]


class Revealable(StrEnum):
    """What is masked and may be revealed, for a reason."""

    NAME = "name"
    ID_NUMBER = "id_number"
    TELEPHONE = "telephone"
    OTHER_TELEPHONES = "other_telephones"
    GUARDIAN_NAME = "guardian_name"
    GUARDIAN_TELEPHONE = "guardian_telephone"
    GUARDIAN_OTHER_TELEPHONES = "guardian_other_telephones"
    RELATIVES = "relatives"
    CERTIFICATE = "certificate"


class GraceRule(StrEnum):
    """By which rule a grace period is granted: the region's, or the national one for income from work."""

    REGIONAL = "regional"
    NATIONAL = "national"


class EventForm(msgspec.Struct):
    """Something that happened to a person, from a day on; `until` is the last day of a stay in hospital."""

    kind: StatusKind
    effective: Day
    until: Day | None = None
    note: Notes = ""


class AbsenceForm(msgspec.Struct):
    """Days on which somebody is away from home."""

    first: Day
    last: Day
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ShortenForm(msgspec.Struct):
    """The new last day of an absence; none, or one before it begins: it is lifted."""

    last: Day | None = None


class RevealForm(msgspec.Struct):
    """Why somebody wants to see a masked value."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    what: Revealable = Revealable.ID_NUMBER


class GraceForm(msgspec.Struct):
    """A grace period for a household, in whole months from a day."""

    months: Annotated[int, msgspec.Meta(ge=1, le=120)]
    first: Day
    profile: GraceRule = GraceRule.REGIONAL
    version: Version | None = None  # of the household that was seen
