"""The wall in front of the pages: tokens, origins, sessions, headers."""

from datetime import timedelta

import pytest
from litestar import Litestar

from shangmen import clock, database
from shangmen.access import RULES, Rows
from shangmen.foundation.accounts import queries
from shangmen.operations import logs
from tests.cast import Cast
from tests.conftest import OpenBrowser


def unsafe_routes(app: Litestar) -> list[tuple[str, str]]:
    """(name, path) of every route that changes something, ids filled with 1."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.name and "POST" in {str(method) for method in handler.http_methods}:
                found.append((handler.name, filled(route.path)))
    return sorted(found)


def filled(path: str, value: int = 1) -> str:
    """A route's path with every id filled in."""
    return "/".join(str(value) if part.startswith("{") else part for part in path.split("/"))


def test_there_are_unsafe_routes_to_try(app: Litestar) -> None:
    assert len(unsafe_routes(app)) > 5


async def test_every_unsafe_route_refuses_a_missing_token(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    await visitor.get("/login")
    for name, path in unsafe_routes(app):
        answer = await visitor._client.post(path, data={"x": "1"})
        assert answer.status_code == 403, name


async def test_every_unsafe_route_refuses_a_foreign_token(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    visitor, other = await browser(cast.bureau), await browser(cast.stranger)
    await visitor.get("/login")
    await other.get("/login")
    for name, path in unsafe_routes(app):
        answer = await visitor._client.post(path, data={"_csrf_token": other.cookies.get("csrf")})
        assert answer.status_code == 403, name


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://testserver@elsewhere.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
    ids=["foreign", "another port", "a name before the host", "no address", "cross-site", "same-site", "opaque"],
)
async def test_every_unsafe_route_refuses_another_site(
    app: Litestar, browser: OpenBrowser, cast: Cast, headers: dict[str, str]
) -> None:
    visitor = await browser(cast.bureau)
    for name, path in unsafe_routes(app):
        answer = await visitor.post(path, {}, headers=headers)
        assert answer.status_code == 403, name


async def test_nobody_is_sent_to_the_login_page(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if not handler.name or "GET" not in {str(m) for m in handler.http_methods}:
                continue
            rule = RULES.get(handler.name)
            if rule is None or rule.rows == Rows.PUBLIC:
                continue
            answer = await visitor.get(filled(route.path))
            assert answer.status_code == 303, handler.name
            assert answer.headers["location"].startswith("/login"), handler.name


async def test_a_session_ends_after_thirty_idle_minutes(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    assert (await visitor.get("/account")).status_code == 200
    with clock.stopped_at(clock.now() + queries.IDLE + timedelta(minutes=1)):
        assert (await visitor.get("/account")).status_code == 303


async def test_a_session_ends_after_twelve_hours_however_busy(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    start = clock.now()
    for minutes in range(0, 12 * 60, 20):
        with clock.stopped_at(start + timedelta(minutes=minutes)):
            assert (await visitor.get("/account")).status_code == 200
    with clock.stopped_at(start + queries.LIFETIME + timedelta(minutes=1)):
        assert (await visitor.get("/account")).status_code == 303


async def test_a_logged_out_session_is_worth_nothing(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    token = visitor.cookies["session"]
    assert (await visitor.post("/logout")).status_code == 303
    visitor.cookies.set("session", token)
    assert (await visitor.get("/account")).status_code == 303


async def test_pages_say_what_a_browser_may_load_and_are_not_kept(browser: OpenBrowser, cast: Cast) -> None:
    answer = await (await browser(cast.bureau)).get("/account")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


async def test_log_in_never_redirects_to_another_site(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    for wanted in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        answer = await visitor.get("/login", params={"next": wanted})
        assert answer.headers["location"] == "/"


async def test_an_unknown_address_is_a_page_not_a_trace(browser: OpenBrowser, cast: Cast) -> None:
    answer = await (await browser(cast.bureau)).get("/no/such/page")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert "<form" not in answer.text  # no token is given there: whatever was sent would be refused


def test_log_lines_hold_no_id_number_and_no_telephone() -> None:
    line = logs.redacted("person 640324194406129029 called from 13812345678 about 64032419780923904X")
    assert "640324194406129029" not in line
    assert "13812345678" not in line
    assert "64032419780923904X" not in line


async def test_the_session_table_keeps_only_digests(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    async with database.transaction(cast.system):
        tokens = await database.values(bytes, "SELECT token FROM app_session")
    assert visitor.cookies["session"].encode() not in tokens
    assert queries.digest(visitor.cookies["session"]) in tokens
