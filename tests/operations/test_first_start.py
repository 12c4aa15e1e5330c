"""The first county and the first account of an empty installation, by command."""

import asyncio
import re
import subprocess
from pathlib import Path

import asyncpg
import msgspec
import pytest

from tests.conftest import NewDatabase, Servers
from tests.test_cli import shangmen

ADMINISTRATOR = ("user", "create", "admin", "--role", "administrator", "--county", "640521")


class Installation:
    """A program over an empty database of its own; `module` is what is run of it."""

    def __init__(self, servers: Servers, name: str, data: Path, module: str = "shangmen.cli") -> None:
        self.module = module
        self.owner = servers.owner(name)
        self._environment = {
            "DATABASE_URL": servers.application(name),
            "SHANGMEN_SECRET": "s" * 40,
            "SHANGMEN_DATA": str(data),
        }

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return shangmen(*words, module=self.module, **self._environment)

    def refused(self, *words: str) -> str:
        """The one line of a command that cannot be done."""
        done = self(*words)
        assert done.returncode == 2, done.stdout + done.stderr
        (line,) = done.stderr.strip().splitlines()
        return line

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        async def ask() -> list[tuple[object, ...]]:
            connection = await asyncpg.connect(self.owner)
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(ask())


@pytest.fixture
def empty(servers: Servers, new_database: NewDatabase, tmp_path: Path) -> Installation:
    return Installation(servers, asyncio.run(new_database()), tmp_path)


def test_a_county_comes_with_city_region_and_townships_and_once(empty: Installation) -> None:
    first, second = empty("county", "load", "640521"), empty("county", "load", "640521")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == second.stdout == "640521\t中宁县\t12 townships\n"
    above = "SELECT c.name, p.name, r.name FROM division c JOIN division p ON p.id = c.parent"
    assert empty.rows(f"{above} JOIN division r ON r.id = p.parent WHERE c.level = 'county'") == [
        ("中宁县", "中卫市", "宁夏回族自治区")
    ]
    assert empty("county", "load", "640522").returncode == 0  # of the same city
    assert empty.rows(
        "SELECT level, count(*) FROM division WHERE level IN ('region', 'city') GROUP BY 1 ORDER BY 1"
    ) == [
        ("city", 1),
        ("region", 1),
    ]
    assert "110101" in empty.refused("county", "load", "110101")


def test_the_first_account_makes_the_bureau_and_must_change_its_password(empty: Installation) -> None:
    assert "county load 640521" in empty.refused(*ADMINISTRATOR)
    empty("county", "load", "640521")
    made = empty(*ADMINISTRATOR, "--name", "赵管理")
    assert made.returncode == 0
    assert re.search(r"[A-Za-z0-9_-]{12}7a$", made.stdout.strip())
    assert empty.rows(
        "SELECT u.login, u.name, u.must_change, o.kind, o.name FROM app_user u"
        " JOIN organisation o ON o.id = u.organisation"
    ) == [("admin", "赵管理", True, "bureau", "中宁县民政局")]
    assert empty("user", "create", "officer", "--role", "bureau_officer", "--county", "640521").returncode == 0
    assert empty.rows("SELECT count(*) FROM organisation") == [(1,)]


def test_an_account_that_does_not_fit_is_refused_in_one_line_and_makes_nothing(empty: Installation) -> None:
    empty("county", "load", "640521")
    officer = ("--role", "bureau_officer", "--county", "640521")
    assert "log-in name has" in empty.refused("user", "create", "Not Good", *officer)
    assert empty.rows("SELECT count(*) FROM organisation") == [(0,)]
    empty(*ADMINISTRATOR)
    assert "admin is taken" in empty.refused(*ADMINISTRATOR)
    assert "no role chief" in empty.refused("user", "create", "one", "--role", "chief", "--county", "640521")
    assert "别处民政局" in empty.refused("user", "create", "one", *officer, "--organisation", "别处民政局")
    scheduler = ("user", "create", "one", "--role", "station_scheduler", "--county", "640521")
    assert "--organisation" in empty.refused(*scheduler)
    assert "no organisation of the role" in empty.refused(*scheduler, "--organisation", "中宁县民政局")
    assert empty.rows("SELECT login FROM app_user") == [("admin",)]


def test_a_run_that_is_waited_for_ends_without_a_worker(empty: Installation) -> None:
    empty("county", "load", "640521")
    done = empty("match", "--county", "640521", "--wait", "--json", "--seconds", "1")
    assert done.returncode == 0, done.stderr
    told = msgspec.json.decode(done.stdout.splitlines()[-1], type=dict[str, object])
    assert {name: told[name] for name in ("needs", "served", "unmet", "proven")} == {
        "needs": 0, "served": 0, "unmet": {}, "proven": True,
    }  # fmt: skip
