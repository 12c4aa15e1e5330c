"""From facts to a problem: options, resources, goals, ties."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmen.demand.entitlement.rules import Amount, Gate
from shangmen.demand.recipients.states import Category
from shangmen.foundation.organisations.states import OrganisationStatus
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.matching_runs import adapter
from shangmen.supply.matching_runs.certificate import Reason
from shangmen.supply.matching_runs.rules import rules
from shangmen.supply.matching_runs.run import problem, results
from shangmen.supply.matching_runs.run.capacity import monthly_minutes, pool_id, pools
from shangmen.supply.matching_runs.run.problem import Question, build, tie_broken_by
from shangmen.supply.matching_runs.run.snapshot import SEXES, Commitment, Decision, Facts, NeedFacts, SupplierFacts
from shangmen.supply.matching_runs.states import PinKind
from tests.supply.matching_world import bath, facts, line, need, price, provider, station, worker


def capacity(question: Question, resource: str) -> int:
    return next(row.capacity for row in question.problem.resources if row.id == resource)


def plan(facts: Facts, question: Question) -> tuple[adapter.Solution, dict[int, int | None]]:
    solution = adapter.find_plan(question.problem, facts.policy, lambda _progress: None, lambda: False)
    rows = results.proposals(facts, question, solution)
    return solution, {row.need: row.supplier for row in rows}


async def test_a_need_takes_its_visits_and_a_share_of_both_ways() -> None:
    policy = facts([], []).policy
    assert monthly_minutes(need(minutes=30, visits_per_month=4), 7, policy) == 4 * 30 + 4 * 2 * 7 // 2
    assert monthly_minutes(bath(minutes=60, visits_per_month=1), 7, policy) == 2 * 60 + 2 * 2 * 7 // 2


async def test_a_need_draws_on_every_pool_that_its_requirements_name() -> None:
    names = {pool_id(20, pool) for pool in pools(bath())}
    assert names == {
        "s20/hours", "s20/hours+bath_training", "s20/hours+male", "s20/hours+bath_training+male",
    }  # fmt: skip


async def test_a_pool_holds_the_minutes_of_those_who_meet_its_requirements() -> None:
    question = build(facts([bath()], [provider()]), price)
    assert capacity(question, "s20/hours") == 3 * 9600
    assert capacity(question, "s20/hours+bath_training+male") == 2 * 9600
    assert capacity(question, "s20/caseload") == 180


async def test_what_placements_outside_the_run_use_is_taken_off() -> None:
    placed = Commitment(bath(2), 20, 7, reserved=True)
    question = build(facts([bath()], [provider()], commitments=(placed,)), price)
    used = 2 * 4 * 60 + 2 * 4 * 2 * question_minutes(question) // 2
    assert capacity(question, "s20/hours+bath_training+male") == 2 * 9600 - used
    assert capacity(question, "s20/caseload") == 179
    assert capacity(question, "c5/fen") == 100_000_000


def question_minutes(question: Question) -> int:
    """Minutes of the way that every need of these tests has to provider 20."""
    geography = adapter.Geography(facts([], []).policy)
    return geography.way(need(), provider())[1]


async def test_an_open_offer_holds_units_and_money_that_no_counter_knows_of_yet() -> None:
    offered = Commitment(bath(2), 20, 7, reserved=False)
    question = build(facts([bath()], [provider()], commitments=(offered,)), price)
    assert capacity(question, "c5/fen") == 100_000_000 - 48 * 15_000
    assert capacity(question, "l7/units") == 1_000_000 - 4800


async def test_what_offers_take_beyond_what_is_left_is_given_back_before_anything_is_free() -> None:
    """5 left, 8 offered, 4 given back: one is free, not four."""
    tight = provider(lines=(line(units_left=500, fen_left=5 * 15_000),))
    offered = Commitment(bath(2), 20, 7, reserved=False, holds=(800, 8 * 15_000))
    again = bath(present=(20, 7), held=(400, 4 * 15_000))
    asked = facts([again], [tight], commitments=(offered,), policy={"placed": "keep"})
    question = build(asked, price)
    used = question.problem.options[0].usage
    assert (used["l7/units"], used["c5/fen"]) == (400, 4 * 15_000)  # to stay takes what is held, and no more
    assert capacity(question, "l7/units") == 100
    assert capacity(question, "c5/fen") == 15_000


async def test_two_lines_of_one_contract_share_its_money_before_it_is_cut_at_nothing() -> None:
    lines = (line(units_left=5000, fen_left=5 * 15_000), line(8, units_left=5000, fen_left=5 * 15_000))
    offered = Commitment(bath(2), 20, 8, reserved=False, holds=(800, 8 * 15_000))
    again = bath(present=(20, 7), held=(400, 4 * 15_000))
    question = build(facts([again], [provider(lines=lines)], commitments=(offered,)), price)
    assert capacity(question, "c5/fen") == 15_000
    assert capacity(question, "l7/units") == 5400


async def test_a_placement_that_has_delivered_gives_back_only_what_it_still_holds() -> None:
    question = build(facts([bath(present=(20, 7), held=(300, 3 * 15_000))], [provider()]), price)
    assert capacity(question, "l7/units") == 1_000_000 + 300
    assert capacity(question, "c5/fen") == 100_000_000 + 3 * 15_000


async def test_a_placement_that_is_matched_again_gives_back_what_it_holds() -> None:
    full = provider(lines=(line(units_left=0, fen_left=0),))
    again = facts([bath(present=(20, 7))], [full], policy={"placed": "keep"})
    assert plan(again, build(again, price))[1] == {1: 20}


async def test_only_the_nearest_are_kept_and_the_present_supplier_with_them() -> None:
    near = [station(100 + n, spot=(37_290_000, 106_470_000 - n * 1000)) for n in range(12)]
    present = need(present=(111, None))
    question = build(facts([present], near, policy={"neighbours": True}), price)
    kept = [option.supplier for option in question.problem.options]
    assert len(kept) == 9
    assert kept[:8] == [f"s{100 + n}" for n in range(8)]
    assert kept[8] == "s111"


async def test_only_one_man_leaves_the_bath_unserved_and_names_the_missing_man() -> None:
    one_man = provider(workers=(worker(1, "male", "bath_training"), worker(2, "female", "bath_training")))
    asked = facts([bath()], [station(), one_man])
    question = build(asked, price)
    solution, served = plan(asked, question)
    assert served == {1: None}
    row = results.proposals(asked, question, solution)[0]
    assert row.reason == "NO_GENDER"
    assert row.reasons[0].parameters["missing"] == 1
    assert row.reasons[0].parameters["sex"] == "male"


async def test_two_men_serve_it() -> None:
    asked = facts([bath()], [station(), provider()])
    assert plan(asked, build(asked, price))[1] == {1: 20}


async def test_hours_of_men_run_short_before_the_hours_do() -> None:
    tired = provider(
        workers=(
            *(worker(n, "male", "bath_training", minutes=300) for n in (1, 2)),
            worker(3, "female", "bath_training"),
        )
    )
    asked = facts([bath(), bath(2, weight=4)], [tired])
    question = build(asked, price)
    solution, served = plan(asked, question)
    assert served == {1: None, 2: 20}
    assert results.proposals(asked, question, solution)[0].reason == "NO_GENDER"


async def test_equal_ways_go_to_the_own_township() -> None:
    """Scenario 10: the other station is as far, has the lower code, and does not get it."""
    own, other = station(20, code="640324102"), station(10, code="640324101", township=2)
    asked = facts([need()], [other, own], policy={"neighbours": True})
    question = build(asked, price)
    assert plan(asked, question)[1] == {1: 20}
    ties = {option.supplier: option.costs["ties"] for option in question.problem.options}
    assert tie_broken_by(ties["s20"], ties["s10"]) == "township"


async def test_then_to_the_less_loaded_then_to_the_lower_code() -> None:
    loaded, free = station(10, code="1", township=2), station(11, code="2", township=3)
    busy = Commitment(need(9), 10, None, reserved=True)
    asked = facts([need()], [loaded, free], policy={"neighbours": True}, commitments=(busy,))
    assert plan(asked, build(asked, price))[1] == {1: 11}
    idle = facts([need()], [loaded, free], policy={"neighbours": True})
    question = build(idle, price)
    assert plan(idle, question)[1] == {1: 10}
    ties = {option.supplier: option.costs["ties"] for option in question.problem.options}
    assert tie_broken_by(ties["s10"], ties["s11"]) == "code"


async def test_the_order_of_the_rows_decides_nothing() -> None:
    suppliers = [station(n, code=str(n), township=2) for n in (10, 11, 12)]
    needs = [need(n) for n in range(1, 6)]
    one = facts(needs, suppliers, policy={"neighbours": True})
    other = facts(needs[::-1], suppliers[::-1], policy={"neighbours": True})
    assert plan(one, build(one, price))[1] == plan(other, build(other, price))[1]


async def test_ways_that_differ_cost_no_tie() -> None:
    question = build(facts([need()], [station(), station(11, spot=(37_290_000, 106_400_000))]), price)
    assert not any("ties" in option.costs for option in question.problem.options)
    assert question.problem.policy.goals() == ("unserved", "travel")


async def test_keeping_puts_the_present_supplier_before_the_way() -> None:
    far = station(11, spot=(37_290_000, 106_300_000))
    keep = facts([need(present=(11, None))], [station(), far], policy={"placed": "keep", "neighbours": True})
    assert plan(keep, build(keep, price))[1] == {1: 11}
    free = facts([need(present=(11, None))], [station(), far], policy={"placed": "free", "neighbours": True})
    assert plan(free, build(free, price))[1] == {1: 10}


async def test_pins_are_obeyed() -> None:
    both = [station(), station(11, spot=(37_290_000, 106_300_000))]
    for decision, served in (
        (Decision(1, 11, PinKind.MUST), 11),
        (Decision(1, 10, PinKind.NEVER), 11),
        (Decision(1, None, PinKind.NEVER), None),
    ):
        asked = facts([need()], both, policy={"neighbours": True}, decisions=(decision,))
        assert plan(asked, build(asked, price))[1] == {1: served}


async def test_a_pin_on_a_need_outside_the_run_is_left_alone() -> None:
    asked = facts([need()], [station()], decisions=(Decision(99, 10, PinKind.MUST),))
    assert build(asked, price).problem.pins == ()


async def test_who_is_left_out_is_listed_with_the_rule() -> None:
    question = build(facts([bath()], [station(), provider(lapsed=("registration",))]), price)
    assert {e.supplier: e.code for e in question.excluded[1]} == {10: "NO_LOT", 20: "SUSPENDED"}


def first_reason(asked: Facts) -> Reason:
    """Why the only need of a question is not served."""
    question = build(asked, price)
    row = results.proposals(asked, question, plan(asked, question)[0])[0]
    assert row.supplier is None and row.reason == row.reasons[0].code
    return row.reasons[0]


async def test_a_recipient_without_a_position_is_not_said_to_live_too_far() -> None:
    reason = first_reason(facts([bath(spot=None)], [station(), provider()]))
    assert (reason.code, reason.supplier) == ("NO_POSITION", None)
    assert reason.sentence == "Nobody knows where the recipient lives: not even the township has a point."


async def test_a_supplier_without_a_position_is_named_with_just_that() -> None:
    reason = first_reason(facts([bath()], [station(), provider(spot=None)]))
    assert (reason.code, reason.supplier) == ("NO_POSITION", 20)
    assert reason.sentence == "Nobody knows where the supplier is: not even its county has a point."


async def test_of_a_way_between_estimates_nobody_says_that_it_is_too_long() -> None:
    far = (36_000_000, 105_900_000)  # about 110 km
    assert first_reason(facts([bath(spot=far)], [station(), provider()])).code == "TOO_FAR"
    assert first_reason(facts([bath(spot=far, accuracy=Accuracy.VILLAGE)], [station(), provider()])).code == "TOO_FAR"
    for estimated in (
        facts([bath(spot=far, accuracy=Accuracy.TOWNSHIP)], [station(), provider()]),
        facts([bath(spot=far)], [station(), provider(accuracy=Accuracy.COUNTY)]),
    ):
        _solution, served = plan(estimated, build(estimated, price))
        assert served == {1: 20}


async def test_a_gate_that_excludes_the_category_is_named_and_is_not_a_missing_lot() -> None:
    gated = provider(lines=(line(gate=Gate(categories=(Category.TEKUN,)), lot_name="L-3"),))
    reason = first_reason(facts([bath(category="EDGE")], [station(), gated]))
    assert (reason.code, reason.supplier) == ("NOT_ADMITTED", 20)
    assert reason.parameters["lot"] == "L-3"
    assert reason.parameters["admitted"] == "TEKUN"


async def test_nobody_is_named_for_a_service_that_nobody_was_asked_to_do() -> None:
    nearest = provider(lines=(line(item_code="C05"),))
    reason = first_reason(facts([bath()], [station(), nearest]))
    assert (reason.code, reason.supplier, reason.parameters) == ("NO_LOT", None, {"item": "上门助浴"})


async def test_the_supplier_that_is_named_does_the_service_for_the_recipient() -> None:
    """Near is a supplier whose lot is for others; the one that could have served is suspended, and farther."""
    near = provider(20, lines=(line(gate=Gate(categories=(Category.TEKUN,))),))
    able = provider(
        21, lines=(line(8, contract=6),), status=OrganisationStatus.SUSPENDED, spot=(37_290_000, 106_400_000)
    )
    reason = first_reason(facts([bath(category="EDGE")], [station(), near, able]))
    assert (reason.code, reason.supplier) == ("SUSPENDED", 21)


async def test_money_that_does_not_reach_is_told_together_with_the_hours_that_do_not() -> None:
    tired = tuple(worker(n, "male", "bath_training", minutes=60) for n in (1, 2))
    poor = provider(workers=tired, lines=(line(fen_left=700_000),))
    asked = facts([bath()], [poor])
    question = build(asked, price)
    told = adapter.explain(question.problem, (), "n1").remedies[0]
    assert {one.resource for one in told.more} == {
        "c5/fen", "s20/hours", "s20/hours+bath_training", "s20/hours+male", "s20/hours+bath_training+male",
    }  # fmt: skip
    assert {one.resource: one.amount for one in told.more}["c5/fen"] == 720_000 - 700_000
    richer = tuple(
        replace(row, capacity=row.capacity + {one.resource: one.amount for one in told.more}.get(row.id, 0))
        for row in question.problem.resources
    )
    again = adapter.find_plan(
        replace(question.problem, resources=richer), asked.policy, lambda _progress: None, lambda: False
    )
    assert [row.need for row in again.assignments] == ["n1"]


async def test_of_who_came_nearest_all_that_is_lacking_is_told() -> None:
    alone = (worker(1, "male", "bath_training"),)
    near = provider(workers=alone, lapsed=("registration",), lines=(line(fen_left=700_000),))
    asked = facts([bath()], [station(), near])
    question = build(asked, price)
    row = results.proposals(asked, question, plan(asked, question)[0])[0]
    assert [(one.code, one.supplier) for one in row.reasons[:3]] == [
        ("SUSPENDED", 20),
        ("NO_QUAL", 20),
        ("BUDGET", 20),
    ]
    assert (row.reasons[2].parameters["yuan"], row.reasons[2].parameters["units"]) == (200, 0)


suppliers_made = st.lists(
    st.builds(
        lambda kind, place, men, women, areas, status: (
            station(township=areas[0], spot=place, status=status)
            if kind == "station"
            else provider(
                spot=place,
                status=status,
                lines=(line(areas=tuple(areas)),),
                workers=(
                    *(worker(n, "male", "bath_training") for n in range(men)),
                    *(worker(10 + n, "female", "bath_training") for n in range(women)),
                ),
            )
        ),
        st.sampled_from(["station", "provider"]),
        st.tuples(st.integers(36_900_000, 37_600_000), st.integers(106_000_000, 106_900_000)),
        st.integers(0, 3),
        st.integers(0, 3),
        st.lists(st.integers(1, 3), min_size=1, max_size=2),
        st.sampled_from(OrganisationStatus),
    ),
    max_size=5,
)
needs_made = st.lists(
    st.builds(
        lambda made, township, sex, place, weight: (
            made(township=township, spot=place, weight=weight)
            if made is need
            else made(township=township, sex=sex, spot=place, weight=weight)
        ),
        st.sampled_from([need, bath]),
        st.integers(1, 3),
        st.sampled_from(SEXES),
        st.tuples(st.integers(36_900_000, 37_600_000), st.integers(106_000_000, 106_900_000)),
        st.integers(1, 8),
    ),
    max_size=8,
)


def numbered_needs(rows: list[NeedFacts]) -> list[NeedFacts]:
    return [replace(row, id=number) for number, row in enumerate(rows, 1)]


def numbered_suppliers(rows: list[SupplierFacts]) -> list[SupplierFacts]:
    """From 100 on; a line has the number of its supplier."""
    return [
        replace(row, id=number, lines=tuple(replace(one, id=number, contract=number) for one in row.lines))
        for number, row in enumerate(rows, 100)
    ]


@settings(max_examples=60, deadline=None)
@given(needs_made, suppliers_made)
def test_every_option_keeps_every_rule_and_the_plan_passes_the_checker(
    needs: list[NeedFacts], suppliers: list[SupplierFacts]
) -> None:
    asked = facts(numbered_needs(needs), numbered_suppliers(suppliers))
    question = build(asked, price)
    by_need = {adapter.need_id(row.id): row for row in asked.needs}
    by_supplier = {adapter.supplier_id(row.id): row for row in asked.suppliers}
    geography = adapter.Geography(asked.policy)
    for option in question.problem.options:
        wanted, who = by_need[option.need], by_supplier[option.supplier]
        ways = [
            way
            for way in problem.candidates(geography, wanted, who)
            if adapter.variant(way.line.id if way.line else None) == option.variant
        ]
        assert all(rule.check(wanted, ways[0]).ok for rule in rules(asked.policy))
    solution = adapter.find_plan(question.problem, asked.policy, lambda _progress: None, lambda: False)
    assert adapter.check(question.problem, solution).ok
    rows = results.proposals(asked, question, solution)
    assert len(rows) == len(asked.needs)
    assert all(row.reasons and row.reason for row in rows if row.supplier is None and asked.suppliers)


async def test_the_first_day_is_the_need_s_when_it_begins_later() -> None:
    later = bath(valid_from=date(2028, 1, 1))
    question = build(facts([later], [provider()]), price)
    assert question.best_miss[1][0].sentence.startswith("The contract runs")


async def test_what_the_ladder_grants_together_is_shared_by_the_needs_of_a_person() -> None:
    whole = Amount(minutes=200)
    mine = [need(id, person=5, visits_per_month=4, minutes=30, together=whole, weight=id) for id in (1, 2)]
    question = build(facts(mine, [station()]), price)
    solution, who = plan(facts(mine, [station()]), question)
    assert who == {1: None, 2: 10}  # the heavier one
    rows = results.proposals(facts(mine, [station()]), question, solution)
    assert [(row.reason, row.reasons[0].parameters["missing"]) for row in rows if row.supplier is None] == [
        ("BEYOND_LADDER", "0.7")
    ]


async def test_what_placements_take_of_the_ladder_is_taken_off() -> None:
    placed = Commitment(
        need(2, person=5, visits_per_month=4, minutes=30, together=Amount(minutes=200)), 10, None, True
    )
    question = build(facts([need(person=5, together=Amount(minutes=200))], [station()], commitments=(placed,)), price)
    assert capacity(question, "p5/ladder_minutes") == 80
