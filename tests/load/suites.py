"""The tests of the suite in their whole size: which of them are the long form of what, and how they ended."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree  # our own file

from shangmen import paths
from tests.load.results import Result

SECONDS = 3 * 3600


@dataclass(frozen=True)
class Suite:
    """Tests by file or `file::name`, which try the whole number when LONG is set."""

    what: str
    wanted: str
    nodes: tuple[str, ...]


SUITES: dict[str, Suite] = {
    "S1": Suite(
        "sessions: fixation, reuse, revocation", "0 successes",
        ("tests/test_security.py", "tests/foundation/test_accounts.py"),
    ),
    "S3": Suite("unsafe routes refuse tokens and sites of others", "100 % refused", ("tests/test_security.py",)),
    "S4": Suite(
        "1,000 log-ins over 4 processes", "10 tried an account in 5 minutes",
        ("tests/foundation/test_log_in_limits.py",),
    ),
    "S5": Suite("roles × routes × counties", "every cell as declared", ("tests/test_access.py",)),
    "S6": Suite(
        "ids of others in every address, of every role and both stations and providers", "404, 0 leaks",
        ("tests/test_access.py", "tests/test_exports.py", "tests/test_masks.py"),
    ),
    "S7": Suite(
        "10,000 questions of the application's role, 5,000 interleavings over one pool", "0 rows of others",
        ("tests/test_reach.py", "tests/test_migrations.py"),
    ),
    "S8": Suite("every field of every route, 12,000 odd values", "0 × 5xx, 0 echoes", ("tests/test_fuzz.py",)),
    "S9": Suite(
        "500 odd files that are no lists", "a clear line or rows, 0 faults", ("tests/foundation/test_odd_files.py",)
    ),
    "S12": Suite("cells of every export that act", "0", ("tests/test_exports.py",)),
    "S13": Suite(
        "1,000 tamperings with the trail and the records", "all found", ("tests/foundation/test_audit_tampering.py",)
    ),
    "S14": Suite("direct statements against separated duties", "0 accepted", ("tests/test_duties.py",)),
    "D1": Suite(
        "300 settlers and 20 databases killed, 30,000 visits",
        "each visit in one line, all sums equal",
        ("tests/operations/test_killed_settlement.py",),
    ),
    "D2": Suite(
        "10,000 posts, each up to 5 times, web processes killed", "acknowledged = stored, each key once",
        ("tests/operations/test_killed_web.py",),
    ),
    "D3": Suite(
        "50 workers killed in 500 jobs; ends asked for in the middle", "0 lost, once, redelivered ≤ 60 s, end ≤ 10 s",
        ("tests/operations/test_killed_workers.py", "tests/operations/test_slow_visitors.py"),
    ),
    "D4": Suite(
        "the database stopped for 30 s under load", "only 503, back ≤ 5 s after it",
        ("tests/operations/test_outage.py",),
    ),
    "D7": Suite(
        "a dump restored into an empty server, counted by another", "every row equal, the trail proven",
        ("tests/operations/test_backup.py",),
    ),
    "D8": Suite(
        "web, worker and database killed 60 times during settlement and matching",
        "acknowledged = stored, sums equal, no run left hanging",
        ("tests/operations/test_killed_everything.py",),
    ),
    "C1": Suite(
        "20,000 tries to book one worker twice, 32 at once", "0 overlaps, the others told why",
        ("tests/delivery/test_visits_races.py::test_nobody_is_booked_twice_however_many_try",),
    ),
    "C3": Suite(
        "5,000 edits of 200 visits at once", "0 lost, the second is told",
        ("tests/delivery/test_visits_races.py::test_no_change_of_a_visit_is_lost_however_many_edit_it",),
    ),
    "C2": Suite(
        "2,000 tries on 100 places, 20 rounds", "exactly 100 each",
        ("tests/supply/test_contracts_ledger.py::test_many_at_once_get_exactly_the_places_that_there_are",),
    ),
    "C4": Suite(
        "random walk of a contract, 10,000 steps", "equal to a replay",
        ("tests/supply/test_contracts_ledger.py::test_a_random_walk_stays_within_the_ceiling_and_equals_a_replay",),
    ),
}  # fmt: skip


def run(test: str, suite: Suite) -> Result:
    """Run the tests of a suite in a process of its own."""
    load, begun = os.getloadavg()[0], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *suite.nodes, f"--junitxml={report}", "-p", "no:cacheprovider"],
            cwd=paths.CHECKOUT,
            env={**os.environ, "LONG": "1"},
            timeout=SECONDS,
            check=False,
        )
        seen = _told(report) if report.exists() else f"no report, status {done.returncode}"
    return Result(test, suite.what, suite.wanted, seen, done.returncode == 0, time.monotonic() - begun, load)


def _told(report: Path) -> str:
    """What the tests noted with `record_property("seen", …)`, and how many there were."""
    cases = ElementTree.parse(report).getroot().iter("testcase")  # noqa: S314 -- our own file
    told, count, fallen = [], 0, []
    for case in cases:
        count += 1
        told += [str(one.get("value")) for one in case.iter("property") if one.get("name") == "seen"]
        if case.find("failure") is not None or case.find("error") is not None:
            fallen.append(str(case.get("name")))
    told.append(f"{count - len(fallen)} of {count} tests" if count > 1 or fallen else "")
    return "; ".join(part for part in (*told, *(f"fell: {name}" for name in fallen[:5])) if part)
