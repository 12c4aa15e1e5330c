"""What a registration, or the correction of a file, may say."""

from typing import Annotated

import msgspec

from shangmen.demand.recipients.states import Category, Living
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.points import Meant
from shangmen.web.fields import Day, Id, Version

Short = Annotated[str, msgspec.Meta(max_length=60)]
Long = Annotated[str, msgspec.Meta(max_length=200)]
Notes = Annotated[str, msgspec.Meta(max_length=2000)]
Several = Annotated[str, msgspec.Meta(max_length=1000)]
Code = Annotated[str, msgspec.Meta(max_length=30)]


class RecipientForm(msgspec.Struct):
    """A recipient with household, certificate, guardian, consent and place.

    Sex and birth date follow from the ID number and are asked only without one; the group follows from age and
    certificate. `township` is asked where the station serves several, or when the system registers: where somebody
    lives, not where they are registered (户籍), which `registered_address` says where it is elsewhere.
    """

    name: Short
    category: Category
    household_number: Code = ""
    household_from: Day | None = None
    household_to: Day | None = None
    id_number: Code = ""
    no_id_reason: Long = ""
    sex: Sex | None = None
    birth_date: Day | None = None
    certificate: Code = ""
    certificate_from: Day | None = None
    certificate_to: Day | None = None
    living: Living = Living.UNKNOWN
    telephone: Code = ""
    township: Id | None = None
    village: Short = ""
    address: Long = ""
    registered_address: Long = ""
    residence_permit: bool = False
    system: ReferenceSystem = ReferenceSystem.WGS84
    latitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    meant: Meant = Meant.ASKED
    accuracy: Annotated[int, msgspec.Meta(ge=1, le=50000)] | None = None
    synthetic: bool = False
    halal: bool = False
    language: Code = ""
    guardian_name: Short = ""
    guardian_telephone: Code = ""
    relatives: Several = ""
    consent_on: Day | None = None
    consent_by: Short = ""
    notes: Notes = ""
    version: Version | None = None
    household_version: Version | None = None
