"""The state of a search keeps a journal: every write can be undone. Here also its queue and its random numbers."""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled


@compiled
def draw(state: Ints, below: int) -> int:
    """A random number from 0 to below - 1 (xorshift, Marsaglia 2003; 64 bits)."""
    x = state[f.RANDOM]
    x ^= x << 13
    x ^= (x >> 7) & 0x01FFFFFFFFFFFFFF
    x ^= x << 17
    state[f.RANDOM] = x
    return ((x >> 20) & 0x7FFFFFFFFFF) % below


@compiled
def put(state: Ints, index: int, value: int) -> None:
    """Writes, and logs what was there."""
    old = state[index]
    if old != value:
        at = state[f.LOG] + 2 * state[f.LOGGED]
        state[at] = index
        state[at + 1] = old
        state[f.LOGGED] += 1
        state[index] = value


@compiled
def begin(state: Ints) -> None:
    """A change begins: the log is empty, the sums are remembered."""
    state[f.LOGGED] = 0
    for i in range(f.SUMS):
        state[f.KEPT + i] = state[i]


@compiled
def undo(state: Ints) -> None:
    """Everything is as it was when the change began; what was queued is forgotten."""
    base = state[f.LOG]
    for n in range(state[f.LOGGED] - 1, -1, -1):
        state[state[base + 2 * n]] = state[base + 2 * n + 1]
    state[f.LOGGED] = 0
    for i in range(f.SUMS):
        state[i] = state[f.KEPT + i]
    forget(state)


@compiled
def forget(state: Ints) -> None:
    """Empties the queue and the list of touched workers."""
    base = state[f.QUEUE]
    for i in range(state[f.QUEUED]):
        state[state[base + i] + f.MARK] = 0
    state[f.QUEUED] = 0
    base = state[f.TOUCH]
    for i in range(state[f.TOUCHES]):
        state[state[base + i] + f.TOUCHED] = 0
    state[f.TOUCHES] = 0


@compiled
def touch(state: Ints, worker: int) -> None:
    """The worker's day is to be worked out anew."""
    if state[worker + f.TOUCHED] == 0:
        state[worker + f.TOUCHED] = 1
        state[state[f.TOUCH] + state[f.TOUCHES]] = worker
        state[f.TOUCHES] += 1


@compiled
def mark(state: Ints, task: int) -> None:
    """Remembers, while routes change, that a task is to be timed. Keys may still change: nothing is in order yet."""
    if state[task + f.MARK] == 0:
        state[task + f.MARK] = 1
        state[state[f.QUEUE] + state[f.QUEUED]] = task
        state[f.QUEUED] += 1


@compiled
def push(state: Ints, task: int) -> None:
    """Queues a task that is not queued yet (a binary heap by key)."""
    if state[task + f.MARK] == 0:
        state[task + f.MARK] = 1
        rise(state, task, state[f.QUEUED])
        state[f.QUEUED] += 1


@compiled
def rise(state: Ints, task: int, at: int) -> None:
    """Puts a task at the end of a heap of `at` tasks and lets it rise to its place."""
    base = state[f.QUEUE]
    key = state[task + f.KEY]
    while at > 0:
        up = (at - 1) >> 1
        above = state[base + up]
        if state[above + f.KEY] <= key:
            break
        state[base + at] = above
        at = up
    state[base + at] = task


@compiled
def pop(state: Ints) -> int:
    """Takes the task of the smallest key from the queue."""
    base = state[f.QUEUE]
    top = state[base]
    state[top + f.MARK] = 0
    count = state[f.QUEUED] - 1
    state[f.QUEUED] = count
    if count:
        last = state[base + count]
        key = state[last + f.KEY]
        at = 0
        while True:
            down = 2 * at + 1
            if down >= count:
                break
            if down + 1 < count and state[state[base + down + 1] + f.KEY] < state[state[base + down] + f.KEY]:
                down += 1
            if state[state[base + down] + f.KEY] >= key:
                break
            state[base + at] = state[base + down]
            at = down
        state[base + at] = last
    return top
