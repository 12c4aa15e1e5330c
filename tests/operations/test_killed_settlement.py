"""Settlement survives what is killed: each visit in one line, all sums equal, each step that was answered is there."""

import asyncio
import functools
import pickle
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

import asyncpg
import psutil
import pytest

from shangmen import clock
from tests.cast import make_cast
from tests.committed import pointed
from tests.conftest import Servers
from tests.operations.settling import MONTHS, Work, make_work
from tests.operations.site import Process, Site, standing, until
from tests.sizes import WHOLE, Note, size

CHILDREN = 3
STEPS = ("draft", "submit", "review", "approve", "pay")

WRONG = {
    "visits that are not in exactly one line": """
        SELECT count(*) FROM service_line l JOIN contract_line k ON k.id = l.contract_line
        WHERE k.contract = ANY($1) AND 1 <> (SELECT count(*) FROM statement_line x WHERE x.service_line = l.id)""",
    "lines of another amount than their visit": """
        SELECT count(*) FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN statement s ON s.id = x.statement WHERE s.contract = ANY($1) AND x.amount <> l.amount""",
    "statements that are not the sum of their lines": """
        SELECT count(*) FROM statement s WHERE s.contract = ANY($1) AND (s.gross <> s.payable OR s.gross <> (
          SELECT sum(x.amount) FROM statement_line x WHERE x.statement = s.id))""",
    "statements that are not paid": "SELECT count(*) FROM statement WHERE contract = ANY($1) AND state <> 'paid'",
    "contracts whose counters are not the sum of their visits": """
        SELECT count(*) FROM contract c WHERE c.id = ANY($1) AND NOT (c.delivered = c.settled AND c.settled = c.paid
          AND c.paid = (SELECT sum(l.amount) FROM service_line l JOIN contract_line k ON k.id = l.contract_line
                        WHERE k.contract = c.id))""",
}


async def _work(site: Site, servers: Servers, engine: str) -> Work:
    await asyncio.to_thread(site.prepare)
    owner = await asyncpg.connect(site.server.owner)
    try:
        async with pointed(servers, engine, site.server.application, 2):
            return await make_work(owner, await make_cast(), size(20, 100), size(10, 100))
    finally:
        clock.set_to(None)
        await owner.close()


def _kill_one(settlers: Process) -> bool:
    """One of the children that are at work, at a moment of its own choice."""
    children = psutil.Process(settlers.id).children()
    if not children:
        return False
    random.choice(children).kill()
    return True


def _settle_under_fire(site: Site, settlers: Process, told: Path, kills: int, stops: int, months: int) -> int:
    """Kill a child after every few answered steps, and now and then the database; how many were killed."""
    every = max(1, months * len(STEPS) // (kills + 1))
    killed = seen = 0

    def further(than: int) -> bool:
        return not settlers.running or (told.exists() and told.read_bytes().count(b"\n") >= than)

    settlers.start()
    while killed < kills and settlers.running:
        seen += every
        until(functools.partial(further, seen), "settlement stands still")
        killed += _kill_one(settlers)
        if stops and killed % max(1, kills // stops) == 0:
            site.database_down()
            site.database_up()
    until(lambda: not settlers.running, "settlement does not come to its end")
    return killed


async def found_wrong(site: Site, work: Work, answered: Counter[tuple[int, str]]) -> dict[str, int]:
    """How many rows contradict what was answered, or each other."""
    owner = await asyncpg.connect(site.server.owner)
    try:
        found = {what: await owner.fetchval(sql, work.contracts) for what, sql in WRONG.items()}
        rows = await owner.fetch(
            "SELECT subject_id AS id, substr(verb, 12) AS step, count(*) FROM audit_event"
            " WHERE subject = 'statement' GROUP BY 1, 2"
        )
        noted = {(row["id"], row["step"]): row["count"] for row in rows}
        found["answered and not stored"] = sum((answered - Counter(noted)).values())
        found["done twice"] = sum(count > 1 for count in noted.values())
        found["steps that are missing"] = len(work.contracts) * len(MONTHS) * len(STEPS) - len(noted)
        return found
    finally:
        await owner.close()


async def _sum(site: Site, work: Work) -> tuple[int, Decimal]:
    owner = await asyncpg.connect(site.server.owner)
    row = await owner.fetchrow(
        "SELECT count(*), sum(amount) FROM statement_line x JOIN statement s ON s.id = x.statement"
        " WHERE s.contract = ANY($1)",
        work.contracts,
    )
    await owner.close()
    return row[0], row[1]


@pytest.mark.parametrize("with_database", [False, True] if WHOLE else [True])
async def test_every_visit_is_paid_once_though_settlers_are_killed(
    servers: Servers, engine: str, with_database: bool, record_property: Note
) -> None:
    with standing() as site:
        data = site.data
        work = await _work(site, servers, engine)
        file, told = data / "work", data / "answered"
        file.write_bytes(pickle.dumps(work))
        dsn = site.server.application
        settlers = site.python("-m", "tests.operations.settling", str(file), dsn, str(told), str(CHILDREN))
        kills, stops = size(30, 300), size(3, 20) if with_database else 0
        killed = await asyncio.to_thread(_settle_under_fire, site, settlers, told, kills, stops, len(work.months()))
        answered = Counter((int(line.split()[0]), line.split()[1]) for line in told.read_text().splitlines())
        wrong = {what: count for what, count in (await found_wrong(site, work, answered)).items() if count}
        visits, yuan = await _sum(site, work)
        record_property("seen", f"{killed} settlers and the database {stops} times killed; {visits} visits, ¥{yuan}")
        assert not wrong
        assert killed == kills, "the work was over too soon"
