"""The chain of records: what was written stays, and whoever changes it past the program is found out."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace

import asyncpg
import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.delivery.service_records.verification import proofs
from shangmen.foundation.audit.proofs import Proof, Tampering
from tests.cast import Cast, make_cast
from tests.conftest import NewDatabase, Servers
from tests.delivery import pictures
from tests.delivery.recording import DAY, arrive, held, leave, load_parameters, logged, photographed, signature
from tests.delivery.rows import placed_need, planned_visit

NINE = clock.at(DAY, 540)

# What somebody with the owner's rights might do to each table, by column; every one of them must be found.
TAMPERINGS: dict[str, tuple[str, ...]] = {
    "service_record": (
        "begun_at = begun_at - interval '1 minute'", "ended_at = ended_at + interval '1 second'",
        "notes = notes || ' '", "evidence_class = CASE evidence_class WHEN 'A' THEN 'B' ELSE 'A' END",
        "confirmation = CASE confirmation WHEN 'thumb' THEN 'witness' ELSE 'thumb' END",
        "observations = '{\"mood\": \"good\"}'", "recorded_by = NULL", "recorded_at = recorded_at + interval '1 hour'",
        "confirmation_name = 'x'", "signature = 'x'", "signature_digest = 'x'", "digest = 'x'", "previous = 'x'",
        "sequence = sequence + 100", "supplier = CASE supplier WHEN 4 THEN 5 ELSE 4 END", "correction_reason = 'x'",
        "person = CASE person WHEN 1 THEN 2 ELSE 1 END", "no_confirmation_reason = 'x'", "revision = revision + 1",
    ),
    "attendance": (
        "worker = CASE worker WHEN 1 THEN 2 ELSE 1 END", "begun_at = begun_at - interval '5 minutes'",
        "ended_at = ended_at + interval '1 minute'", "in_latitude = coalesce(in_latitude, 0) + 0.000001",
        "out_metres_off = coalesce(out_metres_off, 0) + 1", "in_accuracy = coalesce(in_accuracy, 0) + 1",
        "no_position_reason = 'x'",
    ),
    "service_line": (
        "amount = amount + 0.01", "minutes = minutes + 1", "units = units + 1", "rate = rate + 0.01",
        "workers = workers + 1", "contract_line = CASE WHEN contract_line IS NULL THEN 1 END",
    ),
    "finding": ("severity = CASE severity WHEN 'note' THEN 'hold' ELSE 'note' END", "rule = 'x'", "message = 'x'",
                "details = '{\"x\": 1}'", "found_at = found_at + interval '1 second'"),
    "check_in": (
        "server_at = server_at - interval '1 second'", "latitude = coalesce(latitude, 0) + 0.000001",
        "device = 'x'", "far_reason = 'x'",
        "device_at = coalesce(device_at, server_at) + interval '1 second'", "metres_off = coalesce(metres_off, 0) + 1",
    ),
    "photo": ("taken_at = now()", "kind = 'receipt'", "across = 1", "amount = 5", "source_digest = 'x'"),
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def committed(
    new_database: NewDatabase, servers: Servers, engine: str
) -> AsyncIterator[tuple[Cast, asyncpg.Connection]]:
    """A committed month of records in a database of its own, and a connection of the owner."""
    name = await new_database()
    await database.close_pool()
    database.use(servers.application(name))
    await database.open_pool()
    owner = await asyncpg.connect(servers.owner(name))
    try:
        cast = await make_cast()
        await load_parameters(cast)
        placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
        own = await placed_need(cast, cast.station_a, cast.home_visit, cast.person_a)
        for n in range(8):
            await logged(
                cast, placed, cast.worker_a, NINE + timedelta(days=n), confirmation=None, signature=signature(n)
            )
        for n in range(3):
            await held(cast, own, cast.social_worker_a, NINE + timedelta(days=n))
        visit = await planned_visit(cast, placed, NINE + timedelta(days=9), cast.worker_a.worker or 0)
        await arrive(cast.worker_a, visit, NINE + timedelta(days=9))
        await photographed(cast.worker_a, visit, NINE + timedelta(days=9), pictures.jpeg(pictures.scene(1)))
        await leave(cast.worker_a, visit, NINE + timedelta(days=9, hours=1))
        yield cast, owner
    finally:
        clock.set_to(None)
        await owner.close()
        await database.close_pool()
        database.use(servers.application(engine))
        await database.open_pool()


async def test_every_tampering_is_found(committed: tuple[Cast, asyncpg.Connection]) -> None:
    cast, owner = committed
    assert await proofs.chains(cast.auditor) == []
    chance = random.Random(13)
    tried = 0
    # Changes are made and taken back inside one transaction of the owner; the check reads through it.
    for table, changes in TAMPERINGS.items():
        ids = [row["id"] for row in await owner.fetch(f'SELECT id FROM "{table}" ORDER BY id')]
        for change in (*changes, "DELETE"):
            for id in chance.sample(ids, min(6, len(ids))):
                undo = owner.transaction()
                await undo.start()
                await owner.execute(_OPEN.format(table=table))
                sql = f'DELETE FROM "{table}" WHERE id = $1' if change == "DELETE" else (
                    f'UPDATE "{table}" SET {change} WHERE id = $1')  # fmt: skip
                await owner.execute(sql, id)
                assert await _verify_through(owner, cast) != [], (table, change, id)
                await undo.rollback()
                tried += 1
    assert tried >= 200
    assert await proofs.chains(cast.auditor) == []
    assert await proofs.pictures(cast.auditor) == []
    for change in ("image = image || 'x', digest = sha256(image || 'x')", "image = image || 'x'"):
        undo = owner.transaction()
        await undo.start()
        await owner.execute(_OPEN.format(table="photo"))
        await owner.execute("ALTER TABLE photo DROP CONSTRAINT photo_is_its_digest")
        await owner.execute(f"UPDATE photo SET {change}")
        assert await _verify_through(owner, cast, proofs.pictures) != [], change
        await undo.rollback()


# What an owner with bad intentions can do: past the triggers of a table and the foreign keys from it and to it.
_OPEN = """
DO $$ DECLARE one record; BEGIN
  ALTER TABLE "{table}" DISABLE TRIGGER USER;
  FOR one IN SELECT conrelid::regclass AS holder, conname FROM pg_constraint
    WHERE contype = 'f' AND '"{table}"'::regclass IN (conrelid, confrelid) LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.holder, one.conname);
  END LOOP;
