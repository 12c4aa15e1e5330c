"""Each rule of a roster, kept and broken, as the checker sees it."""

from dataclasses import replace

import pytest

from carematch.rostering import (
    RULES,
    Absence,
    Holding,
    PlannedVisit,
    Reason,
    RosterProblem,
    Shift,
    Standing,
    Unplaced,
    Window,
    check,
    make_roster,
)
from carematch.rostering.samples import HOME, MONDAY, a_demand, a_problem, a_worker, north

TUESDAY, FRIDAY = "2026-03-03", "2026-03-06"


def a_visit(
    demand: str = "D1", date: str = MONDAY, start: int = 540, minutes: int = 60, workers: tuple[str, ...] = ("W1",)
) -> PlannedVisit:
    return PlannedVisit(demand, date, start, start + minutes, workers)


def broken(problem: RosterProblem, *visits: PlannedVisit, missing: int = 0) -> list[str]:
    """The names of the rules that these visits break."""
    unplaced = [Unplaced("D1", missing, Reason.NO_CAPACITY, "", {})] if missing else []
    found = check(problem, make_roster(problem, visits, unplaced))
    assert all("{" not in violation.text() for violation in found)
    return [violation.rule for violation in found]


def test_an_ordinary_visit_breaks_no_rule() -> None:
    assert broken(a_problem(a_demand(), a_worker()), a_visit()) == []


def test_every_rule_has_its_own_name_and_a_sentence() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.sentence.endswith(".") and rule.__doc__ for rule in RULES)


def test_a_visit_of_an_unknown_worker_is_found() -> None:
    assert broken(a_problem(a_demand(), a_worker()), a_visit(workers=("W9",))) == ["known"]


def test_a_visit_of_an_unknown_demand_is_found() -> None:
    assert broken(a_problem(a_worker()), a_visit()) == ["known"]


@pytest.mark.parametrize(("closed", "rules"), [(TUESDAY, []), (MONDAY, ["open_day"])])
def test_no_visit_on_a_closed_day(closed: str, rules: list[str]) -> None:
    problem = a_problem(a_demand(), a_worker(), closed_days=frozenset({closed}))
    assert broken(problem, a_visit()) == rules


def test_no_visit_outside_the_horizon() -> None:
    assert broken(a_problem(a_demand(), a_worker()), a_visit(date="2026-03-09")) == ["open_day"]


@pytest.mark.parametrize(
    ("term", "rules"),
    [
        ({"not_before": MONDAY, "not_after": MONDAY}, []),
        ({"not_before": TUESDAY}, ["within_term"]),
        ({"not_after": "2026-03-01"}, ["within_term"]),
    ],
)
def test_a_visit_lies_within_the_term_of_its_demand(term: dict[str, str], rules: list[str]) -> None:
    assert broken(a_problem(a_demand(**term), a_worker()), a_visit()) == rules


@pytest.mark.parametrize(("date", "rules"), [(TUESDAY, []), (MONDAY, ["recipient_present"])])
def test_nobody_is_visited_while_in_hospital(date: str, rules: list[str]) -> None:
    problem = a_problem(a_demand(blocked_dates=frozenset({date})), a_worker())
    assert broken(problem, a_visit()) == rules


@pytest.mark.parametrize(
    ("window", "rules"),
    [
        (Window(0, 540, 600), []),
        (Window(0, 541, 700), ["in_window"]),
        (Window(0, 500, 599), ["in_window"]),
        (Window(1, 540, 600), ["in_window"]),
    ],
)
def test_a_visit_lies_wholly_inside_a_time_window_of_its_weekday(window: Window, rules: list[str]) -> None:
    assert broken(a_problem(a_demand(windows=(window,)), a_worker()), a_visit()) == rules


@pytest.mark.parametrize(("minutes", "rules"), [(60, []), (45, ["duration"]), (75, ["duration"])])
def test_a_visit_lasts_as_long_as_its_demand_says(minutes: int, rules: list[str]) -> None:
    assert broken(a_problem(a_demand(), a_worker()), a_visit(minutes=minutes)) == rules


@pytest.mark.parametrize(
    ("workers", "rules"),
    [(("W1", "W2"), []), (("W1",), ["staffed"]), (("W1", "W2", "W3"), ["staffed"])],
)
def test_a_visit_for_two_has_two_workers(workers: tuple[str, ...], rules: list[str]) -> None:
    people = [a_worker(f"W{n}") for n in (1, 2, 3)]
    assert broken(a_problem(a_demand(staff_count=2), *people), a_visit(workers=workers)) == rules


