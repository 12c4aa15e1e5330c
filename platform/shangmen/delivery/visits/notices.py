"""Tasks that visits put on work lists: what was cancelled, what is planned that may not be made."""

from collections.abc import Sequence
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.visits import presence
from shangmen.delivery.visits.rostering import queries as rostering
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.tasks import actions as tasks
from shangmen.foundation.tasks.waiting import Entry, Kind

CANCELLED = "visits_cancelled"
BLOCKED = "visits_blocked"
MISSED = "visits_missed"
TO_PLAN = "month_to_plan"
MANAGERS = {
    OrganisationKind.STATION: Role.STATION_SCHEDULER,
    OrganisationKind.PROVIDER: Role.PROVIDER_MANAGER,
}
SENTENCES = {
    VisitReason.HOSPITAL: "%(name)s is in hospital: %(visits)s planned visits were cancelled.",
    VisitReason.DIED: "%(name)s has died: %(visits)s planned visits were cancelled.",
}
OTHERWISE = "%(visits)s planned visits to %(name)s were cancelled."


async def cancelled(
    system: Scope, placement: int, supplier: int, kind: OrganisationKind, name: str, visits: int, reason: VisitReason
) -> None:
    """Tell those who plan and those who would have come that visits to somebody fell away."""
    routes: tuple[tuple[Role, str, dict[str, object]], ...] = (
        (MANAGERS[kind], "visits.list", {"placement": placement}),
        (Role.WORKER, "service_records.today", {}),
    )
    for role, route, params in routes:
        await tasks.open(
            system,
            organisation=supplier,
            role=role,
            kind=CANCELLED,
            subject="placement",
            subject_id=placement,
            route=route,
            params=params,
            message=SENTENCES.get(reason, OTHERWISE),
            name=name,
            visits=visits,
        )


async def planned_again(scope: Scope, placement: int) -> None:
    """Somebody has looked after the placement."""
    await tasks.close(scope, CANCELLED, "placement", placement)


async def filled(scope: Scope, organisation: int) -> None:
    """The filler has looked after every placement of an organisation."""
    for placement in await database.values(
        int,
        "SELECT DISTINCT subject_id FROM task WHERE organisation = :organisation AND kind = :word"
        " AND closed_at IS NULL",
        organisation=organisation,
        word=CANCELLED,
    ):
        await planned_again(scope, placement)


async def blocked(system: Scope, bureau: int, organisation: int, name: str, visits: int, on: date) -> None:
    """Tell the bureau how many visits are planned that the organisation may not make; people decide who takes over."""
    await tasks.open(
        system,
        organisation=bureau,
        role=Role.BUREAU_OFFICER,
        kind=BLOCKED,
        subject="organisation",
        subject_id=organisation,
        route="visits.list",
        params={"organisation": organisation, "state": VisitState.PLANNED, "first": on.isoformat()},
        message="%(name)s lost a qualification: %(visits)s visits are planned from %(day)s on.",
        due=on,
        name=name,
        visits=visits,
        day=on,
    )


async def missed(system: Scope, organisations: dict[int, OrganisationKind], since: date) -> None:
    """Exactly these organisations hear of visits missed since a day."""
    for id, kind in organisations.items():
        await tasks.open(
            system,
            organisation=id,
            role=MANAGERS[kind],
            kind=MISSED,
            subject="organisation",
            subject_id=id,
            route="visits.list",
            params={"organisation": id, "state": VisitState.MISSED, "first": since.isoformat()},
            message="Visits were missed: did somebody go? Then the record is still to be made.",
        )
    await tasks.close_others(system, MISSED, "organisation", list(organisations))


async def to_plan(system: Scope, organisations: dict[int, OrganisationKind], first: date) -> None:
    """Exactly these organisations hear that a month, from its first day on, is to be planned."""
    for id, kind in organisations.items():
        await tasks.open(
            system,
            organisation=id,
            role=MANAGERS[kind],
            kind=TO_PLAN,
            subject="organisation",
            subject_id=id,
            route="visits.fill_form",
            params={},
            message="Visits from %(first)s on are to be planned.",
            due=first - timedelta(days=1),
            first=first.isoformat(),
        )
    await tasks.close_others(system, TO_PLAN, "organisation", list(organisations))


async def _to_plan(scope: Scope) -> Sequence[Entry]:
    """Placements with visits of this month that are not planned; of the next one too, when it is near."""
    today = clock.today()
    following = clock.next_month(today)
    near = (following - today).days <= await catalogue.parameter(scope, "planning_notice_days")
    return [
        Entry(
            "%(name)s, %(item)s: %(lacks)s of %(asked)s visits of %(month)s are not planned.",
            "visits.new",
            {"id": one.placement.id},
            max(today, one.placement.valid_from) if month == today else month - timedelta(days=1),
            {
                "name": one.placement.person_name,
                "item": one.placement.item_code,
                "lacks": one.lacks,
                "asked": one.asked,
                "month": f"{month:%Y-%m}",
            },
        )
        for month in ([today, following] if near else [today])
        for one in await rostering.lacking(scope, scope.organisation or 0, month)
    ]


_MANAGERS = (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER)
_COUNT = "SELECT count(*) AS count, min(v.day) AS day FROM visit v WHERE v.supplier = :organisation AND v.state = "
WAITING = (
    Kind(
        "visits_today", "Visits of today", "Set out", (Role.WORKER,), "service_records.today", lambda scope: {},
        "SELECT count(*) AS count, min(v.day) AS day FROM visit_worker x JOIN visit v ON v.id = x.visit"
        " WHERE x.worker = :worker AND v.supplier = :organisation AND v.day = :today"
        " AND (x.stands OR v.state IN ('cancelled', 'missed', 'phone'))",
        due=True,
    ),
    Kind(
        "visits_to_plan", "Placements with visits to plan", "Fill automatically", _MANAGERS, "visits.fill_form",
        entries=_to_plan, instead=(TO_PLAN,), due=True,
    ),
    Kind(
        "visits_hindered", "Visits whose worker or recipient is absent", "Rearrange", _MANAGERS, "visits.list",
        lambda scope: {"organisation": scope.organisation, "hindered": 1, "first": clock.today()},
        f"SELECT count(*) AS count, min(v.day) AS day FROM visit v WHERE v.supplier = :organisation"
        f" AND v.day >= :today AND {presence.HINDERED}",
        due=True,
    ),
    Kind(
        "visits_to_confirm", "Visits of the coming week to confirm", "Confirm", _MANAGERS, "visits.list",
        lambda scope: {
            "organisation": scope.organisation, "state": VisitState.PLANNED, "first": clock.today(),
            "last": clock.today() + timedelta(days=6),
        },
        f"{_COUNT} 'planned' AND v.day BETWEEN :today AND :week_ahead", due=True,
    ),
    Kind(
        "visits_missed", "Missed visits of the last week", "Look at them", _MANAGERS, "visits.list",
        lambda scope: {
            "organisation": scope.organisation, "state": VisitState.MISSED, "first": clock.today() - timedelta(days=7),
        },
        f"{_COUNT} 'missed' AND v.day >= :week_ago", instead=(MISSED,),
    ),
)  # fmt: skip
