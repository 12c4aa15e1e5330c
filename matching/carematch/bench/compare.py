"""`bench all`: the shared instances and synthetic provinces, ours beside the peers, in one run.

Everything found so far is written after every solver, so that an interruption loses nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec

from carematch.bench import changes, plots, scaling
from carematch.bench.families import KINDS, gap_instance
from carematch.bench.files import best_known
from carematch.bench.gap import write_instance
from carematch.bench.measure import OURS, Case, Run, measure
from carematch.bench.table import TITLES, table

#: Provinces by name: seconds, whether the peers try as well, and what to make.
PROVINCES: tuple[tuple[str, float, bool, dict[str, Any]], ...] = (
    ("province-1200-all", 5.0, True, {"needs": 1_200, "suppliers": 12, "resources": "all"}),
    ("province-20000-hours", 60.0, True, {"needs": 20_000, "suppliers": 200}),
    ("province-20000-caseload", 60.0, True, {"needs": 20_000, "suppliers": 200, "resources": "caseload"}),
    ("province-20000-all", 120.0, True, {"needs": 20_000, "suppliers": 200, "resources": "all"}),
    ("province-50000-hours", 120.0, True, {"needs": 50_000, "suppliers": 500}),
    ("province-50000-caseload", 60.0, False, {"needs": 50_000, "suppliers": 500, "resources": "caseload"}),
    ("province-50000-all", 120.0, False, {"needs": 50_000, "suppliers": 500, "resources": "all"}),
    ("province-500000-clusters", 900.0, False, {"needs": 500_000, "suppliers": 5_000, "counties": 100}),
)
#: Agents and jobs of random instances.
SIZES = ((5, 100), (10, 100), (20, 100), (5, 200), (10, 200), (20, 200), (10, 400), (30, 900), (60, 900), (80, 1600))
#: Seconds for each of the shared instances.
USUAL = 60.0


def run(options: argparse.Namespace) -> int:
    """Runs what the options of `command` ask for; returns the exit status."""
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    instances = options.instances if options.generated is None else generated(out / "instances", options.generated)
    wanted = [case for case in cases(instances, options.seconds, options.seed) if _named(case, options.only)]
    if not wanted and not options.scaling:
        print(f"No instance is called {' or '.join(options.only)}.", file=sys.stderr)
        return 2
    runs: list[Run] = []
    for case in wanted:
        for solver in (OURS, *(options.peers if case.peers else ())):
            done = measure(case, solver, options.threads, options.seed)
            runs.append(done)
            print(_line(done), flush=True)
            (out / "runs.json").write_bytes(msgspec.json.encode(runs))
            (out / "table.md").write_text(table(wanted, runs, options.threads), "utf-8")
        plots.draw_gaps(wanted, runs, out / "gap.svg")
    if not options.only:
        changes.measure([changes.random_county(options.seed)], options.threads, options.seed, out)
    if options.scaling:
        scaling.run(options.most, options.threads, options.seed, out)
    return 0


def generated(folder: Path, seed: int) -> Path:
    """Writes random instances of the published families into a folder, which it returns."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        for agents, jobs in SIZES:
            instance = write_instance(gap_instance(kind, agents, jobs, seed))
            (folder / f"{kind.lower()}{agents:02d}{jobs}_{seed}").write_bytes(instance)
    return folder


def cases(instances: Path, seconds: float | None, seed: int) -> Iterator[Case]:
    """The shared instances, smallest first, when there are any (it says so when not), and the provinces."""
    if not instances.is_dir():
        print(f"{instances} is not there: only synthetic provinces are measured.", file=sys.stderr)
    else:
        known = instances / "best_known.csv"
        best = best_known(known) if known.is_file() else {}
        files = [file for file in instances.iterdir() if file.is_file() and not file.suffix]
        for file in sorted(files, key=lambda file: (file.stat().st_size, file.name)):
            yield Case(file.name, USUAL if seconds is None else seconds, file=file, best=best.get(file.name))
    for name, usual, peers, arguments in PROVINCES:
        given = {**arguments, "seed": seed}
        yield Case(name, usual if seconds is None else seconds, province=given, peers=peers)


def _named(case: Case, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch(case.name, pattern) for pattern in patterns)


def _line(run: Run) -> str:
    last = run.last
    parts = [run.case, TITLES[run.solver], run.status]
    if last and last.value is not None:
        parts += [f"left out {last.unserved}", f"value {last.value}"]
    if last:
        parts.append(f"bound {last.bound}")
    return "  ".join([*parts, f"{run.memory} MiB"])
