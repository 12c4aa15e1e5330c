"""The question what another supplier would mean, as the bureau asks it: the answer appears by itself."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

LogIn = Callable[..., Page]


def need_with_a_choice(page: Page) -> str:
    """The address of a need of the demo's run that another supplier could serve as well."""
    page.goto("/matching/2/unserved?show=served")
    links = page.locator("main a[href*='/needs/']")
    for address in [links.nth(place).get_attribute("href") or "" for place in range(links.count())]:
        page.goto(address)
        if page.locator("#suppose select").count():
            return address
    pytest.fail("no need of the first page has a second option")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_worker_s_answer_appears_without_a_reload(log_in: LogIn, width: int) -> None:
    page = log_in("bureau", width=width)
    need_with_a_choice(page)
    page.locator("#suppose button").click()
    answer = page.locator("#supposed .callout")
    expect(answer).to_be_visible(timeout=20_000)
    assert "可行" in answer.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
