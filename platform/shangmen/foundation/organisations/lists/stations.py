"""The kind of list that names the social work stations of a county."""

from collections.abc import Sequence
from dataclasses import dataclass

from shangmen.access import Role, Scope
from shangmen.foundation.imports import queries as imports
from shangmen.foundation.imports.cells.places import Places
from shangmen.foundation.imports.kinds import Kind, Line, Source
from shangmen.foundation.organisations.lists import entrants, queries
from shangmen.foundation.organisations.lists.entrants import Entrant
from shangmen.foundation.organisations.lists.names import Names, key
from shangmen.foundation.organisations.lists.queries import CentreRow
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation, ServiceArea
from shangmen.foundation.regions import queries as regions


@dataclass(frozen=True)
class Judged:
    """The stations of the rows that are not refused."""

    stations: list[Entrant]
    centres: dict[int, CentreRow]


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> Judged:
    """Set the verdict on every row of a list of stations."""
    places, county = await imports.places(scope), await regions.whereabouts(scope)
    names = {place.id: place.name for place in places.townships}
    known = {row.id: row for row in await queries.known(scope) if row.kind is OrganisationKind.STATION}
    by_name = Names((row.id, row.name) for row in known.values())
    by_township = {row.township: row for row in known.values()}
    brought = await imports.brought_before(scope, "stations", source.signature, list(known))
    seen: dict[str, int] = {}
    taken: dict[int, tuple[int, str]] = {}
    made: list[Entrant] = []
    for line in lines:
        if line.refusal:
            continue
        one = entrants.understood(line, places, county)
        if not one.said.name and one.names:
            one.said.name = f"{one.names[0]}社工站"
        if not one.townships:
            one.townships, one.names = _within(one.said.name, places)
        if not one.said.name:
            line.refuse("NAME_MISSING", "The name is missing.", "name")
        elif not one.townships:
            line.refuse("TOWNSHIP_UNKNOWN", "Which township does this station serve?", "townships")
        elif key(one.said.name) in seen:
            line.refuse("DUPLICATE_IN_FILE", "The same station stands in row %(row)s.", "name",
                        row=seen[key(one.said.name)])  # fmt: skip
        elif one.townships[0] in taken:
            row, name = taken[one.townships[0]]
            line.refuse("TOWNSHIP_TAKEN", "%(name)s in row %(row)s serves this township.", "townships",
                        name=name, row=row)  # fmt: skip
        if line.refusal:
            continue
        seen[key(one.said.name)] = line.row
        taken[one.townships[0]] = (line.row, one.said.name)
        id = by_name.find(one.said.name)
        other = by_township.get(one.townships[0])
        if id is not None:
            entrants.compare(one, known[id], source, brought.get(id), names)
        elif other is not None:
            line.refuse("TOWNSHIP_TAKEN", "This township has a station: %(name)s.", "townships", name=other.name)
            continue
        made.append(one)
    return Judged(made, await queries.centres(scope))


def _within(name: str, places: Places) -> tuple[list[int], list[str]]:
    """The townships that stand in a station's own name."""
    found = [place for place in places.townships if place.name in name]
    return [place.id for place in found], [place.name for place in found]


async def commit(scope: Scope, source: Source, judged: Judged) -> None:
    """Write the stations that are new or changed."""
    for one in judged.stations:
        await entrants.write(scope, one, OrganisationKind.STATION, judged.centres)


STATIONS = Kind(
    name="stations",
    label="Social work stations",
    roles=frozenset({Role.BUREAU_OFFICER, Role.ADMINISTRATOR}),
    columns=(
        entrants.name_of(
            (
                "(社工站|社会工作(服务)?站|站点?|机构|单位)?(名称|全称)",
                "(乡镇)?(社工站|社会工作(服务)?站|站点?)点?",
                "名称",
            ),
            "（示例）某某镇社工站",
        ),
        entrants.townships(
            "(所属|所在|服务|覆盖|辖区|负责|对应)?(的)?(乡镇?|镇街?|街道|乡镇街道|街道乡镇)(名称)?",
        ),
        entrants.REACH,
        entrants.contact(
            "(站点?)?负责人(姓名)?|站长(姓名)?|联系人(姓名)?|主任",
            "(负责人|站长|联系人)(姓名)?(及|和|与)?联?系?(电话|方式)",
        ),
        *entrants.PLACE,
    ),
    needed=(
        ("name", "townships"),
        ("name", "address"),
        ("name", "telephone"),
        ("townships", "contact"),
        ("townships", "telephone"),
    ),
    identity=("name", "townships"),
    judge=judge,
    commit=commit,
    tables=(ServiceArea, Organisation),
    fields=entrants.FIELDS,
    page="organisations.show",
)
