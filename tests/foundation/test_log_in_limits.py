"""How often a secret may be tried: from where, over all processes, and who is never kept out."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pyotp
import pytest
from argon2 import PasswordHasher, extract_parameters

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.errors import Refused
from shangmen.foundation.accounts import actions, limits, passwords
from shangmen.foundation.accounts.forms import PasswordForm, TotpForm, UserForm
from shangmen.foundation.accounts.limits import TooMany, place
from tests.cast import Cast
from tests.conftest import NewDatabase, OpenBrowser, Servers

PASSWORD = "county-2026-key"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OWN, OFFICE, STRANGE = "198.51.100.7", "192.0.2.1", "203.0.113.5"


async def account(cast: Cast, login: str = "newcomer", role: Role = Role.BUREAU_OFFICER) -> Scope:
    """A user of the bureau whose password is known."""
    form = UserForm(login=login, name="新人", role=role, organisation=cast.bureau.organisation or 0)
    id, _first = await actions.create(cast.administrator, form, PASSWORD, must_change=False)
    return replace(cast.bureau, role=role, user=id)


async def tried(
    cast: Cast,
    password: str = PASSWORD,
    address: str = STRANGE,
    login: str = "newcomer",
    code: str = "",
    browser: str = "",
) -> str:
    """What comes of a try: in, wrong or locked."""
    try:
        await actions.log_in(cast.system, login, password, code, place(address, browser), address, "")
    except TooMany:
        return "locked"
    except Refused:
        return "wrong"
    return "in"


async def times(
    number: int, cast: Cast, address: str = STRANGE, login: str = "newcomer", browser: str = ""
) -> list[str]:
    """What comes of wrong tries one after the other."""
    return [await tried(cast, "something-else-1", address, login, browser=browser) for _ in range(number)]


async def test_ten_wrong_passwords_lock_even_the_right_one_out_until_the_window_has_passed(cast: Cast) -> None:
    await account(cast)
    here = clock.now()
    with clock.stopped_at(here):
        assert await times(12, cast) == ["wrong"] * 10 + ["locked"] * 2
        assert await tried(cast) == "locked"
    with clock.stopped_at(here + timedelta(minutes=4)):
        assert await tried(cast) == "locked"
    with clock.stopped_at(here + timedelta(minutes=5, seconds=1)):
        assert await tried(cast) == "in"


async def test_no_five_minutes_hold_more_than_ten_tries(cast: Cast) -> None:
    await account(cast)
    start, evaluated = clock.now(), list[datetime]()
    for seconds in range(0, 1200, 7):
        with clock.stopped_at(start + timedelta(seconds=seconds)):
            if await tried(cast, "something-else-1") == "wrong":
                evaluated.append(clock.now())
    assert len(evaluated) > 30
    for moment in evaluated:
        assert sum(moment <= other < moment + limits.WINDOW for other in evaluated) <= limits.TRIES


async def test_right_passwords_are_not_counted(cast: Cast) -> None:
    await account(cast)
    for _ in range(4):
        assert await times(9, cast) == ["wrong"] * 9
        assert await tried(cast) == "in"


async def test_a_stranger_keeps_no_owner_out(cast: Cast) -> None:
    await account(cast)
    await times(11, cast)
    assert await tried(cast, address=OWN) == "in"


async def test_strangers_from_everywhere_slow_an_unknown_place_and_not_a_known_one(cast: Cast) -> None:
    await account(cast)
    here = clock.now()
    with clock.stopped_at(here):
        assert await tried(cast, address=OWN) == "in"
        came = [outcome for n in range(40) for outcome in await times(10, cast, f"203.0.{n}.5")]
        assert came.count("wrong") == limits.STRANGERS
        assert await tried(cast, address=OWN) == "in"
        assert await tried(cast, address="100.64.0.1") == "locked"
    with clock.stopped_at(here + limits.STRANGERS_PAUSE):
        assert await tried(cast, address="100.64.0.1") == "in"


async def test_one_person_in_an_office_locks_nobody_else_there(cast: Cast) -> None:
    await account(cast)
    await account(cast, "colleague")
    await account(cast, "beginner")
    here = clock.now()
    with clock.stopped_at(here):
        assert await tried(cast, address=OFFICE, browser="own") == "in"
        assert await tried(cast, address=OFFICE, login="colleague") == "in"
        came = [outcome for n in range(20) for outcome in await times(5, cast, OFFICE, f"name{n}")]
        assert came == ["wrong"] * limits.NEIGHBOURS + ["locked"] * (100 - limits.NEIGHBOURS)
        await times(12, cast, OFFICE)  # on the very account, out of the same network, in another browser
        assert await tried(cast, address=OFFICE) == "locked"
        assert await tried(cast, address=OFFICE, browser="own") == "in"
        assert await tried(cast, address=OFFICE, login="colleague") == "in"
        assert await tried(cast, address=OFFICE, login="beginner") == "locked"
    with clock.stopped_at(here + limits.NEIGHBOURS_PAUSE):
        assert await tried(cast, address=OFFICE, login="beginner") == "in"


async def test_a_known_browser_has_its_limit_too(cast: Cast) -> None:
    await account(cast)
    assert await tried(cast, browser="own") == "in"
    assert await times(11, cast, browser="own") == ["wrong"] * 10 + ["locked"]


async def test_a_browser_is_known_again_by_its_cookie(browser: OpenBrowser, cast: Cast) -> None:
    await account(cast)
    own, other = await browser(None), await browser(None)
    typed = {"login": "newcomer", "password": PASSWORD}
    assert (await own.post("/login", typed)).status_code == 303
    wrong = [await other.post("/login", {"login": "Newcomer", "password": "something-else-1"}) for _ in range(11)]
    assert [answer.status_code for answer in wrong] == [422] * 10 + [429]
    assert "请五分钟后再试" in wrong[-1].text
    assert (await other.post("/login", typed)).status_code == 429
    assert (await own.post("/login", typed)).status_code == 303


async def test_an_unknown_name_is_limited_alike(cast: Cast) -> None:
    assert await times(11, cast, login="nobody.at.all") == ["wrong"] * 10 + ["locked"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_belongs_to_a_network(address: str, network: str) -> None:
    assert limits.network(address) == network


async def test_the_present_password_is_guessed_at_ten_times(browser: OpenBrowser, cast: Cast) -> None:
    await account(cast)
    visitor = await browser(None)
    await visitor.post("/login", {"login": "newcomer", "password": PASSWORD})
    new = {"password": "another-key-77", "again": "another-key-77"}
    guesses = [await visitor.post("/account/password", {"present": f"guess-{n}", **new}) for n in range(11)]
    assert [answer.status_code for answer in guesses] == [422] * 10 + [429]
    assert (await visitor.post("/account/password", {"present": PASSWORD, **new})).status_code == 429
    with clock.stopped_at(clock.now() + limits.WINDOW):
        assert (await visitor.post("/account/password", {"present": PASSWORD, **new})).status_code == 303


async def test_a_failed_change_of_password_touches_no_log_in(cast: Cast) -> None:
    scope = await account(cast)
    form = PasswordForm(present="guess", password="another-key-77", again="another-key-77")
    for _ in range(10):
        with pytest.raises(Refused, match="present"):
            await actions.change_password(scope, form)
    assert await tried(cast) == "in"


async def enrolled(cast: Cast) -> None:
    scope = await account(cast, role=Role.ADMINISTRATOR)
    await actions.enrol_totp(scope, SECRET, TotpForm(pyotp.TOTP(SECRET).at(clock.now())))


async def test_a_code_counts_once(cast: Cast) -> None:
    here = clock.now()
    with clock.stopped_at(here):
        await enrolled(cast)
        first = pyotp.TOTP(SECRET).at(clock.now())
        assert await tried(cast, code=first) == "wrong"  # it was used to enrol
    with clock.stopped_at(here + timedelta(seconds=60)):
        code = pyotp.TOTP(SECRET).at(clock.now())
        before = pyotp.TOTP(SECRET).at(clock.now() - timedelta(seconds=30))
        assert await tried(cast, code=f"{code[:3]} {code[3:]}") == "in"
        assert await tried(cast, code=code) == "wrong"
        assert await tried(cast, code=before) == "wrong"  # older than the last one used


@pytest.mark.parametrize("code", ["", "ÿ" * 6, "１２", "x" * 5000, "-1", " "])
async def test_an_odd_code_is_wrong(cast: Cast, code: str) -> None:
    await enrolled(cast)
    assert await tried(cast, code=code) == "wrong"


async def test_codes_are_guessed_at_ten_times(cast: Cast) -> None:
    await enrolled(cast)
    assert [await tried(cast, code="000000") for _ in range(11)] == ["wrong"] * 10 + ["locked"]


async def test_an_audit_entry_of_a_log_in_has_the_address(cast: Cast) -> None:
    scope = await account(cast)
    await tried(cast, "something-else-1", OWN)
    async with database.transaction(cast.system):
        found = await database.values(
            str, "SELECT address FROM audit_event WHERE verb = 'accounts.refused' AND subject_id = :id", id=scope.user
        )
    assert found == [OWN]


async def test_a_name_that_nobody_has_is_noted_without_what_was_typed(browser: OpenBrowser, cast: Cast) -> None:
    await tried(cast, "something-else-1", OWN, "nobody.at.all")
    async with database.transaction(cast.system):
        found = await database.values(
            str,
            "SELECT address FROM audit_event e WHERE verb = 'accounts.refused' AND subject_id IS NULL"
            " AND NOT to_jsonb(e)::text LIKE '%nobody.at%'",
        )
    assert found == [OWN]
    assert (await (await browser(cast.auditor)).get("/audit")).status_code == 200


# 250 tries on five names, out of one network, as one of several web processes would evaluate them at the same time.
MANY = """
import asyncio, sys
from shangmen import access, database
from shangmen.errors import Refused
from shangmen.foundation.accounts import actions, limits, passwords

