"""What a date brings to contracts: terms end and give back what they reserved; the end is told ahead."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import database, effects
from shangmen.access import Role, Scope
from shangmen.clock import Contradiction
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts.events import ContractEnded
from shangmen.supply.contracts.queries import TERM_STEPS
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract

ENDING = "contract_ending"

OVER = "state IN ('in_force', 'suspended') AND term_to < :day"
HOLDS = "state = 'ended' AND reserved > 0"  # and nothing is reserved for what never comes


@dataclass(frozen=True)
class _Ending(database.Row):
    id: int
    number: str
    provider: str
    term_to: date
    waiting: int


async def bring(scope: Scope, day: date) -> Counter[str]:
    """End the terms that are over, and tell the bureau of those that end soon."""
    done: Counter[str] = Counter()
    for id in await database.values(
        int, f"SELECT id FROM contract WHERE county = :county AND {OVER} ORDER BY id", county=scope.county, day=day
    ):
        await end(scope, id)
        done["ended"] += 1
    done["endings_told"] = await _tell(scope, day)
    return done


async def end(scope: Scope, id: int) -> None:
    """End a contract whose term is over; what is served under it ends with it. Publishes ContractEnded."""
    contract = await database.lock(Contract, id)
    state = ContractState(contract.state).to(ContractState.ENDED)
    await database.change(Contract, id, {Contract.state: state})
    record(scope, "contracts.end", "contract", id, number=contract.number, on=contract.term_to)
    await tasks.close(scope, ENDING, "contract", id)
    await tasks.close(scope, "contract_running_out", "contract", id)
    await effects.publish(scope, ContractEnded(id, contract.term_to))


async def _tell(scope: Scope, day: date) -> int:
    bureau = await organisations.bureau(scope)
    told = 0
    for row in await database.rows(
        _Ending,
        """
        SELECT c.id, c.number, o.name AS provider, c.term_to,
               (SELECT count(*) FROM placement p JOIN contract_line l ON l.id = p.contract_line
                WHERE l.contract = c.id AND p.state = 'in_force') AS waiting
        FROM contract c JOIN organisation o ON o.id = c.provider
        WHERE c.county = :county AND c.state IN ('in_force', 'suspended') AND c.term_to BETWEEN :day AND :until
        ORDER BY c.id
        """,
        county=scope.county,
        day=day,
        until=day + timedelta(days=TERM_STEPS[0]),
    ):
        if bureau is not None:
            told += await tasks.remind(
                scope,
                ends=row.term_to,
                steps=TERM_STEPS,
                organisation=bureau,
                role=Role.BUREAU_OFFICER,
                kind=ENDING,
                subject="contract",
                subject_id=row.id,
                route="contracts.show",
                params={"id": row.id},
                message="Contract %(number)s with %(provider)s ends on %(ends)s; %(waiting)s placements rest on it.",
                number=row.number,
                provider=row.provider,
                waiting=row.waiting,
            )
    return told


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Contracts in force past their term, and ended ones that still hold money."""
    return [
        Contradiction(f"contracts.{rule}", "contract", id)
        for rule, condition in (("past_term", OVER), ("ended_and_holds_money", HOLDS))
        for id in await database.values(
            int,
            f"SELECT id FROM contract WHERE county = :county AND {condition} ORDER BY id",
            county=scope.county,
            day=day,
        )
    ]
