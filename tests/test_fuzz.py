"""Every route, every field of its form and its address, odd values: answered without a fault of ours, nothing echoed.

What a route reads is found by asking it once, so that a new route or field is tried without a line here. `make test`
tries a sample of 600 cases, `make load` 12,000; EXAMPLES and SEED choose others.
"""

import os
import random
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import FormMultiDict, MultiDict

from shangmen import clock, database
from shangmen.access import RULES, Role, Rows, Rule, Scope
from shangmen.foundation.accounts.actions import open_session
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.tendering.forms import StudyForm
from shangmen.web import forms
from tests.cast import Cast
from tests.sizes import Note, size
from tests.test_access import _one_of_each, table_of

CASES = size(600, 12_000) * int(os.environ.get("EXAMPLES", "1"))
SEED = int(os.environ.get("SEED", "11"))
MARK = "x9f2"  # stands in what may not be echoed as it is

TEXTS = [
    f"<script>{MARK}</script>",
    f'"><img src=x onerror={MARK}>',
    f"'{MARK}'><b>",
    f"{{{{7*7}}}}<{MARK}>",
    "%s%(x)s{0}",
    "'; DROP TABLE person; --",
    "\\",
    "%",
    "_",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u200b",
    "\ufeff",
    "ÿ",
    "\r\nSet-Cookie: a=b",
    "\t",
    "null",
    "undefined",
    "NaN",
    "-NaN",
    "Infinity",
    "-inf",
    "1e400",
    "1e-400",
    "1E+3",
    "0x10",
    "-1",
    "0",
    "-0",
    "1.5",
    "00000000001",
    "１２",
    "²",
    "1_000",
    "2147483648",
    str(2**63 - 1),
    str(2**63),
    str(-(2**63) - 1),
    "9" * 30,
    "9" * 5000,
    "0." + "9" * 200,
    "999999999999.99",
    "0.001",
    "1,2,3",
    "true",
    "[]",
    "{}",
    '{"a":',
    "[" * 3000,
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "2026-13-01",
    "1582-10-10",
    "2026-W10-1",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-04-02T24:00",
    "2026-04-02T09:00+99:99",
    "2026-04-02T09:00:00Z",
    "25:61",
    "24:00",
    "12",
    "../../../etc/passwd",
    "//elsewhere.example",
    "/%09/elsewhere.example",
    "-",
    "javascript:alert(1)",
    "a" * 10_000,
    "张" * 3000,
    "😀" * 100,
    "ａｂｃ",
    "=1+1",
    " ",
    "　",
    "640324194406129029",
    "2026-04",
    "2026",
    "csv",
    "asc",
    "on",
]
HEADERS = ["Referer", "Accept-Language", "HX-Request", "HX-Current-URL", "HX-Target", "User-Agent", "Accept", "Cookie"]
FILE, TWICE, NAMELESS = "\x01file", "\x01twice", "\x01nameless"  # ways to send a field, not values
WAYS = [FILE, TWICE, NAMELESS]


@dataclass
class Asked:
    """What a route reads: fields of its form with their types where it has any, and parameters of its address."""

    form: dict[str, Any] = field(default_factory=dict)
    query: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Case:
    """One request."""

    route: str
    method: str
    path: str
    who: str
    place: str
    field: str
    value: str

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.route} {self.place} {self.field}={self.value[:40]!a}"


@dataclass(frozen=True)
class Caller:
    """Somebody logged in, with the token of the forms."""

    role: Role | None
    cookies: str
    token: str


def all_routes(app: Litestar) -> list[tuple[str, str, str, Rule, set[str]]]:
    """(name, method, path, rule, parameters of the handler) of every declared route."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            rule = RULES.get(handler.name or "")
            if rule is None or handler.name == "static":
                continue
            named = set(handler.parsed_fn_signature.parameters) - {"request", "viewer", "id"}
            for method in sorted({str(m) for m in handler.http_methods} & {"GET", "POST"}):
                found.append((str(handler.name), method, route.path, rule, named))
    return sorted(found, key=lambda one: one[:3])


def addressed(name: str, path: str, ids: dict[str, int], rule: Rule) -> str:
    """A route's path with ids of rows that exist."""
    first = str(ids[table_of(name)]) if rule.rows == Rows.REACHED else "1"
    made, used = [], False
    for part in path.split("/"):
        if part.startswith("{"):
            part, used = (first if not used else str(ids["need"])), True
        made.append(part)
    return "/".join(made)


