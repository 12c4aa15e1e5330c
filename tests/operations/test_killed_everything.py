"""Web, worker and database are killed in any order during settlement and matching: nothing acknowledged is lost."""

import asyncio
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import asyncpg
import httpx
import psutil
from litestar.middleware.csrf import generate_csrf_token

from shangmen import clock
from shangmen.foundation.accounts.actions import open_session
from tests.cast import make_cast
from tests.committed import pointed
from tests.conftest import Servers
from tests.operations.settling import NOW, Work, make_work
from tests.operations.site import GUARD, SECRET, Process, Site, free_port, standing
from tests.operations.test_killed_settlement import found_wrong
from tests.sizes import WHOLE, Note, size
from tests.supply.matching_world import add_need, law

KINDS = ("web", "worker", "database")


@dataclass
class County:
    """What is to be done, who does it, and what was acknowledged."""

    work: Work
    address: str
    sessions: dict[str, str]
    steps: Counter[tuple[int, str]] = field(default_factory=Counter)
    runs: list[int] = field(default_factory=list)

    async def press(self, who: str, path: str, **form: object) -> int:
        """Send a form until it is acknowledged; the id in the address that follows."""
        csrf = generate_csrf_token(SECRET)
        said = {"_csrf_token": csrf, "once": uuid.uuid4().hex, **{name: str(value) for name, value in form.items()}}
        cookies = {"csrf": csrf, "session": self.sessions[who]}
        async with httpx.AsyncClient(base_url=self.address, cookies=cookies, timeout=GUARD) as client:
            while True:
                try:
                    answer = await client.post(path, data=said)
                except httpx.TransportError:
                    await asyncio.sleep(0.2)
                    continue
                if answer.status_code == 303:
                    return int(answer.headers["location"].partition("?")[0].rpartition("/")[2])
                assert answer.status_code == 503, f"{path}: {answer.status_code} {answer.text[-500:]}"
                await asyncio.sleep(0.2)

    async def settle(self, months: list[tuple[int, date]]) -> None:
        """Take one month after the other through all its steps."""
        while months:
            contract, month = months.pop()
            first, last = clock.month_of(month)
            id = await self.press("provider_a", "/statements", contract=contract, period_from=first, period_to=last)
            self.steps[id, "draft"] += 1
            for who, step, more in (
                ("provider_a", "submit", {}),
                ("bureau", "review", {}),
                ("approver", "approve", {}),
                ("finance", "pay", {"payment_reference": "ZF-1"}),
            ):
                await self.press(who, f"/statements/{id}/{step}", **more)
                self.steps[id, step] += 1

    async def match(self, site: Site, ended: asyncio.Event) -> None:
        """Start one run after the other; wait for the end of each."""
        while not ended.is_set() or not self.runs:
            run = await self.press(
                "bureau", "/matching", starts_on=clock.day_of(NOW), seconds=1, seed=1, placed="leave"
            )
            self.runs.append(run)
            async with asyncio.timeout(2 * GUARD):
                await _ended(site, run)


async def _ended(site: Site, run: int) -> None:
    """Wait for a run to be over."""
    while True:
        if await _value(site, "SELECT state FROM matching_run WHERE id = $1", run) not in (None, "queued", "solving"):
            return
        await asyncio.sleep(0.3)


async def _value(site: Site, sql: str, *arguments: object) -> object:
    """A value as the owner sees it; None while the database is away."""
    try:
        owner = await asyncpg.connect(site.server.owner)
    except (OSError, asyncpg.PostgresError):
        return None
    try:
        return await owner.fetchval(sql, *arguments)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    finally:
        owner.terminate()


async def _county(site: Site, servers: Servers, engine: str, port: int) -> County:
    await asyncio.to_thread(site.prepare)
    owner = await asyncpg.connect(site.server.owner)
    try:
        async with pointed(servers, engine, site.server.application, 2):
            cast = await make_cast()
            work = await make_work(owner, cast, size(1, 60), 5)
            clock.set_to(NOW)
            await law(cast)
            for person in (cast.person_a, cast.person_b):
                await add_need(cast.system, cast, person, cast.home_visit)
            people = ("provider_a", "bureau", "approver", "finance")
            sessions = {who: (await open_session(getattr(cast, who), "127.0.0.1", "test"))[0] for who in people}
    finally:
        clock.set_to(None)
        await owner.close()
    return County(work, f"http://127.0.0.1:{port}", sessions)


async def _kill(site: Site, port: int, web: Process, worker: Process, kills: int) -> Counter[str]:
    """Kill one of the three after another, and go on when all that is needed answers again."""
    killed = Counter[str]()
    while (number := killed.total()) < kills:
        await asyncio.sleep(random.uniform(0.2, 3))
        what = KINDS[number] if number < len(KINDS) else random.choice(KINDS)
        if what == "database":
            await asyncio.to_thread(site.database_down)
            await asyncio.to_thread(site.database_up)
        else:
            children = psutil.Process((web if what == "web" else worker).id).children()
            if not children:
                continue  # the next is not there yet
            children[0].kill()
        killed[what] += 1
        await asyncio.to_thread(site.answers, port)
    return killed


async def test_nothing_acknowledged_is_lost_and_no_run_hangs_though_everything_is_killed(
    servers: Servers, engine: str, record_property: Note
) -> None:
    port = free_port()
    with standing() as site:
        county = await _county(site, servers, engine, port)
        site.environment.update(DATABASE_URL=site.server.application, QUICK="0" if WHOLE else "1")
        web = site.python("-m", "tests.operations.reborn", NOW.isoformat(), "serve", "--beside", "--port", str(port))
        worker = site.python("-m", "tests.operations.reborn", NOW.isoformat(), "jobs")
        web.start()
        worker.start()
        await asyncio.to_thread(site.answers, port)
        ended, months = asyncio.Event(), county.work.months()
        async with asyncio.TaskGroup() as group:
            group.create_task(county.match(site, ended))
            settling = [group.create_task(county.settle(months)) for _ in range(2)]
            killed = await _kill(site, port, web, worker, size(3, 60))
            await asyncio.gather(*settling)
            ended.set()
        wrong = {what: count for what, count in (await found_wrong(site, county.work, county.steps)).items() if count}
        hanging = "SELECT count(*) FROM matching_run WHERE state IN ('queued', 'solving')"
        stored = "SELECT count(*) FROM matching_run WHERE id = ANY($1)"
        left = "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'matching%'"
        failed = "SELECT count(*) FROM matching_run WHERE state = 'failed'"
        told = "SELECT count(*) FROM matching_run WHERE state = 'failed' AND message <> ''"
        seen = f"{dict(killed)} killed, {sum(county.steps.values())} steps, {len(county.runs)} runs"
        record_property("seen", f"{seen}, {await _value(site, failed)} of them given up with a sentence")
        assert not wrong
        assert await _value(site, hanging) == 0
        assert await _value(site, stored, county.runs) == len(set(county.runs)) == len(county.runs)
        assert await _value(site, left) == 0
        assert await _value(site, failed) == await _value(site, told)
