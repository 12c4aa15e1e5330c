"""Public instances of home health care one after the other: a solution file each, and one list of results."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from carematch.bench import files, hhc
from carematch.rostering.day import BROKEN, OPTIMAL, Limits, MalformedDay, Progress, solve, warm_up

#: Columns of a table of published results that hold values of one instance; the smallest is the best known.
VALUES = ("best_known_value", "best_known", "value", "simulated_annealing", "cp_sat")


def best_known(table: Path) -> dict[str, float]:
    """The smallest published value by the name in the first column; raises ValueError for a table of another shape."""
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            head = rows.fieldnames or []
            columns = [name for name in VALUES if name in head[1:]]
            if not columns:
                raise ValueError(f"no column is called {' or '.join(VALUES)}.")
            known = {row[head[0]]: [float(row[name]) for name in columns if row[name]] for row in rows}
            return {name: min(values) for name, values in known.items() if values}
    except UnicodeDecodeError as error:
        raise ValueError(f"{table}: The file is not written in UTF-8.") from error
    except (TypeError, ValueError, csv.Error) as error:
        raise ValueError(f"{table}: {error}") from error


def run_files(paths: Sequence[Path], limits: Limits, seed: int, best: dict[str, float], out: Path) -> int:
    """Plans each file into the folder `out`; 0 when all went well, 2 when a file could not be used.

    `best` is by name or stem of the file. A file that cannot be read is a line on stderr, and so is each fault of a
    malformed one. The list of results is written anew after every file.
    """
    out.mkdir(parents=True, exist_ok=True)
    warm_up()  # what is compiled at first use is not what is measured
    results: list[dict[str, Any]] = []
    files.write_whole(out / "results.json", b"[]")
    status = 0
    stems: set[str] = set()
    for path in paths:
        try:
            if path.stem in stems:
                raise ValueError(f"There is another file {path.stem} before, and both would have one solution file.")
            stems.add(path.stem)
            row, solution = _planned(path, limits, seed)
        except OSError as error:
            print(f"{path}: {error.strerror}", file=sys.stderr)
            status = 2
            continue
        except MalformedDay as error:
            for fault in error.faults:
                print(f"{path}: {fault.code} {fault.sentence}", file=sys.stderr)
            status = 2
            continue
        except (ValueError, msgspec.MsgspecError) as error:
            print(f"{path}: {' '.join(str(error).split())}", file=sys.stderr)
            status = 2
            continue
        known, value = best.get(path.name, best.get(path.stem)), row["objective"]
        row["best_known"] = known
        row["gap"] = None if known is None or value is None else (value - known) / max(1.0, abs(known))
        files.write_whole(out / f"{path.stem}.sol.json", solution)
        results.append(row)
        files.write_whole(out / "results.json", msgspec.json.format(msgspec.json.encode(results), indent=1))
        print(_line(row), flush=True)
    return status


def _planned(path: Path, limits: Limits, seed: int) -> tuple[dict[str, Any], bytes]:
    """The row of one file and what its solution file says."""
    began = time.monotonic()
    instance = hhc.read_instance(path.read_bytes())
    read = time.monotonic() - began
    points: list[tuple[float, float, float]] = []

    def hear(progress: Progress) -> None:
        seconds = round(progress.seconds + read, 3)
        points.append((seconds, progress.score[0] * instance.share, progress.bound * instance.share))

    seconds = None if limits.seconds is None else max(0.0, limits.seconds - read)
    limits = msgspec.structs.replace(limits, seconds=seconds)
    solution = solve(instance.problem, limits, seed, hear)
    feasible = solution.status != BROKEN
    row = {
        "file": path.name,
        "objective": round(solution.report.score[0] * instance.share, 6) if feasible else None,
        "bound": round(solution.bound * instance.share, 6) if feasible else None,
        "seconds": round(time.monotonic() - began, 3),
        "feasible": feasible,
        "proven": solution.status == OPTIMAL,
        "status": solution.status,
        "steps": solution.steps,
        "values": solution.report.values,
        "violations": [violation.text() for violation in solution.report.violations],
        "progress": points,
    }
    return row, hhc.write_plan(instance, solution.plan)


def _line(row: dict[str, Any]) -> str:
    parts = [row["file"], row["status"]]
    if row["feasible"]:
        parts += [f"objective {row['objective']:g}", f"bound {row['bound']:g}"]
    if row["gap"] is not None:
        parts.append(f"gap {row['gap']:.3%}")
    return "  ".join([*parts, f"{row['seconds']:.1f} s"])
