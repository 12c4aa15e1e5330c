"""Whether a visit may stand: every rule that a visit planned by hand has to keep, each with its sentence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.visits import allowance, presence
from shangmen.delivery.visits.forms import VisitForm
from shangmen.delivery.visits.rostering import queries, staff
from shangmen.delivery.visits.rostering.queries import PlacementToVisit
from shangmen.delivery.visits.rostering.staff import Staff
from shangmen.delivery.visits.states import COUNTED, OPEN, VisitState
from shangmen.demand.needs.states import NeedState
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.relatives import queries as relatives
from shangmen.demand.recipients.states import StatusKind
from shangmen.errors import Faults, Forbidden, Refused
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import papers
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.rules import (
    ACTIVE,
    CERTIFIED,
    CHECKED,
    HALAL,
    LICENSED,
    SPEAKS,
    UNRELATED,
    WORKER_RULES,
    Asked,
    first_broken,
)
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.placements.states import PlacementState
from shangmen.web.language import gettext, label

Fault = tuple[str, dict[str, object]]

SUITED = (CERTIFIED, CHECKED, HALAL, SPEAKS, UNRELATED)
"""What is asked of a worker again when a visit is agreed."""
FIELDS = ("worker", "second_worker")
OWN_WORDS = {  # what is refused to the organisation itself
    ACTIVE.name: "Your organisation is suspended.",
    LICENSED.name: "Your organisation's qualification does not hold on this day: %(kinds)s.",
}
GONE = {
    StatusKind.HOSPITAL: "The recipient is in hospital on this day.",
    StatusKind.INSTITUTION: "The recipient lives in an institution on this day.",
    StatusKind.MOVED: "The recipient has moved away.",
    StatusKind.DIED: "The recipient has died.",
}


@dataclass(frozen=True)
class Proposal:
    """A visit that somebody wants: `ignoring` is the visit that it replaces, 0 for none."""

    day: date
    start: int  # minutes after midnight
    minutes: int
    workers: tuple[int, ...]
    reason: str = ""
    ignoring: int = 0

    @property
    def end(self) -> int:
        """Minutes after midnight."""
        return self.start + self.minutes

    @classmethod
    def of(cls, form: VisitForm, placement: PlacementToVisit, ignoring: int = 0) -> "Proposal":
        """What the form says, with the need's length where it says none."""
        return cls(form.day, form.start_minute, form.minutes or placement.minutes, form.workers, form.reason, ignoring)


def own(scope: Scope, supplier: int) -> None:
    """Visits are planned by who delivers them: raises Forbidden for anybody else who may see them."""
    if scope.role != Role.SYSTEM and supplier != scope.organisation:
        raise Forbidden("Only the organisation that makes the visit may change it.")


@database.scoped
async def refuse_unfit(scope: Scope, placement: PlacementToVisit, visit: Proposal) -> None:
    """Raise Faults with a sentence beside each field that is wrong.

    `placement` is locked. A worker's double booking is not looked at here: the database refuses it.
    """
    faults: dict[str, Fault] = {}
    for field, fault in (
        ("day", await _day_fault(scope, placement, visit)),
        ("start", await _time_fault(scope, placement, visit)),
        *await _worker_faults(scope, placement, visit),
    ):
        if fault is not None:
            faults.setdefault(field, fault)
    if faults:
        raise Faults(faults)


async def _day_fault(scope: Scope, placement: PlacementToVisit, visit: Proposal) -> Fault | None:
    day = visit.day
    if day < clock.today():
        return "This day has passed.", {}
    if placement.state is not PlacementState.IN_FORCE:
        return "This placement has ended.", {}
    if placement.need_state is not NeedState.PLACED:
        return "The need is %(state)s at present.", {"state": placement.need_state}
    last = placement.until
    if day < placement.valid_from or (last and day > last):
        return "This is outside the placement's days (%(first)s to %(last)s).", {
            "first": placement.valid_from.isoformat(),
            "last": last.isoformat() if last else "…",
        }
    entitled = await households.beginning_of_service(scope, placement.person)
    if entitled is not None and day < entitled:
        return "The household's entitlement begins on %(day)s.", {"day": entitled.isoformat()}
    if not _under_contract(placement, day):
        return "The contract is not in force on this day.", {}
    gone = presence.away((await presence.events(scope, [placement.person])).get(placement.person, []), day)
    if gone is not None:
        return GONE[gone.kind], {}
    if (await presence.absent_days(scope, [placement.person], day, day)).get(placement.person):
        return "The recipient is away on this day.", {}
    refusal = await organisations.refusal(scope, placement.supplier, day)
    if refusal is not None:
        return OWN_WORDS[refusal.rule], refusal.parameters()
    unpapered = await _papers_fault(scope, placement, day)
    if unpapered is not None:
        return unpapered
    return await _month_fault(placement, visit) or await ladder_fault(
        scope, placement, day, visit.minutes, visit.ignoring
    )


