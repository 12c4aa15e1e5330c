"""Offers and placements: from the offer to the end, and what happens to the contract, the need and the share."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs import forms as need_forms
from shangmen.demand.needs.frequency import visits_between
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import Person, Share
from shangmen.errors import Conflict, Forbidden, NotFound, Refused
from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations.forms import ReasonForm as LossForm
from shangmen.supply.contracts import actions as contracts
from shangmen.supply.contracts import ledger
from shangmen.supply.contracts.forms import ReasonForm as ContractReason
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot
from shangmen.supply.placements import actions, consumption, queries
from shangmen.supply.placements.forms import EndForm, ReasonForm
from shangmen.supply.placements.offers import actions as offers
from shangmen.supply.placements.tables import Offer, Placement
from tests.cast import Cast
from tests.supply.rows import bought, days, offered, open_tasks, placed, row, waiting_need
from tests.supply.test_contracts import qualification

D = Decimal
ZERO = D("0.00")


async def _held(cast: Cast, line: int) -> tuple[Any, Any]:
    seen = await row(cast.system, ContractLine, line)
    return seen.reserved, (await row(cast.system, Contract, seen.contract)).reserved


async def test_an_offer_stands_on_the_suppliers_list_and_its_acceptance_opens_the_file(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    with pytest.raises(NotFound):
        await people.person(cast.provider_a, cast.person_a)
    offer = await offered(cast, need, cast.provider_a, made.line)
    with pytest.raises(NotFound):
        await people.person(cast.provider_a, cast.person_a)
    (task,) = await open_tasks(cast.provider_a, "offer_waiting")
    assert (task.organisation, task.role, task.due) == (
        cast.provider_a.organisation, "provider_manager", days(3),
    )  # fmt: skip
    assert (await row(cast.bureau, Offer, offer)).state == "offered"
    await offers.accept(cast.provider_a, offer)
    assert (await people.person(cast.provider_a, cast.person_a)).id == cast.person_a


async def test_accepting_holds_the_visits_of_the_term_and_places_the_need(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, rate=D("40"))
    need = await waiting_need(cast)
    placement = await offers.accept(cast.provider_a, await offered(cast, need, cast.provider_a, made.line))
    visits = visits_between(4, days(0), days(300))
    assert await _held(cast, made.line) == (D(visits), D(40 * visits))
    seen = await row(cast.provider_a, Placement, placement)
    assert (seen.reserved_units, seen.reserved_yuan) == (D(visits), D(40 * visits))
    assert (seen.valid_from, seen.valid_to, seen.state) == (days(0), days(300), "in_force")
    assert (await row(cast.bureau, Need, need)).state == "placed"
    assert await open_tasks(cast.system, "offer_waiting") == []


async def test_a_late_acceptance_holds_and_begins_from_the_day_of_the_answer(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, rate=D("40"))
    offer = await offered(cast, await waiting_need(cast), cast.provider_a, made.line)
    with clock.stopped_at(clock.now() + timedelta(days=60)):
        placement = await offers.accept(cast.provider_a, offer)
    seen = await row(cast.provider_a, Placement, placement)
    visits = visits_between(4, days(60), days(300))
    assert (seen.valid_from, seen.valid_to) == (days(60), days(300))
    assert (seen.reserved_units, seen.reserved_yuan) == (D(visits), D(40 * visits))
    assert await _held(cast, made.line) == (D(visits), D(40 * visits))


async def test_an_early_acceptance_begins_on_the_day_that_was_offered(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    offer = await offered(cast, await waiting_need(cast), cast.provider_a, made.line, valid_from=days(20))
    assert (await row(cast.bureau, Placement, await offers.accept(cast.provider_a, offer))).valid_from == days(20)


async def test_an_offer_whose_days_are_over_is_not_accepted(cast: Cast) -> None:
    need = await waiting_need(cast, valid_to=days(10))
    offer = await offered(cast, need, cast.station_a, None)
    with clock.stopped_at(clock.now() + timedelta(days=11)), pytest.raises(Conflict, match="are over"):
        await offers.accept(cast.station_a, offer)


async def test_the_term_ends_with_the_need(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast, valid_to=days(30))
    placement = await offers.accept(cast.provider_a, await offered(cast, need, cast.provider_a, made.line))
    assert (await row(cast.bureau, Placement, placement)).valid_to == days(30)


async def test_a_station_accepts_its_own_recipient_without_a_contract(cast: Cast) -> None:
    need = await waiting_need(cast)
    placement = await offers.accept(cast.station_a, await offered(cast, need, cast.station_a, None))
    seen = await row(cast.station_a, Placement, placement)
    assert (seen.contract_line, seen.reserved_yuan, seen.valid_to) == (None, ZERO, None)


async def test_only_the_supplier_answers(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    offer = await offered(cast, await waiting_need(cast), cast.provider_a, made.line)
    for verb, rest in ((offers.accept, ()), (offers.decline, (ReasonForm("no"),))):
        with pytest.raises(Forbidden):
            await verb(cast.station_a, offer, *rest)
        for scope in (cast.provider_b, cast.station_b, cast.stranger_provider):
            with pytest.raises(NotFound):
                await verb(scope, offer, *rest)


async def test_an_offer_is_answered_once(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    offer = await offered(cast, await waiting_need(cast), cast.provider_a, made.line)
    await offers.accept(cast.provider_a, offer)
    with pytest.raises(Conflict):
        await offers.accept(cast.provider_a, offer)
    with pytest.raises(Conflict):
        await offers.decline(cast.provider_a, offer, ReasonForm("too late"))


async def test_a_need_has_one_open_offer(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    await offered(cast, need, cast.provider_a, made.line)
    with pytest.raises(Conflict, match="still open"):
        await offered(cast, need, cast.station_a, None)


async def test_a_draft_is_not_offered(cast: Cast) -> None:
    need = await waiting_need(cast)
    await needs.pause(cast.station_a, need, need_forms.PauseForm(reason="外出探亲"))
    with pytest.raises(Conflict, match="cannot be offered"):
        await offered(cast, need, cast.station_a, None)


async def test_whom_the_lot_does_not_admit_is_neither_offered_nor_accepted(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    offer = await offered(cast, await waiting_need(cast), cast.provider_a, made.line)
    await _admit_only(cast.system, made.lot, "minor")
    with pytest.raises(Refused, match="does not admit the recipient's"):
        await offers.accept(cast.provider_a, offer)
    await offers.withdraw(cast.bureau, offer)
    with pytest.raises(Refused, match="does not admit the recipient's"):
        await offered(cast, (await row(cast.bureau, Offer, offer)).need, cast.provider_a, made.line)


@database.scoped
async def _admit_only(scope: Scope, lot: int, group: str) -> None:
    await database.change(Lot, lot, {Lot.gate: {"groups": [group]}})


async def test_a_line_must_be_the_suppliers_in_force_and_of_the_service(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    cleaning = await waiting_need(cast, item=cast.cleaning)
    with pytest.raises(Refused, match="does not buy this service"):
        await offered(cast, cleaning, cast.provider_a, made.line)
    need = await waiting_need(cast)
    with pytest.raises(Refused, match="another provider"):
        await offered(cast, need, cast.provider_b, made.line)
    with pytest.raises(Refused, match="under a line"):
        await offered(cast, need, cast.provider_a, None)
    with pytest.raises(Refused, match="without a contract line"):
        await offered(cast, need, cast.station_a, made.line)
    with pytest.raises(Refused, match="runs from"):
        await offered(cast, need, cast.provider_a, made.line, valid_from=days(301))
    await contracts.suspend(cast.bureau, made.contract, ContractReason("整改"))
    with pytest.raises(Conflict, match="not in force"):
        await offered(cast, need, cast.provider_a, made.line)


async def test_an_acceptance_beyond_the_ceiling_is_refused_with_what_is_left(cast: Cast) -> None:
    """Scenario 6 up to the refusal."""
    made = await bought(cast, cast.provider_a, ceiling=D("484300"), quantity=D("20000"))
    await ledger.deliver(cast.system, made.line, D("12107"), D("484280"))
    need = await waiting_need(cast)
    offer = await offered(cast, need, cast.provider_a, made.line)
    with pytest.raises(Conflict, match=r"has ¥20\.00 left"):
        await offers.accept(cast.provider_a, offer)
    assert (await row(cast.bureau, Offer, offer)).state == "offered"
    assert (await row(cast.bureau, Need, need)).state == "waiting"
    assert await _held(cast, made.line) == (ZERO, ZERO)


async def test_accepting_all_takes_what_fits_and_leaves_the_rest_open(cast: Cast) -> None:
    visits = visits_between(4, days(0), days(300))
    made = await bought(cast, cast.provider_a, quantity=D(visits))  # room for one
    first = await offered(cast, await waiting_need(cast), cast.provider_a, made.line)
    second = await offered(cast, await waiting_need(cast, cast.person_b), cast.provider_a, made.line)
    assert await offers.accept_all(cast.provider_a) == 1
    assert (await row(cast.bureau, Offer, first)).state == "accepted"
    assert (await row(cast.bureau, Offer, second)).state == "offered"
    assert await _held(cast, made.line) == (D(visits), D(40 * visits))
    assert len(await open_tasks(cast.provider_a, "offer_waiting")) == 1
    assert await offers.accept_all(cast.provider_b) == 0


async def test_after_a_refusal_among_many_the_scope_is_the_suppliers_again(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a, quantity=D("1"))
    await offered(cast, await waiting_need(cast), cast.provider_a, made.line)

    @database.scoped
    async def accept_and_look(scope: Scope) -> tuple[int, int]:
        accepted = await offers.accept_all(scope)
        return accepted, await Person.count()

    assert await accept_and_look(cast.provider_a) == (0, 1)


async def test_a_declined_offer_leaves_the_need_waiting_and_tells_the_bureau_why(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    offer = await offered(cast, need, cast.provider_a, made.line)
    await offers.decline(cast.provider_a, offer, ReasonForm("没有空闲人员"))
    seen = await row(cast.bureau, Offer, offer)
    assert (seen.state, seen.reason, seen.decided_by) == ("declined", "没有空闲人员", cast.provider_a.user)
    assert (await row(cast.bureau, Need, need)).state == "waiting"
    (task,) = await open_tasks(cast.bureau, "offer_declined")
    assert "没有空闲人员" in task.details
    assert await open_tasks(cast.system, "offer_waiting") == []
    share = await _share(cast.system, cast.person_a)
    assert share.valid_to == days(0)
    await offered(cast, need, cast.station_a, None)
    assert await open_tasks(cast.bureau, "offer_declined") == []


@database.scoped
async def _share(scope: Scope, person: int) -> Share:
    found = await Share.objects().where(Share.person == person).order_by(Share.id, ascending=False).first()
    assert found is not None
    return found


async def test_a_withdrawn_offer_can_be_made_again(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    offer = await offered(cast, need, cast.provider_a, made.line)
    await offers.withdraw(cast.bureau, offer)
    with pytest.raises(Conflict):
        await offers.accept(cast.provider_a, offer)
    await offers.accept(cast.provider_a, await offered(cast, need, cast.provider_a, made.line))


async def test_ending_releases_what_was_not_used_and_frees_the_need(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    assert await consumption.deliver(cast.system, placement, D("1"), D("40")) == D("40.00")
    await actions.end(cast.bureau, placement, EndForm(days(10), "服务不合意"))
    assert await _held(cast, made.line) == (ZERO, ZERO)
    seen = await row(cast.bureau, Placement, placement)
    assert (seen.state, seen.valid_to, seen.reserved_yuan) == ("ended", days(10), ZERO)
    assert (await row(cast.bureau, Need, seen.need)).state == "waiting"
    assert (await _share(cast.system, cast.person_a)).valid_to == days(10)
    with pytest.raises(Conflict):
        await actions.end(cast.bureau, placement, EndForm(days(10), "again"))


async def test_the_recipients_station_ends_a_placement_and_the_supplier_does_not(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    with pytest.raises(Forbidden):
        await actions.end(cast.provider_a, placement, EndForm(days(0), "no wish"))
    with pytest.raises(NotFound):
        await actions.end(cast.station_b, placement, EndForm(days(0), "foreign"))
    with pytest.raises(Refused, match="already"):
        await actions.end(cast.station_a, placement, EndForm(days(301), "too late"))
    await actions.end(cast.station_a, placement, EndForm(days(0), "搬到女儿家"))


async def test_a_placement_does_not_end_before_it_begins(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    first = (await row(cast.bureau, Placement, placement)).valid_from
    with pytest.raises(Refused, match="cannot end before") as refused:
        await actions.end(cast.bureau, placement, EndForm(first - timedelta(days=1), "typed wrongly"))
    assert refused.value.field == "on"
    await actions.end(cast.bureau, placement, EndForm(first, "a day only"))


async def test_another_supplier_takes_over_on_its_first_day(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    before = await placed(cast, cast.provider_a, made.line)
    need = (await row(cast.bureau, Placement, before)).need
    offer = await offered(cast, need, cast.station_a, None, valid_from=days(7))
    after = await offers.accept(cast.station_a, offer)
    seen = await row(cast.bureau, Placement, before)
    assert (seen.state, seen.valid_to) == ("ended", days(6))
    assert await _held(cast, made.line) == (ZERO, ZERO)
    assert (await row(cast.bureau, Need, need)).state == "placed"
    assert [p.id for p in await queries.in_force(cast.bureau)] == [after]


async def test_an_ended_need_ends_its_placement_and_withdraws_its_offer(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    other = await waiting_need(cast, item=cast.cleaning)
    offer = await offered(cast, other, cast.station_a, None)
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(kind=StatusKind.DIED, effective=days(-3)))
    seen = await row(cast.bureau, Placement, placement)
    assert (seen.state, seen.valid_to, seen.end_reason) == ("ended", seen.valid_from, "died")  # it was to begin later
    assert (await row(cast.bureau, Offer, offer)).state == "withdrawn"
    assert await _held(cast, made.line) == (ZERO, ZERO)
    assert (await row(cast.bureau, Need, seen.need)).state == "ended"


async def test_a_rejected_visit_frees_its_money(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    before = (await ledger.left(cast.system, made.line)).yuan
    paid = await consumption.deliver(cast.system, placement, D("1"), D("40"))
    assert (await ledger.left(cast.system, made.line)).yuan == before
    await consumption.undeliver(cast.system, placement, D("1"), D("40"), paid)
    assert (await ledger.left(cast.system, made.line)).yuan == before + 40


async def test_a_supplier_that_lost_a_qualification_gets_and_takes_nothing_new(cast: Cast) -> None:
    """Scenario 5 up to block and list."""
    made = await bought(cast, cast.provider_a)
    assert cast.provider_a.organisation is not None
    paper = await qualification(cast.system, cast.provider_a.organisation, cast.county)
    long = await waiting_need(cast, valid_from=days(-20))
    await offers.accept(cast.provider_a, await offered(cast, long, cast.provider_a, made.line, valid_from=days(-20)))
    offer = await offered(cast, await waiting_need(cast, cast.person_b), cast.provider_a, made.line)
    await organisations.suspend_qualification(cast.bureau, paper, LossForm(reason="年检不合格"))
    with pytest.raises(Refused, match="lacks a valid"):
        await offers.accept(cast.provider_a, offer)
    with pytest.raises(Refused, match="lacks a valid"):
        await offered(cast, await waiting_need(cast, item=cast.cleaning), cast.provider_a, made.line)
    (task,) = await open_tasks(cast.bureau, "supplier_blocked")
    details = database.decoded(dict[str, object], task.details)
    assert (details["placements"], details["offers"]) == (1, 1)
    assert await queries.blocked(cast.bureau) == {cast.provider_a.organisation: ["registration"]}
    count, visits = await queries.ahead(cast.bureau, cast.provider_a.organisation)
    year_end = days(0).replace(month=12, day=31)
    assert (count, visits) == (1, visits_between(4, days(0), min(days(300), year_end)))


async def test_a_placement_follows_its_need_to_an_earlier_day_and_back(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    placement = await offers.accept(cast.provider_a, await offered(cast, need, cast.provider_a, made.line))
    await _move_need(cast.system, need, days(59))
    seen = await row(cast.bureau, Placement, placement)
    fewer = visits_between(4, days(0), days(59))
    assert (seen.valid_to, seen.reserved_units) == (days(59), D(fewer))
    assert await _held(cast, made.line) == (D(fewer), D(40 * fewer))
    await _move_need(cast.system, need, None)
    seen = await row(cast.bureau, Placement, placement)
    assert seen.valid_to == days(300)
    assert await _held(cast, made.line) == (seen.reserved_units, seen.reserved_yuan)
    assert seen.reserved_units >= visits_between(4, days(0), days(300))


async def test_an_extension_that_the_contract_cannot_take_is_told_to_the_bureau(cast: Cast) -> None:
    visits = visits_between(4, days(0), days(59))
    made = await bought(cast, cast.provider_a, quantity=D(visits))
    need = await waiting_need(cast, valid_to=days(59))
    placement = await offers.accept(cast.provider_a, await offered(cast, need, cast.provider_a, made.line))
    await _move_need(cast.system, need, None)
    assert (await row(cast.bureau, Placement, placement)).valid_to == days(59)
    assert len(await open_tasks(cast.bureau, "placement_cut_short")) == 1
    assert await _held(cast, made.line) == (D(visits), D(40 * visits))


@database.scoped
async def _move_need(scope: Scope, need: int, last: Any) -> None:
    from shangmen import effects
    from shangmen.demand.needs.events import NeedTermChanged

    await database.change(Need, need, {Need.valid_to: last})
    await effects.publish(scope, NeedTermChanged(need, last))
