"""A form that comes after the session has ended: log in, and it is there. For every form that a route takes."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar import Litestar

from shangmen import clock, database, paths
from shangmen.access import RULES, Rows, Scope
from shangmen.foundation.accounts import daily
from shangmen.foundation.accounts.actions import open_session
from shangmen.web import forms, tokens, unsent
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser
from tests.test_access import _one_of_each
from tests.test_fuzz import Asked, Sender, addressed, all_routes, callers, completed, found_out, plausible, reading

__all__ = ["reading"]  # a fixture

SECRET = "t" * 40  # of the app under test, see conftest.py
SENTENCE = "登录已失效"  # stands in what is said of a session that ended


@dataclass
class Typed:
    """A form that somebody who may has filled in."""

    route: str
    path: str
    who: Scope
    fields: dict[str, str]
    texts: list[str] = field(default_factory=list)


def token_of(visitor: Browser, who: Scope) -> str:
    """What a page made for somebody has in its forms."""
    return tokens.made_for(tokens.mask(str(visitor.cookies["csrf"])), who.user or 0, SECRET)


async def send(visitor: Browser, who: Scope, path: str, fields: dict[str, str], **more: Any) -> httpx.Response:
    """Send a form of a page that was made for somebody."""
    if "csrf" not in visitor.cookies:
        await visitor.get("/login")
    return await visitor.post(path, {"_csrf_token": token_of(visitor, who), **fields}, **more)


async def log_in(visitor: Browser, who: Scope) -> None:
    visitor.cookies.delete("session")
    token, _scope = await open_session(who, "127.0.0.9", "test")
    visitor.cookies.set("session", token)


async def end_session(visitor: Browser) -> None:
    """As thirty idle minutes, or logging out elsewhere, do."""
    await database.execute("DELETE FROM app_session")
    visitor.cookies.delete("session")


def kept_at(answer: httpx.Response) -> str:
    """Where the log-in page that was answered leads to."""
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]


async def filled_forms(app: Litestar, cast: Cast, noted: Asked) -> list[Typed]:
    """Every form that a route takes, as each who may fills it in."""
    ids = await _one_of_each(cast)
    await completed(cast)
    asked = await found_out(app, Sender(app, {}), await callers(cast), ids, noted)
    found = list[Typed]()
    for name, method, path, rule, _named in all_routes(app):
        handler: Any = app.get_handler_index_by_name(name)
        if method != "POST" or rule.rows == Rows.PUBLIC or not handler["handler"].opt.get("kept", True):
            continue
        fields, texts = {}, []
        for one, hint in asked[name].form.items():
            if one in unsent.ADDED or forms._bare(hint) is bytes:
                continue
            fields[one] = plausible(hint)
            if fields[one] == "测试":
                fields[one] = f"写了{len(found)}号{one}"
                texts.append(fields[one])
        found += [
            Typed(name, addressed(name, path, ids, rule), who, fields, texts)
            for who in cast.people().values()
            if who.role in rule.roles and who.counties == (cast.county,)
        ]
    return found


# The page of a row shows some forms only in another state than these rows have: then what was typed stands above it.
IN_PLACE = {
    "accounts.create", "catalogue.note_holiday", "contracts.create", "needs.create", "needs.end",
    "organisations.create", "organisations.worker_create", "recipients.create", "recipients.event",
    "recipients.update", "tendering.start", "visits.create", "visits.fill",
}  # fmt: skip


async def test_every_form_is_there_after_the_log_in(
    app: Litestar, browser: OpenBrowser, cast: Cast, reading: Asked
) -> None:
    in_place, beside, buttons = set[str](), set[str](), set[str]()
    for one in await filled_forms(app, cast, reading):
        visitor = await browser(None)
        answer = await send(visitor, one.who, one.path, one.fields)
        if not one.fields:  # nothing was typed, so there is nothing to keep
            assert kept_at(answer) == "/", one.route
            buttons.add(one.route)
            continue
        there = kept_at(answer)
        assert there.startswith("/unsent/"), one.route
        assert SENTENCE in (await visitor.get(answer.headers["location"])).text
        await log_in(visitor, one.who)
        before = await database.number("SELECT count(*) FROM audit_event")
        page = await visitor.get(there)
        assert await database.number("SELECT count(*) FROM audit_event") == before
        shown = unescape(page.text)
        assert not [text for text in one.texts if text not in shown], f"{one.route} {one.who.name}"
        assert SENTENCE in shown, f"{one.route} {one.who.name}"
        stands = page.status_code == 422 and bool(re.search(f'action="{one.path}["?]', shown))
        # leaving what came back unsaved is asked about (shangmen.js)
        if one.route != "recipients.reveal":  # its address says what: see below
            assert not stands or 'data-changed="yes"' in shown, one.route
        (in_place if stands else beside).add(one.route)
    assert in_place >= IN_PLACE
    assert len(in_place) > 30 and len(buttons) > 15


PAUSE = {"until": "", "reason": "住院中，家属来电说两周后回来"}


async def paused(visitor: Browser, cast: Cast, **more: Any) -> str:
    """Where a form waits that came after its session had ended."""
    return kept_at(
        await send(visitor, cast.bureau, "/organisations/", {"name": "新机构", "address": "老街七号"}, **more)
    )


async def rows() -> int:
    return await database.number("SELECT count(*) FROM unsent_form")


async def test_the_log_in_itself_leads_to_the_form(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    with clock.stopped_at(clock.now() + timedelta(minutes=31)):  # idle: the session is over
        there = await paused(visitor, cast)
        async with database.transaction(cast.system):
            login = await database.value(str, "SELECT login FROM app_user WHERE id = :id", id=cast.bureau.user)
        assert login
        # the address of the log-in page, and, for who closed it and logs in at the first page, nothing
        for wanted in (there, "/"):
            assert await unsent.first(cast.bureau.user or 0, wanted) == there
        await log_in(visitor, cast.bureau)
        page = await visitor.get(there)
        assert page.status_code == 422
        assert 'value="新机构"' in page.text and 'value="老街七号"' in page.text
        assert await unsent.first(cast.bureau.user or 0, "/") == "/"  # it was seen; a reload still shows it
        assert (await visitor.get(there)).status_code == 422


async def test_the_cookie_of_the_session_that_ended_tells_whose_the_form_is_too(
    browser: OpenBrowser, cast: Cast
) -> None:
    visitor = await browser(cast.bureau)
    with clock.stopped_at(clock.now() + timedelta(minutes=31)):
        there = kept_at(await visitor.post("/organisations/", {"name": "新机构"}))
        await log_in(visitor, cast.bureau)
        assert 'value="新机构"' in (await visitor.get(there)).text


async def test_a_sheet_keeps_the_scale_of_its_address_and_every_choice(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    path = f"/recipients/{cast.person_a}/assess?scale=SIX_ITEM"
    page = await (await browser(cast.station_a)).get(path)
    offered = dict(reversed(re.findall(r'type="radio" name="(\w+)" value="(\w+)"', page.text)))
    assert len(offered) >= 6
    there = kept_at(await send(visitor, cast.station_a, path, offered))
    await log_in(visitor, cast.station_a)
    shown = (await visitor.get(there)).text
    assert dict(re.findall(r'name="(\w+)" value="(\w+)" checked', shown)) == offered


async def test_the_reason_of_a_reveal_comes_back_in_its_place(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    path = f"/recipients/{cast.person_a}/reveal?what=id_number"
    there = kept_at(await send(visitor, cast.bureau, path, {"reason": "核对低保名单"}))
    await log_in(visitor, cast.bureau)
    shown = (await visitor.get(there)).text
    form = shown.split(f'action="{path}" data-changed="yes"')[1].split("</form>")[0]
    assert 'value="核对低保名单"' in form and shown.count("核对低保名单") == 1


async def test_nobody_else_sees_it(browser: OpenBrowser, cast: Cast) -> None:
    there = await paused(await browser(None), cast)
    for other in (cast.administrator, cast.auditor, cast.station_a, cast.provider_a):
        visitor = await browser(other)
        answer = await visitor.get(there)
        assert answer.status_code == 404 and "老街" not in answer.text
        assert await unsent.first(other.user or 0, there) == "/"
        async with database.transaction(other):
            assert await rows() == 0  # the second wall
    async with database.transaction(cast.bureau):
        assert await rows() == 1


async def test_a_form_of_somebody_else_who_was_here_before_is_not_sent_in_ones_own_name(
    browser: OpenBrowser, cast: Cast
) -> None:
    visitor = await browser(cast.administrator)
    answer = await send(visitor, cast.bureau, "/organisations/", {"name": "新机构"})
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert await database.number("SELECT count(*) FROM organisation WHERE name = '新机构'") == 0
    async with database.transaction(cast.administrator):
        assert await rows() == 0
    async with database.transaction(cast.bureau):
        assert await rows() == 1


async def test_a_lost_cookie_of_the_forms_loses_no_text(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    await visitor.get("/login")
    token = token_of(visitor, cast.bureau)
    visitor.cookies.delete("csrf")  # the browser was opened anew and shows the page that it showed before
    await visitor.get("/account")
    answer = await visitor.post("/organisations/", {"_csrf_token": token, "name": "新机构"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/unsent/")
    assert 'value="新机构"' in (await visitor.get(answer.headers["location"])).text


async def test_htmx_is_sent_to_the_log_in_and_the_form_is_there(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    answer = await send(visitor, cast.bureau, "/organisations/", {"name": "新机构"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    there = parse_qs(urlsplit(answer.headers["hx-redirect"]).query)["next"][0]
    await log_in(visitor, cast.bureau)
    assert 'value="新机构"' in (await visitor.get(there)).text


async def test_what_waited_is_gone_when_it_is_sent(browser: OpenBrowser, cast: Cast) -> None:
    who = cast.administrator
    visitor = await browser(None)
    there = kept_at(await send(visitor, who, "/catalogue/holidays", {"day": "2026-11-11", "name": "劳动节"}))
    await log_in(visitor, who)
    page = await visitor.get(there)
    form = page.text.split('action="/catalogue/holidays"')[1].split("</form>")[0]
    hidden = dict(re.findall(r'name="(once|unsent|version|seen)" value="([^"]+)"', form))
    sent = {"day": "2026-11-12", "name": "劳动节", "source": "通知", "kind": "holiday"} | hidden
    answer = await send(visitor, who, "/catalogue/holidays", sent)
    assert answer.status_code == 303, answer.text
    async with database.transaction(who):
        assert await rows() == 0


async def test_the_same_form_sent_twice_is_kept_once_and_only_so_many(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    await paused(visitor, cast)
    await paused(visitor, cast)
    async with database.transaction(cast.bureau):
        assert await rows() == 1
    for number in range(unsent.MOST + 3):
        await send(visitor, cast.bureau, "/organisations/", {"name": f"机构{number}"})
    async with database.transaction(cast.bureau):
        assert await rows() == unsent.MOST


async def test_what_is_too_long_is_not_kept(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    long = {"name": "长" * (unsent.LONGEST // 12), "address": "长" * (unsent.LONGEST // 4)}
    answer = await unsent._keep(cast.bureau.user or 0, "/organisations/", "/", list(long.items()))
    assert answer is None
    assert await database.number("SELECT count(*) FROM app_user") > 0
    await visitor.get("/login")


async def test_nothing_waits_for_ever(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    there = await paused(visitor, cast)
    with clock.stopped_at(clock.now() + unsent.KEPT + timedelta(minutes=1)):
        await log_in(visitor, cast.bureau)
        assert (await visitor.get(there)).status_code == 404
        async with database.transaction(cast.system):
            found = await daily.bring(cast.system, clock.today())
        assert found["unsent_forms_removed"] == 1


async def test_no_secret_and_no_file_is_kept(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    fields = {"present": "old secret 1", "password": "new secret 2", "again": "new secret 2"}
    assert (await send(visitor, cast.bureau, "/account/password", fields)).status_code == 303
    await send(
        visitor, cast.bureau, "/recipients/rolls/", {"x": "y"}, files={"file": ("a.xlsx", b"PK content", "x/y")}
    )
    async with database.transaction(cast.bureau):
        kept = await database.values(str, "SELECT said FROM unsent_form")
    assert not [said for said in kept if "secret" in said or "content" in said]


def test_forms_of_secrets_are_never_kept(app: Litestar) -> None:
    secret = re.compile(r'url\("([\w.]+)"(?:(?!form_close).)*?(?:type="password"|one-time-code)', re.DOTALL)
    routes = {
        name
        for file in Path(paths.TEMPLATES).rglob("*.html")
        for form in file.read_text("utf-8").split("form_open(")[1:]
        for name in secret.findall(form.split("form_close(")[0])
    }
    assert {"accounts.enter", "accounts.change_password", "accounts.enrol_totp"} <= routes
    for name in routes:
        handler: Any = app.get_handler_index_by_name(name)
        assert RULES[name].rows == Rows.PUBLIC or handler["handler"].opt["kept"] is False, name


async def test_nothing_can_be_changed_while_a_kept_form_is_opened(cast: Cast) -> None:
    with database.unchanged(), pytest.raises(Exception, match="read-only transaction"):
        async with database.transaction(cast.bureau):
            await database.execute("UPDATE organisation SET name = 'x'")
    async with database.transaction(cast.system):
        await database.execute("UPDATE submission SET result = ''")


@pytest.mark.parametrize("change", ["", "x", "x.y"])
def test_a_mark_that_is_not_ours_is_nobodys(change: str) -> None:
    good = tokens.made_for("m.x", 7, SECRET)
    assert tokens.owner(good, SECRET) == 7
    assert tokens.owner(change, SECRET) is None
    assert tokens.owner(good, "another secret") is None
    body = bytearray(good.encode())
    body[20] ^= 1
    assert tokens.owner(body.decode("latin-1"), SECRET) is None
    with clock.stopped_at(clock.now() + tokens.OPEN_FOR + timedelta(minutes=1)):
        assert tokens.owner(good, SECRET) is None
