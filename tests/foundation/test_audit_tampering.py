"""Whoever changes the database past the program is found: chains, heads, seals, records, verdicts, statements, roles.

All of it is tried by the owner, who stops triggers and foreign keys, in a database of its own where nothing else is.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest
import pytest_asyncio

from shangmen import access, clock, database
from shangmen.errors import StartError
from shangmen.foundation.audit import proofs
from shangmen.operations import maintenance
from shangmen.wiring import HELD
from tests.cast import Cast, make_cast
from tests.conftest import Servers
from tests.delivery.paid_month import paid_month
from tests.delivery.recording import DAY
from tests.sizes import Note, size

# What somebody with the owner's rights might do, in any order of cunning; each must be found.
TAMPERINGS = {
    "an event is changed": "UPDATE audit_event SET reason = 'x' WHERE id = (SELECT max(id) FROM audit_event)",
    "an event is taken out of the middle": "DELETE FROM audit_event WHERE organisation = {bureau} AND sequence = 1",
    "the tail is cut": "DELETE FROM audit_event WHERE organisation = {bureau} AND sequence >= 2",
    "the tail is cut and the head moved back": """
        DELETE FROM audit_event WHERE organisation = {bureau} AND sequence >= 2;
        UPDATE chain_head h SET sequence = 1, digest = e.digest FROM audit_event e
        WHERE h.chain = 'audit' AND h.organisation = {bureau} AND e.organisation = {bureau} AND e.sequence = 1""",
    "a head is moved": "UPDATE chain_head SET sequence = sequence + 1 WHERE organisation = {bureau}",
    "a head is deleted": "DELETE FROM chain_head WHERE chain = 'audit' AND organisation = {provider}",
    "a chain is deleted with its head": """
        DELETE FROM audit_event WHERE organisation = {provider};
        DELETE FROM chain_head WHERE chain = 'audit' AND organisation = {provider}""",
    "a chain is deleted, its head set to the beginning": """
        DELETE FROM audit_event WHERE organisation = {provider};
        UPDATE chain_head SET sequence = 0, digest = '' WHERE chain = 'audit' AND organisation = {provider}""",
    "all events and heads are deleted": "DELETE FROM audit_event; DELETE FROM chain_head",
    "all events, heads and seals are deleted": """
        DELETE FROM audit_event; DELETE FROM chain_head; DELETE FROM audit_seal""",
    "a line's amount is doubled": "UPDATE service_line SET amount = amount * 2 WHERE id = {line}",
    "the notes of a record are changed": "UPDATE service_record SET notes = 'x' WHERE id = {record}",
    "a record is deleted": "DELETE FROM service_record WHERE id = {record}",
    "a record is deleted with all that hangs on it": """
        DELETE FROM verdict WHERE service_record = {last}; DELETE FROM service_line WHERE service_record = {last};
        DELETE FROM attendance WHERE service_record = {last}; DELETE FROM finding WHERE service_record = {last};
        DELETE FROM service_record WHERE id = {last}""",
    "a chain of records is deleted with its head": """
        DELETE FROM service_record WHERE supplier = {provider};
        DELETE FROM chain_head WHERE chain = 'service_record' AND organisation = {provider}""",
    "records are cut off and their head moved back": """
        DELETE FROM service_record WHERE supplier = {provider} AND sequence > 1;
        UPDATE chain_head h SET sequence = 1, digest = r.digest FROM service_record r
        WHERE h.chain = 'service_record' AND h.organisation = {provider} AND r.supplier = {provider}""",
    "an attendance is lengthened": "UPDATE attendance SET ended_at = ended_at + interval '1 hour'",
    "all verdicts are set verified": "UPDATE verdict SET state = 'verified'",
    "a verdict is deleted": "DELETE FROM verdict WHERE visit = {held_visit}",
    "a verdict has another decider": "UPDATE verdict SET decided_by = 1 WHERE decided_by IS NOT NULL",
    "a verdict has another reason": "UPDATE verdict SET reason = 'x' WHERE decided_by IS NOT NULL",
    "a paid statement is raised": "UPDATE statement SET gross = gross + 100, payable = payable + 100",
    "a statement is set back": "UPDATE statement SET state = 'approved', paid_by = NULL",
    "a statement is another's": "UPDATE statement SET paid_by = 5",
    "a payment has another paper": "UPDATE statement SET payment_reference = 'x'",
    "a statement is deleted": "DELETE FROM statement_line; DELETE FROM statement",
    "a line is taken out of a statement": "DELETE FROM statement_line WHERE id = (SELECT min(id) FROM statement_line)",
    "a line of a statement is raised": "UPDATE statement_line SET amount = amount + 1",
    "a deduction is put in": "INSERT INTO deduction (statement, rule, amount, reason, created_at)"
    " SELECT id, 'other', 1, 'x', now() FROM statement",
    "a contract counts less as paid": "UPDATE contract SET paid = paid - 1",
    "a seal is rewritten": "UPDATE audit_seal SET digest = 'x' WHERE sequence = 1",
    "a seal forgets a chain": "UPDATE audit_seal SET heads = heads - 0 WHERE sequence = 1",
    "a seal is of another day": "UPDATE audit_seal SET day = day - 100 WHERE sequence = 1",
    "the first seal is deleted": "DELETE FROM audit_seal WHERE sequence = 1",
    "the last seal is deleted": "DELETE FROM audit_seal WHERE sequence = 2",
    "the last seal is deleted and its head moved back": """
        DELETE FROM audit_seal WHERE sequence = 2;
        UPDATE chain_head h SET sequence = 1, digest = s.digest FROM audit_seal s WHERE h.chain = 'seal'""",
    "all seals are deleted with their head": "DELETE FROM audit_seal; DELETE FROM chain_head WHERE chain = 'seal'",
    "a ceiling is raised": "UPDATE contract SET ceiling = ceiling + 1",
    "a contract is another's": "UPDATE contract SET provider = provider + 1",
    "a term is prolonged": "UPDATE contract SET term_to = term_to + 1",
    "a rate is raised": "UPDATE contract_line SET rate = rate + 1",
    "a quantity is raised": "UPDATE contract_line SET quantity = quantity + 1",
    "two workers pay twice": "UPDATE contract_line SET two_workers_pay_twice = NOT two_workers_pay_twice",
    "a lot has another gate": "UPDATE lot SET gate = '{{\"groups\": [\"elder\"]}}'",
    "a lot is for another place": "UPDATE lot_area SET division = division + 1",
    "a lot buys less": "DELETE FROM lot_service",
    "a need asks for more": "UPDATE need SET visits_per_month = visits_per_month + 1",
    "a need is longer": "UPDATE need SET minutes = minutes + 5",
    "a need is slipped in": "INSERT INTO need (county, station, person, service_item, state, valid_from, created_at)"
    " SELECT county, station, person, service_item, 'waiting', valid_from, now() FROM need",
    "a need is deleted": "DELETE FROM need",
    "a placement is another's": "UPDATE placement SET supplier = supplier + 1",
    "a placement ends later": "UPDATE placement SET valid_to = valid_to + 1",
    "a placement is deleted": "DELETE FROM placement",
    "an offer was accepted by another": "UPDATE offer SET decided_by = 1",
    "a parameter is another": "UPDATE parameter SET value = '1' WHERE name = 'geofence_rural_metres'",
    "a parameter holds longer": "UPDATE parameter SET valid_from = valid_from - 1",
    "a parameter is slipped in": "INSERT INTO parameter (name, value, unit, valid_from, source)"
    " VALUES ('late_entry_hours', '9999', 'hours', '2026-01-01', '')",
    "a parameter is deleted": "DELETE FROM parameter WHERE name = 'late_entry_hours'",
    "a price ceiling is lifted": "UPDATE service_item SET price_ceiling = 999",
    "an organisation is active again": "UPDATE organisation SET status = 'closed' WHERE id = {provider}",
    "a certificate is prolonged": "UPDATE qualification SET valid_to = '2035-01-01'",
    "an account is moved": "UPDATE app_user SET organisation = {bureau} WHERE role = 'worker'",
    "an account is active again": "UPDATE app_user SET active = NOT active",
    "somebody makes themselves an administrator": "UPDATE app_user SET role = 'administrator' WHERE role = 'worker'",
    "an account is slipped in": "INSERT INTO app_user (login, name, role, organisation, county, password, totp_secret,"
    " must_change, active, locale, created_at) SELECT 'x', 'x', 'administrator', organisation, county, password, '',"
    " false, true, 'zh_CN', now() FROM app_user LIMIT 1",
}  # fmt: skip


class Committed(SimpleNamespace):
    """A database of its own with a month that was paid, two seals, and its owner's connection."""

    cast: Cast
    owner: asyncpg.Connection
    ids: dict[str, int]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def committed(
    new_database: Callable[[], Awaitable[str]], servers: Servers, engine: str
) -> AsyncIterator[Committed]:
    name = await new_database()
    await database.close_pool()
    database.use(servers.application(name))
    await database.open_pool()
    owner = await asyncpg.connect(servers.owner(name))
    try:
        cast = await make_cast()
        month = await paid_month(cast)
        line = await owner.fetchval("SELECT id FROM service_line WHERE service_record = $1", month.first_record)
        yield Committed(cast=cast, owner=owner, ids={
            "bureau": cast.bureau.organisation, "provider": cast.provider_a.organisation, "line": line,
            "record": month.first_record, "last": month.last_record, "held_visit": month.held_visit,
        })  # fmt: skip
    finally:
        clock.set_to(None)
        await owner.close()
        await database.close_pool()
        database.use(servers.application(engine))
        await database.open_pool()


