"""Tails of routes: all that a worker does after a moment, handed over as one. And where breaks stand."""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.insertion import key_of, lead, some_near, some_task, some_worker
from carematch.rostering.day.engine.journal import draw, mark, put, touch
from carematch.rostering.day.engine.routes import seat, way


@compiled
def tail_fits(given: Ints, state: Ints, slot: int, owner: int, worker: int) -> bool:
    """Whether the worker may do everything from the slot to the end of the owner's route."""
    while slot != owner:
        if seat(given, slot, worker) < 0:
            return False
        slot = state[slot + f.AFTER]
    return True


@compiled
def hand_over(given: Ints, state: Ints, slot: int, owner: int, worker: int) -> int:
    """Books a tail of the owner's route to the worker, ways within it included; returns its last slot."""
    ways = work = seats = 0
    last = slot
    while slot != owner:
        put(state, slot + f.WORKER, worker)
        seats += seat(given, slot, worker) - seat(given, slot, owner)
        work += given[slot + f.DURATION]
        after = state[slot + f.AFTER]
        if after != owner:
            ways += way(given, slot, after)
        last = slot
        slot = after
    state[f.SEATS] += seats
    put(state, owner + f.WORK, state[owner + f.WORK] - work)
    put(state, worker + f.WORK, state[worker + f.WORK] + work)
    put(state, owner + f.TRAVEL, state[owner + f.TRAVEL] - ways)
    put(state, worker + f.TRAVEL, state[worker + f.TRAVEL] + ways)
    return last


@compiled
def join(given: Ints, state: Ints, head: int, first: int, last: int, worker: int) -> None:
    """Sets a tail (first 0 for none) behind the head of a worker's route."""
    if first == 0:
        put(state, head + f.AFTER, worker)
        put(state, worker + f.BEFORE, head)
    else:
        put(state, head + f.AFTER, first)
        put(state, first + f.BEFORE, head)
        put(state, last + f.AFTER, worker)
        put(state, worker + f.BEFORE, last)
        mark(state, given[first + f.TASK])
    touch(state, worker)


@compiled
def ends_of(given: Ints, state: Ints, head: int, first: int, last: int, worker: int) -> int:
    """The ways that tie a tail to its head and to the end of the day."""
    if first == 0:
        return 0 if head == worker else way(given, head, worker)
    return way(given, head, first) + way(given, last, worker)


@compiled
def rest_in_tail(given: Ints, state: Ints, first: int, worker: int) -> int:
    """Where in a tail the break may be: before the first slot that begins after breaks may begin."""
    slot = first if first else worker
    while slot != worker and state[slot + f.START] < given[worker + f.REST_FIRST]:
        slot = state[slot + f.AFTER]
    return slot


@compiled
def tail_holds(state: Ints, first: int, worker: int) -> bool:
    """Whether the worker's break is in the tail, or at the end."""
    rest = state[worker + f.REST_AT]
    if rest == worker:
        return True
    slot = first if first else worker
    while slot != worker:
        if slot == rest:
            return True
        slot = state[slot + f.AFTER]
    return False


@compiled
def cross(given: Ints, state: Ints) -> bool:
    """Two workers exchange all that they do after a key."""
    task = some_task(given, state)
    if task == 0:
        return False
    slot = lead(given, state, task)
    one = state[slot + f.WORKER]
    near = some_near(given, state, slot)
    two = state[near + f.WORKER] if near else some_worker(given, state, slot)
    if one == two:
        return False
    head_1 = state[slot + f.BEFORE] if draw(state, 2) else slot
    # between the neighbours of the cut on the first route, at the time of one of them
    key = state[task + f.KEY]
    head_2 = two
    after = state[two + f.AFTER]
    while after != two and key_of(given, state, after) < key:
        head_2 = after
        after = state[after + f.AFTER]
    if after != two and key_of(given, state, after) == key:
        return False  # both are at the same visit
    first_1 = state[head_1 + f.AFTER]
    first_2 = state[head_2 + f.AFTER]
    if first_1 == one:
        first_1 = 0
    if first_2 == two:
        first_2 = 0
    if first_1 == 0 and first_2 == 0:
        return False
    if first_1 and not tail_fits(given, state, first_1, one, two):
        return False
    if first_2 and not tail_fits(given, state, first_2, two, one):
        return False
    last_1, last_2 = state[one + f.BEFORE], state[two + f.BEFORE]
    old_1 = ends_of(given, state, head_1, first_1, last_1, one)
    old_2 = ends_of(given, state, head_2, first_2, last_2, two)
    rest_1 = tail_holds(state, first_1, one)
    rest_2 = tail_holds(state, first_2, two)
    if first_1:
        hand_over(given, state, first_1, one, two)
    if first_2:
        hand_over(given, state, first_2, two, one)
    join(given, state, head_1, first_2, last_2, one)
    join(given, state, head_2, first_1, last_1, two)
    new_1 = ends_of(given, state, head_1, first_2, last_2, one)
    new_2 = ends_of(given, state, head_2, first_1, last_1, two)
    put(state, one + f.TRAVEL, state[one + f.TRAVEL] + new_1 - old_1)
    put(state, two + f.TRAVEL, state[two + f.TRAVEL] + new_2 - old_2)
    state[f.TRAVELLED] += new_1 - old_1 + new_2 - old_2
    if rest_1:
        set_rest(given, state, one, rest_in_tail(given, state, first_2, one))
    if rest_2:
        set_rest(given, state, two, rest_in_tail(given, state, first_1, two))
    return True


@compiled
def set_rest(given: Ints, state: Ints, worker: int, slot: int) -> None:
    """Puts a worker's break before a slot, or at the end; what stands there and what stood there is timed."""
    old = state[worker + f.REST_AT]
    put(state, worker + f.REST_AT, slot)
    for one in (old, slot):
        if one != worker:
            mark(state, given[one + f.TASK])
    touch(state, worker)


@compiled
def move_rest(given: Ints, state: Ints) -> bool:
    """A worker's break goes to another place in the route."""
    if given[f.RESTEDS] == 0:
        return False
    worker = given[given[f.RESTED] + draw(state, given[f.RESTEDS])]
    old = state[worker + f.REST_AT]
    new = old
    if draw(state, 2):
        new = state[old + f.AFTER] if draw(state, 2) else state[old + f.BEFORE]
    else:
        new = worker
        for _ in range(1 + draw(state, 10)):
            new = state[new + f.AFTER]
    if new == old:
        return False
    set_rest(given, state, worker, new)
    return True
