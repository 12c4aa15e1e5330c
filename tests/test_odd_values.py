"""Odd days, times, money and counts, sent to every such field of every route: refused beside it, or kept exactly.

Fields and parameters are found by asking each route once (as in test_fuzz.py), so that a new one is tried without a
line here.
"""

import html
import typing
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from shangmen import clock
from shangmen.web import forms
from tests import test_fuzz
from tests.cast import Cast
from tests.test_access import _one_of_each
from tests.test_fuzz import (
    Asked,
    Caller,
    Case,
    Sender,
    addressed,
    all_routes,
    callers,
    completed,
    found_out,
    reading,
)

__all__ = ["reading"]

DAYS = [
    "26", "1970", "0001-01-01", "0024-03-01", "1899-12-31", "2300-01-01", "9999-12-31", "2026-02-31",
    "２０２６-０２-３１", "-1", "NaN", "200000",
]  # fmt: skip
NUMBERS = [
    "NaN", "Infinity", "1e30", "-1", "-0.01", "0.001", "1.999", "1e999999999", "２０００００００００００", "0x10",
    "½", "200000",
]  # fmt: skip
ADDRESSED = ["0001-01-01", "9999-12-31", "2026-02-31", "1e30", "99999999999999999999"]
NUMERIC = (int, float, Decimal)
NARROW = {ord("０") + n: str(n) for n in range(10)}
Answer = tuple[Case, httpx.Response]


def bare(hint: Any) -> Any:
    """What a field holds, without limits, lists and None."""
    kind = forms._bare(hint)
    return forms._bare(typing.get_args(kind)[0]) if typing.get_origin(kind) is list else kind


def odd(hint: Any) -> list[str]:
    """The odd values for a field of this type; none for a field that holds words."""
    kind = bare(hint)
    if kind is datetime:
        return [f"{day}T09:30" for day in DAYS] + ["2026-04-02T25:61", "2026-04-02T24:00", "1970"]
    return DAYS if kind is date else NUMBERS if kind in NUMERIC else []


def meant(kind: Any, text: str) -> object:
    """The value that a text says, or None when it says none."""
    try:
        if kind is date:
            return date.fromisoformat(text)
        if kind is datetime:
            return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)
        return kind(text)
    except (ValueError, ArithmeticError):
        return None


class Bound:
    """The forms that were bound while a request was answered."""

    def __init__(self) -> None:
        self.forms: list[forms.AnyForm] = []


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Bound:
    noted, before = Bound(), forms.Form.__init__

    def made(self: forms.AnyForm, *args: Any, **named: Any) -> None:
        before(self, *args, **named)
        noted.forms.append(self)

    monkeypatch.setattr(forms.Form, "__init__", made)
    return noted


def wrong(case: Case, hint: Any, answer: httpx.Response, bound: Bound) -> str:
    """What is wrong with an answer to an odd value; "" for nothing."""
    kind = bare(hint)
    if answer.status_code >= 500 or answer.status_code == 400:
        return f"answered {answer.status_code}"
    form = next((one for one in bound.forms if case.field in one.values), None)
    if form is None:
        return "was not read as a form"
    fault = form.faults.get(case.field)
    if fault is None and answer.status_code in {200, 303}:
        kept = getattr(form.value, case.field, None)
        if isinstance(kept, list):
            kept = kept[0] if kept else None
        return "" if kept == meant(kind, case.value) and kept is not None else f"kept as {kept!r}"
    if fault is None:
        said = meant(kind, case.value)
        return "" if said is not None and _believable(said) else f"answered {answer.status_code} without a word on it"
    if answer.status_code != 422:
        return f"refused with {answer.status_code}"
    return "" if html.escape(fault, quote=True) in answer.text or fault in answer.text else f"does not say {fault!r}"


def _believable(value: object) -> bool:
    if isinstance(value, datetime):
        value = value.date()
    return clock.believable(value) if isinstance(value, date) else value == value  # NaN is no number


@dataclass
class Tried:
    """The county's callers, its rows, and what every route reads."""

    sender: Sender
    people: dict[str, Caller]
    routes: list[tuple[str, str, str, list[str]]]  # name, method, address with ids, who may
    asked: dict[str, Asked]
    bound: Bound
    at: datetime

    async def send(
        self, name: str, method: str, path: str, may: list[str], place: str, one: str, value: str
    ) -> Answer:
        """Send a value as the first of those who may call the route and reach the row; the case and its answer."""
        for who in may:
            self.bound.forms.clear()
            case = Case(name, method, path, who, place, one, value)
            with clock.stopped_at(self.at):
                answer = await self.sender.send(self.people[who], case)
            if answer.status_code not in {403, 404}:
                break
        return case, answer


