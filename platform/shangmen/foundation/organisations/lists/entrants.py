"""An organisation of a list, and how it is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports.cells.places import Places
from shangmen.foundation.imports.cells.points import POINT, placed
from shangmen.foundation.imports.cells.reading import free, words_of
from shangmen.foundation.imports.cells.reading import name as person
from shangmen.foundation.imports.cells.telephones import telephones
from shangmen.foundation.imports.kinds import Column, Fill, Line, Source, Written
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations.lists.queries import CentreRow, KnownRow
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation, ServiceArea
from shangmen.foundation.regions.points import County, Point


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    name: str = ""
    credit_code: str | None = None
    type: str = ""
    townships: str = ""
    address: str = ""
    telephone: list[tuple[str, str]] = []
    contact: str = ""
    reach: str = ""
    latitude: float | None = None
    longitude: float | None = None
    point: list[float] = []
    system: str = ""


@dataclass
class Entrant:
    """An organisation of the list, as it is understood."""

    line: Line
    said: Said
    townships: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of the townships
    at: Point | None = None
    known: KnownRow | None = None
    seat: int | None = None  # the township that its address names


def name_of(heads: tuple[str, ...], sample: str) -> Column:
    """The column of an organisation's name."""
    return Column("name", "Name of the organisation", heads, free, title="名称", sample=sample)


PLACE: tuple[Column, ...] = (
    Column(
        "address", "Address", ("(详细|办公|注册|单位|机构|所在|站点|办公场所)?(地址|地点|住所)",), free, title="地址"
    ),
    Column(
        "telephone",
        "Telephone",
        (
            "(联系|办公|值班|固定|座机|服务|移动)?(人|方式)?(电话|手机|号码|热线)(号码?)?",
            "(负责人|站长|法人|法定代表人|联系人)?(的)?(联系)?(方式|电话|手机)(号码?)?",
        ),
        telephones,
        title="电话",
    ),
    *POINT,
)


FIELDS = {"other_telephones": "Further telephones", "place": "Place"}


def contact(*heads: str) -> Column:
    """The column of who answers for an organisation."""
    return Column("contact", "Contact person", heads, person, title="联系人")


REACH = Column(
    "reach",
    "Townships that it can serve",
    ("(服务|覆盖|辐射|负责|承接)+(区域|范围|片区|乡镇街道?|地区|对象区域)", "辖区(范围|乡镇)?"),
    words_of,
    fill=Fill.MERGED,
)


def townships(*heads: str) -> Column:
    """The column of the townships that an organisation serves, or lies in where another column says its reach."""
    return Column("townships", "Townships that it can serve", heads, words_of, fill=Fill.MERGED, title="服务乡镇")


def understood(line: Line, places: Places, county: County | None) -> Entrant:
    """What a row says; refuses a township that is none of the county."""
    one = Entrant(line, msgspec.convert(line.values, Said))
    for column, said in (("townships", one.said.townships), ("reach", one.said.reach)):
        found, unknown = places.several(said) if said else ([], [])
        if unknown:
            line.refuse("TOWNSHIP_UNKNOWN", "There is no township “%(cell)s” in this county.", column, cell=unknown[0])
        new = [place for place in found if place.id not in one.townships]
        one.townships, one.names = [*one.townships, *(one.id for one in new)], [*one.names, *(one.name for one in new)]
    if not one.said.telephone and re.search(r"\d{7}", line.typed.get("contact", "")):
        said_beside = telephones(line.typed["contact"]).value  # 李军 13800000012
        one.said.telephone = msgspec.convert(said_beside, list[tuple[str, str]])
    one.at = placed(line, one.said.latitude, one.said.longitude, one.said.point, one.said.system, county)
    return one


def compare(
    one: Entrant, known: KnownRow, source: Source, before: Mapping[str, str] | None, names: Mapping[int, str]
) -> None:
    """Hold a row against the organisation that is known."""
    one.known = known
    first, further = _telephones(one.said)
    wider = set(known.areas) | set(one.townships) != set(known.areas)
    one.line.compare(
        source,
        known.id,
        {
            "address": known.address,
            "telephone": known.telephone,
            "other_telephones": known.other_telephones,
            "contact": known.contact,
            "place": "" if known.latitude is None else str(known.latitude),
            "townships": "" if wider else "·",
        },
        {
            "address": one.said.address,
            "telephone": first,
            "other_telephones": further,
            "contact": one.said.contact,
            "place": str(one.at.latitude) if one.at else "",
            "townships": "、".join(names.get(id, "") for id in one.townships) if wider else "",
        },
        before,
    )


def _telephones(said: Said) -> tuple[str, str]:
    numbers = [number for number, _whose in said.telephone]
    return (numbers[0] if numbers else "", "、".join(numbers[1:]))


async def write(scope: Scope, one: Entrant, kind: OrganisationKind, centres: Mapping[int, CentreRow]) -> None:
    """Write an organisation that is new, or what is to be changed of one that is known."""
    if one.line.verdict is Verdict.NEW:
        await _insert(scope, one, kind, centres)
    elif one.line.verdict in (Verdict.CHANGED, Verdict.MERGED) and one.known:
        await _change(scope, one, one.known)


async def _insert(scope: Scope, one: Entrant, kind: OrganisationKind, centres: Mapping[int, CentreRow]) -> None:
    said, line = one.said, one.line
    seat = one.townships[0] if one.townships and kind is OrganisationKind.STATION else one.seat
    middle = centres.get(seat) if seat else None
    first, further = _telephones(said)
    at = one.at or middle
    line.subject = await database.add(
        Organisation(
            county=scope.county,
            kind=kind,
            name=said.name,
            credit_code=said.credit_code or None,
            township=one.townships[0] if one.townships and kind is OrganisationKind.STATION else None,
            address=said.address,
            telephone=first,
            other_telephones=further,
            contact=said.contact,
            latitude=at.latitude if at else None,
            longitude=at.longitude if at else None,
            position_source=one.at.source if one.at else middle.position_source if middle else "",
        )
    )
    line.entries.append(Written("organisation", line.subject))
    await _serve(one, line.subject, one.townships)
    record(scope, "organisations.register", "organisation", line.subject, name=said.name, kind=kind)


async def _serve(one: Entrant, organisation: int, areas: list[int]) -> None:
    for township in areas:
        area = await database.add(ServiceArea(organisation=organisation, division=township))
        one.line.entries.append(Written("service_area", area))


async def _change(scope: Scope, one: Entrant, known: KnownRow) -> None:
    applied = one.line.applied()
    if "townships" in applied:
        await _serve(one, known.id, [id for id in one.townships if id not in known.areas])
    values: dict[Any, Any] = {
        getattr(Organisation, name): applied[name]
        for name in ("address", "telephone", "other_telephones", "contact")
        if name in applied
    }
    if "place" in applied and one.at:
        values |= {
            Organisation.latitude: one.at.latitude,
            Organisation.longitude: one.at.longitude,
            Organisation.position_source: one.at.source,
        }
    if not values:
        return
    before = await database.lock(Organisation, known.id)
    names = [column._meta.name for column in values]
    await database.change(Organisation, known.id, values)
    one.line.entries.append(
        Written(
            "organisation",
            known.id,
            {name: _plain(vars(before)[name]) for name in names},
            {column._meta.name: _plain(value) for column, value in values.items()},
        )
    )
    record(scope, "organisations.correct", "organisation", known.id, changes=names)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else float(value)
