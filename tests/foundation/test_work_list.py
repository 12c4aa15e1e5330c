"""The work list is the truth: what a line counts is what the list behind it shows, for every role."""

import html
import re
from dataclasses import dataclass

import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.tasks import figures, waiting
from shangmen.supply.placements.offers import actions as offers
from shangmen.web import language
from shangmen.wiring import WAITING
from tests.busy import busy_county, everyone
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser


@dataclass(frozen=True)
class Told:
    """A line of the page."""

    title: str
    count: int
    href: str


async def lines(visitor: Browser) -> list[Told]:
    """The lines of the first page."""
    page = (await visitor.get("/tasks")).text
    found = re.findall(
        r"<tr class=\"[^\"]*\">.*?<span>(.*?)(?:<br>|</span>).*?<td class=\"number\"[^>]*>(\d+)</td>"
        r".*?<a class=\"button[^\"]*\" href=\"([^\"]+)\"",
        page,
        re.DOTALL,
    )
    return [Told(html.unescape(title), int(count), html.unescape(href)) for title, count, href in found]


def rows(page: str) -> int:
    """How many rows the first list of a page has."""
    if 'class="tasks"' in page:
        return page.count('<li class="task')
    if 'href="/phone/visits/' in page:
        return page.count('href="/phone/visits/')
    table = re.search(r'<table class="list.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    return table[1].count("<tr") if table else 0


@pytest_asyncio.fixture(loop_scope="session")
async def busy(cast: Cast) -> Cast:
    """The cast in a busy county."""
    await busy_county(cast)
    return cast


async def test_every_line_of_every_role_counts_what_its_list_shows(browser: OpenBrowser, busy: Cast) -> None:
    seen = set()
    for name, scope in everyone(busy).items():
        visitor = await browser(scope)
        for line in await lines(visitor):
            answer = await visitor.get(line.href)
            assert answer.status_code == 200, (name, line)
            assert rows(answer.text) == line.count, (name, line)
            seen.add((str(scope.role), line.title))
    assert len(seen) > 25


async def test_every_kind_is_on_the_page_of_its_roles(browser: OpenBrowser, busy: Cast) -> None:
    """So that the test above has seen each of them."""
    missing = set()
    for kind in WAITING:
        for role in kind.roles:
            counts = []
            for scope in everyone(busy).values():
                if scope.role == role:
                    entries = await kind.entries(scope) if kind.entries else ()
                    counts.append((await waiting.standing(scope, kind, entries)).count)
            if not any(counts):
                missing.add((kind.name, str(role)))
    assert missing == set()


async def test_every_key_figure_that_is_a_number_is_what_its_list_shows(browser: OpenBrowser, busy: Cast) -> None:
    checked = 0
    for name, scope in everyone(busy).items():
        visitor = await browser(scope)
        first = (await visitor.get("/tasks")).text
        for one in await figures.of_role(scope):
            if one.money or one.route == "visits.calendar" or not one.value or one.value > 50:
                continue
            label = re.escape(language.gettext(one.label))
            (link,) = re.findall(rf'class="figure[^"]*" href="([^"]+)"><span class="figure-label">{label}<', first)
            assert rows((await visitor.get(html.unescape(link))).text) == one.value, (name, one)
            checked += 1
    assert checked > 5


async def test_what_is_nothing_is_left_out_and_an_empty_list_says_so_once(browser: OpenBrowser, cast: Cast) -> None:
    page = (await (await browser(cast.auditor)).get("/tasks")).text
    assert page.count("没有待办事项") == 1
    assert '<table class="list' not in page
    assert re.findall(r'class="figure-value[^"]*">\s*0\s*<', page) == []


async def test_a_verb_takes_its_row_off_the_line_without_any_task(browser: OpenBrowser, busy: Cast) -> None:
    async def offers_of(scope: Scope) -> int:
        found = [line.count for line in await lines(await browser(scope)) if "/offers" in line.href]
        return sum(found)

    before = await offers_of(busy.station_b)
    async with database.transaction(busy.system):
        await database.execute("UPDATE task SET closed_at = :now WHERE kind = 'offer_waiting'", now=clock.now())
    assert await offers_of(busy.station_b) == before == 1
    await offers.accept_all(busy.station_b)
    assert await offers_of(busy.station_b) == 0


async def test_a_record_is_on_the_list_of_who_may_decide_on_it(browser: OpenBrowser, busy: Cast) -> None:
    """The station's own visit waits for the bureau, the provider's for the station; neither for the other."""
    for scope in (busy.bureau, busy.station_a):
        visitor = await browser(scope)
        (line,) = [line for line in await lines(visitor) if line.href.startswith("/records/held?")]
        page = (await visitor.get(line.href)).text
        for record in re.findall(r'href="(/records/\d+)"', page):
            shown = (await visitor.get(record)).text
            assert "/accept" in shown, (scope.role, record)
        assert line.count == 1, scope.role


async def test_nobody_of_another_county_counts_any_of_it(browser: OpenBrowser, busy: Cast) -> None:
    for scope in (busy.stranger, busy.stranger_provider):
        assert [line for line in await lines(await browser(scope)) if "/recipients" not in line.href] == []


async def test_a_kind_that_is_none_of_the_viewers_shows_the_whole_list(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    for kind in ("nothing_like_it", "holidays"):
        assert "officer，" in (await visitor.get(f"/tasks?kind={kind}")).text  # the greeting
    assert "没有此类待办事项" in (await visitor.get("/tasks?kind=papers")).text
