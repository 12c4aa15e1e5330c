"""Between rows and `carematch.rostering`: the only importer of carematch in this feature.

Ids become strings with leading zeros, so that their order is that of the rows; times are minutes after midnight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

from carematch import rostering
from carematch.rostering import Absence, Demand, Holding, RosterProblem, Shift, Standing, Window, Worker
from carematch.travel import DetourModel, Place
from shangmen import clock
from shangmen.delivery.visits.rostering.queries import LeftOver, PlacementToVisit
from shangmen.delivery.visits.rostering.staff import Booking, Staff
from shangmen.demand.needs.states import RequiredSex
from shangmen.foundation.organisations.languages import speaks
from shangmen.foundation.organisations.rules import (
    CERTIFIED,
    ENGAGED,
    HALAL_CERTIFICATE,
    PRESENT,
    Asked,
    first_broken,
)
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.regions.states import Terrain

SEXES: dict[RequiredSex, Literal["female", "male"] | None] = {
    RequiredSex.EITHER: None,
    RequiredSex.FEMALE: "female",
    RequiredSex.MALE: "male",
}
SPEAKS_OF = "speaks:"
"""Before a language, as a recipient's file says it: held like a certificate by who speaks it."""
MINORS_CHECK = "minors_check"  # the criminal-record check, held like a certificate until it is too old


@dataclass(frozen=True)
class Policy:
    """The dated parameters that a roster depends on."""

    day_minutes: int
    check_months: int
    plain: DetourModel
    hills: DetourModel

    @classmethod
    def of(cls, values: Mapping[str, int | float]) -> "Policy":
        """From the parameters by name."""
        access = int(values["village_access_minutes"])
        return cls(
            day_minutes=int(values["worker_day_minutes"]),
            check_months=int(values["background_check_months"]),
            plain=DetourModel(values["detour_plain"], int(values["speed_plain_kmh"]), access),
            hills=DetourModel(values["detour_hills"], int(values["speed_hills_kmh"]), access),
        )


PARAMETERS: dict[str, type[float]] = {
    "worker_day_minutes": int,
    "background_check_months": int,
    "village_access_minutes": int,
    "detour_plain": float,
    "speed_plain_kmh": int,
    "detour_hills": float,
    "speed_hills_kmh": int,
}


@dataclass(frozen=True)
class Roads:
    """A travel model by terrain: a way that begins or ends in the hills is a way in the hills."""

    plain: DetourModel
    hills: DetourModel
    hilly: frozenset[Place]

    @property
    def name(self) -> str:
        """Both models."""
        return f"plain: {self.plain.name}; hills: {self.hills.name}"

    def _model(self, a: Place, b: Place) -> DetourModel:
        return self.hills if a in self.hilly or b in self.hilly else self.plain

    def metres(self, a: Place, b: Place) -> int:
        """Road metres."""
        return self._model(a, b).metres(a, b)

    def minutes(self, a: Place, b: Place) -> int:
        """Minutes on the road."""
        return self._model(a, b).minutes(a, b)


@dataclass(frozen=True)
class Wish:
    """What a placement still asks for within the horizon."""

    placement: PlacementToVisit
    visits: int
    windows: list[tuple[int, int, int]]
    away: set[date]
    until: date | None
    standing: list[date]  # days on which it is visited already
    familiar: set[int]  # workers who came before
    relatives: frozenset[int] = frozenset()  # workers who are family
    halal: bool = False  # whether each worker must be certified for halal food


@dataclass(frozen=True)
class Inputs:
    """Everything of one horizon (within one calendar month), read in one transaction."""

    first: date
    last: date
    gone: int  # minutes of the first day that are over already
    latitude: Decimal | None  # of the organisation
    longitude: Decimal | None
    policy: Policy
    wishes: list[Wish]
    staff: list[Staff]
    used: dict[int, int]  # minutes by worker, for this organisation in the month outside the horizon
    bookings: list[Booking]  # standing visits of these workers and to these recipients, whoever makes them


