"""Public instances of home health care routing and scheduling, in both formats, as problems of a day.

- 2014: Mankowska, Meisel and Bierwirth, "The home health care routing and scheduling problem with interdependent
  services", Health Care Management Science 17; one window, one office, no shifts. Cost: a third each of travel,
  lateness and largest lateness.
- unified: Ceschia, Da Ros, Di Gaspero, Mancini, Maniezzo, Montemanni, Rosati and Schaerf 2026, with `terminal_points`,
  shifts, breaks, optional visits and weights in `metadata.cost_components`.

Fractions of minutes are whole numbers of a smaller unit: `scale` to the minute. Travel is rounded up, what may not be
exceeded down.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import msgspec

from carematch.rostering.day import (
    Break,
    DayProblem,
    Plan,
    Policy,
    Service,
    Span,
    Together,
    Visit,
    Worker,
    named_sum,
)

GOAL_OF = {
    "travel_time": "travel",
    "total_tardiness": "lateness",
    "highest_tardiness": "largest_lateness",
    "total_waiting_time": "waiting",
    "total_extra_time": "overtime",
    "max_idle_time": "largest_idle",
    "caregiver_preferences": "unpreferred",
    "optional_patients": "left_out",
    "missed_lunch_break": "missed_breaks",
}
#: The longest fraction that is told apart: a thousandth of a thousandth.
FINEST = 6
TOGETHER = {
    "simultaneous": Together.SAME_MOMENT,
    "sequential": Together.SEQUENCE,
    "independent": Together.INDEPENDENT,
}


class Instance(NamedTuple):
    """A public instance as a problem: `scale` units are a minute, cost times `share` is the published cost."""

    problem: DayProblem
    scale: int
    share: float
    places: tuple[str, ...]  #: what a break at this place is written as: a recipient or a terminal


class _Read:
    """The file, with its times in units."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.unified = "terminal_points" in raw
        numbers = [cell for row in raw["distances"] for cell in row]
        numbers += [n for p in raw["patients"] for w in _windows(p) for n in w]
        numbers += [s["duration"] for p in raw["patients"] for s in _services(p) if s.get("duration") is not None] + [
            s["default_duration"] for s in raw["services"] if s.get("default_duration") is not None
        ]
        self.scale: int = next(
            10**digits
            for digits in range(FINEST + 1)
            if digits == FINEST or all(abs(n * 10**digits - round(n * 10**digits)) < 1e-7 for n in numbers)
        )

    def up(self, number: float) -> int:
        return math.ceil(number * self.scale - 1e-7)

    def down(self, number: float) -> int:
        return math.floor(number * self.scale + 1e-7)

    def near(self, number: float) -> int:
        return round(number * self.scale)


def _windows(patient: dict[str, Any]) -> list[tuple[float, float]]:
    windows = patient["time_windows"] if "time_windows" in patient else [patient["time_window"]]
    return sorted((w["start"], w["end"]) if isinstance(w, dict) else (w[0], w[1]) for w in windows)


def _services(patient: dict[str, Any]) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = patient.get("required_services") or patient.get("required_caregivers") or []
    return services


def is_instance(raw: object) -> bool:
    """Whether this JSON looks like an instance of either format."""
    return isinstance(raw, dict) and {"patients", "services", "caregivers", "distances"} <= set(raw)


def read_instance(data: bytes) -> Instance:
    """The instance in a file; ValueError where it is none."""
    try:
        raw = msgspec.json.decode(data)
        if not is_instance(raw):
            raise ValueError("this is no instance of home health care: patients, services, caregivers, distances")
        return _instance(_Read(raw))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"this is no instance of home health care: {error!r}") from error


def _instance(read: _Read) -> Instance:
    raw = read.raw
    points = raw.get("terminal_points") or raw["central_offices"]
    at = {point["id"]: point.get("distance_matrix_index", i) for i, point in enumerate(points)}
    names = [""] * len(raw["distances"])
    for name, index in at.items():
        names[index] = name
    visits = []
    defaults = {service["id"]: service.get("default_duration") for service in raw["services"]}
    for position, patient in enumerate(raw["patients"], start=1):
        index = patient.get("distance_matrix_index", position) if read.unified else position
        names[index] = patient["id"]
        visits.append(_visit(read, patient, index, defaults))
    workers = tuple(_worker(read, worker, at, points[0]["id"]) for worker in raw["caregivers"])
    travel = tuple(tuple(read.up(cell) for cell in row) for row in raw["distances"])
    late_at: Literal["start", "end"] = "end" if _at_end(raw) else "start"
    problem = DayProblem(tuple(visits), workers, travel, _policy(read), late_at)
    return Instance(problem, read.scale, (1 if read.unified else 1 / 3) / read.scale, tuple(names))


