"""What holds for every problem, on random small ones that are crowded enough to hurt."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carematch.rostering import (
    Absence,
    Demand,
    Holding,
    PlannedVisit,
    RosterProblem,
    Shift,
    Standing,
    Window,
    Worker,
    check,
    fill,
    make_roster,
    reasons,
    suggest,
)
from carematch.rostering.problem import Sex
from carematch.rostering.rules import worker_fits
from carematch.rostering.samples import CRAWL, days_from, north
from carematch.travel import MatrixModel, TravelModel

DAYS = days_from("2026-03-02", 10)
QUALIFICATIONS = ("care", "nurse")
PLACES = tuple(north(minutes) for minutes in (0, 7, 25, 60))
QUICKLY = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
OFTEN = settings(QUICKLY, max_examples=100)

days = st.sampled_from(DAYS)
spots = st.sampled_from(PLACES)
sexes: st.SearchStrategy[Sex] = st.sampled_from(["female", "male"])
names = st.frozensets(st.sampled_from(["W0", "W1", "W2", "W3"]), max_size=2)


@st.composite
def spans(draw: st.DrawFn, least: int = 1, start: int = 420, end: int = 1100) -> tuple[int, int]:
    first = draw(st.integers(start, end - least))
    return first, draw(st.integers(first + least, end))


@st.composite
def workers(draw: st.DrawFn, number: int) -> Worker:
    cut = draw(st.integers(600, 800))
    halves = draw(st.sampled_from([((480, 1080),), ((480, 700), (820, 1080)), ((cut - 100, cut), (cut, 1000))]))
    return Worker(
        id=f"W{number}",
        sex=draw(sexes),
        base=draw(spots),
        shifts=tuple(Shift(w, *half) for w in draw(st.sets(st.integers(0, 6), min_size=2)) for half in halves),
        daily_minutes=draw(st.sampled_from([120, 240, 480])),
        horizon_minutes=draw(st.sampled_from([200, 700, 2400])),
        qualifications=tuple(
            Holding(q, None, draw(st.none() | days)) for q in draw(st.sets(st.sampled_from(QUALIFICATIONS)))
        ),
        absences=tuple(Absence(draw(days), *draw(spans())) for _ in range(draw(st.integers(0, 2)))),
    )


@st.composite
def demands(draw: st.DrawFn, number: int) -> Demand:
    minutes = draw(st.sampled_from([20, 45, 61, 120]))
    window = draw(spans(least=minutes))
    return Demand(
        id=f"D{number}",
        recipient=f"R{number // 2}",
        place=draw(spots),
        visits=draw(st.integers(0, 4)),
        minutes=minutes,
        windows=tuple(Window(w, *window) for w in draw(st.sets(st.integers(0, 6), min_size=1))),
        staff_count=draw(st.sampled_from([1, 1, 2])),
        sex=draw(st.none() | sexes),
        required_qualifications=draw(st.frozensets(st.sampled_from(QUALIFICATIONS), max_size=1)),
        min_days_between=draw(st.integers(0, 4)),
        priority=draw(st.integers(0, 3)),
        preferred_workers=draw(names),
        forbidden_workers=draw(st.frozensets(st.sampled_from(["W0", "W1"]), max_size=1)),
        not_before=draw(st.none() | days),
        not_after=draw(st.none() | days),
        blocked_dates=draw(st.frozensets(days, max_size=3)),
        standing_dates=tuple(draw(st.lists(days, max_size=1))),
    )


@st.composite
def problems(draw: st.DrawFn) -> RosterProblem:
    stands: list[Standing] = []
    for who, day in draw(st.sets(st.tuples(st.sampled_from(["W0", "W1", "W9"]), days), max_size=4)):
        stands.append(Standing(who, day, *draw(spans()), draw(spots), draw(st.sampled_from(["", "D0", "D1"]))))
    minutes = st.integers(0, 90)
    size = range(len(PLACES))
    rows = tuple(tuple(0 if i == j else draw(minutes) for j in size) for i in size)
    measured = MatrixModel("random", tuple(p.id for p in PLACES), rows, rows)
    travels: list[TravelModel] = [CRAWL, measured]
    return RosterProblem(
        days=DAYS,
        demands=tuple(draw(demands(n)) for n in range(draw(st.integers(1, 7)))),
        workers=tuple(draw(workers(n)) for n in range(draw(st.integers(0, 4)))),
        # Half of the time the matrix obeys nothing, not even the triangle inequality.
        travel=draw(st.sampled_from(travels)),
        standing=tuple(sorted(stands, key=lambda s: (s.worker, s.date))),
        closed_days=draw(st.frozensets(days, max_size=2)),
    )


@OFTEN
@given(problems(), st.integers(0, 3))
def test_the_checker_finds_no_violation_in_what_the_filler_makes(problem: RosterProblem, seed: int) -> None:
    assert check(problem, fill(problem, seed)) == []


@QUICKLY
@given(problems())
def test_filling_twice_gives_the_same_roster(problem: RosterProblem) -> None:
    assert fill(problem, 1) == fill(problem, 1)


@QUICKLY
@given(problems())
def test_a_visit_for_two_always_has_two_different_people_who_fit(problem: RosterProblem) -> None:
    people = {w.id: w for w in problem.workers}
    wanted = {d.id: d for d in problem.demands}
    for visit in fill(problem).visits:
        demand = wanted[visit.demand]
        assert len(set(visit.workers)) == demand.staff_count
        assert all(worker_fits(demand, people[w], visit.date) for w in visit.workers)


@QUICKLY
@given(problems())
def test_every_missing_visit_has_a_reason(problem: RosterProblem) -> None:
    roster = fill(problem)
    placed = Counter(v.demand for v in roster.visits)
    missing = Counter({u.demand: 0 for u in roster.unplaced})
    for one in roster.unplaced:
        missing[one.demand] += one.missing
        assert one.missing > 0
        assert "{" not in one.text()
    assert all(placed[d.id] + missing[d.id] == d.visits for d in problem.demands)


@QUICKLY
@given(problems())
def test_what_is_said_to_be_impossible_stays_impossible_alone_with_all_hours(problem: RosterProblem) -> None:
    """With one demand alone and no limits of hours only NO_CAPACITY may lose visits."""
    free = replace(problem, demands=problem.demands[:1], standing=())
    free = replace(free, workers=tuple(replace(w, daily_minutes=9999, horizon_minutes=9999) for w in free.workers))
    (demand,) = free.demands
    said = sum(u.missing for u in reasons(free, []) if u.code != "NO_CAPACITY")
    assert len(fill(free).visits) <= demand.visits - said


@QUICKLY
@given(problems())
def test_a_suggestion_added_to_the_roster_breaks_no_rule(problem: RosterProblem) -> None:
    last, others = problem.demands[-1], problem.demands[:-1]
    without = replace(problem, demands=others)
    roster = fill(without)
    wanted = replace(last, visits=1)
    wider = replace(problem, demands=(*others, wanted))
    for idea in suggest(without, roster, wanted, count=3):
        visit = PlannedVisit(last.id, idea.date, idea.start, idea.end, idea.workers)
        assert check(wider, make_roster(wider, [*roster.visits, visit], roster.unplaced)) == []


@QUICKLY
@given(problems())
def test_suggestions_exist_exactly_where_the_filler_would_place_the_visit(problem: RosterProblem) -> None:
    alone = replace(problem, demands=(replace(problem.demands[0], visits=1),))
    empty = make_roster(alone, [])
    assert bool(suggest(alone, empty, alone.demands[0].id)) == bool(fill(alone).visits)
