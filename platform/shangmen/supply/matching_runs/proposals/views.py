"""What pages show of proposals: rows of the list, cells of the export, and the map of who serves whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from shangmen.access import Scope
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions import queries as regions
from shangmen.supply.matching_runs.explanations.phrases import Shown, shown
from shangmen.supply.matching_runs.proposals import queries
from shangmen.supply.matching_runs.proposals.queries import Point, ProposalRow
from shangmen.supply.matching_runs.queries import SupplierRow, suppliers
from shangmen.supply.matching_runs.views import CHANGE_WORDS
from shangmen.web import masking
from shangmen.web.language import current, label
from shangmen.web.language import gettext as _
from shangmen.web.pages import Rq, url

HEADS = (
    "Need", "Recipient", "Township", "Service", "Visits a month", "Minutes", "Priority weight", "Supplier",
    "Contract", "Kilometres", "Change", "Present supplier", "Reason", "Explanation", "Changed by hand",
)  # fmt: skip


def item(row: ProposalRow | Point) -> str:
    """The service, with its code."""
    return f"{row.item_code} {row.item_name if current() == 'zh_CN' else row.item_english}"


@dataclass(frozen=True)
class Listed:
    """A proposal in a list: the service, the name as far as it is shown, the first reason when unserved."""

    row: ProposalRow
    item: str
    shown_name: str
    why: Shown | None


def listed(rows: Iterable[ProposalRow], names: dict[int, str]) -> list[Listed]:
    """Proposals for a list; `names` are those of suppliers."""
    return [
        Listed(
            row=row,
            item=item(row),
            shown_name=masking.name(row.person_name),
            why=shown(row.reasons[0], names) if row.reasons and row.supplier is None else None,
        )
        for row in rows
    ]


def cells(rows: Iterable[ProposalRow], names: dict[int, str]) -> list[tuple[object, ...]]:
    """Proposals to take along, under HEADS."""
    return [
        (
            one.row.need, one.shown_name, one.row.township_name, one.item, one.row.visits_per_month, one.row.minutes,
            one.row.priority, one.row.supplier_name, one.row.contract_number,
            None if one.row.metres is None else round(one.row.metres / 1000, 1), _(CHANGE_WORDS[one.row.change]),
            one.row.previous_name, label(one.row.reason), one.why.text if one.why else "", one.row.override_reason,
        )
        for one in listed(rows, names)
    ]  # fmt: skip


# The map ----------------------------------------------------------------------------------------------------------

Feature = Mapping[str, object]
"""A feature, a geometry or a collection of GeoJSON."""

Position = tuple[float, float]
"""Longitude and latitude, in this order."""


async def geojson(request: Rq, viewer: Scope, run: int) -> Feature:
    """Outline, suppliers, recipients (served in the colour of their supplier, unserved red), and the lines between.

    Nobody is named: a point is a need, and its title the service and the township.
    """
    county = await regions.county(viewer)
    outline = await regions.outline(viewer, county.id)
    features = [_feature(outline, kind="county", title=county.name)] if outline else []
    points = await queries.points(viewer, run)
    served: dict[int, int] = {}
    for point in points:
        if point.supplier is not None:
            served[point.supplier] = served.get(point.supplier, 0) + 1
    places: dict[int, tuple[SupplierRow, Position]] = {}
    for row in await suppliers(viewer):
        if row.latitude is None or row.longitude is None:
            continue
        places[row.id] = row, _position(row.latitude, row.longitude)
        features.append(
            _feature(
                _point(places[row.id][1]),
                kind=row.kind,
                title=row.name,
                label=row.township_name if row.kind is OrganisationKind.STATION else None,
                lines=[label(row.kind), _("serves %(count)s needs", count=served.get(row.id, 0))],
                group=row.id,
            )
        )
    for point in points:
        features += _need(request, run, point, places)
    return {"type": "FeatureCollection", "features": features}


def _need(request: Rq, run: int, point: Point, places: dict[int, tuple[SupplierRow, Position]]) -> list[Feature]:
    here = _position(point.latitude, point.longitude)
    common = {"title": item(point), "href": url(request, "matching_runs.need", id=run, need=point.need)}
    if point.supplier is None:
        lines = [point.township_name, label(point.reason)]
        return [_feature(_point(here), kind="unmet", lines=lines, **common)]
    lines = [point.township_name, f"{(point.metres or 0) / 1000:.1f} km"]
    if point.supplier not in places:
        return [_feature(_point(here), kind="recipient", lines=lines, **common)]
    base, there = places[point.supplier]
    line: Feature = {"type": "LineString", "coordinates": [there, here]}
    return [
        _feature(line, kind="serves", group=base.id),
        _feature(_point(here), kind="recipient", lines=[base.name, *lines], group=base.id, **common),
    ]


def _position(latitude: Decimal, longitude: Decimal) -> Position:
    return round(float(longitude), 5), round(float(latitude), 5)


def _point(place: Position) -> Feature:
    return {"type": "Point", "coordinates": place}


def _feature(geometry: Mapping[str, object], **properties: object) -> Feature:
    told = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "geometry": geometry, "properties": told}
