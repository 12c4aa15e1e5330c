"""What a page fills in is never what is wrong: every form of every role, sent back as it came, is accepted so far.

Pages are found by following links from the work list and the menu; what is empty and required gets a plausible value.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from shangmen import clock, database
from shangmen.access import Scope
from tests.busy import busy_county, everyone
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser

PAGES_OF_A_KIND = 2  # of addresses that differ in their numbers alone
LEFT_OUT = re.compile(r"^/(login|logout|locale|static|account)|/(export|lines|map\.geojson|template|reveal)\b")


@dataclass
class Found:
    """A form of a page: what it was filled in with, and what its choices are."""

    action: str
    method: str
    multipart: bool
    filled: list[tuple[str, str]] = field(default_factory=list)
    empty: dict[str, str] = field(default_factory=dict)  # required and empty: type
    choices: dict[str, list[str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)


class Reader(HTMLParser):
    """The forms and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Found] = []
        self.links: list[str] = []
        self._inside: Found | None = None
        self._select = self._area = ""
        self._first: list[str] = []
        self._chosen = ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in pairs}
        if tag == "a" and "href" in attrs and "download" not in attrs:
            self.links.append(attrs["href"])
        if tag == "form":
            multipart = "multipart" in attrs.get("enctype", "")
            self._inside = Found(attrs.get("action", ""), attrs.get("method", "get").lower(), multipart)
            self.forms.append(self._inside)
        form, name = self._inside, attrs.get("name", "")
        if form is None or ("disabled" in attrs):
            return
        if tag == "select":
            self._select, self._first, self._chosen = name, [], ""
            if "required" in attrs:
                form.required.add(name)
        elif tag == "option" and self._select:
            self._first.append(attrs.get("value", ""))
            if "selected" in attrs:
                self._chosen = attrs.get("value", "")
        elif tag == "textarea":
            self._area = name
            if "required" in attrs:
                form.required.add(name)
        elif tag == "input" and name:
            self._input(form, name, attrs)

    def _input(self, form: Found, name: str, attrs: dict[str, str]) -> None:
        kind, value = attrs.get("type", "text"), attrs.get("value", "")
        if kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(value)
            if "checked" in attrs:
                form.filled.append((name, value))
            elif "required" in attrs and kind == "radio":
                form.empty[name] = "choice"
        elif value:
            form.filled.append((name, value))
        elif "required" in attrs:
            form.empty[name] = kind

    def handle_data(self, data: str) -> None:
        if self._inside is not None and self._area and data.strip():
            self._inside.filled.append((self._area, data.strip()))
            self._area = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._inside is not None and self._select:
            value = self._chosen or (self._first[0] if self._first else "")
            self._inside.choices[self._select] = [one for one in self._first if one]
            if value:
                self._inside.filled.append((self._select, value))
            elif self._select in self._inside.required:
                self._inside.empty[self._select] = "choice"
            self._select = ""
        elif tag == "textarea" and self._inside is not None:
            if self._area in self._inside.required:
                self._inside.empty[self._area] = "text"
            self._area = ""
        elif tag == "form":
            self._inside = None


def plausible(form: Found, name: str, kind: str) -> str:
    """Something that may stand in a field that is empty and required."""
    if kind == "choice":
        return form.choices[name][0]
    day = clock.today().isoformat()
    samples = {
        "date": day,
        "datetime-local": f"{day}T09:00",
        "time": "09:00",
        "number": "1",
        "password": "一个很长的口令2026",
    }
    if name in ("rate", "quantity", "ceiling", "budget"):
        return "10"
    return samples.get(kind, "测试原因")


async def read(visitor: Browser, path: str) -> Reader:
    """A page, parsed; of what is no page nothing."""
    answer = await visitor.get(path)
    reader = Reader()
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert answer.status_code < 500, path
        reader.feed(answer.text)
    return reader


def kind_of(path: str) -> str:
    """An address without its numbers."""
    return re.sub(r"\d+", "0", path.partition("?")[0])


async def pages(visitor: Browser) -> dict[str, Reader]:
    """Pages that somebody reaches from the first one by links, a few of a kind."""
    waiting, seen, kinds = ["/tasks", "/phone"], dict[str, Reader](), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if path in seen or kinds.get(kind, 0) >= PAGES_OF_A_KIND or LEFT_OUT.search(path):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        seen[path] = await read(visitor, path)
        for link in seen[path].links:
            parts = urlsplit(urljoin(f"http://testserver{path}", link))
            if parts.netloc == "testserver":
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return seen


async def sent(visitor: Browser, path: str, form: Found) -> str:
    """What is wrong with a form that is sent as it came; "" for nothing. Nothing of it stays."""
    data: dict[str, list[str]] = {}
    for name, value in form.filled:
        data.setdefault(name, []).append(value)
    for name, kind in form.empty.items():
        data[name] = [plausible(form, name, kind)]
    outer = database.ENGINE.current_transaction.get()
    assert outer is not None
    savepoint = await outer.savepoint()
    try:
        answer = await visitor.post(urljoin(f"http://testserver{path}", form.action), data)
    finally:
        await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo has no types here
    if answer.status_code in (200, 303):
        return ""
    beside = dict(re.findall(r'class="fault" id="[a-z]+-(\w+)-fault"><span[^>]*>[^<]*</span>([^<]*)', answer.text))
    guilty = {name: said for name, said in beside.items() if name in dict(form.filled) and name not in form.empty}
    if (beside or form.empty) and not guilty:  # what is to be said, or how things stand, is not what was filled in
        return ""
    said = re.findall(r"<main.*?<(?:h1|li)[^>]*>(.*?)</(?:h1|li)>", answer.text, re.DOTALL)
    return f"{answer.status_code} {guilty or said}"


async def wrong_of(visitor: Browser, scope: Scope) -> tuple[set[str], int]:
    """The forms of somebody's pages that are refused for what they were filled in with; and how many were sent."""
    wrong, tried = set(), set()
    for path, page in (await pages(visitor)).items():
        for form in page.forms:
            about = (kind_of(path), kind_of(form.action), tuple(sorted(name for name, _value in form.filled)))
            if form.method != "post" or form.multipart or LEFT_OUT.search(form.action) or about in tried:
                continue
            tried.add(about)
            said = await sent(visitor, path, form)
            if said:
                wrong.add(f"{scope.role} {path} -> {form.action}: {said}")
    return wrong, len(tried)


async def test_no_form_is_refused_for_what_it_was_filled_in_with(browser: OpenBrowser, cast: Cast) -> None:
    await busy_county(cast)
    wrong, tried = set[str](), 0
    for scope in everyone(cast).values():
        refused, number = await wrong_of(await browser(scope), scope)
        wrong |= refused
        tried += number
    assert not wrong, "\n".join(sorted(wrong))
    assert tried > 60
