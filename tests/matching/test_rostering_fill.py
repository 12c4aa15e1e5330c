"""What the filler makes of small problems."""

import itertools
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from carematch.rostering import (
    Absence,
    PlannedVisit,
    Roster,
    RosterProblem,
    Shift,
    Standing,
    Window,
    check,
    encode_roster,
    fill,
    make_roster,
    score,
)
from carematch.rostering.board import Board
from carematch.rostering.fill import Filler, hardest_first
from carematch.rostering.repair import improve
from carematch.rostering.samples import (
    HOME,
    MONDAY,
    a_demand,
    a_problem,
    a_worker,
    county_month,
    days_from,
    north,
)
from carematch.rostering.score import weighted
from carematch.travel import DetourModel, MatrixModel
from tests.matching.counting import calls_of


def sound(problem: RosterProblem, seed: int = 0) -> Roster:
    """The filler's roster, after the checker has agreed to it."""
    roster = fill(problem, seed)
    assert check(problem, roster) == []
    return roster


def test_an_empty_problem_gives_an_empty_roster() -> None:
    roster = sound(a_problem())
    assert (roster.visits, roster.unplaced) == ((), ())


def test_a_visit_starts_after_the_way_from_base_on_the_grid() -> None:
    roster = sound(a_problem(a_demand(place=north(13)), a_worker()))
    assert (roster.visits[0].start, roster.visits[0].end) == (495, 555)


def test_a_narrow_window_off_the_grid_is_used() -> None:
    roster = sound(a_problem(a_demand(windows=(Window(2, 601, 661),)), a_worker()))
    assert [(v.date, v.start) for v in roster.visits] == [("2026-03-04", 601)]


def test_four_visits_are_spread_evenly_over_four_weeks() -> None:
    roster = sound(a_problem(a_demand(visits=4, min_days_between=5), a_worker(), days=28))
    at = [days_from(MONDAY, 28).index(v.date) for v in roster.visits]
    assert [b - a for a, b in itertools.pairwise(at)] == [7, 7, 7]
    assert roster.goals.spread == 0


def test_new_visits_keep_the_rhythm_of_those_that_stand() -> None:
    demand = a_demand(visits=1, min_days_between=3, standing_dates=("2026-03-03", "2026-03-24"))
    roster = sound(a_problem(demand, a_worker(), days=28))
    assert roster.visits[0].date in days_from("2026-03-12", 4)


def test_all_visits_find_a_day_when_spacing_leaves_just_enough() -> None:
    roster = sound(a_problem(a_demand(visits=3, min_days_between=3), a_worker(), days=7))
    assert [v.date for v in roster.visits] == ["2026-03-02", "2026-03-05", "2026-03-08"]


def test_visits_move_into_the_days_after_a_hospital_stay() -> None:
    away = frozenset(days_from(MONDAY, 4))
    roster = sound(a_problem(a_demand(visits=2, blocked_dates=away), a_worker()))
    assert not roster.unplaced
    assert min(v.date for v in roster.visits) >= "2026-03-06"


def test_the_preferred_worker_comes_although_another_lives_nearer() -> None:
    demand = a_demand(visits=3, preferred_workers=frozenset({"W2"}))
    roster = sound(a_problem(demand, a_worker(), a_worker("W2", base=north(5))))
    assert {v.workers for v in roster.visits} == {("W2",)}
    assert roster.totals.continuity_permille == 1000


def test_without_a_preference_the_same_worker_keeps_coming() -> None:
    people = [a_worker(f"W{n}") for n in range(5)]
    roster = sound(a_problem(a_demand(visits=6), *people))
    assert len({v.workers for v in roster.visits}) == 1


def test_the_nearer_worker_is_sent() -> None:
    roster = sound(a_problem(a_demand(place=north(30)), a_worker(), a_worker("W2", base=north(25))))
    assert roster.visits[0].workers == ("W2",)


def test_neighbours_are_visited_on_the_same_day() -> None:
    pair = [a_demand("D1", place=north(60)), a_demand("D2", place=north(60))]
    roster = sound(a_problem(*pair, a_worker()))
    assert roster.visits[0].date == roster.visits[1].date
    assert roster.goals.travel == 120


