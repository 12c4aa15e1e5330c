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


async def test_every_roll_sent_again_changes_nothing(officer: Scope) -> None:
    for name in ROLLS:
        await take(officer, COUNTY / name)
    for name in reversed(ROLLS):
        counts, lines = await take(officer, COUNTY / name)
        assert (counts.new, counts.changed, counts.merged) == (0, 0, 0), name
        assert counts.same == EXPECTED["files"][name]["accepted_rows"], name
        assert not any(line.entries for line in lines)


async def test_the_rows_named_in_the_expectations_are_understood_to_the_letter(officer: Scope) -> None:
    for name in ROLLS:
        _counts, lines = await take(officer, COUNTY / name)
        by_row = {line.row: line for line in lines}
        for named in EXPECTED["files"][name]["named"]:
            await _as_named(officer, by_row[named["row"]], named)


async def _as_named(officer: Scope, line: Line, named: dict[str, Any]) -> None:
    async with database.transaction(officer):
        found = await database.value(
            str,
            "SELECT jsonb_build_object('name', p.name, 'id', p.id_number, 'birth', p.birth_date, 'village', p.village,"
            " 'township', t.name, 'sex', CASE p.sex WHEN 'male' THEN '男' ELSE '女' END, 'relation', p.relation,"
            " 'support', p.support, 'self_care', p.self_care, 'overlay', p.overlay, 'guardian', p.guardian_name,"
            " 'guardian_relation', p.guardian_relation, 'scheme', h.scheme, 'tier', h.tier, 'category', h.category,"
            " 'household_number', h.number, 'note_length', length(p.notes), 'certificate', c.number,"
            " 'since', to_char(h.valid_from, 'YYYY-MM'), 'disability', c.type || '.' || c.level)::text"
            " FROM person p JOIN division t ON t.id = p.township LEFT JOIN household h ON h.id = p.household"
            " LEFT JOIN LATERAL (SELECT * FROM disability_certificate d WHERE d.person = p.id"
            " ORDER BY d.id DESC LIMIT 1) c ON true WHERE p.id = :id",
            id=line.subject,
        )
    told = json.loads(found or "{}")
    assert told["name"] == named["name"] or line.verdict == "merged"
    for field in set(told) & set(named) - {"name"}:
        wanted = named[field]
        if field == "disability":
            wanted = f"{TYPES[wanted['type']]}.{wanted['grade']}"
        assert (told[field] or None) == (wanted or None), (named["row"], field)
    for field, key in (("telephone", "phones"), ("guardian_telephone", "guardian_phones")):
        if key in named:
            assert [number for number, _whose in line.values.get(field, [])] == named[key], named["row"]


TYPES = {"视力": 1, "听力": 2, "言语": 3, "肢体": 4, "智力": 5, "精神": 6, "多重": 7}
