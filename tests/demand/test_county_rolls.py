"""A county's own rolls, as four offices keep them: what a careful officer gets from them (tests/cases)."""

import asyncio
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest_asyncio

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.imports import actions, queries
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation, ServiceArea
from shangmen.foundation.regions import actions as regions
from shangmen.foundation.regions import queries as regions_of
from shangmen.foundation.regions.states import PositionSource

CASES = Path(__file__).parent.parent / "cases"
COUNTY = CASES / "county-zhongning"
EXPECTED: dict[str, Any] = json.loads((COUNTY / "expected.json").read_text("utf-8"))
ROLLS = ("dibao.xlsx", "tekun.xlsx", "disabled.csv", "children.xlsx")


async def make_county(code: str) -> Scope:
    """A county with its townships, a bureau and a station for each township; its officer."""
    on = date(2020, 1, 1)
    async with database.transaction(
        access.system(purpose="test")
    ):  # the cast has a county of this code, of one township
        await database.execute(
            "UPDATE division SET code = '99' || substr(code, 3) WHERE code LIKE :code", code=f"{code}%"
        )
    county = await regions.load_county(access.system(purpose="test"), code, on)
    system = access.system(county, purpose="test")
    async with database.transaction(system):
        bureau = await _organisation(county, OrganisationKind.BUREAU, "民政局（演示）", None)
        for township in await regions_of.townships(system):
            station = await _organisation(
                county, OrganisationKind.STATION, f"{township.name}社工站（演示）", township.id
            )
            await database.add(ServiceArea(organisation=station, division=township.id))
    return Scope(role=Role.BUREAU_OFFICER, counties=(county,), organisation=bureau, name="officer")


async def _organisation(county: int, kind: OrganisationKind, name: str, township: int | None) -> int:
    return await database.add(
        Organisation(county=county, kind=kind, name=name, township=township, position_source=PositionSource.UNKNOWN)
    )


@pytest_asyncio.fixture(loop_scope="session")
async def officer(db: None) -> Scope:
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    return await make_county("640521")


async def take(scope: Scope, file: Path, commit: bool = True) -> tuple[queries.Counts, list[Line]]:
    """Preview a file, or write it: its counts and its rows."""
    id = await actions.upload(scope, "recipients", await asyncio.to_thread(file.read_bytes), file.name)
    counts = await actions.preview(scope, id)
    if commit:
        counts = await actions.commit(scope, id)
    return counts, await queries.lines(scope, id)


async def test_a_countys_four_rolls_come_to_what_a_careful_officer_gets(officer: Scope) -> None:
    for name in ROLLS:
        expected = EXPECTED["files"][name]
        counts, lines = await take(officer, COUNTY / name)
        refused = {line.row: line.refusal.code for line in lines if line.refusal}
        assert refused == {one["row"]: one["code"] for one in expected["refused"]}, name
        warned = sorted((line.row, note.code) for line in lines if not line.refusal for note in line.notes)
        assert warned == sorted((one["row"], one["code"]) for one in expected["warnings"]), name
        merged = [line.row for line in lines if line.verdict == "merged"]
        assert merged == expected["merged_rows"] or len(merged) == expected["merged_with_earlier_files"], name
        assert counts.rows == expected["data_rows"], name
        assert counts.new == expected["new_people"], name
        assert counts.merged == expected["merged_with_earlier_files"], name
    async with database.transaction(officer):
        groups = Counter(await database.values(str, "SELECT person_group FROM person"))
        assert groups == {"disabled": 112, "elder": 244, "minor": 175, "adult": 54}
        categories = Counter(
            await database.values(
                str,
                "SELECT coalesce(h.category, 'none') FROM person p LEFT JOIN household h ON h.id = p.household",
            )
        )
    assert categories == {"DIBAO": 374, "DIBAO_SINGLE": 4, "EDGE": 24, "TEKUN": 88, "none": 95}
