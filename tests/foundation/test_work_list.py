"""The work list is the truth: what a line counts is what the list behind it shows, for every role."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.app import WAITING
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import actions as settlement
from shangmen.delivery.settlement.forms import ObjectionForm
from shangmen.delivery.settlement.states import StatementState
from shangmen.delivery.visits.states import VisitState
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.demand.recipients.rolls.queries import Line, Sheet, Verdict
from shangmen.demand.recipients.states import RollState
from shangmen.demand.recipients.tables import Roll
from shangmen.foundation.organisations.tables import Qualification, Worker
from shangmen.foundation.tasks import figures, waiting
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract
from shangmen.supply.matching_runs.states import RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.offers import actions as offers
from shangmen.supply.tendering.states import StudyState
from shangmen.supply.tendering.tables import TenderStudy
from shangmen.web import language
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser
from tests.delivery.rows import placed_need, planned_visit
from tests.delivery.settlement_rows import TODAY, brought_to, cleaned, delivered, drafted, overturn, set_verdict
from tests.supply.rows import drafted as drafted_contract
from tests.supply.rows import offered, waiting_need


@dataclass(frozen=True)
class Told:
    """A line of the page."""

    title: str
    count: int
    href: str


async def lines(visitor: Browser) -> list[Told]:
    """The lines of the first page."""
    page = (await visitor.get("/tasks")).text
    found = re.findall(
        r"<tr class=\"[^\"]*\">.*?<span>(.*?)(?:<br>|</span>).*?<td class=\"number\"[^>]*>(\d+)</td>"
        r".*?<a class=\"button[^\"]*\" href=\"([^\"]+)\"",
        page,
        re.DOTALL,
    )
    return [Told(html.unescape(title), int(count), html.unescape(href)) for title, count, href in found]


def rows(page: str) -> int:
    """How many rows the first list of a page has."""
    if 'class="tasks"' in page:
        return page.count('<li class="task')
    if 'href="/phone/visits/' in page:
        return page.count('href="/phone/visits/')
    table = re.search(r'<table class="list.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    return table[1].count("<tr") if table else 0


@pytest_asyncio.fixture(loop_scope="session")
async def busy(cast: Cast) -> AsyncIterator[Cast]:
    """A county in which something of every kind waits, on 2 April 2026."""
    placed = await cleaned(cast, visits_per_month=4)
    await _statements(cast)
    await _visits(cast)
    await _supply(cast)
    async with database.transaction(cast.system):
        for scope in (cast.worker_a, cast.social_worker_a):
            checked = TODAY - timedelta(days=350)
            await database.change(Worker, scope.worker or 0, {Worker.background_checked: checked})
        for organisation, worker in (
            (cast.provider_a.organisation, None),
            (None, cast.worker_a.worker),
            (cast.station_a.organisation, None),
        ):
            await database.add(
                Qualification(
                    county=cast.county, kind="licence", number="1", mandatory=False, valid_from=date(2020, 1, 1),
                    valid_to=TODAY + timedelta(days=20), organisation=organisation, worker=worker,
                )
            )  # fmt: skip
        sheet = Sheet([], ["name"], [Line(2, {"name": "甲"}), Line(3, {"name": ""}, Verdict.FAULT)])
        await database.add(
            Roll(
                county=cast.county, station=cast.station_a.organisation, file_name="三月.xlsx", digest=b"",
                rows=database.to_json(sheet), state=RollState.PREVIEWED, created_at=clock.now(),
            )
        )  # fmt: skip
        await database.execute("UPDATE person SET latitude = NULL WHERE id = :id", id=cast.person_a)
        await database.execute("DELETE FROM holiday WHERE day >= '2026-01-01'")
    assert placed.contract
    yield cast


async def _statements(cast: Cast) -> None:
    """Statements in every state, one with an objection, one with a visit that fell, and visits in none."""
    first = await cleaned(cast)
    months = [(date(2025, month, 1), date(2025, month, 28)) for month in range(1, 7)]
    ends = [None, StatementState.SUBMITTED, StatementState.REVIEWED, StatementState.REVIEWED, StatementState.APPROVED,
            StatementState.PAID]  # fmt: skip
    for place, ((since, until), state) in enumerate(zip(months, ends, strict=True)):
        visit = await delivered(cast, first, since)
        id = await drafted(cast, first, since, until)
        if state:
            await brought_to(cast, id, state)
        if place == 3:
            await settlement.object(cast.provider_a, id, ObjectionForm("少算了"))
        if state is StatementState.PAID:
            await overturn(cast, first, visit)
    await delivered(cast, first, date(2025, 9, 1))  # in no statement


async def _visits(cast: Cast) -> None:
    """Held records for the station and for the bureau, visits to confirm, missed ones, one of today."""
    first = await cleaned(cast)
    held = await delivered(cast, first, date(2026, 3, 20), state=VerdictState.HELD)
    await set_verdict(cast, held, VerdictState.HELD, "没有定位")
    own = await placed_need(cast, cast.station_a, cast.home_visit, cast.person_a)
    await delivered(cast, own, date(2026, 3, 21), state=VerdictState.HELD, start=700)
    worker = cast.worker_a.worker or 0
    await planned_visit(cast, first, clock.at(TODAY, 900), worker)
    for placed, days in ((first, 2), (own, 3)):
        planned = clock.at(TODAY + timedelta(days=days), 900)
        await planned_visit(cast, placed, planned, worker, state=VisitState.PLANNED)
        missed = clock.at(TODAY - timedelta(days=days), 900)
        await planned_visit(cast, placed, missed, worker, state=VisitState.MISSED)


async def _supply(cast: Cast) -> None:
    """Offers to a provider and a station, one declined; a draft of a need and of a contract; a run and a study."""
    person = cast.person_b
    await offered(cast, await waiting_need(cast, person), cast.station_b, None)
    declined = await offered(cast, await waiting_need(cast, person, cast.cleaning), cast.station_b, None)
    await offers.decline(cast.station_b, declined, ReasonForm("没有人手"))
    await needs.state(cast.system, person, NeedForm(service_item=cast.bath, visits_per_month=2))
    await drafted_contract(cast, cast.provider_b)
    async with database.transaction(cast.system):
        now, today = clock.now(), clock.today()
        await database.add(
            MatchingRun(
                county=cast.county,
                created_at=now,
                starts_on=today,
                policy='{"starts_on": "2026-04-02"}',
                state=RunState.PROPOSED,
            )
        )
        await database.add(
            TenderStudy(
                county=cast.county, created_at=now, finished_at=now, name="study", starts_on=today, question="{}",
                state=StudyState.DONE, requested_by=cast.bureau.user,
            )
        )  # fmt: skip
        need = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b, rate=Decimal("40"))
        await database.execute("UPDATE offer SET state = 'offered', decided_at = NULL WHERE id = :id", id=need.offer)
        contract = await Contract.objects().where(Contract.state == ContractState.IN_FORCE).first()
        assert contract is not None
        await database.change(
            Contract,
            contract.id,
            {Contract.term_to: today + timedelta(days=40), Contract.ceiling: contract.reserved + contract.delivered},
        )


def everyone(cast: Cast) -> dict[str, Scope]:
    """Everybody of the county who can log in."""
    return {name: scope for name, scope in cast.people().items() if scope.counties == (cast.county,)}


async def test_every_line_of_every_role_counts_what_its_list_shows(browser: OpenBrowser, busy: Cast) -> None:
    seen = set()
    for name, scope in everyone(busy).items():
        visitor = await browser(scope)
        for line in await lines(visitor):
            answer = await visitor.get(line.href)
            assert answer.status_code == 200, (name, line)
            assert rows(answer.text) == line.count, (name, line)
            seen.add((str(scope.role), line.title))
    assert len(seen) > 25


async def test_every_kind_is_on_the_page_of_its_roles(browser: OpenBrowser, busy: Cast) -> None:
    """So that the test above has seen each of them."""
    missing = set()
    for kind in WAITING:
        for role in kind.roles:
            counts = []
            for scope in everyone(busy).values():
                if scope.role == role:
                    entries = await kind.entries(scope) if kind.entries else ()
                    counts.append((await waiting.standing(scope, kind, entries)).count)
            if not any(counts):
                missing.add((kind.name, str(role)))
    assert missing == set()


async def test_every_key_figure_that_is_a_number_is_what_its_list_shows(browser: OpenBrowser, busy: Cast) -> None:
    checked = 0
    for name, scope in everyone(busy).items():
        visitor = await browser(scope)
        first = (await visitor.get("/tasks")).text
        for one in await figures.of_role(scope):
            if one.money or one.route == "visits.calendar" or not one.value or one.value > 50:
                continue
            label = re.escape(language.gettext(one.label))
            (link,) = re.findall(rf'class="figure[^"]*" href="([^"]+)"><span class="figure-label">{label}<', first)
            assert rows((await visitor.get(html.unescape(link))).text) == one.value, (name, one)
            checked += 1
    assert checked > 5


async def test_what_is_nothing_is_left_out_and_an_empty_list_says_so_once(browser: OpenBrowser, cast: Cast) -> None:
    page = (await (await browser(cast.auditor)).get("/tasks")).text
    assert page.count("没有待办事项") == 1
    assert '<table class="list' not in page
    assert re.findall(r'class="figure-value[^"]*">\s*0\s*<', page) == []


async def test_a_verb_takes_its_row_off_the_line_without_any_task(browser: OpenBrowser, busy: Cast) -> None:
    async def offers_of(scope: Scope) -> int:
        found = [line.count for line in await lines(await browser(scope)) if "/offers" in line.href]
        return sum(found)

    before = await offers_of(busy.station_b)
    async with database.transaction(busy.system):
        await database.execute("UPDATE task SET closed_at = :now WHERE kind = 'offer_waiting'", now=clock.now())
    assert await offers_of(busy.station_b) == before == 1
    await offers.accept_all(busy.station_b)
    assert await offers_of(busy.station_b) == 0


async def test_a_record_is_on_the_list_of_who_may_decide_on_it(browser: OpenBrowser, busy: Cast) -> None:
    """The station's own visit waits for the bureau, the provider's for the station; neither for the other."""
    for scope in (busy.bureau, busy.station_a):
        visitor = await browser(scope)
        (line,) = [line for line in await lines(visitor) if "/records" in line.href]
        page = (await visitor.get(line.href)).text
        for record in re.findall(r'href="(/records/\d+)"', page):
            shown = (await visitor.get(record)).text
            assert "/accept" in shown, (scope.role, record)
        assert line.count == 1, scope.role


async def test_nobody_of_another_county_counts_any_of_it(browser: OpenBrowser, busy: Cast) -> None:
    for scope in (busy.stranger, busy.stranger_provider):
        assert [line for line in await lines(await browser(scope)) if "/recipients" not in line.href] == []


async def test_a_kind_that_is_none_of_the_viewers_shows_the_whole_list(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    for kind in ("nothing_like_it", "holidays"):
        assert "officer，" in (await visitor.get(f"/tasks?kind={kind}")).text  # the greeting
    assert "没有此类待办事项" in (await visitor.get("/tasks?kind=papers")).text
