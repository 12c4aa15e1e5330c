"""Somebody moves: within the county one station hands the file to another; another county is asked with consent."""

from datetime import date, timedelta

import pytest

from shangmen import clock, database
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs import queries as need_queries
from shangmen.demand.needs.forms import NeedForm
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.absences import actions as absences
from shangmen.demand.recipients.forms import AbsenceForm, EventForm
from shangmen.demand.recipients.moves import actions, queries
from shangmen.demand.recipients.moves.forms import AcceptForm, AnswerForm, MoveForm
from shangmen.demand.recipients.states import MoveState, StatusKind
from shangmen.demand.recipients.tables import Household, Person
from shangmen.errors import Conflict, ImpossibleMove, Refused
from shangmen.foundation.audit import proofs
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.supply.matching_runs import actions as runs
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.supply.placements.tables import Offer, Placement
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.recording import load_parameters
from tests.demand.moving import WHY, leaving, moving, state, unserved_there, upkept, visited
from tests.supply.rows import bought, days, row, waiting_need
from tests.supply.test_undo import latest, world

# Within the county


async def test_nothing_changes_before_the_other_station_accepts(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    before = await world(cast)
    id = await moving(cast)
    assert await world(cast) == before
    assert await state(id, cast.station_b) is MoveState.OFFERED
    assert (await people.person(cast.station_a, placed.person)).station == cast.station_a.organisation


async def test_the_file_needs_and_history_follow_and_the_station_before_only_reads(cast: Cast) -> None:
    placed, visit = await visited(cast)
    await unserved_there(cast)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    person = await people.person(cast.station_b, cast.person_a)
    assert (person.station, person.township, person.village) == (
        cast.station_b.organisation, cast.township_b, "红城水村",
    )  # fmt: skip
    assert person.latitude is None  # the point of the old home is not the new one's
    need = await need_queries.need(cast.station_b, placed.need)
    assert need.state is NeedState.WAITING
    async with database.transaction(cast.station_b):
        assert await database.exists("SELECT 1 FROM visit WHERE id = :id", id=visit)
        assert await database.exists("SELECT 1 FROM placement WHERE id = :id", id=placed.placement)
    assert (await people.person(cast.station_a, cast.person_a)).name == "马测试"
    with pytest.raises(Conflict, match="only read"):
        await people.in_care(cast.station_a, cast.person_a)
    with pytest.raises(Conflict, match="only read"):
        await recipients.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, clock.today()))
    with pytest.raises(Conflict, match="only read"):
        await absences.absent(cast.station_a, cast.person_a, AbsenceForm(days(1), days(2)))
    with pytest.raises(Conflict, match="only read"):
        await needs.state(cast.station_a, cast.person_a, NeedForm(cast.home_visit, visits_per_month=1))


async def test_the_station_before_writes_nothing_whatever_is_asked_of_the_database(cast: Cast) -> None:
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    for scope, changed in ((cast.station_a, 0), (cast.station_b, 1)):
        async with database.transaction(scope):
            assert await database.execute("UPDATE person SET notes = '改' WHERE id = :id", id=cast.person_a) == changed


async def test_who_may_serve_the_new_home_goes_on_and_the_visits_are_looked_at_again(cast: Cast) -> None:
    placed, visit = await visited(cast)
    async with database.transaction(cast.system):
        await database.execute(
            "INSERT INTO lot_area (lot, division) SELECT :lot, t FROM unnest(ARRAY[:a, :b]::bigint[]) t"
            " WHERE NOT EXISTS (SELECT 1 FROM lot_area o WHERE o.lot = :lot AND o.division = t)",
            lot=placed.lot, a=cast.township_a, b=cast.township_b,
        )  # fmt: skip
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    placement = await row(cast.provider_a, Placement, placed.placement)
    assert (placement.state, placement.station) == (PlacementState.IN_FORCE, cast.station_b.organisation)
    async with database.transaction(cast.provider_a):
        told = await database.values(str, "SELECT state || ' ' || station FROM visit WHERE id = :id", id=visit)
    assert told == [f"planned {cast.station_b.organisation}"]


async def test_a_supplier_that_may_not_serve_there_is_left_and_the_need_waits_again(cast: Cast) -> None:
    placed, visit = await visited(cast)
    await unserved_there(cast)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    assert (await row(cast.system, Placement, placed.placement)).state == PlacementState.ENDED
    assert (await row(cast.system, Need, placed.need)).state is NeedState.WAITING
    async with database.transaction(cast.system):
        assert await database.value(str, "SELECT state FROM visit WHERE id = :id", id=visit) == "cancelled"