async def proven(committed: Committed) -> list[proofs.Tampering]:
    """Everything proven, reading over the owner's connection so that nothing has to be committed."""
    scope = access.system(committed.cast.county, committed.cast.other_county, purpose="proof")
    current = database.ENGINE.current_transaction
    outer = SimpleNamespace(connection=committed.owner, savepoint=_savepoint)
    token = current.set(outer)  # type: ignore[arg-type]  # what a transaction is to who only reads
    try:
        return await proofs.verify(scope)
    finally:
        current.reset(token)


async def _savepoint() -> SimpleNamespace:
    async def nothing() -> None:
        pass

    return SimpleNamespace(release=nothing, rollback_to=nothing)


async def test_what_nobody_touched_is_proven_to_the_auditor_and_to_the_shell(committed: Committed) -> None:
    cast = committed.cast
    assert await proofs.verify(cast.auditor) == []
    assert await proofs.verify(cast.provider_a) == []
    assert await proofs.verify(access.system(cast.county, cast.other_county, purpose="proof")) == []


async def test_the_database_notes_the_columns_that_the_trail_tells(committed: Committed) -> None:
    noted = {
        table: set(columns)
        for table, columns in await committed.owner.fetch(
            "SELECT t.tgrelid::regclass::text, array_agg(a.attname::text) FROM pg_trigger t"
            " JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)"
            " WHERE t.tgname = 'touched' GROUP BY 1"
        )
    }
    assert noted == {held.name: {*held.columns} for held in HELD}


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_a_tampering_of_the_owner_is_found(committed: Committed, what: str) -> None:
    undo = committed.owner.transaction()
    await undo.start()
    try:
        await committed.owner.execute("SET LOCAL session_replication_role = replica")
        await committed.owner.execute(TAMPERINGS[what].format(**committed.ids))
        await committed.owner.execute("SET LOCAL session_replication_role = origin")
        assert await proven(committed)
    finally:
        await undo.rollback()


