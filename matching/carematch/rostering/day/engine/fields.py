"""Where things stand in the two flat arrays of a search: `given`, which never changes, and `state`.

Both hold rows of 16 numbers, and a thing has the same row in both: the name of a slot, worker, task or visit is the
index of its row. A **task** is what begins together: one service, or two that are bound to each other; a **slot** is
one worker's part of it. The row of a **worker** is also both ends of the route: its successor is the first slot, its
predecessor the last. Fields that lead elsewhere hold indices, so that no function multiplies or looks up a base. One
array with offsets known to the compiler is many times faster than a tuple of many arrays.

`key` orders tasks: every route is in the order of keys, so that keys are a topological order of all tasks and no
cycle of people waiting for each other can arise.
"""

from __future__ import annotations

from typing import Final

WIDTH: Final = 16
#: Rows begin here; what comes before is the header.
HEADER: Final = 96
#: Keys of tasks are start times shifted by so many bits, with room between neighbours.
KEY_BITS: Final = 16
#: What no time reaches.
NEVER: Final = 1 << 40

# header of `given`
WORKERS: Final = 0  # how many, and the row of the first; likewise below
FIRST_WORKER: Final = 1
TASKS: Final = 2
FIRST_TASK: Final = 3
VISITS: Final = 4
FIRST_VISIT: Final = 5
SLOTS: Final = 6
LATE_AT_END: Final = 7
MOVABLE: Final = 8  # list of the tasks that may move, and how many
MOVABLES: Final = 9
PENALTY: Final = 10  # added to each breach of what must hold, in hard units
CHOOSABLE: Final = 11  # list of the visits that may be out, and how many
CHOOSABLES: Final = 12
ROWS_END: Final = 13
SPREAD: Final = 14  # list of tasks with several times to hold out for, and how many
SPREADS: Final = 15
RESTED: Final = 16  # list of the workers with a break, and how many
RESTEDS: Final = 17
#: Weights; the sums of `state` stand at the same distance from SUM as these from WEIGHT.
WEIGHT: Final = 32

# header of `state`: sums, in the order of the weights
TRAVELLED: Final = 0
LATENESS: Final = 1
LARGEST_LATENESS: Final = 2
WAITED: Final = 3
OVERTIME: Final = 4
SEATS: Final = 5  # preferences, already weighted
LEFT: Final = 6  # visits left out, already weighted
MISSED: Final = 7
BREACHES: Final = 8
OFF_WISH: Final = 9
SUMS: Final = 10
IDLE: Final = 10  # weights without a sum
IMBALANCE: Final = 11
# header of `state`: the rest
LOGGED: Final = 16
QUEUED: Final = 17
TOUCHES: Final = 18
LOG: Final = 19
QUEUE: Final = 20
TOUCH: Final = 21
RANDOM: Final = 22
MOST_IDLE: Final = 23  # of so many of the most idle the mean is counted
PEAK: Final = 24  # cost with the largest idle time alone
KEPT: Final = 32  # sums as they were before the move
TOP: Final = 48  # scratch for the most idle

# slots, given
TASK: Final = 0
FROM: Final = 1  # the ways from its place; also of a worker, from where the day starts
TO: Final = 2  # its place; also of a worker, where the day ends
DURATION: Final = 3
SEAT: Final = 4  # costs by worker, -1 for whoever is not able
ABLE: Final = 5  # list of those able, and how many
ABLES: Final = 6
NEAR: Final = 7  # list of near slots, and how many
NEARS: Final = 8
OTHER: Final = 9  # the other slot of the task, 0 for none
# slots, state; the first five also of workers
BEFORE: Final = 0
AFTER: Final = 1
WORKER: Final = 2  # 0 for a slot that is out
START: Final = 3
END: Final = 4

# workers, given
NUMBER: Final = 3
SHIFT_END: Final = 4
SHIFT: Final = 5  # its length, -1 without
REST_FIRST: Final = 6
REST_LAST: Final = 7
REST: Final = 8  # duration of the break, -1 for none
MOST_WORK: Final = 9
MOST_OVERTIME: Final = 10
REST_ALONE: Final = 11  # whether somebody not sent anywhere has the break
AWAY: Final = 12  # absent for the whole shift
SHIFT_BEGIN: Final = 13
# workers, state
TRAVEL: Final = 5
WORK: Final = 6
OVER: Final = 7
WAIT: Final = 8
REST_AT: Final = 9  # the slot before which the break is taken; the worker itself: at the end
LACKS_REST: Final = 10
EXCESS: Final = 11
TOUCHED: Final = 12

# tasks, given
SLOT_1: Final = 0
SLOT_2: Final = 1
LOW: Final = 2  # second service after the first
HIGH: Final = 3
WINDOW: Final = 4  # beginnings, then ends
WINDOWS: Final = 5
HARD: Final = 6
VISIT: Final = 7
WISH_BEGIN: Final = 8
WISH_END: Final = 9
HOLDS: Final = 10  # list of times to hold out for, and how many
HOLD_COUNT: Final = 11
PIN: Final = 12  # begins then and not later; -1 without
# tasks, state
KEY: Final = 0
LATE: Final = 1
LATEST: Final = 2  # the later of both services
HOLD: Final = 3  # begins no sooner
IN: Final = 4
SLACK: Final = 5  # how much later it may begin at no cost
BREACH: Final = 6
OFF: Final = 7
MARK: Final = 8

# visits, given
TASK_1: Final = 0
TASK_2: Final = 1
LEFT_COST: Final = 2
FREE: Final = 3  # nothing is pinned; it may be left out by the search
