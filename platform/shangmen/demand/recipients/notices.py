"""Tasks of the station that follow from what happens to people."""

from shangmen import clock
from shangmen.access import Role, Scope
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.queries import PersonRow
from shangmen.demand.recipients.states import StatusKind
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks

RECHECK = "household_recheck"
RETURN = "hospital_return"


async def follow(scope: Scope, person: PersonRow, form: EventForm) -> None:
    """A household is re-checked after a death, a return from hospital is watched for."""
    if form.kind == StatusKind.DIED and person.household:
        months = await catalogue.parameter(scope, "household_recheck_months", form.effective)
        await tasks.open(
            scope,
            organisation=person.station,
            role=Role.STATION_SCHEDULER,
            kind=RECHECK,
            subject="household",
            subject_id=person.household,
            route="recipients.show",
            params={"id": person.id},
            message="Re-check the household of %(name)s, who died on %(day)s",
            due=clock.months_after(form.effective, months),
            name=person.name,
            day=form.effective,
        )
    if form.kind == StatusKind.HOSPITAL and (form.until is None or form.until >= clock.today()):
        await tasks.open(
            scope,
            organisation=person.station,
            role=Role.STATION_SCHEDULER,
            kind=RETURN,
            subject="person",
            subject_id=person.id,
            route="recipients.show",
            params={"id": person.id},
            message="%(name)s is in hospital: is a return home known?",
            due=form.until,
            name=person.name,
        )
    else:
        await tasks.close(scope, RETURN, "person", person.id)


async def rechecked(scope: Scope, household: int) -> None:
    """A household was re-checked, or its standing was decided anew."""
    await tasks.close(scope, RECHECK, "household", household)