async def test_an_acceptance_in_error_leaves_everything_as_it_was_and_the_file_offered(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await unserved_there(cast)
    id = await moving(cast)
    before = await world(cast)
    await actions.accept(cast.station_b, id, AcceptForm())
    assert await world(cast) != before
    await deeds.undo(cast.station_b, await latest(cast.station_b, "move", id), UndoForm("认错了人"))
    after = await world(cast)
    assert {table: rows for table, rows in after.items() if table != "share"} == {
        table: rows for table, rows in before.items() if table != "share"
    }
    assert (await people.person(cast.station_a, cast.person_a)).township == cast.township_a
    assert await state(id, cast.station_b) is MoveState.OFFERED
    assert placed.person == cast.person_a


async def test_the_trail_is_whole_after_a_move(cast: Cast) -> None:
    await visited(cast)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    assert not await proofs.verify(cast.auditor)


async def test_a_file_is_returned_with_the_reason_and_offered_again_after_it_was_withdrawn(cast: Cast) -> None:
    id = await moving(cast)
    await actions.give_back(cast.station_b, id, WHY)
    found = await queries.move(cast.station_a, id)
    assert (found.state, found.answer) == (MoveState.RETURNED, "地址不详")
    with pytest.raises(Conflict):
        await moving(cast)
    await actions.withdraw(cast.station_a, id, AnswerForm("补充地址"))
    assert await moving(cast) != id


async def test_what_was_handed_over_is_seen_by_the_receiver_until_it_returns_the_file(cast: Cast) -> None:
    id = await moving(cast)
    assert {fact.field for facts in (await queries.handed_over(cast.station_b, id)).values() for fact in facts} >= {
        "name", "sex", "birth_date", "category",
    }  # fmt: skip
    await actions.give_back(cast.station_b, id, WHY)
    assert await queries.handed_over(cast.station_b, id) == {}
    assert await queries.handed_over(cast.station_a, id) != {}


async def test_two_offers_of_one_person_at_once_cannot_be(cast: Cast) -> None:
    await moving(cast)
    with pytest.raises(Conflict, match="under way"):
        await leaving(cast)


async def test_two_moves_cross(cast: Cast) -> None:
    there = await moving(cast)
    back = await actions.offer(cast.station_b, cast.person_b, MoveForm(day=clock.today(), township=cast.township_a))
    await actions.accept(cast.station_b, there, AcceptForm())
    await actions.accept(cast.station_a, back, AcceptForm())
    assert (await people.person(cast.station_a, cast.person_b)).township == cast.township_a
    assert (await people.person(cast.station_b, cast.person_a)).township == cast.township_b


async def test_who_moves_and_comes_back_has_both_days_in_the_history(cast: Cast) -> None:
    first, again = clock.today() - timedelta(days=20), clock.today() - timedelta(days=5)
    await actions.accept(cast.station_b, await moving(cast, day=first), AcceptForm())
    back = await actions.offer(cast.station_b, cast.person_a, MoveForm(day=again, township=cast.township_a))
    await actions.accept(cast.station_a, back, AcceptForm())
    async with database.transaction(cast.system):
        lived = [
            await database.number("SELECT residence_on(:id, :day)", id=cast.person_a, day=day)
            for day in (first - timedelta(days=1), first, again - timedelta(days=1), again)
        ]
    assert lived == [cast.township_a, cast.township_b, cast.township_b, cast.township_a]
    assert (await people.in_care(cast.station_a, cast.person_a)).resident_from == again
    with pytest.raises(Refused, match="since"):
        await moving(cast, day=again)


async def test_a_move_accepted_ahead_comes_on_its_day_once(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    id = await moving(cast, day=days(10))
    await actions.accept(cast.station_b, id, AcceptForm())
    assert await state(id, cast.station_b) is MoveState.ACCEPTED
    assert (await people.person(cast.station_a, cast.person_a)).township == cast.township_a
    with clock.stopped_at(clock.at(days(10), 60)):
        for _twice in range(2):
            await upkept(cast, clock.today())
        assert await state(id, cast.station_b) is MoveState.DONE
        assert (await people.person(cast.station_b, cast.person_a)).township == cast.township_b
        assert (await row(cast.system, Need, placed.need)).station == cast.station_b.organisation


async def test_who_died_before_the_day_of_an_accepted_move_does_not_move(cast: Cast) -> None:
    id = await moving(cast, day=days(10))
    await actions.accept(cast.station_b, id, AcceptForm())
    await recipients.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.DIED, clock.today(), note="来电")
    )
    with clock.stopped_at(clock.at(days(10), 60)):
        await upkept(cast, clock.today())
        assert await state(id, cast.station_a) is MoveState.RETURNED
        assert (await people.person(cast.station_a, cast.person_a)).station == cast.station_a.organisation


async def household(cast: Cast) -> int:
    """Person B lives in the household of person A; the household."""
    async with database.transaction(cast.system):
        shared = await database.number("SELECT household FROM person WHERE id = :id", id=cast.person_a)
        await database.execute(
            "UPDATE person SET household = :shared, station = :station, township = :township WHERE id = :id",
            shared=shared, station=cast.station_a.organisation, township=cast.township_a, id=cast.person_b,
        )  # fmt: skip
    return shared


async def test_a_household_moves_whole(cast: Cast) -> None:
    shared = await household(cast)
    await actions.accept(cast.station_b, await moving(cast, members=[cast.person_b]), AcceptForm())
    assert (await row(cast.system, Household, shared)).station == cast.station_b.organisation
    for person in (cast.person_a, cast.person_b):
        assert (await people.person(cast.station_b, person)).household == shared


