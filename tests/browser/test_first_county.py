"""A county's own desk, through the pages alone: the shell makes the first administrator, an officer does the rest."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.conftest import NewDatabase, Servers
from tests.operations.site import ENVIRONMENT, free_port, status, until

DESK = Path(__file__).parent.parent / "cases" / "county-zhongning"
EXPECTED: dict[str, Any] = json.loads((DESK / "expected.json").read_text("utf-8"))
ROLLS = {"dibao.xlsx", "tekun.xlsx", "disabled.csv", "children.xlsx"}
OWN = "Zhongning-2026"
DAY = [sys.executable, "-m", "tests.on_the_day"]
MOST_FORMS, MOST_CLICKS = 60, 100


class Officer:
    """Somebody before the pages, whose clicks, pages and forms are counted."""

    def __init__(self, chrome: Browser, address: str) -> None:
        self.clicks = self.pages = self.forms = 0
        self._context = chrome.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        self._context.set_default_timeout(120_000)
        self.page = self._context.new_page()
        self.page.on("request", self._count)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _count(self, request: Request) -> None:
        if request.is_navigation_request() and request.redirected_from is None:
            self.forms += request.method == "POST"
            self.pages += 1

    def send(self) -> None:
        """The button of the page's own form."""
        self.clicks += 1
        self.page.locator("main form.form[method=post]:not([action$='/seek']) button:not([type=button])").last.click()
        self.page.wait_for_load_state()

    def log_in(self, login: str, password: str) -> None:
        self.page.goto("/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.send()
        for field, value in (("present", password), ("password", OWN), ("again", OWN)):
            self.page.fill(f"[name={field}]", value)
        self.clicks += 1
        self.page.locator("form[action$='/password'] button").first.click()
        self.page.wait_for_load_state()
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", OWN)
        self.send()

    def close(self) -> None:
        self._context.close()


@pytest.fixture(scope="module")
def installed(
    servers: Servers, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """(address, the administrator's first password) of an empty installation, on the day of the files. Of the module:
    it comes before Chromium, whose loop runs in this thread."""
    name = asyncio.run(new_database())
    environment = {
        **ENVIRONMENT,
        "DATABASE_URL": servers.application(name),
        "DATABASE_OWNER_URL": servers.owner(name),
        "SHANGMEN_DATA": str(tmp_path_factory.mktemp("data")),
    }

    def told(*words: str) -> str:
        done = subprocess.run([*DAY, *words], env=environment, capture_output=True, text=True, check=True)
        return done.stdout.split()[-1]

    told("county", "load", "640521")
    first = told("user", "create", "admin", "--role", "administrator", "--county", "640521")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    running = [
        subprocess.Popen([*DAY, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for words in (("serve", "--no-jobs", "--workers", "1", "--port", str(port)), ("jobs",))
    ]
    try:
        until(lambda: status(f"{address}/health") == 200, "the server answers")
        yield address, first
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def send_list(officer: Officer, file: str) -> None:
    """From the set-up list: the step's list is sent, its preview looked at, its good rows written."""
    page, expected = officer.page, EXPECTED["files"][file]
    kind = "recipients" if file in ROLLS else file.partition(".")[0]
    page.goto("/set-up")
    officer.clicks += 1
    page.locator(f"a[href$='kind={kind}']:not([download])").click()
    page.wait_for_load_state()
    page.set_input_files("[name=file]", DESK / file)
    officer.send()
    write = page.locator("form[action$='/commit'] button")
    write.wait_for()
    shown = page.locator("main").inner_text()
    assert f"写入{expected['data_rows'] - len(expected['refused'])}行" in re.sub(r"\s", "", shown), shown[:600]
    officer.clicks += 1
    write.click()
    page.wait_for_load_state()
    expect(page.locator("form[action$='/undo']")).to_be_visible()


def test_a_county_is_set_up_through_the_pages_in_few_forms(installed: tuple[str, str], chrome: Browser) -> None:
    address, first = installed
    officer = Officer(chrome, address)
    page = officer.page
    officer.log_in("admin", first)
    assert page.url.endswith("/set-up")
    page.locator("a[href$='/accounts/new']").first.click()
    page.fill("[name=name]", "周晓燕")
    page.fill("[name=login]", "officer")
    page.select_option("[name=role]", "bureau_officer")
    page.select_option("[name=organisation]", index=1)
    officer.send()
    given = page.locator("main dd").nth(1).inner_text()
    administrator, officer = officer, Officer(chrome, address)
    page = officer.page
    officer.log_in("officer", given)
    for file in EXPECTED["order"]:
        send_list(officer, file)
    page.goto("/set-up")
    officer.clicks += 1
    page.locator("a[href$='/matching']:visible").last.click()
    page.fill("[name=seconds]", "10")
    officer.send()
    approve = page.locator("form[action$='/approve'] button").first
    approve.wait_for()
    officer.clicks += 1
    approve.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("已批准")
    page.goto("/")
    assert not page.url.endswith("/set-up"), page.locator("#set-up").inner_text()
    assert administrator.forms + officer.forms < MOST_FORMS
    assert administrator.clicks + officer.clicks < MOST_CLICKS
    for one in (administrator, officer):
        one.close()
