"""Routes: who comes behind whom. Linking and unlinking book travel, work and preferences at once; times come later."""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.journal import mark, put, touch


@compiled
def way(given: Ints, a: int, b: int) -> int:
    """Travel from one slot to another; a worker as `a` is where the day starts, as `b` where it ends."""
    return given[given[a + f.FROM] + given[b + f.TO]]


@compiled
def seat(given: Ints, slot: int, worker: int) -> int:
    """The price of this worker in this slot; -1 for somebody who is not able."""
    return given[given[slot + f.SEAT] + given[worker + f.NUMBER]]


@compiled
def queue_after(given: Ints, state: Ints, slot: int, worker: int) -> None:
    """What stands at this place of the route is to be timed anew."""
    if slot != worker:
        mark(state, given[slot + f.TASK])
    touch(state, worker)


@compiled
def unlink(given: Ints, state: Ints, slot: int) -> None:
    """Takes a slot out of its route."""
    before, after, worker = state[slot + f.BEFORE], state[slot + f.AFTER], state[slot + f.WORKER]
    saved = way(given, before, slot) + way(given, slot, after)
    if not (before == worker and after == worker):
        saved -= way(given, before, after)
    put(state, before + f.AFTER, after)
    put(state, after + f.BEFORE, before)
    put(state, slot + f.WORKER, 0)
    put(state, worker + f.TRAVEL, state[worker + f.TRAVEL] - saved)
    put(state, worker + f.WORK, state[worker + f.WORK] - given[slot + f.DURATION])
    if state[worker + f.REST_AT] == slot:
        put(state, worker + f.REST_AT, after)
    state[f.TRAVELLED] -= saved
    state[f.SEATS] -= seat(given, slot, worker)
    queue_after(given, state, after, worker)


@compiled
def link(given: Ints, state: Ints, slot: int, before: int, worker: int) -> None:
    """Puts a slot into a worker's route behind `before`, which may be the worker."""
    after = state[before + f.AFTER]
    more = way(given, before, slot) + way(given, slot, after)
    if not (before == worker and after == worker):
        more -= way(given, before, after)
    put(state, before + f.AFTER, slot)
    put(state, after + f.BEFORE, slot)
    put(state, slot + f.BEFORE, before)
    put(state, slot + f.AFTER, after)
    put(state, slot + f.WORKER, worker)
    put(state, worker + f.TRAVEL, state[worker + f.TRAVEL] + more)
    put(state, worker + f.WORK, state[worker + f.WORK] + given[slot + f.DURATION])
    state[f.TRAVELLED] += more
    state[f.SEATS] += seat(given, slot, worker)
    mark(state, given[slot + f.TASK])
    queue_after(given, state, after, worker)


@compiled
def place_of(given: Ints, state: Ints, worker: int, key: int) -> int:
    """Behind which slot of the route this key belongs; 0 where somebody has the very same key."""
    before = worker
    after = state[worker + f.AFTER]
    while after != worker:
        other = state[given[after + f.TASK] + f.KEY]
        if other >= key:
            return 0 if other == key else before
        before = after
        after = state[after + f.AFTER]
    return before
