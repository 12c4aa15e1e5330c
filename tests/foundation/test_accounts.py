"""Log-in and what surrounds it."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from shangmen import clock, database
from shangmen.access import Role
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.accounts import actions, queries
from shangmen.foundation.accounts.forms import TotpForm, UserForm
from shangmen.foundation.accounts.tables import User
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser

PASSWORD = "county-2026-key"
WRONG = "用户名或密码错误"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def account(
    cast: Cast, login: str = "newcomer", must_change: bool = False, role: Role = Role.BUREAU_OFFICER
) -> int:
    """A user of the bureau whose password is known."""
    form = UserForm(login=login, name="新人", role=role, organisation=cast.bureau.organisation or 0)
    id, _first = await actions.create(cast.administrator, form, PASSWORD, must_change)
    return id


def entry(login: str = "newcomer", password: str = PASSWORD, **more: str) -> dict[str, object]:
    return {"login": login, "password": password, "next": "/account", **more}


def session_of(visitor: Browser) -> str | None:
    """The cookie that the server set last."""
    cookies = [c.value for c in visitor.cookies.jar if c.name == "session" and c.domain == "testserver.local"]
    return cookies[-1] if cookies else None


async def test_the_login_page_opens(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    answer = await visitor.get("/login")
    assert answer.status_code == 200
    assert "登录" in answer.text


async def test_who_is_not_logged_in_comes_back_to_the_wanted_page(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(None)
    answer = await visitor.get("/accounts?q=x")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Faccounts%3Fq%3Dx"


async def test_a_login_gets_a_session_that_nobody_chose_before(browser: OpenBrowser, cast: Cast) -> None:
    await account(cast)
    visitor = await browser(None)
    visitor.cookies.set("session", "chosen-by-somebody-else", domain="testserver.local")
    answer = await visitor.post("/login", entry())
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/account"
    first = session_of(visitor)
    assert first not in {None, "chosen-by-somebody-else"}
    other = await browser(None)
    await other.post("/login", entry())
    assert session_of(other) not in {None, first}


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
async def test_a_login_leads_to_no_other_site(browser: OpenBrowser, cast: Cast, wanted: str) -> None:
    await account(cast)
    answer = await (await browser(None)).post("/login", entry(next=wanted))
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(browser: OpenBrowser, cast: Cast) -> None:
    await account(cast)
    visitor = await browser(None)
    wrong = await visitor.post("/login", entry(password="something-else-1"))
    unknown = await visitor.post("/login", entry(login="nobody.at.all", password="something-else-1"))
    assert wrong.status_code == unknown.status_code == 422
    assert WRONG in wrong.text and WRONG in unknown.text
    assert "something-else-1" not in wrong.text


async def test_a_disabled_account_is_out_at_once_and_stays_out(browser: OpenBrowser, cast: Cast) -> None:
    id = await account(cast)
    visitor = await browser(None)
    await visitor.post("/login", entry())
    assert (await visitor.get("/account")).status_code == 200
    administrator = await browser(cast.administrator)
    assert (await administrator.post(f"/accounts/{id}/disable")).status_code == 303
    assert (await visitor.get("/account")).status_code == 303
    again = await visitor.post("/login", entry())
    assert again.status_code == 422
    assert WRONG in again.text
    assert (await administrator.post(f"/accounts/{id}/enable")).status_code == 303
    assert (await visitor.post("/login", entry())).status_code == 303


async def test_nobody_disables_their_own_account(browser: OpenBrowser, cast: Cast) -> None:
    with pytest.raises(Conflict):
        await actions.set_active(cast.administrator, cast.administrator.user or 0, False)
    answer = await (await browser(cast.administrator)).post(f"/accounts/{cast.administrator.user}/disable")
    assert answer.status_code == 409


async def test_a_first_password_is_changed_before_anything_else(browser: OpenBrowser, cast: Cast) -> None:
    await account(cast, must_change=True)
    visitor = await browser(None)
    await visitor.post("/login", entry())
    elsewhere = await visitor.get("/tasks")
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, "/account")
    assert "请立即设置自己的密码" in (await visitor.get("/account")).text
    new = {"present": PASSWORD, "password": "another-key-77", "again": "another-key-77"}
    changed = await visitor.post("/account/password", new)
    assert (changed.status_code, changed.headers["location"]) == (303, "/login")
    await visitor.post("/login", entry(password="another-key-77"))
    assert (await visitor.get("/tasks")).status_code == 200


async def test_a_new_password_ends_every_session(browser: OpenBrowser, cast: Cast) -> None:
    await account(cast)
    desk, home = await browser(None), await browser(None)
    await desk.post("/login", entry())
    await home.post("/login", entry())
    await desk.post(
        "/account/password", {"present": PASSWORD, "password": "another-key-77", "again": "another-key-77"}
    )
    assert (await desk.get("/account")).status_code == 303
    assert (await home.get("/account")).status_code == 303


@pytest.mark.parametrize(
    ("present", "password", "again", "field"),
    [
        ("not-the-present-1", "another-key-77", "another-key-77", "present"),
        (PASSWORD, "another-key-77", "another-key-78", "again"),
        (PASSWORD, "short-1", "short-1", "password"),
        (PASSWORD, "onlyletters", "onlyletters", "password"),
        (PASSWORD, "newcomer-2026", "newcomer-2026", "password"),
        (PASSWORD, "Passw0rd!2026", "Passw0rd!2026", "password"),
        (PASSWORD, "woaini520520", "woaini520520", "password"),
        (PASSWORD, "1qaz2wsx3edc", "1qaz2wsx3edc", "password"),
        (PASSWORD, "Ｐａｓｓｗ０ｒｄ１２３", "Ｐａｓｓｗ０ｒｄ１２３", "password"),
        (PASSWORD, "q123456789" * 20, "q123456789" * 20, "password"),
    ],
)
async def test_a_password_that_will_not_do_is_told_beside_its_field(
    browser: OpenBrowser, cast: Cast, present: str, password: str, again: str, field: str
) -> None:
    await account(cast)
    visitor = await browser(None)
    await visitor.post("/login", entry())
    typed = {"present": present, "password": password, "again": again}
    answer = await visitor.post("/account/password", typed)
    assert answer.status_code == 422
    assert f'id="password-{field}-fault"' in answer.text
    assert password not in answer.text


async def test_a_session_sleeps_after_half_an_hour_and_ends_after_half_a_day(cast: Cast) -> None:
    token, _scope = await actions.open_session(cast.bureau, "", "")
    start = clock.now()

    async def alive(minutes: int) -> bool:
        with clock.stopped_at(start + timedelta(minutes=minutes)):
            return await queries.session(cast.system, token) is not None

    assert await alive(29) and await alive(58)
    assert not await alive(58 + 31)
    token, _scope = await actions.open_session(cast.bureau, "", "")
    assert all([await alive(minute) for minute in range(20, 720, 20)])
    assert not await alive(721)


async def test_a_session_of_a_disabled_user_is_worth_nothing_even_if_it_was_left(cast: Cast) -> None:
    token, _scope = await actions.open_session(cast.bureau, "", "")
    async with database.transaction(cast.system):
        await database.change(User, cast.bureau.user or 0, {User.active: False})
    assert await queries.session(cast.system, token) is None


async def test_the_language_is_switched_and_remembered(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    assert "账号" in (await visitor.get("/accounts")).text
    answer = await visitor.post("/locale", {"locale": "en", "next": "/accounts"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts")
    page = await visitor.get("/accounts")
    assert "Log-in name" in page.text and 'lang="en"' in page.text
    other = await browser(cast.administrator)
    assert "Log-in name" in (await other.get("/accounts")).text  # on another device


async def test_the_language_is_switched_where_the_form_stood_that_came_back(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    for referer, back in (
        ("http://testserver/accounts/new?role=worker", "/accounts/new?role=worker"),
        ("http://elsewhere.example/accounts/new", "/"),
    ):
        answer = await visitor.post("/accounts", {"login": ""}, headers={"referer": referer})
        assert answer.status_code == 422
        assert f'name="next" value="{back}"' in answer.text


async def test_an_unknown_language_is_chinese(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    await visitor.post("/locale", {"locale": "../../etc", "next": "/accounts"})
    assert "用户名" in (await visitor.get("/accounts")).text


async def test_a_second_factor_is_asked_for_once_it_is_enrolled(browser: OpenBrowser, cast: Cast) -> None:
    id = await account(cast, role=Role.ADMINISTRATOR)
    scope = replace(cast.administrator, user=id)
    with pytest.raises(Refused):
        await actions.enrol_totp(scope, SECRET, TotpForm("000000"))
    await actions.enrol_totp(scope, SECRET, TotpForm(pyotp.TOTP(SECRET).at(clock.now())))
    visitor = await browser(None)
    without = await visitor.post("/login", entry())
    assert without.status_code == 422
    assert 'id="f-code-fault"' in without.text
    guessed = await visitor.post("/login", entry(code="000000"))
    assert guessed.status_code == 422 and WRONG in guessed.text
    with clock.stopped_at(clock.now() + timedelta(seconds=60)):
        right = await visitor.post("/login", entry(code=pyotp.TOTP(SECRET).at(clock.now())))
        assert right.status_code == 303


async def test_an_administrator_enrols_on_the_own_page(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    assert "data:image/svg+xml" in (await visitor.get("/account")).text
    wrong = await visitor.post("/account/totp", {"secret": SECRET, "code": "000000"})
    assert wrong.status_code == 422 and SECRET in wrong.text
    code = pyotp.TOTP(SECRET).at(clock.now())
    assert (await visitor.post("/account/totp", {"secret": SECRET, "code": code})).status_code == 303
    assert "data:image/svg+xml" not in (await visitor.get("/account")).text


async def test_a_new_first_password_takes_the_second_factor_off(browser: OpenBrowser, cast: Cast) -> None:
    id = await account(cast, role=Role.ADMINISTRATOR)
    await actions.enrol_totp(
        replace(cast.administrator, user=id), SECRET, TotpForm(pyotp.TOTP(SECRET).at(clock.now()))
    )
    page = await (await browser(cast.administrator)).post(f"/accounts/{id}/password")
    assert page.status_code == 200 and "初始密码" in page.text
    user = await queries.user(cast.administrator, id)
    assert (user.totp, user.must_change) == (False, True)


async def test_an_account_is_made_and_its_first_password_shown_once(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    assert (await visitor.get("/accounts/new")).status_code == 200
    typed = {
        "login": "li.si",
        "name": "李四",
        "role": "station_scheduler",
        "organisation": cast.station_a.organisation,
    }
    made = await visitor.post("/accounts", typed)
    assert made.status_code == 200 and "仅显示这一次" in made.text
    user = await queries.as_user(cast.system, "li.si")
    assert user.role == Role.STATION_SCHEDULER
    assert "仅显示这一次" not in (await visitor.get(f"/accounts/{user.user}")).text
    assert "li.si" in (await visitor.get("/accounts?q=李四")).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"login": "UPPER CASE"}, "login"),
        ({"role": "system"}, "role"),
        ({"role": "provider_manager"}, "organisation"),
        ({"role": "worker"}, "worker"),
        ({"organisation": "987654321"}, "organisation"),
    ],
)
async def test_an_account_that_does_not_fit_is_refused_beside_its_field(
    browser: OpenBrowser, cast: Cast, change: dict[str, str], field: str
) -> None:
    station = str(cast.station_a.organisation)
    typed = {"login": "li.si", "name": "李四", "role": "station_scheduler", "organisation": station, **change}
    answer = await (await browser(cast.administrator)).post("/accounts", typed)
    assert answer.status_code == 422
    assert f'id="f-{field}-fault"' in answer.text


async def test_a_log_in_name_is_given_once(cast: Cast) -> None:
    await account(cast)
    with pytest.raises(Refused, match="taken"):
        await account(cast)


async def test_the_administrator_of_another_county_finds_no_account_here(browser: OpenBrowser, cast: Cast) -> None:
    async with database.transaction(replace(cast.system, counties=(cast.other_county,))):
        from tests.cast import _user

        stranger = await _user(
            Role.ADMINISTRATOR, cast.stranger.organisation or 0, cast.other_county, "stranger admin"
        )
    visitor = await browser(stranger)
    id = cast.bureau.user
    assert (await visitor.get(f"/accounts/{id}")).status_code == 404
    for verb in ("disable", "enable", "password"):
        assert (await visitor.post(f"/accounts/{id}/{verb}")).status_code == 404
    assert f'/accounts/{id}"' not in (await visitor.get("/accounts")).text
    with pytest.raises(NotFound):
        await actions.reset_password(stranger, id or 0)


async def test_accounts_are_kept_by_administrators_and_desks_with_workers(browser: OpenBrowser, cast: Cast) -> None:
    for name, scope in cast.people().items():
        if scope.role not in {Role.ADMINISTRATOR, Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER}:
            assert (await (await browser(scope)).get("/accounts")).status_code == 403, name
