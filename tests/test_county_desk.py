"""A county's own desk, file by file in its order: what a careful officer gets (tests/cases/county-zhongning)."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest_asyncio

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.demand.entitlement import actions as entitlement
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.imports import actions
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions import actions as regions
from tests.lists_in import codes, notes, taken

DESK = Path(__file__).parent / "cases" / "county-zhongning"
EXPECTED: dict[str, Any] = json.loads((DESK / "expected.json").read_text("utf-8"))
KIND = {"dibao": "recipients", "tekun": "recipients", "disabled": "recipients", "children": "recipients"}


@pytest_asyncio.fixture(loop_scope="session")
async def officer(db: None) -> Scope:
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    return await new_county("640521")


async def new_county(code: str) -> Scope:
    """A county as it begins: its townships, the catalogue, its bureau; the bureau's officer."""
    async with database.transaction(access.system(purpose="test")):
        await database.execute(
            "UPDATE division SET code = '99' || substr(code, 3) WHERE code LIKE :code", code=f"{code}%"
        )
    county = await regions.load_county(access.system(purpose="test"), code, date(2020, 1, 1))
    system = access.system(county, purpose="test")
    await catalogue.load(system)
    await entitlement.load(access.system(purpose="test"))
    async with database.transaction(system):
        bureau = await database.add(Organisation(county=county, kind=OrganisationKind.BUREAU, name="民政局（演示）"))
    return Scope(role=Role.BUREAU_OFFICER, counties=(county,), organisation=bureau, name="officer")


def kind_of(name: str) -> str:
    stem = name.partition(".")[0]
    return KIND.get(stem, stem)


async def test_a_countys_whole_desk_comes_to_what_a_careful_officer_gets(officer: Scope) -> None:
    for name in EXPECTED["order"]:
        expected = EXPECTED["files"][name]
        content = await asyncio.to_thread((DESK / name).read_bytes)
        _id, counts, lines = await taken(officer, kind_of(name), content, name)
        assert counts.rows == expected["data_rows"], name
        refused = {one["row"]: one["code"] for one in expected["refused"]}
        assert codes(lines) == refused, name
        warned = {(one["row"], one["code"]) for one in expected.get("warnings", []) if one["row"] not in refused}
        if "warnings" in expected or not expected["refused"]:
            assert notes(lines) == warned, name
        again, counts, lines = await taken(officer, kind_of(name), content, name)
        assert counts.same == expected["data_rows"] - len(refused), name
        assert not any(line.entries for line in lines), name
        await actions.undo(officer, again, "")
    async with database.transaction(officer):
        needs = dict.fromkeys(await database.values(str, "SELECT DISTINCT state FROM need"))
        assert "waiting" in needs
        workers = await database.number("SELECT count(*) FROM worker")
        assert workers == EXPECTED["files"]["workers.xlsx"]["people"]
        levels = dict(
            pair.split()
            for pair in await database.values(str, "SELECT level || ' ' || count(*) FROM assessment GROUP BY level")
        )
    expected_levels = EXPECTED["files"]["assessments.xlsx"]["results_of_accepted_rows"]
    assert {level: int(count) for level, count in levels.items()} == expected_levels
