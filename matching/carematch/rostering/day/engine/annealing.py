"""Simulated annealing on the moves, in pieces that a caller can time, stop and compare.

The best plan met is kept as its keys, workers, times to hold out for and places of breaks: enough to rebuild it.
"""

from __future__ import annotations

import math

import numpy as np

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.evaluation import rebuild, settle
from carematch.rostering.day.engine.journal import begin, draw, forget, pop, push, undo
from carematch.rostering.day.engine.moves import admit, any_move
from carematch.rostering.day.engine.pricing import cost, least_cost


@compiled
def kept_size(given: Ints) -> int:
    """How many numbers a kept plan has."""
    return 2 + 3 * given[f.TASKS] + given[f.SLOTS] + given[f.WORKERS]


@compiled
def keep(given: Ints, state: Ints, value: int, kept: Ints) -> None:
    """Keeps the plan and its cost."""
    kept[0] = value
    kept[1] = state[f.LEFT]
    at = 2
    task = given[f.FIRST_TASK]
    for _ in range(given[f.TASKS]):
        kept[at] = state[task + f.KEY]
        kept[at + 1] = state[task + f.HOLD]
        kept[at + 2] = state[task + f.IN]
        at += 3
        task += f.WIDTH
    slot = f.HEADER
    for _ in range(given[f.SLOTS]):
        kept[at] = state[slot + f.WORKER]
        at += 1
        slot += f.WIDTH
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        kept[at] = state[worker + f.REST_AT]
        at += 1
        worker += f.WIDTH


@compiled
def kept_blank(given: Ints, state: Ints) -> Ints:
    """The plan of a day in which nobody can be sent anywhere."""
    kept = np.zeros(kept_size(given), np.int64)
    keep(given, state, rebuild(given, state), kept)
    return kept


@compiled
def restore(given: Ints, state: Ints, kept: Ints) -> int:
    """Makes the state that of a kept plan; returns its cost."""
    state[f.LEFT] = kept[1]
    at = 2
    task = given[f.FIRST_TASK]
    for _ in range(given[f.TASKS]):
        state[task + f.KEY] = kept[at]
        state[task + f.HOLD] = kept[at + 1]
        state[task + f.IN] = kept[at + 2]
        at += 3
        task += f.WIDTH
    slot = f.HEADER
    for _ in range(given[f.SLOTS]):
        state[slot + f.WORKER] = kept[at]
        at += 1
        slot += f.WIDTH
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        state[worker + f.REST_AT] = kept[at]
        at += 1
        worker += f.WIDTH
    return rebuild(given, state)


@compiled
def order_by_time(given: Ints, state: Ints) -> None:
    """New keys with room between them: an order that all routes keep, as near to that of start times as can be.

    Kahn's algorithm; of the tasks whose predecessors are done, the one that begins first comes next.
    """
    count = given[f.TASKS]
    first = given[f.FIRST_TASK]
    open_ends = np.zeros(count, np.int64)
    keys = np.zeros(count, np.int64)
    forget(state)
    for i in range(count):
        task = first + f.WIDTH * i
        if state[task + f.IN] == 0:
            continue
        begins = state[given[task + f.SLOT_1] + f.START]
        for slot in (given[task + f.SLOT_1], given[task + f.SLOT_2]):
            if slot:
                begins = max(begins, state[slot + f.START])
                if state[slot + f.BEFORE] != state[slot + f.WORKER]:
                    open_ends[i] += 1
        state[task + f.KEY] = begins << f.KEY_BITS
    for i in range(count):
        if open_ends[i] == 0 and state[first + f.WIDTH * i + f.IN]:
            push(state, first + f.WIDTH * i)
    last = 0
    while state[f.QUEUED]:
        task = pop(state)
        i = (task - first) // f.WIDTH
        last = max(last + (1 << 12), state[task + f.KEY])
        keys[i] = last
        for slot in (given[task + f.SLOT_1], given[task + f.SLOT_2]):
            if slot:
                after = state[slot + f.AFTER]
                if after != state[slot + f.WORKER]:
                    other = given[after + f.TASK]
                    open_ends[(other - first) // f.WIDTH] -= 1
                    if open_ends[(other - first) // f.WIDTH] == 0:
                        push(state, other)
    for i in range(count):
        if state[first + f.WIDTH * i + f.IN]:
            state[first + f.WIDTH * i + f.KEY] = keys[i]


@compiled
def anneal(given: Ints, state: Ints, kept: Ints, steps: int, hot: float, cold: float, left: bool) -> int:
    """So many moves at temperatures falling from `hot` to `cold`; `kept` is the best plan met, returns its cost.

    A move is accepted at a random threshold drawn beforehand (Metropolis), so that one whose least cost is above the
    threshold is dropped before anything is timed.
    """
    order_by_time(given, state)
    now = cost(given, state)
    if now + state[f.PEAK] < kept[0]:
        keep(given, state, now + state[f.PEAK], kept)
    factor = (cold / hot) ** (1.0 / max(1, steps // 64))
    heat = hot
    for step in range(steps):
        if step & 63 == 63:
            heat *= factor
            if step & 16383 == 16383:
                order_by_time(given, state)
        begin(state)
        if not any_move(given, state, left):
            undo(state)
            continue
        limit = now - heat * math.log((draw(state, 1 << 30) + 1) / (1 << 30))
        if least_cost(given, state) > limit:
            undo(state)
            continue
        settle(given, state)
        new = cost(given, state)
        if new > limit:
            undo(state)
            continue
        now = new
        if new + state[f.PEAK] < kept[0]:
            keep(given, state, new + state[f.PEAK], kept)
    return kept[0]


@compiled
def typical_rise(given: Ints, state: Ints, tries: int, left: bool) -> float:
    """The middle one of what random moves would make worse; nothing is changed."""
    order_by_time(given, state)
    now = cost(given, state)
    rises = np.empty(tries, np.float64)
    count = 0
    for _ in range(20 * tries):
        begin(state)
        if any_move(given, state, left):
            settle(given, state)
            new = cost(given, state)
            if new > now:
                rises[count] = new - now
                count += 1
        undo(state)
        if count == tries:
            break
    return 1.0 if count == 0 else np.median(rises[:count])


@compiled
def construct(given: Ints, state: Ints, tries: int) -> int:
    """Visits one after the other, by window, each where it costs least of `tries` places; worse than leaving it out
    is left out. Returns the cost."""
    count = given[f.CHOOSABLES]
    opens = np.empty(count, np.int64)
    for i in range(count):
        opens[i] = given[given[given[given[f.CHOOSABLE] + i] + f.TASK_1] + f.WINDOW]
        opens[i] = given[opens[i]]
    now = rebuild(given, state)
    for i in np.argsort(opens):
        visit = given[given[f.CHOOSABLE] + i]
        if state[given[visit + f.TASK_1] + f.IN]:
            continue
        best, seed = now, 0
        for _ in range(tries):
            begin(state)
            before = state[f.RANDOM]
            if admit(given, state, visit):
                settle(given, state)
                new = cost(given, state)
                if new < best:
                    best, seed = new, before
            undo(state)
        if seed:
            begin(state)
            after = state[f.RANDOM]
            state[f.RANDOM] = seed
            admit(given, state, visit)
            settle(given, state)
            now = cost(given, state)
            state[f.RANDOM] = after
            state[f.LOGGED] = 0
    return now
