"""`make load`: the long forms of the tests with numbers; a table in build/load/, as markdown and as JSON.

    python -m tests.load [L1 D4 …] [--seconds 20] [--recipients 200000]

S, C and D are tests of the suite at their whole number (suites.py); L and D6 are measured here, over a county of
200,000 recipients. What was lost, doubled, overlapping or in error fails the run: 1 is returned. Rates and times are
reported beside the load of the machine when it began; they say as much of the machine as of the program.
"""

import argparse
import asyncio
import sys

from shangmen import paths
from tests.load import measures, suites
from tests.load.results import HEADS, Result, machine, write
from tests.load.world import RECIPIENTS, make

FOLDER = paths.CHECKOUT / "build" / "load"


def main() -> int:
    """Run what was asked for, all without a name; 1 when a hard number fell."""
    known = list(dict.fromkeys([*suites.SUITES, *measures.MEASURES]))
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("tests", nargs="*", help=", ".join(known))
    parser.add_argument("--seconds", type=float, default=20, help="for each rate")
    parser.add_argument("--recipients", type=int, default=RECIPIENTS)
    options = parser.parse_args()
    wanted = options.tests or known
    unknown = [test for test in wanted if test not in known]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    results: list[Result] = []
    print(machine(), HEADS, sep="\n\n", flush=True)
    for test in (test for test in known if test in wanted and test in suites.SUITES):
        _note(results, [suites.run(test, suites.SUITES[test])])
    measured = [test for test in known if test in wanted and test in measures.MEASURES]
    if measured:
        world = asyncio.run(make(options.recipients))
        for test in measured:
            _note(results, measures.MEASURES[test](world, options.seconds))
    print(f"written to {write(FOLDER, results)}.md and .json")
    return 1 if any(result.held is False for result in results) else 0


def _note(results: list[Result], fresh: list[Result]) -> None:
    for result in fresh:
        print(result.line(), flush=True)
    results += fresh


if __name__ == "__main__":
    sys.exit(main())