def test_the_same_person_twice_is_not_two_workers() -> None:
    found = broken(a_problem(a_demand(staff_count=2), a_worker()), a_visit(workers=("W1", "W1")))
    assert "staffed" in found


@pytest.mark.parametrize(
    ("held", "rules"),
    [
        (Holding("nurse"), []),
        (Holding("nurse", MONDAY, MONDAY), []),
        (Holding("nurse", TUESDAY, None), ["qualified"]),
        (Holding("nurse", None, "2026-03-01"), ["qualified"]),
        (Holding("driver"), ["qualified"]),
    ],
)
def test_a_worker_holds_the_required_qualification_on_the_date(held: Holding, rules: list[str]) -> None:
    demand = a_demand(required_qualifications=frozenset({"nurse"}))
    assert broken(a_problem(demand, a_worker(qualifications=(held,))), a_visit()) == rules


def test_at_a_visit_for_two_each_worker_needs_the_qualification() -> None:
    demand = a_demand(staff_count=2, required_qualifications=frozenset({"nurse"}))
    problem = a_problem(demand, a_worker(qualifications=(Holding("nurse"),)), a_worker("W2"))
    assert broken(problem, a_visit(workers=("W1", "W2"))) == ["qualified"]


@pytest.mark.parametrize(("sex", "rules"), [(None, []), ("female", []), ("male", ["sex"])])
def test_a_worker_is_of_the_required_sex(sex: str | None, rules: list[str]) -> None:
    assert broken(a_problem(a_demand(sex=sex), a_worker()), a_visit()) == rules


@pytest.mark.parametrize(("forbidden", "rules"), [("W2", []), ("W1", ["accepted"])])
def test_a_forbidden_worker_does_not_come(forbidden: str, rules: list[str]) -> None:
    problem = a_problem(a_demand(forbidden_workers=frozenset({forbidden})), a_worker())
    assert broken(problem, a_visit()) == rules


@pytest.mark.parametrize(
    ("shifts", "rules"),
    [
        ((Shift(0, 540, 600),), []),
        ((Shift(0, 541, 700),), ["in_shift"]),
        ((Shift(0, 480, 570), Shift(0, 570, 700)), ["in_shift"]),
        ((Shift(1, 480, 700),), ["in_shift"]),
    ],
)
def test_a_visit_lies_wholly_inside_one_shift(shifts: tuple[Shift, ...], rules: list[str]) -> None:
    assert broken(a_problem(a_demand(), a_worker(shifts=shifts)), a_visit()) == rules


@pytest.mark.parametrize(
    ("absence", "rules"),
    [
        (Absence(MONDAY, 600, 700), []),
        (Absence(TUESDAY), []),
        (Absence(MONDAY, 599, 700), ["in_shift"]),
        (Absence(MONDAY), ["in_shift"]),
    ],
)
def test_an_absent_worker_makes_no_visit(absence: Absence, rules: list[str]) -> None:
    assert broken(a_problem(a_demand(), a_worker(absences=(absence,))), a_visit()) == rules


@pytest.mark.parametrize(
    ("shift", "rules"),
    [
        (Shift(0, 520, 620), []),
        (Shift(0, 521, 620), ["home_in_shift"]),
        (Shift(0, 520, 619), ["home_in_shift"]),
    ],
)
def test_the_way_from_base_and_back_is_inside_the_shift(shift: Shift, rules: list[str]) -> None:
    problem = a_problem(a_demand(place=north(20)), a_worker(shifts=(shift,)))
    assert broken(problem, a_visit()) == rules


@pytest.mark.parametrize(("start", "rules"), [(620, []), (619, ["travel_between"])])
def test_there_is_time_for_the_way_between_two_visits(start: int, rules: list[str]) -> None:
    problem = a_problem(a_demand(), a_demand("D2", place=north(20)), a_worker())
    assert broken(problem, a_visit(), a_visit("D2", start=start)) == rules


@pytest.mark.parametrize(("begins", "rules"), [(620, []), (619, ["travel_between"])])
def test_there_is_time_for_the_way_to_a_standing_visit(begins: int, rules: list[str]) -> None:
    standing = Standing("W1", MONDAY, begins, begins + 30, north(20))
    problem = a_problem(a_demand(), a_worker(), standing=(standing,))
    assert broken(problem, a_visit()) == rules


