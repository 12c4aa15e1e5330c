"""`python -m carematch bench …`: which command, with which options."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from carematch.bench import changes, compare, days, files
from carematch.bench.peers import PEERS
from carematch.rostering.day import Limits


def add_to(parser: argparse.ArgumentParser) -> None:
    """Describes the families of benchmarks; each sets `run`, which takes the options and gives the exit status."""
    families = parser.add_subparsers(required=True, metavar="FAMILY")
    assignment = families.add_parser("assignment", help="solve files of generalised assignment or problem.json")
    assignment.add_argument("files", type=Path, nargs="+", metavar="FILE")
    assignment.add_argument("--seconds", type=_seconds, default=60.0, help="wall-clock time for each file")
    assignment.add_argument("--best", type=Path, help="table of the best known values (CSV)")
    _shared(assignment)
    assignment.set_defaults(run=_assignment)
    rostering = families.add_parser("rostering", help="plan files of home health care, in either public format")
    rostering.add_argument("files", type=Path, nargs="+", metavar="FILE")
    rostering.add_argument("--seconds", type=_seconds, default=60.0, help="wall-clock time for each file")
    rostering.add_argument("--steps", type=int, help="moves of each thread, where machines must not matter")
    rostering.add_argument("--best", type=Path, help="table of the best known values (CSV)")
    _shared(rostering)
    rostering.set_defaults(run=_rostering)
    everything = families.add_parser("all", help="shared instances and synthetic provinces beside other solvers")
    everything.add_argument("--instances", type=Path, default=Path("../shared/benchmarks/assignment"))
    everything.add_argument("--only", nargs="+", default=[], metavar="NAME", help="names of instances; * matches any")
    everything.add_argument("--seconds", type=_seconds, help="for every instance, instead of what is usual for each")
    everything.add_argument("--peers", nargs="*", choices=sorted(PEERS), default=sorted(PEERS))
    everything.add_argument("--scaling", action="store_true", help="also draw how times grow with the size")
    everything.add_argument("--most", type=int, default=500_000, help="needs of the largest province for --scaling")
    everything.add_argument(
        "--generated", type=int, metavar="SEED", help="random instances of the published families, not the shared ones"
    )
    _shared(everything)
    everything.set_defaults(run=compare.run)
    county = families.add_parser("county", help="a county's plan, the plan after one change, and the answers about it")
    county.add_argument("files", type=Path, nargs="*", metavar="PROBLEM", help="problem.json; a random county without")
    _shared(county)
    county.set_defaults(run=changes.run)


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")


def _assignment(options: argparse.Namespace) -> int:
    try:
        best = files.best_known(options.best) if options.best else {}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return files.run_files(
        options.files, files.Effort(options.seconds, options.threads, options.seed), best, options.out
    )


def _rostering(options: argparse.Namespace) -> int:
    try:
        best = days.best_known(options.best) if options.best else {}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    limits = Limits(seconds=options.seconds, steps=options.steps, threads=options.threads)
    return days.run_files(options.files, limits, options.seed, best, options.out)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("seconds are 0 or more")
    return seconds
