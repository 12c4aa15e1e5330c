"""From a problem to the two arrays of `fields`, and from a state to a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from carematch.rostering.day import rules
from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints
from carematch.rostering.day.levels import flat_weights
from carematch.rostering.day.problem import DayProblem, Service, Span, Together, Visit, Worker

#: How many near slots are kept for each slot.
NEAREST = 40
#: Goals with a sum in the state, and where its weight stands. Those missing here are priced seat by seat or visit by
#: visit (preferences, what is left out), or are worked out at the end.
SUMMED = {
    "travel": f.TRAVELLED,
    "lateness": f.LATENESS,
    "largest_lateness": f.LARGEST_LATENESS,
    "waiting": f.WAITED,
    "overtime": f.OVERTIME,
    "missed_breaks": f.MISSED,
    "off_wish": f.OFF_WISH,
    "largest_idle": f.IDLE,
    "imbalance": f.IMBALANCE,
}


class Part(NamedTuple):
    """What a slot is: a service of a visit, or (service None) an absence of the worker called `visit`."""

    visit: str
    service: str | None
    place: int


class Layout(NamedTuple):
    """The array of what is given, and what its rows are. `parts` are by slot, None where a task has one slot only."""

    given: Ints
    parts: tuple[Part | None, ...]
    weights: dict[str, int]
    blank: Ints  #: a state in which everything is out

    def slot(self, number: int) -> int:
        """The row of a slot by its number."""
        return f.HEADER + f.WIDTH * number


class _Task(NamedTuple):
    visit: int
    services: tuple[tuple[Visit, Service], ...]
    windows: tuple[Span, ...]
    low: int
    high: int
    hard: bool
    wished: Span | None
    pin: int | None


def build(problem: DayProblem) -> Layout:
    """The arrays of a problem without faults."""
    weights = flat_weights(problem)
    tasks, absences = _tasks(problem), _absences(problem)
    count = len(tasks) + len(absences)
    first_worker = f.HEADER + f.WIDTH * 2 * count
    first_task = first_worker + f.WIDTH * len(problem.workers)
    first_visit = first_task + f.WIDTH * count
    rows_end = first_visit + f.WIDTH * (len(problem.visits) + len(absences))
    cells = np.zeros(rows_end, np.int64)
    lists: list[int] = []

    def keep(numbers: list[int]) -> int:
        at = rows_end + len(lists)
        lists.extend(numbers)
        return at

    cells[f.WORKERS], cells[f.FIRST_WORKER] = len(problem.workers), first_worker
    cells[f.TASKS], cells[f.FIRST_TASK] = count, first_task
    cells[f.VISITS], cells[f.FIRST_VISIT] = len(problem.visits) + len(absences), first_visit
    cells[f.SLOTS], cells[f.ROWS_END] = 2 * count, rows_end
    cells[f.LATE_AT_END] = problem.late_at == "end"
    penalties = _penalties(problem, weights)
    for goal, at in SUMMED.items():
        cells[f.WEIGHT + at] = weights[goal]
    cells[f.WEIGHT + f.SEATS] = cells[f.WEIGHT + f.LEFT] = 1
    cells[f.WEIGHT + f.BREACHES], cells[f.PENALTY], missing = penalties
    ways = [keep(list(row)) for row in problem.travel]
    rows = [first_worker + f.WIDTH * number for number in range(len(problem.workers))]
    for row, number, worker in zip(rows, range(len(rows)), problem.workers, strict=True):
        _worker(cells, row, number, worker, ways, problem.travel)
    parts: list[Part | None] = []
    spread, slots, windows = [], [], []
    away = [_absence_task(problem, number, span) for number, (_, span) in enumerate(absences)]
    for number, task in enumerate(tasks + away):
        row = first_task + f.WIDTH * number
        fixed = number >= len(tasks)
        visit_row = first_visit + f.WIDTH * task.visit
        cells[visit_row + (f.TASK_2 if cells[visit_row + f.TASK_1] else f.TASK_1)] = row
        cells[visit_row + f.FREE] = not fixed
        cells[row + f.VISIT] = visit_row
        cells[row + f.WINDOW] = keep([w.begin for w in task.windows] + [w.end for w in task.windows])
        cells[row + f.WINDOWS] = len(task.windows)
        cells[row + f.LOW], cells[row + f.HIGH], cells[row + f.HARD] = task.low, task.high, task.hard
        cells[row + f.WISH_BEGIN] = task.wished.begin if task.wished else -1
        cells[row + f.WISH_END] = task.wished.end if task.wished else -1
        holds = (
            [0] + [w.begin for w in task.windows[1:] if not task.hard] + ([task.wished.begin] if task.wished else [])
        )
        cells[row + f.PIN] = -1 if task.pin is None else task.pin
        if task.pin is not None:
            holds = [task.pin]
        cells[row + f.HOLDS], cells[row + f.HOLD_COUNT] = keep(holds), len(holds)
        if len(holds) > 1:
            spread.append(row)
        for place in range(2):
            slot = f.HEADER + f.WIDTH * (2 * number + place)
            if place >= max(1, len(task.services)):
                parts.append(None)
                continue
            cells[row + f.SLOT_1 + place] = slot
            cells[slot + f.TASK] = row
            if fixed:
                owner, span = absences[number - len(tasks)]
                at, length = problem.workers[owner].starts_at, span.end - span.begin
                prices = [0 if w == owner else -1 for w in range(len(rows))]
                parts.append(Part(problem.workers[owner].id, None, at))
            else:
                visit, service = task.services[place]
                at, length = visit.place, service.duration
                prices = [_price(weights, visit, service, worker) for worker in problem.workers]
                parts.append(Part(visit.id, service.id, at))
                slots.append(slot)
                windows.append(task.windows)
            cells[slot + f.FROM], cells[slot + f.TO], cells[slot + f.DURATION] = ways[at], at, length
            cells[slot + f.SEAT] = keep(prices)
            can = [rows[w] for w, price in enumerate(prices) if price >= 0]
            cells[slot + f.ABLE], cells[slot + f.ABLES] = keep(can), len(can)
            cells[slot + f.OTHER] = 0 if len(task.services) < 2 else slot + (f.WIDTH if place == 0 else -f.WIDTH)
    for number, visit in enumerate(problem.visits):
        row = first_visit + f.WIDTH * number
        cells[row + f.LEFT_COST] = weights["left_out"] * visit.weight + (0 if visit.optional else missing)
    able_rows = [frozenset(lists[cells[s + f.ABLE] - rows_end :][: cells[s + f.ABLES]]) for s in slots]
    _near(problem, cells, slots, windows, able_rows, keep)
    # who can be served at all; the others stay out
    free = [
        row
        for row in range(first_visit, first_visit + f.WIDTH * len(problem.visits), f.WIDTH)
        if _possible(cells, row)
    ]
    movable = [cells[row + at] for row in free for at in (f.TASK_1, f.TASK_2) if cells[row + at]]
    for at, listed in (
        (f.MOVABLE, movable),
        (f.CHOOSABLE, free),
        (f.SPREAD, [t for t in spread if t in set(movable)]),
        (f.RESTED, [row for row in rows if cells[row + f.REST] >= 0]),
    ):
        cells[at], cells[at + 1 if at != f.CHOOSABLE else f.CHOOSABLES] = (
            keep([int(one) for one in listed]),
            len(listed),
        )
    given = np.concatenate([cells, np.array(lists, np.int64)])
    return Layout(given, tuple(parts), weights, _blank(given, len(tasks), absences, rows))


def _tasks(problem: DayProblem) -> list[_Task]:
    tasks = []
    for number, visit in enumerate(problem.visits):
        windows = tuple(sorted(visit.windows))
        lines = tuple((visit, service) for service in visit.services)
        bound = len(lines) == 2 and visit.together != Together.INDEPENDENT
        gap = visit.distance if bound and visit.together == Together.SEQUENCE and visit.distance else Span(0, 0)
        for part in (lines,) if bound else tuple((line,) for line in lines):
            tasks.append(
                _Task(number, part, windows, gap.begin, gap.end, visit.hard, visit.wished, visit.pinned_start)
            )
    return tasks


def _absences(problem: DayProblem) -> list[tuple[int, Span]]:
    return [
        (number, span) for number, worker in enumerate(problem.workers) if not worker.absent for span in worker.away
    ]


def _absence_task(problem: DayProblem, number: int, span: Span) -> _Task:
    window = span if problem.late_at == "end" else Span(span.begin, span.begin)
    return _Task(len(problem.visits) + number, (), (window,), 0, 0, True, None, None)


def _penalties(problem: DayProblem, weights: dict[str, int]) -> tuple[int, int, int]:
    """Price of a unit of what must not be, units added to each breach, price of leaving out what is not optional."""
    unit = max(weights[goal] for goal in ("travel", "lateness", "waiting", "overtime", "largest_idle")) + 1
    dearest = max((visit.weight for visit in problem.visits), default=1) * weights["left_out"]
    typical = max((sum(row) // len(row) for row in problem.travel), default=0) + 1
    missing = 2 * dearest + 50 * unit * typical
    return 4 * unit, missing // (2 * unit) + 1, missing


def _worker(
    cells: Ints, row: int, number: int, worker: Worker, ways: list[int], travel: tuple[tuple[int, ...], ...]
) -> None:
    cells[row + f.FROM], cells[row + f.TO], cells[row + f.NUMBER] = ways[worker.starts_at], worker.ends_at, number
    begin, end = (worker.shift.begin, worker.shift.end) if worker.shift else (0, f.NEVER)
    cells[row + f.SHIFT_BEGIN], cells[row + f.SHIFT_END] = begin, end
    cells[row + f.AWAY] = worker.absent
    cells[row + f.SHIFT] = end - begin if worker.shift and not worker.absent else -1
    rest = worker.rest
    cells[row + f.REST] = rest.duration if rest else -1
    if rest:
        cells[row + f.REST_FIRST], cells[row + f.REST_LAST] = rest.begins.begin, rest.begins.end
        starts = max(rest.begins.begin, begin)
        fits = starts <= rest.begins.end and starts + rest.duration <= end
        cells[row + f.REST_ALONE] = fits and travel[worker.starts_at][worker.ends_at] == 0
    cells[row + f.MOST_WORK] = f.NEVER if worker.most_work is None else worker.most_work
    cells[row + f.MOST_OVERTIME] = f.NEVER if worker.most_overtime is None else worker.most_overtime


def _price(weights: dict[str, int], visit: Visit, service: Service, worker: Worker) -> int:
    if not rules.able(service, visit, worker) or worker.absent:
        return -1
    number = [one.id for one in visit.services].index(service.id)
    return (
        weights["unpreferred"] * (bool(visit.preferred) and worker.id not in visit.preferred)
        + weights["unfamiliar"] * (bool(visit.usual) and worker.id not in visit.usual)
        + weights["moved"] * (number < len(visit.published) and worker.id != visit.published[number])
    )


def _possible(cells: Ints, visit: int) -> bool:
    for at in (f.TASK_1, f.TASK_2):
        task = cells[visit + at]
        if task:
            slots = [cells[task + f.SLOT_1], cells[task + f.SLOT_2]]
            if any(slot and cells[slot + f.ABLES] == 0 for slot in slots):
                return False
    return True


def _near(
    problem: DayProblem,
    cells: Ints,
    slots: list[int],
    windows: list[tuple[Span, ...]],
    able: list[frozenset[int]],
    keep: Callable[[list[int]], int],
) -> None:
    """Lists of near slots: little travel and little time lost between both, and somebody who can do both."""
    place = np.array([cells[s + f.TO] for s in slots], np.int64)
    travel = np.array(problem.travel, np.int64).reshape(len(problem.travel), -1)
    between = travel[np.ix_(place, place)] if len(slots) else np.zeros((0, 0), np.int64)
    opens = np.array([w[0].begin for w in windows], np.int64)
    closes = np.array([w[-1].end for w in windows], np.int64)
    length = np.array([cells[s + f.DURATION] for s in slots], np.int64)
    # from row to column: the wait where the row is done as late as may be, the lateness where as soon as may be
    wait = np.maximum(0, opens[None, :] - closes[:, None] - length[:, None] - between)
    late = np.maximum(0, opens[:, None] + length[:, None] + between - closes[None, :])
    loss = between + 0.3 * wait + late
    loss = np.minimum(loss, loss.T)
    for row, slot in enumerate(slots):
        order = [i for i in np.argsort(loss[row], kind="stable") if i != row and able[row] & able[i]]
        near = [slots[i] for i in order if cells[slots[i] + f.TASK] != cells[slot + f.TASK]][:NEAREST]
        cells[slot + f.NEAR], cells[slot + f.NEARS] = keep(near), len(near)


def _blank(given: Ints, tasks: int, absences: list[tuple[int, Span]], rows: list[int]) -> Ints:
    end = int(given[f.ROWS_END])
    count = int(given[f.TASKS])
    state = np.zeros(end + 64 * (end // f.WIDTH) + 2 * count + len(rows) + 64, np.int64)
    state[f.QUEUE] = end
    state[f.TOUCH] = end + count
    state[f.LOG] = end + count + len(rows)
    state[f.MOST_IDLE] = 1
    for row in rows:
        state[row + f.WORKER] = state[row + f.REST_AT] = row
        state[row + f.START] = state[row + f.END] = given[row + f.SHIFT_BEGIN]
    for task in range(int(given[f.FIRST_TASK]), int(given[f.FIRST_VISIT]), f.WIDTH):
        state[task + f.HOLD] = given[given[task + f.HOLDS]]
    visit = int(given[f.FIRST_VISIT])
    for number in range(int(given[f.VISITS])):
        state[f.LEFT] += given[visit + f.WIDTH * number + f.LEFT_COST]
    for number, (owner, span) in enumerate(absences, start=tasks):
        task = int(given[f.FIRST_TASK]) + f.WIDTH * number
        state[task + f.IN] = 1
        state[task + f.KEY] = (span.begin << f.KEY_BITS) + number
        state[given[task + f.SLOT_1] + f.WORKER] = rows[owner]
    return state
