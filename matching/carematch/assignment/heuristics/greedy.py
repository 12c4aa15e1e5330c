"""First plans: greedy insertion, alone or around a plan that is mostly kept.

Greedy takes the needs in a given order and puts each with the option that costs least among those
that still fit. `solve` never returns anything worse than the best of these plans.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from carematch.assignment.formulation.arrays import NOBODY, Choice, Flags, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import first_best
from carematch.assignment.formulation.model import Model
from carematch.assignment.goals import CONTINUITY, PEAKS, is_unserved
from carematch.assignment.problem import Assignment

#: A leaning that outweighs every cost.
FIRST = 1e15


def preference(model: Model) -> Floats:
    """What a column costs in the policy's goals after `unserved`, added by weight: greedy's taste."""
    taste = np.zeros(model.width)
    for level in model.problem.policy.levels:
        for term in level.terms:
            if not is_unserved(term.goal) and term.goal not in PEAKS:
                weight = term.weight * (1000 if term.goal == CONTINUITY else 1)
                taste += float(weight) * model.goal(term.goal).costs
    return taste


def greedy(model: Model, pinned: Choice, order: Ints, taste: Floats) -> Choice:
    """Serves the needs in `order`, each by the fitting option of least `taste`; ties by id.

    `pinned` is a choice for every need (-1 where nothing is decided): the columns it names are kept,
    and it must fit. A need that fits nowhere is left unserved.
    """
    choice = pinned.copy()
    left = model.free(choice[choice >= 0])
    served = model.option != NOBODY
    _insert(model.first, served, model.use, model.row, model.amount, left, order, taste, choice)
    return choice


@compiled
def _insert(
    first: Ints,
    served: Flags,
    use: Ints,
    row: Ints,
    amount: Ints,
    left: Ints,
    order: Ints,
    taste: Floats,
    choice: Choice,
) -> None:
    for need in order:
        if choice[need] >= 0:
            continue
        best, least = -1, np.inf
        for column in range(first[need], first[need + 1]):
            if not served[column]:
                if best < 0:
                    best = column
                continue
            if taste[column] < least:
                fits = True
                for k in range(use[column], use[column + 1]):
                    if amount[k] > left[row[k]]:
                        fits = False
                        break
                if fits:
                    best, least = column, taste[column]
        choice[need] = best
        for k in range(use[best], use[best + 1]):
            left[row[k]] -= amount[k]


def orders(model: Model, taste: Floats) -> list[Ints]:
    """The orders in which greedy is tried: by weight, by weight for what is used, by regret; by rank before all."""
    weight, place = model.weights, model.places
    size = _least_fraction(model)
    regret = _regret(model, taste)
    everyone = np.arange(len(weight))
    return [
        np.lexsort((everyone, -weight, place)),
        np.lexsort((everyone, size, -weight, place)),
        np.lexsort((everyone, -weight / (size + 1e-9), place)),
        np.lexsort((everyone, -regret, -weight, place)),
    ]


def around(model: Model, pinned: Choice, fractions: Floats, taste: Floats) -> Choice:
    """Keeps what a fractional plan wants as a whole, as far as it fits, and lets greedy do the rest."""
    best = first_best(model.first, model.need, -fractions)
    everyone = np.arange(len(model.needs))
    order = np.lexsort((everyone, -model.weights, model.places, -fractions[best]))
    wanted = pinned.copy()
    leaving = (wanted < 0) & (fractions[best] > 0.999) & (model.option[best] == NOBODY)
    wanted[leaving] = best[leaving]
    first = greedy(model, wanted, order, taste - FIRST * fractions)
    return fill(model, first, pinned, taste)


def by_price(model: Model, pinned: Choice, priced: Floats) -> Choice:
    """Greedy in order of what a need would lose if it got its second choice, by costs with prices of rows."""
    order = np.lexsort((np.arange(len(model.needs)), -_regret(model, priced)))
    return greedy(model, pinned, order, priced)


def fill(model: Model, choice: Choice, pinned: Choice, taste: Floats) -> Choice:
    """Serves whoever is unserved and still fits, heaviest first; never moves anybody."""
    again = np.where((model.option[choice] == NOBODY) & (pinned < 0), -1, choice)
    order = np.lexsort((np.arange(len(choice)), -model.weights, model.places))
    return greedy(model, again, order, taste)


def follow(model: Model, pinned: Choice, taste: Floats, plan: Iterable[Assignment], *, alone: bool = False) -> Choice:
    """A plan that is known (in force, or a start) as far as it still fits, and greedy for the others.

    With the plan `alone` the others are left unserved.
    """
    wanted = {row.need: row for row in plan}
    leaning = taste.copy()
    known = np.zeros(len(model.needs), np.bool_)
    for column, number in enumerate(model.option.tolist()):
        if number == NOBODY:
            continue
        option = model.options[number]
        row = wanted.get(option.need)
        if row is not None and row.supplier == option.supplier:
            known[model.need[column]] = True
            leaning[column] -= 2 * FIRST if row.variant == option.variant else FIRST
    order = np.lexsort((np.arange(len(known)), -model.weights, model.places, ~known))
    if alone:
        nobody = model.nobody()
        leaving = ~known & (pinned < 0) & (model.option[nobody] == NOBODY)
        pinned = np.where(leaving, nobody, pinned)
    return greedy(model, pinned, order, leaning)


def _least_fraction(model: Model) -> Floats:
    """The smallest fraction of what there is that serving the need takes, over its options."""
    fraction = np.zeros(model.width)
    owner = np.repeat(np.arange(model.width), np.diff(model.use))
    np.add.at(fraction, owner, model.amount / np.maximum(1, model.capacity[model.row]))
    fraction[model.option == NOBODY] = np.inf
    return np.minimum.reduceat(fraction, model.first[:-1])


def _regret(model: Model, taste: Floats) -> Floats:
    """How much worse the second option is than the first; infinite when there is only one."""
    costs = np.where(model.option == NOBODY, np.inf, taste)
    best = first_best(model.first, model.need, costs)
    least = costs[best]
    costs[best] = np.inf
    second = np.minimum.reduceat(costs, model.first[:-1])
    return np.where(np.isfinite(second), second - np.where(np.isfinite(least), least, 0.0), np.inf)
