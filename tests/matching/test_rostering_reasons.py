"""What the filler says about visits that found no place."""

from carematch.rostering import (
    Absence,
    Holding,
    PlannedVisit,
    Reason,
    RosterProblem,
    Shift,
    Standing,
    Window,
    check,
    fill,
)
from carematch.rostering.reasons import BOOKED, HOURS_USED, reasons
from carematch.rostering.samples import MONDAY, a_demand, a_problem, a_worker, county_month, days_from, north


def why(problem: RosterProblem) -> list[tuple[int, Reason, str]]:
    """(missing, code, text) of what is unplaced, after the checker has agreed to the roster."""
    roster = fill(problem)
    assert check(problem, roster) == []
    return [(u.missing, u.code, u.text()) for u in roster.unplaced]


def test_a_bath_for_two_men_with_one_free_man_stays_unplaced_and_says_that_one_man_is_lacking() -> None:
    bath = a_demand(visits=2, staff_count=2, sex="male", required_qualifications=frozenset({"bath"}), minutes=60)
    held = (Holding("bath"),)
    people = [a_worker("W1", sex="male", qualifications=held), a_worker("W2", qualifications=held)]
    text = "1 more male workers with bath are needed (2026-03-02)."
    assert why(a_problem(bath, *people)) == [(2, Reason.NO_GENDER, text)]


def test_one_man_at_a_bath_for_one_is_enough() -> None:
    assert why(a_problem(a_demand(sex="male"), a_worker(sex="male"))) == []


def test_lacking_sex_says_how_many_of_which_sex() -> None:
    roster = fill(a_problem(a_demand(sex="male", staff_count=2), a_worker(), a_worker("W2")))
    facts = roster.unplaced[0].facts
    assert (facts["missing"], facts["sex"], facts["qualifications"]) == (2, "male", "")


def test_a_lacking_qualification_is_named() -> None:
    demand = a_demand(required_qualifications=frozenset({"nurse", "halal"}))
    people = [a_worker("W1", qualifications=(Holding("nurse"),)), a_worker("W2")]
    text = "1 more workers with halal, nurse are needed (2026-03-02)."
    assert why(a_problem(demand, *people)) == [(1, Reason.NO_QUAL, text)]


def test_of_several_qualifications_those_are_told_that_too_few_hold() -> None:
    demand = a_demand(required_qualifications=frozenset({"nurse", "halal"}))
    nurse, halal = (
        a_worker("W1", qualifications=(Holding("nurse"),)),
        a_worker("W2", qualifications=(Holding("halal"),)),
    )
    scarce = [fill(a_problem(demand, *people)).unplaced[0].facts["scarce"] for people in ((nurse,), (nurse, halal))]
    assert scarce == ["halal", ""]  # in the second case only together they are too much to ask


def test_a_qualification_that_expires_costs_only_the_visits_after_it() -> None:
    demand = a_demand(visits=7, required_qualifications=frozenset({"nurse"}))
    person = a_worker(qualifications=(Holding("nurse", None, "2026-03-05"),))
    text = "1 more workers with nurse are needed (2026-03-06)."
    assert why(a_problem(demand, person)) == [(3, Reason.NO_QUAL, text)]


def test_too_few_workers_at_all_is_not_blamed_on_qualifications() -> None:
    assert why(a_problem(a_demand(staff_count=2), a_worker())) == [
        (1, Reason.NO_CAPACITY, "1 more workers are needed; there are 1.")
    ]


def test_a_recipient_in_hospital_all_week_is_blocked() -> None:
    away = frozenset(days_from(MONDAY, 7))
    (found,) = why(a_problem(a_demand(blocked_dates=away), a_worker()))
    assert found[:2] == (1, Reason.BLOCKED)


def test_closed_days_block_the_visits_that_no_longer_fit() -> None:
    problem = a_problem(a_demand(visits=7), a_worker(), closed_days=frozenset({"2026-03-04", "2026-03-05"}))
    (found,) = why(problem)
    assert found[:2] == (2, Reason.BLOCKED)
    assert found[2].startswith("2 of 7 days")


def test_more_visits_than_the_spacing_allows_are_said_to_be_too_close() -> None:
    text = "Only 3 visits fit into the horizon at least 3 days apart."
    assert why(a_problem(a_demand(visits=5, min_days_between=3), a_worker())) == [(2, Reason.SPACING, text)]


def test_visits_that_stand_already_take_their_days_from_the_others() -> None:
    demand = a_demand(visits=2, min_days_between=3, standing_dates=("2026-03-04",))
    text = "Only 1 visits fit into the horizon at least 3 days apart."
    assert why(a_problem(demand, a_worker())) == [(1, Reason.SPACING, text)]


def test_a_visit_planned_in_the_middle_that_leaves_no_day_far_enough_away_is_said_to_be_that() -> None:
    demand = a_demand(visits=2, min_days_between=4)
    thursday = days_from(MONDAY, 4)[-1]
    problem = a_problem(demand, a_worker())
    assert why(problem) == []
    (found,) = reasons(problem, [PlannedVisit("D1", thursday, 540, 600, ("W1",))])
    text = "The visits that are planned leave no suitable day at least 4 days away from them."
    assert (found.missing, found.code, found.text()) == (1, Reason.SPACING, text)


