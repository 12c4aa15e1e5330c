"""The planning board: a roster in the making, with what the filler asks of it kept up to date.

Inside the board demands, workers, days and places are numbers (positions in sorted or given order);
ids appear only on the way in and out.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from carematch.rostering.problem import RosterProblem
from carematch.rostering.roster import PlannedVisit
from carematch.rostering.routes import ordinal, standing_dates
from carematch.rostering.rules import IN_SHIFT, IN_WINDOW, Span, worker_fits
from carematch.rostering.score import uneven_minutes, visitable_days
from carematch.travel import Place


class Spot(NamedTuple):
    """A stop in a worker's day; `visit` is -1 for a standing one."""

    start: int
    end: int
    place: int
    visit: int


class Placed(NamedTuple):
    """A visit on the board."""

    demand: int
    day: int
    start: int
    workers: tuple[int, ...]


class Ways:
    """Travel minutes between numbered places, each asked of the model once."""

    def __init__(self, problem: RosterProblem) -> None:
        self._model = problem.travel
        self._places: list[Place] = []
        self._number: dict[Place, int] = {}
        self._known: list[dict[int, int]] = []

    def number(self, place: Place) -> int:
        """The number of a place."""
        found = self._number.get(place)
        if found is None:
            found = self._number[place] = len(self._places)
            self._places.append(place)
            self._known.append({})
        return found

    def minutes(self, a: int, b: int) -> int:
        """Minutes from place `a` to place `b`."""
        try:
            return self._known[a][b]
        except KeyError:
            found = self._known[a][b] = self._model.minutes(self._places[a], self._places[b])
            return found