# Every row that is proven, and the columns of each that are not: when a verdict fell is told by its event.
PROVEN = {
    "audit_event": (), "chain_head": (), "audit_seal": (), "service_record": (), "attendance": (), "service_line": (),
    "finding": (), "verdict": ("decided_at",), "statement": (), "statement_line": (), "deduction": (),
}  # fmt: skip
CHANGES = {
    "boolean": "NOT {0}", "bigint": "coalesce({0}, 0) + 1", "integer": "coalesce({0}, 0) + 1",
    "numeric": "coalesce({0}, 0) + 1", "double precision": "coalesce({0}, 0) + 1",
    "text": "substr('x' || coalesce({0}, ''), 1, greatest(length({0}), 1))",
    "character varying": "substr('x' || coalesce({0}, ''), 1, greatest(length({0}), 1))",
    "date": "coalesce({0}, '2026-03-01') + 1", "bytea": "coalesce({0}, '') || 'x'::bytea",
    "timestamp with time zone": "coalesce({0}, '2026-03-01') + interval '1 hour'",
    "jsonb": "CASE WHEN jsonb_typeof({0}) = 'object' THEN {0} || '{{\"x\": 1}}' ELSE '[7]'::jsonb END",
}  # fmt: skip


async def _generated(owner: asyncpg.Connection) -> list[str]:
    """Each row of each proven table: every column changed, the row deleted, the row doubled."""
    made = []
    for table, unsaid in PROVEN.items():
        ids = [row["id"] for row in await owner.fetch(f"SELECT id FROM {table} ORDER BY id")]
        columns = await owner.fetch(
            "SELECT column_name AS name, data_type AS kind FROM information_schema.columns WHERE table_name = $1"
            " AND table_schema = 'public' AND is_generated = 'NEVER' ORDER BY ordinal_position",
            table,
        )
        told = [column for column in columns if column["name"] not in unsaid and column["name"] != "id"]
        names = ", ".join(column["name"] for column in columns if column["name"] != "id")
        for id in ids:
            made += [
                f"UPDATE {table} SET {name} = {CHANGES[kind].format(name)} WHERE id = {id}" for name, kind in told
            ]
            made.append(f"DELETE FROM {table} WHERE id = {id}")
            made.append(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE id = {id}")
    return made


async def test_each_change_of_each_row_is_found_or_impossible(committed: Committed, record_property: Note) -> None:
    made = await _generated(committed.owner)
    tried = random.sample(made, min(len(made), size(60, 1000)))
    missed, refused = [], 0
    for statement in tried:
        undo = committed.owner.transaction()
        await undo.start()
        try:
            await committed.owner.execute("SET LOCAL session_replication_role = replica")
            await committed.owner.execute(statement)
            await committed.owner.execute("SET LOCAL session_replication_role = origin")
            if not await proven(committed):
                missed.append(statement)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
            refused += 1  # not even the owner can, while the constraint stands
        finally:
            await undo.rollback()
    found = len(tried) - refused - len(missed)
    record_property("seen", f"{found} of {len(tried)} generated ones found, {refused} impossible, of {len(made)}")
    assert missed == []


async def test_who_rewrites_everything_is_found_by_the_seals_that_were_kept(
    committed: Committed, tmp_path: Path
) -> None:
    scope = committed.cast.system
    kept = tmp_path / "seals"
    maintenance._keep(kept, await proofs.kept_here(scope))
    assert kept.stat().st_mode & 0o777 == 0o600
    seals = maintenance._kept(kept)
    assert len(seals) == 2
    assert await proofs.against(scope, seals) == []
    seals[DAY.isoformat()] = "0" * 64
    assert [str(one) for one in await proofs.against(scope, seals)] == [
        f"The seal of {DAY} is not the one that was kept."
    ]
    seals = {"2020-01-01": "0" * 64}
    assert [str(one) for one in await proofs.against(scope, seals)] == [
        "The seal of 2020-01-01, which was kept, is missing."
    ]


def test_a_file_that_holds_no_seals_is_refused_in_one_line(tmp_path: Path) -> None:
    for text in ("2026-01-01", "2026-01-01 xyz", "nonsense", "封条"):
        (tmp_path / "kept").write_text(text, "utf-8")
        with pytest.raises(StartError):
            maintenance._kept(tmp_path / "kept")
    with pytest.raises(StartError):
        maintenance._kept(tmp_path / "nothing")
