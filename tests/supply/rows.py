"""What the tests of supply stand on, made through the verbs: a lot, a contract with a line, a waiting need."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from piccolo.table import Table

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.tasks.tables import Task
from shangmen.supply.contracts import actions as contracts
from shangmen.supply.contracts.forms import ContractForm, LineForm
from shangmen.supply.contracts.lots import actions as lots
from shangmen.supply.contracts.lots.forms import LotForm
from shangmen.supply.placements.offers import actions as offers
from tests.cast import Cast

Stored = TypeVar("Stored", bound=Table)


@dataclass(frozen=True)
class Bought:
    """Ids of what was bought."""

    lot: int
    contract: int
    line: int


def lot_form(cast: Cast, **changes: Any) -> LotForm:
    """A lot over both townships for the three services of the cast, for a year around today."""
    values: dict[str, Any] = {
        "number": "L-1",
        "name": "东片区照料",
        "townships": [cast.township_a, cast.township_b],
        "service_items": [cast.home_visit, cast.cleaning, cast.bath],
        "ceiling": Decimal("900000"),
        "valid_from": clock.today() - timedelta(days=60),
        "valid_to": clock.today() + timedelta(days=400),
    }
    return LotForm(**{**values, **changes})


def contract_form(cast: Cast, provider: Scope, **changes: Any) -> ContractForm:
    """A contract of a provider for most of that year."""
    assert provider.organisation is not None
    values: dict[str, Any] = {
        "provider": provider.organisation,
        "number": f"C-{provider.organisation}",
        "term_from": clock.today() - timedelta(days=30),
        "term_to": clock.today() + timedelta(days=300),
        "ceiling": Decimal("200000"),
    }
    return ContractForm(**{**values, **changes})


async def drafted(cast: Cast, provider: Scope, **changes: Any) -> tuple[int, int]:
    """A lot and the draft of a contract for it: their ids."""
    await catalogue.load(cast.system)
    lot = await lots.create(cast.bureau, lot_form(cast))
    return lot, await contracts.create(cast.bureau, lot, contract_form(cast, provider, **changes))


async def bought(cast: Cast, provider: Scope, *, item: int | None = None, **changes: Any) -> Bought:
    """A contract in force with one line; rate, quantity, pricing and two_workers_pay_twice are the line's."""
    names = ("pricing", "rate", "quantity", "two_workers_pay_twice")
    values = {name: changes.pop(name) for name in names if name in changes}
    lot, contract = await drafted(cast, provider, **changes)
    terms: dict[str, Any] = {"pricing": "per_visit", "rate": Decimal("40"), "quantity": Decimal("4000"), **values}
    line = await contracts.add_line(cast.bureau, contract, LineForm(service_item=item or cast.home_visit, **terms))
    await contracts.sign(cast.bureau, contract)
    return Bought(lot, contract, line)


async def waiting_need(cast: Cast, person: int | None = None, item: int | None = None, **changes: Any) -> int:
    """An approved need for home visits of a person of station A, four a month from today."""
    await catalogue.load(cast.system)
    form = NeedForm(service_item=item or cast.home_visit, **{"visits_per_month": 4, **changes})
    need = await needs.state(cast.system, person or cast.person_a, form)
    await needs.approve(cast.bureau, need)
    return need


async def offered(cast: Cast, need: int, supplier: Scope, line: int | None, **changes: Any) -> int:
    """An offer of the need to the supplier's organisation, from today on."""
    assert supplier.organisation is not None
    values: dict[str, Any] = {
        "contract_line": line,
        "metres": 8200,
        "matching_run": None,
        "valid_from": clock.today(),
        "valid_to": None,
    }
    return await offers.offer(cast.bureau, need=need, supplier=supplier.organisation, **{**values, **changes})


async def placed(cast: Cast, supplier: Scope, line: int | None, **changes: Any) -> int:
    """A placement of a new need of person A with the supplier."""
    offer = await offered(cast, await waiting_need(cast), supplier, line, **changes)
    return await offers.accept(supplier, offer)


@database.scoped
async def row(scope: Scope, table: type[Stored], id: int) -> Stored:
    """A row by its id, as the scope may see it."""
    return await database.read(table, id)


@database.scoped
async def open_tasks(scope: Scope, kind: str) -> list[Task]:
    """Tasks of a kind that are open."""
    return await Task.objects().where(Task.kind == kind, Task.closed_at.is_null()).order_by(Task.id)


def days(number: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=number)
