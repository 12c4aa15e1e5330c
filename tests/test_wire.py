"""What goes over the wire: compressed, kept where it never changes, and no secret beside what a request typed."""

import re

import pytest
from litestar import Litestar

from shangmen import clock
from shangmen.supply.matching_runs import actions
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job
from shangmen.web import tokens
from shangmen.web.pages import asset
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.supply.matching_world import add_contract, add_need, law
from tests.wire import weight

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


async def test_the_log_in_page_weighs_60_kb_at_most(browser: OpenBrowser) -> None:
    total, files = await weight(await browser(None), "/login")
    assert total <= 60_000
    assert {"pico.css", "htmx.min.js"} <= files
    assert not files & {"leaflet.js", "echarts.min.js", "map.js", "chart.js"}


async def test_a_run_page_weighs_250_kb_at_most(cast: Cast, browser: OpenBrowser) -> None:
    await law(cast)
    await add_contract(cast.system, cast, cast.provider_a.organisation or 0, [cast.bath], [cast.township_a])
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await actions.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=1))
    await job.solve(cast.system, run)
    total, files = await weight(await browser(cast.bureau), f"/matching/{run}")
    assert total <= 250_000
    assert "leaflet.js" in files


PLAIN = ["/tasks/", "/recipients/", "/needs/", "/contracts/", "/visits/", "/records/", "/audit/"]


@pytest.mark.parametrize("path", PLAIN)
async def test_pages_without_a_map_or_a_chart_load_neither(cast: Cast, browser: OpenBrowser, path: str) -> None:
    page = (await (await browser(cast.bureau)).get(path)).text
    assert "shangmen.css" in page
    assert "leaflet" not in page
    assert "echarts" not in page


@pytest.mark.parametrize(("accepted", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)])
async def test_a_page_is_packed_as_the_browser_can_unpack_it(
    browser: OpenBrowser, accepted: str, coding: str | None
) -> None:
    answer = await (await browser(None)).get("/login", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    assert "</html>" in answer.text
    if coding:
        assert "accept-encoding" in answer.headers["Vary"].lower()


async def test_an_asset_under_its_digest_is_kept_for_a_year(browser: OpenBrowser) -> None:
    answer = await (await browser(None)).get(asset("shangmen.css"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path", ["/static/shangmen.css", "/static/shangmen.css?v=0123456789", "/static/none?v=missing"]
)
async def test_an_asset_under_any_other_address_is_asked_for_again(browser: OpenBrowser, path: str) -> None:
    assert (await (await browser(None)).get(path)).headers["Cache-Control"] == "no-cache"


async def test_a_page_is_never_kept(browser: OpenBrowser) -> None:
    assert (await (await browser(None)).get("/login")).headers["Cache-Control"] == "no-store"


async def test_no_answer_has_the_token_in_the_letters_of_another(browser: OpenBrowser) -> None:
    visitor = await browser(None)
    first, second = [TOKEN.findall((await visitor.get("/login")).text)[0] for _ in range(2)]
    plain = visitor.cookies.get("csrf") or ""
    assert first != second
    assert tokens.unmask(first) == tokens.unmask(second) == plain
    assert plain[:16] not in (await visitor.get("/login")).text


@pytest.mark.parametrize("letters", ["masked", "plain"])
async def test_a_form_is_taken_with_the_token_of_its_page_and_of_the_cookie(
    browser: OpenBrowser, letters: str
) -> None:
    visitor = await browser(None)
    token = TOKEN.findall((await visitor.get("/login")).text)[0]
    sent_token = token if letters == "masked" else visitor.cookies.get("csrf")
    answer = await visitor._client.post("/login", data={"_csrf_token": sent_token, "login": "x", "password": "y"})
    assert answer.status_code != 403
    again = TOKEN.findall(answer.text)[0]
    assert again != token
    assert tokens.unmask(again) == tokens.unmask(token)


@pytest.mark.parametrize("token", ["", "m.", "m.x", "m.====", "m.AAAA", "m.é", "x" * 128])
async def test_a_token_that_is_none_is_refused(app: Litestar, browser: OpenBrowser, token: str) -> None:
    visitor = await browser(None)
    await visitor.get("/login")
    answer = await visitor._client.post("/login", data={"_csrf_token": token, "login": "x", "password": "y"})
    assert answer.status_code == 403
