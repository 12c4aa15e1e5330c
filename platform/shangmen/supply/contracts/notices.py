"""What waits for somebody because of contracts: drafts to sign, money and terms that come to their end."""

from functools import partial

from shangmen.access import Role, Scope
from shangmen.foundation.tasks.waiting import Kind, Standing, own
from shangmen.supply.contracts.queries import Watch, watched
from shangmen.supply.contracts.states import ContractState


async def _watched(scope: Scope, what: Watch) -> Standing:
    return await watched(scope, what)


def _to_watch(what: Watch, title: str, *instead: str) -> Kind:
    return Kind(
        f"contracts_{what}", title, "Look at them", (Role.BUREAU_OFFICER,), "contracts.list", own(watch=what),
        count=partial(_watched, what=what), instead=instead, due=True,
    )  # fmt: skip


WAITING = (
    Kind(
        "contracts_to_sign", "Contracts to sign", "Sign", (Role.BUREAU_OFFICER,),
        "contracts.list", own(state=ContractState.DRAFT),
        "SELECT count(*) AS count, min(term_from) AS day FROM contract"
        " WHERE state = 'draft' AND county = ANY(:counties)",
        due=True,
    ),
    _to_watch(Watch.MONEY, "Contracts whose money is nearly all committed", "contract_running_out"),
    _to_watch(Watch.TERM, "Contracts that end", "contract_ending"),
)  # fmt: skip