async def test_a_household_that_parts_is_two_and_both_are_looked_at_again(cast: Cast) -> None:
    await load_parameters(cast)
    shared = await household(cast)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    moved, stayed = [await row(cast.system, Person, one) for one in (cast.person_a, cast.person_b)]
    assert (stayed.household, stayed.station) == (shared, cast.station_a.organisation)
    own = await row(cast.system, Household, moved.household)
    assert own.id != shared and own.station == cast.station_b.organisation and own.category == "TEKUN"
    async with database.transaction(cast.system):
        told = await database.values(
            int, "SELECT organisation FROM task WHERE kind = 'household_recheck' AND closed_at IS NULL ORDER BY id"
        )
    assert set(told) == {cast.station_a.organisation, cast.station_b.organisation}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": date(1901, 1, 1)}, "day"),
        ({"township": None}, "township"),
        ({"members": [987654321]}, "members"),
        ({"consent_by": "", "consent_on": date(2020, 1, 1)}, "consent_by"),
    ],
)
async def test_a_move_that_cannot_be_is_refused_beside_the_field(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await moving(cast, **changes)
    assert refused.value.field == field


async def test_an_answered_offer_is_not_answered_again(cast: Cast) -> None:
    id = await moving(cast)
    await actions.accept(cast.station_b, id, AcceptForm())
    with pytest.raises(ImpossibleMove):
        await actions.give_back(cast.station_b, id, WHY)
    with pytest.raises(ImpossibleMove):
        await actions.withdraw(cast.station_a, id, WHY)


# Pages


async def test_the_pages_of_a_move_from_offer_to_acceptance(browser: OpenBrowser, cast: Cast) -> None:
    await visited(cast)
    await unserved_there(cast)
    sender, receiver = await browser(cast.station_a), await browser(cast.station_b)
    page = await sender.get(f"/recipients/{cast.person_a}/move")
    assert page.status_code == 200 and "下马关镇" in page.text and "中宁县" in page.text
    faulty = await sender.post(f"/recipients/{cast.person_a}/move", {"day": "2026-01-01", "address": "3组"})
    assert faulty.status_code == 422 and 'value="3组"' in faulty.text
    sent = {"day": clock.today().isoformat(), "township": str(cast.township_b), "address": "3组"}
    made = await sender.post(f"/recipients/{cast.person_a}/move", sent)
    assert made.status_code == 303
    place = made.headers["location"].partition("?")[0]
    assert "/moves?waits=offered" in (await receiver.get("/tasks")).text
    assert "马测试" in (await receiver.get("/moves?waits=offered")).text
    assert "马测试" in (await receiver.get(place)).text
    told = await receiver.post(f"{place}/accept", {"once": "m1"})
    assert told.status_code == 200 and "终止服务安排1项" in told.text and "取消已排上门1次" in told.text
    assert (await people.person(cast.station_a, cast.person_a)).township == cast.township_a
    assert (await receiver.post(f"{place}/accept", {"once": "m1", "sure": "yes"})).status_code == 303
    assert (await receiver.get(f"/recipients/{cast.person_a}")).status_code == 200
    assert (await sender.get(f"/recipients/{cast.person_a}/move")).status_code == 409


async def test_strangers_do_not_know_of_a_move(browser: OpenBrowser, cast: Cast) -> None:
    id = await moving(cast)
    for scope in (cast.stranger, cast.stranger_station):
        visitor = await browser(scope)
        assert (await visitor.get(f"/moves/{id}")).status_code == 404
        for verb in ("accept", "return"):
            assert (await visitor.post(f"/moves/{id}/{verb}", {"reason": "试试"})).status_code == 404
        assert "马测试" not in (await visitor.get("/moves")).text
    provider = await browser(cast.provider_a)
    assert (await provider.get(f"/moves/{id}")).status_code == 403
    bureau = await browser(cast.bureau)  # reads, and does not answer for the station
    assert (await bureau.get(f"/moves/{id}")).status_code == 200
    assert (await bureau.post(f"/moves/{id}/accept", {})).status_code == 404


async def test_an_open_offer_at_the_old_place_is_taken_back(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await unserved_there(cast)
    async with database.transaction(cast.system):
        await database.execute("UPDATE placement SET state = 'ended', reserved_units = 0, reserved_yuan = 0")
        await database.execute("UPDATE offer SET state = 'offered', decided_at = NULL WHERE id = :id", id=placed.offer)
        await database.execute("UPDATE need SET state = 'waiting' WHERE id = :id", id=placed.need)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    assert (await row(cast.system, Offer, placed.offer)).state == OfferState.WITHDRAWN


async def test_a_run_that_waits_for_approval_offers_nothing_for_who_has_moved_since(cast: Cast) -> None:
    await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=1))
    await job.solve(cast.system, run)
    async with database.transaction(cast.system):
        assert await database.exists("SELECT 1 FROM proposal WHERE need = :need AND supplier IS NOT NULL", need=need)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    assert await approval.approve(cast.bureau, run) == 0
    async with database.transaction(cast.system):
        assert not await database.exists("SELECT 1 FROM offer WHERE need = :need", need=need)
