"""The day as a model of CP-SAT: proof for small days, exact times for given routes.

A circuit a worker goes through the day's end (node 0) and the slots that the worker fills; an arc not in `arcs` does
not exist, so that with the arcs of a plan only times, windows and breaks are left to choose.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ortools.sat.python import cp_model

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints
from carematch.rostering.day.engine.layout import Layout
from carematch.rostering.day.levels import reach
from carematch.rostering.day.plan import Plan, Rest, Route, Stop
from carematch.rostering.day.problem import DayProblem, Worker

Arc = tuple[int, int, int]
"""Worker row, row of the slot before, row of the slot after; the worker's row stands for both ends of the day."""


class Answer(NamedTuple):
    """A plan (None without), and what no plan with these arcs costs less than."""

    plan: Plan | None
    bound: int
    optimal: bool


def all_arcs(layout: Layout) -> list[Arc]:
    """Every arc that a worker could go."""
    given = layout.given
    able: dict[int, list[int]] = {}
    for slot in _slots(layout):
        for number in range(given[slot + f.ABLES]):
            able.setdefault(int(given[given[slot + f.ABLE] + number]), []).append(slot)
    arcs = []
    for worker, slots in able.items():
        ends = [worker, *slots]
        arcs += [
            (worker, a, b)
            for a in ends
            for b in ends
            if a != b and (a == worker or b == worker or given[a + f.TASK] != given[b + f.TASK])
        ]
    return arcs


def arcs_of(layout: Layout, state: Ints) -> list[Arc]:
    """The arcs of a settled state."""
    given, arcs = layout.given, []
    for number in range(given[f.WORKERS]):
        worker = int(given[f.FIRST_WORKER]) + f.WIDTH * number
        slot = worker
        while state[worker + f.AFTER] != worker:
            after = int(state[slot + f.AFTER])
            arcs.append((worker, slot, after))
            slot = after
            if slot == worker:
                break
    return arcs


def _slots(layout: Layout) -> list[int]:
    return [layout.slot(number) for number, part in enumerate(layout.parts) if part is not None]


