"""The map of a run: who serves whom, as GeoJSON."""

from typing import Any

from shangmen.access import Scope
from shangmen.foundation.regions import queries as regions
from shangmen.supply.matching_runs import queries
from shangmen.web.language import current, label
from shangmen.web.language import gettext as _
from shangmen.web.pages import Rq, url


async def collection(request: Rq, viewer: Scope, run: int) -> dict[str, Any]:
    """Outline, suppliers, recipients (served in the colour of their supplier, unserved red), and the lines between.

    Nobody is named: a point is a need, and its title the service and the township.
    """
    county = await regions.county(viewer)
    outline = await regions.outline(viewer, county["id"])
    features = [_feature(outline, kind="county", title=county["name"])] if outline else []
    points = await queries.points(viewer, run)
    served: dict[int, int] = {}
    for point in points:
        if point["supplier"] is not None:
            served[point["supplier"]] = served.get(point["supplier"], 0) + 1
    places = {}
    for row in await queries.suppliers(viewer):
        if row["latitude"] is None:
            continue
        places[row["id"]] = row
        features.append(
            _feature(
                _point(row),
                kind=row["kind"],
                title=row["name"],
                label=row["township_name"] if row["kind"] == "station" else None,
                lines=[label(row["kind"]), _("serves %(count)s needs", count=served.get(row["id"], 0))],
                group=row["id"],
            )
        )
    for point in points:
        features += _need(request, run, point, places)
    return {"type": "FeatureCollection", "features": features}


def _need(request: Rq, run: int, point: Any, places: dict[int, Any]) -> list[dict[str, Any]]:
    item = point["item_name"] if current() == "zh_CN" else point["item_english"]
    common = {
        "title": f"{point['item_code']} {item}",
        "href": url(request, "matching_runs.need", id=run, need=point["need"]),
    }
    base = places.get(point["supplier"])
    if point["supplier"] is None:
        lines = [point["township_name"], label(point["reason"])]
        return [_feature(_point(point), kind="unmet", lines=lines, **common)]
    lines = [point["township_name"], f"{(point['metres'] or 0) / 1000:.1f} km"]
    if base is None:
        return [_feature(_point(point), kind="recipient", lines=lines, **common)]
    line = {"type": "LineString", "coordinates": [_place(base), _place(point)]}
    return [
        _feature(line, kind="serves", group=base["id"]),
        _feature(_point(point), kind="recipient", lines=[base["name"], *lines], group=base["id"], **common),
    ]


def _place(row: Any) -> list[float]:
    return [round(float(row["longitude"]), 5), round(float(row["latitude"]), 5)]


def _point(row: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": _place(row)}


def _feature(geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    told = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "geometry": geometry, "properties": told}
