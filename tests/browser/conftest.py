"""The program as a user meets it: `shangmen serve` over the demo county, and Chromium."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shutil import which
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from shangmen.demo.places import PASSWORD
from tests.conftest import DemoCounty

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str:
    """Where Chromium is; the tests fail without it, for a browser test is never skipped silently."""
    found = which("chromium") or which("chromium-browser") or which("google-chrome")
    if not found:
        pytest.fail("The browser tests need Chromium; run: sudo apt-get install chromium fonts-noto-cjk")
    return found


@dataclass(frozen=True)
class Site:
    """A server of our own."""

    address: str


@pytest.fixture(scope="session")
def site(demo_county: DemoCounty) -> Iterator[Site]:
    """`shangmen serve` with its worker for jobs, over the demo county."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "shangmen.cli", "serve", "--port", str(port)],
        env=demo_county.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                if httpx.get(f"{address}/health", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.25)
        else:
            pytest.fail("the server did not start")
        yield Site(address)
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Closed with its module: while it is open its loop runs in this thread, and no async test could."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def log_in(site: Site, chrome: Browser) -> Iterator[Callable[..., Page]]:
    """`log_in("station1")`: a page of that person's own browser, on the first page of the role."""
    contexts = []

    def open_for(login: str, width: int = 1280, **options: Any) -> Page:
        context = chrome.new_context(base_url=site.address, viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield open_for
    for context in contexts:
        context.close()
