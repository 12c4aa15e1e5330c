"""The moves of the search. Each changes routes and returns whether it did; nothing is timed here.

A move that finds it cannot be made returns False, perhaps half-way: the caller undoes it.
"""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.insertion import (
    insert,
    insert_near,
    lead,
    pull,
    some_near,
    some_task,
    some_worker,
    spot,
)
from carematch.rostering.day.engine.journal import draw, mark, put
from carematch.rostering.day.engine.routes import link, place_of, seat, unlink
from carematch.rostering.day.engine.tails import cross, move_rest


@compiled
def relocate(given: Ints, state: Ints) -> bool:
    """A task goes near others."""
    task = some_task(given, state)
    if task == 0:
        return False
    slot = lead(given, state, task)
    partner = state[given[slot + f.OTHER] + f.WORKER] if given[slot + f.OTHER] else 0
    pull(given, state, task)
    return insert_near(given, state, task, slot, partner)


@compiled
def change_worker(given: Ints, state: Ints) -> bool:
    """A slot goes to another worker at the same key."""
    task = some_task(given, state)
    if task == 0:
        return False
    slot = lead(given, state, task)
    worker = some_worker(given, state, slot)
    if worker == state[slot + f.WORKER] or (
        given[slot + f.OTHER] and state[given[slot + f.OTHER] + f.WORKER] == worker
    ):
        return False
    before = place_of(given, state, worker, state[task + f.KEY])
    if before == 0:
        return False
    unlink(given, state, slot)
    link(given, state, slot, before, worker)
    return True


@compiled
def swap(given: Ints, state: Ints) -> bool:
    """Two near tasks change places: worker and key where both are single, else the workers of two of their slots."""
    task = some_task(given, state)
    if task == 0:
        return False
    slot = lead(given, state, task)
    near = some_near(given, state, slot)
    if near == 0:
        return False
    other = given[near + f.TASK]
    one, two = state[slot + f.WORKER], state[near + f.WORKER]
    if given[given[other + f.VISIT] + f.FREE] == 0 or seat(given, slot, two) < 0 or seat(given, near, one) < 0:
        return False
    if given[slot + f.OTHER] == 0 and given[near + f.OTHER] == 0:
        unlink(given, state, slot)
        unlink(given, state, near)
        key = state[task + f.KEY]
        put(state, task + f.KEY, state[other + f.KEY])
        put(state, other + f.KEY, key)
    else:
        if one == two:
            return False
        if given[slot + f.OTHER] and state[given[slot + f.OTHER] + f.WORKER] == two:
            return False
        if given[near + f.OTHER] and state[given[near + f.OTHER] + f.WORKER] == one:
            return False
        unlink(given, state, slot)
        unlink(given, state, near)
    before = place_of(given, state, two, state[task + f.KEY])
    if before == 0:
        return False
    link(given, state, slot, before, two)
    before = place_of(given, state, one, state[other + f.KEY])
    if before == 0:
        return False
    link(given, state, near, before, one)
    return True


@compiled
def move_segment(given: Ints, state: Ints) -> bool:
    """Two or three single tasks that follow each other go together near others, perhaps turned round."""
    task = some_task(given, state)
    if task == 0 or given[task + f.SLOT_2]:
        return False
    first = given[task + f.SLOT_1]
    owner = state[first + f.WORKER]
    second = state[first + f.AFTER]
    if second == owner or given[second + f.OTHER]:
        return False
    third = state[second + f.AFTER] if draw(state, 2) else owner
    if third != owner and given[third + f.OTHER]:
        third = owner
    for slot in (second, third):
        if slot != owner and given[given[given[slot + f.TASK] + f.VISIT] + f.FREE] == 0:
            return False
    before = spot(given, state, first)
    if before in (first, second, third):
        return False
    worker = state[before + f.WORKER]
    if seat(given, first, worker) < 0 or seat(given, second, worker) < 0:
        return False
    if third != owner and seat(given, third, worker) < 0:
        return False
    pull(given, state, task)
    pull(given, state, given[second + f.TASK])
    if third != owner:
        pull(given, state, given[third + f.TASK])
    turned = draw(state, 2)
    if turned and third != owner:
        first, third = third, first
    elif turned:
        first, second = second, first
    for slot in (first, second, third):
        if slot == owner:
            continue
        if not insert(given, state, given[slot + f.TASK], slot, before, worker, 0):
            return False
        before = slot
    return True


@compiled
def admit(given: Ints, state: Ints, visit: int) -> bool:
    """Puts a visit that is out in."""
    state[f.LEFT] -= given[visit + f.LEFT_COST]
    for at in (f.TASK_1, f.TASK_2):
        task = given[visit + at]
        if task and not insert_near(given, state, task, lead(given, state, task), 0):
            return False
    return True


@compiled
def leave_out(given: Ints, state: Ints, visit: int) -> None:
    """Takes a visit out."""
    state[f.LEFT] += given[visit + f.LEFT_COST]
    for at in (f.TASK_1, f.TASK_2):
        if given[visit + at]:
            pull(given, state, given[visit + at])


@compiled
def in_or_out(given: Ints, state: Ints) -> bool:
    """A visit that is out comes in, or one that is in goes out."""
    visit = given[given[f.CHOOSABLE] + draw(state, given[f.CHOOSABLES])]
    if state[given[visit + f.TASK_1] + f.IN] == 0:
        return admit(given, state, visit)
    leave_out(given, state, visit)
    return True


@compiled
def replace(given: Ints, state: Ints) -> bool:
    """A visit that is out takes the place of a near one."""
    count = given[f.CHOOSABLES]
    visit = 0
    for _ in range(12):
        visit = given[given[f.CHOOSABLE] + draw(state, count)]
        if state[given[visit + f.TASK_1] + f.IN] == 0:
            break
        visit = 0
    if visit == 0:
        return False
    near = some_near(given, state, given[given[visit + f.TASK_1] + f.SLOT_1])
    if near == 0:
        return False
    other = given[given[near + f.TASK] + f.VISIT]
    if given[other + f.FREE] == 0:
        return False
    leave_out(given, state, other)
    return admit(given, state, visit)


@compiled
def hold_out(given: Ints, state: Ints) -> bool:
    """A task waits for another of its windows, or no longer."""
    if given[f.SPREADS] == 0:
        return False
    task = given[given[f.SPREAD] + draw(state, given[f.SPREADS])]
    if state[task + f.IN] == 0:
        return False
    hold = given[given[task + f.HOLDS] + draw(state, given[task + f.HOLD_COUNT])]
    if hold == state[task + f.HOLD]:
        return False
    put(state, task + f.HOLD, hold)
    mark(state, task)
    return True


@compiled
def any_move(given: Ints, state: Ints, left: bool) -> bool:
    """A random move; `left` says whether visits may be out."""
    kind = draw(state, 100)
    if kind < 40:
        return relocate(given, state)
    if kind < 52:
        return change_worker(given, state)
    if kind < 68:
        return swap(given, state)
    if kind < 74:
        return cross(given, state)
    if kind < 82:
        return move_segment(given, state)
    if kind < 88:
        return move_rest(given, state) if given[f.RESTEDS] else relocate(given, state)
    if kind < 92:
        return hold_out(given, state) if given[f.SPREADS] else relocate(given, state)
    if left:
        return in_or_out(given, state) if draw(state, 2) else replace(given, state)
    return relocate(given, state)
