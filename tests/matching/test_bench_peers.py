"""The plain model that the peers get, and the peers on a small one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carematch.assignment import COST, Policy, Problem, single
from carematch.bench import peers
from carematch.bench.families import gap_instance
from carematch.bench.gap import problem_of
from carematch.bench.peers import PEERS, PeerMissing
from carematch.bench.plain import DEAR, Notes, PlainModel, plain_model
from carematch.bench.recording import Point
from tests.matching.assignment_cases import line

TRAVEL_POLICY = Policy((single("unserved"), single("travel")))


def short() -> Problem:
    """Three needs of an hour each, and two hours: the heaviest two are served, by A at 100 and B at 202 metres."""
    return line(60, 60, weights=(1, 5, 9), policy=TRAVEL_POLICY)


def chosen(model: PlainModel, *columns: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    picked = np.zeros(len(model.cost), np.bool_)
    picked[list(columns)] = True
    return picked


def test_leaving_somebody_out_costs_more_than_any_few_moves() -> None:
    model = plain_model(short(), all_served=False)
    assert model.prices is not None and model.prices.tolist() == [weight * (DEAR * 202 + 1) for weight in (1, 5, 9)]


def test_the_objective_is_the_goal_after_the_unserved() -> None:
    policy = Policy((single("unserved"), single(COST)))
    assert plain_model(line(60, policy=policy), all_served=True).cost.tolist() == [0, 0, 0]
    assert plain_model(short(), all_served=True).cost.tolist() == [100, 200, 101, 201, 102, 202]


def test_plans_are_counted_in_integers_and_overfull_or_double_ones_refused() -> None:
    model = plain_model(short(), all_served=False)
    assert model.judged(chosen(model, 2, 5)) == (1, 101 + 202)
    assert model.judged(chosen(model)) == (15, 0)
    assert model.judged(chosen(model, 2, 4)) is None, "both at A"
    assert model.judged(chosen(model, 2, 3)) is None, "one need twice"


def test_where_all_must_be_served_a_plan_that_leaves_any_out_is_none() -> None:
    model = plain_model(short(), all_served=True)
    assert model.judged(chosen(model, 2, 5)) is None


def test_only_better_plans_and_bounds_are_noted() -> None:
    model = plain_model(short(), all_served=False)
    points: list[Point] = []
    notes = Notes(model, points.append)
    notes.bound(-1e20)
    notes.plan(chosen(model, 2))
    notes.plan(chosen(model, 2))
    notes.plan(chosen(model))
    notes.bound(17.2)
    notes.bound(17.9)
    notes.bound(float("inf"))
    notes.plan(chosen(model, 2, 5))
    assert [point[1:] for point in points] == [(10, 101, 0), (10, 101, 18), (1, 303, 18)]


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_finds_the_best_plan_of_a_small_instance(peer: str) -> None:
    points: list[Point] = []
    model = plain_model(short(), all_served=False)
    PEERS[peer][1](model, 20.0, 1, 1, points.append)
    assert points[-1][1:3] == (1, 302 + 1)
    assert points[-1].bound == 303 + (DEAR * 202 + 1)


def test_the_peers_agree_on_generalised_assignment() -> None:
    model = plain_model(problem_of(gap_instance("C", 3, 15, 1)), all_served=True)
    found = set()
    for _, solve in PEERS.values():
        points: list[Point] = []
        solve(model, 20.0, 1, 1, points.append)
        found.add(points[-1][1:])
    assert len(found) == 1
    ((unserved, value, bound),) = found
    assert unserved == 0 and value == bound


@pytest.mark.parametrize("peer", ["scip"])
def test_a_library_that_is_missing_is_named(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(peers, "import_module", missing)
    with pytest.raises(PeerMissing, match="not installed"):
        PEERS[peer][1](plain_model(short(), all_served=False), 1.0, 1, 1, list[Point]().append)
