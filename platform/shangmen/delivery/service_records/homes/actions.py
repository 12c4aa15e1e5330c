"""Accepting the place of a check-in as the point of a home."""

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.homes import queries
from shangmen.delivery.service_records.homes.forms import AcceptForm
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.tables import Person
from shangmen.errors import Conflict
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions.states import PositionSource


@database.scoped
async def accept(scope: Scope, person: int, form: AcceptForm) -> int:
    """Keep where the first good check-in was as the home's own point; the person's id.

    Raises NotFound for whom the viewer may not know of, Conflict when the home has a point by now, or another
    check-in than the one that was shown is proposed.
    """
    await recipients.in_care(scope, person)
    before = await database.lock(Person, person)
    found = await queries.found(scope, person)
    if before.latitude is not None or found is None or found.id != form.check_in:
        raise Conflict("The home has a point by now, or another one is proposed. Look again.")
    await database.change(
        Person,
        person,
        {
            Person.latitude: found.latitude,
            Person.longitude: found.longitude,
            Person.position_source: PositionSource.SURVEYED,
            Person.position_accuracy: found.accuracy,
        },
    )
    record(
        scope, "service_records.accept_home", "person", person,
        check_in=found.id, latitude=found.latitude, longitude=found.longitude, accuracy=found.accuracy,
    )  # fmt: skip
    return person
