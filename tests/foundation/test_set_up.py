"""The set-up list of a new county: what there is, what is missing, who may do which step, and that it goes away."""

import pytest

from shangmen import access, database
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.tasks.set_up import queries, views
from tests.cast import Cast
from tests.conftest import OpenBrowser


async def test_the_first_page_of_the_bureau_in_a_new_county_is_the_set_up_list(
    browser: OpenBrowser, cast: Cast
) -> None:
    for scope, first in ((cast.administrator, "/set-up"), (cast.bureau, "/set-up"), (cast.auditor, "/tasks")):
        answer = await (await browser(scope)).get("/")
        assert answer.headers["location"].rstrip("/").endswith(first)
    assert (await (await browser(cast.auditor)).get("/set-up")).status_code == 403


async def test_what_is_missing_is_said_in_words_and_numbers(browser: OpenBrowser, cast: Cast) -> None:
    async with database.transaction(cast.system):
        await database.execute("UPDATE organisation SET telephone = '09555000111' WHERE id = :id",
                               id=cast.station_a.organisation)  # fmt: skip
    said = (await (await browser(cast.administrator)).get("/set-up")).text
    assert "2 个社工站中有 1 个没有电话。" in said
    assert "/imports/template?kind=stations" in said
    assert "?kind=recipients" in said


async def test_another_countys_stations_count_for_nothing(cast: Cast) -> None:
    before = await queries.figures(cast.bureau)
    async with database.transaction(access.system(cast.other_county, purpose="test")):
        await database.add(
            Organisation(county=cast.other_county, kind=OrganisationKind.PROVIDER, name="外县中心（测试）")
        )
    assert await queries.figures(cast.bureau) == before


async def test_a_role_is_offered_only_what_it_may_do(cast: Cast) -> None:
    figures = await queries.figures(cast.bureau)
    officer, administrator = (views.steps(scope.role, figures) for scope in (cast.bureau, cast.administrator))
    assert [step.route for step in officer][1] == "" and officer[1].note
    assert [step.route for step in administrator][1] == "accounts.new" and not administrator[1].note


@pytest.mark.parametrize(("left", "complete"), [({}, True), ({"villages": 0}, True), ({"contracts": 0}, False),
                                                ({"unserved": 1}, False), ({"approved": 0}, False)])  # fmt: skip
async def test_the_list_is_done_when_nothing_that_must_be_is_left(
    cast: Cast, left: dict[str, int], complete: bool
) -> None:
    whole = dict.fromkeys(queries.Figures.__annotations__, 0)
    whole |= dict.fromkeys(
        ("townships", "officers", "bureau_accounts", "stations", "villages", "providers", "workers", "contracts",
         "people", "assessed", "needs", "runs", "approved"), 1,
    )  # fmt: skip
    assert views.complete(views.steps(cast.bureau.role, queries.Figures(**{**whole, **left}))) is complete
