"""Pages of the divisions, and their map."""

from decimal import Decimal
from typing import TypedDict

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromQuery

from shangmen.access import Scope
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.regions import queries
from shangmen.foundation.regions.gazetteer import Geometry
from shangmen.web import lists
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, url


class RegionsController(Controller):
    """The county and its townships."""

    path = "/regions"

    @get("/", name="regions.list")
    async def list(self, request: Rq, viewer: Viewer, past: FromQuery[str] = "") -> Answer:
        q = lists.Asked(request).text("q")
        rows = await queries.divisions(viewer, bool(past), q)
        return page(
            request,
            "regions/list.html",
            county=await queries.county(viewer),
            rows=rows,
            past=bool(past),
            q=q,
        )

    @get("/map.geojson", name="regions.geojson")
    async def geojson(self, request: Rq, viewer: Viewer, township: FromQuery[str] = "") -> Answer:
        body = msgspec.json.encode(
            {"type": "FeatureCollection", "features": await _features(request, viewer, lists.number(township))}
        )
        return Response(body, media_type="application/geo+json")

    @get("/{id:int}", name="regions.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        division = await queries.division(viewer, id)
        return page(
            request,
            "regions/show.html",
            division=division,
            whole=await queries.division(viewer, division.split_from) if division.split_from else None,
            line=await queries.lineage(viewer, id),
            stations=await queries.serving(viewer, id),
            events=phrases.timeline(await audit.history(viewer, "division", id)),
        )


class Feature(TypedDict):
    """A GeoJSON feature with what the map tells of it."""

    type: str
    geometry: Geometry
    properties: dict[str, object]


def _feature(geometry: Geometry, **properties: object) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(latitude: Decimal, longitude: Decimal) -> Geometry:
    return {"type": "Point", "coordinates": [float(longitude), float(latitude)]}


async def _features(request: Rq, viewer: Scope, township: int | None) -> list[Feature]:
    """The county's outline, its townships' centres, and the organisations that have a place."""
    county = await queries.county(viewer)
    outline = await queries.outline(viewer, county.id)
    made = [_feature(outline, kind="county", title=county.name)] if outline else []
    for row in await queries.townships(viewer):
        if row.latitude is not None and row.longitude is not None:
            made.append(
                _feature(
                    _point(row.latitude, row.longitude),
                    kind="township",
                    title=row.name,
                    lines=[row.code, label(row.terrain)],
                    href=url(request, "regions.show", id=row.id),
                    status="warn" if row.id == township else "quiet",
                )
            )
    for place in await queries.places(viewer):
        made.append(
            _feature(
                _point(place.latitude, place.longitude),
                kind=place.kind,
                title=place.name,
                lines=[label(place.kind), *([_("Suspended")] if place.status == "suspended" else [])],
                href=url(request, "organisations.show", id=place.id),
            )
        )
    return made
