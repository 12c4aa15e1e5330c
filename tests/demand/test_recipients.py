"""Registering recipients, and what happens to them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.demand.recipients import actions, queries
from shangmen.demand.recipients.forms import EventForm, GraceForm, GraceRule, Revealable, RevealForm
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.states import ShareReason, StatusKind
from shangmen.errors import Conflict, Faults, ImpossibleMove, NotFound, Refused
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.tasks import queries as tasks
from tests.cast import Cast
from tests.demand.conftest import Elder, there

TODAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def today(cast: Cast) -> None:
    clock.set_to(clock.at(TODAY, 9 * 60))


async def test_a_registration_derives_sex_birth_and_group_from_the_number(cast: Cast, elder: Elder) -> None:
    id = await actions.register(cast.station_a, elder(id_number="640402 19631105 9052"))
    person = await queries.person(cast.station_a, id)
    assert (person.sex, person.birth_date, person.group) == ("male", date(1963, 11, 5), "elder")
    assert person.category == "DIBAO"
    assert person.station == cast.station_a.organisation
    assert person.township == cast.township_a


async def test_a_lower_case_x_is_accepted(cast: Cast, elder: Elder) -> None:
    id = await actions.register(
        cast.station_a, elder(id_number="64032419780923904x", certificate="64032419780923904x42")
    )
    assert (await queries.person(cast.station_a, id)).id_number == "64032419780923904X"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("640324195503120018", "last character"),
        ("640324195513120012", "does not exist"),
        ("64032419550312001", "18 characters"),
        ("64032419550312001Z", "17 digits"),
        ("640324209903120010", "future"),
    ],
)
async def test_a_wrong_number_is_refused_with_what_is_wrong(
    cast: Cast, elder: Elder, number: str, sentence: str
) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(id_number=number))
    assert sentence in refused.value.faults["id_number"][0]


async def test_every_fault_is_told_at_once(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(id_number="1", telephone="12", latitude=37.3))
    assert set(refused.value.faults) == {"id_number", "telephone", "longitude"}


NOT_YET = [date(1900, 1, 1), clock.today() + timedelta(days=1)]


@pytest.mark.parametrize("day", NOT_YET, ids=["before the birth", "to come"])
@pytest.mark.parametrize("field", ["consent_on", "certificate_from"])
async def test_what_has_happened_lies_between_the_birth_and_today(
    cast: Cast, elder: Elder, field: str, day: date
) -> None:
    days = {"consent_on": date(2026, 1, 1), field: day}
    form = elder(certificate="64040219631105905242B1", consent_by="曾小兰", **days)
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, form)
    assert set(refused.value.faults) == {field}


async def test_without_a_number_the_reason_sex_and_birth_are_needed(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(id_number=""))
    assert set(refused.value.faults) == {"id_number", "sex", "birth_date"}
    id = await actions.register(
        cast.station_a,
        elder(id_number="", no_id_reason="未落户", sex="female", birth_date=date(1950, 1, 1)),
    )
    assert (await queries.person(cast.station_a, id)).id_number is None


async def test_the_same_number_at_another_station_names_that_station(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder())
    with pytest.raises(Refused) as refused:
        await actions.register(cast.station_b, elder())
    assert refused.value.field == "id_number"
    assert "韦州镇社工站" in str(refused.value)


async def test_the_same_number_may_be_registered_in_another_county(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder())
    assert await actions.register(cast.stranger_station, elder())


async def test_somebody_between_the_ages_is_a_disabled_adult_by_certificate_and_else_a_member(
    cast: Cast, elder: Elder
) -> None:
    member = await actions.register(cast.station_a, elder(id_number="640324199003040911"))
    assert (await queries.person(cast.station_a, member)).group == "adult"
    id = await actions.register(
        cast.station_a, elder(id_number="640324198910209077", certificate="64032419891020907742B1")
    )
    assert (await queries.person(cast.station_a, id)).group == "disabled"
    certificate = there(await queries.certificate(cast.station_a, id))
    assert (certificate.type, certificate.level) == (4, 2)


@pytest.mark.parametrize("number", ["64032419891020907792", "64032419891020907745", "6403241989102090774"])
async def test_a_malformed_certificate_is_refused(cast: Cast, elder: Elder, number: str) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(id_number="640324198910209077", certificate=number))
    assert "certificate" in refused.value.faults


async def test_a_certificate_of_somebody_else_is_refused(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(certificate="64032419891020907742"))
    assert "another ID number" in refused.value.faults["certificate"][0]


CHILD = "640324201603019032"


async def test_a_child_under_fourteen_has_consent_from_the_guardian_alone(cast: Cast, elder: Elder) -> None:
    child = {"id_number": CHILD, "guardian_name": "马奶奶", "consent_on": date(2026, 3, 1)}
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(**child, consent_by="曾小兰"))
    assert "guardian" in refused.value.faults["consent_by"][0]
    id = await actions.register(cast.station_a, elder(**child, consent_by="马奶奶"))
    assert (await queries.person(cast.station_a, id)).group == "minor"


async def test_the_guardian_rule_ends_with_the_fourteenth_birthday(cast: Cast, elder: Elder) -> None:
    child = elder(id_number=CHILD, guardian_name="马奶奶", consent_on=date(2026, 3, 1), consent_by="曾小兰")
    clock.set_to(clock.at(date(2030, 2, 28)))
    with pytest.raises(Faults):
        await actions.register(cast.station_a, child)
    clock.set_to(clock.at(date(2030, 3, 1)))
    assert await actions.register(cast.station_a, child)


async def test_a_minor_needs_a_guardian(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(id_number=CHILD))
    assert "guardian_name" in refused.value.faults


async def test_a_position_of_another_system_is_kept_in_wgs84(cast: Cast, elder: Elder) -> None:
    id = await actions.register(
        cast.station_a, elder(latitude=37.2995, longitude=106.4861, system="GCJ02", accuracy=20)
    )
    person = await queries.person(cast.station_a, id)
    assert person.position_source == "GCJ02"
    assert abs(there(person.latitude) - Decimal("37.2995")) > Decimal("0.0005")


async def test_swapped_coordinates_are_noticed(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(latitude=106.48, longitude=37.29))
    assert "latitude" in refused.value.faults


async def test_a_stale_page_does_not_overwrite_a_newer_file(cast: Cast, elder: Elder) -> None:
    id = await actions.register(cast.station_a, elder())
    await actions.update(cast.station_a, id, elder(address="甲", version=1))
    with pytest.raises(Conflict):
        await actions.update(cast.station_a, id, elder(address="乙", version=1))
    assert (await queries.person(cast.station_a, id)).address == "甲"


async def test_a_foreign_station_cannot_change_a_file(cast: Cast, elder: Elder) -> None:
    id = await actions.register(cast.station_a, elder())
    with pytest.raises(NotFound):
        await actions.update(cast.station_b, id, elder(version=1))


async def test_people_are_found_by_initials_pinyin_and_name(cast: Cast, elder: Elder) -> None:
    id = await actions.register(cast.station_a, elder())
    for search in ("zxl", "zengxiao", "小兰", "640402196311059052", "Zeng Xiao Lan"):
        rows, total = await queries.people(cast.station_a, search)
        assert [row.id for row in rows] == [id], search
        assert total == 1
    assert await queries.people(cast.station_b, "zxl") == ([], 0)


async def test_a_death_reported_late_takes_effect_on_its_day(cast: Cast) -> None:
    await actions.report_event(
        cast.assistant_a, cast.person_a, EventForm(StatusKind.DIED, date(2026, 3, 4), note="村里报告")
    )
    person = await queries.person(cast.bureau, cast.person_a)
    assert (person.state, person.state_from) == ("died", date(2026, 3, 4))


async def test_a_death_asks_for_the_household_within_three_months(cast: Cast) -> None:
    await actions.report_event(cast.assistant_a, cast.person_a, EventForm(StatusKind.DIED, date(2026, 3, 4)))
    (task,) = [task for task in await tasks.waiting(cast.station_a) if task.kind == "household_recheck"]
    assert task.due == date(2026, 6, 4)
    person = await queries.person(cast.station_a, cast.person_a)
    await actions.confirm_household(cast.station_a, there(person.household))
    assert not [task for task in await tasks.waiting(cast.station_a) if task.kind == "household_recheck"]


async def test_nothing_happens_to_the_dead_and_nothing_in_the_future(cast: Cast) -> None:
    await actions.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.DIED, date(2026, 3, 4)))
    with pytest.raises(ImpossibleMove):
        await actions.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, date(2026, 3, 5)))
    with pytest.raises(Conflict):
        await actions.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.DIED, date(2026, 3, 4)))
    with pytest.raises(Refused):
        await actions.report_event(
            cast.station_b, cast.person_b, EventForm(StatusKind.DIED, TODAY + timedelta(days=1))
        )


async def test_a_wrongly_reported_death_is_corrected_by_the_station_with_a_note(cast: Cast) -> None:
    await actions.report_event(cast.assistant_a, cast.person_a, EventForm(StatusKind.DIED, date(2026, 3, 4)))
    with pytest.raises(Refused):
        await actions.report_event(
            cast.assistant_a, cast.person_a, EventForm(StatusKind.HOME, date(2026, 3, 5), note="错报")
        )
    await actions.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.HOME, date(2026, 3, 5), note="错报")
    )
    assert (await queries.person(cast.station_a, cast.person_a)).state == "living"


async def test_a_stay_that_is_over_leaves_the_person_at_home(cast: Cast) -> None:
    await actions.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, date(2026, 3, 1), until=date(2026, 3, 5))
    )
    assert (await queries.person(cast.station_a, cast.person_a)).state == "living"


async def test_events_are_never_edited(cast: Cast) -> None:
    id = await actions.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, date(2026, 3, 1)))

    @database.scoped
    async def edit(scope: Scope) -> None:
        await database.execute("UPDATE status_event SET effective = effective - 1 WHERE id = :id", id=id)

    with pytest.raises(Exception, match=r"permission denied|append-only"):
        await edit(cast.station_a)


async def test_revealing_is_an_audited_act_with_a_reason(cast: Cast) -> None:
    await actions.reveal(cast.bureau, cast.person_a, RevealForm("核对名单", Revealable.ID_NUMBER))
    shown = await queries.revealed(cast.bureau, cast.person_a, Revealable.ID_NUMBER)
    assert shown == {"id_number": "640324194406129029"}
    (event,) = await audit.history(cast.bureau, "person", cast.person_a)
    assert (event.verb, event.reason) == ("recipients.reveal", "核对名单")
    assert "640324194406129029" not in event.details


async def test_a_share_opens_the_file_to_an_organisation_and_is_extended(cast: Cast) -> None:
    with pytest.raises(NotFound):
        await queries.person(cast.provider_a, cast.person_a)
    organisation = there(cast.provider_a.organisation)
    today = clock.today()
    first = await actions.share(
        cast.bureau, cast.person_a, organisation, today, today + timedelta(days=9), ShareReason.OFFER
    )
    again = await actions.share(cast.bureau, cast.person_a, organisation, today, None, ShareReason.PLACEMENT)
    assert first == again
    assert (await queries.person(cast.provider_a, cast.person_a)).id == cast.person_a
    await actions.end_share(cast.bureau, cast.person_a, organisation, today)
    (share,) = await queries.shares(cast.station_a, cast.person_a)
    assert share.valid_to == today
    with pytest.raises(NotFound):
        await queries.person(cast.provider_b, cast.person_a)


@pytest.mark.parametrize(("months", "until"), [(12, date(2027, 1, 31)), (18, date(2027, 7, 31))])
async def test_a_grace_period_ends_with_its_last_month(cast: Cast, months: int, until: date) -> None:
    person = await queries.person(cast.station_a, cast.person_a)
    assert (
        await actions.grant_grace(cast.station_a, there(person.household), GraceForm(months, date(2026, 2, 1)))
        == until
    )
    assert await households.end_of_service(cast.station_a, cast.person_a) == until


@pytest.mark.parametrize(("months", "profile"), [(19, GraceRule.REGIONAL), (7, GraceRule.NATIONAL)])
async def test_a_grace_period_beyond_the_parameter_is_refused(cast: Cast, months: int, profile: GraceRule) -> None:
    person = await queries.person(cast.station_a, cast.person_a)
    with pytest.raises(Refused, match="months at most"):
        await actions.grant_grace(
            cast.station_a, there(person.household), GraceForm(months, date(2026, 2, 1), profile)
        )


async def test_a_new_category_follows_without_a_gap(cast: Cast, elder: Elder) -> None:
    id = await actions.register(cast.station_a, elder(household_number="H1"))
    before = await queries.person(cast.station_a, id)
    await actions.grant_grace(cast.station_a, there(before.household), GraceForm(12, date(2025, 4, 1)))
    await actions.update(
        cast.station_a,
        id,
        elder(category="EDGE", household_number="H1", household_from=date(2026, 3, 20), version=1),
    )
    after = await queries.person(cast.station_a, id)
    assert after.household != before.household
    assert after.category == "EDGE"
    assert await households.end_of_service(cast.station_a, id) is None
    old = await households.household(cast.station_a, there(before.household))
    assert (old.valid_to, old.grace_until) == (date(2026, 3, 19), date(2026, 3, 19))


async def test_members_with_one_household_number_share_the_household(cast: Cast, elder: Elder) -> None:
    one = await actions.register(cast.station_a, elder(household_number="H9"))
    two = await actions.register(
        cast.station_a, elder(household_number="H9", name="马二", id_number="11010519491231002X")
    )
    members = await households.members(cast.station_a, (await queries.person(cast.station_a, one)).household, one)
    assert [member.id for member in members] == [two]


async def test_who_is_registered_elsewhere_is_served_where_they_live(cast: Cast, elder: Elder) -> None:
    """Registration (户籍) and residence are two facts: who holds a residence permit is a recipient of the place."""
    id = await actions.register(
        cast.station_a, elder(registered_address="甘肃省环县曲子镇", residence_permit=True, address="红星村3组")
    )
    person = await queries.person(cast.station_a, id)
    assert (person.township, person.station) == (cast.township_a, cast.station_a.organisation)
    assert (person.address, person.registered_address, person.residence_permit) == (
        "红星村3组", "甘肃省环县曲子镇", True,
    )  # fmt: skip
    assert await needs.state(cast.station_a, id, NeedForm(cast.cleaning, visits_per_month=4))


async def test_a_residence_permit_without_the_place_of_registration_is_a_fault(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as faults:
        await actions.register(cast.station_a, elder(residence_permit=True))
    assert set(faults.value.faults) == {"registered_address"}
