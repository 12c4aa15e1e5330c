"""What must hold and does not, at the end of a search, is mended by leaving visits out."""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints, compiled
from carematch.rostering.day.engine.evaluation import settle
from carematch.rostering.day.engine.moves import leave_out


@compiled
def culprit(given: Ints, state: Ints) -> int:
    """A visit that breaks what must hold, or the last free one of a worker whose day does; 0 where there is none."""
    task = given[f.FIRST_TASK]
    for _ in range(given[f.TASKS]):
        visit = given[task + f.VISIT]
        if state[task + f.IN] and state[task + f.BREACH] and given[visit + f.FREE]:
            return visit
        task += f.WIDTH
    worker = given[f.FIRST_WORKER]
    for _ in range(given[f.WORKERS]):
        # an absence that is begun late is late for what comes before it
        slot = state[worker + f.BEFORE]
        late = state[worker + f.EXCESS]
        while slot != worker:
            task = given[slot + f.TASK]
            if late and given[given[task + f.VISIT] + f.FREE]:
                return given[task + f.VISIT]
            late += state[task + f.BREACH]
            slot = state[slot + f.BEFORE]
        worker += f.WIDTH
    return 0


@compiled
def mend(given: Ints, state: Ints) -> int:
    """Leaves out what stands in the way of a plan that holds; returns how many visits."""
    count = 0
    while state[f.BREACHES]:
        visit = culprit(given, state)
        if visit == 0:
            break
        leave_out(given, state, visit)
        settle(given, state)
        state[f.LOGGED] = 0
        count += 1
    return count
