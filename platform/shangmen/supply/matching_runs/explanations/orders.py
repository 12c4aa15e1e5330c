"""In which order a run serves people, who is served of whom, and what other orders would cost."""

from __future__ import annotations

from dataclasses import dataclass

from shangmen.demand.needs.states import Rank
from shangmen.supply.matching_runs.adapter import UNSERVED, unserved_of
from shangmen.supply.matching_runs.certificate import Certificate
from shangmen.web.language import gettext as _

RANKS = {
    Rank.WHOLLY: "Wholly dependent",
    Rank.PARTLY: "Partly dependent, and minors",
    Rank.REST: "All others: visits and help",
}
ORDERS = {
    "heaviest": "Heaviest first: rank by rank, within a rank by weight",
    "weights": "All together by their weights",
    "fair": "The wholly dependent first, then all townships alike",
}


@dataclass(frozen=True)
class RankShown:
    """One rank of a run: who, of how many how many are served, and what is proven of it."""

    title: str
    needs: int
    served: int
    weight: str
    certain: str


def ranks(proof: Certificate | None) -> list[RankShown]:
    """Who is served, rank by rank, of the plan as it stands; the first rank first."""
    if proof is None:
        return []
    return [
        RankShown(
            title=_(RANKS[Rank(rank)]),
            needs=row.needs,
            served=row.served,
            weight=f"{row.weight_served:,} / {row.weight:,}",
            certain=_certain(proof, rank),
        )
        for rank, row in proof.ranks.items()
    ]


def _certain(proof: Certificate, rank: str) -> str:
    """What is proven of a rank; that of all needs together says nothing of one among several."""
    row = proof.ranks[rank]
    if row.served == row.needs:
        return _("all of them")
    goal = proof.goals.get(unserved_of(rank) if len(proof.ranks) > 1 else UNSERVED)
    if goal is None:
        return ""
    if goal.proven:
        return _("proven: no more fit after those before them")
    return _("at most a weight of %(weight)s fits", weight=f"{row.weight - goal.bound:,}")


@dataclass(frozen=True)
class OrderShown:
    """A plan in another order against that of the run: served of each rank, weight left out, worst township, way."""

    order: str
    title: str
    mine: bool
    served: list[str]
    left_out: str
    share: str
    way: str
    proven: bool


def orders(proof: Certificate | None) -> list[OrderShown]:
    """The order of the run and what the others would change, with their price; empty where nothing is compared."""
    if proof is None or len(proof.orders) < 2:
        return []
    mine = proof.orders[0]
    return [
        OrderShown(
            order=row.order,
            title=_(ORDERS[row.order]),
            mine=row is mine,
            served=[_against(row.served.get(rank, 0), mine.served.get(rank, 0)) for rank in proof.ranks],
            left_out=_against(row.left_out, mine.left_out),
            share=f"{row.share / 10:.1f} %" + _price(row.share - mine.share, 10, " %"),
            way=f"{row.travel / 1000:,.1f} km" + _price(row.travel - mine.travel, 1000, " km"),
            proven=row.proven,
        )
        for row in proof.orders
    ]


def heads(proof: Certificate | None) -> list[str]:
    """The ranks that there are, as heads of the table of orders."""
    return [_(RANKS[Rank(rank)]) for rank in proof.ranks] if proof else []


def _against(value: int, mine: int) -> str:
    return f"{value:,}" + _price(value - mine, 1, "")


def _price(more: int, parts: int, unit: str) -> str:
    """What is more or less than in the run, with its sign; "" where it is the same."""
    if not more:
        return ""
    number = f"{abs(more) / parts:,.1f}" if parts > 1 else f"{abs(more):,}"
    return f" ({'+' if more > 0 else '−'}{number}{unit})"
