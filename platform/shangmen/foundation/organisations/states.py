"""Words of organisations and of the people who work for them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class OrganisationKind(StrEnum):
    """What an organisation is; stations and providers are suppliers."""

    BUREAU = "bureau"
    STATION = "station"
    PROVIDER = "provider"
    INSTITUTION = "institution"


class OrganisationStatus(State):
    """Whether an organisation works: suspended takes on nothing new, closed is over."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.ACTIVE: (cls.SUSPENDED, cls.CLOSED), cls.SUSPENDED: (cls.ACTIVE, cls.CLOSED)}


class QualificationStatus(State):
    """Whether a paper holds on its days."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"  # noted by upkeep when the last day is past

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.VALID: (cls.SUSPENDED, cls.REVOKED, cls.EXPIRED),
            cls.SUSPENDED: (cls.VALID, cls.REVOKED, cls.EXPIRED),
        }


class Position(StrEnum):
    """As what somebody is engaged."""

    CARE_WORKER = "care_worker"
    SOCIAL_WORKER = "social_worker"
    NURSE = "nurse"
    ASSISTANT = "assistant"


class Sex(StrEnum):
    """As the ID number says it."""

    FEMALE = "female"
    MALE = "male"
