"""`python -m carematch bench county`: a county after one change, measured through the public interface."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from carematch.__main__ import main
from carematch.assignment import Limits, problem_to_json
from carematch.bench import changes
from carematch.bench.changes import Measured
from carematch.bench.synthetic import county


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LOST": 2, "TIMES": 1, "EXPLAINED": 5, "TRIED": 2}.items():
        monkeypatch.setattr(changes, name, value)
    for name, work in {"FIRST": 2.0, "AFTER": 2.0, "PATIENT": 4.0, "FORCED": 1.0}.items():  # the clock decides nothing
        monkeypatch.setattr(changes, name, Limits(seconds=None, work=work))


def measured(folder: Path) -> list[Measured]:
    return msgspec.json.decode((folder / "county.json").read_bytes(), type=list[Measured])


@pytest.mark.usefixtures("quick")
def test_every_change_is_measured_against_the_fewest_moves(tmp_path: Path) -> None:
    problem = tmp_path / "own.json"
    problem.write_bytes(problem_to_json(county(40, 4, seed=1)))
    assert main(["bench", "county", str(problem), "--out", str(tmp_path / "out"), "--threads", "1"]) == 0
    (found,) = measured(tmp_path / "out")
    assert (found.name, found.needs) == ("own.json", 40)
    assert len(found.changes) == 3
    assert all(change.proven and change.lost_weight == 0 for change in found.changes)
    assert all(0 <= change.fewest == change.moves for change in found.changes)
    assert found.forced > 0
    assert "| 10 new needs, draw 1 |" in (tmp_path / "out" / "county.md").read_text("utf-8")


@pytest.mark.usefixtures("quick")
def test_without_a_file_a_random_county_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "NEEDS", 30)
    monkeypatch.setattr(changes, "SUPPLIERS", 3)
    assert main(["bench", "county", "--out", str(tmp_path), "--threads", "1"]) == 0
    assert [found.needs for found in measured(tmp_path)] == [30]
