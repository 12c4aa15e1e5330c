"""A search for somebody stands in no address: it is posted, and this browser alone knows its words."""

import re
from urllib.parse import parse_qs, urlsplit

from tests.cast import Cast
from tests.conftest import OpenBrowser

FILTERS = re.compile(r'<form class="filters" method="(\w+)" action="([^"]+)">')

LISTS = (
    "/recipients", "/needs", "/visits/list", "/records", "/placements", "/offers", "/workers", "/accounts", "/audit",
    "/quality", "/complaints", "/organisations",
)  # fmt: skip


async def test_a_search_is_posted_and_its_words_stand_in_no_address(browser: OpenBrowser, cast: Cast) -> None:
    desk = await browser(cast.station_a)
    page = await desk.get("/recipients")
    assert FILTERS.findall(page.text) == [("post", "/seek")]
    answer = await desk.post(
        "/seek", {"to": "/recipients", "sought": "q", "q": "马测试", "group": "elder", "state": ""}
    )
    assert answer.status_code == 303
    address = answer.headers["location"]
    said = parse_qs(urlsplit(address).query)
    assert set(said) == {"q", "group"} and "马" not in address and "%E9%A9%AC" not in address
    found = await desk.get(address)
    assert "马测试" in found.text and 'value="马测试"' in found.text
    assert "马测试" not in "".join(re.findall(r'(?:href|action|src)="([^"]*)"', found.text))
    nobody = await desk.post("/seek", {"to": "/recipients", "sought": "q", "q": "欧阳无此人"})
    assert "马测试" not in (await desk.get(nobody.headers["location"])).text


async def test_another_browser_sees_the_list_without_the_search(browser: OpenBrowser, cast: Cast) -> None:
    desk = await browser(cast.station_a)
    address = (await desk.post("/seek", {"to": "/recipients", "sought": "q", "q": "欧阳无此人"})).headers["location"]
    other = await (await browser(cast.station_a)).get(address)
    assert other.status_code == 200 and "欧阳无此人" not in other.text and "马测试" in other.text


async def test_a_search_leads_to_a_list_of_ours_alone(browser: OpenBrowser, cast: Cast) -> None:
    desk = await browser(cast.station_a)
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", ""):
        answer = await desk.post("/seek", {"to": elsewhere, "sought": "q", "q": "马"})
        assert answer.status_code == 303 and answer.headers["location"].startswith("/?q=~")


async def test_a_browser_remembers_a_few_searches_and_log_out_forgets_them(browser: OpenBrowser, cast: Cast) -> None:
    desk = await browser(cast.station_a)
    for number in range(12):
        await desk.post("/seek", {"to": "/recipients", "sought": "q", "q": f"马{number}"})
    assert len([name for name in desk.cookies if name.startswith("sought_")]) == 8
    await desk.post("/logout", {})
    assert not [name for name in desk.cookies if name.startswith("sought_")]


async def test_no_list_asks_for_words_in_its_address(browser: OpenBrowser, cast: Cast) -> None:
    for scope in (cast.bureau, cast.administrator, cast.provider_a):
        desk = await browser(scope)
        for path in LISTS:
            page = await desk.get(path)
            for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
                assert 'type="search"' not in form or 'method="post"' in form, path
