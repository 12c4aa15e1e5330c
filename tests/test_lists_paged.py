"""Every list is paged by the one piece: beyond the end stands the last page, and what is no page is the first."""

import re
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from shangmen import clock, database, paths
from shangmen.access import RULES, Role, Rows
from shangmen.delivery.service_records.states import Told
from shangmen.demand.recipients.moves import actions as moves
from shangmen.demand.recipients.moves.forms import MoveForm
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs import actions as runs
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.tendering import actions as tendering
from shangmen.supply.tendering.forms import StudyForm
from shangmen.web import lists
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.quality_rows import asked_about
from tests.delivery.settlement_rows import FIRST, cleaned, delivered, drafted, reported, told

ROW = re.compile(r"<tr[ >].*?</tr>", re.DOTALL)
# Lists that hold a handful of rows by their nature: one's own work, divisions and villages, the catalogue, the ladder,
# and the newest lists that came in beside the form that takes the next one.
NOT_PAGED = {"tasks.list", "regions.list", "villages.list", "catalogue.list", "entitlement.list", "imports.list"}
QUERY = {"visits.list": "&first=2026-01-01&last=2026-12-31", "placements.list": "&state="}


@pytest_asyncio.fixture(loop_scope="session")
async def full(cast: Cast) -> dict[str, int]:
    """Something stands in every list: the ids that addresses have."""
    placed = await cleaned(cast)
    for days in range(3):
        one = await delivered(cast, placed, FIRST + timedelta(days))
        await asked_about(cast.system, one.record, cast.station_a.organisation or 0)
        await told(cast.system, one.visit, cast.worker_a.worker or 0)
        for what in (Told.ALARM, Told.REFUSED):
            await reported(cast.system, one.visit, cast.worker_a.worker or 0, what)
    await moves.offer(cast.station_a, cast.person_a, MoveForm(day=clock.today(), township=cast.township_b))
    statement = await drafted(cast, placed)
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=2, placed="leave", neighbours=False))
    await tendering.start(
        cast.bureau,
        StudyForm(
            name="测算", starts_on=clock.today(), money_from=0, money_to=200, steps=3, seconds=2,
            townships=[], township_percent=[], suppliers=[], hours_percent=[], price_percent=[],
            new_place=None, new_women=0, new_yuan=0,
        ),
    )  # fmt: skip
    return {"settlement.show": statement, "matching_runs.unserved": run}


def reader(cast: Cast, roles: frozenset[Role]) -> Any:
    """Who of the cast may read a list, those with the county first."""
    for scope in (cast.bureau, cast.auditor, cast.administrator, cast.station_a, cast.provider_a):
        if scope.role in roles:
            return scope
    raise LookupError


ROUTES = sorted(
    name
    for name, rule in RULES.items()
    if rule.rows != Rows.PUBLIC and (name.endswith((".list", ".lots")) or name in {"settlement.show"})
)


@pytest.mark.parametrize("route", ROUTES)
async def test_every_page_number_shows_rows_of_the_list(
    app: Litestar, browser: OpenBrowser, cast: Cast, full: dict[str, int], route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = 0
    part = lists.part

    async def counted(*said: Any, **more: Any) -> Any:
        nonlocal parts
        parts += 1
        return await part(*said, **more)

    monkeypatch.setattr(lists, "part", counted)
    visitor = await browser(reader(cast, RULES[route].roles))
    path = app.route_reverse(route, **({"id": full[route]} if route in full else {}))
    views = ["&view=people", "&view=visits"] if route in full else [""]
    for view in views:
        rest = QUERY.get(route, "") + view
        first = await visitor.get(f"{path}?page=1{rest}")
        assert first.status_code == 200
        if route in NOT_PAGED:
            assert not parts
            return
        assert parts
        rows = ROW.findall(first.text.partition("<tbody")[2])
        assert rows, f"{route} has nothing to be paged"
        for said in ("999", "0", "-1", "abc", "1" + "0" * 30, "%F0%9F%99%82", "1.5", ""):
            answer = await visitor.get(f"{path}?page={said}{rest}")
            assert answer.status_code == 200, said
            assert len(ROW.findall(answer.text.partition("<tbody")[2])) == len(rows), said


@pytest.mark.parametrize("said", ["3", "999", "1" + "0" * 30])
async def test_a_page_beyond_the_end_is_the_last(browser: OpenBrowser, cast: Cast, said: str) -> None:
    async with database.transaction(cast.administrator):
        for _ in range(lists.PAGE + 7):
            record(cast.administrator, "accounts.look", "app_user", cast.administrator.user)
    visitor = await browser(cast.administrator)
    last = ROW.findall((await visitor.get("/audit?page=2")).text.partition("<tbody")[2])
    assert 7 <= len(last) < lists.PAGE
    assert ROW.findall((await visitor.get(f"/audit?page={said}")).text.partition("<tbody")[2]) == last


def test_no_query_counts_all_rows_beside_those_of_a_page() -> None:
    counted = [
        str(file.relative_to(paths.CHECKOUT))
        for file in (paths.CHECKOUT / "platform").rglob("*.py")
        if re.search(r"\bOVER\s*\(\s*\)", file.read_text("utf-8"), re.IGNORECASE)
    ]
    assert counted == []


def test_rows_are_skipped_by_the_one_piece_alone() -> None:
    skipping = [
        str(file.relative_to(paths.CHECKOUT / "platform" / "shangmen"))
        for file in (paths.CHECKOUT / "platform").rglob("*.py")
        if re.search(r"\bOFFSET\b", file.read_text("utf-8"))
    ]
    assert skipping == ["web/lists.py"]
