"""Posts repeated while the web is killed: what was acknowledged is stored, each key once, never another body."""

import asyncio
import random
import uuid
from pathlib import Path

import asyncpg
import httpx
from litestar.middleware.csrf import generate_csrf_token

from shangmen.foundation.accounts.actions import open_session
from tests.cast import make_cast
from tests.committed import pointed
from tests.conftest import NewDatabase, Servers
from tests.operations.site import GUARD, SECRET, Process, Site, free_port
from tests.sizes import Note, size

VISITORS = 8


class Poster:
    """Somebody who sends each form again until it is acknowledged, and then some more."""

    def __init__(self, address: str, token: str, worker: int) -> None:
        csrf = generate_csrf_token(SECRET)
        self._client = httpx.AsyncClient(base_url=address, cookies={"csrf": csrf, "session": token}, timeout=GUARD)
        self._path, self._csrf = f"/workers/{worker}/qualifications", csrf
        self.acknowledged: list[str] = []
        self.others = 0
        self.faults: list[int] = []

    async def _send(self, key: str, number: str) -> int:
        form = {
            "_csrf_token": self._csrf,
            "once": key,
            "kind": "first_aid",
            "number": number,
            "valid_from": "2026-01-01",
        }
        while True:
            try:
                answer = await self._client.post(self._path, data=form)
            except httpx.TransportError:
                await asyncio.sleep(0.1)  # nobody there, or gone before the answer
                continue
            if answer.status_code in (303, 409):
                return answer.status_code
            if answer.status_code != 503:
                self.faults.append(answer.status_code)
                return answer.status_code

    async def post(self, forms: int) -> None:
        """Send so many forms, each one to five times, and now and then a key with another body."""
        for _ in range(forms):
            key = uuid.uuid4().hex
            for _ in range(random.randint(1, 5)):
                if await self._send(key, key) != 303:
                    self.faults.append(0)
            self.acknowledged.append(key)
            if random.random() < 0.1:
                if await self._send(key, f"another {key}") != 409:
                    self.faults.append(1)
                self.others += 1
        await self._client.aclose()


async def _kill_now_and_then(server: Process, posters: list[Poster], kills: int, forms: int) -> int:
    """Kill and start the web process whenever some more was acknowledged."""
    for kill in range(kills):
        wanted = (kill + 1) * forms // (kills + 1)
        while sum(len(poster.acknowledged) for poster in posters) < wanted:  # noqa: ASYNC110 -- eight of them count
            await asyncio.sleep(0.02)
        await asyncio.to_thread(server.kill)
        server.start()
    return kills


async def test_what_is_acknowledged_is_stored_once_though_the_web_is_killed(
    servers: Servers, engine: str, new_database: NewDatabase, tmp_path: Path, record_property: Note
) -> None:
    forms, kills = size(64, 10_000), size(2, 60)
    name, port = await new_database(), free_port()
    async with pointed(servers, engine, servers.application(name), 1):
        cast = await make_cast()
        token, _scope = await open_session(cast.provider_a, "127.0.0.1", "test")
    site = Site(tmp_path)
    site.environment.update(DATABASE_URL=servers.application(name), DATABASE_OWNER_URL=servers.owner(name))
    server = site.web(port)
    server.start()
    owner = await asyncpg.connect(servers.owner(name))
    try:
        await asyncio.to_thread(site.answers, port)
        workers = (cast.worker_a.worker, cast.worker_m.worker)
        posters = [Poster(f"http://127.0.0.1:{port}", token, workers[n % 2] or 0) for n in range(VISITORS)]
        killing = asyncio.create_task(_kill_now_and_then(server, posters, kills, forms))
        await asyncio.gather(*(poster.post(forms // VISITORS) for poster in posters))
        await killing
        rows = await owner.fetch("SELECT number, count(*) FROM qualification WHERE kind = 'first_aid' GROUP BY number")
        events = await owner.fetchval("SELECT count(*) FROM audit_event WHERE verb = 'organisations.qualify_worker'")
    finally:
        site.end()
        await owner.close()
    stored = {row["number"]: row["count"] for row in rows}
    acknowledged = {key for poster in posters for key in poster.acknowledged}
    record_property(
        "seen",
        f"{len(acknowledged)} acknowledged, {len(stored)} stored, {kills} web processes killed,"
        f" {sum(poster.others for poster in posters)} other bodies refused",
    )
    assert [fault for poster in posters for fault in poster.faults] == []
    assert acknowledged == set(stored)
    assert set(stored.values()) == {1}
    assert events == len(stored)
