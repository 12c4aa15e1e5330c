"""What makes a registration right: a form in, the columns of a person out, every fault beside its field.

Pure: the same check serves the form, the roll's preview and its commit.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import ParamSpec, TypeVar

from piccolo.columns import Column

from shangmen import clock
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.demand.recipients.relatives import rules as relatives
from shangmen.demand.recipients.states import Living, PersonGroup
from shangmen.demand.recipients.tables import Person
from shangmen.errors import DomainError, Faults, Refused
from shangmen.foundation import identity, names
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.regions import points
from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.states import PositionSource
from shangmen.web import text as normal

Given = ParamSpec("Given")
Found = TypeVar("Found")

# The ID number, the type of disability (1-7), its level (1-4), and B1, B2 … for a reissue.
_CERTIFICATE = re.compile(r"^\d{17}[\dX][1-7][1-4](B\d)?$")


@dataclass(frozen=True)
class Ages:
    """The age limits of the parameters elder_age, minor_age, consent_age and living_alone_age, in whole years."""

    elder: int
    minor: int
    consent: int
    alone: int


def group_on(born: date, certified: bool, ages: Ages, day: date) -> PersonGroup:
    """As whom somebody is served on a day: elder, minor, disabled by certificate, or none of these."""
    years = clock.age(born, day)
    if years >= ages.elder:
        return PersonGroup.ELDER
    if years < ages.minor:
        return PersonGroup.MINOR
    return PersonGroup.DISABLED if certified else PersonGroup.ADULT


@dataclass(frozen=True)
class Certificate:
    """A disability certificate's number and what it says: type 1-7, level 1-4 (1 heaviest)."""

    number: str
    type: int
    level: int


def certificate(text: str, id_number: str | None) -> Certificate:
    """Read a certificate number; raises Refused (field certificate) when it is malformed or another person's."""
    number = normal.code(text)
    if not _CERTIFICATE.match(number):
        raise Refused(
            "A disability certificate is the ID number followed by the type (1-7) and the level (1-4).",
            field="certificate",
        )
    if id_number and number[:18] != id_number:
        raise Refused("The certificate begins with another ID number.", field="certificate")
    return Certificate(number, int(number[18]), int(number[19]))


