"""Ranked places for one new visit."""

from dataclasses import replace

import pytest

from carematch.rostering import PlannedVisit, Window, check, fill, make_roster, suggest
from carematch.rostering.samples import MONDAY, a_demand, a_problem, a_worker, county_month, north
from tests.matching.counting import calls_of

EMPTY = make_roster(a_problem(), [])


def test_a_suggestion_put_into_the_roster_breaks_no_rule() -> None:
    problem = county_month(200, 8, seed=5)
    roster = fill(problem)
    demand = a_demand("new", place=problem.demands[0].place)
    wider = replace(problem, demands=(*problem.demands, demand))
    ideas = suggest(problem, roster, demand)
    assert len(ideas) == 5
    for idea in ideas:
        visit = PlannedVisit("new", idea.date, idea.start, idea.end, idea.workers)
        assert check(wider, make_roster(wider, [*roster.visits, visit], roster.unplaced)) == []


def test_suggestions_come_cheapest_first_and_differ() -> None:
    ideas = suggest(a_problem(a_demand(), a_worker(), a_worker("W2", base=north(9))), EMPTY, "D1", count=9)
    assert [i.cost for i in ideas] == sorted(i.cost for i in ideas)
    assert len({(i.date, i.workers) for i in ideas}) == 9


def test_the_added_travel_is_stated() -> None:
    (idea,) = suggest(a_problem(a_demand(place=north(12)), a_worker()), EMPTY, "D1", count=1)
    assert (idea.travel, idea.load) == (24, 1000 * 84 // 2400)


def test_the_day_of_a_visit_to_a_neighbour_comes_first() -> None:
    problem = a_problem(a_demand(place=north(50)), a_demand("D2", place=north(51)), a_worker())
    roster = make_roster(problem, [PlannedVisit("D2", "2026-03-05", 600, 660, ("W1",))])
    first = suggest(problem, roster, "D1")[0]
    assert (first.date, first.travel) == ("2026-03-05", 0)


def test_the_familiar_worker_comes_before_a_stranger_next_door() -> None:
    demand = a_demand(preferred_workers=frozenset({"W2"}))
    problem = a_problem(demand, a_worker(), a_worker("W2", base=north(5)))
    ideas = suggest(problem, EMPTY, "D1", count=14)
    assert [i.workers for i in ideas[:7]] == [("W2",)] * 7
    assert ideas[7].unfamiliar == 1


def test_a_visit_for_two_is_suggested_with_two_different_people() -> None:
    people = [a_worker(f"W{n}") for n in range(4)]
    ideas = suggest(a_problem(a_demand(staff_count=2), *people), EMPTY, "D1", count=20)
    assert len(ideas) == 20
    assert all(len(set(i.workers)) == 2 for i in ideas)


def test_spacing_to_the_visits_of_the_roster_is_kept() -> None:
    problem = a_problem(a_demand(visits=2, min_days_between=5), a_worker())
    roster = make_roster(problem, [PlannedVisit("D1", MONDAY, 600, 660, ("W1",))])
    assert {i.date for i in suggest(problem, roster, "D1", count=9)} == {"2026-03-07", "2026-03-08"}


def test_where_nothing_fits_nothing_is_suggested() -> None:
    problem = a_problem(a_demand(windows=(Window(0, 300, 400),)), a_worker())
    assert suggest(problem, EMPTY, "D1") == []


def test_an_unknown_demand_is_refused() -> None:
    with pytest.raises(KeyError, match="D9"):
        suggest(a_problem(a_demand(), a_worker()), EMPTY, "D9")


def test_a_county_gets_its_suggestions_in_so_few_steps_that_somebody_can_wait_for_them() -> None:
    problem = county_month(seed=1)
    roster = make_roster(problem, fill(replace(problem, demands=problem.demands[:300])).visits)
    demand = next(d for d in problem.demands if d.staff_count == 2)
    assert calls_of(lambda: suggest(problem, roster, replace(demand, id="new"))) < 1_000_000
