"""What requests about the catalogue may say."""

from typing import Annotated

import msgspec

from shangmen.foundation.catalogue.states import Proof
from shangmen.web.fields import Day, Minute, Minutes, Money, Version


class RevisionForm(msgspec.Struct):
    """A new version of a catalogue line, from a day on."""

    name: Annotated[str, msgspec.Meta(max_length=80)]
    english: Annotated[str, msgspec.Meta(max_length=80)]
    standard_minutes: Minutes
    minimum_minutes: Minute
    staff_count: Annotated[int, msgspec.Meta(ge=1, le=2)]
    valid_from: Day
    source: Annotated[str, msgspec.Meta(max_length=200)]
    required_qualification: Annotated[str, msgspec.Meta(max_length=40)] = ""
    same_sex: bool = False
    minors_check: bool = False
    proof: list[Proof] = []
    price_ceiling: Money | None = None


class ParameterForm(msgspec.Struct):
    """A parameter's new value from a day on.

    `value` is as the page shows it: several divided by commas, what goes by grade or by service in a line each.
    """

    name: Annotated[str, msgspec.Meta(max_length=80)]
    value: Annotated[str, msgspec.Meta(max_length=2000)]
    valid_from: Day
    source: Annotated[str, msgspec.Meta(max_length=200)]
    version: Version | None = None
