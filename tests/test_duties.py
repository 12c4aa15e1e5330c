"""Separation of duties is kept by the database: whatever is asked of it directly under a wrong scope is refused."""

from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from shangmen import database
from shangmen.database import schema
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement.states import StatementState
from shangmen.errors import StartError
from tests.cast import Cast
from tests.conftest import Servers
from tests.delivery.settlement_rows import FIRST, brought_to, cleaned, delivered, drafted
from tests.delivery.test_settlement_steps import DAY

# Who asks, and for what; {draft}, {paid} and {approved} are statements, {verified} and {held} lines and visits.
STATEMENTS = (
    ("finance", "UPDATE statement_line SET statement = {draft} WHERE statement = {paid}"),
    ("system", "UPDATE statement_line SET statement = {draft} WHERE statement = {paid}"),
    ("system", "UPDATE statement_line SET amount = amount + 1 WHERE statement = {draft}"),
    ("finance", "UPDATE statement SET gross = gross + 1, payable = payable + 1 WHERE id = {paid}"),
    ("bureau", "UPDATE statement SET state = 'reviewed' WHERE id = {approved}"),
    ("bureau", "UPDATE statement SET gross = 1, payable = 1 WHERE id = {approved}"),
    ("bureau", "UPDATE statement SET note = 'x' WHERE id = {approved}"),
    ("finance", "UPDATE statement SET state = 'draft' WHERE id = {paid}"),
    ("finance", "UPDATE statement SET state = 'paid', paid_by = approved_by, payment_reference = 'x'"
     " WHERE id = {approved}"),
    ("bureau", "UPDATE statement SET state = 'paid', paid_by = {me}, payment_reference = 'x' WHERE id = {approved}"),
    ("provider_a", "UPDATE statement SET state = 'paid', paid_by = {finance}, payment_reference = 'x'"
     " WHERE id = {approved}"),
    ("provider_a", "UPDATE statement SET state = 'reviewed', reviewed_by = {me} WHERE id = {draft}"),
    ("provider_a", "UPDATE statement SET payment_reference = 'x' WHERE id = {draft}"),
    ("worker_a", "UPDATE statement SET state = 'submitted', submitted_by = {me} WHERE id = {draft}"),
    ("bureau", "UPDATE statement SET state = 'submitted', submitted_by = {me} WHERE id = {draft}"),
    ("provider_a", "UPDATE statement SET gross = gross + 100, payable = payable + 100 WHERE id = {draft}"),
    ("provider_a", "UPDATE statement SET contract = contract + 1 WHERE id = {draft}"),
    ("provider_a", "UPDATE statement SET period_to = period_to + 1 WHERE id = {draft}"),
    ("provider_a", "INSERT INTO statement_line (statement, service_line, amount) VALUES ({draft}, {held_line}, 60)"),
    ("provider_a", "INSERT INTO statement_line (statement, service_line, amount) VALUES ({draft}, {free_line}, 999)"),
    ("system", "INSERT INTO statement_line (statement, service_line, amount) VALUES ({draft}, {foreign_line}, 60)"),
    ("provider_a", "DELETE FROM statement_line WHERE statement = {draft}"),
    ("provider_a", "DELETE FROM statement_line WHERE statement = {paid}"),
    ("system", "DELETE FROM statement WHERE id = {paid}"),
    ("provider_a", "UPDATE verdict SET state = 'verified' WHERE visit = {held_visit}"),
    ("worker_a", "UPDATE verdict SET state = 'verified' WHERE visit = {held_visit}"),
    ("station_a", "UPDATE verdict SET state = 'verified' WHERE visit = {held_visit}"),
    ("auditor", "UPDATE verdict SET state = 'rejected' WHERE visit = {held_visit}"),
    ("provider_a", "UPDATE contract SET ceiling = ceiling + 1, original_ceiling = original_ceiling + 1"),
    ("provider_a", "UPDATE contract SET paid = 0"),
    ("provider_a", "UPDATE contract_line SET rate = rate * 2"),
    ("provider_a", "UPDATE contract_line SET quantity = quantity * 2"),
    ("finance", "UPDATE contract SET ceiling = ceiling + 1, original_ceiling = original_ceiling + 1"),
    ("provider_a", "UPDATE service_item SET price_ceiling = 9999"),
    ("station_a", "UPDATE parameter SET value = '{{}}'"),
    ("provider_a", "INSERT INTO service_line (county, supplier, station, service_record, service_item, minutes,"
     " workers, units, rate, amount) SELECT county, supplier, station, service_record, service_item, minutes,"
     " workers, units, rate, amount FROM service_line LIMIT 1"),
    ("bureau", "UPDATE app_user SET role = 'administrator' WHERE id = {me}"),
    ("worker_a", "UPDATE app_user SET role = 'bureau_officer' WHERE id = {me}"),
    ("station_a", "UPDATE app_user SET organisation = 1 WHERE id = {me}"),
    ("bureau", "UPDATE app_user SET password = 'x' WHERE role = 'administrator'"),
    ("administrator", "UPDATE app_user SET role = 'system' WHERE id = {me}"),
    ("administrator", "UPDATE app_user SET role = 'administrator' WHERE id = {stranger}"),
    ("provider_a", "INSERT INTO app_session (token, user_id, created_at, seen_at, address, agent)"
     " VALUES ('x', {finance}, now(), now(), '', '')"),
    ("bureau", "SELECT password FROM app_user"),
    ("administrator", "SELECT totp_secret FROM app_user"),
    ("system", "SELECT * FROM app_user"),
    ("provider_a", "SELECT * FROM account_secrets({finance})"),
    ("provider_a", "UPDATE chain_head SET sequence = 0"),
    ("bureau", "DELETE FROM chain_head"),
    ("system", "UPDATE audit_seal SET digest = 'x'"),
)  # fmt: skip


