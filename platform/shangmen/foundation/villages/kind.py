"""The kind of list that names the villages of a county, with their points where they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports import queries as imports
from shangmen.foundation.imports.cells.places import Places, village
from shangmen.foundation.imports.cells.points import POINT, placed
from shangmen.foundation.imports.cells.reading import words_of
from shangmen.foundation.imports.kinds import Column, Fill, Kind, Line, Source, Written
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.regions import points
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.villages import queries
from shangmen.foundation.villages.tables import Village


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    township: str = ""
    village: str = ""
    latitude: float | None = None
    longitude: float | None = None
    point: list[float] = []
    system: str = ""


@dataclass
class Entrant:
    """A village of the list."""

    line: Line
    township: int
    name: str
    at: points.Point | None


def _point(latitude: object, longitude: object) -> str:
    return "" if latitude is None else f"{latitude}, {longitude}"


def _entrant(line: Line, places: Places, county: points.County | None, own: frozenset[int]) -> Entrant | None:
    said = msgspec.convert(line.values, Said)
    spot = places.spot(said.village) if said.village else None
    township = places.township(said.township) if said.township else (spot.township if spot else None)
    if township is None:
        line.refuse(
            "TOWNSHIP_UNKNOWN", "There is no township “%(cell)s” in this county.", "township", cell=said.township
        )
        return None
    if township.id not in own:
        line.refuse("OTHER_STATION", "Another station serves this township.", "township")
        return None
    name = (spot.village if spot else "") or village(said.village)[0]
    if not name:
        line.refuse("VILLAGE_MISSING", "The name of the village is missing.", "village")
        return None
    at = placed(line, said.latitude, said.longitude, said.point, said.system, county)
    return Entrant(line, township.id, name, at)


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> list[Entrant]:
    """Set the verdict on every row; the villages of those that are not refused."""
    places, county = await imports.places(scope), await regions.whereabouts(scope)
    own = frozenset(await queries.own_townships(scope))
    rows = await queries.villages(scope, closed=True)
    known = {(row.township, row.name): row for row in rows}
    brought = await imports.brought_before(scope, "villages", source.signature, [row.id for row in rows])
    found: list[Entrant] = []
    seen: dict[tuple[int, str], int] = {}
    for line in lines:
        one = None if line.refusal else _entrant(line, places, county, own)
        if one is None:
            continue
        key = (one.township, one.name)
        if key in seen:
            line.refuse("DUPLICATE_IN_FILE", "The same village stands in row %(row)s.", "village", row=seen[key])
            continue
        seen[key] = line.row
        if key in known:
            before = known[key]
            said = {"place": _point(one.at.latitude, one.at.longitude) if one.at else ""}
            was = {"place": _point(before.latitude, before.longitude)}
            line.compare(source, before.id, was, said, brought.get(before.id))
        found.append(one)
    return found


async def commit(scope: Scope, source: Source, judged: list[Entrant]) -> None:
    """Write the villages that are new or changed."""
    for one in judged:
        line = one.line
        if line.verdict is Verdict.NEW:
            line.subject = await database.add(
                Village(
                    county=scope.county,
                    township=one.township,
                    name=one.name,
                    latitude=one.at.latitude if one.at else None,
                    longitude=one.at.longitude if one.at else None,
                    position_source=one.at.source if one.at else PositionSource.UNKNOWN,
                )
            )
            line.entries = [Written("village", line.subject)]
            record(scope, "villages.note", "village", line.subject, name=one.name, list_import=source.id)
        elif line.applied() and one.at and line.subject:
            await _move(scope, one, line.subject, one.at)


async def _move(scope: Scope, one: Entrant, id: int, at: points.Point) -> None:
    before = await database.lock(Village, id)
    values = {"latitude": at.latitude, "longitude": at.longitude, "position_source": at.source}
    await database.change(Village, id, {getattr(Village, name): value for name, value in values.items()})
    one.line.entries = [
        Written(
            "village",
            id,
            {name: plain(vars(before)[name]) for name in values},
            {name: plain(value) for name, value in values.items()},
        )
    ]
    record(scope, "villages.correct", "village", id, changes=sorted(values))


def plain(value: Any) -> Any:
    """A value as JSON keeps it beside a row."""
    return float(value) if isinstance(value, Decimal) else value


VILLAGES = Kind(
    name="villages",
    label="Villages with their points",
    roles=frozenset({Role.BUREAU_OFFICER, Role.STATION_SCHEDULER, Role.ADMINISTRATOR}),
    columns=(
        Column(
            "township",
            "Township",
            ("(所属|所在)?(乡镇?|镇|街道)(街道|乡镇?)?(名称)?",),
            words_of,
            fill=Fill.BELOW,
            title="乡镇",
            sample="（示例）某某镇",
        ),
        Column(
            "village",
            "Village",
            ("(行政|自然|所属|所在)?村(委会|民委员会|庄|屯)?(社区|居委会)?(名称|名)?", "(村居|社区)(名称)?|名称"),
            words_of,
            title="村",
        ),
        *POINT,
    ),
    needed=(("township", "village"), ("village", "latitude", "longitude"), ("village", "point")),
    identity=("village",),
    judge=judge,
    commit=commit,
    tables=(Village,),
    areas=("township",),
    fields={"place": "Place"},
    named=("township", "village"),
)
