"""Log-in and what surrounds it."""

from shangmen.foundation.accounts import actions
from shangmen.foundation.accounts.forms import UserForm

from tests.cast import Cast


async def test_the_login_page_opens(browser, cast: Cast) -> None:
    visitor = await browser(None)
    answer = await visitor.get("/login")
    assert answer.status_code == 200
    assert "登录" in answer.text


async def test_a_new_user_logs_in_and_gets_a_fresh_session(browser, cast: Cast) -> None:
    from shangmen.access import Role

    _id, first = await actions.create(
        cast.administrator,
        UserForm(login="newcomer", name="新人", role=Role.BUREAU_OFFICER, organisation=cast.bureau.organisation),
    )
    visitor = await browser(None)
    visitor.cookies.set("session", "chosen-by-somebody-else")
    answer = await visitor.post("/login", {"login": "newcomer", "password": first, "next": "/account"})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/account"
    assert visitor.cookies.get("session", domain="testserver.local") != "chosen-by-somebody-else"
