"""A real county from an empty database, by the commands alone: its own files, the figures of expected.json, a plan."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from shangmen import wiring
from tests.conftest import NewDatabase, Servers
from tests.operations.test_first_start import Installation

DESK = Path(__file__).parent / "cases" / "county-zhongning"
EXPECTED: dict[str, Any] = json.loads((DESK / "expected.json").read_text("utf-8"))
ROLLS = {"dibao.xlsx", "tekun.xlsx", "disabled.csv", "children.xlsx"}
# Why nobody may be left out in a county whose people live in known townships, wherever exactly.
NEVER = {"NO_POSITION"}


@pytest.fixture
def installed(servers: Servers, new_database: NewDatabase, tmp_path: Path) -> Installation:
    made = Installation(servers, asyncio.run(new_database()), tmp_path, "tests.on_the_day")
    assert made("county", "load", "640521").returncode == 0
    for login, role in (("admin", "administrator"), ("officer", "bureau_officer")):
        assert made("user", "create", login, "--role", role, "--county", "640521").returncode == 0
    return made


def told(installed: Installation, *words: str) -> dict[str, Any]:
    """The JSON object of a command's last line."""
    done = installed(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def kind(file: str) -> str:
    return "recipients" if file in ROLLS else file.partition(".")[0]


def test_the_desk_of_a_county_comes_in_as_a_careful_officer_would_take_it(installed: Installation) -> None:
    landed = {one.name for one in wiring.KINDS}
    wrong: dict[str, Any] = {}
    for file in EXPECTED["order"]:
        if kind(file) not in landed:
            continue
        expected = EXPECTED["files"][file]
        said = told(
            installed, "import", kind(file), str(DESK / file), "--county", "640521", "--as", "officer", "--commit",
            "--json",
        )  # fmt: skip
        found = {(one["row"], one["code"]) for one in said["refused"]}
        wanted = {(one["row"], one["code"]) for one in expected["refused"]}
        if said["rows"] != expected["data_rows"] or found != wanted:
            wrong[file] = (said["rows"], expected["data_rows"], sorted(found ^ wanted))
        if "merged_rows" in expected and said["merged"] != len(expected["merged_rows"]):
            wrong[f"{file}, merged"] = (said["merged"], len(expected["merged_rows"]))
    assert not wrong
    (people,) = installed.rows("SELECT count(*) FROM person")[0]
    assert people == EXPECTED["totals"]["people"]
    plan = told(installed, "match", "--county", "640521", "--wait", "--json", "--seconds", "10")
    assert plan["proven"]
    assert not NEVER & set(plan["unmet"])
    assert plan["served"] + sum(plan["unmet"].values()) == plan["needs"]
