"""From a settled state to a plan: who does what when, every worker leaving as late as that costs nothing."""

from __future__ import annotations

import numpy as np

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints
from carematch.rostering.day.engine.evaluation import wait_of
from carematch.rostering.day.engine.layout import Layout
from carematch.rostering.day.plan import Plan, Rest, Route, Stop
from carematch.rostering.day.problem import DayProblem


def read_plan(problem: DayProblem, layout: Layout, state: Ints) -> Plan:
    """The plan that a settled state stands for."""
    routes = []
    for number, worker in enumerate(problem.workers):
        row = int(layout.given[f.FIRST_WORKER]) + f.WIDTH * number
        if state[row + f.BEFORE] != row:
            routes.append(_route(layout, state, row, worker.id, worker.starts_at))
        elif layout.given[row + f.REST_ALONE] and not layout.given[row + f.AWAY]:
            start = max(layout.given[row + f.REST_FIRST], layout.given[row + f.SHIFT_BEGIN])
            routes.append(Route(worker.id, (), Rest(worker.starts_at, int(start))))
    return Plan(tuple(routes))


def _route(layout: Layout, state: Ints, row: int, worker: str, home: int) -> Route:
    given = layout.given
    delays = np.zeros(int(given[f.TASKS]) + 1, np.int64)
    if given[f.WEIGHT + f.WAITED]:
        wait_of(given, state, row, delays)
    stops, rest = [], None
    rest_at = int(state[row + f.REST_AT]) if given[row + f.REST] >= 0 and not state[row + f.LACKS_REST] else 0
    slot, leaves, place = int(state[row + f.AFTER]), int(given[row + f.SHIFT_BEGIN]), home
    number = 0
    while slot != row:
        part = layout.parts[(slot - f.HEADER) // f.WIDTH]
        assert part is not None
        if slot == rest_at:
            there = leaves + int(given[given[(state[slot + f.BEFORE]) + f.FROM] + given[slot + f.TO]])
            # where it is taken is a matter of the earliest times, from which delays do not stray
            early = int(state[state[slot + f.BEFORE] + f.END])
            before = max(early + there - leaves, int(given[row + f.REST_FIRST])) > given[row + f.REST_LAST]
            start = max(leaves if before else there, int(given[row + f.REST_FIRST]))
            rest = Rest(place if before else part.place, start)
        begins = int(state[slot + f.START] + delays[number])
        if part.service is not None:
            stops.append(Stop(part.visit, part.service, begins))
        leaves, place = begins + int(given[slot + f.DURATION]), part.place
        slot = int(state[slot + f.AFTER])
        number += 1
    if rest_at == row:
        rest = Rest(place, max(leaves, int(given[row + f.REST_FIRST])))
    return Route(worker, tuple(stops), rest)