def plausible(hint: Any) -> str:
    """A value that a field of this type may have."""
    bare = forms._bare(hint)
    if typing.get_origin(bare) is list:
        return plausible(typing.get_args(bare)[0])
    if typing.get_origin(bare) is typing.Literal:
        return str(typing.get_args(bare)[0])
    if isinstance(bare, type) and issubclass(bare, Enum):
        return str(next(iter(bare)).value)
    samples = {int: "1", Decimal: "12.50", float: "1.5", bool: "on", date: "2026-04-03", datetime: "2026-04-02T09:00"}
    return samples.get(bare, "测试")


class Sender:
    """Sends cases, each from the same state of the database."""

    def __init__(self, app: Litestar, asked: dict[str, Asked]) -> None:
        asgi = httpx.ASGITransport(app=app, client=("127.0.0.9", 9))  # type: ignore[arg-type]  # ASGI typed by both
        self._client = httpx.AsyncClient(transport=asgi, base_url="http://testserver")
        self._asked = asked

    async def send(self, caller: Caller, case: Case) -> httpx.Response:
        outer = database.ENGINE.current_transaction.get()
        assert outer is not None
        savepoint = await outer.savepoint()
        try:
            return await self._send(caller, case)
        finally:
            await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo has no types here
            self._client.cookies.clear()

    async def _send(self, caller: Caller, case: Case) -> httpx.Response:
        path, files = case.path, None
        headers = {b"Cookie": caller.cookies.encode()}
        data: dict[str, Any] = {}
        if case.method == "POST":
            data = {name: plausible(hint) for name, hint in self._asked[case.route].form.items()}
            data["_csrf_token"] = caller.token
        value = case.value.encode("utf-8", "surrogatepass")
        if case.place == "query":
            twice = f"&{case.field}=1" if case.value == TWICE else ""
            path = f"{path}?{case.field}={quote(value)}{twice}"
        elif case.place == "path":
            path = "/".join(quote(value, safe="") if part == case.field else part for part in path.split("/"))
        elif case.place == "header":
            name = case.field.encode()
            joined = headers.get(name, b"")
            headers[name] = joined + (b"; notice=" if joined else b"") + value.replace(b"\r\n", b" ")
        elif case.value in {FILE, NAMELESS}:
            del data[case.field]
            files = {
                case.field: ("a.xlsx" if case.value == FILE else "", b"\xff\xfe\x00<b>", "application/octet-stream")
            }
        else:
            data[case.field] = [b"1", b"<b>"] if case.value == TWICE else value
        if files is None and data:
            pairs = [
                (name, one) for name, said in data.items() for one in (said if isinstance(said, list) else [said])
            ]
            content = "&".join(f"{quote(name)}={quote(one)}" for name, one in pairs)
            headers[b"Content-Type"] = b"application/x-www-form-urlencoded"
            return await self._client.request(case.method, path, content=content, headers=headers)
        return await self._client.request(case.method, path, data=data or None, files=files, headers=headers)

    async def close(self) -> None:
        await self._client.aclose()


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Notes what is read from forms and addresses while the test runs."""
    noted = Asked()

    def note(kind: type, into: Any) -> None:
        for verb in ("get", "getall"):
            before = getattr(kind, verb)

            def read(self: Any, key: str, *rest: Any, before: Any = before, **named: Any) -> Any:
                into(key)
                return before(self, key, *rest, **named)

            monkeypatch.setattr(kind, verb, read, raising=False)

    note(FormMultiDict, lambda key: noted.form.setdefault(key, str))
    note(MultiDict, noted.query.add)
    read_field = forms._read

    def typed(form: Any, of: Any, hint: Any, *rest: Any) -> None:
        noted.form[of.name] = hint
        read_field(form, of, hint, *rest)

    monkeypatch.setattr(forms, "_read", typed)
    return noted


async def callers(cast: Cast) -> dict[str, Caller]:
    """One person of every role in the county, one of another county, and nobody."""
    people: dict[str, Scope] = {
        str(one.role): one for one in reversed(cast.people().values()) if one.county == cast.county
    }
    people["stranger"] = cast.stranger_provider
    token = forms_token()
    found = {"nobody": Caller(None, f"csrf={token}", token)}
    for name, scope in people.items():
        session, _scope = await open_session(scope, "127.0.0.9", "test")
        found[name] = Caller(scope.role, f"csrf={token}; session={session}", token)
    return found


def forms_token() -> str:
    """A token of the app under test; see the settings in conftest.py."""
    from litestar.middleware.csrf import generate_csrf_token

    return generate_csrf_token("t" * 40)


def cases(
    app: Litestar, people: dict[str, Caller], ids: dict[str, int], asked: dict[str, Asked], seed: int
) -> Iterator[Case]:
    """All cases, in an order of their own for a seed: as those who may call a route, and as one who may not."""
    made = []
    for name, method, path, rule, _named in all_routes(app):
        may = [who for who, caller in people.items() if caller.role in rule.roles]
        others = [who for who, caller in people.items() if caller.role not in rule.roles]
        there = addressed(name, path, ids, rule)
        places = [("query", one) for one in sorted(asked[name].query | {"page"})]
        places += [("form", one) for one in sorted(asked[name].form)] if method == "POST" else []
        places += [("path", part) for part in sorted(set(there.split("/")) - set(path.split("/")))]
        places += [("header", one) for one in HEADERS]
        for place, one in places:
            values = TEXTS + (WAYS if place == "form" else [TWICE] if place == "query" else [])
            for value in values:
                made += [Case(name, method, there, who, place, one, value) for who in (*may, *others[:1])]
    random.Random(seed).shuffle(made)
    return iter(made)


async def found_out(
    app: Litestar, sender: Sender, people: dict[str, Caller], ids: dict[str, int], noted: Asked
) -> dict[str, Asked]:
    """What each route reads, by asking it once as somebody who may."""
    asked: dict[str, Asked] = {}
    sender._asked = {name: Asked() for name, *_rest in all_routes(app)}
    for name, method, path, rule, named in all_routes(app):
        noted.form.clear()
        noted.query.clear()
        for who, caller in people.items():
            if caller.role in rule.roles:
                await sender.send(caller, Case(name, method, addressed(name, path, ids, rule), who, "query", "x", "1"))
        asked[name] = Asked(dict(noted.form), set(noted.query) | {one for one in named if "{" + one not in path})
    sender._asked = asked
    return asked


async def completed(cast: Cast) -> None:
    """Give the rows of long work what their jobs would have written."""
    study = StudyForm(name="study", starts_on=clock.today(), money_from=100, money_to=100, steps=2)
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE matching_run SET policy = :policy, state = 'cancelled'",
            policy=database.to_json(RunForm(starts_on=clock.today())),
        )
        await database.execute("UPDATE tender_study SET question = :question", question=database.to_json(study))


async def test_no_route_fails_on_any_field(app: Litestar, cast: Cast, reading: Asked, record_property: Note) -> None:
    ids = await _one_of_each(cast)
    await completed(cast)
    people = await callers(cast)
    sender = Sender(app, {})
    asked = await found_out(app, sender, people, ids, reading)
    assert sum(len(one.form) for one in asked.values()) > 150, "the fields of forms are not found any more"
    assert sum(len(one.query) for one in asked.values()) > 60
    now, faults, sent, answers = clock.now(), list[str](), 0, dict[int, int]()
    for case in cases(app, people, ids, asked, seed=SEED):
        if sent == CASES:
            break
        sent += 1
        with clock.stopped_at(now):
            answer = await sender.send(people[case.who], case)
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        page = answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
        if answer.status_code >= 500:
            faults.append(f"{answer.status_code} {case}")
        echoes = (f"<script>{MARK}", f"onerror={MARK}>", f"'{MARK}'>", f"<{MARK}>")
        if "Traceback (most recent call last)" in answer.text or any(echo in page for echo in echoes):
            faults.append(f"echoed {case}")
        if "elsewhere.example" in answer.headers.get("location", "").partition("?")[0]:
            faults.append(f"away {case}")
    await sender.close()
    told = f"{sent} cases of {len(asked)} routes, answers {dict(sorted(answers.items()))}"
    print(told)
    record_property("seen", told)
    assert sent == CASES
    assert not faults, "\n".join(sorted(faults))
    assert answers.get(200, 0) > sent // 20 and answers.get(422, 0) > 0, "hardly anything was reached"