class Asked(NamedTuple):
    """The cast, and the ids that the statements speak of."""

    cast: Cast
    ids: dict[str, object]


@pytest_asyncio.fixture(loop_scope="session")
async def asked(cast: Cast) -> Asked:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY, start=500)
    paid = await brought_to(cast, await drafted(cast, placed, FIRST, DAY), StatementState.PAID)
    second, third, fourth = (DAY.replace(day=DAY.day + n) for n in (1, 2, 3))
    await delivered(cast, placed, second, start=500)
    approved = await brought_to(cast, await drafted(cast, placed, second, second), StatementState.APPROVED)
    await delivered(cast, placed, third, start=500)
    draft = await drafted(cast, placed, third, third)
    held = await delivered(cast, placed, third, state=VerdictState.HELD, start=700)
    free = await delivered(cast, placed, fourth, start=500)
    async with database.transaction(cast.system):
        await database.execute(
            "INSERT INTO contract (county, lot, provider, number, term_from, term_to, ceiling, original_ceiling,"
            " reserved, delivered, settled, paid, state) SELECT county, lot, provider, 'other', term_to + 1,"
            " term_to + 2, 1000, 1000, 0, 0, 0, 0, 'draft' FROM contract WHERE id = :id",
            id=placed.contract,
        )
        foreign = await database.number(
            "WITH k AS (INSERT INTO contract_line (contract, service_item, pricing, rate, quantity, reserved,"
            " delivered, two_workers_pay_twice) SELECT c.id, k.service_item, k.pricing, k.rate, 10, 0, 0,"
            " k.two_workers_pay_twice FROM contract_line k, contract c WHERE k.id = :line AND c.number = 'other'"
            " RETURNING id)"
            " INSERT INTO service_line (county, supplier, station, service_record, service_item, contract_line,"
            " minutes, workers, units, rate, amount) SELECT l.county, l.supplier, l.station, l.service_record,"
            " l.service_item, k.id, 60, 1, 1, 60, 60 FROM service_line l, k WHERE l.id = :free RETURNING id",
            line=placed.contract_line,
            free=free.line,
        )
    ids: dict[str, object] = {
        "paid": paid, "approved": approved, "draft": draft, "held_visit": held.visit, "held_line": held.line,
        "free_line": free.line, "foreign_line": foreign, "finance": cast.finance.user, "stranger": cast.stranger.user,
    }  # fmt: skip
    return Asked(cast, ids)


@pytest.mark.parametrize(
    "number", range(len(STATEMENTS)), ids=lambda n: f"{STATEMENTS[n][0]}: {STATEMENTS[n][1]}"[:70]
)
async def test_a_statement_under_a_wrong_scope_is_refused(asked: Asked, number: int) -> None:
    who, sql = STATEMENTS[number]
    scope = getattr(asked.cast, who)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)):
        async with database.transaction(scope):
            await database.execute(sql.format(me=scope.user, **asked.ids))


async def test_a_password_is_read_for_a_log_in_and_by_whose_it_is(cast: Cast) -> None:
    for scope in (cast.system, cast.finance):
        async with database.transaction(scope):
            secret = await database.value(str, "SELECT password FROM account_secrets(:id)", id=cast.finance.user)
        assert secret == "-"


async def test_only_a_role_that_the_promises_bind_starts(servers: Servers, engine: str) -> None:
    await schema.refuse_mighty(servers.application(engine))
    with pytest.raises(StartError, match="DATABASE_URL names the role") as refused:
        await schema.refuse_mighty(servers.owner(engine))
    assert "\n" not in str(refused.value)


def _as(dsn: str, role: str) -> str:
    """The application's address, for another role."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{role}:{role}@{parts.netloc.rpartition('@')[2]}"))


@pytest.mark.parametrize(
    ("rights", "why"),
    [("SUPERUSER", "a superuser"), ("BYPASSRLS", "row-level security"), ("IN ROLE {owner}", "or may become so")],
)
async def test_a_mighty_role_is_refused_at_the_start(servers: Servers, engine: str, rights: str, why: str) -> None:
    owner = await asyncpg.connect(servers.owner(engine))
    try:
        name = await owner.fetchval("SELECT current_user::text")
        await owner.execute(f"CREATE ROLE mighty LOGIN PASSWORD 'mighty' {rights.format(owner=name)}")
        try:
            with pytest.raises(StartError, match=why):
                await schema.refuse_mighty(_as(servers.application(engine), "mighty"))
        finally:
            await owner.execute("DROP ROLE mighty")
    finally:
        await owner.close()
