"""What was reported in error is taken back: all of it while nothing else has happened, else what cannot is named."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions as visits
from shangmen.delivery.visits.forms import VisitForm
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.forms import EventForm, GraceForm
from shangmen.demand.recipients.households import actions as households
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import Person
from shangmen.errors import Conflict, NotFound
from shangmen.foundation.audit import proofs
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds import queries
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.supply.placements import actions as placements
from shangmen.supply.placements.forms import EndForm
from shangmen.supply.placements.offers import actions as offers
from tests.cast import Cast
from tests.conftest import Browser
from tests.delivery.recording import load_parameters
from tests.delivery.rows import Placed, placed_need, planned_visit
from tests.supply.rows import days, offered, row

Open = Callable[[Scope | None], Awaitable[Browser]]
ERROR = UndoForm("认错了人")

# Everything that a death ends, but for versions and for when a task was opened and closed.
WORLD = {
    "person": "state, state_from",
    "need": "state, valid_to, paused_from, pause_reason, pause_until",
    "offer": "state, reason, decided_at",
    "placement": "state, valid_to, reserved_units, reserved_yuan, end_reason",
    "contract": "reserved, delivered, settled, paid",
    "contract_line": "reserved, delivered",
    "visit": "state, reason, note, day",
    "visit_worker": "visit, worker, stands, starts, ends",
    "share": "person, organisation, valid_from, valid_to",
    "task": "kind, subject, subject_id, role, closed_at IS NULL",
}


async def world(cast: Cast) -> dict[str, list[str]]:
    """What stands, row by row; of tasks only the open ones."""
    async with database.transaction(cast.system):
        return {
            table: await database.values(
                str,
                f"SELECT concat_ws('|', id, {columns}) FROM {table}"
                f" {'WHERE closed_at IS NULL' if table == 'task' else ''} ORDER BY id",
            )
            for table, columns in WORLD.items()
        }


async def state(table: str, id: int | None) -> str | None:
    return await database.value(str, f"SELECT state FROM {table} WHERE id = :id", id=id)


async def visited(cast: Cast) -> tuple[Placed, int]:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    return placed, await planned_visit(cast, placed, clock.at(days(3), 600), cast.worker_a.worker)


async def report(cast: Cast, placed: Placed, kind: StatusKind, **more: object) -> int:
    form = EventForm(kind=kind, effective=clock.today(), note="邻居来电", **more)  # type: ignore[arg-type]  # fields by name
    await recipients.report_event(cast.station_a, placed.person, form)
    return await latest(cast.station_a, "person", placed.person)


async def latest(scope: Scope, subject: str, id: int) -> int:
    return (await queries.undoable(scope, subject, id))[0].id


@pytest.mark.parametrize("kind", ["died", "moved", "institution", "hospital"])
async def test_a_report_in_error_leaves_everything_as_it_was(cast: Cast, kind: str) -> None:
    placed, _visit = await visited(cast)
    before = await world(cast)
    deed = await report(cast, placed, StatusKind(kind))
    assert await world(cast) != before
    await deeds.undo(cast.station_a, deed, ERROR)
    assert await world(cast) == before


async def test_the_end_of_a_placement_in_error_leaves_everything_as_it_was(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    before = await world(cast)
    await placements.end(cast.station_a, placed.placement, EndForm(days(1), "搬家"))
    await deeds.undo(cast.bureau, await latest(cast.bureau, "placement", placed.placement), ERROR)
    assert await world(cast) == before


async def test_what_is_taken_back_is_on_record_with_its_reason_and_the_trail_is_whole(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    await deeds.undo(cast.station_a, deed, ERROR)
    async with database.transaction(cast.system):
        told = await database.values(str, "SELECT verb FROM audit_event WHERE reason = :why", why=ERROR.reason)
    assert {"deeds.undo", "recipients.restore", "needs.restore", "placements.restore", "visits.restore"} <= set(told)
    assert not await proofs.verify(cast.auditor)


async def test_what_was_taken_back_is_not_taken_back_twice(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    await deeds.undo(cast.station_a, deed, ERROR)
    with pytest.raises(Conflict, match="already"):
        await deeds.undo(cast.station_a, deed, ERROR)


async def test_a_report_that_was_an_error_may_be_made_again(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await deeds.undo(cast.station_a, await report(cast, placed, StatusKind.DIED), ERROR)
    after_first = await world(cast)
    await deeds.undo(cast.station_a, await report(cast, placed, StatusKind.DIED), ERROR)
    assert await world(cast) == after_first


async def test_a_report_followed_by_another_is_not_taken_back_before_that_one(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    first = await report(cast, placed, StatusKind.HOSPITAL)
    second = await report(cast, placed, StatusKind.DIED)
    before = await world(cast)
    with pytest.raises(Conflict, match="Take that back first"):
        await deeds.undo(cast.station_a, first, ERROR)
    assert await world(cast) == before
    await deeds.undo(cast.station_a, second, ERROR)
    await deeds.undo(cast.station_a, first, ERROR)


async def test_a_placement_that_was_to_begin_later_ends_on_its_first_day_without_its_visits(cast: Cast) -> None:
    placed, visit = await visited(cast)
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE placement SET valid_from = :day WHERE id = :id", day=days(3), id=placed.placement
        )
    before = await world(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    async with database.transaction(cast.system):
        last = await database.value(date, "SELECT valid_to FROM placement WHERE id = :id", id=placed.placement)
        assert (last, await state("visit", visit)) == (days(3), "cancelled")
    await deeds.undo(cast.station_a, deed, ERROR)
    assert await world(cast) == before


async def test_the_end_of_a_placement_is_not_taken_back_when_its_money_is_gone(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await placements.end(cast.station_a, placed.placement, EndForm(days(1), "搬家"))
    async with database.transaction(cast.system):
        await database.execute("UPDATE contract SET reserved = ceiling - 1 WHERE id = :id", id=placed.contract)
    before = await world(cast)
    with pytest.raises(Conflict, match=r"¥1\.00 left"):
        await deeds.undo(cast.bureau, await latest(cast.bureau, "placement", placed.placement), ERROR)
    assert await world(cast) == before


async def test_money_that_is_gone_leaves_the_need_waiting_and_is_named(cast: Cast, browser: Open) -> None:
    placed, visit = await visited(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE contract SET reserved = ceiling - delivered - 1 WHERE id = :id", id=placed.contract
        )
    page = await (await browser(cast.station_a)).post(f"/deeds/{deed}/undo", {"reason": ERROR.reason})
    assert page.status_code == 200
    assert "恢复原状的需求1项" in page.text and "1.00" in page.text and "恢复有效的服务安排" not in page.text
    await deeds.undo(cast.station_a, deed, ERROR)
    async with database.transaction(cast.system):
        assert await state("person", placed.person) == "living"
        assert await state("need", placed.need) == "waiting"
        assert await state("placement", placed.placement) == "ended"
        assert await state("visit", visit) == "cancelled"
        left = await database.value(
            Decimal, "SELECT ceiling - reserved FROM contract WHERE id = :id", id=placed.contract
        )
    assert left == 1


async def test_a_worker_booked_elsewhere_leaves_the_visit_cancelled_and_is_named(cast: Cast, browser: Open) -> None:
    placed, visit = await visited(cast)
    other = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    deed = await report(cast, placed, StatusKind.DIED)
    await visits.plan(
        cast.provider_a,
        other.placement,
        VisitForm(day=days(3), start="10:00", worker=cast.worker_a.worker or 0, reason="急需"),
    )
    page = await (await browser(cast.station_a)).post(f"/deeds/{deed}/undo", {"reason": ERROR.reason})
    assert "已另有安排" in page.text and "恢复有效的服务安排1项" in page.text
    await deeds.undo(cast.station_a, deed, ERROR)
    async with database.transaction(cast.system):
        assert await state("placement", placed.placement) == "in_force"
        assert await state("visit", visit) == "cancelled"


async def test_visits_whose_time_has_passed_stay_cancelled(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    placed, visit = await visited(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    later = clock.now() + timedelta(days=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    await deeds.undo(cast.station_a, deed, ERROR)
    async with database.transaction(cast.system):
        assert await state("visit", visit) == "cancelled"
        assert await state("need", placed.need) == "placed"


async def test_the_page_says_first_what_comes_back_and_does_it_then(cast: Cast, browser: Open) -> None:
    placed, _visit = await visited(cast)
    before = await world(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    ended = await world(cast)
    visitor = await browser(cast.station_a)
    assert f"/deeds/{deed}/undo" in (await visitor.get(f"/recipients/{placed.person}")).text
    assert (await visitor.post(f"/deeds/{deed}/undo", {"reason": ""})).status_code == 422
    asked = await visitor.post(f"/deeds/{deed}/undo", {"reason": ERROR.reason})
    for sentence in ("恢复原状的需求1项", "恢复有效的服务安排1项", "恢复计划的上门1次"):
        assert sentence in asked.text
    assert await world(cast) == ended
    done = await visitor.post(f"/deeds/{deed}/undo", {"reason": ERROR.reason, "sure": "yes"})
    assert done.status_code == 303
    assert await world(cast) == before


async def test_only_who_could_have_done_it_takes_it_back(cast: Cast, browser: Open) -> None:
    placed, _visit = await visited(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    for stranger in (cast.stranger_station, cast.station_b, cast.provider_a):
        with pytest.raises(NotFound):
            await deeds.undo(stranger, deed, ERROR)
    assert (await (await browser(cast.assistant_a)).post(f"/deeds/{deed}/undo", {"reason": "x y"})).status_code == 403


async def test_a_death_in_error_leaves_an_open_offer_to_another_supplier_open(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await offered(cast, placed.need, cast.station_a, None, valid_from=days(2))
    before = await world(cast)
    deed = await report(cast, placed, StatusKind.DIED)
    assert "open" not in {one.split("|")[1] for one in (await world(cast))["offer"]}
    await deeds.undo(cast.station_a, deed, ERROR)
    assert await world(cast) == before


async def test_a_death_in_error_gives_back_the_supplier_that_had_taken_over_and_no_other(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await offers.accept(cast.station_a, await offered(cast, placed.need, cast.station_a, None, valid_from=days(2)))
    before = await world(cast)
    await deeds.undo(cast.station_a, await report(cast, placed, StatusKind.DIED), ERROR)
    assert await world(cast) == before


async def test_a_death_in_error_leaves_the_days_of_a_grace_period(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await load_parameters(cast)
    household = (await row(cast.system, Person, placed.person)).household
    await households.grant_grace(cast.station_a, household, GraceForm(months=3, first=days(0)))
    before = await world(cast)
    await deeds.undo(cast.station_a, await report(cast, placed, StatusKind.DIED), ERROR)
    assert await world(cast) == before
