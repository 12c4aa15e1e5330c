"""The ladder in words. Templates get this module as `ladder`."""

from decimal import Decimal

from shangmen.demand.entitlement import rules
from shangmen.demand.entitlement.rules import Gate
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients import phrases as people
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.web.language import current, gettext, label


def gate(one: Gate) -> list[str]:
    """Whom a gate admits, a phrase for each thing that it asks; nothing for everybody."""
    words = [
        gettext(", ").join(people.group(group) for group in one.groups),
        gettext(", ").join(label(category) for category in one.categories),
        gettext("class %(tiers)s", tiers=gettext(", ").join(one.tiers)) if one.tiers else "",
        gettext(", ").join(label(level) for level in one.levels),
        gettext(", ").join(people.living(living) for living in one.livings),
        gettext(", ").join(people.certificate_type(type) for type in one.certificate_types),
        gettext("certificate of grade %(grades)s", grades=gettext(", ").join(map(str, one.certificate_grades)))
        if one.certificate_grades
        else "",
        _ages(one),
    ]
    return [word for word in words if word]


def _ages(one: Gate) -> str:
    if one.age_from is not None and one.age_to is not None:
        return gettext("from %(first)s to %(last)s years", first=one.age_from, last=one.age_to)
    if one.age_from is not None:
        return gettext("from %(first)s years", first=one.age_from)
    return gettext("to %(last)s years", last=one.age_to) if one.age_to is not None else ""


def service(code: str, chinese: str, english: str) -> str:
    """A service of the ladder, or all of them together."""
    if not code:
        return gettext("All services together")
    return f"{code} {english if current() == 'en' and english else chinese}"


def hours(minutes: int | None) -> str:
    """Minutes as hours."""
    return "" if minutes is None else rules.hours(minutes)


def yuan(amount: Decimal | None) -> str:
    """Yuan without needless decimals."""
    return "" if amount is None else f"{amount:,.2f}".removesuffix(".00")


TIERS = ("A", "B", "C")

Choices = tuple[tuple[str, str, list[tuple[object, str]]], ...]


def choices() -> Choices:
    """The lists of a gate's form: field, title, options. The ages are fields of their own."""
    return (
        ("groups", gettext("Groups"), [(one, people.group(one)) for one in PersonGroup]),
        ("categories", gettext("Categories"), [(one, label(one)) for one in Category]),
        ("tiers", gettext("Class"), [(one, one) for one in TIERS]),
        ("levels", gettext("Levels of ability"), [(one, label(one)) for one in AbilityLevel]),
        ("livings", gettext("Living situation"), [(one, people.living(one)) for one in Living]),
        ("certificate_types", gettext("Disability"), [(one, people.certificate_type(one)) for one in range(1, 8)]),
        ("certificate_grades", gettext("Grade of the certificate"), [(one, str(one)) for one in range(1, 5)]),
    )
