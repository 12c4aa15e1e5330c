"""Recipients on a map: our own GeoJSON, in WGS-84."""

from collections.abc import Callable
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.recipients import phrases, queries
from shangmen.demand.recipients.states import PersonGroup
from shangmen.foundation.regions import queries as regions
from shangmen.web.language import label, ngettext

# The colour of each group of recipients; the map's legend names the same.
STATUS = {
    PersonGroup.ELDER: "info",
    PersonGroup.DISABLED: "wait",
    PersonGroup.MINOR: "warn",
    PersonGroup.ADULT: "quiet",
}


def _feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(latitude: Decimal | None, longitude: Decimal | None) -> dict[str, object]:
    """Both are there: the queries ask for them."""
    return {"type": "Point", "coordinates": [float(longitude or 0), float(latitude or 0)]}


@database.scoped
async def collection(scope: Scope, filters: queries.Filters, href: Callable[[int], str]) -> dict[str, object]:
    """The county's outline, its stations, and the recipients whom the viewer reaches."""
    county = await regions.county(scope)
    outline = await regions.outline(scope, county.id)
    features = [_feature(outline, kind="county", title=county.name)] if outline else []
    features += [
        _feature(
            _point(place.latitude, place.longitude),
            kind="station",
            status="",
            title=place.name,
            label=place.name.split("社工站")[0],
        )
        for place in await regions.places(scope)
        if place.kind == "station"
    ]
    for row in await queries.points(scope, filters):
        point = _point(row.latitude, row.longitude)
        if isinstance(row, queries.CellRow):
            told = ngettext("%(num)d recipient", "%(num)d recipients", row.count)
            features.append(_feature(point, kind="recipient", status="info", title=told))
            continue
        features.append(
            _feature(
                point,
                kind="recipient",
                status=STATUS[row.group],
                title=queries.shown_name(scope, row.name),
                lines=[
                    f"{phrases.group(row.group)} · {label(row.category)}",
                    f"{row.township_name} {row.village}".strip(),
                    phrases.living(row.living),
                ],
                href=href(row.id),
            )
        )
    return {"type": "FeatureCollection", "features": features}