@dataclass(frozen=True)
class Planned:
    """A visit to be written."""

    placement: int
    day: date
    start: int
    end: int
    workers: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What came of a fill: visits, what is left over with its reasons, figures, and the checker's word."""

    visits: list[Planned]
    unplaced: list[LeftOver]
    totals: dict[str, int]
    violations: list[str]


def fill(inputs: Inputs, seed: int) -> Plan:
    """Plan the horizon; the checker, which knows nothing of the filler, has looked at the result."""
    problem = roster_problem(inputs)
    roster = rostering.fill(problem, seed)
    people = {wish.placement.id: wish.placement for wish in inputs.wishes}
    return Plan(
        visits=[
            Planned(int(v.demand), date.fromisoformat(v.date), v.start, v.end, tuple(int(w) for w in v.workers))
            for v in roster.visits
        ],
        unplaced=[
            LeftOver(
                placement=int(one.demand),
                missing=one.missing,
                code=_code(one),
                sentence=RELATIVES_ONLY if one.code is rostering.Reason.EXCLUDED else one.sentence,
                facts=one.facts,
                person=people[int(one.demand)].person,
                need=people[int(one.demand)].need,
                month=f"{inputs.first:%Y-%m}",
            )
            for one in roster.unplaced
        ],
        totals={
            "visits": roster.totals.visits,
            "missing": roster.totals.missing,
            "visit_minutes": roster.totals.visit_minutes,
            "travel_minutes": roster.totals.travel_minutes,
            "travel_metres": roster.totals.travel_metres,
            "continuity_permille": roster.totals.continuity_permille,
            "workers_used": roster.totals.workers_used,
        },
        violations=[violation.text() for violation in rostering.check(problem, roster)],
    )


RELATIVES_ONLY = "{missing} more workers are needed who are no relatives of the recipient ({date})."


def _code(one: rostering.Unplaced) -> str:
    """The library's reason in the codes of matching: what is asked of workers beside certificates has its own."""
    if one.code is rostering.Reason.EXCLUDED:
        return "RELATIVE"
    scarce = str(one.facts.get("scarce", "")).split(", ") if one.code is rostering.Reason.NO_QUAL else []
    if scarce == [HALAL_CERTIFICATE]:
        return "NO_HALAL"
    if scarce and all(code.startswith(SPEAKS_OF) for code in scarce):
        return "NO_LANGUAGE"
    if scarce == [MINORS_CHECK]:
        return "NO_CHECK"
    return str(one.code)


@dataclass(frozen=True)
class Idea:
    """A suggested time for one more visit, and what it costs."""

    day: date
    start: int
    end: int
    workers: tuple[int, ...]
    travel: int  # minutes added
    familiar: bool  # everybody has been there before


def suggest(inputs: Inputs, placement: int, count: int = 5) -> list[Idea]:
    """The best place on each of the best days for one more visit of a placement; empty where there is none."""
    problem = roster_problem(inputs)
    empty = rostering.make_roster(problem, [], [], 0)
    found: dict[str, Idea] = {}
    for one in rostering.suggest(problem, empty, _key(placement), count * 20):
        idea = Idea(
            day=date.fromisoformat(one.date),
            start=one.start,
            end=one.end,
            workers=tuple(int(w) for w in one.workers),
            travel=one.travel,
            familiar=not one.unfamiliar,
        )
        found.setdefault(one.date, idea)
    return list(found.values())[:count]


def roster_problem(inputs: Inputs) -> RosterProblem:
    """The library's problem."""
    days = tuple(clock.days(inputs.first, inputs.last))
    places = {wish.placement.id: _place(wish.placement, inputs) for wish in inputs.wishes}
    hilly = frozenset(places[wish.placement.id] for wish in inputs.wishes if wish.placement.terrain is Terrain.HILLS)
    return RosterProblem(
        days=tuple(day.isoformat() for day in days),
        demands=tuple(_demand(wish, places[wish.placement.id]) for wish in inputs.wishes),
        workers=tuple(_worker(one, inputs, days) for one in inputs.staff),
        travel=Roads(inputs.policy.plain, inputs.policy.hills, hilly),
        standing=tuple(_standing(row, places, inputs) for row in inputs.bookings),
    )


