"""A file that was handed over: the station before reads it, changes nothing, and its page offers nothing else."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from asyncpg.exceptions import InsufficientPrivilegeError
from litestar import Litestar

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.quality.complaints import actions as complaints
from shangmen.delivery.quality.complaints.forms import ComplaintForm
from shangmen.delivery.quality.states import ComplaintAbout
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.absences import actions as absences
from shangmen.demand.recipients.forms import AbsenceForm, EventForm, GraceForm, GraceRule, ShortenForm
from shangmen.demand.recipients.moves import actions, queries
from shangmen.demand.recipients.moves.forms import AcceptForm, MoveForm
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import Person
from shangmen.errors import Conflict
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds.forms import UndoForm
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.demand.moving import leaving, moving, upkept, visited
from tests.demand.test_referrals import other_township
from tests.supply.rows import days
from tests.supply.test_undo import latest
from tests.test_access import routes

Moved = Callable[[Cast], Awaitable[str]]
READING = {"recipients.show", "recipients.reveal"}
ONLY_READ = "仅可查阅"


async def moved_within(cast: Cast) -> str:
    """Person A moved to station B; where to."""
    await actions.accept(cast.station_b, await moving(cast), AcceptForm())
    return (await people.person(cast.station_b, cast.person_a)).station_name


async def moved_away(cast: Cast) -> str:
    """Person A moved to the other county, and their month here is over."""
    id = await leaving(cast, day=clock.today() - timedelta(days=70))
    await actions.accept(cast.stranger, id, AcceptForm(township=await other_township(cast)))
    await upkept(cast, clock.today())
    return (await queries.move(cast.bureau, id)).to_county_name


def verbs(app: Litestar, scope: Scope) -> list[tuple[str, str, str]]:
    """(name, method, path) of each page and verb of a person's file that a role may call, but those that read."""
    return [
        (name, method, path)
        for name, method, path, rule in routes(app)
        if path.startswith("/recipients/{id:int}") and scope.role in rule.roles and name not in READING
    ]


@pytest.mark.parametrize("moved", [moved_within, moved_away])
async def test_every_verb_of_a_person_refuses_who_handed_the_file_over(
    app: Litestar, browser: OpenBrowser, cast: Cast, moved: Moved
) -> None:
    place = await moved(cast)
    visitor = await browser(cast.station_a)
    asked = verbs(app, cast.station_a)
    assert {"needs.assess", "recipients.grace", "recipients.update", "complaints.note", "moves.offer"} <= {
        name for name, _method, _path in asked
    }
    answers = {}
    for name, method, path in asked:
        address = path.replace("{id:int}", str(cast.person_a)).replace("{absence:int}", "1")
        answer = await (visitor.get(address) if method == "GET" else visitor.post(address, {}))
        answers[name, method] = answer.status_code, place in answer.text and ONLY_READ in answer.text
    assert {key: said for key, said in answers.items() if said != (409, True)} == {}


@pytest.mark.parametrize("moved", [moved_within, moved_away])
async def test_no_link_and_no_form_of_the_page_leads_to_a_refusal(
    browser: OpenBrowser, cast: Cast, moved: Moved
) -> None:
    await visited(cast)
    await recipients.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.HOSPITAL, clock.today() - timedelta(days=80))
    )
    await recipients.report_event(
        cast.station_a, cast.person_a, EventForm(StatusKind.HOME, clock.today() - timedelta(days=75))
    )
    place = await moved(cast)
    visitor = await browser(cast.station_a)
    page = (await visitor.get(f"/recipients/{cast.person_a}")).text
    page = page[page.index("<main") : page.index("</main>")]
    assert place in page
    refused = {}
    for address in sorted(set(re.findall(r'<a [^>]*href="(/[^"#]*)', page))):
        answer = await visitor.get(address.replace("&amp;", "&"))
        if answer.status_code >= 400:
            refused[address] = answer.status_code
    assert refused == {}
    forms = {address.partition("?")[0] for address in re.findall(r'<form [^>]*action="([^"]*)"', page)}
    assert forms <= {f"/recipients/{cast.person_a}/reveal"}
    assert 'href="#event"' not in page