def _at_end(raw: dict[str, Any]) -> bool:
    return (raw.get("metadata") or {}).get("time_window_met") == "at_service_end"


def _policy(read: _Read) -> Policy:
    """Weights by unit of time; what is counted is worth `scale` times as much, so that the sum has one scale."""
    if not read.unified:
        return named_sum(travel=1, lateness=1, largest_lateness=1)
    weights = {}
    for name, weight in read.raw["metadata"]["cost_components"].items():
        if weight:
            if name not in GOAL_OF:
                raise ValueError(f"the part {name} of the cost is unknown")
            if int(weight) != weight:
                raise ValueError(f"the weight {weight} of {name} is not whole")
            counted = name in ("caregiver_preferences", "optional_patients", "missed_lunch_break")
            weights[GOAL_OF[name]] = int(weight) * (read.scale if counted else 1)
    return named_sum(**weights)


def _visit(read: _Read, patient: dict[str, Any], index: int, defaults: dict[str, float]) -> Visit:
    services = tuple(
        Service(s["service"], read.near(s.get("duration") or defaults[s["service"]]), (s["service"],))
        for s in _services(patient)
    )
    bound = patient.get("synchronization") or {"type": "independent"}
    distance = None
    if len(services) == 2 and bound["type"] == "sequential":
        gap = bound["distance"]
        low, high = (gap["min"], gap["max"]) if isinstance(gap, dict) else gap
        distance = Span(read.up(low), read.down(high))
    return Visit(
        id=patient["id"],
        place=index,
        services=services,
        windows=tuple(Span(read.up(begin), read.down(end)) for begin, end in _windows(patient)),
        together=TOGETHER[bound["type"]] if len(services) == 2 else Together.INDEPENDENT,
        distance=distance,
        optional=bool(patient.get("optional")),
        preferred=tuple(patient.get("preferred_caregivers") or ()),
        avoided=tuple(patient.get("incompatible_caregivers") or ()),
    )


def _worker(read: _Read, raw: dict[str, Any], at: dict[str, int], office: str) -> Worker:
    begin = raw.get("departing_point") or raw.get("starting_point_id") or office
    shift = raw.get("working_shift")
    if isinstance(shift, dict):
        shift = (shift["start"], shift["end"])
    meal, rest = read.raw.get("lunch_breaks"), None
    if meal and raw.get("lunch_break"):
        length = read.near(meal["min_duration"])
        last = read.down(meal["end"]) - (length if _at_end(read.raw) else 0)
        rest = Break(Span(read.up(meal["start"]), last), length)
    return Worker(
        id=raw["id"],
        starts_at=at[begin],
        ends_at=at[raw.get("arrival_point") or begin],
        shift=Span(read.up(shift[0]), read.down(shift[1])) if shift else None,
        skills=tuple(raw["abilities"]),
        rest=rest,
    )


def write_plan(instance: Instance, plan: Plan) -> bytes:
    """The plan in the published format of solutions: a route for every caregiver, times in minutes."""
    problem = instance.problem
    lengths = {(v.id, s.id): s.duration for v in problem.visits for s in v.services}
    rests = {worker.id: worker.rest.duration for worker in problem.workers if worker.rest}
    routes = {route.worker: route for route in plan.routes}
    written = []
    for worker in problem.workers:
        route, stops = routes.get(worker.id), []
        if route is not None:
            stops = [(s.start, lengths[s.visit, s.service], s.visit, s.service) for s in route.stops]
            if route.rest is not None:
                length = rests[worker.id]
                stops.append((route.rest.start, length, instance.places[route.rest.place], "lunch_break"))
        written.append(
            {
                "caregiver_id": worker.id,
                "locations": [
                    {
                        "patient": place,
                        "service": service,
                        "arrival_time": _minutes(start, instance.scale),
                        "departure_time": _minutes(start + length, instance.scale),
                    }
                    for start, length, place, service in sorted(stops)
                ],
            }
        )
    return msgspec.json.encode({"routes": written})


def _minutes(units: int, scale: int) -> float:
    return units if scale == 1 else units / scale
