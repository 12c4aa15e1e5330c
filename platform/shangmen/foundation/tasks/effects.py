"""What others' news puts on the work list, for features that come before it. Wired in wiring.py."""

from shangmen.access import Role, Scope
from shangmen.foundation.catalogue.events import HolidaysKnown, HolidaysMissing
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.events import PapersEnding
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.tasks import actions

HOLIDAYS = "holidays_missing"
PAPER = "paper_ending"
CHECK = "check_ending"
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


async def on_papers_ending(scope: Scope, event: PapersEnding) -> None:
    """Tell those concerned 60, 30 and 7 days ahead; what has been renewed goes off the lists."""
    for kind, subject, papers in ((PAPER, "qualification", event.papers), (CHECK, "worker", event.checks)):
        for paper in papers:
            for organisation, what in paper.told:
                await actions.remind(
                    scope,
                    ends=paper.ends,
                    steps=STEPS,
                    organisation=organisation,
                    role=MANAGERS.get(OrganisationKind(what), Role.BUREAU_OFFICER),
                    kind=kind,
                    subject=subject,
                    subject_id=paper.id,
                    route="organisations.worker" if paper.worker else "organisations.show",
                    params={"id": paper.worker or organisation},
                    message="%(holder)s: %(what)s ends on %(ends)s.",
                    holder=paper.holder,
                    what=paper.kind,
                )
        await actions.close_others(scope, kind, subject, [paper.id for paper in papers])
