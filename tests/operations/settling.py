"""Statements taken through their steps by processes that may be killed: `python -m tests.operations.settling`.

The first process has imported everything and makes children that do the work, so that another one is there at once
where one was killed.
"""

import asyncio
import os
import pickle
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.settlement import actions
from shangmen.delivery.settlement.forms import PaymentForm, ReviewForm, StatementForm
from shangmen.delivery.settlement.states import StatementState
from shangmen.errors import DatabaseAway, DomainError
from shangmen.wiring import wire
from tests.cast import Cast
from tests.copies import copy, fresh
from tests.delivery.settlement_rows import cleaned, delivered

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
NOW = clock.at(date(2026, 7, 1), 600)


@dataclass(frozen=True)
class Work:
    """Contracts with verified visits, three months of each to be settled."""

    cast: Cast
    contracts: list[int]

    def months(self) -> list[tuple[int, date]]:
        """What there is to settle."""
        return [(contract, month) for contract in self.contracts for month in MONTHS]


async def make_work(owner: asyncpg.Connection, cast: Cast, contracts: int, visits: int) -> Work:
    """So many contracts with so many visits in each month, at amounts that do not add up to round sums."""
    placed = await cleaned(cast)
    one = await delivered(cast, placed, date(2026, 3, 2))
    verdict = await owner.fetchval("SELECT id FROM verdict WHERE visit = $1", one.visit)
    when = "(c.month + (c.n % 28) * interval '1 day' + (c.n % 9 + 8) * interval '1 hour') AT TIME ZONE 'Asia/Shanghai'"
    months = ", ".join(f"('{month}'::timestamp)" for month in MONTHS)
    statements = [
        "SET session_replication_role = replica",
        f"CREATE TEMP TABLE deal AS SELECT k, {fresh('lot')} AS lot, {fresh('contract')} AS contract,"
        f" {fresh('contract_line')} AS line FROM generate_series(1, {contracts}) k",
        copy("lot", placed.lot, "deal d", id="d.lot", number="t.number || '-' || d.k"),
        copy("contract", placed.contract, "deal d", id="d.contract", lot="d.lot", number="t.number || '-' || d.k",
             ceiling="99999999", original_ceiling="99999999", delivered="0"),
        copy("contract_line", placed.contract_line, "deal d", id="d.line", contract="d.contract", quantity="999999"),
        f"CREATE TEMP TABLE came AS SELECT d.*, m.month, n, {fresh('visit')} AS visit,"
        f" {fresh('service_record')} AS record, 60 + (n * 37 + k) % 100 * 0.01 AS amount"
        f" FROM deal d, (VALUES {months}) m(month), generate_series(1, {visits}) n",
        copy("visit", one.visit, "came c", id="c.visit", day="c.month + (c.n % 28) * interval '1 day'",
             planned_start=when, planned_end=f"{when} + interval '1 hour'"),
        copy("service_record", one.record, "came c", id="c.record", visit="c.visit", begun_at=when,
             ended_at=f"{when} + interval '1 hour'"),
        copy("service_line", one.line, "came c", service_record="c.record", contract_line="c.line",
             amount="c.amount"),
        copy("verdict", verdict, "came c", visit="c.visit", service_record="c.record"),
        "UPDATE contract k SET delivered = c.sum FROM (SELECT contract, sum(amount) FROM came GROUP BY contract) c"
        " WHERE k.id = c.contract",
        "SET session_replication_role = origin",
    ]  # fmt: skip
    for statement in statements:
        await owner.execute(statement)
    return Work(cast, [row["contract"] for row in await owner.fetch("SELECT contract FROM deal ORDER BY k")])


@database.scoped
async def _standing(scope: Scope, contract: int, month: date) -> tuple[int, str] | None:
    found = await database.rows(
        Standing,
        "SELECT id, state FROM statement WHERE contract = :contract AND period_from = :month",
        contract=contract,
        month=month,
    )
    return (found[0].id, found[0].state) if found else None


@dataclass(frozen=True)
class Standing(database.Row):
    """Where a statement stands."""

    id: int
    state: str


async def settle(work: Work, dsn: str, told: Path) -> None:
    """Take the next step of some month, again and again, until all are paid; note each step that was answered."""
    clock.set_to(NOW)
    database.use(dsn)
    wire()
    await database.open_pool(1)
    cast = work.cast
    steps: dict[str, Callable[[int], Awaitable[object]]] = {
        StatementState.DRAFT: lambda id: actions.submit(cast.provider_a, id),
        StatementState.SUBMITTED: lambda id: actions.review(cast.bureau, id, ReviewForm()),
        StatementState.REVIEWED: lambda id: actions.approve(cast.approver, id),
        StatementState.APPROVED: lambda id: actions.pay(cast.finance, id, PaymentForm("ZF-1")),
    }
    after = {
        "": "draft",
        StatementState.DRAFT: "submit",
        StatementState.SUBMITTED: "review",
        StatementState.REVIEWED: "approve",
        StatementState.APPROVED: "pay",
    }
    months = work.months()
    note = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while months:
        contract, month = random.choice(months)
        try:
            standing = await _standing(cast.provider_a, contract, month)
            if standing is None:
                id = await actions.draft(cast.provider_a, StatementForm(contract, *clock.month_of(month)))
            elif standing[1] == StatementState.PAID:
                months.remove((contract, month))
                continue
            else:
                id = standing[0]
                await steps[standing[1]](id)
        except DomainError:
            await asyncio.sleep(0.01)  # somebody else took the step; or the database is away
            continue
        except DatabaseAway:
            await asyncio.sleep(0.05)
            continue
        os.write(note, f"{id} {after[standing[1] if standing else '']}\n".encode())


def main(file: str, dsn: str, told: str, children: int) -> None:
    """Keep so many children at work until one of them has found everything paid."""
    work: Work = pickle.loads(Path(file).read_bytes())  # noqa: S301 -- the test's own file
    at_work: set[int] = set()
    paid = False
    while at_work or not paid:
        while not paid and len(at_work) < children:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    random.seed()
                    asyncio.run(settle(work, dsn, Path(told)))
                    status = 0
                finally:
                    os._exit(status)
            at_work.add(child)
        child, status = os.wait()
        at_work.discard(child)
        paid = paid or status == 0


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
