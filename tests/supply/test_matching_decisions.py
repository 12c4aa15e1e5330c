"""What people make of a run: approve it, override it, pin a need; and what the next run makes of that."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import pytest
import pytest_asyncio

from shangmen import clock, wiring
from shangmen.access import Scope
from shangmen.errors import Conflict, Refused
from shangmen.supply.matching_runs import actions, queries
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.certificate import Certificate
from shangmen.supply.matching_runs.decisions import actions as decisions
from shangmen.supply.matching_runs.decisions.forms import OverrideForm, PinForm
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.proposals.queries import proposal, tallies
from shangmen.supply.matching_runs.run import inputs
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.offers import actions as offer_actions
from shangmen.supply.placements.states import OfferState
from tests.cast import Cast
from tests.conftest import Browser
from tests.supply.matching_steps import execute, full_station, offers, placed_need, proposed, says, solved, standing
from tests.supply.matching_world import add_contract, add_need, add_worker, law


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def world(cast: Cast) -> None:
    await law(cast)
    wiring.wire()


async def test_approving_makes_each_offer_once(cast: Cast) -> None:
    visit = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    await add_need(cast.system, cast, cast.person_b, cast.bath)
    run = await solved(cast)
    assert await approval.approve(cast.approver, run) == 1
    (offer,) = await offers(cast.bureau, run)
    assert (offer.need, offer.supplier, offer.state) == (visit, cast.station_a.organisation, OfferState.OFFERED)
    with pytest.raises(Conflict):
        await approval.approve(cast.bureau, run)
    assert len(await offers(cast.bureau, run)) == 1
    assert (await queries.run(cast.bureau, run)).approved_by_name == "approver"


async def test_a_need_that_changed_since_the_run_is_skipped_and_listed(cast: Cast) -> None:
    changed = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    other = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    await execute(cast.system, "UPDATE need SET version = version + 1 WHERE id = :id", id=changed)
    assert await approval.approve(cast.bureau, run) == 1
    found = await queries.run(cast.bureau, run)
    assert found.certificate is not None
    assert [row.need for row in found.certificate.skipped] == [changed]
    (offer,) = await offers(cast.bureau)
    assert offer.need == other


async def test_what_is_offered_is_not_matched_again_and_keeps_its_hours(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    await approval.approve(cast.bureau, await solved(cast))
    later = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    facts = await inputs.facts(cast.system, await inputs.policy(cast.system, RunForm(starts_on=clock.today())))
    assert [one.id for one in facts.needs] == [later]
    assert [(one.need.id, one.reserved) for one in facts.commitments] == [(need, False)]


async def test_a_move_that_is_offered_takes_hours_of_both_suppliers_until_it_is_accepted(cast: Cast) -> None:
    need = await placed_need(cast)
    await add_worker(cast.system, cast, cast.station_b.organisation or 0, "male")
    run = await solved(cast, "free", neighbours=True)
    await decisions.override(cast.bureau, run, need, OverrideForm(f"{cast.station_b.organisation}:", "家属要求更换"))
    await approval.approve(cast.bureau, run)
    facts = await inputs.facts(cast.system, await inputs.policy(cast.system, RunForm(starts_on=clock.today())))
    assert [(one.need.id, one.supplier, one.reserved) for one in facts.commitments] == [
        (need, cast.station_b.organisation, False),
        (need, cast.station_a.organisation, True),
    ]


async def test_an_offer_takes_its_own_days_however_late_the_run_begins(cast: Cast) -> None:
    provider = cast.provider_a.organisation or 0
    await add_worker(cast.system, cast, provider, "female", "bath_training")
    await add_contract(cast.system, cast, provider, [cast.bath], [cast.township_a])
    await add_need(cast.system, cast, cast.person_a, cast.bath)
    await approval.approve(cast.bureau, await solved(cast))
    holds = []
    for first in (clock.today(), clock.today() + timedelta(days=100)):
        facts = await inputs.facts(cast.system, await inputs.policy(cast.system, RunForm(starts_on=first)))
        holds.append([one.holds for one in facts.commitments])
    assert holds[0] == holds[1] != [None]


async def test_a_supplier_that_declined_is_not_proposed_again_until_some_time_has_passed(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    await approval.approve(cast.bureau, await solved(cast))
    (offer,) = await offers(cast.bureau)
    await offer_actions.decline(cast.station_a, offer.id, ReasonForm("人手不足"))
    run = await solved(cast)
    assert await proposed(cast, run) == {need: None}
    assert (await says(cast, run, need)).reasons[0].sentence == "该服务方近期已拒绝过本需求的派单。"
    await actions.cancel(cast.bureau, run)
    with clock.stopped_at(clock.now() + timedelta(days=61)):
        assert await proposed(cast, await solved(cast)) == {need: cast.station_a.organisation}


async def test_a_placed_need_is_left_alone_or_matched_again_as_the_policy_says(cast: Cast) -> None:
    need = await placed_need(cast)
    assert await proposed(cast, await solved(cast, "leave")) == {}
    again = await solved(cast, "keep")
    assert await proposed(cast, again) == {need: cast.station_a.organisation}
    assert (await tallies(cast.bureau, again)).change == {"kept": 1}
    assert await approval.approve(cast.bureau, again) == 0


async def test_a_moved_need_keeps_its_placement_until_the_new_supplier_accepts(cast: Cast) -> None:
    need = await placed_need(cast)
    await add_worker(cast.system, cast, cast.station_b.organisation or 0, "male")
    first = await solved(cast, "free", neighbours=True)
    await decisions.override(cast.bureau, first, need, OverrideForm(f"{cast.station_b.organisation}:", "家属要求更换"))
    assert await approval.approve(cast.bureau, first) == 1
    assert await standing(cast.bureau) == [cast.station_a.organisation]
    assert await offer_actions.accept_all(cast.station_b) == 1
    assert await standing(cast.bureau) == [cast.station_b.organisation]


async def test_the_weightier_need_comes_first_and_the_other_learns_what_is_missing(cast: Cast) -> None:
    run, _served, left = await full_station(cast)
    told = await says(cast, run, left)
    assert told.reasons[0].code == "NO_CAPACITY"
    assert "工时" in told.change


async def test_an_override_that_breaks_capacity_is_refused_with_what_would_break(cast: Cast) -> None:
    run, _served, left = await full_station(cast)
    form = OverrideForm(f"{cast.station_a.organisation}:", "请优先")
    with pytest.raises(Refused) as refused:
        await decisions.override(cast.bureau, run, left, form)
    assert refused.value.field == "option"
    assert "工时" in str(refused.value.parameters["resource"])
    assert refused.value.parameters["capacity"] == "3.3 小时"


async def test_what_a_person_decided_against_a_pin_does_not_stand_in_the_way_of_the_next_decision(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    station = cast.station_a.organisation
    await decisions.pin(cast.bureau, run, served, PinForm("must", "家属要求", station))
    again = await solved(cast)
    await decisions.override(cast.bureau, again, served, OverrideForm("none", "家属改了主意"))
    await decisions.override(cast.bureau, again, left, OverrideForm(f"{station}:", "情况紧急"))
    assert await proposed(cast, again) == {served: None, left: station}


async def test_an_override_by_way_of_freeing_another_is_kept_with_its_reason(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    await decisions.override(cast.bureau, run, served, OverrideForm("none", "本人暂不需要"))
    await decisions.override(cast.bureau, run, left, OverrideForm(f"{cast.station_a.organisation}:", "情况紧急"))
    assert await proposed(cast, run) == {served: None, left: cast.station_a.organisation}
    row = await proposal(cast.bureau, run, left)
    assert (row.overridden, row.override_reason, row.change) == (True, "情况紧急", "new")
    assert (await proposal(cast.bureau, run, served)).reason == "PINNED"


async def test_an_override_to_nobody_s_option_is_refused(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    for word in (
        f"{cast.provider_b.organisation}:",
        f"{cast.station_a.organisation}:7",
        f"{cast.station_a.organisation}:",
    ):
        with pytest.raises(Refused):
            await decisions.override(cast.bureau, run, need, OverrideForm(word, "试一试"))


async def test_an_approved_run_is_no_longer_changed(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    await approval.approve(cast.bureau, run)
    with pytest.raises(Conflict):
        await decisions.override(cast.bureau, run, need, OverrideForm("none", "太晚了"))
    with pytest.raises(Conflict):
        await actions.cancel(cast.bureau, run)


async def test_a_pin_holds_in_the_next_run_and_is_lifted(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    await decisions.pin(cast.bureau, run, need, PinForm("never", "与工作人员有亲属关系", cast.station_a.organisation))
    next_run = await solved(cast)
    assert await proposed(cast, next_run) == {need: None}
    assert (await says(cast, next_run, need)).reasons[0].code == "PINNED"
    await decisions.pin(cast.bureau, next_run, need, PinForm("lift", "已核实"))
    assert await proposed(cast, await solved(cast)) == {need: cast.station_a.organisation}


async def test_a_need_is_not_pinned_to_a_supplier_that_breaks_a_rule(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    with pytest.raises(Refused) as refused:
        await decisions.pin(cast.bureau, run, need, PinForm("must", "家属要求", cast.station_b.organisation))
    assert refused.value.message == "The station serves another township."


async def proof(cast: Cast, run: int) -> Certificate:
    found = (await queries.run(cast.bureau, run)).certificate
    assert found is not None
    return found


async def test_after_an_override_the_certificate_is_that_of_the_plan_as_it_stands(cast: Cast) -> None:
    run, served, _left = await full_station(cast)
    before = await proof(cast, run)
    assert (before.goals["unserved"].value, before.goals["unserved"].proven, before.proposed) == (1, True, {})
    await decisions.override(cast.bureau, run, served, OverrideForm("none", "本人暂不需要"))
    after = await proof(cast, run)
    unserved = after.goals["unserved"]
    assert (unserved.value, unserved.bound, unserved.proven) == (9, 1, False)
    assert unserved.rechecked is not None and unserved.rechecked <= 1
    assert (after.status, after.served, after.mean_metres, after.goals["travel"].value) == ("feasible", 0, None, 0)
    assert (after.unmet, after.changes) == ({"NOT_CHOSEN": 1, "PINNED": 1}, {"none": 2})
    assert after.proposed == before.goals


async def test_what_is_still_proven_after_an_override_is_called_proven(cast: Cast) -> None:
    one = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    await add_worker(cast.system, cast, cast.station_b.organisation or 0, "female")
    run = await solved(cast, neighbours=True)
    before = await proof(cast, run)
    await decisions.override(cast.bureau, run, one, OverrideForm(f"{cast.station_b.organisation}:", "家属要求"))
    after = await proof(cast, run)
    assert after.goals["unserved"].proven
    travel = after.goals["travel"]
    assert not travel.proven and travel.value > travel.bound >= 0
    assert travel.bound <= before.goals["travel"].value
    assert after.mean_metres == (await proposal(cast.bureau, run, one)).metres


async def test_an_override_that_is_taken_back_has_the_certificate_of_before(cast: Cast) -> None:
    run, served, _left = await full_station(cast)
    station = cast.station_a.organisation
    before = await proof(cast, run)
    await decisions.override(cast.bureau, run, served, OverrideForm("none", "本人暂不需要"))
    await decisions.override(cast.bureau, run, served, OverrideForm(f"{station}:", "又需要了"))
    after = await proof(cast, run)
    assert {name: (goal.value, goal.bound, goal.proven) for name, goal in after.goals.items()} == {
        name: (goal.value, goal.bound, goal.proven) for name, goal in before.goals.items()
    }
    assert (after.status, after.served, after.mean_metres) == (before.status, before.served, before.mean_metres)


async def test_who_overrules_a_pin_is_not_told_that_the_plan_beats_its_bound(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    await decisions.pin(cast.bureau, run, served, PinForm("never", "本人拒绝"))
    again = await solved(cast)
    assert await proposed(cast, again) == {served: None, left: cast.station_a.organisation}
    await decisions.override(cast.bureau, again, left, OverrideForm("none", "暂缓"))
    await decisions.override(cast.bureau, again, served, OverrideForm(f"{cast.station_a.organisation}:", "本人同意了"))
    goal = (await proof(cast, again)).goals["unserved"]
    assert goal.value == 1 and 0 <= goal.bound <= 1  # with the pin, no plan leaves out less than 8


async def test_the_reasons_of_the_others_are_those_of_the_plan_after_an_override(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    assert (await proposal(cast.bureau, run, left)).reason == "NO_CAPACITY"
    await decisions.override(cast.bureau, run, served, OverrideForm("none", "本人暂不需要"))
    row = await proposal(cast.bureau, run, left)
    assert row.reasons[0].sentence == "It has room; the plan found so far does not use it."
    assert (await proposal(cast.bureau, run, served)).reasons[0].sentence == (
        "A person decided that this need stays unserved."
    )


async def test_the_run_page_shows_what_a_change_cost(
    cast: Cast, browser: Callable[[Scope], Awaitable[Browser]]
) -> None:
    run, served, _left = await full_station(cast)
    await decisions.override(cast.bureau, run, served, OverrideForm("none", "本人暂不需要"))
    text = (await (await browser(cast.bureau)).get(f"/matching/{run}")).text
    for word in ("原建议", "调整的代价", "+8", "就现方案而言", "2 项需求中，0 项已有服务方，2 项尚无"):
        assert word in text


@pytest.mark.parametrize("supplier", [False, True], ids=["nobody", "never by it"])
async def test_a_pin_made_after_the_run_stops_its_approval_until_it_is_applied(cast: Cast, supplier: bool) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    who = cast.station_a.organisation if supplier else None
    await decisions.pin(cast.bureau, run, need, PinForm("never", "家属拒绝", who))
    with pytest.raises(Conflict, match="Apply the pins") as refused:
        await approval.approve(cast.bureau, run)
    assert refused.value.parameters["needs"] == f"#{need}"
    assert await offers(cast.bureau) == []
    assert await decisions.apply_pins(cast.bureau, run) == 1
    assert await proposed(cast, run) == {need: None}
    assert await approval.approve(cast.bureau, run) == 0


async def test_a_pin_to_another_supplier_is_applied_and_approved(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    other = cast.station_b.organisation or 0
    await add_worker(cast.system, cast, other, "female")
    run = await solved(cast, neighbours=True)
    await decisions.pin(cast.bureau, run, need, PinForm("must", "家属要求", other))
    with pytest.raises(Conflict):
        await approval.approve(cast.bureau, run)
    await decisions.apply_pins(cast.bureau, run)
    assert await approval.approve(cast.bureau, run) == 1
    (offer,) = await offers(cast.bureau)
    assert offer.supplier == other


async def test_pins_that_do_not_fit_change_nothing_and_say_what_is_short(cast: Cast) -> None:
    run, _served, left = await full_station(cast)
    before = await proposed(cast, run)
    await decisions.pin(cast.bureau, run, left, PinForm("must", "家属要求", cast.station_a.organisation))
    with pytest.raises(Refused) as refused:
        await decisions.apply_pins(cast.bureau, run)
    assert "工时" in str(refused.value.parameters["resource"])
    assert await proposed(cast, run) == before
    await decisions.pin(cast.bureau, run, left, PinForm("lift", "再商量"))
    assert await approval.approve(cast.bureau, run) == 1


async def test_an_override_made_before_a_pin_does_not_outlive_it(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    other = cast.station_b.organisation or 0
    await add_worker(cast.system, cast, other, "female")
    run = await solved(cast, neighbours=True)
    await decisions.override(cast.bureau, run, need, OverrideForm(f"{other}:", "试一试"))
    await decisions.pin(cast.bureau, run, need, PinForm("never", "家属拒绝", other))
    with pytest.raises(Conflict):
        await approval.approve(cast.bureau, run)


async def test_the_pages_say_that_a_pin_stands_against_the_run_and_offer_to_apply_it(
    cast: Cast, browser: Callable[[Scope], Awaitable[Browser]]
) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    visitor = await browser(cast.bureau)
    assert "批准并派单" in (await visitor.get(f"/matching/{run}")).text
    fields = {"kind": "never", "reason": "家属拒绝", "supplier": ""}
    answer = await visitor.post(f"/matching/{run}/needs/{need}/pin", fields)
    assert "本次匹配的建议与之不一致" in (await visitor.get(answer.headers["location"])).text
    text = (await visitor.get(f"/matching/{run}")).text
    assert "与人工指定不一致" in text and "批准并派单" not in text
    assert (await visitor.post(f"/matching/{run}/approve")).status_code == 409
    assert (await visitor.post(f"/matching/{run}/pins")).status_code == 303
    text = (await visitor.get(f"/matching/{run}")).text
    assert "没有可批准的内容" in text and "批准并派单" not in text


@pytest.mark.parametrize(
    ("kind", "whose", "withdrawn"),
    [("never", "offered", True), ("never", "other", False), ("must", "offered", False), ("never", "", True)],
)
async def test_a_pin_against_an_open_offer_withdraws_it_so_that_nobody_accepts_it(
    cast: Cast, kind: Literal["must", "never"], whose: str, withdrawn: bool
) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    await approval.approve(cast.bureau, run)
    (offer,) = await offers(cast.bureau, run)
    supplier = {"offered": offer.supplier, "other": cast.provider_b.organisation, "": None}[whose]
    await decisions.pin(cast.bureau, run, need, PinForm(kind, "家属要求", supplier))
    (now,) = await offers(cast.bureau, run)
    assert (now.state == OfferState.WITHDRAWN) is withdrawn
    if withdrawn:
        with pytest.raises(Conflict):
            await offer_actions.accept(cast.station_a, offer.id)
    else:
        await offer_actions.accept(cast.station_a, offer.id)