END $$
"""


async def _verify_through(owner: asyncpg.Connection, cast: Cast, proof: Proof = proofs.chains) -> list[Tampering]:
    """The check, reading over the owner's connection so that nothing has to be committed."""
    current = database.ENGINE.current_transaction
    token = current.set(SimpleNamespace(connection=owner))  # type: ignore[arg-type]  # all that reading takes
    try:
        work = proof.__wrapped__  # type: ignore[attr-defined]  # without a transaction of its own
        result: list[Tampering] = await work(cast.auditor)
        return result
    finally:
        current.reset(token)


@pytest.mark.parametrize("table", ["check_in", "service_record", "attendance", "service_line", "finding", "photo"])
async def test_the_application_can_neither_edit_nor_delete(cast: Cast, table: str) -> None:
    for sql in (f'UPDATE "{table}" SET id = id', f'DELETE FROM "{table}"', f'TRUNCATE "{table}"'):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(cast.system):
                await database.execute(sql)


async def test_a_finding_that_the_trail_does_not_tell_of_is_found(cast: Cast) -> None:
    await load_parameters(cast)
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    _visit, record = await logged(cast, placed, cast.worker_a, NINE)
    async with database.transaction(cast.system):
        await database.execute(
            "INSERT INTO finding (county, station, supplier, service_record, rule, severity, message, details,"
            " found_at)"
            " SELECT county, station, supplier, id, 'x', 'note', 'forged', '{}', recorded_at + interval '1 second'"
            " FROM service_record WHERE id = :id",
            id=record,
        )
    (found,) = await proofs.chains(cast.auditor)
    assert "found later" in str(found)
