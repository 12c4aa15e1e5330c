"""The hours worth buying: how many more at each lot until no further hour serves anybody.

The prices of the relaxation say what the first minutes are worth; how many hours that holds for is found
by solving again with as many more, so that the answer is a fact with a plan behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct

from carematch.assignment.problem import Limits, Problem, Resource
from carematch.assignment.studies.tender import Served, Steps, Study, Weighed
from carematch.assignment.studies.what_if import Scenario


class Purchase(Struct, frozen=True):
    """Something that hours could be bought for (a lot): what one more hour adds to each resource."""

    id: str
    adds: dict[str, int]


class Bought(Struct, frozen=True):
    """How many needs and how much weight a plan serves with so many hours more, and what is proven to be the most."""

    hours: int
    needs: int
    weight: int
    most_weight: int


class Worth(Struct, frozen=True):
    """What hours are worth at one purchase, everything else staying as it is.

    `price` is the weight that one more hour serves by the relaxation, in which a need can be served in part:
    it holds for the first minutes, and later ones gain less. `hours` is how many are worth buying: the least
    number after which no further hour serves anybody; `before` and `after` are what is served without them
    and with them. `steps` are all numbers of hours that were tried, rising. `proven` says that every step is
    the best possible, so that `hours` is exact.
    """

    purchase: str
    price: float
    hours: int
    before: Served
    after: Served
    steps: tuple[Bought, ...]
    proven: bool


def hours_worth(
    problem: Problem,
    scenario: Scenario,
    purchases: Sequence[Purchase],
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: Steps | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Worth, ...]:
    """What more hours would serve in the scenario, for each purchase by itself.

    The limits are for each of the solves, of which a purchase takes about twice the binary digits of its
    hours. Raises ValueError as `what_if` does and for a purchase of a resource that is not there;
    ProblemError as `solve` does. Stopped early, it has the purchases that are done.
    """
    if not purchases:
        return ()
    study = Study(problem, scenario, limits, seed, should_stop)
    strange = {resource for purchase in purchases for resource in purchase.adds} - {r.id for r in study.all}
    if strange:
        raise ValueError(f"unknown resource {', '.join(sorted(strange))}")
    before = study.served(study.all, ())
    rates = study.prices()
    found: list[Worth] = []
    for number, purchase in enumerate(purchases):
        worth = _Search(study, purchase, before).worth(rates)
        if study.stopped():
            break
        found.append(worth)
        if progress is not None:
            progress(number + 1, len(purchases))
    return tuple(found)


class _Search:
    """How many hours of one purchase are worth buying: doubled until nothing is gained, then halved in between."""

    def __init__(self, study: Study, purchase: Purchase, before: Served) -> None:
        self._study = study
        self._purchase = purchase
        self._before = before
        self._known = {0: Weighed(before.plan, before.weight, before.most_weight)}

    def worth(self, rates: dict[str, float]) -> Worth:
        """Tries as many hours as it takes to know."""
        enough = self._enough()
        everything = sum(need.weight for need in self._study.problem.needs)
        if enough and self._before.weight < everything:
            self._try(enough)
            if self._gains_after(0):
                self._narrow(enough)
        steps = self._steps()
        hours = next(step.hours for step in steps if step.weight == steps[-1].weight)
        after = self._study.served(self._with(hours), self._known[hours].plan) if hours else self._before
        return Worth(
            purchase=self._purchase.id,
            price=round(sum(rates.get(r, 0.0) * amount for r, amount in self._purchase.adds.items()), 6),
            hours=hours,
            before=self._before,
            after=after,
            steps=steps,
            proven=all(step.weight == step.most_weight for step in steps),
        )

    def _narrow(self, enough: int) -> None:
        """Between two numbers of hours: after the lower one more is gained, after the upper one nothing."""
        hours = 1
        while hours < enough and self._gains_after(hours):
            hours *= 2
        low, high = hours // 2, min(hours, enough)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._gains_after(middle) else (low, middle)

    def _enough(self) -> int:
        """So many hours that more could not be used, even if every need took what it can take most."""
        most: dict[str, Counter[str]] = {resource: Counter() for resource in self._purchase.adds}
        for option in self._study.problem.options:
            for resource in most.keys() & option.usage.keys():
                most[resource][option.need] = max(most[resource][option.need], option.usage[resource])
        capacity = {resource.id: resource.capacity for resource in self._study.all}
        short = {resource: max(0, used.total() - capacity[resource]) for resource, used in most.items()}
        return max((-(-short[r] // amount) for r, amount in self._purchase.adds.items() if amount), default=0)

    def _gains_after(self, hours: int) -> bool:
        """Whether more than so many hours serve more than so many hours do."""
        return self._try(hours).weight < max(one.weight for one in self._known.values())

    def _try(self, hours: int) -> Weighed:
        if hours not in self._known:
            fewer = max(tried for tried in self._known if tried < hours)
            self._known[hours] = self._study.weighed(self._with(hours), self._known[fewer].plan)
        return self._known[hours]

    def _with(self, hours: int) -> list[Resource]:
        adds = self._purchase.adds
        return [
            msgspec.structs.replace(r, capacity=r.capacity + hours * adds[r.id]) if r.id in adds else r
            for r in self._study.all
        ]

    def _steps(self) -> tuple[Bought, ...]:
        """The steps in order: no plan worse than that of fewer hours, no bound above that of more."""
        hours = sorted(self._known)
        for fewer, more in pairwise(hours):
            if self._known[more].weight < self._known[fewer].weight:
                one, other = self._known[more], self._known[fewer]
                self._known[more] = msgspec.structs.replace(one, plan=other.plan, weight=other.weight)
        bounds: list[int] = []
        for number in reversed(hours):
            bounds.append(min([self._known[number].most_weight, *bounds[-1:]]))
        return tuple(
            Bought(number, len(self._known[number].plan), self._known[number].weight, bound)
            for number, bound in zip(hours, reversed(bounds), strict=True)
        )