def test_standing_visits_alone_are_not_blamed_on_the_roster() -> None:
    near, far = Standing("W1", TUESDAY, 540, 600, HOME), Standing("W1", TUESDAY, 601, 1000, north(90))
    problem = a_problem(a_demand(), a_worker(daily_minutes=60), standing=(near, far))
    assert broken(problem, a_visit()) == []


@pytest.mark.parametrize(("limit", "rules"), [(100, []), (99, ["daily_limit"])])
def test_visits_and_travel_of_a_day_stay_within_the_daily_minutes(limit: int, rules: list[str]) -> None:
    problem = a_problem(a_demand(place=north(20)), a_worker(daily_minutes=limit))
    assert broken(problem, a_visit()) == rules


@pytest.mark.parametrize(("limit", "rules"), [(150, []), (149, ["daily_limit"])])
def test_standing_visits_count_toward_the_daily_minutes(limit: int, rules: list[str]) -> None:
    standing = Standing("W1", MONDAY, 900, 990, HOME)
    problem = a_problem(a_demand(), a_worker(daily_minutes=limit), standing=(standing,))
    assert broken(problem, a_visit()) == rules


@pytest.mark.parametrize(("limit", "rules"), [(120, []), (119, ["horizon_limit"])])
def test_all_days_together_stay_within_the_minutes_of_the_horizon(limit: int, rules: list[str]) -> None:
    problem = a_problem(a_demand(visits=2), a_worker(horizon_minutes=limit))
    assert broken(problem, a_visit(), a_visit(date=FRIDAY)) == rules


@pytest.mark.parametrize(("apart", "rules"), [(4, []), (5, ["spacing"])])
def test_two_visits_of_a_demand_are_so_many_days_apart(apart: int, rules: list[str]) -> None:
    problem = a_problem(a_demand(visits=2, min_days_between=apart), a_worker())
    assert broken(problem, a_visit(), a_visit(date=FRIDAY)) == rules


@pytest.mark.parametrize(("apart", "rules"), [(3, []), (4, ["spacing"])])
def test_a_visit_before_the_horizon_counts_for_spacing(apart: int, rules: list[str]) -> None:
    demand = a_demand(min_days_between=apart, standing_dates=("2026-02-27",))
    assert broken(a_problem(demand, a_worker()), a_visit()) == rules


def test_a_standing_visit_that_names_its_demand_counts_for_spacing() -> None:
    standing = Standing("W9", TUESDAY, 540, 600, HOME, demand="D1")
    problem = a_problem(a_demand(min_days_between=2), a_worker(), standing=(standing,))
    assert broken(problem, a_visit()) == ["spacing"]


@pytest.mark.parametrize(("start", "rules"), [(600, []), (599, ["one_at_a_time"])])
def test_a_recipient_has_one_visit_at_a_time(start: int, rules: list[str]) -> None:
    same = {"recipient": "R1"}
    problem = a_problem(a_demand(**same), a_demand("D2", **same), a_worker(), a_worker("W2"))
    assert broken(problem, a_visit(), a_visit("D2", start=start, workers=("W2",))) == rules


def test_another_employers_visit_to_the_recipient_counts_too() -> None:
    standing = Standing("W9", MONDAY, 570, 630, HOME, recipient="R-D1")
    problem = a_problem(a_demand(), a_worker(), standing=(standing,))
    assert broken(problem, a_visit()) == ["one_at_a_time"]


@pytest.mark.parametrize(("missing", "rules"), [(1, []), (0, ["accounted"]), (2, ["accounted"])])
def test_each_wanted_visit_is_planned_or_explained(missing: int, rules: list[str]) -> None:
    problem = a_problem(a_demand(visits=2), a_worker())
    assert broken(problem, a_visit(), missing=missing) == rules


def test_more_visits_than_wanted_are_found() -> None:
    problem = a_problem(a_demand(visits=1), a_worker())
    assert broken(problem, a_visit(), a_visit(date=FRIDAY)) == ["accounted"]


def test_a_violation_says_who_and_when_in_a_sentence() -> None:
    problem = a_problem(replace(a_demand(), sex="male"), a_worker())
    violation = check(problem, make_roster(problem, [a_visit()]))[0]
    assert violation.text() == "W1 is female; the demand asks for male."
    assert (violation.demand, violation.worker, violation.date) == ("D1", "W1", MONDAY)
