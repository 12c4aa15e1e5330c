"""The test matrix of access, generated from the routes: roles x routes, own and foreign and missing rows."""

from dataclasses import replace
from datetime import date

import pytest
from httpx import Response
from litestar import Litestar

from shangmen import clock, database
from shangmen.access import RULES, Role, Rows, Rule, Scope
from shangmen.app import CONTROLLERS, undeclared
from shangmen.delivery.service_records.states import Told
from shangmen.delivery.visits.tables import RosterRun
from shangmen.demand.entitlement.tables import Rung
from shangmen.demand.recipients.tables import Move
from shangmen.foundation.accounts.tables import UnsentForm
from shangmen.foundation.deeds.tables import Deed
from shangmen.foundation.imports.states import ImportState
from shangmen.foundation.imports.tables import ListImport
from shangmen.foundation.villages.tables import Village
from shangmen.supply.matching_runs.states import RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from shangmen.supply.tendering.states import StudyState
from shangmen.supply.tendering.tables import TenderStudy
from tests.cast import Cast, _user
from tests.conftest import Browser, OpenBrowser
from tests.delivery.quality_rows import asked_about
from tests.delivery.settlement_rows import cleaned, delivered, drafted, pictured, reported, told
from tests.test_security import filled

MISSING = 987_654_321