async def _papers_fault(scope: Scope, placement: PlacementToVisit, day: date) -> Fault | None:
    """The papers that the service asks for and that do not hold on the day."""
    missing = await papers.lacking(scope, placement.supplier, [placement.item_code], day)
    if not missing:
        return None
    kinds = gettext(", ").join(label(kind) for kind in papers.kinds_of(missing))
    return "Your organisation lacks a valid %(kinds)s for this service on this day.", {"kinds": kinds}


@database.scoped
async def refuse_unpapered(scope: Scope, placement: PlacementToVisit, day: date, workers: Collection[int]) -> None:
    """Raise Refused where a paper of the organisation or of a worker who is booked does not hold on the day."""
    refusal = await organisations.refusal(scope, placement.supplier, day)
    if refusal is not None:
        raise Refused(OWN_WORDS[refusal.rule], "", **refusal.parameters())
    fault = await _papers_fault(scope, placement, day)
    if fault is not None:
        raise Refused(fault[0], "", **fault[1])
    people = await staff.of_organisation(scope, placement.supplier, day, day)
    months = await catalogue.parameter(scope, "background_check_months", day)
    asked = await what_is_asked(scope, placement, day, months)
    for id in sorted(workers):
        broken = first_broken(SUITED, people[id].on(day), asked) if id in people else None
        if broken is not None:
            raise Refused(broken.sentence, "", **broken.parameters())


async def ladder_fault(
    scope: Scope,
    placement: PlacementToVisit,
    day: date,
    minutes: int,
    ignoring: int = 0,
    counted: Sequence[VisitState] = COUNTED,
) -> Fault | None:
    """Why the ladder of entitlement grants no such visit in the month of a day, beside those that are `counted`."""
    beyond = (await allowance.allowance(scope, [placement], day, ignoring, counted)).excess(placement, minutes)
    return None if beyond is None else (beyond.sentence, beyond.parameters)


def _under_contract(placement: PlacementToVisit, day: date) -> bool:
    """Whether the contract is in force on a day; a station needs none."""
    first, last = placement.term_from, placement.term_to
    if placement.contract_state is None or first is None or last is None:
        return placement.contract_state is None
    return placement.contract_state is ContractState.IN_FORCE and first <= day <= last


async def _month_fault(placement: PlacementToVisit, visit: Proposal) -> Fault | None:
    first, last = clock.month_of(visit.day)
    planned = await database.number(
        "SELECT count(*) FROM visit v JOIN placement p ON p.id = v.placement WHERE p.need = :need"
        " AND v.day BETWEEN :first AND :last AND v.state = ANY(:counted) AND v.id <> :ignoring",
        need=placement.need,
        first=first,
        last=last,
        counted=COUNTED,
        ignoring=visit.ignoring,
    )
    if planned < placement.visits_per_month:
        return None
    return "The need asks for %(wanted)s visits a month, and %(planned)s are planned in this one.", {
        "wanted": placement.visits_per_month,
        "planned": planned,
    }


@dataclass(frozen=True)
class _Other(database.Row):
    planned_start: datetime
    planned_end: datetime


