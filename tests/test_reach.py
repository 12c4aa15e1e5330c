"""Row-level security under odd questions: whatever the application's role asks, and over whichever connection."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Reach, Scope
from tests.cast import Cast, make_cast
from tests.committed import pointed
from tests.conftest import NewDatabase, Servers
from tests.delivery.paid_month import paid_month
from tests.sizes import Note, size

CONNECTIONS, AT_ONCE = 3, 12

POLICED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity ORDER BY 1"
LINKS = """
SELECT conrelid::regclass::text AS child, a.attname AS name, confrelid::regclass::text AS parent
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE contype = 'f' AND cardinality(conkey) = 1 ORDER BY 1, 2"""
COUNTED = "SELECT table_name FROM information_schema.columns WHERE column_name = 'county' AND table_schema = 'public'"

# Ways to ask for ids of a table; {t} is the table, {o} another one, {n} a number.
QUESTIONS = (
    "SELECT id FROM {t}",
    "SELECT id FROM {t} WHERE id = {n} OR true",
    "SELECT id FROM {t} WHERE id BETWEEN {n} AND {n} + 50",
    "SELECT id FROM {t} WHERE NOT (id = {n}) ORDER BY id DESC LIMIT 50",
    "WITH c AS MATERIALIZED (SELECT * FROM {t}) SELECT id FROM c",
    "SELECT id FROM {t} UNION ALL SELECT id FROM {t} WHERE id > {n}",
    "SELECT max(id) AS id FROM {t} HAVING count(*) > 0",
    "SELECT unnest(array_agg(id)) AS id FROM {t}",
    "SELECT s.id FROM (SELECT id, row_number() OVER (ORDER BY random()) FROM {t}) s",
    "SELECT id FROM {t} TABLESAMPLE BERNOULLI (100)",
    "SELECT t.id FROM {t} t LEFT JOIN {o} o ON o.id = t.id",
    "SELECT t.id FROM {o} o RIGHT JOIN {t} t ON o.id = t.id",
    "SELECT t.id FROM {t} t, LATERAL (SELECT 1 FROM {o} o WHERE o.id <> t.id LIMIT 1) s",
    "SELECT id FROM {t} WHERE EXISTS (SELECT 1 FROM {o})",
    "SELECT id FROM {t} WHERE id NOT IN (SELECT id FROM {o} WHERE id = {n})",
    "SELECT id FROM {t} EXCEPT SELECT id FROM {t} WHERE id = {n}",
    "SELECT (to_jsonb(t) ->> 'id')::bigint AS id FROM {t} t",
)


Counties = dict[str, dict[int, int]]  # of each row of each table


async def counties_of(owner: asyncpg.Connection) -> Counties:
    """The county of every row: its own column, else that of what it hangs on."""
    policed = [row["relname"] for row in await owner.fetch(POLICED)]
    counted = {row["table_name"] for row in await owner.fetch(COUNTED)}
    found: Counties = {}
    for table in policed:
        if table in counted:
            rows = await owner.fetch(f"SELECT id, county FROM {table} WHERE county IS NOT NULL")
            found[table] = {row["id"]: row["county"] for row in rows}
    links = [link for link in await owner.fetch(LINKS) if link["child"] in policed and link["child"] not in counted]
    before = -1
    while before != (before := sum(map(len, found.values()))):
        for link in links:
            above = found.get(link["parent"], {})
            rows = await owner.fetch(f"SELECT id, {link['name']} AS above FROM {link['child']}")
            for row in rows:
                if row["above"] in above:
                    found.setdefault(link["child"], {}).setdefault(row["id"], above[row["above"]])
    return found


async def people_of(owner: asyncpg.Connection, scope: Scope) -> set[int]:
    """The persons whom a scope may see, as the rules say it and not the policies."""
    if scope.reach is Reach.COUNTY:
        rows = await owner.fetch("SELECT id FROM person WHERE county = ANY($1)", list(scope.counties))
    else:
        sql = "SELECT person AS id FROM share WHERE organisation = $1 AND valid_to IS NULL"
        if scope.reach is Reach.STATION:
            sql += " UNION SELECT id FROM person WHERE station = $1"
        rows = await owner.fetch(sql, scope.organisation)
    return {row["id"] for row in rows}


class Asked(NamedTuple):
    """Two counties with a month that was paid in one of them, and what is whose."""

    cast: Cast
    counties: Counties
    people: dict[str, set[int]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked(servers: Servers, engine: str, new_database: NewDatabase) -> AsyncIterator[Asked]:
    name = await new_database()
    async with pointed(servers, engine, servers.application(name), CONNECTIONS):
        owner = await asyncpg.connect(servers.owner(name))
        try:
            cast = await make_cast()
            await paid_month(cast)
            people = {who: await people_of(owner, scope) for who, scope in cast.people().items()}
            yield Asked(cast, await counties_of(owner), people)
        finally:
            clock.set_to(None)
            await owner.close()


def foreign(asked: Asked, who: str, table: str, ids: set[int]) -> set[int]:
    """Which of these rows somebody must not see."""
    whose = asked.counties.get(table, {})
    strange = {id for id in ids if id in whose and whose[id] not in asked.cast.people()[who].counties}
    return strange | (ids - asked.people[who] if table == "person" else set())


async def test_no_question_of_the_application_is_answered_with_rows_of_others(
    asked: Asked, record_property: Note
) -> None:
    tables = [table for table, rows in asked.counties.items() if rows]
    seen, questions, leaks = 0, size(600, 10_000), []
    for _ in range(questions // 20):
        who = random.choice([*asked.cast.people()])
        async with database.transaction(asked.cast.people()[who]):
            for _ in range(20):
                table, other = random.choice(tables), random.choice(tables)
                n = random.choice(list(asked.counties[table]))
                sql = random.choice(QUESTIONS).format(t=table, o=other, n=n)
                ids = {id for id in await database.values(int, sql) if id is not None}
                seen += len(ids)
                if strange := foreign(asked, who, table, ids):
                    leaks.append((who, sql, strange))
    record_property("seen", f"{questions} questions over {len(tables)} tables, {seen} own rows, {len(leaks)} leaks")
    assert leaks == []
    assert seen


async def test_without_a_scope_there_is_no_row_and_no_fault(asked: Asked) -> None:
    for table in asked.counties:
        for question in QUESTIONS:
            async with database.single():
                sql = question.format(t=table, o=table, n=1)
                assert [id for id in await database.values(int, sql) if id is not None] == [], sql


class _Broken(Exception):
    """A request that fails in its middle."""


async def test_nobody_gets_the_scope_of_who_had_the_connection_before(asked: Asked, record_property: Note) -> None:
    turns, wrong = iter(range(size(300, 5000))), []
    seen: Counter[str] = Counter()

    async def look(who: str) -> None:
        async with database.transaction(asked.cast.people()[who]):
            for _ in range(random.randint(1, 3)):
                found = set(await database.values(int, "SELECT id FROM person"))
                if found != asked.people[who]:
                    wrong.append((who, found))
                await asyncio.sleep(random.choice((0, 0, 0.001)))
            if random.random() < 0.2:
                raise _Broken

    async def visit() -> None:
        for _ in turns:
            who = random.choice([*asked.cast.people(), "nobody"])
            seen[who] += 1
            if who == "nobody":
                async with database.single():
                    if await database.values(int, "SELECT id FROM person"):
                        wrong.append((who, {0}))
            else:
                with contextlib.suppress(_Broken):
                    await look(who)

    await asyncio.gather(*(visit() for _ in range(AT_ONCE)))
    record_property("seen", f"{seen.total()} interleavings over {CONNECTIONS} connections, {len(wrong)} wrong")
    assert wrong == []
