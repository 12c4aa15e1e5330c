"""What a state costs: sums times weights, the largest idle time, the imbalance."""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled


@compiled
def idle_cost(given: Ints, state: Ints, optimistic: bool) -> int:
    """The price of idle time: the mean of the `MOST_IDLE` most idle. `PEAK` gets what the largest costs more.

    `optimistic` supposes that there is neither overtime nor a break missed, which needs no times.
    """
    most = state[f.MOST_IDLE]
    for i in range(most):
        state[f.TOP + i] = 0
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        if given[worker + f.SHIFT] >= 0:
            rest = max(0, given[worker + f.REST])
            idle = given[worker + f.SHIFT] - state[worker + f.WORK] - state[worker + f.TRAVEL]
            if optimistic:
                idle -= rest
            else:
                idle += state[worker + f.OVER]
                if state[worker + f.LACKS_REST] == 0:
                    idle -= rest
            if idle > state[f.TOP + most - 1]:
                at = most - 1
                while at > 0 and state[f.TOP + at - 1] < idle:
                    state[f.TOP + at] = state[f.TOP + at - 1]
                    at -= 1
                state[f.TOP + at] = idle
        worker += f.WIDTH
    total = 0
    for i in range(most):
        total += state[f.TOP + i]
    mean = total // most
    state[f.PEAK] = given[f.WEIGHT + f.IDLE] * (state[f.TOP] - mean)
    return given[f.WEIGHT + f.IDLE] * mean


@compiled
def imbalance(given: Ints, state: Ints) -> int:
    """Work and travel of the busiest worker less that of the least busy."""
    most, least = 0, f.NEVER
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        busy = state[worker + f.WORK] + state[worker + f.TRAVEL]
        most = max(most, busy)
        least = min(least, busy)
        worker += f.WIDTH
    return most - least


@compiled
def cost(given: Ints, state: Ints) -> int:
    """The cost of what is settled."""
    total = 0
    for i in range(f.SUMS):
        total += given[f.WEIGHT + i] * state[i]
    state[f.PEAK] = 0
    if given[f.WEIGHT + f.IDLE]:
        total += idle_cost(given, state, False)
    if given[f.WEIGHT + f.IMBALANCE]:
        total += given[f.WEIGHT + f.IMBALANCE] * imbalance(given, state)
    return total


@compiled
def least_cost(given: Ints, state: Ints) -> int:
    """What a change will cost at least, before anything is timed."""
    total = given[f.WEIGHT + f.TRAVELLED] * state[f.TRAVELLED] + state[f.SEATS] + state[f.LEFT]
    if given[f.WEIGHT + f.IDLE]:
        total += idle_cost(given, state, True)
    return total
