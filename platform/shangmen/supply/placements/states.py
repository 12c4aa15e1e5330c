"""Words of offers and placements."""

from collections.abc import Mapping, Sequence
from typing import Self

from shangmen.database import State


class OfferState(State):
    """How an offer was answered."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody answered in time

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.OFFERED: (cls.ACCEPTED, cls.DECLINED, cls.WITHDRAWN, cls.LAPSED)}


class PlacementState(State):
    """Whether somebody is served under it."""

    IN_FORCE = "in_force"
    ENDED = "ended"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.IN_FORCE: (cls.ENDED,)}
