"""`python -m carematch bench rostering`: what it writes, says and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from carematch.__main__ import main
from carematch.bench.hhc import read_instance
from carematch.rostering.day import Plan, Rest, Route, Stop, check
from tests.matching.hhc_cases import OLD, UNIFIED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance in each format, one with two faults, and a file of another kind."""
    (tmp_path / "old.json").write_bytes(msgspec.json.encode(OLD))
    (tmp_path / "new.json").write_bytes(msgspec.json.encode(UNIFIED))
    wrong = {**OLD, "caregivers": OLD["caregivers"][:1]}
    (tmp_path / "wrong.json").write_bytes(msgspec.json.encode(wrong))
    (tmp_path / "other.json").write_text("[]")
    (tmp_path / "table.csv").write_text("instance,simulated_annealing,cp_sat\nnew,9000,8000\n")
    return tmp_path


def bench(folder: Path, *names: str, more: tuple[str, ...] = ()) -> int:
    paths = [str(folder / name) for name in names]
    limits = ("--seconds", "600", "--steps", "2000", "--threads", "1")
    return main(["bench", "rostering", *paths, *limits, "--out", str(folder / "out"), *more])


def results(folder: Path) -> list[dict[str, Any]]:
    return msgspec.json.decode((folder / "out/results.json").read_bytes(), type=list[dict[str, Any]])


def plan_in(folder: Path, name: str) -> Plan:
    """The written solution as a plan of ours, read with nothing that wrote it."""
    instance = read_instance((folder / f"{name}.json").read_bytes())
    raw = msgspec.json.decode((folder / f"out/{name}.sol.json").read_bytes())
    routes = []
    for route in raw["routes"]:
        stops, rest = [], None
        for row in route["locations"]:
            start = round(row["arrival_time"] * instance.scale)
            if row["service"] == "lunch_break":
                rest = Rest(instance.places.index(row["patient"]), start)
            else:
                stops.append(Stop(row["patient"], row["service"], start))
        routes.append(Route(route["caregiver_id"], tuple(stops), rest))
    return Plan(tuple(routes))


@pytest.mark.parametrize("name", ["old", "new"])
def test_both_formats_are_recognised_proven_and_written_as_published(folder: Path, name: str) -> None:
    assert bench(folder, f"{name}.json") == 0
    (row,) = results(folder)
    instance = read_instance((folder / f"{name}.json").read_bytes())
    report = check(instance.problem, plan_in(folder, name))
    assert report.ok and row["feasible"] and row["proven"]
    assert row["objective"] == pytest.approx(report.score[0] * instance.share)
    assert row["bound"] == row["objective"] and row["gap"] is None


def test_the_gap_is_to_the_best_published_value_of_the_row(folder: Path) -> None:
    bench(folder, "new.json", more=("--best", str(folder / "table.csv")))
    (row,) = results(folder)
    assert row["best_known"] == 8000
    assert row["gap"] == pytest.approx((row["objective"] - 8000) / 8000)


def test_faults_are_a_line_each_and_the_other_files_are_planned(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(folder, "other.json", "wrong.json", "nowhere.json", "new.json") == 2
    assert [row["file"] for row in results(folder)] == ["new.json"]
    lines = capsys.readouterr().err.splitlines()
    assert "no instance of home health care" in lines[0]
    assert [line.split()[1] for line in lines[1:-1]] == ["NOBODY", "NOBODY"]
    assert "No such file" in lines[-1]


def test_a_table_of_another_shape_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "table.csv").write_text("instance,colour\nnew,red\n")
    assert bench(folder, "new.json", more=("--best", str(folder / "table.csv"))) == 2
    assert "no column is called" in capsys.readouterr().err
