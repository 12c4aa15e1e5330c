"""What others' news puts on the work list, for features that come before it. Wired in app.py."""

from shangmen.access import Role, Scope
from shangmen.foundation.catalogue.events import HolidaysKnown, HolidaysMissing
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.events import PaperEnding
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.tasks import actions

HOLIDAYS = "holidays_missing"
PAPER = "paper_ending"
STEPS = (60, 30, 7)  # days ahead
MANAGERS = {OrganisationKind.STATION: Role.STATION_SCHEDULER, OrganisationKind.PROVIDER: Role.PROVIDER_MANAGER}


async def on_holidays_missing(scope: Scope, event: HolidaysMissing) -> None:
    """Loud on the administrator's list."""
    bureau = await organisations.bureau(scope)
    if bureau is not None:
        await actions.open(
            scope,
            organisation=bureau,
            role=Role.ADMINISTRATOR,
            kind=HOLIDAYS,
            subject="holiday",
            subject_id=event.year,
            route="catalogue.holidays",
            params={"year": event.year},
            message="The holidays of %(year)s are not in the calendar.",
            year=event.year,
        )


async def on_holidays_known(scope: Scope, event: HolidaysKnown) -> None:
    """Somebody has entered them."""
    await actions.close(scope, HOLIDAYS, "holiday", event.year)


async def on_paper_ending(scope: Scope, event: PaperEnding) -> None:
    """Tell those concerned 60, 30 and 7 days ahead."""
    for organisation, kind in event.told:
        role = MANAGERS.get(OrganisationKind(kind), Role.BUREAU_OFFICER)
        await actions.remind(
            scope,
            ends=event.ends,
            steps=STEPS,
            organisation=organisation,
            role=role,
            kind=f"{PAPER}:{event.kind}"[:60],
            subject=event.subject,
            subject_id=event.subject_id,
            route="organisations.worker" if event.worker else "organisations.show",
            params={"id": event.worker or organisation},
            message="%(holder)s: %(what)s ends on %(ends)s.",
            holder=event.holder,
            what=event.kind,
        )