class Board:
    """Routes by worker and day, hours used, and the visits of each demand."""

    def __init__(self, problem: RosterProblem) -> None:
        self.problem = problem
        # The order of ids decides ties, so it must not depend on the order of the input.
        self.demands = sorted(problem.demands, key=lambda d: d.id)
        self.workers = sorted(problem.workers, key=lambda w: w.id)
        self.demand_number = {d.id: i for i, d in enumerate(self.demands)}
        self.worker_number = {w.id: i for i, w in enumerate(self.workers)}
        self.days = problem.days
        self.ordinals = [ordinal(day) for day in problem.days]
        self.day_number = {day: i for i, day in enumerate(problem.days)}
        self.ways = Ways(problem)
        self.base = [self.ways.number(w.base) for w in self.workers]
        self.place = [self.ways.number(d.place) for d in self.demands]
        self.free: list[list[tuple[Span, ...]]] = [
            [IN_SHIFT.ranges(w, day) for day in self.days] for w in self.workers
        ]
        self.visitable = [[self.day_number[day] for day in visitable_days(problem, d)] for d in self.demands]
        self.preferred = [
            frozenset(self.worker_number[w] for w in d.preferred_workers if w in self.worker_number)
            for d in self.demands
        ]
        self._windows: dict[tuple[int, int], tuple[Span, ...]] = {}
        self._fits: dict[tuple[object, ...], tuple[int, ...]] = {}
        self.routes: list[list[list[Spot]]] = [[[] for _ in self.days] for _ in self.workers]
        self.day_work = [[0] * len(self.days) for _ in self.workers]
        self.work = [0] * len(self.workers)
        self.travel = 0
        self.visits: dict[int, Placed] = {}
        self.of_demand: list[list[int]] = [[] for _ in self.demands]
        self.taken: list[list[int]] = [[] for _ in self.demands]
        self.busy: dict[tuple[str, int], list[Span]] = defaultdict(list)
        self._next = 0
        self._put_standing()

    def _put_standing(self) -> None:
        recipients = {d.id: d.recipient for d in self.demands}
        for s in self.problem.standing:
            day = self.day_number.get(s.date)
            if day is None:
                continue
            recipient = s.recipient or recipients.get(s.demand, "")
            if recipient:
                self.busy[recipient, day].append((s.start, s.end))
            worker = self.worker_number.get(s.worker)
            if worker is not None:
                self._put(worker, day, Spot(s.start, s.end, self.ways.number(s.place), -1))
        for demand, dates in standing_dates(self.problem).items():
            self.taken[self.demand_number[demand]] = [ordinal(day) for day in dates]

    def windows(self, demand: int, day: int) -> tuple[Span, ...]:
        """The time windows of the demand on that day."""
        key = (demand, (self.ordinals[day] + 6) % 7)
        found = self._windows.get(key)
        if found is None:
            found = self._windows[key] = IN_WINDOW.ranges(self.demands[demand], self.days[day])
        return found

    def fits(self, demand: int, day: int) -> tuple[int, ...]:
        """The workers whose person (qualifications, sex, not forbidden) fits on that day."""
        d = self.demands[demand]
        key = (d.required_qualifications, d.sex, d.forbidden_workers, day)
        found = self._fits.get(key)
        if found is None:
            date = self.days[day]
            found = tuple(i for i, w in enumerate(self.workers) if worker_fits(d, w, date))
            self._fits[key] = found
        return found

    def spaced(self, demand: int, day: int) -> bool:
        """Whether a visit on that day keeps the distance to the others of the demand."""
        taken, at = self.taken[demand], self.ordinals[day]
        apart = self.demands[demand].min_days_between
        i = bisect_left(taken, at)
        return (i == len(taken) or taken[i] - at >= apart) and (i == 0 or at - taken[i - 1] >= apart)

    def insert(self, visit: Placed) -> int:
        """Put a visit on the board and return its number. It is the caller's duty that it fits."""
        number = self._next
        self._next += 1
        demand = self.demands[visit.demand]
        end = visit.start + demand.minutes
        spot = Spot(visit.start, end, self.place[visit.demand], number)
        for worker in visit.workers:
            self._put(worker, visit.day, spot)
        self.visits[number] = visit
        self.of_demand[visit.demand].append(number)
        insort(self.taken[visit.demand], self.ordinals[visit.day])
        if demand.recipient:
            self.busy[demand.recipient, visit.day].append((visit.start, end))
        return number

    def remove(self, number: int) -> Placed:
        """Take a visit off the board."""
        visit = self.visits.pop(number)
        demand = self.demands[visit.demand]
        end = visit.start + demand.minutes
        spot = Spot(visit.start, end, self.place[visit.demand], number)
        for worker in visit.workers:
            self._take(worker, visit.day, spot)
        self.of_demand[visit.demand].remove(number)
        self.taken[visit.demand].remove(self.ordinals[visit.day])
        if demand.recipient:
            self.busy[demand.recipient, visit.day].remove((visit.start, end))
        return visit

    def can_remove(self, number: int) -> bool:
        """Whether the stops around the visit still work without it.

        Not always: the first stop of the day needs time from base, and in a measured matrix the
        direct way may be longer than the way round.
        """
        visit = self.visits[number]
        return all(self._closes(worker, visit.day, number) for worker in visit.workers)

    def _closes(self, worker: int, day: int, number: int) -> bool:
        route, base, minutes = self.routes[worker][day], self.base[worker], self.ways.minutes
        i = next(k for k, spot in enumerate(route) if spot.visit == number)
        before = route[i - 1] if i else None
        after = route[i + 1] if i + 1 < len(route) else None
        ranges = self.free[worker][day]
        if before and after and before.end + minutes(before.place, after.place) > after.start:
            return False
        if not before and after and after.visit >= 0:
            start = after.start - minutes(base, after.place)
            if not any(s <= start and after.end <= e for s, e in ranges):
                return False
        if not after and before and before.visit >= 0:
            end = before.end + minutes(before.place, base)
            if not any(s <= before.start and end <= e for s, e in ranges):
                return False
        here = route[i]
        return self._added(worker, before, here, after) + here.end - here.start >= 0

    def _added(self, worker: int, before: Spot | None, here: Spot, after: Spot | None) -> int:
        """Travel minutes that a stop adds between its neighbours (None is the base)."""
        minutes, base = self.ways.minutes, self.base[worker]
        a = before.place if before else base
        b = after.place if after else base
        direct = minutes(a, b) if before or after else 0
        return minutes(a, here.place) + minutes(here.place, b) - direct

    def _put(self, worker: int, day: int, spot: Spot) -> None:
        route = self.routes[worker][day]
        i = bisect_left(route, spot)
        self._count(worker, day, spot, i, 1)
        route.insert(i, spot)

    def _take(self, worker: int, day: int, spot: Spot) -> None:
        route = self.routes[worker][day]
        i = route.index(spot)
        del route[i]
        self._count(worker, day, spot, i, -1)

    def _count(self, worker: int, day: int, spot: Spot, i: int, sign: int) -> None:
        """Add or take the minutes of a spot that goes between the stops i - 1 and i."""
        route = self.routes[worker][day]
        before, after = route[i - 1] if i else None, route[i] if i < len(route) else None
        added = self._added(worker, before, spot, after)
        minutes = sign * (added + spot.end - spot.start)
        self.travel += sign * added
        self.day_work[worker][day] += minutes
        self.work[worker] += minutes

    def uneven(self) -> int:
        """The balance goal as it stands."""
        return uneven_minutes(self.work, [w.horizon_minutes for w in self.workers])

    def planned(self) -> list[PlannedVisit]:
        """The visits with ids, dates and times."""
        return [
            PlannedVisit(
                demand=self.demands[v.demand].id,
                date=self.days[v.day],
                start=v.start,
                end=v.start + self.demands[v.demand].minutes,
                workers=tuple(sorted(self.workers[w].id for w in v.workers)),
            )
            for v in self.visits.values()
        ]

    def put_planned(self, visits: Iterable[PlannedVisit]) -> None:
        """Put the visits of a roster on the board as they are, those of unknown ids left out."""
        for v in sorted(visits, key=lambda v: (v.date, v.start, v.demand)):
            if v.demand in self.demand_number and v.date in self.day_number:
                workers = tuple(self.worker_number[w] for w in v.workers if w in self.worker_number)
                self.insert(Placed(self.demand_number[v.demand], self.day_number[v.date], v.start, workers))
