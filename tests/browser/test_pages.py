"""Pages as people meet them: accessible, within the screen, the phone light and usable without JavaScript."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from shangmen.demo.places import PASSWORD
from tests.browser.conftest import Site

LogIn = Callable[..., Page]

DESKS = {
    "bureau": ["/tasks", "/recipients", "/needs", "/matching", "/matching/2", "/offers", "/contracts", "/lots",
               "/visits", "/records", "/statements", "/organisations", "/regions", "/catalogue", "/tendering",
               "/tendering/new"],
    "station1": ["/tasks", "/recipients", "/recipients/new", "/recipients/1", "/imports", "/visits",
                 "/records"],
    "provider1": ["/tasks", "/offers", "/placements", "/visits", "/visits/fill", "/statements", "/statements/new"],
    "admin": ["/accounts", "/accounts/new", "/catalogue/parameters", "/audit"],
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("login", "width"), [(login, width) for login in DESKS for width in (1280, 390)])
def test_no_page_has_a_serious_barrier_or_runs_off_the_screen(log_in: LogIn, login: str, width: int) -> None:
    page = log_in(login, width=width)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in DESKS[login]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, f"{path} runs {over} px off a screen of {width}"
        found = Axe().run(page).response["violations"]
        serious = [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in {"serious", "critical"}]
        assert serious == [], path
    assert faults == []


@pytest.mark.browser
def test_a_worker_logs_a_visit_without_javascript(site: Site, chrome: Browser) -> None:
    context = chrome.new_context(
        base_url=site.address, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    try:
        page = context.new_page()
        for number in range(1, 60):
            page.goto("/login")
            page.fill("[name=login]", f"w{number:03d}")
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            visit = page.locator("a[href*='/phone/visits/']").first
            if visit.count():
                break
            page.goto("/phone")
            context.clear_cookies()
        else:
            pytest.fail("nobody has a visit today")
        visit.click()
        page.locator("button[form=check-in]").click()
        page.locator("button[form=check-out]").wait_for()
        page.check("[name=tasks] >> nth=0")
        page.locator("details.fold:has([name=confirmation]) summary").click()
        page.check("[name=confirmation][value=thumb]")
        page.locator("button[form=check-out]").click()
        page.locator("h2", has_text="已完成记录").wait_for()  # a click does not wait for its answer
    finally:
        context.close()
