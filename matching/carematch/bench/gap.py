"""Generalised assignment: the public file format, as a question for the solver, and an independent count.

A file is plain integers: `m n`, the m × n costs agent by agent, the m × n uses agent by agent, the m
capacities. Each job goes to exactly one agent and costs are to be small. An agent becomes a supplier
with one resource, a job becomes a need.

The format knows no job that is left out, whereas the library may leave needs unserved: the policy puts
`unserved` before `cost`, and a plan with anybody unserved is no answer to the instance (`cost_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carematch.assignment import COST, UNSERVED, Need, Option, Policy, Problem, Resource, Solution, Supplier, single

POLICY = Policy((single(UNSERVED), single(COST)))


@dataclass(frozen=True)
class Instance:
    """One instance: `costs[agent][job]`, `uses[agent][job]`, `capacities[agent]`; all integers of at least 0."""

    costs: tuple[tuple[int, ...], ...]
    uses: tuple[tuple[int, ...], ...]
    capacities: tuple[int, ...]

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.capacities)

    @property
    def jobs(self) -> int:
        """Number of jobs."""
        return len(self.costs[0])


def read_instance(raw: bytes) -> Instance:
    """Reads a file of the format; raises ValueError with what is wrong with it."""
    numbers = [_integer(token) for token in raw.split()]
    if len(numbers) < 2:
        raise ValueError("The file does not begin with the numbers of agents and jobs.")
    agents, jobs = numbers[:2]
    if agents < 1 or jobs < 1:
        raise ValueError(f"There must be an agent and a job at least, not {agents} and {jobs}.")
    expected = 2 + 2 * agents * jobs + agents
    if len(numbers) != expected:
        raise ValueError(f"{agents} agents and {jobs} jobs take {expected} numbers, and there are {len(numbers)}.")
    rows = [tuple(numbers[start : start + jobs]) for start in range(2, 2 + 2 * agents * jobs, jobs)]
    return Instance(tuple(rows[:agents]), tuple(rows[agents:]), tuple(numbers[-agents:]))


def write_instance(instance: Instance) -> bytes:
    """The instance as a file that `read_instance` reads."""
    rows = [(instance.agents, instance.jobs), *instance.costs, *instance.uses, instance.capacities]
    return "".join(" ".join(map(str, row)) + "\n" for row in rows).encode()


def problem_of(instance: Instance) -> Problem:
    """The instance as a problem; job 7 is need `j00007`, agent 3 is supplier `a0003`.

    A job has an option at every agent whom it fits by itself. Raises ValueError when a job fits nobody.
    """
    options = []
    for job in range(instance.jobs):
        fitting = [
            agent for agent in range(instance.agents) if instance.uses[agent][job] <= instance.capacities[agent]
        ]
        if not fitting:
            raise ValueError(f"Job {job} fits no agent.")
        for agent in fitting:
            use = instance.uses[agent][job]
            usage = {_resource(agent): use} if use else {}
            options.append(Option(_need(job), _supplier(agent), usage, {COST: instance.costs[agent][job]}))
    return Problem(
        needs=tuple(Need(_need(job)) for job in range(instance.jobs)),
        suppliers=tuple(Supplier(_supplier(agent)) for agent in range(instance.agents)),
        resources=tuple(
            Resource(_resource(agent), capacity, _supplier(agent), "units")
            for agent, capacity in enumerate(instance.capacities)
            if capacity
        ),
        options=tuple(options),
        policy=POLICY,
    )


def agents_of(instance: Instance, solution: Solution) -> list[int | None]:
    """The agent of each job, counted from 0; None for a job that is left out."""
    agents: list[int | None] = [None] * instance.jobs
    for row in solution.assignments:
        agents[int(row.need[1:])] = int(row.supplier[1:])
    return agents


def cost_of(instance: Instance, agents: Sequence[int | None]) -> int | None:
    """What a plan costs, counted from the file alone; None when it breaks anything.

    A plan breaks the instance when a job is left out or with an agent who does not exist, or an agent has
    more than the capacity.
    """
    if len(agents) != instance.jobs:
        return None
    cost, left = 0, list(instance.capacities)
    for job, agent in enumerate(agents):
        if agent is None or not 0 <= agent < instance.agents:
            return None
        cost += instance.costs[agent][job]
        left[agent] -= instance.uses[agent][job]
    return cost if min(left) >= 0 else None


def _integer(token: bytes) -> int:
    shown = token[:20].decode("ascii", "replace")
    if not token.removeprefix(b"-").isdigit():
        raise ValueError(f"{shown} is not an integer.")
    if token.startswith(b"-"):
        raise ValueError(f"{shown} is negative.")
    if len(token) > 18:
        raise ValueError(f"{shown}… is too large.")
    return int(token)


def _need(job: int) -> str:
    return f"j{job:05d}"


def _supplier(agent: int) -> str:
    return f"a{agent:04d}"


def _resource(agent: int) -> str:
    return f"a{agent:04d}/units"
