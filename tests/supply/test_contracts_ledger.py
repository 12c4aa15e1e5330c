"""When a contract is exhausted."""

import asyncio
import random
from decimal import Decimal

import pytest

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Conflict
from shangmen.supply.contracts import actions, ledger, pricing
from shangmen.supply.contracts.forms import ReasonForm
from shangmen.supply.contracts.tables import Contract, ContractLine
from tests.cast import Cast
from tests.committed import committed
from tests.conftest import NewDatabase, Servers
from tests.sizes import Note, size
from tests.supply.rows import bought, open_tasks, row

D = Decimal
ZERO = D("0.00")


async def _counters(scope: Scope, bought_: object) -> tuple[D, ...]:
    contract = await row(scope, Contract, bought_.contract)  # type: ignore[attr-defined]  # Bought
    line = await row(scope, ContractLine, bought_.line)  # type: ignore[attr-defined]  # Bought
    return contract.reserved, contract.delivered, line.reserved, line.delivered


async def test_a_reservation_beyond_the_ceiling_is_refused_with_what_is_left(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("484300"), quantity=D("20000"))
    await ledger.reserve(cast.system, made.line, D("12000"), D("480000"))
    with pytest.raises(Conflict, match=r"4,300\.00 left, which is less than the ¥4,320\.00"):
        await ledger.reserve(cast.system, made.line, D("108"), D("4320"))
    await ledger.reserve(cast.system, made.line, D("107"), D("4280"))
    assert (await ledger.left(cast.system, made.line)).yuan == D("20.00")


async def test_a_reservation_beyond_the_quantity_is_refused_and_leaves_no_money_behind(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, quantity=D("10"))
    with pytest.raises(Conflict, match=r"10\.00 units left"):
        await ledger.reserve(cast.system, made.line, D("11"), D("440"))
    assert await _counters(cast.system, made) == (ZERO, ZERO, ZERO, ZERO)


async def test_a_refused_reservation_leaves_nothing_within_a_verb_that_goes_on(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, quantity=D("10"))

    @database.scoped
    async def goes_on(scope: Scope) -> None:
        with pytest.raises(Conflict):
            await ledger.reserve(scope, made.line, D("11"), D("440"))

    await goes_on(cast.system)
    assert await _counters(cast.system, made) == (ZERO, ZERO, ZERO, ZERO)


