"""When and where something happened, as a request says it: what cannot be is refused."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from shangmen import clock
from shangmen.delivery.service_records.forms import Located
from shangmen.errors import Refused

MICRODEGREE = Decimal("0.000001")
LONGEST_KEPT = timedelta(days=31)


def position(form: Located) -> tuple[Decimal | None, Decimal | None]:
    """Both coordinates to a micro-degree, or none."""
    if form.latitude is None and form.longitude is None:
        return None, None
    if form.latitude is None or form.longitude is None:
        raise Refused("A position has a latitude and a longitude.", field="latitude")
    if abs(form.latitude) > 90 or abs(form.longitude) > 180:
        raise Refused("There is no such place on earth.", field="latitude")
    return form.latitude.quantize(MICRODEGREE), form.longitude.quantize(MICRODEGREE)


def absent(form: Located) -> str:
    """Why there is no position."""
    return form.position_absent or "not_given"


def happened(form: Located) -> datetime | None:
    """When something happened that a telephone kept until it had a network; None of what it sent at once.

    How long it was kept is reckoned by the telephone's clock alone, so that a wrong clock makes no difference. Raises
    Refused for times that cannot be.
    """
    kept = form.kept_for
    if kept is None:
        return None
    if not timedelta() <= kept <= LONGEST_KEPT:
        raise Refused("The telephone's times contradict each other. Give the time.", field="at")
    return clock.now() - kept


def stated(form: Located, day: date, happened: datetime | None) -> None:
    """Refuse a typed time that has not come yet, or that lies before the visit's day.

    A visit of an earlier day needs its time: now is not when it was, and what a telephone's clock says is only noted.
    """
    if form.at is not None and form.at > clock.now() + timedelta(minutes=1):
        raise Refused("This time has not come yet.", field="at")
    if form.at is not None and clock.day_of(form.at) < day:
        raise Refused(
            "This visit is planned for %(day)s and cannot have begun before.", field="at", day=day.isoformat()
        )
    if happened is not None and clock.day_of(happened) < day:
        raise Refused(
            "This visit is planned for %(day)s and cannot have begun before.", field="at", day=day.isoformat()
        )
    if day < clock.today() and form.at is None and happened is None:
        raise Refused("This visit was on %(day)s: give the time.", field="at", day=day.isoformat())