class _Model:
    """Variables by row."""

    def __init__(self, problem: DayProblem, layout: Layout, arcs: list[Arc], must: frozenset[int]) -> None:
        self.problem, self.layout, self.given = problem, layout, layout.given
        self.model = cp_model.CpModel()
        self.end = _horizon(problem)
        self.cost: list[Any] = []
        self.slots = _slots(layout)
        self.start = {slot: self.model.new_int_var(0, self.end, "") for slot in self.slots}
        self.on: dict[tuple[int, int], Any] = {}
        self.arc: dict[Arc, Any] = {arc: self.model.new_bool_var("") for arc in arcs}
        self.rest: dict[int, tuple[Any, dict[tuple[Arc, bool], Any]]] = {}
        self.inside: dict[int, Any] = {}
        self.late: list[Any] = []
        self.idle: list[Any] = []
        self.busy: list[Any] = []
        for visit in range(self.given[f.VISITS]):
            self._visit(int(self.given[f.FIRST_VISIT]) + f.WIDTH * visit, must)
        for number, worker in enumerate(problem.workers):
            self._worker(int(self.given[f.FIRST_WORKER]) + f.WIDTH * number, worker)
        for slot in self.slots:
            here = [lit for (s, _), lit in self.on.items() if s == slot]
            self.model.add(sum(here) == self.inside[int(self.given[slot + f.TASK])])
        self._largest()
        self.model.minimize(sum(self.cost))

    def weight(self, at: int) -> int:
        return int(self.given[f.WEIGHT + at])

    def _visit(self, row: int, must: frozenset[int]) -> None:
        given, inside = self.given, self.model.new_bool_var("")
        if row in must:
            self.model.add(inside == 1)
        self.cost.append(int(given[row + f.LEFT_COST]) * (1 - inside))
        for at in (f.TASK_1, f.TASK_2):
            task = int(given[row + at])
            if task:
                self.inside[task] = inside
                self._task(task)

    def _task(self, task: int) -> None:
        given, model, inside = self.given, self.model, self.inside[task]
        one, two = int(given[task + f.SLOT_1]), int(given[task + f.SLOT_2])
        if two:
            gap = self.start[two] - self.start[one]
            model.add_linear_constraint(gap, int(given[task + f.LOW]), int(given[task + f.HIGH])).only_enforce_if(
                inside
            )
        if given[task + f.PIN] >= 0:
            model.add(self.start[one] == int(given[task + f.PIN])).only_enforce_if(inside)
        base, count = int(given[task + f.WINDOW]), int(given[task + f.WINDOWS])
        for slot in (one, two):
            if slot == 0:
                continue
            lits = [model.new_bool_var("") for _ in range(count)]
            model.add_exactly_one(lits)
            late = 0 if given[task + f.HARD] else model.new_int_var(0, self.end, "")
            moment = self.start[slot] + (int(given[slot + f.DURATION]) if given[f.LATE_AT_END] else 0)
            for number, lit in enumerate(lits):
                model.add(self.start[slot] >= int(given[base + number])).only_enforce_if(lit)
                closes = int(given[base + count + number])
                model.add(late >= moment - closes).only_enforce_if(lit, inside)
            if not given[task + f.HARD]:
                self.cost.append(self.weight(f.LATENESS) * late)
                self.late.append(late)
            if given[task + f.WISH_END] >= 0 and self.weight(f.OFF_WISH):
                off = model.new_int_var(0, self.end, "")
                model.add(off >= int(given[task + f.WISH_BEGIN]) - self.start[slot]).only_enforce_if(inside)
                model.add(off >= self.start[slot] - int(given[task + f.WISH_END])).only_enforce_if(inside)
                self.cost.append(self.weight(f.OFF_WISH) * off)

    def _worker(self, row: int, worker: Worker) -> None:
        given, model = self.given, self.model
        mine = [arc for arc in self.arc if arc[0] == row]
        unused = model.new_bool_var("")
        nodes = {row: 0}
        circuit: list[tuple[int, int, Any]] = [(0, 0, unused)]
        for _, a, b in mine:
            for slot in (a, b):
                nodes.setdefault(slot, len(nodes))
        for slot, node in nodes.items():
            if node:
                lit = self.on[slot, row] = model.new_bool_var("")
                circuit.append((node, node, lit.negated()))
                price = int(given[given[slot + f.SEAT] + given[row + f.NUMBER]])
                self.cost.append(price * lit)
                other = int(given[slot + f.OTHER])
                if (other, row) in self.on:
                    model.add_at_most_one(lit, self.on[other, row])
        circuit += [(nodes[a], nodes[b], self.arc[row, a, b]) for _, a, b in mine]
        if mine:
            model.add_circuit(circuit)
        else:
            model.add(unused == 1)
        ways = sum(self._way(a, b) * self.arc[row, a, b] for _, a, b in mine)
        work = sum(int(given[s + f.DURATION]) * lit for (s, w), lit in self.on.items() if w == row)
        self.cost.append(self.weight(f.TRAVELLED) * ways)
        begins, back = model.new_int_var(0, self.end, ""), model.new_int_var(0, self.end, "")
        ends = model.new_int_var(0, self.end, "")  # of the last service, or of a break after it
        resting = self._rest(row, worker, mine, ends)
        for _, a, b in mine:
            self._pass(row, a, b, begins, ends, back, resting)
        taken, opening = resting[0], resting[1]
        rest = int(given[row + f.REST])
        if rest >= 0 and not worker.absent:
            alone = unused if given[row + f.REST_ALONE] else 0
            self.cost.append(self.weight(f.MISSED) * (1 - taken - alone))
            rested: Any = rest * (taken + alone)
        else:
            rested = 0
        over: Any = 0
        sent = [lit for (slot, w), lit in self.on.items() if w == row and given[self._visit_of(slot) + f.FREE]]
        if worker.shift is not None:
            over = model.new_int_var(0, self.end, "")
            model.add(over >= back - worker.shift.end).only_enforce_if(unused.negated())
            self.cost.append(self.weight(f.OVERTIME) * over)
            if worker.most_overtime is not None:
                for lit in sent:
                    model.add(over <= worker.most_overtime).only_enforce_if(lit)
            if not worker.absent:
                self.idle.append(worker.shift.end - worker.shift.begin + over - work - ways - rested)
        if worker.most_work is not None:
            for lit in sent:
                model.add(work + ways <= worker.most_work).only_enforce_if(lit)
        if self.weight(f.WAITED):
            wait = model.new_int_var(0, self.end, "")
            inner = sum(self._way(a, b) * self.arc[row, a, b] for _, a, b in mine if row not in (a, b))
            during = rest * (taken - opening) if rest >= 0 else 0
            model.add(wait >= ends - begins - inner - work - during).only_enforce_if(unused.negated())
            self.cost.append(self.weight(f.WAITED) * wait)
        self.busy.append(work + ways)

    def _visit_of(self, slot: int) -> int:
        return int(self.given[self.given[slot + f.TASK] + f.VISIT])

    def _way(self, a: int, b: int) -> int:
        return int(self.given[self.given[a + f.FROM] + self.given[b + f.TO]])

    def _rest(self, row: int, worker: Worker, mine: list[Arc], ends: Any) -> tuple[Any, Any]:
        """Break literals by arc and by whether it is taken before the way; returns taken, and taken at the opening."""
        if worker.rest is None or not mine:
            return 0, 0
        start = self.model.new_int_var(worker.rest.begins.begin, worker.rest.begins.end, "")
        places: dict[tuple[Arc, bool], Any] = {}
        for arc in mine:
            for before in (True, False):
                if before or arc[2] != row:  # after the last visit it is taken there
                    lit = places[arc, before] = self.model.new_bool_var("")
                    self.model.add_implication(lit, self.arc[arc])
        self.model.add_at_most_one(places.values())
        self.rest[row] = (start, places)
        return sum(places.values()), sum(lit for (arc, _), lit in places.items() if arc[1] == row)

    def _pass(self, row: int, a: int, b: int, begins: Any, ends: Any, back: Any, resting: tuple[Any, Any]) -> None:
        """What an arc says of times, with a break on it or not."""
        given, model, on, way = self.given, self.model, self.arc[row, a, b], self._way(a, b)
        leaves: Any = int(given[row + f.SHIFT_BEGIN]) if a == row else self.start[a] + int(given[a + f.DURATION])
        if a == row:
            model.add(begins == self.start[b]).only_enforce_if(on)
        target = ends if b == row else self.start[b]
        model.add(target >= leaves + (0 if b == row else way)).only_enforce_if(on)
        if b == row:
            model.add(back >= ends + way).only_enforce_if(on)
        if row in self.rest:
            start, places = self.rest[row]
            length = int(given[row + f.REST])
            for before in (True, False):
                lit = places.get(((row, a, b), before))
                if lit is None:
                    continue
                model.add(start >= leaves + (0 if before else way)).only_enforce_if(lit)
                after = length + (way if before and b != row else 0)
                model.add(target >= start + after).only_enforce_if(lit)

    def _largest(self) -> None:
        model = self.model
        if self.weight(f.LARGEST_LATENESS) and self.late:
            largest = model.new_int_var(0, self.end, "")
            for late in self.late:
                model.add(largest >= late)
            self.cost.append(self.weight(f.LARGEST_LATENESS) * largest)
        if self.weight(f.IDLE) and self.idle:
            largest = model.new_int_var(0, self.end, "")
            for idle in self.idle:
                model.add(largest >= idle)
            self.cost.append(self.weight(f.IDLE) * largest)
        if self.weight(f.IMBALANCE) and self.busy:
            most, least = model.new_int_var(0, self.end, ""), model.new_int_var(0, self.end, "")
            for busy in self.busy:
                model.add(most >= busy)
                model.add(least <= busy)
            self.cost.append(self.weight(f.IMBALANCE) * (most - least))

    def plan(self, solver: cp_model.CpSolver) -> Plan:
        """The plan of a solved model."""
        routes = []
        for number, worker in enumerate(self.problem.workers):
            row = int(self.given[f.FIRST_WORKER]) + f.WIDTH * number
            stops = []
            for (slot, owner), lit in self.on.items():
                part = self.layout.parts[(slot - f.HEADER) // f.WIDTH]
                if owner == row and solver.boolean_value(lit) and part is not None and part.service is not None:
                    stops.append(Stop(part.visit, part.service, solver.value(self.start[slot])))
            rest = None
            used = any(solver.boolean_value(self.arc[arc]) for arc in self.arc if arc[0] == row)
            if not used and self.given[row + f.REST_ALONE] and not worker.absent:
                begins = max(self.given[row + f.REST_FIRST], self.given[row + f.SHIFT_BEGIN])
                rest = Rest(worker.starts_at, int(begins))
            elif row in self.rest:
                start, places = self.rest[row]
                for (arc, before), lit in places.items():
                    if solver.boolean_value(lit):
                        end = arc[1] if before else arc[2]
                        at = worker.starts_at if end == row else self._place(end)
                        rest = Rest(at, solver.value(start))
            if stops or rest:
                routes.append(Route(worker.id, tuple(sorted(stops, key=lambda stop: stop.start)), rest))
        return Plan(tuple(routes))

    def _place(self, slot: int) -> int:
        part = self.layout.parts[(slot - f.HEADER) // f.WIDTH]
        assert part is not None
        return part.place

    def hint(self, state: Ints) -> None:
        """Starts the solver from a settled state."""
        for slot in self.slots:
            if state[slot + f.WORKER]:
                self.model.add_hint(self.start[slot], int(state[slot + f.START]))
        for (row, a, b), lit in self.arc.items():
            self.model.add_hint(lit, bool(state[b if a == row else a] and _follows(state, row, a, b)))


def _follows(state: Ints, row: int, a: int, b: int) -> bool:
    return bool(state[a + f.WORKER] == row and state[a + f.AFTER] == b and not (a == row and b == row))


def _horizon(problem: DayProblem) -> int:
    return reach(problem)["overtime"] // max(
        1, sum(len(visit.services) for visit in problem.visits) + len(problem.workers)
    )


def solve_exactly(
    problem: DayProblem,
    layout: Layout,
    state: Ints,
    arcs: list[Arc],
    seconds: float | None,
    work: float | None,
    threads: int,
    should_stop: Callable[[], bool],
    whole: bool,
) -> Answer:
    """The best plan with these arcs, from a settled state. `whole`: also who is left out is open.

    With a limit of work the answer depends on the seed and that limit alone.
    """
    given = layout.given
    must = frozenset(
        row
        for row in range(int(given[f.FIRST_VISIT]), int(given[f.ROWS_END]), f.WIDTH)
        if not given[row + f.FREE] or (not whole and state[given[row + f.TASK_1] + f.IN])
    )
    built = _Model(problem, layout, arcs, must)
    built.hint(state)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1 if work is not None else threads
    solver.parameters.random_seed = 1
    if work is not None:
        solver.parameters.max_deterministic_time = work
    if seconds is not None:
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
    watch = _Watch(should_stop)
    status = solver.solve(built.model, watch)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(None, 0, False)
    bound = math.ceil(solver.best_objective_bound - 1e-6)
    return Answer(built.plan(solver), bound, status == cp_model.OPTIMAL)


class _Watch(cp_model.CpSolverSolutionCallback):
    """Asks at every solution whether to stop."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        super().__init__()
        self._should_stop = should_stop

    def on_solution_callback(self) -> None:
        if self._should_stop():
            self.stop_search()