async def test_a_suspended_contract_reserves_nothing_and_still_counts_what_was_delivered(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    await ledger.reserve(cast.system, made.line, D("1"), D("40"))
    await actions.suspend(cast.bureau, made.contract, ReasonForm("整改"))
    with pytest.raises(Conflict, match="not in force"):
        await ledger.reserve(cast.system, made.line, D("1"), D("40"))
    assert await ledger.deliver(cast.system, made.line, D("1"), D("40"), D("1"), D("40")) == D("40.00")


async def test_the_last_visit_is_paid_in_part(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("484300"), quantity=D("20000"))
    for visits in (12_000, 107):
        assert await ledger.deliver(cast.system, made.line, D(visits), D(40 * visits)) == D(40 * visits)
    assert (await row(cast.system, Contract, made.contract)).delivered == D("484280.00")
    assert await ledger.deliver(cast.system, made.line, D("1"), D("40.00")) == D("20.00")
    assert await ledger.deliver(cast.system, made.line, D("1"), D("40.00")) == ZERO
    assert (await row(cast.system, Contract, made.contract)).delivered == D("484300.00")


async def test_what_was_reserved_for_a_visit_pays_for_it_when_the_rest_is_taken(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("400"), quantity=D("10"))
    await ledger.reserve(cast.system, made.line, D("10"), D("400"))
    assert await ledger.deliver(cast.system, made.line, D("1"), D("40")) == ZERO  # nothing is free
    assert await ledger.deliver(cast.system, made.line, D("1"), D("40"), D("1"), D("40")) == D("40.00")
    assert await _counters(cast.system, made) == (D("360"), D("40"), D("9"), D("1"))


async def test_a_rejected_visit_gives_its_money_back_until_it_is_settled(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    paid = await ledger.deliver(cast.system, made.line, D("1"), D("40"))
    await ledger.undeliver(cast.system, made.line, D("1"), D("40"), paid)
    assert await _counters(cast.system, made) == (ZERO, ZERO, ZERO, ZERO)
    await ledger.deliver(cast.system, made.line, D("1"), D("40"))
    await ledger.settle(cast.system, made.contract, D("40"))
    with pytest.raises(Conflict):
        await ledger.undeliver(cast.system, made.line, D("1"), D("40"))


async def test_more_than_was_delivered_is_not_settled_nor_more_than_was_settled_paid(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    await ledger.deliver(cast.system, made.line, D("2"), D("80"))
    with pytest.raises(Conflict, match=r"80\.00 delivered and not yet settled"):
        await ledger.settle(cast.system, made.contract, D("80.01"))
    await ledger.settle(cast.system, made.contract, D("80"))
    with pytest.raises(Conflict, match=r"80\.00 settled and not yet paid"):
        await ledger.pay(cast.system, made.contract, D("80.01"))
    await ledger.pay(cast.system, made.contract, D("80"))
    assert (await row(cast.system, Contract, made.contract)).paid == D("80")


async def test_more_than_is_held_is_not_released(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    await ledger.reserve(cast.system, made.line, D("1"), D("40"))
    with pytest.raises(Conflict):
        await ledger.release(cast.system, made.line, D("1"), D("40.01"))
    with pytest.raises(Conflict):
        await ledger.release(cast.system, made.line, D("2"), D("40"))


async def test_passing_a_warning_share_puts_one_task_on_the_bureaus_list(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("1000"), quantity=D("100"))
    await ledger.reserve(cast.system, made.line, D("19"), D("799.99"))
    assert await open_tasks(cast.bureau, "contract_running_out") == []
    await ledger.reserve(cast.system, made.line, D("1"), D("0.01"))
    await ledger.reserve(cast.system, made.line, D("1"), D("50"))
    (task,) = await open_tasks(cast.bureau, "contract_running_out")
    assert database.decoded(dict[str, str], task.details)["share"] == "80"
    await ledger.deliver(cast.system, made.line, D("1"), D("100"))
    (task,) = await open_tasks(cast.bureau, "contract_running_out")
    assert database.decoded(dict[str, str], task.details)["share"] == "90"
    await ledger.release(cast.system, made.line, D("21"), D("850"))
    assert await open_tasks(cast.bureau, "contract_running_out") == []


class Book:
    """The ledger once more, in plain Python."""

    def __init__(self, ceiling: D, quantities: list[D]) -> None:
        self.ceiling, self.quantities = ceiling, quantities
        self.money = [ZERO, ZERO]
        self.units = [[ZERO, ZERO] for _ in quantities]

    def reserve(self, line: int, units: D, yuan: D) -> bool:
        held, done = self.units[line]
        if sum(self.money) + yuan > self.ceiling or held + done + units > self.quantities[line]:
            return False
        self.money[0] += yuan
        self.units[line][0] += units
        return True

    def release(self, line: int, units: D, yuan: D) -> bool:
        if self.money[0] < yuan or self.units[line][0] < units:
            return False
        self.money[0] -= yuan
        self.units[line][0] -= units
        return True

    def deliver(self, line: int, units: D, yuan: D, held_units: D, held_yuan: D) -> D | None:
        if not self.release(line, held_units, held_yuan):
            return None
        paid = pricing.payable(
            units, yuan, self.quantities[line] - sum(self.units[line]), self.ceiling - sum(self.money)
        )
        self.money[1] += paid
        self.units[line][1] += pricing.counted(units, yuan, paid)
        return paid

    def undeliver(self, line: int, units: D, yuan: D, paid: D) -> None:
        self.money[1] -= paid
        self.units[line][1] -= pricing.counted(units, yuan, paid)


async def _walk(cast: Cast, steps: int, seed: int) -> None:
    made = await bought(cast, cast.provider_a, ceiling=D("2000"), quantity=D("40"))
    book, chance = Book(D("2000"), [D("40")]), random.Random(seed)
    delivered: list[tuple[D, D, D]] = []

    @database.scoped
    async def step(scope: Scope) -> None:
        units = D(chance.randint(0, 500)) / 100
        yuan = D(chance.randint(0, 25_000)) / 100
        kind = chance.choice(["reserve", "reserve", "release", "deliver", "undeliver"])
        if kind == "undeliver" and delivered:
            back = delivered.pop(chance.randrange(len(delivered)))
            book.undeliver(0, *back)
            await ledger.undeliver(scope, made.line, *back)
        elif kind == "deliver":
            held = min(units, book.units[0][0]), min(yuan, book.money[0])
            if chance.random() < 0.1:
                held = held[0] + 1, held[1]
            expected = book.deliver(0, units, yuan, *held)
            if expected is None:
                with pytest.raises(Conflict):
                    await ledger.deliver(scope, made.line, units, yuan, *held)
            else:
                assert await ledger.deliver(scope, made.line, units, yuan, *held) == expected
                delivered.append((units, yuan, expected))
        elif kind in ("reserve", "release"):
            if getattr(book, kind)(0, units, yuan):
                await getattr(ledger, kind)(scope, made.line, units, yuan)
            else:
                before = await _counters(scope, made)
                with pytest.raises(Conflict):
                    await getattr(ledger, kind)(scope, made.line, units, yuan)
                assert await _counters(scope, made) == before
        counters = await _counters(scope, made)
        assert counters == (*book.money, *book.units[0])
        assert min(counters) >= 0 and counters[0] + counters[1] <= 2000 and counters[2] + counters[3] <= 40

    for _ in range(steps):
        await step(cast.system)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_random_walk_stays_within_the_ceiling_and_equals_a_replay(
    cast: Cast, seed: int, record_property: Note
) -> None:
    steps = size(300, 10_000)
    await _walk(cast, steps, seed)
    record_property("seen", f"{steps} steps")


async def test_many_at_once_get_exactly_the_places_that_there_are(
    engine: str, servers: Servers, new_database: NewDatabase, record_property: Note
) -> None:
    places, tries, rounds = size(25, 100), size(120, 2000), size(1, 20)
    async with committed(servers, engine, new_database, 12) as cast:
        made = await bought(cast, cast.provider_a, quantity=D(places), ceiling=D(40 * places))

        async def attempt() -> bool:
            try:
                await ledger.reserve(cast.system, made.line, D("1"), D("40"))
            except Conflict:
                return False
            return True

        for _ in range(rounds):
            won = await asyncio.gather(*(attempt() for _ in range(tries)))
            assert sum(won) == places
            assert await _counters(cast.system, made) == (D(40 * places), ZERO, D(places), ZERO)
            await ledger.release(cast.system, made.line, D(places), D(40 * places))
        record_property("seen", f"{places} of {tries} in each of {rounds} rounds")