def test_windows_on_too_few_weekdays_are_named() -> None:
    demand = a_demand(visits=2, windows=(Window(2, 480, 600),))
    text = "The time windows (3) leave only 1 suitable days."
    assert why(a_problem(demand, a_worker())) == [(1, Reason.WINDOW, text)]


def test_a_window_before_everybodys_shift_is_a_matter_of_windows() -> None:
    (found,) = why(a_problem(a_demand(windows=(Window(0, 360, 480),)), a_worker()))
    assert found[:2] == (1, Reason.WINDOW)
    assert "06:00–08:00" in found[2]


def test_a_way_that_does_not_fit_into_the_window_is_a_matter_of_windows() -> None:
    demand = a_demand(place=north(61), windows=(Window(0, 480, 600),))
    (found,) = why(a_problem(demand, a_worker()))
    assert found[:2] == (1, Reason.WINDOW)


def test_two_workers_who_never_have_the_same_hour_are_a_matter_of_windows() -> None:
    early, late = a_worker("W1", shifts=(Shift(0, 480, 600),)), a_worker("W2", shifts=(Shift(0, 600, 720),))
    (found,) = why(a_problem(a_demand(staff_count=2), early, late))
    assert found[:2] == (1, Reason.WINDOW)
    assert found[2].startswith("No two fitting workers")


def test_an_absence_on_the_only_day_is_a_matter_of_windows() -> None:
    demand = a_demand(windows=(Window(0, 480, 600),))
    (found,) = why(a_problem(demand, a_worker(absences=(Absence(MONDAY),))))
    assert found[:2] == (1, Reason.WINDOW)


def test_refusing_the_only_worker_is_said() -> None:
    (found,) = why(a_problem(a_demand(forbidden_workers=frozenset({"W1"})), a_worker()))
    assert found == (1, Reason.EXCLUDED, "1 more workers are needed who may visit R-D1 (2026-03-02).")


def test_used_up_hours_are_said_with_their_numbers() -> None:
    (found,) = why(a_problem(a_demand(visits=5), a_worker(horizon_minutes=200)))
    text = "The 1 fitting workers have used 180 of 200 minutes; none has 60 minutes left."
    assert found == (2, Reason.NO_CAPACITY, text)


def test_a_recipient_who_has_another_visit_is_not_blamed_on_the_hours_of_workers() -> None:
    demand = a_demand(windows=(Window(0, 540, 600),))
    other = Standing("W9", MONDAY, 540, 600, demand.place, recipient=demand.recipient)
    (found,) = why(a_problem(demand, a_worker(), standing=(other,)))
    assert found == (1, Reason.WINDOW, "The recipient has other visits in 09:00–10:00 (1 days, 2026-03-02 first).")


def test_another_visit_planned_for_the_recipient_at_that_time_is_named_too() -> None:
    window = (Window(0, 540, 600),)
    first, other = (a_demand(id, windows=window, recipient="R") for id in ("D1", "D2"))
    (found,) = why(a_problem(first, other, a_worker(), a_worker("W2")))
    assert found[:2] == (1, Reason.WINDOW)
    assert found[2].startswith("The recipient has other visits")


def test_workers_who_are_elsewhere_at_that_time_are_said_to_be_and_not_to_lack_hours() -> None:
    window = (Window(0, 540, 600),)
    (found,) = why(a_problem(a_demand(windows=window), a_demand("D2", windows=window), a_worker()))
    text = "At every time that is left the 1 fitting workers have other visits, or are on their way."
    assert found == (1, Reason.NO_CAPACITY, text)


def test_a_day_too_short_for_the_visit_is_said_to_be_that() -> None:
    (found,) = why(a_problem(a_demand(), a_worker(daily_minutes=30)))
    text = "The hours of no fitting worker allow 60 minutes and the way (7 days, 2026-03-02 first)."
    assert found == (1, Reason.NO_CAPACITY, text)


def test_several_causes_of_one_demand_are_told_apart() -> None:
    away = frozenset(days_from(MONDAY, 2))
    problem = a_problem(a_demand(visits=7, blocked_dates=away), a_worker(horizon_minutes=240))
    assert [(n, code) for n, code, _ in why(problem)] == [(2, Reason.BLOCKED), (1, Reason.NO_CAPACITY)]


def test_every_sentence_of_a_crowded_county_can_be_filled() -> None:
    roster = fill(county_month(300, 5, seed=2))
    assert len({u.code for u in roster.unplaced}) >= 3
    assert all("{" not in u.text() for u in roster.unplaced)


def test_nobody_is_said_to_have_used_hours_or_to_be_elsewhere_who_has_nothing_to_do() -> None:
    for sentence, minutes in ((HOURS_USED, 3000), (BOOKED, 9600)):
        roster = fill(county_month(600, 5, seed=0, horizon_minutes=minutes))
        crowded = [u for u in roster.unplaced if u.sentence == sentence]
        assert crowded and all(u.facts["used"] != 0 for u in crowded)
