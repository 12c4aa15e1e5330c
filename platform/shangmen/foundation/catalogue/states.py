"""Words of the catalogue."""

from enum import StrEnum


class ServiceUnit(StrEnum):
    """What one unit of a service is."""

    VISIT = "visit"
    HOUR = "hour"


class ServiceKind(StrEnum):
    """访视 or 照料."""

    VISIT = "visit"
    CARE = "care"


class Proof(StrEnum):
    """What must prove a visit."""

    POSITION = "position"
    PHOTO = "photo"
    SIGNATURE = "signature"
    RECEIPT = "receipt"
    VITALS = "vitals"


class PaperKind(StrEnum):
    """Papers of an organisation that services may ask for."""

    REGISTRATION = "registration"
    ANNUAL_REPORT = "annual_report"
    CARE_FILING = "care_filing"
    NURSING_LICENCE = "nursing_licence"
    FOOD_LICENCE = "food_licence"
    INSURANCE = "insurance"
    HALAL_KITCHEN = "halal_kitchen"


class HolidayKind(StrEnum):
    """A day that is free, or a weekend day that is worked in exchange (调休)."""

    HOLIDAY = "holiday"
    WORKING = "working"