async def _time_fault(scope: Scope, placement: PlacementToVisit, visit: Proposal) -> Fault | None:
    if visit.end > 24 * 60:
        return "The visit would end after midnight.", {}
    if visit.day == clock.today() and clock.at(visit.day, visit.start) < clock.now():
        return "This time has passed.", {}
    other = await database.row(
        _Other,
        "SELECT planned_start, planned_end FROM visit WHERE person = :person AND state = ANY(:standing)"
        " AND id <> :ignoring AND planned_start < :end AND planned_end > :begin ORDER BY planned_start",
        person=placement.person,
        standing=(*OPEN, VisitState.IN_PROGRESS),
        ignoring=visit.ignoring,
        begin=clock.at(visit.day, visit.start),
        end=clock.at(visit.day, visit.end),
    )
    if other is not None:
        return "The recipient has another visit from %(start)s to %(end)s.", {
            "start": hm(clock.minute_of(other.planned_start)),
            "end": hm(clock.minute_of(other.planned_end)),
        }
    spans = [(a, b) for day, a, b in await queries.windows(scope, placement) if day == visit.day.weekday()]
    if visit.reason or any(a <= visit.start and visit.end <= b for a, b in spans):
        return None
    if not spans:
        return "The recipient has no time window on this weekday; give a reason to plan it all the same.", {}
    return "This is outside the recipient's time windows (%(windows)s); give a reason to plan it all the same.", {
        "windows": ", ".join(f"{hm(a)}–{hm(b)}" for a, b in sorted(spans))
    }


async def _worker_faults(scope: Scope, placement: PlacementToVisit, visit: Proposal) -> list[tuple[str, Fault | None]]:
    people = await staff.of_organisation(scope, placement.supplier, visit.day, visit.day)
    months = await catalogue.parameter(scope, "background_check_months", visit.day)
    asked = await what_is_asked(scope, placement, visit.day, months)
    limit = await catalogue.parameter(scope, "worker_day_minutes", visit.day)
    faults: list[tuple[str, Fault | None]] = []
    if len(visit.workers) == 2 and visit.workers[0] == visit.workers[1]:
        faults.append(("second_worker", ("Choose two different workers.", {})))
    elif len(visit.workers) < placement.staff_count:
        faults.append(("second_worker", ("This service needs two workers at the same time.", {})))
    elif len(visit.workers) > placement.staff_count:
        faults.append(("second_worker", ("This service is bought with one worker.", {})))
    for field, id in zip(FIELDS, visit.workers, strict=False):
        worker = people.get(id)
        if worker is None:
            faults.append((field, ("This worker is not engaged by your organisation on this day.", {})))
            continue
        faults.append((field, unfit(worker, visit, asked)))
        faults.append((field, await _hours_fault(scope, worker, visit, limit)))
    return faults


@database.scoped
async def what_is_asked(scope: Scope, placement: PlacementToVisit, day: date, check_months: int) -> Asked:
    """What a placement asks of each worker on a day."""
    family = (await relatives.relatives(scope, [placement.person])).get(placement.person, frozenset())
    uncertified = placement.item_code.startswith(await papers.halal_codes(scope, placement.supplier, day))
    return Asked(
        day, placement.sex, placement.qualification, placement.minors_check, check_months,
        halal=placement.halal and uncertified, language=placement.language, relatives=family,
    )  # fmt: skip


def unfit(worker: Staff, visit: Proposal, asked: Asked) -> Fault | None:
    """Why a worker cannot make a visit of a placement on a day, hours aside; None when they can."""
    day = visit.day
    broken = first_broken(WORKER_RULES, worker.on(day), asked)
    if broken is not None:
        return broken.sentence, broken.parameters()
    spans = worker.hours(day)
    if not visit.reason and not any(a <= visit.start and visit.end <= b for a, b in spans):
        return "%(worker)s works at other hours (%(hours)s); give a reason to plan it all the same.", {
            "worker": worker.name,
            "hours": ", ".join(f"{hm(a)}–{hm(b)}" for a, b in spans) or "—",
        }
    return None


async def _hours_fault(scope: Scope, worker: Staff, visit: Proposal, most: int) -> Fault | None:
    engagement = worker.engagement(visit.day)
    limit = min(most, engagement.daily_minutes) if engagement else most
    minutes = await staff.minutes_on(scope, worker.id, visit.day, visit.ignoring) + visit.minutes
    if minutes <= limit:
        return None
    return "%(worker)s would have %(minutes)s minutes of visits on this day; the limit is %(limit)s.", {
        "worker": worker.name,
        "minutes": minutes,
        "limit": limit,
    }


def hm(minute: int) -> str:
    """Minutes after midnight as 09:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
