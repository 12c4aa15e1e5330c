"""Somebody moves to another county: with consent, and each side sees what was handed over."""

from datetime import timedelta

import pytest

from shangmen import clock, database
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.moves import actions, queries
from shangmen.demand.recipients.moves.forms import AcceptForm, AnswerForm, MoveForm
from shangmen.demand.recipients.states import PersonState
from shangmen.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.demand.moving import WHY, leaving, moving, unserved_there, upkept, visited
from tests.supply.rows import days, row


async def test_nothing_leaves_the_county_without_consent(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        await leaving(cast, consent_on=None)
    assert refused.value.field == "consent_on"


async def test_services_rest_from_the_day_and_go_on_when_the_file_is_kept_after_all(cast: Cast) -> None:
    placed, visit = await visited(cast)
    id = await leaving(cast)
    assert (await row(cast.system, Need, placed.need)).state is NeedState.PAUSED
    await actions.give_back(cast.stranger, id, WHY)
    await actions.withdraw(cast.station_a, id, AnswerForm("不搬了"))
    assert (await row(cast.system, Need, placed.need)).state is NeedState.PLACED
    assert (await people.person(cast.station_a, cast.person_a)).state is PersonState.LIVING
    assert visit


async def test_each_side_sees_exactly_what_was_handed_over(cast: Cast) -> None:
    id = await leaving(cast, withheld=["telephone", "language"])
    async with database.transaction(cast.stranger):
        assert not await database.exists("SELECT 1 FROM person WHERE id = :id", id=cast.person_a)
    facts = {fact.field: fact.value for one in (await queries.handed_over(cast.stranger, id)).values() for fact in one}
    assert facts["name"] == "马测试" and facts["id_number"] == "640324194406129029"
    assert not {"telephone", "address", "notes", "latitude"} & facts.keys()
    for other in (cast.stranger_station, cast.stranger_provider, cast.station_b, cast.provider_a):
        with pytest.raises(NotFound):
            await queries.move(other, id)
    async with database.transaction(cast.system):
        logged = await database.values(
            str,
            "SELECT details ->> 'field' FROM audit_event WHERE verb = 'moves.hand_over' AND subject_id = :id",
            id=cast.person_a,
        )
    assert set(logged) == facts.keys()
    await actions.give_back(cast.stranger, id, WHY)
    assert await queries.handed_over(cast.stranger, id) == {}


async def test_who_was_here_before_comes_back_to_the_old_file(cast: Cast) -> None:
    first = await leaving(cast, day=clock.today() - timedelta(days=70))
    await actions.accept(cast.stranger, first, AcceptForm(township=await other_township(cast)))
    await upkept(cast, clock.today())
    there = (await queries.movers(cast.stranger, first))[0].taken_over or 0
    async with database.transaction(cast.stranger_station):
        assert await database.exists("SELECT 1 FROM person WHERE id = :id", id=there)
    back = MoveForm(
        day=clock.today(), other_county=cast.county, consent_on=clock.today(), consent_by="马测试",
    )  # fmt: skip
    id = await actions.offer(cast.stranger_station, there, back)
    await actions.accept(cast.bureau, id, AcceptForm(township=cast.township_b))
    person = await people.person(cast.station_b, cast.person_a)
    assert (person.state, person.station) == (PersonState.LIVING, cast.station_b.organisation)


async def other_township(cast: Cast) -> int:
    async with database.transaction(cast.stranger):
        return await database.number("SELECT township FROM person WHERE id = :id", id=cast.stranger_person)


async def test_scenario_4_moves_to_another_township_and_to_another_county(cast: Cast) -> None:
    """domain.md §10, 4: transfer of the plan with history; referral, services stop at month end, transfer logged."""
    placed, _visit = await visited(cast)
    await unserved_there(cast)
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    need = await row(cast.system, Need, placed.need)
    assert (need.state, need.station) == (NeedState.WAITING, cast.station_b.organisation)  # for the other lot
    away = days(40)
    with clock.stopped_at(clock.at(away, 600)):
        form = MoveForm(day=away, other_county=cast.other_county, consent_on=away, consent_by="马测试")
        id = await actions.offer(cast.station_b, cast.person_a, form)
        assert (await row(cast.system, Need, placed.need)).state is NeedState.PAUSED
        await actions.accept(
            cast.stranger, id, AcceptForm(township=await other_township(cast), village="", address="1号")
        )
        new = (await queries.movers(cast.stranger, id))[0].taken_over or 0
        theirs = await people.person(cast.stranger_station, new)
        assert (theirs.name, theirs.id_number, theirs.address) == ("马测试", "640324194406129029", "1号")
    last = clock.month_of(away)[1]
    assert theirs.household_from is not None and theirs.household_from >= last  # never assisted twice in a month
    with clock.stopped_at(clock.at(last, 1300)):
        await upkept(cast, last)
        assert (await row(cast.system, Need, placed.need)).state is NeedState.PAUSED
    with clock.stopped_at(clock.at(last + timedelta(days=1), 60)):
        await upkept(cast, clock.today())
        assert (await row(cast.system, Need, placed.need)).state is NeedState.ENDED
        kept = await people.person(cast.station_b, cast.person_a)  # the history stays, and is only read
        assert kept.state is PersonState.MOVED
        with pytest.raises(Conflict, match="only read"):
            await people.in_care(cast.station_b, cast.person_a)
