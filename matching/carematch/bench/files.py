"""Benchmark files one after the other: a solution file each, and one list of results.

A file is generalised assignment (`gap`), or, when its name ends in `.json`, a problem of our own. The list is
written anew after every file, so that an interruption loses nothing.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from carematch.assignment import (
    OPTIMAL,
    InternalError,
    Limits,
    Problem,
    Solution,
    check_plan,
    solution_to_json,
    warm_up,
)
from carematch.bench.gap import agents_of, cost_of, problem_of, read_instance
from carematch.bench.recording import Point, complete, counted_level, recorded, thinned
from carematch.files import UnreadableFile, read_problem

#: Names that the column of the best known value may have.
VALUE_COLUMNS = ("best_known_value", "best_known", "value")


class Effort(NamedTuple):
    """What each file is given: wall-clock seconds, reading included; threads; seed."""

    seconds: float
    threads: int
    seed: int


def run_files(files: Sequence[Path], effort: Effort, best: dict[str, float], out: Path) -> int:
    """Solves each file into the folder `out`; 0 when all went well, 2 when a file could not be used.

    `best` is by name or stem of the file. A file that cannot be read, or is broken, is a line on stderr.
    """
    out.mkdir(parents=True, exist_ok=True)
    warm_up()  # what is compiled at first use is not what is measured
    results: list[dict[str, Any]] = []
    write_whole(out / "results.json", b"[]")
    status = 0
    stems: set[str] = set()
    for file in files:
        try:
            if file.stem in stems:
                raise ValueError(f"There is another file {file.stem} before, and both would have one solution file.")
            stems.add(file.stem)
            row, solution = _solved(file, effort)
        except OSError as error:
            print(f"{file}: {error.strerror}", file=sys.stderr)
            status = 2
            continue
        except UnreadableFile as error:
            print(error, file=sys.stderr)
            status = 2
            continue
        except (ValueError, InternalError, msgspec.MsgspecError) as error:
            print(f"{file}: {' '.join(str(error).split())}", file=sys.stderr)
            status = 2
            continue
        known = best.get(file.name, best.get(file.stem))
        value = row["objective"]
        row["best_known"] = known
        row["gap"] = None if known is None or value is None else (value - known) / max(1.0, abs(known))
        write_whole(out / f"{file.stem}.sol.json", solution)
        results.append(row)
        write_whole(out / "results.json", msgspec.json.format(msgspec.json.encode(results), indent=1))
        print(_line(row), flush=True)
    return status


def best_known(table: Path) -> dict[str, float]:
    """Best known values by the name in the first column; raises ValueError for a table of another shape."""
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            head = rows.fieldnames or []
            columns = [name for name in VALUE_COLUMNS if name in head[1:]]
            if not columns:
                raise ValueError(f"no column is called {' or '.join(VALUE_COLUMNS)}.")
            return {row[head[0]]: float(row[columns[0]]) for row in rows if row[columns[0]]}
    except UnicodeDecodeError as error:
        raise ValueError(f"{table}: The file is not written in UTF-8.") from error
    except (TypeError, ValueError, csv.Error) as error:
        raise ValueError(f"{table}: {error}") from error


def _solved(file: Path, effort: Effort) -> tuple[dict[str, Any], bytes]:
    """The row of one file and what its solution file says."""
    began = time.monotonic()
    if file.suffix == ".json":
        return _own(file.name, read_problem(file), effort, began)
    return _public(file.name, file.read_bytes(), effort, began)


def _public(name: str, raw: bytes, effort: Effort, began: float) -> tuple[dict[str, Any], bytes]:
    """Generalised assignment; a plan that leaves jobs out is none, and its bound is not the instance's."""
    instance = read_instance(raw)
    solution, points, row = _solve(name, problem_of(instance), effort, began)
    agents = agents_of(instance, solution)
    row["objective"] = cost_of(instance, agents)
    row["unserved"] = agents.count(None)
    if row["objective"] is None:
        row |= {"feasible": False, "status": "infeasible", "proven": False, "bound": None}
    row["progress"] = _progress(complete(points), row)
    answer = {"objective": row["objective"], "bound": row["bound"], "assignment": agents}
    return row, msgspec.json.encode(answer)


def _own(name: str, problem: Problem, effort: Effort, began: float) -> tuple[dict[str, Any], bytes]:
    """A problem of our own; its objective is the first level that is not only about who is left out."""
    solution, points, row = _solve(name, problem, effort, began)
    report = check_plan(problem, solution.assignments)
    row["feasible"] = row["feasible"] and report.ok
    row["unserved"] = sum(unmet.weight for unmet in solution.unmet)
    if row["feasible"]:
        terms = problem.policy.levels[counted_level(problem.policy)].terms
        row["objective"] = sum(term.weight * report.values[term.goal] for term in terms)
    row["progress"] = _progress(points, row)
    return row, solution_to_json(solution)


def _solve(name: str, problem: Problem, effort: Effort, began: float) -> tuple[Solution, list[Point], dict[str, Any]]:
    left = max(0.0, effort.seconds - (time.monotonic() - began))
    solution, recorder = recorded(problem, Limits(seconds=left, workers=effort.threads), effort.seed)
    level = solution.levels[counted_level(problem.policy)] if solution.levels else None
    row: dict[str, Any] = {
        "file": name,
        "objective": None,
        "bound": None if level is None else level.bound,
        "seconds": round(time.monotonic() - began, 3),
        "feasible": level is not None,
        "proven": solution.status == OPTIMAL,
        "status": solution.status,
    }
    return solution, recorder.points, row


def _progress(points: list[Point], row: dict[str, Any]) -> list[tuple[float, int | None, int | None]]:
    """Seconds, value and bound as time went by; the last line is the result."""
    lines = [(round(point.seconds, 3), point.value, point.bound) for point in thinned(points)]
    return [*lines, (row["seconds"], row["objective"], row["bound"])]


def _line(row: dict[str, Any]) -> str:
    parts = [row["file"], row["status"]]
    if row["feasible"]:
        parts.append(f"objective {row['objective']}")
    if row["unserved"]:
        parts.append(f"left out {row['unserved']}")
    parts.append(f"bound {row['bound']}")
    if row["gap"] is not None:
        parts.append(f"gap {row['gap']:.3%}")
    return "  ".join([*parts, f"{row['seconds']:.1f} s"])


def write_whole(path: Path, content: bytes) -> None:
    """Writes whole or not at all: an interruption leaves the file as it was before."""
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content)
    draft.replace(path)