async def test_the_page_says_where_they_moved_and_until_when_it_may_be_read(browser: OpenBrowser, cast: Cast) -> None:
    place = await moved_within(cast)
    handed = await queries.only_read(cast.station_a, cast.person_a)
    assert handed == queries.OnlyRead(place, clock.today(), clock.today() + timedelta(days=120))
    page = (await (await browser(cast.station_a)).get(f"/recipients/{cast.person_a}")).text
    assert f"移交{place}，可查阅至" in page
    theirs = (await (await browser(cast.station_b)).get(f"/recipients/{cast.person_a}")).text
    assert "可查阅至" not in theirs and f"/recipients/{cast.person_a}/edit" in theirs
    desk = await browser(cast.bureau)
    assert "可查阅至" not in (await desk.get(f"/recipients/{cast.person_a}")).text
    assert (await desk.get(f"/recipients/{cast.person_a}/complaints/new")).status_code == 200


async def test_who_comes_back_is_in_care_again(cast: Cast) -> None:
    await moved_within(cast)
    form = MoveForm(day=days(5), township=cast.township_a)
    back = await actions.offer(cast.station_b, cast.person_a, form)
    with clock.stopped_at(clock.at(days(5), 600)):
        await actions.accept(cast.station_a, back, AcceptForm())
        assert await queries.only_read(cast.station_a, cast.person_a) is None
        assert await queries.only_read(cast.station_b, cast.person_a) is not None


async def test_the_verbs_themselves_refuse_whatever_page_they_are_called_from(cast: Cast) -> None:
    absence = await absences.absent(cast.station_a, cast.person_a, AbsenceForm(days(1), days(2)))
    household = (await people.person(cast.station_a, cast.person_a)).household or 0
    deed = await latest(cast.station_a, "person", cast.person_a)
    await moved_within(cast)
    today = clock.today()
    tried = [
        recipients.grant_grace(cast.station_a, household, GraceForm(2, today, GraceRule.REGIONAL)),
        recipients.confirm_household(cast.station_a, household),
        absences.shorten(cast.station_a, cast.person_a, absence, ShortenForm()),
        complaints.note(
            cast.station_a,
            cast.person_a,
            ComplaintForm(
                supplier=cast.provider_a.organisation or 0, about=ComplaintAbout.LATE, received_on=today, words="没来"
            ),
        ),
        deeds.undo(cast.station_a, deed, UndoForm("误报")),
    ]
    for verb in tried:
        with pytest.raises(Conflict, match="only read"):
            await verb


@pytest.mark.parametrize(
    "insert",
    [
        "status_event (person, kind, effective, reported_at, note) VALUES (:id, 'hospital', :day, now(), '')",
        "recipient_absence (person, first, last, reason) VALUES (:id, :day, :day, '')",
        "care_plan (person, goal) VALUES (:id, '试')",
    ],
)
async def test_the_database_refuses_what_a_verb_would_let_through(cast: Cast, insert: str) -> None:
    await moved_within(cast)
    with pytest.raises(InsufficientPrivilegeError, match="in_care"):
        async with database.transaction(cast.station_a):
            await database.execute(
                f"INSERT INTO {insert}", id=cast.person_a, **({"day": clock.today()} if ":day" in insert else {})
            )


async def test_declared_relatives_go_along_to_another_county_unless_withheld(cast: Cast) -> None:
    declared = "李测试 13900000001（女儿）"
    async with database.transaction(cast.system):
        await Person.update({Person.relatives: declared}).where(Person.id == cast.person_a)
    id = await leaving(cast)
    await actions.accept(cast.stranger, id, AcceptForm(township=await other_township(cast)))
    there = (await queries.movers(cast.stranger, id))[0].taken_over or 0
    assert (await people.person(cast.stranger_station, there)).relatives == declared


async def test_a_desk_reads_relatives_that_were_handed_over_masked(browser: OpenBrowser, cast: Cast) -> None:
    async with database.transaction(cast.system):
        await Person.update({Person.relatives: "李测试 13900000001（女儿）"}).where(Person.id == cast.person_a)
    id = await leaving(cast)
    page = (await (await browser(cast.stranger)).get(f"/moves/{id}")).text
    assert "女儿" in page and "13900000001" not in page and "李测试" not in page


async def test_withheld_relatives_are_not_handed_over(cast: Cast) -> None:
    async with database.transaction(cast.system):
        await Person.update({Person.relatives: "李测试 13900000001（女儿）"}).where(Person.id == cast.person_a)
    id = await leaving(cast, withheld=["relatives"])
    facts = [fact for one in (await queries.handed_over(cast.stranger, id)).values() for fact in one]
    assert "relatives" not in {fact.field for fact in facts}
