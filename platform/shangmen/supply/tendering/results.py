"""What a study keeps of its answer: figures, without the plans behind them. Money is fen. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from shangmen.demand.needs.states import RequiredSex
from shangmen.supply.tendering import adapter
from shangmen.supply.tendering.inputs import Offer


class Figures(Struct, frozen=True, kw_only=True):
    """What a plan serves, what is proven to be the most, and what it spends. Weight is as the needs have it."""

    needs: int
    most_needs: int
    weight: int
    most_weight: int
    spent: int

    @property
    def proven(self) -> bool:
        """Whether nothing serves more weight."""
        return self.weight == self.most_weight


class Point(Figures, frozen=True, kw_only=True):
    """What is served with so many permille of today's money; `budget` is the sum of the money there."""

    permille: int
    budget: int


class Bought(Struct, frozen=True, kw_only=True):
    """What is served with so many more hours."""

    hours: int
    needs: int
    weight: int
    most_weight: int


class Worth(Struct, frozen=True, kw_only=True):
    """What hours are worth at a lot: of whom, and how many are worth buying.

    `before` and `after` are what is served without and with them; `steps` all numbers of hours that were tried.
    """

    lot: str
    supplier: int
    who: RequiredSex
    price: float
    hours: int
    proven: bool
    before: Figures
    after: Figures
    steps: list[Bought]


class Result(Struct, frozen=True, kw_only=True):
    """The curve of served needs against money, the hours worth buying, and what they were found with."""

    needs: int
    weight: int
    points: list[Point]
    worth: list[Worth]
    digest: str
    versions: dict[str, str]
    seconds: float


class Step(Struct, frozen=True, array_like=True):
    """How far a study is: the phase, the steps done and the steps in all."""

    phase: str
    done: int
    of: int


def result(answer: adapter.Answer, offers: Mapping[str, Offer], seconds: float) -> Result:
    """The answer as it is kept; `offers` are what the purchases stand for, by their names."""
    return Result(
        needs=answer.curve.needs,
        weight=answer.curve.weight,
        points=[
            Point(permille=point.permille, budget=point.budget, **_figures(point.served))
            for point in answer.curve.points
        ],
        worth=[
            Worth(
                lot=offers[worth.purchase].lot,
                supplier=offers[worth.purchase].supplier,
                who=offers[worth.purchase].who,
                price=worth.price,
                hours=worth.hours,
                proven=worth.proven,
                before=Figures(**_figures(worth.before)),
                after=Figures(**_figures(worth.after)),
                steps=[
                    Bought(hours=one.hours, needs=one.needs, weight=one.weight, most_weight=one.most_weight)
                    for one in worth.steps
                ],
            )
            for worth in answer.worth
        ],
        digest=answer.digest,
        versions=answer.versions,
        seconds=seconds,
    )


def _figures(served: adapter.Served) -> dict[str, int]:
    return {
        "needs": served.needs,
        "most_needs": served.most_needs,
        "weight": served.weight,
        "most_weight": served.most_weight,
        "spent": served.spent,
    }
