"""Organisations, their papers, and the people who come to the door."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shangmen import clock, database, effects
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.organisations import actions, queries
from shangmen.foundation.organisations.events import QualificationLost
from shangmen.foundation.organisations.forms import (
    AbsenceForm,
    EngagementForm,
    OrganisationForm,
    QualificationForm,
    SuspensionForm,
    WorkerCorrectionForm,
    WorkerForm,
)
from shangmen.foundation.organisations.rules import Paper
from shangmen.foundation.organisations.states import OrganisationKind, Position
from shangmen.foundation.organisations.workers import actions as engaging
from shangmen.foundation.organisations.workers import queries as people
from shangmen.foundation.organisations.workers.correction.actions import correct
from shangmen.foundation.regions.states import Level, PositionSource, Terrain
from shangmen.foundation.regions.tables import Division
from tests.cast import EVERY_DAY, Cast

CODE = "91110000600037341L"  # the published example of GB 32100
ID = "11010519491231002X"  # the published example of GB 11643: a woman
START = date(2026, 1, 1)


def provider(**more: Any) -> OrganisationForm:
    return OrganisationForm(**{"kind": "provider", "name": "丁服务中心", "credit_code": CODE, **more})


def licence(**more: Any) -> QualificationForm:
    return QualificationForm(**{"kind": "registration", "valid_from": START, "mandatory": True, **more})


def worker(**more: Any) -> WorkerForm:
    values = {
        "name": "王小明",
        "id_number": ID,
        "sex": "female",
        "position": "care_worker",
        "valid_from": START,
        **more,
    }
    return WorkerForm(**values)


async def organisation_of(scope: Any) -> int:
    assert scope.organisation is not None
    return int(scope.organisation)


# -- organisations ----------------------------------------------------------------------------------------------------


async def test_a_provider_is_registered_with_its_areas(cast: Cast) -> None:
    id = await actions.register(cast.bureau, provider(areas=[cast.township_a, cast.township_b]))
    row = await queries.organisation(cast.station_a, id)
    assert (row.credit_code, row.status, row.township) == (CODE, "active", None)
    assert {area.id for area in await queries.areas(cast.bureau, id)} == {cast.township_a, cast.township_b}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"credit_code": ""}, "credit_code"),
        ({"credit_code": "91110000600037341X"}, "credit_code"),
        ({"areas": [987_654_321]}, "areas"),
        ({"operator": None, "supervisor": 987_654_321}, "supervisor"),
        ({"latitude": 37}, "longitude"),
        ({"latitude": 37, "longitude": 37}, "longitude"),
        ({"telephone": "1"}, "telephone"),
    ],
)
async def test_a_registration_that_cannot_be_is_refused(cast: Cast, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        await actions.register(cast.bureau, provider(**change))
    assert refused.value.field == field


async def test_a_credit_code_is_registered_once(cast: Cast) -> None:
    await actions.register(cast.bureau, provider())
    with pytest.raises(Refused, match="already"):
        await actions.register(cast.bureau, provider(name="戊服务中心"))


async def test_a_township_has_one_station(cast: Cast) -> None:
    with pytest.raises(Refused, match="韦州镇社工站"):
        await actions.register(
            cast.bureau, OrganisationForm(kind=OrganisationKind.STATION, name="二站", township=cast.township_a)
        )
    with pytest.raises(Refused) as refused:
        await actions.register(cast.bureau, OrganisationForm(kind=OrganisationKind.STATION, name="无镇站"))
    assert refused.value.field == "township"


async def test_the_station_of_a_replaced_township_is_its_successors(cast: Cast) -> None:
    async with database.transaction(cast.system):
        old = await database.add(
            Division(
                code="640324299000",
                name="旧乡",
                level=Level.TOWNSHIP,
                parent=cast.county,
                valid_from=date(2020, 1, 1),
                valid_to=date(2024, 12, 31),
                replaced_by=cast.township_a,
                position_source=PositionSource.SYNTHETIC,
                terrain=Terrain.HILLS,
            )
        )
    assert (await queries.station_of(cast.bureau, old)).id == cast.station_a.organisation
    with pytest.raises(NotFound):
        await queries.station_of(cast.bureau, 987_654_321)


# -- papers -----------------------------------------------------------------------------------------------------------


async def test_an_expired_mandatory_paper_is_missing_until_it_is_renewed(cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    end = clock.today() - timedelta(days=1)
    await actions.add_qualification(cast.bureau, id, licence(valid_to=end))
    assert await queries.missing_mandatory(cast.provider_a, id, end) == []
    assert await queries.missing_mandatory(cast.provider_a, id, clock.today()) == ["registration"]
    assert not await queries.stands(cast.bureau, id, clock.today())
    assert id in {row.organisation for row in await queries.expiring(cast.bureau)}
    await actions.add_qualification(cast.provider_a, id, licence(valid_from=clock.today(), mandatory=False))
    assert await queries.missing_mandatory(cast.bureau, id, clock.today()) == []
    assert id not in {row.organisation for row in await queries.expiring(cast.bureau)}


async def test_what_is_mandatory_stays_so_however_it_is_renewed(cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    await actions.add_qualification(cast.bureau, id, licence(valid_to=date(2026, 1, 31)))
    await actions.add_qualification(cast.provider_a, id, licence(mandatory=False, valid_to=date(2026, 2, 28)))
    assert await queries.missing_mandatory(cast.bureau, id, date(2026, 3, 1)) == ["registration"]
    assert all(row.mandatory for row in await queries.qualifications(cast.bureau, organisation=id))


async def test_a_provider_does_not_say_what_is_mandatory(cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    await actions.add_qualification(cast.provider_a, id, licence(kind="insurance"))
    (row,) = await queries.qualifications(cast.bureau, organisation=id)
    assert not row.mandatory


async def test_suspending_the_last_mandatory_paper_is_told_to_later_features(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []

    async def listen(_scope: Any, event: Any) -> None:
        heard.append(event)

    monkeypatch.setattr(effects, "publish", listen)
    id = await organisation_of(cast.provider_a)
    first = await actions.add_qualification(cast.bureau, id, licence(valid_from=date(2020, 1, 1)))
    second = await actions.add_qualification(cast.bureau, id, licence(valid_from=date(2020, 1, 1)))
    optional = await actions.add_qualification(cast.provider_a, id, licence(kind="insurance"))
    form = SuspensionForm("年检未通过")
    await actions.suspend_qualification(cast.bureau, optional, form)
    await actions.suspend_qualification(cast.bureau, first, form)
    assert heard == []
    assert await actions.suspend_qualification(cast.bureau, second, form) == id
    assert heard == [QualificationLost(id, clock.today(), "年检未通过")]
    with pytest.raises(Conflict):
        await actions.suspend_qualification(cast.bureau, second, form)


async def test_a_suspension_does_not_begin_tomorrow(cast: Cast) -> None:
    paper = await actions.add_qualification(cast.bureau, await organisation_of(cast.provider_a), licence())
    with pytest.raises(Refused) as refused:
        await actions.suspend_qualification(
            cast.bureau, paper, SuspensionForm("迟", on=clock.today() + timedelta(days=1))
        )
    assert refused.value.field == "on"


async def test_papers_of_another_provider_and_of_another_county_are_out_of_reach(cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    paper = await actions.add_qualification(cast.bureau, id, licence())
    for scope in (cast.provider_b, cast.stranger, cast.stranger_provider):
        with pytest.raises(NotFound):
            await actions.add_qualification(scope, id, licence())
    assert await queries.qualifications(cast.stranger, organisation=id) == []
    with pytest.raises(NotFound):
        await actions.suspend_qualification(cast.stranger, paper, SuspensionForm("不归我管"))


# -- workers ----------------------------------------------------------------------------------------------------------


async def test_a_worker_of_two_organisations_is_one_person(cast: Cast) -> None:
    first = await engaging.register_worker(cast.provider_a, worker())
    second = await engaging.register_worker(cast.provider_b, worker(position="assistant", daily_minutes=120))
    assert first == second
    everywhere = await people.engagements(cast.bureau, first)
    assert {row.organisation for row in everywhere} == {cast.provider_a.organisation, cast.provider_b.organisation}
    own = await people.engagements(cast.provider_b, first)
    assert [row.position for row in own] == ["assistant"]
    rows, _total = await people.workers(cast.bureau, "王小明")
    assert len(rows) == 2


async def test_a_worker_is_found_by_pinyin_and_initials_also_under_a_corrected_name(cast: Cast) -> None:
    id = await engaging.register_worker(cast.provider_a, worker())
    for typed, name in (("wangxiao", "王小明"), ("WXM", "王小明"), ("zengd", "曾大明"), ("zdm", "曾大明")):
        version = (await people.worker(cast.provider_a, id)).version
        form = WorkerCorrectionForm(version=version, name=name, latitude=None, longitude=None)
        await correct(cast.provider_a, id, form)
        rows, _total = await people.workers(cast.provider_a, typed)
        assert [row.id for row in rows] == [id], typed
    assert await people.workers(cast.provider_a, "wxm") == ([], 0)


async def test_the_same_number_under_another_name_and_a_second_registration_are_refused(cast: Cast) -> None:
    await engaging.register_worker(cast.provider_a, worker())
    for scope, form, words in (
        (cast.provider_b, worker(name="张冠李"), "another name"),
        (cast.provider_a, worker(), "already"),
    ):
        with pytest.raises(Refused, match=words):
            await engaging.register_worker(scope, form)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id_number": ID[:-1] + "1"}, "id_number"),
        ({"id_number": "640324201501010014"}, "id_number"),
        ({"sex": "male"}, "sex"),
        ({"birth_date": date(1950, 1, 1)}, "birth_date"),
        ({"background_checked": date(2999, 1, 1)}, "background_checked"),
        ({"background_checked": date(1901, 1, 1)}, "background_checked"),
        ({"valid_to": date(2025, 1, 1)}, "valid_to"),
        ({"starts": ["08:00"], "ends": ["18:00"]}, "starts"),
        ({"starts": ["18:00", *[""] * 6], "ends": ["08:00", *[""] * 6]}, "starts"),
        ({"starts": ["8 o'clock", *[""] * 6], "ends": ["18:00", *[""] * 6]}, "starts"),
    ],
)
async def test_a_worker_who_cannot_be_is_refused_beside_the_field(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await engaging.register_worker(cast.provider_a, worker(**change))
    assert refused.value.field == field


async def test_changed_hours_keep_the_midday_break_of_other_days(cast: Cast) -> None:
    id = await engaging.register_worker(cast.provider_a, worker())
    starts, ends = ["08:00"] * 5 + ["", ""], ["18:00"] * 4 + ["12:30", "", ""]
    form = EngagementForm(position=Position.NURSE, valid_from=START, starts=starts, ends=ends, daily_minutes=300)
    await engaging.engage(cast.provider_a, id, form)
    (row,) = await people.engagements(cast.provider_a, id)
    pattern = row.pattern
    assert pattern["0"] == [(480, 720), (840, 1080)] and pattern["4"] == [(480, 750)]
    assert (row.position, row.daily_minutes) == ("nurse", 300)


async def test_a_roster_gets_hours_papers_and_absences(cast: Cast) -> None:
    id = await engaging.register_worker(cast.provider_a, worker(pattern=EVERY_DAY))
    await engaging.qualify_worker(cast.provider_a, id, QualificationForm("first_aid", START))
    await engaging.absent(cast.provider_a, id, AbsenceForm(date(2026, 3, 2), date(2026, 3, 4), "病假"))
    provider = cast.provider_a.organisation or 0
    roster = await people.roster_workers(cast.provider_a, provider, date(2026, 3, 1), date(2026, 3, 7))
    (row,) = [row for row in roster if row.id == id]
    assert row.pattern["6"] == [(480, 1080)]
    assert row.papers == (Paper("first_aid", START, None),)
    assert row.absences == ((date(2026, 3, 2), date(2026, 3, 4)),)
    assert row.latitude is not None  # the organisation's place


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 3, 4), date(2026, 3, 2), "last"),
        (date(2026, 3, 4), date(2027, 4, 2), "last"),
        (date(2026, 2, 10), date(2026, 2, 11), "first"),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(cast: Cast, first: date, last: date, field: str) -> None:
    id = await engaging.register_worker(cast.provider_a, worker())
    await engaging.absent(cast.provider_a, id, AbsenceForm(date(2026, 2, 11), date(2026, 2, 12)))
    with pytest.raises(Refused) as refused:
        await engaging.absent(cast.provider_a, id, AbsenceForm(first, last))
    assert refused.value.field == field


async def test_a_worker_of_others_is_not_found(cast: Cast) -> None:
    id = await engaging.register_worker(cast.provider_a, worker())
    for scope in (cast.provider_b, cast.station_a, cast.stranger, cast.stranger_provider):
        with pytest.raises(NotFound):
            await people.worker(scope, id)
        with pytest.raises(NotFound):
            await engaging.qualify_worker(scope, id, QualificationForm("first_aid", START))
        with pytest.raises(NotFound):
            await engaging.absent(scope, id, AbsenceForm(START, START))


async def test_no_other_county_learns_that_a_number_is_known(cast: Cast) -> None:
    id = await engaging.register_worker(cast.provider_a, worker())
    other = await engaging.register_worker(cast.stranger_provider, worker(name="别县人"))
    assert other != id
    assert (await people.worker(replace(cast.system, counties=(cast.other_county,)), other)).name == "别县人"
