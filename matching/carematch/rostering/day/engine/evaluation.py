"""What a change of the routes does to times and cost: only what is touched is evaluated, and all can be undone.

A change links and unlinks slots, which queues the tasks behind them; `settle` takes tasks from the queue in the order
of keys and times them anew until nothing changes, then works out each touched worker's day. Every write goes to a
log. Times are the earliest ones; each worker leaves as late as that costs nothing (`figure`), which makes waiting
small, exactly so where no visit is bound to another worker.
"""

from __future__ import annotations

import numpy as np

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.journal import forget, pop, push, put, rise, touch
from carematch.rostering.day.engine.pricing import cost
from carematch.rostering.day.engine.routes import link, way


@compiled
def arrival(given: Ints, state: Ints, slot: int) -> int:
    """The earliest moment at which the worker can begin there, the break before it included where it fits."""
    before, worker = state[slot + f.BEFORE], state[slot + f.WORKER]
    leaves = state[before + f.END]
    ways = way(given, before, slot)
    if state[worker + f.REST_AT] == slot and given[worker + f.REST] >= 0:
        rest = max(leaves + ways, given[worker + f.REST_FIRST])
        if rest <= given[worker + f.REST_LAST]:
            return rest + given[worker + f.REST]
        rest = max(leaves, given[worker + f.REST_FIRST])
        if rest <= given[worker + f.REST_LAST]:
            return rest + given[worker + f.REST] + ways
    return leaves + ways


@compiled
def opened(given: Ints, task: int, start: int) -> int:
    """The index of the end of the window that opened last before a start."""
    base, count = given[task + f.WINDOW], given[task + f.WINDOWS]
    i = count - 1
    while i > 0 and given[base + i] > start:
        i -= 1
    return base + count + i


@compiled
def bump(given: Ints, task: int, start: int, extra: int) -> int:
    """Where windows are hard: the first moment, from `start` on, that lies in one, or `start`."""
    base, count = given[task + f.WINDOW], given[task + f.WINDOWS]
    for i in range(count):
        moment = max(start, given[base + i])
        if moment + extra <= given[base + count + i]:
            return moment
    return start


@compiled
def time_task(given: Ints, state: Ints, task: int) -> None:
    """Times a task and queues what comes behind where an end has moved."""
    one, two = given[task + f.SLOT_1], given[task + f.SLOT_2]
    base = given[task + f.WINDOW]
    at_end = given[f.LATE_AT_END]
    start = max(arrival(given, state, one), given[base], state[task + f.HOLD])
    second = start
    if two == 0:
        if given[task + f.HARD]:
            start = bump(given, task, start, at_end * given[one + f.DURATION])
    else:
        there = max(arrival(given, state, two), given[base])
        low, high = given[task + f.LOW], given[task + f.HIGH]
        for _ in range(4):  # windows may push both on
            start = max(start, there - high)
            second = max(there, start + low)
            if given[task + f.HARD] == 0:
                break
            later = bump(given, task, start, at_end * given[one + f.DURATION])
            last = bump(given, task, second, at_end * given[two + f.DURATION])
            if later == start and last == second:
                break
            start = later
            there = last
    late = largest = breach = off = 0
    slack = f.NEVER
    for slot in (one, two):
        if slot == 0:
            continue
        begins = start if slot == one else second
        ends = begins + given[slot + f.DURATION]
        closes = given[opened(given, task, begins)]
        over = (ends if at_end else begins) - closes
        if over > 0:
            late += over
            largest = max(largest, over)
            slack = 0
            if given[task + f.HARD]:
                breach += over + given[f.PENALTY]
        else:
            slack = min(slack, -over)
        if given[task + f.WISH_END] >= 0:
            if begins < given[task + f.WISH_BEGIN]:
                off += given[task + f.WISH_BEGIN] - begins
                slack = 0  # later would be better: that is for `hold_out` to find, or the cost would not be known
            elif begins > given[task + f.WISH_END]:
                off += begins - given[task + f.WISH_END]
            slack = min(slack, max(0, given[task + f.WISH_END] - begins))
        worker = state[slot + f.WORKER]
        if state[slot + f.START] != begins or state[slot + f.END] != ends:
            put(state, slot + f.START, begins)
            put(state, slot + f.END, ends)
            after = state[slot + f.AFTER]
            if after != worker:
                push(state, given[after + f.TASK])
        touch(state, worker)
    if given[task + f.PIN] >= 0 and start > given[task + f.PIN]:
        breach += start - given[task + f.PIN] + given[f.PENALTY]
    if two or given[task + f.PIN] >= 0:
        slack = 0
    account(state, task, late, largest, breach, off)
    put(state, task + f.SLACK, slack)


