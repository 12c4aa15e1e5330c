"""Every verb that ends or hinders other things tells them on its first post, with the numbers that it then does."""

from collections.abc import Awaitable, Callable

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.tables import Visit
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit.queries import Event
from shangmen.web import language
from tests.cast import Cast
from tests.conftest import Browser
from tests.delivery.rows import placed_need, planned_visit
from tests.supply.rows import days

Open = Callable[[Scope | None], Awaitable[Browser]]
Typed = dict[str, object]


def today() -> str:
    return clock.today().isoformat()


# Who posts what, for each route that ends or hinders things of others; `{}` is the id of the subject.
ENDING: dict[str, tuple[str, str, str, Callable[[], Typed]]] = {
    "recipients.event": (
        "station_a", "person", "/recipients/{}/event", lambda: {"kind": "died", "effective": today()},
    ),
    "recipients.absence": (
        "station_a", "person", "/recipients/{}/absences",
        lambda: {"first": days(1).isoformat(), "last": days(9).isoformat()},
    ),
    "needs.pause": ("station_a", "need", "/needs/{}/pause", lambda: {"reason": "探亲"}),
    "needs.end": ("station_a", "need", "/needs/{}/end", lambda: {"reason": "不再需要"}),
    "placements.end": (
        "bureau", "placement", "/placements/{}/end", lambda: {"on": days(1).isoformat(), "reason": "搬家"},
    ),
    "visits.cancel_many": (
        "provider_a", "organisation", "/visits/cancel",
        lambda: {"first": days(1).isoformat(), "last": days(9).isoformat(), "reason": "weather"},
    ),
    "organisations.worker_absence": (
        "provider_a", "worker", "/workers/{}/absences",
        lambda: {"first": days(1).isoformat(), "last": days(9).isoformat()},
    ),
}  # fmt: skip


async def told(cast: Cast, after: int, own: tuple[str, int]) -> list[str]:
    async with database.transaction(cast.system):
        rows = await database.rows(Event, "SELECT * FROM audit_event WHERE id > :after ORDER BY id", after=after)
    language.speak("zh_CN")
    return phrases.consequences(rows, *own)


async def last_event(cast: Cast) -> int:
    async with database.transaction(cast.system):
        return await database.number("SELECT coalesce(max(id), 0) FROM audit_event")


@pytest.mark.parametrize("route", ENDING)
async def test_the_first_post_tells_what_the_second_does(cast: Cast, browser: Open, route: str) -> None:
    who, subject, path, typed = ENDING[route]
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = [await planned_visit(cast, placed, clock.at(days(day), 600), cast.worker_a.worker) for day in (3, 5)]
    id = {
        "person": placed.person,
        "need": placed.need,
        "placement": placed.placement,
        "organisation": cast.provider_a.organisation or 0,
        "worker": cast.worker_a.worker or 0,
    }[subject]
    visitor = await browser(getattr(cast, who))
    before = await last_event(cast)
    asked = await visitor.post(path.format(id), typed())
    assert asked.status_code == 200, asked.text[-2000:]
    assert await last_event(cast) == before
    async with database.transaction(cast.system):
        assert {(await database.read(Visit, one)).state for one in ids} == {"confirmed"}
    assert (await visitor.post(path.format(id), {**typed(), "sure": "yes"})).status_code == 303
    done = await told(cast, before, (subject, id))
    assert done and "2" in done[-1]
    for sentence in done:
        assert sentence in asked.text