def test_two_workers_meet_in_the_only_hour_that_both_have() -> None:
    early = a_worker("W1", shifts=(Shift(0, 480, 660),))
    late = a_worker("W2", shifts=(Shift(0, 600, 900),))
    roster = sound(a_problem(a_demand(staff_count=2), early, late))
    assert roster.visits == (PlannedVisit("D1", MONDAY, 600, 660, ("W1", "W2")),)


def test_a_standing_visit_is_left_where_it_is_with_time_for_the_way() -> None:
    standing = Standing("W1", MONDAY, 540, 600, north(30))
    problem = a_problem(a_demand(windows=(Window(0, 480, 720),)), a_worker(), standing=(standing,))
    assert sound(problem).visits[0].start == 630


def test_a_visit_goes_around_an_absence() -> None:
    person = a_worker(absences=(Absence(MONDAY, 480, 660),), shifts=(Shift(0, 480, 1080),))
    assert sound(a_problem(a_demand(), person)).visits[0].start == 660


def test_the_weightier_demand_gets_the_only_hour() -> None:
    person = a_worker(shifts=(Shift(0, 480, 540),))
    roster = sound(a_problem(a_demand("A"), a_demand("B", priority=5), person))
    assert [v.demand for v in roster.visits] == ["B"]


def test_two_visits_a_day_are_possible_where_no_spacing_is_asked() -> None:
    demand = a_demand(visits=2, min_days_between=0, windows=(Window(0, 480, 600),))
    assert len(sound(a_problem(demand, a_worker())).visits) == 2


def test_weighty_demands_are_placed_before_light_ones_and_scarce_ones_before_easy_ones() -> None:
    demands = [a_demand("A"), a_demand("B", priority=2), a_demand("C", sex="male")]
    board = Board(a_problem(*demands, a_worker(), a_worker("W2", sex="male")))
    assert [board.demands[n].id for n in hardest_first(board, 0)] == ["B", "C", "A"]


def test_a_visit_is_moved_to_make_room_for_one_that_has_no_other_place() -> None:
    # The weightier one is placed first, on the Monday that only the lighter one cannot do without.
    loose, tight = a_demand("loose", priority=5), a_demand("tight", windows=(Window(0, 480, 540),))
    person = a_worker(shifts=(Shift(0, 480, 540), Shift(1, 480, 540)))
    roster = sound(a_problem(loose, tight, person))
    assert [(v.demand, v.date) for v in roster.visits] == [("tight", MONDAY), ("loose", "2026-03-03")]


def test_a_tempting_day_is_not_taken_when_later_visits_would_lose_their_days() -> None:
    # A neighbour's visit makes Wednesday cheap; three visits three days apart need Mon, Thu, Sun.
    neighbour = a_demand("N", place=north(60), windows=(Window(2, 480, 1080),), priority=9)
    demand = a_demand(visits=3, min_days_between=3, place=north(60))
    assert sound(a_problem(neighbour, demand, a_worker())).unplaced == ()


def test_a_stop_that_shortens_a_long_way_is_not_taken_off_where_hours_would_grow() -> None:
    ids, rows = ("home", "a", "b"), ((0, 5, 100), (5, 0, 5), (100, 5, 0))
    travel = MatrixModel("odd", ids, rows, rows)
    near, far = (
        a_demand("A", place=replace(HOME, id="a"), minutes=20),
        a_demand("B", place=replace(HOME, id="b")),
    )
    board = Board(a_problem(near, far, a_worker(), travel=travel))
    board.put_planned([PlannedVisit("A", MONDAY, 600, 620, ("W1",)), PlannedVisit("B", MONDAY, 700, 760, ("W1",))])
    assert not board.can_remove(0)


def test_the_first_stop_keeps_time_from_base_when_another_stop_is_taken_away() -> None:
    # Removing a morning visit makes the one at 14:00 sharp the first of its day, without time to come.
    problem = a_problem(
        a_demand("A", place=north(30), windows=(Window(0, 480, 720),)),
        a_demand("B", place=north(30), windows=(Window(0, 840, 900),)),
        a_worker(shifts=(Shift(0, 480, 720), Shift(0, 840, 1080))),
    )
    board = Board(problem)
    board.put_planned([PlannedVisit("A", MONDAY, 510, 570, ("W1",)), PlannedVisit("B", MONDAY, 840, 900, ("W1",))])
    assert [board.can_remove(number) for number in (0, 1)] == [False, True]


