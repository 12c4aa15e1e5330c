"""`python -m carematch` solves, checks and explains files."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from carematch.__main__ import main
from carematch.assignment import Need, Pin, Problem, problem_to_json, solution_from_json, solution_to_json
from tests.matching.assignment_cases import line


def written(folder: Path, problem: Problem) -> str:
    path = folder / "problem.json"
    path.write_bytes(problem_to_json(problem))
    return str(path)


def test_solve_check_and_explain_work_on_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, out = written(tmp_path, line(60, 60)), str(tmp_path / "solution.json")
    assert main(["solve", problem, "--out", out, "--seconds", "600", "--work", "5", "--seed", "2"]) == 0
    assert solution_from_json(Path(out).read_bytes()).seed == 2
    assert main(["check", problem, out]) == 0
    assert "ok unserved=1" in capsys.readouterr().out
    assert main(["explain", problem, out, "n2"]) == 0
    assert "Nobody serves this need." in capsys.readouterr().out


def test_a_plan_that_was_tampered_with_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, out = written(tmp_path, line(60, 60)), tmp_path / "solution.json"
    main(["solve", problem, "--out", str(out)])
    solution = solution_from_json(out.read_bytes())
    out.write_bytes(solution_to_json(msgspec.structs.replace(solution, assignments=())))
    assert main(["check", problem, str(out)]) == 1
    assert "unserved is reported as 1 and is 3" in capsys.readouterr().out


def test_faults_are_listed_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = written(tmp_path, msgspec.structs.replace(line(60), needs=(Need("n0", -1),)))
    assert main(["solve", bad, "--out", str(tmp_path / "x")]) == 2
    assert "NEGATIVE" in capsys.readouterr().err


def test_contradictory_pins_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = written(tmp_path, line(60, pins=(Pin("n0", "A"), Pin("n1", "A"))))
    assert main(["solve", problem, "--out", str(tmp_path / "x")]) == 1
    assert "pins of n0, n1" in capsys.readouterr().out


NO_PROBLEM = {
    "empty": b"",
    "cut short": b"{",
    "another shape": b'{"needs": 3}',
    "a list": b"[1, 2]",
    "unknown fields": b'{"nonsense": []}',
    "no JSON": "需求\t1\n".encode(),
    "GBK": '{"needs": [{"id": "需求"}]}'.encode("gbk"),
    "UTF-16": '{"needs": []}'.encode("utf-16"),
    "UTF-8 with a mark": b'\xef\xbb\xbf{"needs": []}',
    "binary": bytes(range(256)),
}
COMMANDS = {
    "solve": ["solve", "FILE", "--out", "OUT"],
    "check": ["check", "FILE", "FILE"],
    "explain": ["explain", "FILE", "FILE", "n0"],
    "bench assignment": ["bench", "assignment", "FILE", "--out", "OUT"],
    "bench county": ["bench", "county", "FILE", "--out", "OUT"],
}


def refused(command: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says one line that names the file, and nothing else."""
    words = {"FILE": str(file), "OUT": str(file.with_name("out"))}
    assert main([words.get(word, word) for word in COMMANDS[command]]) == 2
    told = capsys.readouterr()
    assert len(told.err.splitlines()) == 1 and str(file) in told.err
    assert not told.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", NO_PROBLEM)
def test_a_file_of_another_kind_is_one_sentence(
    tmp_path: Path, command: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(NO_PROBLEM[kind])
    refused(command, path, capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_is_no_file(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.mkdir()
    refused(command, path, capsys)


@pytest.mark.parametrize("kind", NO_PROBLEM)
@pytest.mark.parametrize("command", [["check"], ["explain", "n0"]], ids=["check", "explain"])
def test_a_solution_of_another_kind_is_one_sentence(
    tmp_path: Path, command: list[str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "solution.json"
    path.write_bytes(NO_PROBLEM[kind])
    assert main([command[0], written(tmp_path, line(60)), str(path), *command[1:]]) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1 and str(path) in told


def test_a_solution_nested_without_end_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "solution.json"
    path.write_bytes(b'{"unknown": ' + b"[" * 100_000)
    assert main(["check", written(tmp_path, line(60)), str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_table_of_best_values_in_gbk_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "best.csv"
    table.write_bytes("实例,best_known\n甲,3\n".encode("gbk"))
    problem = written(tmp_path, line(60))
    assert main(["bench", "assignment", problem, "--best", str(table), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1 and str(table) in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.json"), str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_an_unknown_need_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, out = written(tmp_path, line(60)), str(tmp_path / "solution.json")
    main(["solve", problem, "--out", out])
    assert main(["explain", problem, out, "x"]) == 2
    assert "no need x" in capsys.readouterr().err
