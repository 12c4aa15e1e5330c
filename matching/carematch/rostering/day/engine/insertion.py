"""Taking tasks out and putting them in; choosing which, and where.

New keys lie strictly between those of two neighbours on a route, and near the time at which the task would begin
there, so that the other slot of a bound task finds a place that suits the hour. What cannot be done returns False,
perhaps half-way: the caller undoes it.
"""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.evaluation import account
from carematch.rostering.day.engine.journal import draw, put
from carematch.rostering.day.engine.routes import link, place_of, seat, unlink, way


@compiled
def pull(given: Ints, state: Ints, task: int) -> None:
    """Takes a task out of its routes."""
    unlink(given, state, given[task + f.SLOT_1])
    if given[task + f.SLOT_2]:
        unlink(given, state, given[task + f.SLOT_2])
    put(state, task + f.IN, 0)
    account(state, task, 0, 0, 0, 0)


@compiled
def some_task(given: Ints, state: Ints) -> int:
    """A random task that may move and is in; 0 where none was found."""
    count = given[f.MOVABLES]
    for _ in range(8):
        task = given[given[f.MOVABLE] + draw(state, count)]
        if state[task + f.IN]:
            return task
    return 0


@compiled
def some_worker(given: Ints, state: Ints, slot: int) -> int:
    """A random worker able to fill the slot."""
    return given[given[slot + f.ABLE] + draw(state, given[slot + f.ABLES])]


@compiled
def some_near(given: Ints, state: Ints, slot: int) -> int:
    """A near slot that is in, nearer ones more often; 0 where none was found."""
    count = given[slot + f.NEARS]
    if count == 0:
        return 0
    for _ in range(4):
        u = draw(state, 1024)
        near = given[given[slot + f.NEAR] + ((u * u) >> 10) * count // 1024]
        if state[near + f.WORKER]:
            return near
    return 0


@compiled
def key_of(given: Ints, state: Ints, slot: int) -> int:
    """The key of a slot's task."""
    return state[given[slot + f.TASK] + f.KEY]


@compiled
def key_behind(given: Ints, state: Ints, slot: int, before: int, worker: int) -> int:
    """A key for the slot's task behind `before` on the worker's route; -1 where there is no room between keys."""
    after = state[before + f.AFTER]
    begins = max(state[before + f.END] + way(given, before, slot), given[given[given[slot + f.TASK] + f.WINDOW]])
    low = -1 if before == worker else key_of(given, state, before)
    key = (begins << f.KEY_BITS) + draw(state, 1 << f.KEY_BITS)
    if after == worker:
        return max(key, low + 1 + draw(state, 1 << f.KEY_BITS))
    high = key_of(given, state, after)
    if high - low < 3:
        return -1
    if low < key < high and draw(state, 4):
        return key
    return low + 1 + draw(state, high - low - 1)


@compiled
def insert(given: Ints, state: Ints, task: int, slot: int, before: int, worker: int, partner: int) -> bool:
    """Puts a task in: `slot` behind `before`, the other slot, if any, where its key belongs at `partner`."""
    if seat(given, slot, worker) < 0:
        return False
    key = key_behind(given, state, slot, before, worker)
    if key < 0:
        return False
    other = given[slot + f.OTHER]
    behind = 0
    if other:
        if partner == worker or seat(given, other, partner) < 0:
            return False
        behind = place_of(given, state, partner, key)
        if behind == 0:
            return False
    put(state, task + f.KEY, key)
    put(state, task + f.IN, 1)
    link(given, state, slot, before, worker)
    if other:
        link(given, state, other, behind, partner)
    if given[task + f.HOLD_COUNT] > 1:
        hold = 0 if draw(state, 2) else draw(state, given[task + f.HOLD_COUNT])
        put(state, task + f.HOLD, given[given[task + f.HOLDS] + hold])
    return True


@compiled
def spot(given: Ints, state: Ints, slot: int) -> int:
    """Behind which slot or worker to put this one: beside a near one mostly, else somewhere at an able worker's."""
    if draw(state, 16):
        near = some_near(given, state, slot)
        if near:
            return near if draw(state, 2) else state[near + f.BEFORE]
    worker = some_worker(given, state, slot)
    before = worker
    for _ in range(draw(state, 12)):
        if state[before + f.AFTER] == worker:
            break
        before = state[before + f.AFTER]
    return before


@compiled
def insert_near(given: Ints, state: Ints, task: int, slot: int, partner: int) -> bool:
    """Puts a task in near others; the other slot goes to `partner`, or to anybody able where that is 0."""
    before = spot(given, state, slot)
    worker = state[before + f.WORKER]
    if given[slot + f.OTHER] and (partner in (0, worker) or draw(state, 4) == 0):
        partner = some_worker(given, state, given[slot + f.OTHER])
    return insert(given, state, task, slot, before, worker, partner)


@compiled
def lead(given: Ints, state: Ints, task: int) -> int:
    """One of the task's slots, at random."""
    if given[task + f.SLOT_2] and draw(state, 2):
        return given[task + f.SLOT_2]
    return given[task + f.SLOT_1]
