"""In which order a run serves people: the wholly dependent, the partly dependent, visits; and what others cost."""

import pytest
import pytest_asyncio

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.priority import rank
from shangmen.demand.needs.states import AssessmentReason, Rank, Scale
from shangmen.demand.needs.tables import Assessment
from shangmen.demand.recipients.states import PersonGroup
from shangmen.supply.matching_runs import actions, adapter, queries
from shangmen.supply.matching_runs.certificate import Certificate
from shangmen.supply.matching_runs.decisions import actions as decisions
from shangmen.supply.matching_runs.decisions.forms import OverrideForm
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job
from shangmen.supply.matching_runs.run.problem import Question, build
from shangmen.supply.matching_runs.run.snapshot import Facts, Order
from tests.cast import Cast
from tests.supply.matching_steps import proposed
from tests.supply.matching_world import add_need, facts, law, need, price, station, worker
from tests.supply.test_matching_pages import Open

HEAVY = {"weight": 8, "level": "TOTAL", "visits_per_month": 8, "minutes": 60}
LIGHT = {"weight": 2, "level": "", "visits_per_month": 1, "minutes": 30}


def county(order: Order) -> Facts:
    """One station of 2,400 minutes a month; five wholly dependent people and forty who live alone."""
    needs = [need(n, **HEAVY) for n in range(1, 6)] + [need(n, **LIGHT) for n in range(11, 51)]
    one = station(workers=(worker(1, "female", "social_worker", minutes=2_400),))
    return facts(needs, [one], policy={"order": order})


def served(order: Order) -> tuple[Question, dict[str, int]]:
    asked = county(order)
    question = build(asked, price)
    solution = adapter.find_plan(question.problem, asked.policy, lambda _progress: None, lambda: False)
    return question, {row.rank: row.served for row in adapter.served_by_rank(question.problem, solution.assignments)}


def hours(question: Question, id: int) -> int:
    return next(o.usage["s10/hours"] for o in question.problem.options if o.need == f"n{id}")


async def test_as_many_of_the_heavy_as_fit_are_served_before_the_first_light_one() -> None:
    question, told = served("heaviest")
    heavy, light = hours(question, 1), hours(question, 11)
    assert heavy > 8 * 60 and light > 30, "the way counts"
    assert told["wholly"] == 2_400 // heavy
    assert told["rest"] == (2_400 - told["wholly"] * heavy) // light


async def test_weights_instead_of_ranks_serve_the_light_ones() -> None:
    question, told = served("weights")
    assert told["rest"] == 40
    assert told["wholly"] == (2_400 - 40 * hours(question, 11)) // hours(question, 1)


async def test_fairness_between_townships_never_costs_one_of_the_wholly_dependent() -> None:
    assert served("fair")[1]["wholly"] == served("heaviest")[1]["wholly"]


@pytest.mark.parametrize(
    ("level", "group", "expected"),
    [
        (AbilityLevel.TOTAL, PersonGroup.DISABLED, Rank.WHOLLY),
        (AbilityLevel.SEVERE, PersonGroup.ELDER, Rank.WHOLLY),
        (AbilityLevel.MODERATE, PersonGroup.ELDER, Rank.PARTLY),
        (None, PersonGroup.MINOR, Rank.PARTLY),
        (AbilityLevel.SELF, PersonGroup.ELDER, Rank.REST),
        (None, PersonGroup.ELDER, Rank.REST),
    ],
)
async def test_the_rank_goes_by_the_person(level: AbilityLevel | None, group: PersonGroup, expected: Rank) -> None:
    assert rank(level, group) is expected


# With rows -----------------------------------------------------------------------------------------------------------


@database.scoped
async def _assessed(scope: Scope, cast: Cast) -> None:
    """Person A is wholly dependent; person B lives in the same township; its station has 2,400 minutes a month."""
    await database.add(
        Assessment(
            person=cast.person_a, scale=Scale.SIX_ITEM, level=AbilityLevel.TOTAL, reason=AssessmentReason.FIRST,
            assessed_on=clock.today(), assessor="甲", second_assessor="乙",
        )
    )  # fmt: skip
    await database.execute(
        "UPDATE person SET township = :township, station = :station, latitude = 37.3, longitude = 106.5"
        " WHERE id = :id",
        township=cast.township_a, station=cast.station_a.organisation, id=cast.person_b,
    )  # fmt: skip
    await database.execute(
        "UPDATE engagement SET monthly_minutes = 2400 WHERE organisation = :id", id=cast.station_a.organisation
    )


@pytest_asyncio.fixture(loop_scope="session")
async def run(cast: Cast) -> int:
    await law(cast)
    wiring.wire()
    await _assessed(cast.system, cast)
    for _ in range(5):
        await add_need(cast.system, cast, cast.person_a, cast.home_visit, visits_per_month=8, minutes=60, priority=8)
    for _ in range(40):
        await add_need(cast.system, cast, cast.person_b, cast.home_visit, visits_per_month=1, minutes=30, priority=2)
    made = await actions.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=4))
    await job.solve(cast.system, made)
    return made


async def proof(cast: Cast, run: int) -> Certificate:
    found = (await queries.run(cast.bureau, run)).certificate
    assert found is not None
    return found


async def test_the_certificate_of_a_run_has_each_rank_with_its_bound(cast: Cast, run: int) -> None:
    found = await proof(cast, run)
    assert found.status == "optimal"
    wholly, rest = found.ranks["wholly"], found.ranks["rest"]
    assert (wholly.needs, rest.needs) == (5, 40)
    assert wholly.served >= 3 and rest.served < 40
    goal = found.goals["unserved:wholly"]
    assert (goal.level, goal.value, goal.bound) == (1, 8 * (5 - wholly.served), 8 * (5 - wholly.served))
    assert found.goals["unserved:rest"].level == 2


async def test_other_orders_are_priced_beside_the_order_of_the_run(cast: Cast, run: int) -> None:
    mine, other = (await proof(cast, run)).orders
    assert (mine.order, other.order, other.proven) == ("heaviest", "weights", True)
    assert other.left_out < mine.left_out
    assert other.served["rest"] == 40 and other.served["wholly"] < mine.served["wholly"]


async def test_the_page_says_in_which_order_people_were_served_and_offers_the_others(
    cast: Cast, browser: Open, run: int
) -> None:
    visitor = await browser(cast.bureau)
    text = (await visitor.get(f"/matching/{run}")).text
    told = (await proof(cast, run)).ranks
    for word in ("按什么次序安排", f"5 项中安排了 {told['wholly'].served} 项", "不分级，全部按权重", "order=weights"):
        assert word in text
    form = (await visitor.get("/matching/?order=weights")).text
    assert '<option value="weights" selected' in form


async def test_a_change_by_hand_is_counted_in_its_rank(cast: Cast, run: int) -> None:
    before = (await proof(cast, run)).ranks["wholly"]
    plan = await proposed(cast, run)
    heavy = min(id for id, supplier in plan.items() if supplier is not None)
    await decisions.override(cast.bureau, run, heavy, OverrideForm(option="none", reason="住院"))
    after = await proof(cast, run)
    assert after.ranks["wholly"].served == before.served - 1
    assert after.goals["unserved:wholly"].value == after.proposed["unserved:wholly"].value + 8
    assert not after.goals["unserved:wholly"].proven
