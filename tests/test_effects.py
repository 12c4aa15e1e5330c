"""Effects, jobs and forms: the core that features lean on."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import pytest

from shangmen import database, effects, wiring
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Refused
from shangmen.web.forms import Form
from tests.cast import Cast


@dataclass(frozen=True)
class Happened:
    """An event of this test."""

    what: str


@pytest.fixture
def rewired():  # type: ignore[no-untyped-def]  # a fixture that puts the program's own list back
    yield
    wiring.wire()


async def test_who_is_affected_hears_in_the_order_of_the_list(cast: Cast, rewired: None) -> None:
    heard: list[str] = []

    async def first(scope: Scope, event: Happened) -> None:
        heard.append(f"first {event.what}")

    async def second(scope: Scope, event: Happened) -> None:
        heard.append(f"second {event.what}")

    effects.wire([(Happened, (first, second))])
    await effects.publish(cast.bureau, Happened("a death"))
    assert heard == ["first a death", "second a death"]


async def test_an_event_that_nobody_wired_is_a_fault(cast: Cast, rewired: None) -> None:
    effects.wire([])
    with pytest.raises(LookupError):
        await effects.publish(cast.bureau, Happened("unheard"))


async def test_a_job_is_gone_with_its_transaction(cast: Cast) -> None:
    @database.scoped
    async def defer_and_fail(scope: Scope) -> None:
        await jobs.defer(scope, "test.job", run=1)
        raise Refused("No.")

    @database.scoped
    async def waiting(scope: Scope) -> int:
        return await database.number("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'test.job'")

    with pytest.raises(Refused):
        await defer_and_fail(cast.bureau)
    assert await waiting(cast.bureau) == 0

    @database.scoped
    async def defer(scope: Scope) -> None:
        await jobs.defer(scope, "test.job", run=1)

    await defer(cast.bureau)
    assert await waiting(cast.bureau) == 1


class Amount(msgspec.Struct):
    """A form of this test."""

    yuan: Annotated[int, msgspec.Meta(ge=1, le=100)]


def _sent(token: str, value: int) -> Form[Amount]:
    form = Form({"yuan": str(value)}, Amount(value))
    form.once = token
    form._body = str(value).encode()
    return form


async def test_a_form_sent_twice_is_done_once(cast: Cast) -> None:
    done: list[int] = []

    async def verb(scope: Scope, form: Amount) -> int:
        done.append(form.yuan)
        return len(done)

    assert await _sent("token-1", 5).attempt(verb, cast.bureau) == 1
    assert await _sent("token-1", 5).attempt(verb, cast.bureau) == 1
    assert done == [5]


async def test_the_same_token_with_other_content_is_refused(cast: Cast) -> None:
    async def verb(scope: Scope, form: Amount) -> int:
        return form.yuan

    await _sent("token-2", 5).attempt(verb, cast.bureau)
    again: Form[Any] = _sent("token-2", 6)
    assert await again.attempt(verb, cast.bureau) is None
    assert again.status == 409


async def test_a_refused_form_may_be_mended_and_sent_with_the_same_token(cast: Cast) -> None:
    async def refuse(scope: Scope, form: Amount) -> int:
        raise Refused("This must be filled in.", field="yuan")

    async def accept(scope: Scope, form: Amount) -> int:
        return form.yuan

    first = _sent("token-3", 5)
    assert await first.attempt(refuse, cast.bureau) is None
    assert "yuan" in first.faults
    assert await _sent("token-3", 7).attempt(accept, cast.bureau) == 7
