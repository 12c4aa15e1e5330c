"""What makes a registration right: a form in, the columns of a person out, every fault beside its field.

Pure: the same check serves the form, the roll's preview and its commit.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shangmen import clock
from shangmen.demand.recipients import coordinates, identity, names
from shangmen.demand.recipients.forms import RecipientForm
from shangmen.errors import DomainError, Faults


@dataclass(frozen=True)
class Ages:
    """The age limits of the policy parameters elder_age, minor_age and consent_age, in whole years."""

    elder: int
    minor: int
    consent: int


@dataclass(frozen=True)
class Centre:
    """Roughly where the county lies, to catch swapped or mistyped coordinates."""

    latitude: float
    longitude: float


# No county of Ningxia reaches 100 km (about one degree) from its seat; anything further is a slip of the keyboard.
_REACH_DEGREES = 1.5

Sentences = dict[str, tuple[str, dict[str, Any]]]


@dataclass
class Checked:
    """The columns of `person`, and the certificate when there is one."""

    person: dict[str, Any]
    certificate: identity.Certificate | None


class _Check:
    def __init__(self, form: RecipientForm, ages: Ages, today: date, centre: Centre | None) -> None:
        self.form, self.ages, self.today, self.centre = form, ages, today, centre
        self.faults: Sentences = {}

    def fault(self, field: str, message: str, **parameters: object) -> None:
        self.faults.setdefault(field, (message, parameters))

    def attempt(self, call: Any, *args: Any) -> Any:
        """What the call gives, or None with its refusal noted."""
        try:
            return call(*args)
        except DomainError as refused:
            self.fault(refused.field, refused.message, **refused.parameters)
            return None

    def identity(self) -> dict[str, Any]:
        form = self.form
        if form.id_number:
            found = self.attempt(identity.read, form.id_number, self.today)
            if found is None:
                return {}
            if form.sex and form.sex != found.sex:
                self.fault("sex", "The ID number says otherwise: its 17th digit is odd for men and even for women.")
            if form.birth_date and form.birth_date != found.birth_date:
                self.fault("birth_date", "The ID number says %(day)s.", day=found.birth_date.isoformat())
            return {
                "id_number": found.number,
                "no_id_reason": "",
                "sex": found.sex,
                "birth_date": found.birth_date,
            }
        if not form.no_id_reason:
            self.fault("id_number", "Give the ID number, or below the reason for having none.")
        if not form.sex:
            self.fault("sex", "Without an ID number the sex must be chosen.")
        if form.birth_date is None:
            self.fault("birth_date", "Without an ID number the birth date must be given.")
        elif form.birth_date > self.today:
            self.fault("birth_date", "The birth date lies in the future.")
        elif form.birth_date.year < 1850:
            self.fault("birth_date", "This birth date is too long ago.")
        return {
            "id_number": None,
            "no_id_reason": form.no_id_reason,
            "sex": form.sex,
            "birth_date": form.birth_date,
        }

    def group(self, born: date, certified: bool) -> str:
        """elder, minor, or disabled by certificate; nobody else is served in person."""
        years = clock.age(born, self.today)
        if years >= self.ages.elder:
            return "elder"
        if years < self.ages.minor:
            return "minor"
        if not certified and not self.form.certificate:
            self.fault(
                "certificate",
                "At %(years)s somebody is served only with a disability certificate (elders from %(elder)s,"
                " minors under %(minor)s).",
                years=years,
                elder=self.ages.elder,
                minor=self.ages.minor,
            )
        return "disabled"

    def consent(self, born: date, group: str) -> None:
        form, years = self.form, clock.age(born, self.today)
        if group == "minor" and not form.guardian_name:
            self.fault("guardian_name", "A minor needs a guardian.")
        if form.consent_on is not None:
            if form.consent_on > self.today:
                self.fault("consent_on", "The consent lies in the future.")
            if not form.consent_by:
                self.fault("consent_by", "Say who consented.")
            elif years < self.ages.consent and form.consent_by != form.guardian_name:
                self.fault("consent_by", "Under %(age)s years only the guardian consents.", age=self.ages.consent)
        elif form.consent_by:
            self.fault("consent_on", "Say when consent was given.")

    def place(self) -> dict[str, Any]:
        form = self.form
        if form.latitude is None and form.longitude is None:
            return {"latitude": None, "longitude": None, "position_source": "", "position_accuracy": None}
        if form.latitude is None or form.longitude is None:
            self.fault("latitude" if form.latitude is None else "longitude", "Latitude and longitude belong together.")
            return {}
        north, east = form.latitude, form.longitude
        # A comparison with NaN is false, so what is not a number is refused too.
        if not (-90 <= north <= 90 and -180 <= east <= 180):
            self.fault("latitude", "These are not coordinates in degrees.")
            return {}
        north, east = coordinates.to_wgs84(form.system, north, east)
        centre = self.centre
        if centre and max(abs(north - centre.latitude), abs(east - centre.longitude)) > _REACH_DEGREES:
            self.fault("latitude", "This point lies far outside the county. Are latitude and longitude swapped?")
        source = "SYNTHETIC" if form.synthetic else {"WGS84": "SURVEYED"}.get(form.system, form.system)
        return {
            "latitude": Decimal(str(north)),
            "longitude": Decimal(str(east)),
            "position_source": source,
            "position_accuracy": form.accuracy,
        }

    def run(self) -> Checked:
        form = self.form
        who = self.identity()
        certified = None
        if form.certificate:
            certified = self.attempt(identity.certificate, form.certificate, who.get("id_number"))
        born = who.get("birth_date")
        group = "elder"
        if born is not None:
            group = self.group(born, certified is not None)
            self.consent(born, group)
        if form.household_from and form.household_to and form.household_to < form.household_from:
            self.fault("household_to", "The end lies before the beginning.")
        place = self.place()
        pinyin, initials = names.pinyin(form.name)
        person = {
            "name": form.name,
            "pinyin": pinyin,
            "initials": initials,
            **who,
            "person_group": group,
            "telephone": self.attempt(identity.telephone, form.telephone, "telephone") or "",
            "living": form.living,
            "village": form.village,
            "address": form.address,
            **place,
            "halal": form.halal,
            "language": form.language,
            "guardian_name": form.guardian_name,
            "guardian_telephone": self.attempt(identity.telephone, form.guardian_telephone, "guardian_telephone")
            or "",
            "consent_on": form.consent_on,
            "consent_by": form.consent_by,
            "notes": form.notes,
        }
        if self.faults:
            raise Faults(self.faults)
        return Checked(person, certified)


def check(form: RecipientForm, ages: Ages, today: date, centre: Centre | None = None) -> Checked:
    """The columns that the form says; raises Faults with every fault, by field."""
    return _Check(form, ages, today, centre).run()