@compiled
def account(state: Ints, task: int, late: int, largest: int, breach: int, off: int) -> None:
    """Books a task's lateness, breaches and distance from what was wished."""
    state[f.LATENESS] += late - state[task + f.LATE]
    state[f.BREACHES] += breach - state[task + f.BREACH]
    state[f.OFF_WISH] += off - state[task + f.OFF]
    if state[f.LARGEST_LATENESS] < 0:
        pass  # to be looked for anyway
    elif largest >= state[f.LARGEST_LATENESS]:
        state[f.LARGEST_LATENESS] = largest
    elif state[task + f.LATEST] == state[f.LARGEST_LATENESS]:
        state[f.LARGEST_LATENESS] = -1  # the largest is gone: `settle` looks for the next
    put(state, task + f.LATE, late)
    put(state, task + f.LATEST, largest)
    put(state, task + f.BREACH, breach)
    put(state, task + f.OFF, off)


@compiled
def wait_of(given: Ints, state: Ints, worker: int, delays: Ints) -> int:
    """The waiting of a route whose worker leaves as late as that costs nothing.

    From the end back to the first slot: how much later could each service be done? Where `delays` has room, the
    answer for each slot is kept there, the first slot first.
    """
    room = len(delays) > 0
    total = delay = 0
    slot = state[worker + f.BEFORE]
    if state[worker + f.REST_AT] == worker and given[worker + f.REST] >= 0 and state[worker + f.LACKS_REST] == 0:
        delay = max(0, given[worker + f.REST_FIRST] - state[slot + f.END])
        total = delay
    count = 0
    while True:
        delay = min(delay, state[given[slot + f.TASK] + f.SLACK])
        if room:
            delays[count] = delay
        count += 1
        before = state[slot + f.BEFORE]
        if before == worker:
            break
        leaves = state[before + f.END]
        ways = way(given, before, slot)
        if state[worker + f.REST_AT] == slot and given[worker + f.REST] >= 0 and state[worker + f.LACKS_REST] == 0:
            there = leaves + ways
            rest = max(there, given[worker + f.REST_FIRST])
            gap = state[slot + f.START] - rest - given[worker + f.REST]
            if rest > given[worker + f.REST_LAST]:
                there = leaves
                rest = max(there, given[worker + f.REST_FIRST])
                gap = state[slot + f.START] - rest - given[worker + f.REST] - ways
            delay = min(delay + gap, given[worker + f.REST_LAST] - rest) + rest - there
            total += gap + rest - there
        else:
            gap = state[slot + f.START] - leaves - ways
            delay += gap
            total += gap
        slot = before
    if room:
        for i in range(count // 2):
            delays[i], delays[count - 1 - i] = delays[count - 1 - i], delays[i]
    return total - delay


@compiled
def rests(given: Ints, state: Ints, worker: int) -> bool:
    """Whether the break fits where it is put, in a route that is not empty."""
    slot = state[worker + f.REST_AT]
    if slot == worker:
        return (
            max(state[state[worker + f.BEFORE] + f.END], given[worker + f.REST_FIRST]) <= given[worker + f.REST_LAST]
        )
    return max(state[state[slot + f.BEFORE] + f.END], given[worker + f.REST_FIRST]) <= given[worker + f.REST_LAST]


@compiled
def figure(given: Ints, state: Ints, worker: int) -> None:
    """Works out a worker's day: overtime, break, waiting, what is more than allowed."""
    last = state[worker + f.BEFORE]
    over = wait = lacks = excess = 0
    rest = given[worker + f.REST]
    if last == worker:
        if rest >= 0 and given[worker + f.REST_ALONE] == 0 and given[worker + f.AWAY] == 0:
            lacks = 1
        put(state, worker + f.LACKS_REST, lacks_booked(state, worker, lacks))
    else:
        if rest >= 0 and not rests(given, state, worker):
            lacks = 1
        put(state, worker + f.LACKS_REST, lacks_booked(state, worker, lacks))
        back = state[last + f.END]
        if rest >= 0 and lacks == 0 and state[worker + f.REST_AT] == worker:
            back = max(back, given[worker + f.REST_FIRST]) + rest
        back += way(given, last, worker)
        over = max(0, back - given[worker + f.SHIFT_END])
        if over > given[worker + f.MOST_OVERTIME]:
            excess += over - given[worker + f.MOST_OVERTIME] + given[f.PENALTY]
        busy = state[worker + f.TRAVEL] + state[worker + f.WORK]
        if busy > given[worker + f.MOST_WORK]:
            excess += busy - given[worker + f.MOST_WORK] + given[f.PENALTY]
        if excess and not sent(given, state, worker):
            excess = 0
        if given[f.WEIGHT + f.WAITED]:
            wait = wait_of(given, state, worker, given[:0])
    state[f.OVERTIME] += over - state[worker + f.OVER]
    state[f.WAITED] += wait - state[worker + f.WAIT]
    state[f.BREACHES] += excess - state[worker + f.EXCESS]
    put(state, worker + f.OVER, over)
    put(state, worker + f.WAIT, wait)
    put(state, worker + f.EXCESS, excess)


@compiled
def sent(given: Ints, state: Ints, worker: int) -> bool:
    """Whether the worker has more in the route than absences."""
    slot = state[worker + f.AFTER]
    while slot != worker:
        if given[given[given[slot + f.TASK] + f.VISIT] + f.FREE]:
            return True
        slot = state[slot + f.AFTER]
    return False


@compiled
def lacks_booked(state: Ints, worker: int, lacks: int) -> int:
    """Books whether the break is missed."""
    state[f.MISSED] += lacks - state[worker + f.LACKS_REST]
    return lacks


@compiled
def settle(given: Ints, state: Ints) -> None:
    """Times all that is queued, in the order of keys, and works out the touched workers' days."""
    base = state[f.QUEUE]
    for i in range(state[f.QUEUED]):
        rise(state, state[base + i], i)
    while state[f.QUEUED]:
        task = pop(state)
        if state[task + f.IN]:
            time_task(given, state, task)
    base = state[f.TOUCH]
    for i in range(state[f.TOUCHES]):
        worker = state[base + i]
        state[worker + f.TOUCHED] = 0
        figure(given, state, worker)
    state[f.TOUCHES] = 0
    if state[f.LARGEST_LATENESS] < 0:
        largest = 0
        task = given[f.FIRST_TASK]
        for _ in range(given[f.TASKS]):
            largest = max(largest, state[task + f.LATEST])
            task += f.WIDTH
        state[f.LARGEST_LATENESS] = largest


@compiled
def rebuild(given: Ints, state: Ints) -> int:
    """Everything anew from keys, workers, times to hold out for and places of breaks; returns the cost."""
    forget(state)
    for i in range(f.SUMS):
        if i != f.LEFT:
            state[i] = 0
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        state[worker + f.BEFORE] = worker
        state[worker + f.AFTER] = worker
        for field in (f.TRAVEL, f.WORK, f.OVER, f.WAIT, f.LACKS_REST, f.EXCESS):
            state[worker + field] = 0
        worker += f.WIDTH
    count = given[f.TASKS]
    keys = np.empty(count, np.int64)
    task = given[f.FIRST_TASK]
    for i in range(count):
        keys[i] = state[task + f.KEY] if state[task + f.IN] else f.NEVER << 20
        for field in (f.LATE, f.LATEST, f.BREACH, f.OFF, f.SLACK):
            state[task + field] = 0
        task += f.WIDTH
    for i in np.argsort(keys):
        task = given[f.FIRST_TASK] + f.WIDTH * i
        if state[task + f.IN]:
            for slot in (given[task + f.SLOT_1], given[task + f.SLOT_2]):
                if slot:
                    worker = state[slot + f.WORKER]
                    rest = state[worker + f.REST_AT]
                    link(given, state, slot, state[worker + f.BEFORE], worker)
                    state[worker + f.REST_AT] = rest
                    state[slot + f.END] = -1  # never equal: it is timed
            state[f.LOGGED] = 0
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        touch(state, worker)
        worker += f.WIDTH
    settle(given, state)
    state[f.LOGGED] = 0
    return cost(given, state)