def routes(app: Litestar) -> list[tuple[str, str, str, Rule]]:
    """(name, method, path, rule) of every declared route but the public ones."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            rule = RULES.get(handler.name or "")
            if rule is None or rule.rows == Rows.PUBLIC:
                continue
            for method in sorted({str(m) for m in handler.http_methods} & {"GET", "POST"}):
                found.append((handler.name, method, route.path, rule))
    return sorted(found)


def test_every_route_is_declared(app: Litestar) -> None:
    assert undeclared(app) == []
    assert len(routes(app)) > 20
    assert CONTROLLERS


def test_every_declaration_has_its_route(app: Litestar) -> None:
    have = {name for name, _method, _path, _rule in routes(app)}
    declared = {name for name, rule in RULES.items() if rule.rows != Rows.PUBLIC}
    assert declared - have == set()


def test_a_route_that_names_a_row_is_declared_so(app: Litestar) -> None:
    wrong = [name for name, _m, path, rule in routes(app) if ("{" in path) != (rule.rows == Rows.REACHED)]
    # the catalogue and the divisions are public knowledge: their rows belong to nobody
    assert [name for name in wrong if not name.startswith(("regions.", "catalogue."))] == []


async def everyone(cast: Cast) -> dict[Role, Scope]:
    """One person of every role in the county."""
    people = {
        scope.role: scope for scope in reversed(list(cast.people().values())) if scope.counties == (cast.county,)
    }
    assert set(people) == set(Role) - {Role.SYSTEM}
    return people


async def strangers(cast: Cast) -> dict[Role, Scope]:
    """One person of every role in the other county."""
    home = {Role.STATION_SCHEDULER: cast.stranger_station, Role.VILLAGE_ASSISTANT: cast.stranger_station}
    provider = {Role.PROVIDER_MANAGER: cast.stranger_provider, Role.WORKER: cast.stranger_provider}
    people: dict[Role, Scope] = {}
    for role in set(Role) - {Role.SYSTEM}:
        place = {**home, **provider}.get(role, cast.stranger)
        async with database.transaction(replace(cast.system, counties=(cast.other_county,))):
            people[role] = await _user(role, place.organisation or 0, cast.other_county, f"stranger {role}")
    return people


async def ask(visitor: Browser, method: str, path: str) -> Response:
    """Ask for a page, or press a button."""
    return await (visitor.get(path) if method == "GET" else visitor.post(path, {}))


async def test_a_role_without_the_right_gets_403_everywhere(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    people = await everyone(cast)
    cells = 0
    for role, scope in people.items():
        visitor = await browser(scope)
        for name, method, path, rule in routes(app):
            if role in rule.roles:
                continue
            answer = await ask(visitor, method, filled(path, MISSING))
            assert answer.status_code == 403, f"{role} {method} {name}"
            cells += 1
    assert cells > 300


async def test_a_missing_row_is_404_for_whoever_may_ask(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    people = await everyone(cast)
    for role, scope in people.items():
        visitor = await browser(scope)
        for name, method, path, rule in routes(app):
            if role not in rule.roles or rule.rows != Rows.REACHED:
                continue
            answer = await ask(visitor, method, filled(path, MISSING))
            assert answer.status_code in {404, 422}, f"{role} {method} {name}: {answer.status_code}"
            if method == "GET":
                assert answer.status_code == 404, f"{role} {method} {name}"


async def test_every_list_opens_for_whoever_may_ask(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    people = await everyone(cast)
    for role, scope in people.items():
        visitor = await browser(scope)
        for name, method, path, rule in routes(app):
            if role not in rule.roles or method != "GET" or "{" in path:
                continue
            answer = await visitor.get(path)
            assert answer.status_code in {200, 303}, f"{role} {name}: {answer.status_code}"


async def test_every_empty_form_is_answered_without_a_fault_of_ours(
    app: Litestar, browser: OpenBrowser, cast: Cast
) -> None:
    people = await everyone(cast)
    for role, scope in people.items():
        visitor = await browser(scope)
        for name, method, path, rule in routes(app):
            if role not in rule.roles or method != "POST" or "{" in path or name == "accounts.logout":
                continue
            answer = await visitor.post(path, {})
            assert answer.status_code < 500, f"{role} {name}: {answer.status_code}"


@pytest.mark.parametrize("value", ["0", "-1", "abc", "9" * 30, "1'--", "%00"])
async def test_a_broken_id_is_never_a_fault_of_ours(
    app: Litestar, browser: OpenBrowser, cast: Cast, value: str
) -> None:
    visitor = await browser(cast.bureau)
    for name, method, path, rule in routes(app):
        if Role.BUREAU_OFFICER not in rule.roles or "{" not in path:
            continue
        address = "/".join(value if part.startswith("{") else part for part in path.split("/"))
        answer = await ask(visitor, method, address)
        assert answer.status_code < 500, f"{method} {name} {value}"


# Which table the first id of an address names, by the longest beginning of the route's name.
NAMED = {
    "unsent.": "unsent_form",
    "accounts.": "app_user",
    "deeds.": "deed",
    "imports.": "list_import",
    "villages.": "village",
    "service_records.accept_home": "person",
    "organisations.": "organisation",
    "organisations.suspend_qualification": "qualification",
    "organisations.worker": "worker",
    "recipients.": "person",
    "recipients.grace": "household",
    "recipients.recheck": "household",
    "entitlement.": "entitlement_rung",
    "moves.": "move",
    "moves.new": "person",
    "moves.offer": "person",
    "needs.": "need",
    "needs.assess": "person",
    "needs.new": "person",
    "needs.create": "person",
    "contracts.": "contract",
    "contracts.lot": "lot",
    "contracts.new": "lot",
    "contracts.create": "lot",
    "placements.": "placement",
    "placements.offer": "offer",
    "placements.accept": "offer",
    "placements.decline": "offer",
    "placements.withdraw": "offer",
    "matching_runs.": "matching_run",
    "matching_runs.latest": "need",
    "matching_runs.why": "need",
    "tendering.": "tender_study",
    "visits.": "visit",
    "visits.new": "placement",
    "visits.create": "placement",
    "visits.roster": "roster_run",
    "service_records.": "service_record",
    "service_records.visit": "visit",
    "service_records.check_in": "visit",
    "service_records.check_out": "visit",
    "service_records.photo": "visit",
    "service_records.tell": "visit",
    "door_reports.": "door_report",
    "photos.": "photo",
    "photos.add": "visit",
    "photos.of_visit": "visit",
    "phone_events.": "phone_event",
    "quality.": "call_back",
    "quality.sample": "sample",
    "complaints.": "complaint",
    "complaints.new": "person",
    "complaints.note": "person",
    "settlement.": "statement",
}


# The column that says whose a row is, where it is not the county's.
OF = {"entitlement_rung": "division"}


def table_of(route: str) -> str:
    """The table that the first id in a route's address names."""
    return NAMED[max((start for start in NAMED if route.startswith(start)), key=len)]


