"""The map of a run and its key: one mark a supplier, the unserved in a mark of their own. GeoJSON, WGS-84."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shangmen.access import Scope
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions import phrases as places
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.matching_runs.map import queries
from shangmen.supply.matching_runs.map.queries import Cluster, Point, ServingRow
from shangmen.web.language import current, label, ngettext
from shangmen.web.language import gettext as _
from shangmen.web.pages import Rq, url

Feature = Mapping[str, object]
"""A feature, a geometry or a collection of GeoJSON."""

Position = tuple[float, float]
"""Longitude and latitude, in this order."""

COLOURS = 8  # that can be told apart, also by the colour-blind: map.js and parts.css have them; then shapes begin anew
SHAPES = 4


@dataclass(frozen=True)
class Key:
    """An entry of the key: the number written on the supplier's mark, its colour, and the shape of its needs."""

    number: int
    colour: int
    shape: int
    row: ServingRow


async def key(viewer: Scope, run: int) -> list[Key]:
    """The suppliers of a run as the map marks them, those first who serve most."""
    return [
        Key(index + 1, index % COLOURS, index // COLOURS % SHAPES, row)
        for index, row in enumerate(await queries.serving(viewer, run))
    ]


async def geojson(request: Rq, viewer: Scope, run: int, supplier: int | None = None) -> Feature:
    """Outline, suppliers, recipients in the mark of their supplier, the unserved, and the lines between.

    Nobody is named: a point is a need, and its title the service and the township. With `supplier` only what that
    one serves, and the unserved.
    """
    county = await regions.county(viewer)
    outline = await regions.outline(viewer, county.id)
    features = [_feature(outline, kind="county", title=county.name)] if outline else []
    marks: dict[int, tuple[Key, Position]] = {}
    for entry in await key(viewer, run):
        row = entry.row
        if row.latitude is None or row.longitude is None or (supplier is not None and row.id != supplier):
            continue
        marks[row.id] = entry, _position(row.latitude, row.longitude)
        features.append(
            _feature(
                _point(marks[row.id][1]),
                kind=row.kind,
                title=row.name,
                label=row.township_name if row.kind is OrganisationKind.STATION else None,
                lines=[label(row.kind), _("serves %(count)s needs", count=row.needs), *_estimate(row.accuracy)],
                group=row.id,
                number=entry.number,
                mark=[entry.colour, entry.shape],
            )
        )
    for one in _together(await queries.points(viewer, run, supplier)):
        features += _needs(one, *_told(request, run, one), marks)
    return {"type": "FeatureCollection", "features": features}


def _together(found: Sequence[Point | Cluster]) -> list[Point | Cluster]:
    """Needs at one estimated place as one: many seem to live in the middle of a township, and nobody does."""
    piles: dict[tuple[int | None, Decimal, Decimal], list[Point]] = {}
    alone: list[Point | Cluster] = []
    for one in found:
        if isinstance(one, Point) and one.accuracy is not Accuracy.EXACT:
            piles.setdefault((one.supplier, one.latitude, one.longitude), []).append(one)
        else:
            alone.append(one)
    for (supplier, latitude, longitude), pile in piles.items():
        alone.append(pile[0] if len(pile) == 1 else Cluster(supplier, latitude, longitude, True, len(pile)))
    return alone


def _told(request: Rq, run: int, one: Point | Cluster) -> tuple[dict[str, object], list[str]]:
    """What is said of a point, or of several that lie together."""
    if isinstance(one, Cluster):
        estimated = [_("Estimated positions")] if one.estimated else []
        return {"title": ngettext("%(num)d need", "%(num)d needs", one.needs), "count": one.needs}, estimated
    link = url(request, "matching_runs.need", id=run, need=one.need)
    way = [] if one.metres is None else [f"{one.metres / 1000:.1f} km"]
    unmet = [label(one.reason)] if one.supplier is None else way
    return {"title": item(one), "href": link}, [one.township_name, *unmet, *_estimate(one.accuracy)]


def _needs(
    one: Point | Cluster, common: dict[str, object], lines: list[str], marks: dict[int, tuple[Key, Position]]
) -> Sequence[Feature]:
    here = _position(one.latitude, one.longitude)
    estimated = one.estimated if isinstance(one, Cluster) else one.accuracy is not Accuracy.EXACT
    told: dict[str, object] = {**common, "estimated": estimated or None}
    if one.supplier is None:
        return [_feature(_point(here), kind="unmet", lines=lines, **told)]
    if one.supplier not in marks:
        return [_feature(_point(here), kind="recipient", lines=lines, **told)]
    entry, there = marks[one.supplier]
    mark, line = [entry.colour, entry.shape], {"type": "LineString", "coordinates": [there, here]}
    return [
        _feature(line, kind="serves", group=one.supplier, mark=mark),
        _feature(
            _point(here), kind="recipient", lines=[entry.row.name, *lines], group=one.supplier, mark=mark, **told
        ),
    ]


def item(row: Point) -> str:
    """The service, with its code."""
    return f"{row.item_code} {row.item_name if current() == 'zh_CN' else row.item_english}"


def _estimate(accuracy: Accuracy) -> list[str]:
    return [told] if (told := places.estimate(accuracy)) else []


def _position(latitude: Decimal, longitude: Decimal) -> Position:
    return round(float(longitude), 5), round(float(latitude), 5)


def _point(place: Position) -> Feature:
    return {"type": "Point", "coordinates": place}


def _feature(geometry: Mapping[str, object], **properties: object) -> Feature:
    told = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "geometry": geometry, "properties": told}
