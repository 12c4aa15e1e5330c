"""What an operator does from the shell: verify and seal the trail, reset a password. Dumps: `backup.py`."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound, StartError
from shangmen.foundation.accounts import actions as accounts
from shangmen.foundation.accounts import queries as users_of
from shangmen.foundation.audit import actions as audit
from shangmen.foundation.audit import proofs
from shangmen.foundation.catalogue import actions as catalogue


@asynccontextmanager
async def everywhere() -> AsyncIterator[Scope]:
    """A system scope over every county, with the pool open."""
    await database.open_pool(2)
    try:
        async with database.transaction(access.system(purpose="maintenance")):
            counties = await database.values(int, "SELECT id FROM division WHERE level = 'county' ORDER BY id")
        yield access.system(*counties, purpose="maintenance")
    finally:
        await database.close_pool()


async def complete(*more: Callable[[Scope], Awaitable[int]]) -> None:
    """Load what this version expects of the catalogue and the parameters (and of `more`), and the database lacks."""
    await database.open_pool(1)
    try:
        for load in (catalogue.load, *more):
            await load(access.system(purpose="maintenance"))
    finally:
        await database.close_pool()


async def verify(kept: Path | None = None) -> list[str]:
    """Prove everything, and the seals against a file of kept ones; what was tampered with, in words."""
    seals = _kept(kept) if kept else {}
    async with everywhere() as scope:
        found = await proofs.verify(scope) + await proofs.against(scope, seals)
    return [str(one) for one in found]


async def seal(to: Path | None = None) -> bytes:
    """Seal today; with a file, write into it every seal that it does not hold yet. Raises StartError."""
    async with everywhere() as scope:
        digest = await audit.seal(scope, clock.today())
        seals = await proofs.kept_here(scope)
    if to:
        known = _kept(to, new=True)
        _keep(to, {day: stated for day, stated in seals.items() if day not in known})
    return digest


def _kept(file: Path, new: bool = False) -> dict[str, str]:
    """The seals of a file, a line each: the day and the digest in hexadecimal. Raises StartError, also for a file
    that is not there unless it may be `new`."""
    if new and not file.exists():
        return {}
    try:
        lines = [line.split() for line in file.read_text("ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as fault:
        raise StartError(f"The seals in {file} cannot be read: {fault}.") from fault
    if not all(len(line) == 2 and re.fullmatch("[0-9a-f]{64}", line[1]) for line in lines):
        raise StartError(f"{file} holds no seals: each line is a day and a digest.")
    return {day: digest for day, digest in lines}  # noqa: C416 -- pairs of two


def _keep(file: Path, seals: dict[str, str]) -> None:
    """Append seals to a file that only its owner reads, and see them on the disk."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.writelines(f"{day} {digest}\n" for day, digest in seals.items())
            handle.flush()
            os.fsync(descriptor)
    except OSError as fault:
        raise StartError(f"The seals could not be written to {file}: {fault.strerror}.") from fault


async def holds_demo() -> bool:
    """Whether the database holds the demo county: its organisations say so in their names."""
    async with everywhere() as scope:
        return bool(await _demo_organisations(scope))


@database.scoped
async def _demo_organisations(scope: Scope) -> int:
    return await database.number("SELECT count(*) FROM organisation WHERE name LIKE '%（演示）'")


async def users(verb: str, login: str | None) -> int:
    """List accounts, or reset one's password and print the new one once."""
    async with everywhere() as scope:
        if verb == "list":
            rows, _total = await users_of.users(scope, limit=None)
            for row in rows:
                print(f"{row.login}\t{row.role}\t{row.organisation_name}\t{'' if row.active else 'disabled'}")
            return 0
        try:
            person = await users_of.as_user(scope, login or "")
        except NotFound as fault:
            raise StartError(f"There is no account {login!r}.") from fault
        print(await accounts.reset_password(scope, person.user or 0))
    return 0
