"""The work list: what waits for whom."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.tasks import actions, figures, queries
from tests.cast import Cast
from tests.conftest import OpenBrowser


async def ask(scope: Scope, cast: Cast, subject: int = 1, **more: Any) -> None:
    """A task of the provider's manager, opened by somebody."""
    values: dict[str, Any] = {
        "organisation": cast.provider_a.organisation, "role": Role.PROVIDER_MANAGER, "kind": "offer_waiting",
        "subject": "organisation", "subject_id": subject, "route": "organisations.show",
        "params": {"id": cast.provider_a.organisation}, "message": "This township has a station: %(name)s.",
        "name": f"事项{subject}号", **more,
    }  # fmt: skip
    await actions.open(scope, **values)


async def waiting(scope: Scope) -> list[int]:
    return [row.subject_id for row in await queries.waiting(scope)]


async def test_opening_twice_is_opening_once(cast: Cast) -> None:
    await ask(cast.bureau, cast)
    await ask(cast.bureau, cast, message="No station serves this township.")
    (row,) = await queries.waiting(cast.provider_a)
    assert row.message == "This township has a station: %(name)s."


async def test_a_task_reaches_another_organisation_and_its_role_alone(cast: Cast) -> None:
    await ask(cast.bureau, cast)
    for name, scope in cast.people().items():
        assert await waiting(scope) == ([1] if name == "provider_a" else []), name


async def test_no_task_is_opened_in_another_county(cast: Cast) -> None:
    await ask(cast.bureau, cast, organisation=cast.stranger_provider.organisation)
    assert await waiting(cast.stranger_provider) == []
    assert await waiting(cast.system) == []


async def test_closing_takes_it_off_every_list_and_it_can_open_again(cast: Cast) -> None:
    await ask(cast.bureau, cast)
    await ask(cast.bureau, cast, organisation=cast.provider_b.organisation)
    await ask(cast.bureau, cast, subject=2)
    await actions.close(cast.station_a, "offer_waiting", "organisation", 1)
    assert await waiting(cast.provider_a) == [2]
    assert await waiting(cast.provider_b) == []
    await actions.close(cast.station_a, "offer_waiting", "organisation", 987_654_321)
    await ask(cast.bureau, cast)
    assert sorted(await waiting(cast.provider_a)) == [1, 2]


async def test_a_task_of_a_refused_verb_is_not_opened(cast: Cast) -> None:
    @database.scoped
    async def refused(scope: Scope) -> None:
        await ask(scope, cast)
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await refused(cast.bureau)
    assert await waiting(cast.provider_a) == []


async def test_the_most_urgent_comes_first(cast: Cast) -> None:
    today = clock.today()
    await ask(cast.bureau, cast, subject=1)
    await ask(cast.bureau, cast, subject=2, due=today + timedelta(days=5))
    await ask(cast.bureau, cast, subject=3, due=today - timedelta(days=1))
    assert await waiting(cast.provider_a) == [3, 2, 1]


async def test_the_page_tells_what_waits_where_to_go_and_what_is_late(browser: OpenBrowser, cast: Cast) -> None:
    await ask(cast.bureau, cast, kind="visits_cancelled", due=clock.today() - timedelta(days=2))
    page = (await (await browser(cast.provider_a)).get("/tasks")).text
    assert "该乡镇已有社工站：事项1号。" in page
    assert f'href="/organisations/{cast.provider_a.organisation}"' in page
    assert "您有 1 项待办" in page and "已逾期" in page and "被取消的上门服务" in page


async def test_of_many_of_one_kind_the_most_urgent_is_told_and_the_others_are_one_step_away(
    browser: OpenBrowser, cast: Cast
) -> None:
    for number in range(1, 11):
        due = clock.today() + timedelta(days=number)
        await ask(cast.bureau, cast, kind="visits_cancelled", subject=number, due=due)
    visitor = await browser(cast.provider_a)
    page = (await visitor.get("/tasks")).text
    assert "您有 10 项待办" in page and "事项1号" in page and "事项2号" not in page
    (link,) = re.findall(r'href="(/tasks\?kind=[a-z_]+)"', page)
    everything = (await visitor.get(link)).text
    assert all(f"事项{number}号" in everything for number in range(1, 11))


@pytest.mark.parametrize(("hour", "greeting"), [(8, "早上好"), (13, "下午好"), (20, "晚上好")])
async def test_the_greeting_knows_the_hour(browser: OpenBrowser, cast: Cast, hour: int, greeting: str) -> None:
    with clock.stopped_at(clock.at(clock.today(), hour * 60)):
        assert greeting in (await (await browser(cast.bureau)).get("/tasks")).text


async def test_the_first_page_opens_for_every_role_and_leads_to_the_days_work(
    browser: OpenBrowser, cast: Cast
) -> None:
    for name, scope in cast.people().items():
        visitor = await browser(scope)
        first = await visitor.get("/")
        setting_up = scope.role in {Role.BUREAU_OFFICER, Role.ADMINISTRATOR}  # the cast's counties have no run yet
        work = "/set-up" if setting_up else "/phone" if scope.role == Role.WORKER else "/tasks"
        assert first.headers["location"] == work, name
        assert (await visitor.get(first.headers["location"])).status_code == 200, name
        assert (await visitor.get("/tasks")).status_code == 200, name


async def test_the_stranger_sees_nothing_of_it(browser: OpenBrowser, cast: Cast) -> None:
    await ask(cast.bureau, cast)
    for scope in (cast.stranger, cast.stranger_provider, cast.provider_b, cast.bureau):
        assert "事项1号" not in (await (await browser(scope)).get("/tasks")).text


async def test_each_role_sees_its_own_key_figures(cast: Cast) -> None:
    seen = {
        name: {one.name: one.value for one in await figures.of_role(scope)} for name, scope in cast.people().items()
    }
    assert seen["bureau"]["recipients"] == 2
    assert seen["station_a"]["recipients"] == seen["station_b"]["recipients"] == 1
    assert "recipients" not in seen["provider_a"]
    assert "to_pay" in seen["finance"] and "to_pay" not in seen["bureau"]
    assert seen["stranger"]["recipients"] == 1  # of the other county
    assert seen["administrator"]["accounts"] == sum(
        scope.counties == cast.bureau.counties for scope in cast.people().values()
    )


async def test_key_figures_lead_to_their_lists(browser: OpenBrowser, cast: Cast) -> None:
    for scope in (cast.bureau, cast.finance, cast.auditor, cast.station_a, cast.provider_a, cast.administrator):
        visitor = await browser(scope)
        page = (await visitor.get("/tasks")).text
        links = set(re.findall(r'class="figure[^"]*" href="([^"]+)"', page))
        assert links or scope.role in (Role.BUREAU_FINANCE, Role.PROVIDER_MANAGER), scope.role
        for link in links:
            assert (await visitor.get(html.unescape(link))).status_code == 200, link