def test_improving_never_makes_the_objective_worse() -> None:
    problem = county_month(visits=150, workers=6, seed=4)
    board = Board(problem)
    filler, order = Filler(board), hardest_first(board, 0)
    for demand in order:
        filler.place_all(demand)
    costs = [weighted(score(problem, board.planned()), problem.weights)]
    for demand in order:
        improve(board, filler, [demand])
        costs.append(weighted(score(problem, board.planned()), problem.weights))
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


def test_the_board_counts_travel_and_balance_as_the_score_does() -> None:
    problem = county_month(visits=120, workers=6, seed=3)
    board = Board(problem)
    board.put_planned(fill(problem).visits)
    goals = score(problem, board.planned())
    assert (board.travel, board.uneven()) == (goals.travel, goals.balance)


def test_ways_that_are_shorter_round_about_do_not_confuse_the_filler() -> None:
    ids = ("home", "a", "b")
    rows = ((0, 5, 100), (5, 0, 5), (100, 5, 0))
    travel = MatrixModel("odd", ids, rows, rows)
    a, b = replace(HOME, id="a"), replace(HOME, id="b")
    demands = [a_demand(f"D{n}", place=(a, b)[n % 2], visits=2) for n in range(6)]
    problem = a_problem(*demands, a_worker(daily_minutes=220), a_worker("W2"), travel=travel)
    assert len(sound(problem).visits) + sum(u.missing for u in fill(problem).unplaced) == 12


def test_a_roster_is_the_same_every_time_and_in_every_process() -> None:
    problem = "from carematch.rostering.samples import county_month as c;"
    code = f"{problem}from carematch.rostering import *;print(encode_roster(fill(c(90, 6, 2), 7)).decode())"
    here = encode_roster(fill(county_month(90, 6, 2), 7)).decode()
    for hash_seed in ("1", "2"):
        # The order of sets of strings differs between processes; a roster must not.
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == here


def test_the_order_of_the_input_does_not_matter() -> None:
    problem = county_month(300, 9, 2)
    turned = replace(problem, demands=problem.demands[::-1], workers=problem.workers[::-1])
    assert fill(turned) == fill(problem)


def test_the_roster_names_its_travel_model_and_seed() -> None:
    roster = fill(a_problem(travel=DetourModel(1.7, 32, 5)), seed=3)
    assert (roster.travel_model, roster.seed) == ("straight line × 1.7 at 32 km/h + 5 min", 3)


def test_the_goals_are_those_of_the_visits() -> None:
    problem = county_month(90, 6, 2)
    roster = fill(problem)
    assert make_roster(problem, roster.visits, roster.unplaced) == roster


@pytest.mark.parametrize(("preferred", "strangers"), [({"W1", "W2"}, 1), (set(), 2), ({"W9"}, 2)])
def test_strangers_are_counted_against_the_preferred_or_the_most_frequent(preferred: set[str], strangers: int) -> None:
    demand = a_demand(visits=4, preferred_workers=frozenset(preferred))
    problem = a_problem(demand, *(a_worker(f"W{n}") for n in (1, 2, 3)))
    days = days_from(MONDAY, 4)
    visits = [PlannedVisit("D1", day, 540, 600, (f"W{n}",)) for day, n in zip(days, (1, 1, 2, 3), strict=True)]
    assert score(problem, visits).continuity == strangers


@pytest.mark.parametrize(("visits", "workers", "calls"), [(300, 8, 2_000_000), (600, 16, 5_000_000)])
def test_a_month_is_filled_in_so_few_steps_that_somebody_can_wait_for_it(
    visits: int, workers: int, calls: int
) -> None:
    # About three times what it takes; a million calls are less than a second of an idle machine.
    problem = county_month(visits, workers, seed=1)
    rosters = []
    assert calls_of(lambda: rosters.append(fill(problem))) < calls
    assert check(problem, rosters[0]) == []
