"""First plans: greedy insertion, alone or around a plan that is mostly kept.

Greedy takes the needs in a given order and puts each with the option that costs least among those
that still fit. `solve` never returns anything worse than the best of these plans.
"""

from __future__ import annotations

from collections.abc import Sequence

from carematch.assignment.goals import CONTINUITY, UNSERVED
from carematch.assignment.model import Choice, Model, weighted_sum


def preference(model: Model) -> list[int]:
    """What a column costs in the policy's goals after `unserved`, added by weight: greedy's taste."""
    goals = [
        (term.weight * (1000 if term.goal == CONTINUITY else 1), model.goal(term.goal))
        for level in model.problem.policy.levels
        for term in level.terms
        if term.goal != UNSERVED
    ]
    return weighted_sum(goals, len(model.columns)).costs


def greedy(model: Model, pinned: Choice, order: Sequence[int], taste: Sequence[float]) -> Choice:
    """Serves the needs in `order`, each by the fitting option of least `taste`; ties by id.

    `pinned` is a choice for every need (the column -1 where nothing is decided): the columns it
    names are kept, and it must fit. A need that fits nowhere is left unserved.
    """
    choice = list(pinned)
    left = model.free([column for column in choice if column >= 0])
    for need in order:
        if choice[need] >= 0:
            continue
        options = [column for column in model.columns_of[need] if model.columns[column].option]
        for column in sorted(options, key=lambda column: (taste[column], column)):
            usage = model.columns[column].usage
            if all(amount <= left[row] for row, amount in usage):
                for row, amount in usage:
                    left[row] -= amount
                choice[need] = column
                break
        else:
            unserved = model.unserved_column(need)
            assert unserved is not None, "pinned needs are placed before the others"
            choice[need] = unserved
    return choice


def orders(model: Model) -> list[list[int]]:
    """The orders in which greedy is tried: by weight, by weight for what is used, by regret."""
    weight = [model.weights[need] for need in model.needs]
    taste = preference(model)
    size = [_least_share(model, need) for need in range(len(model.needs))]
    regret = [_regret(model, need, taste) for need in range(len(model.needs))]
    everyone = range(len(model.needs))
    return [
        sorted(everyone, key=lambda need: (-weight[need], need)),
        sorted(everyone, key=lambda need: (-weight[need], size[need], need)),
        sorted(everyone, key=lambda need: (-weight[need] / (size[need] + 1e-9), need)),
        sorted(everyone, key=lambda need: (-weight[need], -regret[need], need)),
    ]


def around(model: Model, pinned: Choice, shares: Sequence[float], taste: Sequence[float]) -> Choice:
    """Keeps what a fractional plan wants as a whole, as far as it fits, and lets greedy do the rest."""
    everyone = range(len(model.needs))
    best = [max(model.columns_of[need], key=lambda column: (shares[column], -column)) for need in everyone]
    order = sorted(everyone, key=lambda need: (-shares[best[need]], -model.weights[model.needs[need]], need))
    leaning = [price - 1e15 * shares[column] for column, price in enumerate(taste)]
    wanted = list(pinned)
    for need in everyone:
        if wanted[need] < 0 and shares[best[need]] > 0.999 and model.columns[best[need]].option is None:
            wanted[need] = best[need]
    first = greedy(model, wanted, order, leaning)
    return fill(model, first, pinned, taste)


def fill(model: Model, choice: Choice, pinned: Choice, taste: Sequence[float]) -> Choice:
    """Serves whoever is unserved and still fits, heaviest first; never moves anybody."""
    again = [column if pinned[need] >= 0 or model.columns[column].option else -1 for need, column in enumerate(choice)]
    order = sorted(range(len(choice)), key=lambda need: (-model.weights[model.needs[need]], need))
    return greedy(model, again, order, taste)


def in_force(model: Model, pinned: Choice, taste: Sequence[float]) -> Choice:
    """The plan in force as far as it still fits, and greedy for the others."""
    wanted = {row.need: row for row in model.problem.in_force}
    leaning: list[float] = []
    for column, price in zip(model.columns, taste, strict=True):
        row = wanted.get(column.option.need) if column.option else None
        bonus = 0.0
        if row is not None and column.option is not None and row.supplier == column.option.supplier:
            bonus = 2e15 if row.variant == column.option.variant else 1e15
        leaning.append(price - bonus)

    def rank(need: int) -> tuple[bool, int, int]:
        return (model.needs[need] not in wanted, -model.weights[model.needs[need]], need)

    return greedy(model, pinned, sorted(range(len(model.needs)), key=rank), leaning)


def _least_share(model: Model, need: int) -> float:
    """The smallest part of what there is that serving the need takes, over its options."""
    return min(
        sum(amount / max(1, model.rows[row].capacity) for row, amount in model.columns[column].usage)
        for column in model.columns_of[need]
        if model.columns[column].option
    )


def _regret(model: Model, need: int, taste: Sequence[float]) -> float:
    """How much worse the second option is than the first."""
    costs = sorted(taste[column] for column in model.columns_of[need] if model.columns[column].option)
    return costs[1] - costs[0] if len(costs) > 1 else float("inf")
