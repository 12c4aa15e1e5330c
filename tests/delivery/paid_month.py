"""A month of visits with every verdict, that was settled, paid and sealed: what there is to prove."""

from dataclasses import dataclass
from datetime import timedelta

from shangmen import clock
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.verification import actions as verification
from shangmen.delivery.settlement.states import StatementState
from shangmen.foundation.audit import actions
from tests.cast import Cast
from tests.delivery.recording import DAY, held, load_parameters, logged, signature
from tests.delivery.rows import placed_need
from tests.delivery.settlement_rows import LAST, brought_to, drafted

NINE = clock.at(DAY, 540)


@dataclass(frozen=True)
class Month:
    """Ids of some of its rows."""

    first_record: int
    last_record: int
    held_visit: int
    held_record: int


async def paid_month(cast: Cast) -> Month:
    """Visits of the cast's first worker; the clock stands at the end of the month afterwards."""
    await load_parameters(cast)
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    first = last = 0
    for n in range(4):
        _visit, last = await logged(
            cast, placed, cast.worker_a, NINE + timedelta(days=n), confirmation=None, signature=signature(n)
        )
        first = first or last
    clock.set_to(NINE + timedelta(days=5))
    held_visit, held_record = await held(cast, placed, cast.worker_a, NINE + timedelta(days=5))
    _visit, accepted = await held(cast, placed, cast.worker_a, NINE + timedelta(days=6))
    await verification.accept(cast.station_a, accepted, ReasonForm(reason="已电话核实"))
    clock.set_to(clock.at(LAST, 600))
    await actions.seal(cast.system, DAY)
    await brought_to(cast, await drafted(cast, placed), StatementState.PAID)
    await actions.seal(cast.system, LAST)
    return Month(first, last, held_visit, held_record)