@dataclass(frozen=True)
class Content:
    """What a form says about a person, by the columns of `Person`."""

    name: str
    pinyin: str
    initials: str
    id_number: str | None
    no_id_reason: str
    sex: Sex
    birth_date: date
    group: PersonGroup
    telephone: str
    living: Living
    village: str
    address: str
    registered_address: str
    residence_permit: bool
    latitude: Decimal | None
    longitude: Decimal | None
    position_source: PositionSource
    position_accuracy: int | None
    halal: bool
    language: str
    guardian_name: str
    guardian_telephone: str
    relatives: str
    consent_on: date | None
    consent_by: str
    notes: str

    def columns(self) -> dict[Column, object]:
        """The values by column, for writing."""
        return {getattr(Person, field.name): getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Checked:
    """What is to be kept of a form that is right."""

    person: Content
    certificate: Certificate | None


@dataclass(frozen=True)
class _Who:
    id_number: str | None
    sex: Sex
    birth_date: date


@dataclass(frozen=True)
class _Place:
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    source: PositionSource = PositionSource.UNKNOWN
    accuracy: int | None = None


class _Check:
    def __init__(self, form: RecipientForm, ages: Ages, today: date, county: points.County | None) -> None:
        self.form, self.ages, self.today, self.county = form, ages, today, county
        self.faults: dict[str, tuple[str, Mapping[str, object]]] = {}

    def fault(self, field: str, message: str, **parameters: object) -> None:
        self.faults.setdefault(field, (message, parameters))

    def attempt(self, call: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found | None:
        """What the call gives, or None with its refusal noted."""
        try:
            return call(*args, **kwargs)
        except DomainError as refused:
            self.fault(refused.field, refused.message, **refused.parameters)
            return None

    def who(self) -> _Who | None:
        form = self.form
        if form.id_number:
            found = self.attempt(identity.citizen, form.id_number, self.today)
            if found is None:
                return None
            for field, (message, parameters) in identity.contradictions(found, form.sex, form.birth_date).items():
                self.fault(field, message, **parameters)
            return _Who(found.number, Sex(found.sex), found.birth_date)
        if not form.no_id_reason:
            self.fault("id_number", "Give the ID number, or below the reason for having none.")
        if form.sex is None:
            self.fault("sex", "Without an ID number the sex must be chosen.")
        if form.birth_date is None:
            self.fault("birth_date", "Without an ID number the birth date must be given.")
        elif form.birth_date > self.today:
            self.fault("birth_date", "The birth date lies in the future.")
        elif form.birth_date < clock.EARLIEST:
            self.fault("birth_date", "This birth date is too long ago.")
        if form.sex is None or form.birth_date is None:
            return None
        return _Who(None, Sex(form.sex), form.birth_date)

    def consent(self, born: date, group: PersonGroup) -> None:
        form, years = self.form, clock.age(born, self.today)
        if group is PersonGroup.MINOR and not form.guardian_name:
            self.fault("guardian_name", "A minor needs a guardian.")
        if form.consent_on is not None:
            if form.consent_on > self.today:
                self.fault("consent_on", "The consent lies in the future.")
            if form.consent_on < born:
                self.fault("consent_on", "This day lies before the person's birth.")
            if not form.consent_by:
                self.fault("consent_by", "Say who consented.")
            elif years < self.ages.consent and normal.key(form.consent_by) != normal.key(form.guardian_name):
                self.fault("consent_by", "Under %(age)s years only the guardian consents.", age=self.ages.consent)
        elif form.consent_by:
            self.fault("consent_on", "Say when consent was given.")

    def place(self) -> _Place:
        form = self.form
        point = self.attempt(
            points.placed, form.latitude, form.longitude, ReferenceSystem(form.system), self.county, form.meant
        )
        if point is None:
            return _Place()
        source = PositionSource.SYNTHETIC if form.synthetic else point.source
        return _Place(point.latitude, point.longitude, source, form.accuracy)

    def run(self) -> Checked:
        form = self.form
        who = self.who()
        certified = None
        if form.certificate:
            certified = self.attempt(certificate, form.certificate, who.id_number if who else None)
        group = PersonGroup.ELDER
        if who is not None:
            group = group_on(who.birth_date, bool(form.certificate), self.ages, self.today)
            self.consent(who.birth_date, group)
            if form.certificate_from and form.certificate_from > self.today:
                self.fault("certificate_from", "This day is still to come.")
            elif form.certificate_from and form.certificate_from < who.birth_date:
                self.fault("certificate_from", "This day lies before the person's birth.")
        if form.household_from and form.household_to and form.household_to < form.household_from:
            self.fault("household_to", "The end lies before the beginning.")
        if form.residence_permit and not form.registered_address:
            self.fault("registered_address", "Who holds a residence permit is registered elsewhere: say where.")
        place = self.place()
        telephone = self.attempt(identity.telephone, form.telephone, "telephone") if form.telephone else ""
        guardian = (
            self.attempt(identity.telephone, form.guardian_telephone, "guardian_telephone")
            if form.guardian_telephone
            else ""
        )
        family = form.relatives.strip()
        family = "" if family == "-" else self.attempt(relatives.kept, family, self.today) or ""
        if self.faults or who is None:
            raise Faults(self.faults)
        name = normal.name(form.name)
        pinyin, initials = names.pinyin(name)
        person = Content(
            name=name,
            pinyin=pinyin,
            initials=initials,
            id_number=who.id_number,
            no_id_reason="" if who.id_number else form.no_id_reason,
            sex=who.sex,
            birth_date=who.birth_date,
            group=group,
            telephone=telephone or "",
            living=Living(form.living),
            village=form.village,
            address=form.address,
            registered_address=form.registered_address,
            residence_permit=form.residence_permit,
            latitude=place.latitude,
            longitude=place.longitude,
            position_source=place.source,
            position_accuracy=place.accuracy,
            halal=form.halal,
            language=form.language,
            guardian_name=normal.name(form.guardian_name),
            guardian_telephone=guardian or "",
            relatives=family,
            consent_on=form.consent_on,
            consent_by=normal.name(form.consent_by),
            notes=form.notes,
        )
        return Checked(person, certified)


def check(form: RecipientForm, ages: Ages, today: date, county: points.County | None = None) -> Checked:
    """The columns that the form says; raises Faults with every fault, by field."""
    return _Check(form, ages, today, county).run()
