"""Fixtures: a database made once from the migrations, one transaction a test that is rolled back, and the cast."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from litestar import Litestar

from shangmen import clock, database, paths
from shangmen.access import Scope
from shangmen.app import create_app
from shangmen.database import embedded, schema
from shangmen.foundation.accounts.actions import open_session
from shangmen.settings import Settings
from shangmen.wiring import wire
from tests.cast import Cast, make_cast

TEST_DATA = paths.CHECKOUT / ".data" / "test"

# what is compiled at first use, and busy machines, must not fail a test
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")


def _with_database(dsn: str, name: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(path=f"/{name}"))


NewDatabase = Callable[[], Coroutine[Any, Any, str]]


class Servers:
    """The server that the suite runs on: the embedded one, or another when DATABASE_URL is set."""

    def __init__(self) -> None:
        application, owner = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
        if application and not owner:
            pytest.exit("DATABASE_URL is set: set DATABASE_OWNER_URL too, for a role that may create databases.", 2)
        if application and owner:
            self._application, self._owner = application, owner
        else:
            server = embedded.start(TEST_DATA)
            self._application, self._owner = server.application, server.owner
            asyncio.run(schema.prepare_embedded(server, "postgres"))

    def application(self, name: str) -> str:
        return _with_database(self._application, name)

    def owner(self, name: str) -> str:
        return _with_database(self._owner, name)

    def administrative(self) -> str:
        """Where databases are made from."""
        return self.owner("postgres")


def _fingerprint() -> str:
    """Changes when the migrations do, so that a template is made once for each of their versions."""
    digest = hashlib.sha256()
    for file in (*sorted(Path(paths.MIGRATIONS).glob("*.py")), *sorted((paths.PACKAGE / "database").glob("*.sql"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


async def _make_template(servers: Servers) -> str:
    name = f"shangmen_template_{_fingerprint()}"
    connection = await asyncpg.connect(servers.administrative())
    try:
        await connection.execute("SELECT pg_advisory_lock(7436)")  # several runs at once make it once
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            making = f"{name}_making"
            await connection.execute(f'DROP DATABASE IF EXISTS "{making}"')
            await connection.execute(f"CREATE DATABASE \"{making}\" TEMPLATE template0 ENCODING 'UTF8'")
            await schema.migrate(servers.owner(making))
            await connection.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
        await connection.execute("SELECT pg_advisory_unlock(7436)")
    finally:
        await connection.close()
    return name


@pytest.fixture(scope="session")
def servers() -> Servers:
    return Servers()


@pytest.fixture(scope="session")
def template(servers: Servers) -> str:
    """The name of a migrated, empty database."""
    return asyncio.run(_make_template(servers))


@pytest.fixture(scope="session")
def new_database(servers: Servers, template: str) -> Iterator[NewDatabase]:
    """Make a database of its own for committed data; all are dropped at the end."""
    made: list[str] = []

    async def make() -> str:
        name = f"shangmen_test_{uuid.uuid4().hex[:12]}"
        connection = await asyncpg.connect(servers.administrative())
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        made.append(name)
        return name

    async def drop() -> None:
        connection = await asyncpg.connect(servers.administrative())
        try:
            for name in made:
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    yield make
    asyncio.run(drop())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(servers: Servers, new_database: NewDatabase) -> AsyncIterator[str]:
    """The engine points at the run's own database, as the application's role."""
    name = await new_database()
    wire()  # the effects, as every process does that runs verbs
    database.use(servers.application(name))
    await database.open_pool()
    yield name
    await database.close_pool()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _committed_cast(engine: str) -> Cast:
    """The cast is committed once; each test changes it only inside its own transaction."""
    clock.set_to(None)
    return await make_cast()


@pytest_asyncio.fixture(loop_scope="session")
async def db(engine: str) -> AsyncIterator[None]:
    """An outer transaction that is rolled back after the test."""
    transaction = database.ENGINE.transaction()
    await transaction.__aenter__()
    try:
        yield
    finally:
        clock.set_to(None)
        await transaction.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
        await transaction.__aexit__(None, None, None)


@pytest_asyncio.fixture(loop_scope="session")
async def cast(_committed_cast: Cast, db: None) -> Cast:
    """Two stations, two providers, two counties, the bureau, the auditor, the stranger; see tests/cast.py."""
    return _committed_cast


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(
        data=TEST_DATA,
        database_url=None,
        owner_url=None,
        host="127.0.0.1",
        port=8000,
        secret="t" * 40,
        secure_cookies=False,
        trusted_origins=(),
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Litestar:
    return create_app(settings, demo=False, manage_pool=False)


class Browser:
    """A visitor of the pages inside a test: keeps cookies, fills in the CSRF token, follows redirects on wish."""

    def __init__(self, app: Litestar) -> None:
        asgi = httpx.ASGITransport(app=app, client=("127.0.0.9", 9))  # type: ignore[arg-type]  # ASGI typed by both
        self._client = httpx.AsyncClient(transport=asgi, base_url="http://testserver")

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    async def get(self, path: str, **kwargs: object) -> httpx.Response:
        return await self._client.get(path, **kwargs)  # type: ignore[arg-type]  # passed through

    async def post(self, path: str, data: Mapping[str, object] | None = None, **kwargs: object) -> httpx.Response:
        if "csrf" not in self._client.cookies:
            await self._client.get("/login")
        filled = {"_csrf_token": self._client.cookies.get("csrf"), **(data or {})}
        return await self._client.post(path, data=filled, **kwargs)  # type: ignore[arg-type]  # passed through

    async def close(self) -> None:
        await self._client.aclose()


OpenBrowser = Callable[[Scope | None], Awaitable[Browser]]


@pytest_asyncio.fixture(loop_scope="session")
async def browser(app: Litestar, cast: Cast) -> AsyncIterator[OpenBrowser]:
    """`await browser(cast.bureau)`: a browser in which that person is logged in; None: nobody."""
    opened: list[Browser] = []

    async def open_for(scope: Scope | None) -> Browser:
        visitor = Browser(app)
        opened.append(visitor)
        if scope is not None:
            token, _scope = await open_session(scope, "127.0.0.9", "test")
            visitor.cookies.set("session", token)
        return visitor

    yield open_for
    for visitor in opened:
        await visitor.close()


@dataclass(frozen=True)
class DemoCounty:
    """A demo county in a database of its own, and what `shangmen demo --once --json` said of it."""

    application: str
    owner: str
    told: dict[str, Any]
    environment: dict[str, str]


@pytest.fixture(scope="session")
def demo_county(servers: Servers, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> DemoCounty:
    """The demo county, made once for all tests that look at it, by the very command."""
    name = asyncio.run(new_database())
    environment = {
        **os.environ,
        "DATABASE_URL": servers.application(name),
        "DATABASE_OWNER_URL": servers.owner(name),
        "SHANGMEN_SECRET": "b" * 40,
        "SHANGMEN_DATA": str(tmp_path_factory.mktemp("data")),
        "PYTHONPATH": f"{paths.CHECKOUT / 'platform'}{os.pathsep}{paths.CHECKOUT / 'matching'}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "shangmen.cli", "demo", "--once", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return DemoCounty(servers.application(name), servers.owner(name), told, environment)
