"""`python -m carematch bench assignment`: what it writes, says and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from carematch.__main__ import main
from carematch.assignment import Pin, Policy, check, problem_to_json, single, solution_from_json
from carematch.bench import files
from carematch.bench.families import gap_instance
from carematch.bench.gap import Instance, cost_of, read_instance, write_instance
from tests.matching.assignment_cases import line

POLICY = Policy((single("unserved"), single("travel")))
#: Two jobs of 2 for one agent of 3: nobody can do both.
TOO_MUCH = Instance(((1, 1),), ((2, 2),), (3,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small instances, and a broken file between them."""
    for name, kind in (("c0310", "C"), ("e0310", "E")):
        (tmp_path / name).write_bytes(write_instance(gap_instance(kind, 3, 10, 3)))
    (tmp_path / "d0310").write_text("3 10 1 2 3")
    return tmp_path


def bench(folder: Path, *names: str, more: tuple[str, ...] = ()) -> int:
    paths = [str(folder / name) for name in names]
    return main(["bench", "assignment", *paths, "--seconds", "600", "--out", str(folder / "out"), *more])


def results(folder: Path) -> list[dict[str, Any]]:
    return msgspec.json.decode((folder / "out/results.json").read_bytes(), type=list[dict[str, Any]])


def test_a_solution_file_holds_a_plan_of_the_cost_it_states(folder: Path) -> None:
    assert bench(folder, "c0310", "e0310") == 0
    for name in ("c0310", "e0310"):
        solution = msgspec.json.decode((folder / f"out/{name}.sol.json").read_bytes())
        instance = read_instance((folder / name).read_bytes())
        assert set(solution) == {"objective", "bound", "assignment"}
        assert solution["objective"] == cost_of(instance, solution["assignment"])
        assert 0 < solution["bound"] <= solution["objective"]


def test_the_results_are_those_of_the_solution_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench(folder, "c0310", "e0310")
    rows = results(folder)
    assert [row["file"] for row in rows] == ["c0310", "e0310"]
    for row in rows:
        solution = msgspec.json.decode((folder / f"out/{row['file']}.sol.json").read_bytes())
        assert (row["objective"], row["bound"]) == (solution["objective"], solution["bound"])
        assert row["feasible"] and row["unserved"] == 0 and row["gap"] is None and row["seconds"] >= 0
        assert row["proven"] == (row["status"] == "optimal")
        assert row["progress"][-1] == [row["seconds"], row["objective"], row["bound"]]
    assert [text.split()[0] for text in capsys.readouterr().out.splitlines()] == ["c0310", "e0310"]


def test_the_gap_is_to_the_table_by_name_or_stem(folder: Path) -> None:
    (folder / "c0310").rename(folder / "c0310.txt")
    (folder / "table.csv").write_text("file,agents,best_known_value\nc0310,3,100\ne0310,3,\n")
    bench(folder, "c0310.txt", "e0310", more=("--best", str(folder / "table.csv")))
    first, second = results(folder)
    assert first["best_known"] == 100 and first["gap"] == (first["objective"] - 100) / 100
    assert second["best_known"] is None and second["gap"] is None


def test_a_broken_file_is_one_line_and_the_others_are_solved(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(folder, "c0310", "d0310", "nowhere", "e0310") == 2
    assert [row["file"] for row in results(folder)] == ["c0310", "e0310"]
    faults = capsys.readouterr().err.splitlines()
    assert len(faults) == 2
    assert "d0310: 3 agents and 10 jobs take 65 numbers, and there are 5." in faults[0]
    assert "nowhere: No such file" in faults[1]


def test_a_file_that_is_not_there_is_enough_for_status_2(folder: Path) -> None:
    assert bench(folder, "nowhere") == 2


def test_an_instance_of_which_no_plan_is_complete_is_infeasible(folder: Path) -> None:
    (folder / "tight").write_bytes(write_instance(TOO_MUCH))
    assert bench(folder, "tight") == 0
    (row,) = results(folder)
    assert (row["feasible"], row["objective"], row["proven"], row["unserved"]) == (False, None, False, 1)
    solution = msgspec.json.decode((folder / "out/tight.sol.json").read_bytes())
    assert (
        solution["objective"] is None
        and solution["bound"] is None
        and sorted(solution["assignment"], key=str) == [0, None]
    )


def test_a_job_that_fits_nobody_is_a_fault_of_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wide").write_bytes(write_instance(Instance(((1,),), ((9,),), (8,))))
    assert bench(folder, "wide") == 2
    assert "Job 0 fits no agent" in capsys.readouterr().err


def test_a_problem_of_our_own_gives_our_own_solution(folder: Path) -> None:
    problem = line(60, 60, policy=POLICY)
    (folder / "problem.json").write_bytes(problem_to_json(problem))
    assert bench(folder, "problem.json") == 0
    solution = solution_from_json((folder / "out/problem.sol.json").read_bytes())
    assert check(problem, solution).ok
    (row,) = results(folder)
    assert (row["objective"], row["bound"], row["unserved"], row["proven"]) == (301, 301, 1, True)


def test_pins_that_contradict_each_other_are_no_plan(folder: Path) -> None:
    problem = line(60, policy=POLICY, pins=(Pin("n0", "A"), Pin("n1", "A")))
    (folder / "problem.json").write_bytes(problem_to_json(problem))
    bench(folder, "problem.json")
    (row,) = results(folder)
    assert (row["feasible"], row["objective"], row["status"]) == (False, None, "contradictory")


@pytest.mark.parametrize("content", ["", "{", '{"needs": 3}', '{"needs": [{"id": "a", "weight": -1}]}'])
def test_a_problem_file_of_another_kind_is_one_line(
    folder: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "problem.json").write_text(content)
    assert bench(folder, "problem.json", "c0310") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert [row["file"] for row in results(folder)] == ["c0310"]


def test_two_files_of_one_stem_do_not_overwrite_each_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c0310.txt").write_bytes((folder / "c0310").read_bytes())
    assert bench(folder, "c0310", "c0310.txt") == 2
    assert "another file c0310" in capsys.readouterr().err
    assert [row["file"] for row in results(folder)] == ["c0310"]


def test_an_interruption_loses_nothing_that_was_solved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solve = files._solved

    def interrupted(file: Path, effort: files.Effort) -> tuple[dict[str, Any], bytes]:
        if file.name == "e0310":
            raise KeyboardInterrupt
        return solve(file, effort)

    monkeypatch.setattr(files, "_solved", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench(folder, "c0310", "e0310")
    assert [row["file"] for row in results(folder)] == ["c0310"]


def test_an_old_list_of_results_does_not_survive_a_new_run(folder: Path) -> None:
    bench(folder, "c0310")
    bench(folder, "d0310")
    assert results(folder) == []


@pytest.mark.parametrize("table", ["", "file,agents\nc0310,3\n", "file,best_known_value\nc0310,many\n"])
def test_a_table_of_another_shape_is_refused(folder: Path, table: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "table.csv").write_text(table)
    assert bench(folder, "c0310", more=("--best", str(folder / "table.csv"))) == 2
    assert "table.csv" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon"])
def test_a_time_limit_that_is_none_is_refused(folder: Path, seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench(folder, "c0310", more=("--seconds", seconds))
    assert stopped.value.code == 2
    assert "--seconds" in capsys.readouterr().err


def test_with_no_time_at_all_the_construction_is_written(folder: Path) -> None:
    assert bench(folder, "c0310", more=("--seconds", "0")) == 0
    (row,) = results(folder)
    assert row["file"] == "c0310"
