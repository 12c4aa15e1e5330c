"""The demo's statements: drafted by providers, reviewed, approved and paid by the bureau."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.delivery.settlement import actions as settlement
from shangmen.delivery.settlement.forms import PaymentForm, ReviewForm, StatementForm
from shangmen.demo.month import at
from shangmen.demo.places import County
from shangmen.errors import Refused


@dataclass(frozen=True)
class ContractRow(database.Row):
    """A contract in force."""

    id: int
    provider: int


async def settle(made: County, first: date, last: date, on: date) -> None:
    """One statement a contract, all but the last two paid: one waits for approval, one for review."""
    async with database.transaction(made.system):
        contracts = await database.rows(
            ContractRow,
            "SELECT id, provider FROM contract WHERE county = :county AND state = 'in_force' ORDER BY id",
            county=made.county,
        )
    drafted = []
    with at(on, 520):
        for contract in contracts:
            manager = await made.scope(f"provider{made.providers.index(contract.provider) + 1}")
            try:
                statement = await settlement.draft(
                    manager, StatementForm(contract=contract.id, period_from=first, period_to=last)
                )
            except Refused:  # a contract under which nobody was served has nothing to settle
                continue
            await settlement.submit(manager, statement)
            drafted.append(statement)
    with at(on, 530):
        for statement in drafted[:-1]:
            await settlement.review(await made.scope("bureau"), statement, ReviewForm())
    with at(on, 540):
        for statement in drafted[:-2]:
            await settlement.approve(await made.scope("bureau2"), statement)
    with at(on, 550):
        for statement in drafted[:-2]:
            await settlement.pay(
                await made.scope("finance"), statement, PaymentForm(payment_reference=f"SYN-{statement:06d}")
            )
