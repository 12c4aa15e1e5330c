"""The library from the shell.

    python -m carematch solve PROBLEM.json --out SOLUTION.json [--seconds S] [--work W] [--seed K]
    python -m carematch check PROBLEM.json SOLUTION.json
    python -m carematch explain PROBLEM.json SOLUTION.json NEED
    python -m carematch bench assignment FILE… --seconds S --threads T --seed K [--best TABLE.csv] --out DIR
    python -m carematch bench rostering FILE… --seconds S --threads T --seed K [--best TABLE.csv] --out DIR
    python -m carematch bench all --out DIR [--only NAME…] [--seconds S] [--peers PEER…] [--scaling]

Exit status: 0 when all is well, 1 when a check fails or the pins contradict each other, 2 when the
input cannot be read or is malformed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from carematch.assignment import (
    CONTRADICTORY,
    MOVES,
    Limits,
    ProblemError,
    certificate_sentences,
    check,
    explain,
    sentences,
    solution_to_json,
    solve,
)
from carematch.bench import command
from carematch.files import UnreadableFile, read_problem, read_solution


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except UnreadableFile as error:
        print(error, file=sys.stderr)
        return 2
    except ProblemError as error:
        for fault in error.faults:
            print(f"{fault.code} {fault.sentence}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="carematch", description="Who serves whom, and why.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    solving = commands.add_parser("solve", help="find a plan with a certificate")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--out", type=Path, required=True)
    solving.add_argument("--seconds", type=float, default=30.0)
    solving.add_argument("--work", type=float, default=None, help="deterministic effort")
    solving.add_argument("--workers", type=int, default=2)
    solving.add_argument("--seed", type=int, default=1)
    solving.set_defaults(run=_solve)
    checking = commands.add_parser("check", help="verify a plan without a solver")
    checking.add_argument("problem", type=Path)
    checking.add_argument("solution", type=Path)
    checking.set_defaults(run=_check)
    explaining = commands.add_parser("explain", help="say why one need is served as it is")
    explaining.add_argument("problem", type=Path)
    explaining.add_argument("solution", type=Path)
    explaining.add_argument("need")
    explaining.set_defaults(run=_explain)
    command.add_to(commands.add_parser("bench", help="measure on public and synthetic instances"))
    return parser


def _solve(options: argparse.Namespace) -> int:
    problem = read_problem(options.problem)
    limits = Limits(seconds=options.seconds, work=options.work, workers=options.workers)
    solution = solve(problem, limits, seed=options.seed)
    options.out.write_bytes(solution_to_json(solution))
    print(f"{solution.status} ({solution.stopped}) in {solution.seconds:.1f} s")
    for goal in solution.goals:
        print(f"{goal.goal}: {goal.value}, bound {goal.bound}, gap {goal.gap:.4%}")
    for conflict in solution.conflicts:
        where = f" on {conflict.resource}" if conflict.resource else ""
        whose = "moves of" if conflict.code == MOVES else "pins of"
        print(f"{conflict.code}{where}: {whose} {', '.join(conflict.needs)}")
    return 1 if solution.status == CONTRADICTORY else 0


def _check(options: argparse.Namespace) -> int:
    problem = read_problem(options.problem)
    solution = read_solution(options.solution)
    report = check(problem, solution)
    for violation in report.violations:
        print(f"{violation.code} {violation.sentence}")
    if report.ok:
        print("ok", " ".join(f"{goal}={value}" for goal, value in report.values.items()))
        for sentence in certificate_sentences(solution, report.rechecked):
            print(sentence.render())
    return 0 if report.ok else 1


def _explain(options: argparse.Namespace) -> int:
    problem = read_problem(options.problem)
    solution = read_solution(options.solution)
    try:
        explanation = explain(problem, solution.assignments, options.need)
    except KeyError:
        print(f"There is no need {options.need}.", file=sys.stderr)
        return 2
    for sentence in sentences(explanation):
        print(sentence.render())
    return 0


if __name__ == "__main__":
    sys.exit(main())
