"""Halal food, language and family: hard rules for planned visits, filled months and matching runs."""

from datetime import timedelta

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions
from shangmen.delivery.visits.rostering import adapter, inputs
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.relatives.queries import relatives
from shangmen.demand.recipients.tables import Person
from shangmen.errors import Faults, Refused
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.catalogue.tables import Parameter
from shangmen.foundation.organisations.tables import Qualification, Worker
from tests.cast import LONG_AGO, Cast
from tests.delivery.planning import MONDAY, add, cleaning, form
from tests.delivery.rows import Placed
from tests.supply.test_matching_pages import Open
from tests.supply.test_papers import hand_in


@database.scoped
async def told(scope: Scope, /, person: int, **said: object) -> None:
    columns = {"language": Person.language, "name": Person.guardian_name, "telephone": Person.guardian_telephone}
    await database.change(Person, person, {columns[name]: value for name, value in said.items()})


@database.scoped
async def worker_is(scope: Scope, /, worker: int, **said: object) -> None:
    columns = {
        "languages": Worker.languages, "name": Worker.name, "telephone": Worker.telephone,
        "id_number": Worker.id_number,
    }  # fmt: skip
    await database.change(Worker, worker, {columns[name]: value for name, value in said.items()})


@database.scoped
async def eats_halal(scope: Scope, need: int) -> None:
    await database.change(Need, need, {Need.halal: True})


async def refused_of(cast: Cast, placed: Placed) -> str:
    """What is said beside the worker when a visit is planned."""
    with pytest.raises(Faults) as refused:
        await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    return refused.value.faults["worker"][0]


async def cooking(cast: Cast) -> Placed:
    """A placement of a service that is food, for who eats halal."""
    await catalogue.load(cast.system)
    placed = await cleaning(cast)
    await eats_halal(cast.system, placed.need)
    all_food = database.to_json({"": ["halal_kitchen"]})
    row = Parameter(name="halal_papers", value=all_food, unit="papers", valid_from=clock.today(), source="测试")
    await add(cast.system, row)
    return placed


async def left_over(cast: Cast) -> set[str]:
    """The reasons of what a filled month leaves out."""
    last = clock.month_of(MONDAY)[1]
    facts = await inputs.gather(cast.provider_a, cast.provider_a.organisation or 0, MONDAY, last)
    plan = adapter.fill(facts, 1)
    assert plan.violations == []
    return {one.code for one in plan.unplaced}


async def test_halal_food_comes_from_a_halal_kitchen_or_from_who_is_certified(cast: Cast) -> None:
    placed = await cooking(cast)
    assert "halal" in await refused_of(cast, placed)
    assert "NO_HALAL" in await left_over(cast)
    await hand_in(cast, "halal_kitchen", MONDAY + timedelta(days=60))
    assert await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))


async def test_a_worker_with_the_certificate_may_bring_halal_food(cast: Cast) -> None:
    placed = await cooking(cast)
    row = Qualification(county=cast.county, worker=cast.worker_a.worker, kind="halal", valid_from=LONG_AGO)
    await add(cast.system, row)
    assert await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    assert "NO_HALAL" not in await left_over(cast)


async def test_who_does_not_speak_the_language_is_not_sent(cast: Cast) -> None:
    placed = await cleaning(cast)
    await told(cast.system, cast.person_a, language="东乡语")
    assert "does not speak" in await refused_of(cast, placed)
    assert "NO_LANGUAGE" in await left_over(cast)
    await worker_is(cast.system, cast.worker_a.worker or 0, languages="普通话、东乡话")
    assert await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))


async def test_a_guardian_who_is_a_worker_is_not_sent_to_the_own_family(cast: Cast) -> None:
    placed = await cleaning(cast)
    await worker_is(cast.system, cast.worker_a.worker or 0, name="周侄女", telephone="13900000077")
    await told(cast.system, cast.person_a, name="周侄女", telephone="13900000077")
    assert await relatives(cast.provider_a, [cast.person_a]) == {cast.person_a: frozenset({cast.worker_a.worker})}
    assert "relative" in await refused_of(cast, placed)
    for other in (cast.worker_m, cast.social_worker_a):
        await worker_is(cast.system, other.worker or 0, name="周侄女", telephone="13900000077")
    assert await left_over(cast) == {"RELATIVE"}


async def test_a_name_alone_makes_no_relative(cast: Cast) -> None:
    await worker_is(cast.system, cast.worker_a.worker or 0, name="周侄女", telephone="13900000077")
    await told(cast.system, cast.person_a, name="周侄女", telephone="13900000078")
    assert await relatives(cast.system, [cast.person_a]) == {}


async def test_a_visit_that_was_planned_before_is_not_confirmed_with_a_relative(cast: Cast) -> None:
    placed = await cleaning(cast)
    visit = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    await worker_is(cast.system, cast.worker_a.worker or 0, id_number="640324194406129029")  # the recipient's
    with pytest.raises(Refused, match="relative"):
        await actions.confirm(cast.provider_a, visit)


async def test_the_page_of_a_need_says_what_is_asked_and_how_many_are_family(cast: Cast, browser: Open) -> None:
    placed = await cleaning(cast)
    await told(cast.system, cast.person_a, language="东乡语")
    await worker_is(cast.system, cast.worker_a.worker or 0, id_number="640324194406129029")
    text = (await (await browser(cast.bureau)).get(f"/needs/{placed.need}")).text
    assert "东乡语" in text and "1 人，不得派去" in text
