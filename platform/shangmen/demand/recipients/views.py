"""Recipients on a map: our own GeoJSON, in WGS-84."""

from collections.abc import Callable
from typing import Any

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.recipients import phrases, queries
from shangmen.foundation.regions import queries as regions
from shangmen.web.language import label

# The colour of each group of recipients; the map's legend names the same.
STATUS = {"elder": "info", "disabled": "wait", "minor": "warn"}


def _feature(geometry: Any, **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(row: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [float(row["longitude"]), float(row["latitude"])]}


@database.scoped
async def collection(scope: Scope, filters: dict[str, Any], href: Callable[[int], str]) -> dict[str, Any]:
    """The county's outline, its stations, and the recipients whom the viewer reaches."""
    county = await regions.county(scope)
    outline = await regions.outline(scope, county["id"])
    features = [_feature(outline, kind="county", title=county["name"])] if outline else []
    features += [
        _feature(_point(place), kind="station", status="", title=place["name"], label=place["name"].split("社工站")[0])
        for place in await regions.places(scope)
        if place["kind"] == "station"
    ]
    features += [
        _feature(
            _point(row),
            kind="recipient",
            status=STATUS.get(row["group"], "quiet"),
            title=queries.shown_name(scope, row["name"]),
            lines=[
                f"{phrases.group(row['group'])} · {label(row['category'])}",
                f"{row['township_name']} {row['village']}".strip(),
                phrases.living(row["living"]),
            ],
            href=href(row["id"]),
        )
        for row in await queries.points(scope, **filters)
    ]
    return {"type": "FeatureCollection", "features": features}