async def _one_of_each(cast: Cast) -> dict[str, int]:
    """A row of every table, of the county, its two stations and provider A: the main job up to a statement."""
    placed = await cleaned(cast)
    done = await delivered(cast, placed, date(2026, 3, 6))
    await pictured(cast.system, done.record)
    await drafted(cast, placed)
    await told(cast.system, done.visit, cast.worker_a.worker or 0)
    await reported(cast.system, done.visit, cast.worker_a.worker or 0, Told.ALARM)
    await asked_about(cast.system, done.record, cast.station_a.organisation or 0)
    async with database.transaction(cast.system):
        now, today = clock.now(), clock.today()
        for row in (
            ListImport(
                county=cast.county, organisation=cast.station_a.organisation, kind="recipients", file_name="r.xlsx",
                digest=b"", state=ImportState.PREVIEWED, created_at=now,
            ),
            Deed(
                county=cast.county, organisation=cast.provider_a.organisation, station=cast.station_a.organisation,
                route="organisations.worker_absence", verb="organisations.absent", subject="worker", subject_id=1,
                user_name="x", done_at=now,
            ),
            Move(
                county=cast.county, station=cast.station_a.organisation, to_county=cast.county,
                to_station=cast.station_a.organisation, to_township=cast.township_a, day=today, offered_at=now,
            ),
            Rung(division=cast.county, code="C05", visits=9, valid_from=today, source="x"),
            Village(county=cast.county, township=cast.township_a, name="石塘村", position_source=""),
            MatchingRun(county=cast.county, created_at=now, starts_on=today, policy="{}", state=RunState.PROPOSED),
            TenderStudy(
                county=cast.county, created_at=now, name="study", starts_on=today, question="{}",
                state=StudyState.QUEUED,
            ),
            RosterRun(
                county=cast.county, organisation=cast.provider_a.organisation, first=today, last=today, seed=0,
                placed=0, unplaced="[]", totals="{}", created_at=now,
            ),
        ):  # fmt: skip
            await database.add(row)
        await database.add(
            UnsentForm(county=cast.county, user=cast.bureau.user, address="/needs/1/end", page="/", said="[]", at=now)
        )
        ids: dict[str, int] = {}
        for table in sorted(set(NAMED.values())):
            ids[table] = await database.number(
                f"SELECT coalesce(min(id), 0) FROM {table} WHERE {OF.get(table, 'county')} = :county",
                county=cast.county,
            )
    assert all(ids.values()), ids
    return ids


async def test_a_foreign_row_is_404_for_every_role_of_another_county(
    app: Litestar, browser: OpenBrowser, cast: Cast
) -> None:
    ids = await _one_of_each(cast)
    cells = 0
    for role, scope in (await strangers(cast)).items():
        visitor = await browser(scope)
        for name, method, path, rule in routes(app):
            if role not in rule.roles or rule.rows != Rows.REACHED:
                continue
            answer = await ask(visitor, method, filled(path, ids[table_of(name)]))
            assert answer.status_code in ({404} if method == "GET" else {404, 422}), f"{role} {method} {name}"
            cells += 1
    assert cells > 120


async def test_another_provider_and_another_station_get_404_too(
    app: Litestar, browser: OpenBrowser, cast: Cast
) -> None:
    ids = await _one_of_each(cast)
    # rows that belong to the county as a whole, or to nobody but the desks of the bureau
    shared = {
        "organisation", "village", "entitlement_rung", "lot", "qualification", "matching_run", "tender_study",
    }  # fmt: skip
    for scope in (cast.provider_b, cast.station_b, cast.worker_b):
        visitor = await browser(scope)
        for name, method, path, rule in routes(app):
            table = table_of(name) if rule.rows == Rows.REACHED else ""
            if scope.role not in rule.roles or not table or table in shared:
                continue
            answer = await ask(visitor, method, filled(path, ids[table]))
            assert answer.status_code in ({404} if method == "GET" else {404, 422}), f"{scope.name} {method} {name}"
