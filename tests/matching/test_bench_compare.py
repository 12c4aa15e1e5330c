"""`python -m carematch bench all`: tables, pictures, and what is measured against what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.__main__ import main
from carematch.assignment import Limits, Problem
from carematch.bench import compare, scaling
from carematch.bench.families import gap_instance
from carematch.bench.gap import write_instance
from carematch.bench.measure import OURS, Case, Run, measure
from carematch.bench.recording import Point, Recorder, complete, thinned
from carematch.bench.table import gap, reference, table

PUBLIC = Case("d05100", 60.0, file=Path("d05100"), best=1000.0)
PROVINCE = Case("province", 60.0)


def a_run(case: Case, solver: str, *points: tuple[int, int | None, int]) -> Run:
    """A run with a point a second: left out, value, bound."""
    listed = [Point(float(second), *point) for second, point in enumerate(points)]
    return Run(case.name, solver, "feasible", listed, {}, 100)


def test_the_gap_of_a_public_instance_is_to_the_best_known_value() -> None:
    run = a_run(PUBLIC, OURS, (3, None, 900), (0, 1010, 990))
    assert gap(PUBLIC, [run], run) == 0.01


def test_without_a_best_known_value_the_best_bound_of_all_is_taken() -> None:
    case = Case("own", 60.0, file=Path("own"))
    runs = [a_run(case, OURS, (0, 1000, 900)), a_run(case, "highs", (0, 1100, 950))]
    assert reference(case, runs) == 950
    assert gap(case, runs, runs[0]) == 0.05


def test_who_leaves_out_more_people_has_no_travel_gap() -> None:
    ours, theirs = a_run(PROVINCE, OURS, (0, 1000, 990)), a_run(PROVINCE, "highs", (1, 900, 800))
    assert gap(PROVINCE, [ours, theirs], ours) == 0.01
    assert gap(PROVINCE, [ours, theirs], theirs) is None


def test_bounds_with_prices_in_them_do_not_count_where_somebody_is_left_out() -> None:
    ours, theirs = a_run(PROVINCE, OURS, (1, 1000, 990)), a_run(PROVINCE, "highs", (1, 1000, 70_000))
    assert reference(PROVINCE, [ours, theirs]) == 990


def test_the_table_has_a_row_an_instance_and_shows_what_is_missing() -> None:
    runs = [
        a_run(PUBLIC, OURS, (0, 1000, 1000)),
        a_run(PUBLIC, "scip", (100, None, 980)),
        replace(a_run(PROVINCE, OURS, (0, 1000, 990)), phases={"construction": 0.2, "bound": 0.5}),
        a_run(PROVINCE, "highs", (7, 900, 800)),
    ]
    lines = table([PUBLIC, PROVINCE], runs, 2).splitlines()
    (public,) = [line for line in lines if line.startswith("| d05100")]
    assert public == "| d05100 | 60 | 1000 | 1000 * | 1000 | 0.000% |  |  |  | no plan | 980 |  |"
    (province,) = [line for line in lines if line.startswith("| province")]
    cells = ["province", 60, "0.20", "0.50", "0.00", 0, 1000, 990, "1.000%", 100, 7, 900, 800, "", 100, *[""] * 5]
    assert [cell.strip() for cell in province.split("|")[1:-1]] == list(map(str, cells))
    assert any(line.startswith("| mean |") and "(1 without)" in line for line in lines)


@given(st.floats(0.5, 3.0), st.floats(0.01, 10.0))
def test_the_exponent_of_a_power_is_found(power: float, factor: float) -> None:
    sizes = [1_000, 8_000, 50_000]
    assert scaling.exponent(sizes, [factor * size**power for size in sizes]) == pytest.approx(power)


def test_the_growth_is_measured_to_the_bound_and_to_the_first_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(
        problem: Problem, limits: Limits, seed: int, should_stop: Callable[[Recorder], bool]
    ) -> tuple[None, Recorder]:
        recorder = Recorder(1)
        assert not should_stop(recorder)
        recorder.phases |= {"bound": len(problem.options) / 1e4, "construction": len(problem.options) ** 2 / 1e8}
        assert should_stop(recorder)
        return None, recorder

    monkeypatch.setattr(scaling, "recorded", quick)
    scaling.run(2_000, 2, 1, tmp_path)
    assert '"bound": 1.0' in (tmp_path / "scaling.json").read_text()
    assert "<svg" in (tmp_path / "scaling.svg").read_text()


def test_a_long_record_is_thinned_and_keeps_its_ends() -> None:
    points = [Point(float(second), 0, second, 0) for second in range(2_345)]
    kept = thinned(points, 100)
    assert len(kept) <= 101 and (kept[0], kept[-1]) == (points[0], points[-1])
    assert thinned([]) == []


def test_where_all_must_be_served_other_plans_are_none() -> None:
    assert complete([Point(0.0, 2, 50, 9), Point(1.0, 0, 60, 9)]) == [Point(0.0, 2, None, 9), Point(1.0, 0, 60, 9)]


@pytest.fixture
def instances(tmp_path: Path) -> Path:
    folder = tmp_path / "instances"
    folder.mkdir()
    (folder / "c0310").write_bytes(write_instance(gap_instance("C", 3, 10, 3)))
    (folder / "best_known.csv").write_text("file,best_known_value\nc0310,252\n")
    return folder


def test_everything_is_written_into_the_folder(instances: Path, tmp_path: Path) -> None:
    asked = ["bench", "all", "--instances", str(instances), "--only", "c03*", "--seconds", "600", "--peers", "cp-sat"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"runs.json", "table.md", "gap.svg"}
    assert "| c0310 | 600 | 252 | 252" in (tmp_path / "out/table.md").read_text()


def test_instances_that_are_not_there_are_said_and_the_provinces_remain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = [case.name for case in compare.cases(tmp_path / "nowhere", None, 1)]
    assert named == [name for name, *_ in compare.PROVINCES]
    assert "nowhere is not there" in capsys.readouterr().err


def test_a_name_that_nothing_has_is_refused(
    instances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["bench", "all", "--instances", str(instances), "--only", "x*", "--out", str(tmp_path / "out")]
    assert main(asked) == 2
    assert "No instance is called x*" in capsys.readouterr().err


def test_a_solver_that_dies_is_reported_and_not_waited_for(tmp_path: Path) -> None:
    case = Case("gone", 1.0, file=tmp_path / "gone")
    run = measure(case, OURS, 1, 1)
    assert run.status == "died" and run.last is None


def test_a_small_province_is_measured_with_the_memory_it_took() -> None:
    arguments = {"needs": 30, "suppliers": 8}
    run = measure(Case("small", 600.0, province=arguments), "cp-sat", 1, 1)
    assert run.last is not None and run.last.unserved == 0 and run.last.value is not None
    assert run.memory > 10


def test_random_instances_of_the_families_are_drawn_where_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "SIZES", ((5, 20),))
    options = ["--generated", "3", "--only", "c0520_3", "--seconds", "2", "--peers", "--threads", "1"]
    assert main(["bench", "all", "--out", str(tmp_path), *options]) == 0
    assert sorted(file.name for file in (tmp_path / "instances").iterdir()) == ["c0520_3", "d0520_3", "e0520_3"]
    assert (tmp_path / "instances" / "c0520_3").read_bytes() == write_instance(gap_instance("C", 5, 20, 3))
    assert "| c0520_3 | 2 |" in (tmp_path / "table.md").read_text("utf-8")
