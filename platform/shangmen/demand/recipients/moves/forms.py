"""What requests about moves may say."""

from typing import Annotated

import msgspec

from shangmen.web.fields import Day, Id, Line

Short = Annotated[str, msgspec.Meta(max_length=60)]


class MoveForm(msgspec.Struct, kw_only=True):
    """Somebody moves from a day on: to a township of the county, or to another county; `members` come along."""

    day: Day
    township: Id | None = None
    other_county: Id | None = None
    members: list[Id] = []
    village: Short = ""
    address: Line = ""
    reason: Line = ""
    consent_on: Day | None = None
    consent_by: Short = ""
    withheld: list[Annotated[str, msgspec.Meta(max_length=40)]] = []  # fields that are not handed over


class AcceptForm(msgspec.Struct, kw_only=True):
    """The file is taken over; another county says where they live there, and since when they are assisted."""

    township: Id | None = None
    village: Short = ""
    address: Line = ""
    first: Day | None = None


class AnswerForm(msgspec.Struct):
    """Why a file is returned, or the offer withdrawn."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
