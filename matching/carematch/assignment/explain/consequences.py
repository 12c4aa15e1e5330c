"""What would follow if a need went to a certain supplier: who else moves, and what it costs.

The plan is solved again with that decision: nobody is left out who need not be, then as few as can be
change supplier, then the goals of the problem as before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from carematch.assignment.check import check_plan, goal_values, score, used
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.lexicographic import answer
from carematch.assignment.explain.remedies import Move, Remedies
from carematch.assignment.explain.standing import Standing
from carematch.assignment.goals import CONTINUITY, PEAKS, Policy, is_unserved, level_values, single, unserved_levels
from carematch.assignment.problem import NO_OPTION, Assignment, Limits, Option, Pin, Problem
from carematch.assignment.solution import CONTRADICTORY, Conflict

#: Parts of the time that is left: for the neighbourhood, and then for the whole problem. The rest is for
#: what is not search, the checks of the plans among it.
NEAR_FRACTION, WHOLE_FRACTION = 0.35, 0.65


class Shift(Struct, frozen=True):
    """A need that is served otherwise afterwards; None is nobody."""

    need: str
    from_supplier: str | None
    to_supplier: str | None


class Consequences(Struct, frozen=True):
    """What follows from serving `need` by `supplier`.

    `extra` is the change of each goal of the policy (negative is better), `shifts` are the other needs
    whose supplier changes, by id, `assignments` the plan that results. `proven` says that no plan leaves
    out less or moves fewer. When it is not possible, `conflicts` names what stands against it: pins, or
    a supplier that is no option.
    """

    need: str
    supplier: str
    possible: bool
    proven: bool
    extra: dict[str, int]
    shifts: tuple[Shift, ...]
    assignments: tuple[Assignment, ...]
    conflicts: tuple[Conflict, ...] = ()


def force(
    problem: Problem,
    assignments: Iterable[Assignment],
    need: str,
    supplier: str,
    limits: Limits = Limits(seconds=2.0),
    *,
    seed: int = 1,
) -> Consequences:
    """What follows when a plan is changed so that `supplier` serves `need`.

    Earlier decisions about this need give way; those about others stand. The answer comes within
    `limits.seconds`: if the whole problem takes longer, it is the best plan found in the neighbourhood.
    Raises KeyError when there is no such need.
    """
    start = time.monotonic()
    standing = Standing(problem, assignments)
    if not any(option.supplier == supplier for option in standing.options[need]):
        conflict = Conflict(NO_OPTION, (need,), supplier)
        return Consequences(need, supplier, False, True, {}, (), (), (conflict,))
    asked = _asked(problem, standing, need, supplier)
    plans = [plan for plan in _at_once(standing, need, supplier) if check_plan(asked, plan).ok]
    best = min(plans, key=lambda plan: _rank(asked, plan), default=None)
    near, fixed = _neighbourhood(asked, standing, need, supplier)
    conflicts: tuple[Conflict, ...] = ()
    proven = False
    for part, rest, fraction in ((near, fixed, NEAR_FRACTION), (asked, (), WHOLE_FRACTION)):
        seconds = limits.seconds
        if seconds is not None:
            seconds = max(0.0, fraction * (seconds - (time.monotonic() - start)))
        solution = answer(part, Budget(msgspec.structs.replace(limits, seconds=seconds), None), seed=seed)
        conflicts = solution.conflicts
        if solution.status == CONTRADICTORY:
            continue
        plan = (*solution.assignments, *rest)
        if best is None or _rank(asked, plan) < _rank(asked, best):
            best = plan
        if part is asked:
            decisive = len(unserved_levels(problem.policy)) + 1  # who is left out, and who moves
            fewest = tuple(level.best for level in solution.levels[:decisive] if level.proven)
            proven = fewest == _rank(asked, best)[:decisive]
    if best is None:
        return Consequences(need, supplier, False, True, {}, (), (), conflicts)
    return _told(problem, standing, need, supplier, best, proven)


def _asked(problem: Problem, standing: Standing, need: str, supplier: str) -> Problem:
    """The problem with the decision in it, the plan as it stands in force, and moves before the other goals."""
    goals = [g for g in problem.policy.goals() if not is_unserved(g) and g not in (CONTINUITY, *PEAKS)]
    return msgspec.structs.replace(
        problem,
        pins=(*(pin for pin in problem.pins if pin.need != need), Pin(need, supplier)),
        forbidden=tuple(pair for pair in problem.forbidden if (pair.need, pair.supplier) != (need, supplier)),
        in_force=tuple(Assignment(*option.key()) for id, option in standing.chosen.items() if id != need),
        policy=Policy((*unserved_levels(problem.policy), *(single(goal) for goal in (CONTINUITY, *goals)))),
        most_moves=None,
    )


def _at_once(standing: Standing, need: str, supplier: str) -> Iterator[tuple[Assignment, ...]]:
    """Plans in which at most two other needs move to make room."""
    remedies = Remedies(standing)
    gone = standing.chosen.get(need)
    mine = [option for option in standing.options[need] if option.supplier == supplier]
    others = {id: Assignment(*option.key()) for id, option in standing.chosen.items() if id != need}
    found = False
    for option in mine:
        if not standing.short(option, [gone] if gone else []):
            found = True
            yield (*others.values(), Assignment(*option.key()))
        elif move := remedies.move(option, gone):
            found = True
            yield _after(others, option, [move])
    for option in mine if not found else ():
        if moves := remedies.chain(option, gone):
            yield _after(others, option, moves)


def _after(others: dict[str, Assignment], option: Option, moves: Iterable[Move]) -> tuple[Assignment, ...]:
    gone = {move.need: Assignment(move.need, move.to_supplier, move.to_variant) for move in moves}
    return (*(others | gone).values(), Assignment(*option.key()))


def _neighbourhood(
    asked: Problem, standing: Standing, need: str, supplier: str
) -> tuple[Problem, tuple[Assignment, ...]]:
    """The needs that compete for what the need will use or gives back; and the rest of the plan, held fast."""
    gone = standing.chosen.get(need)
    touched = {r for o in standing.options[need] if o.supplier == supplier or o is gone for r in o.usage}
    near = {need}
    for other in asked.needs:
        chosen = standing.chosen.get(other.id)
        options = [chosen] if chosen else standing.options[other.id]
        if any(not touched.isdisjoint(option.usage) for option in options):
            near.add(other.id)
    held = {id: option for id, option in standing.chosen.items() if id not in near}
    total = used(held.values())
    problem = msgspec.structs.replace(
        asked,
        needs=tuple(row for row in asked.needs if row.id in near),
        resources=tuple(
            msgspec.structs.replace(row, capacity=max(0, row.capacity - total[row.id])) for row in asked.resources
        ),
        options=tuple(option for option in asked.options if option.need in near),
        pins=tuple(pin for pin in asked.pins if pin.need in near),
        forbidden=tuple(pair for pair in asked.forbidden if pair.need in near),
        in_force=tuple(row for row in asked.in_force if row.need in near),
    )
    return problem, tuple(Assignment(*option.key()) for option in held.values())


def _rank(problem: Problem, plan: tuple[Assignment, ...]) -> tuple[int, ...]:
    return level_values(problem.policy, score(problem, plan))


def _told(
    problem: Problem,
    standing: Standing,
    need: str,
    supplier: str,
    plan: tuple[Assignment, ...],
    proven: bool,
) -> Consequences:
    goals = problem.policy.goals()
    before = goal_values(problem, list(standing.chosen.values()), goals)
    after = score(problem, plan)
    was = {id: option.supplier for id, option in standing.chosen.items()}
    will = {row.need: row.supplier for row in plan}
    shifts = tuple(
        Shift(id, was.get(id), will.get(id))
        for id in sorted(was.keys() | will.keys())
        if id != need and was.get(id) != will.get(id)
    )
    extra = {goal: after[goal] - before[goal] for goal in goals}
    return Consequences(need, supplier, True, proven, extra, shifts, tuple(sorted(plan)))
