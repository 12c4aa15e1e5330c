"""Who may supply: papers by the kind of service, and credit codes that may not."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.demo.places import credit_code
from shangmen.errors import Refused
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.catalogue.tables import Parameter
from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations import daily, papers
from shangmen.foundation.organisations.forms import OrganisationForm, QualificationForm
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.supply.contracts import actions, queries
from shangmen.supply.contracts.amendments.actions import amend
from shangmen.supply.contracts.forms import AmendmentForm, LineForm
from shangmen.supply.contracts.states import AmendmentKind
from shangmen.supply.matching_runs.rules import PapersHeld
from shangmen.supply.matching_runs.run.problem import build
from shangmen.supply.placements import queries as placements
from tests.cast import Cast
from tests.supply.matching_world import POLICY, bath, facts, price, provider, way
from tests.supply.rows import bought, drafted, offered, open_tasks, waiting_need
from tests.supply.test_matching_building import plan
from tests.supply.test_matching_pages import Open


@database.scoped
async def ask(scope: Scope, by_service: dict[str, list[str]], first: date | None = None) -> None:
    """What services ask for from a day on (today)."""
    await database.add(
        Parameter(
            name="supplier_papers",
            value=database.to_json(by_service),
            unit="papers",
            valid_from=first or clock.today(),
            source="测试",
        )
    )


async def hand_in(cast: Cast, kind: str, last: date | None = None) -> None:
    form = QualificationForm(kind=kind, valid_from=clock.today() - timedelta(days=90), valid_to=last)
    await organisations.add_qualification(cast.bureau, cast.provider_a.organisation or 0, form)


async def draft_of_baths(cast: Cast, **asked: list[str]) -> int:
    _lot, contract = await drafted(cast, cast.provider_a)
    await ask(cast.system, asked)
    terms: dict[str, Any] = {"pricing": "per_visit", "rate": Decimal("40"), "quantity": Decimal("100")}
    await actions.add_line(cast.bureau, contract, LineForm(service_item=cast.bath, **terms))
    return contract


async def code_of(cast: Cast, contract: int) -> str:
    (line,) = await queries.lines(cast.bureau, contract)
    return line.item_code


async def test_a_contract_is_not_signed_without_the_paper_that_its_service_asks_for(cast: Cast) -> None:
    contract = await draft_of_baths(cast, all=["food_licence"])
    with pytest.raises(Refused, match="neither signed nor renewed"):
        await actions.sign(cast.bureau, contract)
    await hand_in(cast, "food_licence", clock.today() - timedelta(days=1))
    with pytest.raises(Refused, match="neither signed nor renewed"):
        await actions.sign(cast.bureau, contract)
    await hand_in(cast, "food_licence", clock.today())
    assert await actions.sign(cast.bureau, contract) == contract


async def test_another_service_asks_for_no_paper_of_its_own(cast: Cast) -> None:
    contract = await draft_of_baths(cast, N01=["nursing_licence"])
    assert await actions.sign(cast.bureau, contract) == contract


async def test_what_is_asked_for_holds_from_its_day_on(cast: Cast) -> None:
    contract = await draft_of_baths(cast)
    await ask(cast.system, {"all": ["nursing_licence"]}, clock.today() + timedelta(days=10))
    found = [
        await papers.lacking(cast.system, cast.provider_a.organisation or 0, [await code_of(cast, contract)], day)
        for day in (clock.today() + timedelta(days=9), clock.today() + timedelta(days=10))
    ]
    assert found == [{}, {await code_of(cast, contract): ("nursing_licence",)}]


async def test_the_code_stands_for_the_registration_until_a_noted_certificate_ends(cast: Cast) -> None:
    await catalogue.load(cast.system)
    supplier = cast.provider_a.organisation or 0
    assert await papers.lacking(cast.system, supplier, ["V01"], clock.today()) == {}
    await hand_in(cast, "registration", clock.today())
    assert await papers.lacking(cast.system, supplier, ["V01"], clock.today()) == {}
    tomorrow = clock.today() + timedelta(days=1)
    assert await papers.lacking(cast.system, supplier, ["V01"], tomorrow) == {"V01": ("registration",)}


async def test_meals_ask_for_a_food_licence_and_nursing_for_a_nursing_licence(cast: Cast) -> None:
    await catalogue.load(cast.system)
    found = await papers.lacking(cast.system, cast.provider_a.organisation or 0, ["C01", "N01", "C05"], clock.today())
    assert found == {"C01": ("food_licence",), "N01": ("nursing_licence",)}


async def test_a_station_needs_no_paper(cast: Cast) -> None:
    await catalogue.load(cast.system)
    station = cast.station_a.organisation or 0
    assert await papers.lacking(cast.system, station, ["C01"], clock.today()) == {}


async def test_nothing_is_offered_for_a_service_whose_paper_has_ended(cast: Cast) -> None:
    line = (await bought(cast, cast.provider_a)).line
    need = await waiting_need(cast)
    await ask(cast.system, {"all": ["insurance"]})
    with pytest.raises(Refused, match="lacks a valid"):
        await offered(cast, need, cast.provider_a, line)


async def test_the_page_of_a_draft_says_what_is_lacking(cast: Cast, browser: Open) -> None:
    contract = await draft_of_baths(cast, all=["food_licence"])
    text = (await (await browser(cast.bureau)).get(f"/contracts/{contract}")).text
    assert "还不能签订" in text and "食品" in text


async def test_matching_leaves_out_who_lacks_the_paper_and_says_so() -> None:
    poor = provider(lacking={"C03": ("nursing_licence",)})
    verdict = PapersHeld(POLICY).check(bath(), way(poor))
    assert (verdict.ok, verdict.rule, verdict.numbers["kinds"]) == (False, "NO_PAPER", "nursing_licence")
    asked = facts([bath()], [poor])
    question = build(asked, price)
    assert plan(asked, question)[1] == {1: None}
    assert question.best_miss[1][0].code == "NO_PAPER"


@pytest.mark.parametrize("begin", ["11", "13"])
async def test_organs_of_the_state_are_not_registered_as_providers(cast: Cast, begin: str) -> None:
    await catalogue.load(cast.system)
    form = OrganisationForm(kind=OrganisationKind.PROVIDER, name="某某局（演示）", credit_code=coded(begin))
    with pytest.raises(Refused, match="order 102") as refused:
        await organisations.register(cast.bureau, form)
    assert refused.value.field == "credit_code"


async def test_a_public_institution_is_registered_and_warned_about(cast: Cast, browser: Open) -> None:
    await catalogue.load(cast.system)
    form = OrganisationForm(kind=OrganisationKind.PROVIDER, name="某某院（演示）", credit_code=coded("12"))
    id = await organisations.register(cast.bureau, form)
    assert "公益一类" in (await (await browser(cast.bureau)).get(f"/organisations/{id}")).text


def coded(begin: str) -> str:
    """A well-formed code that begins so."""
    return credit_code(begin, "640324", 77)


async def test_a_contract_is_not_renewed_without_the_paper_that_its_service_asks_for(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    await ask(cast.system, {"all": ["food_licence"]})
    longer = AmendmentForm(
        kind=AmendmentKind.TERM,
        reason="续期",
        signed_on=clock.today(),
        new_term_to=clock.today() + timedelta(days=330),
    )
    with pytest.raises(Refused, match="neither signed nor renewed"):
        await amend(cast.bureau, made.contract, longer)
    await hand_in(cast, "food_licence")
    assert await amend(cast.bureau, made.contract, longer)


async def test_a_paper_of_one_service_that_ends_tells_of_what_it_holds_up_and_of_nothing_else(cast: Cast) -> None:
    heard: list[Any] = []
    supplier = cast.provider_a.organisation or 0
    line = (await bought(cast, cast.provider_a)).line
    await offered(cast, await waiting_need(cast), cast.provider_a, line)
    await hand_in(cast, "food_licence", clock.today())
    for services in ({"V0": ["food_licence"]}, {"C01": ["food_licence"]}):
        await ask(cast.system, services, clock.today() + timedelta(days=len(heard)))
        tomorrow = clock.today() + timedelta(days=1)
        begins = await papers.loss(cast.system, supplier, "food_licence", False, tomorrow)
        heard.append((begins, await placements.held(cast.bureau, supplier, begins or ())))
    assert heard == [(("V0",), (0, 1)), (("C01",), (0, 0))]


async def test_the_bureau_hears_of_the_placements_of_a_service_whose_paper_is_over(cast: Cast) -> None:
    wiring.wire()
    line = (await bought(cast, cast.provider_a)).line
    await offered(cast, await waiting_need(cast), cast.provider_a, line)
    await ask(cast.system, {"V01": ["food_licence"]})
    await hand_in(cast, "food_licence", clock.today())
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        async with database.transaction(cast.system):
            await daily.bring(cast.system, clock.today())
        (task,) = await open_tasks(cast.bureau, "supplier_blocked")
    assert task.subject_id == cast.provider_a.organisation


async def test_a_paper_that_another_one_stands_in_for_loses_nothing(cast: Cast) -> None:
    await ask(cast.system, {"V01": ["food_licence"]})
    await hand_in(cast, "food_licence", clock.today())
    await hand_in(cast, "food_licence")
    tomorrow = clock.today() + timedelta(days=1)
    assert await papers.loss(cast.system, cast.provider_a.organisation or 0, "food_licence", False, tomorrow) is None
