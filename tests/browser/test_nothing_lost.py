"""What was typed, drawn or searched for in the browser: asked about, kept, and not left in the address."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route

from shangmen import paths

HERE = "http://shangmen.test"
FORM = """<!doctype html><body><form method="post" action="/save"><input name="name" id="name"><button>go</button>
</form><form method="get"><input name="q" type="search" id="q"><button id="find">find</button></form>
<div data-signature hidden><canvas width="300" height="100"></canvas><input type="hidden" name="signature">
<button type="button">clear</button></div><a href="/other" id="away">away</a>
<script src="/static/shangmen.js" defer></script><script src="/static/signature.js" defer></script>"""


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    """A page with a form, a filter and a pad, and the program's own scripts."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HERE).split("?")[0]
        if path.startswith("/static/"):
            script = (paths.STATIC / path.removeprefix("/static/")).read_text("utf-8")
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(body=FORM, content_type="text/html; charset=utf-8")

    context = chrome.new_context()
    context.route("**/*", answer)
    opened = context.new_page()
    opened.goto(f"{HERE}/form")
    yield opened
    context.close()


def test_leaving_a_filled_form_is_asked_about_and_leaving_a_filter_or_sending_is_not(page: Page) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.fill("#q", "x")
    page.click("#away")
    page.wait_for_url("**/other")
    page.fill("#name", "x")
    page.click("form[method=post] button")
    page.wait_for_url("**/save")
    assert asked == []
    page.fill("#name", "x")
    page.click("#away")
    page.wait_for_url("**/other")
    assert asked == ["beforeunload"]


def test_a_signature_survives_a_reload_and_the_way_back(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    page.mouse.up()
    drawn = page.input_value("input[name=signature]")
    assert '"strokes"' in drawn
    page.reload()
    assert page.input_value("input[name=signature]") == drawn
    page.goto(f"{HERE}/other")
    assert page.input_value("input[name=signature]") == ""
    page.go_back()
    assert page.input_value("input[name=signature]") == drawn
    page.click("[data-signature] button")
    page.reload()
    assert page.input_value("input[name=signature]") == ""