async def one(at):
    name = f"name{at % 5}"
    try:
        await actions.log_in(
            access.system(purpose="log-in"), name, "wrong", "", limits.place("203.0.113.5"), "203.0.113.5", ""
        )
    except limits.TooMany:
        return
    except Refused:
        print(name)

async def main():
    database.use(sys.argv[1])
    await database.open_pool(5)
    for start in range(0, 250, 10):
        await asyncio.gather(*(one(at) for at in range(start, start + 10)))
    await database.close_pool()

asyncio.run(main())
"""


async def test_four_processes_together_evaluate_ten_of_a_thousand_tries_on_an_account(
    servers: Servers, new_database: NewDatabase
) -> None:
    dsn = servers.application(await new_database())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MANY, dsn, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    ends = [await process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, ends[0][1].decode()[-2000:]
    evaluated = Counter(name for told, _fault in ends for name in told.decode().split())
    assert evaluated == {f"name{n}": limits.TRIES for n in range(5)}


@pytest.mark.parametrize("stored", [None, "-", passwords._NOBODY], ids=["unknown", "no hash", "hash"])
async def test_every_wrong_password_costs_one_whole_comparison(
    monkeypatch: pytest.MonkeyPatch, stored: str | None
) -> None:
    whole = list[str]()

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            extract_parameters(str(hash))  # of what is no hash nothing is reckoned
            whole.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    assert not await passwords.fits(stored, "wrong")
    assert len(whole) == 1
