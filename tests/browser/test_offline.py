"""The phone without a network: the whole visit is kept, and booked once when there is one again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from shangmen.demo.places import PASSWORD
from tests.browser.conftest import FLAGS, Site, chromium

KEPT = "本次服务已保存在手机上"
LOGGED = "已完成记录"
PHONE: ViewportSize = {"width": 390, "height": 844}


def log_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def waits(page: Page, count: int) -> None:
    """So many steps wait to be sent."""
    page.locator("[data-outbox]", has_text=f"本机保存了{count}项").wait_for()


def sent(page: Page) -> None:
    """Nothing waits any more."""
    page.locator("[data-outbox]:not(:has(*))").wait_for(state="attached")


def ready(page: Page) -> None:
    """The days ahead are on the phone."""
    for _ in range(600):
        if page.evaluate("localStorage.getItem('ahead')"):
            return
        page.wait_for_timeout(100)
    pytest.fail("the days ahead were not kept")


def sign(page: Page) -> None:
    pad = page.locator("[data-signature] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 30 + step * 20, box["y"] + 30 + (step % 2) * 30)
    page.mouse.up()


@pytest.fixture(scope="module")
def hands(site: Site, chrome: Browser) -> list[tuple[str, str]]:
    """Workers who have something to do today, and the page of their visit."""
    found: list[tuple[str, str]] = []
    for number in range(24, 45):
        context = chrome.new_context(base_url=site.address, java_script_enabled=False, viewport=PHONE)
        page = context.new_page()
        log_in(page, f"w{number:03d}")
        page.goto("/phone")
        visit = page.locator("a.phone-visit.state-confirmed, a.phone-visit.state-planned").first
        if visit.count():
            found.append((f"w{number:03d}", visit.get_attribute("href") or ""))
        context.close()
        if len(found) == 3:
            break
    assert len(found) == 3, "too few workers have a visit today"
    return found


@pytest.fixture
def phone(site: Site, chrome: Browser) -> Iterator[BrowserContext]:
    context = chrome.new_context(base_url=site.address, viewport=PHONE)
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.mark.browser
def test_a_visit_is_logged_without_a_network_and_booked_once(
    site: Site, chrome: Browser, hands: list[tuple[str, str]], tmp_path: Path
) -> None:
    login, visit = hands[0]

    def open_phone() -> tuple[BrowserContext, Page]:
        context = chrome.browser_type.launch_persistent_context(
            tmp_path, executable_path=chromium(), args=FLAGS, base_url=site.address, viewport=PHONE
        )
        context.set_default_timeout(60_000)
        return context, context.pages[0]

    context, page = open_phone()
    log_in(page, login)
    page.goto("/phone")
    ready(page)
    context.set_offline(True)
    page.goto("/phone")
    page.locator(f"a[href='{visit}']").click()
    page.locator("button[form=check-in]").click()
    waits(page, 1)
    page.check("[name=tasks] >> nth=0")
    page.fill("[name=notes]", "精神好，家里暖和")
    sign(page)
    page.reload()
    waits(page, 1)
    assert page.is_checked("[name=tasks] >> nth=0")
    context.close()  # the browser is closed, and opened again, still without a network

    context, page = open_phone()
    context.set_offline(True)
    page.goto(visit)
    waits(page, 1)
    assert page.input_value("[name=notes]") == "精神好，家里暖和"
    assert page.input_value("[name=signature]") != ""
    page.locator("button[form=check-out]").click()
    waits(page, 2)
    page.locator("h2", has_text=KEPT).wait_for()
    page.goto("/phone")
    waits(page, 2)
    context.set_offline(False)
    page.reload()
    sent(page)
    page.goto(visit)
    page.locator("h2", has_text=LOGGED).wait_for()
    assert "精神好，家里暖和" in page.content()
    context.close()


@pytest.mark.browser
def test_what_is_kept_is_sent_after_the_next_log_in(phone: BrowserContext, hands: list[tuple[str, str]]) -> None:
    login, visit = hands[1]
    page = phone.new_page()
    log_in(page, login)
    page.goto(visit)
    page.locator("button[form=check-in]").wait_for()
    phone.clear_cookies()  # the session ends in the middle
    page.locator("button[form=check-in]").click()
    page.locator("[data-outbox] a[href^='/login']").click()
    log_in(page, login)
    page.goto("/phone")
    sent(page)
    page.goto(visit)
    page.locator("button[form=check-out]").wait_for()


@pytest.mark.browser
def test_log_out_asks_while_something_waits_and_wipes_what_was_read(
    phone: BrowserContext, hands: list[tuple[str, str]]
) -> None:
    login, visit = hands[2]
    page = phone.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    log_in(page, login)
    page.goto("/phone")
    ready(page)
    page.goto(visit)
    phone.set_offline(True)
    page.locator("button[form=check-in]").click()
    waits(page, 1)
    page.locator("details.phone-menu summary").click()
    with page.expect_event("dialog") as asked:
        page.locator("form[data-logout] button").click()
    assert "1" in asked.value.message
    waits(page, 1)
    phone.set_offline(False)
    page.reload()
    sent(page)
    page.locator("details.phone-menu summary").click()
    page.locator("form[data-logout] button").click()
    page.wait_for_url("**/login**")
    assert page.evaluate("caches.keys()") in ([], ["assets"])