def _key(id: int) -> str:
    return f"{id:012d}"


class _Somewhere(Protocol):
    """What may have a position."""

    @property
    def latitude(self) -> Decimal | None: ...

    @property
    def longitude(self) -> Decimal | None: ...


def _place(row: _Somewhere, organisation: _Somewhere) -> Place:
    """Where a row is; the organisation's place, or nowhere in particular, where nobody knows."""
    for one in (row, organisation):
        if one.latitude is not None and one.longitude is not None:
            return Place.from_degrees(float(one.latitude), float(one.longitude))
    return Place(0, 0)


def _demand(wish: Wish, place: Place) -> Demand:
    row = wish.placement
    required = {row.qualification} if row.qualification else set()
    if row.minors_check:
        required.add(MINORS_CHECK)
    if wish.halal:
        required.add(HALAL_CERTIFICATE)
    if row.language:
        required.add(SPEAKS_OF + row.language)
    return Demand(
        id=_key(row.id),
        recipient=_key(row.person),
        place=place,
        visits=wish.visits,
        minutes=row.minutes,
        windows=tuple(Window(day, earliest, latest) for day, earliest, latest in wish.windows),
        staff_count=row.staff_count,
        sex=SEXES[row.sex],
        required_qualifications=frozenset(required),
        min_days_between=row.days_between,
        priority=row.priority,
        forbidden_workers=frozenset(_key(worker) for worker in wish.relatives),
        preferred_workers=frozenset(_key(worker) for worker in wish.familiar),
        not_before=row.valid_from.isoformat(),
        not_after=wish.until.isoformat() if wish.until else None,
        blocked_dates=frozenset(day.isoformat() for day in wish.away),
        standing_dates=tuple(sorted(day.isoformat() for day in wish.standing)),
    )


def _worker(one: Staff, inputs: Inputs, days: Iterable[date]) -> Worker:
    engagement = one.engagements[0]
    holdings = [
        Holding(paper.kind, paper.valid_from.isoformat(), paper.valid_to.isoformat() if paper.valid_to else None)
        for paper in one.papers
        if paper.stands
    ]
    spoken = {wish.placement.language for wish in inputs.wishes if speaks(one.languages, wish.placement.language)}
    holdings += [Holding(SPEAKS_OF + language) for language in sorted(spoken) if language]
    if one.background_checked:
        until = clock.months_after(one.background_checked, inputs.policy.check_months)
        holdings.append(Holding(MINORS_CHECK, one.background_checked.isoformat(), until.isoformat()))
    return Worker(
        id=_key(one.id),
        sex="female" if one.sex is Sex.FEMALE else "male",
        base=_place(one, inputs),
        shifts=tuple(
            Shift(int(day), start, end) for day, spans in sorted(engagement.pattern.items()) for start, end in spans
        ),
        daily_minutes=min(engagement.daily_minutes, inputs.policy.day_minutes),
        horizon_minutes=max(0, engagement.monthly_minutes - inputs.used.get(one.id, 0)),
        qualifications=tuple(holdings),
        absences=(
            *(
                Absence(day.isoformat())
                for day in days
                if first_broken((ENGAGED, PRESENT, CERTIFIED), one.on(day), Asked(day)) is not None
            ),
            *([Absence(inputs.first.isoformat(), 0, inputs.gone)] if inputs.gone else []),
        ),
    )


def _standing(row: Booking, places: dict[int, Place], inputs: Inputs) -> Standing:
    return Standing(
        worker=_key(row.worker),
        date=clock.day_of(row.starts).isoformat(),
        start=clock.minute_of(row.starts),
        end=clock.minute_of(row.ends) or 24 * 60,
        place=places.get(row.placement) or _place(row, inputs),
        demand=_key(row.placement) if row.placement in places else "",
        recipient=_key(row.person),
    )