@pytest_asyncio.fixture(loop_scope="session")
async def tried(app: Litestar, cast: Cast, reading: Asked, bound: Bound) -> AsyncIterator[Tried]:
    ids = await _one_of_each(cast)
    await completed(cast)
    people = await callers(cast)
    sender = Sender(app, {})
    asked = await found_out(app, sender, people, ids, reading)
    routes = [
        (
            name,
            method,
            addressed(name, path, ids, rule),
            [who for who, one in people.items() if one.role in rule.roles],
        )
        for name, method, path, rule, _named in all_routes(app)
    ]
    yield Tried(sender, people, routes, asked, bound, clock.now())
    await sender.close()


async def test_no_odd_day_or_number_of_a_form_is_kept_or_answered_with_a_fault_of_ours(tried: Tried) -> None:
    faults, fields = list[str](), set[tuple[str, str]]()
    for name, method, path, may in tried.routes:
        for one, hint in sorted(tried.asked[name].form.items()) if method == "POST" else []:
            for value in odd(hint):
                case, answer = await tried.send(name, method, path, may, "form", one, value)
                fields.add((name, one))
                if said := wrong(case, hint, answer, tried.bound):
                    faults.append(f"{said}: {case}")
    assert len(fields) > 60, "the fields of forms are not found any more"
    assert not faults, "\n".join(faults)


async def test_no_odd_day_or_number_of_an_address_is_a_fault_or_a_bare_refusal(tried: Tried) -> None:
    faults, sent = list[str](), 0
    for name, method, path, may in tried.routes:
        for one in sorted(tried.asked[name].query) if method == "GET" else []:
            for value in ADDRESSED:
                case, answer = await tried.send(name, method, path, may, "query", one, value)
                sent += 1
                if answer.status_code >= 400 and answer.status_code not in {404, 409, 422}:
                    faults.append(f"answered {answer.status_code}: {case}")
    assert sent > 300
    assert not faults, "\n".join(faults)


async def test_no_form_is_accepted_whose_end_lies_before_its_beginning(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults, pairs = list[str](), 0
    before = test_fuzz.plausible
    for name, method, path, may in tried.routes:
        form = tried.asked[name].form if method == "POST" else {}
        for end, beginning in forms.PERIODS.items():
            if end not in form or beginning not in form or bare(form[end]) not in (date, datetime):
                continue
            pairs += 1
            late, early = "2026-04-05", "2026-04-04"
            if bare(form[end]) is datetime:
                late, early = "2026-04-02T09:30", "2026-04-02T09:00"
            hint = form[beginning]
            monkeypatch.setattr(test_fuzz, "plausible", lambda one, h=hint, d=late: d if one is h else before(one))
            case, answer = await tried.send(name, method, path, may, "form", end, early)
            monkeypatch.setattr(test_fuzz, "plausible", before)
            form_read = next(one for one in tried.bound.forms if end in one.values)
            if answer.status_code != 422 or form_read.faults.get(end, "?") not in answer.text:
                faults.append(f"answered {answer.status_code}, {form_read.faults}: {case}")
    assert pairs > 8
    assert not faults, "\n".join(faults)


async def test_full_width_digits_are_read_as_what_they_say(tried: Tried) -> None:
    faults, sent = list[str](), 0
    for name, method, path, may in tried.routes:
        for one, hint in sorted(tried.asked[name].form.items()) if method == "POST" else []:
            kind = bare(hint)
            if kind not in (date, datetime, *NUMERIC) or forms._bare(hint) is not kind:
                continue
            value = {date: "２０２６-０４-０３", datetime: "２０２６-０４-０２T０９:００"}.get(kind, "１２")
            case, answer = await tried.send(name, method, path, may, "form", one, value)
            sent += 1
            form = next((form for form in tried.bound.forms if one in form.values), None)
            kept = getattr(form.value, one) if form is not None and form.value is not None else None
            other = form is None or (form.value is None and one not in form.faults) or answer.status_code == 404
            outside = form is not None and form.faults.get(one)
            if not other and not outside and kept != meant(kind, value.translate(NARROW)):
                faults.append(f"kept as {kept!r}: {case}")
            if outside and kind in (date, datetime) and form is not None and form.value is None:
                faults.append(f"{outside}: {case}")
    assert sent > 60
    assert not faults, "\n".join(faults)
