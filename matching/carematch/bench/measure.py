"""One solver on one instance in a process of its own: what it found when, and the memory that it took.

A process apart keeps solvers from one another's leavings, and one that does not obey its time limit is ended.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from carematch.assignment import Limits, Problem, check_plan, warm_up
from carematch.bench.gap import agents_of, cost_of, problem_of, read_instance
from carematch.bench.peers import PEERS, PeerMissing
from carematch.bench.plain import plain_model
from carematch.bench.province import province
from carematch.bench.recording import Point, complete, counted_level, recorded, thinned

OURS = "carematch"
#: Seconds beyond its limit that a solver may take for reading, building its model and coming to an end.
PATIENCE = 300.0
#: What is found later than this beyond the limit does not count.
GRACE = 2.0


@dataclass(frozen=True)
class Case:
    """One instance: a file of generalised assignment, or the arguments of a province.

    `best` is the best known value, None where nobody knows one.
    """

    name: str
    seconds: float
    file: Path | None = None
    province: dict[str, Any] = field(default_factory=dict)
    best: float | None = None
    peers: bool = True

    def problem(self) -> Problem:
        """Reads or makes the problem."""
        return problem_of(read_instance(self.file.read_bytes())) if self.file else province(**self.province)


@dataclass(frozen=True)
class Run:
    """How it went: `points` as time went by, `phases` with the second at which each began, memory in MiB.

    `status` is what the solver says of itself, or why there is nothing.
    """

    case: str
    solver: str
    status: str
    points: list[Point]
    phases: dict[str, float]
    memory: int

    @property
    def last(self) -> Point | None:
        """What was known in the end."""
        return self.points[-1] if self.points else None


def measure(case: Case, solver: str, threads: int, seed: int) -> Run:
    """Lets one solver (`OURS` or one of `PEERS`) work on one instance."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(case, solver, threads, seed, theirs))
    child.start()
    theirs.close()
    points: list[Point] = []
    ended: dict[str, Any] = {"status": "died", "phases": {}, "memory": 0}
    deadline = time.monotonic() + case.seconds * 1.1 + PATIENCE
    try:
        while ours.poll(max(0.0, deadline - time.monotonic())):
            message = ours.recv()
            if isinstance(message, dict):
                ended = message
                break
            if message[0] <= case.seconds + GRACE:
                points.append(Point(*message))
        else:
            ended["status"] = "did not end"
    except EOFError:
        pass
    finally:
        child.kill()
        child.join()
    return Run(case.name, solver, ended["status"], thinned(points), ended["phases"], ended["memory"])


def _work(case: Case, solver: str, threads: int, seed: int, answers: Connection) -> None:
    """The whole life of the child."""
    send: Callable[[Point], None] = answers.send
    phases: dict[str, float] = {}
    problem = case.problem()
    if solver == OURS:
        status, phases = _ours(case, problem, threads, seed, send)
    else:
        # Banners are no results.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        model = plain_model(problem, all_served=case.file is not None)
        del problem
        try:
            status = PEERS[solver][1](model, case.seconds, threads, seed, send)
        except PeerMissing as error:
            status = str(error)
    answers.send({"status": status, "phases": phases, "memory": _peak_memory()})


def _peak_memory() -> int:
    """The most memory that this process ever had, in MiB; 0 where the system does not tell (only Linux does).

    `getrusage` would count what the parent had before this process became its own.
    """
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _ours(
    case: Case, problem: Problem, threads: int, seed: int, send: Callable[[Point], None]
) -> tuple[str, dict[str, float]]:
    """The public API; the last point is counted apart from the solver."""
    warm_up()  # what is compiled at first use is not what is measured
    solution, recorder = recorded(problem, Limits(seconds=case.seconds, workers=threads), seed)
    bound = solution.levels[counted_level(problem.policy)].bound
    value: int | None
    if case.file:
        instance = read_instance(case.file.read_bytes())
        agents = agents_of(instance, solution)
        unserved, value = agents.count(None), cost_of(instance, agents)
    else:
        report = check_plan(problem, solution.assignments)
        goals = problem.policy.levels[counted_level(problem.policy)].terms
        unserved = report.values["unserved"]
        value = sum(term.weight * report.values[term.goal] for term in goals) if report.ok else None
    for point in complete(recorder.points) if case.file else recorder.points:
        send(point)
    send(Point(solution.seconds, unserved, value, bound))
    return solution.status, recorder.phases
