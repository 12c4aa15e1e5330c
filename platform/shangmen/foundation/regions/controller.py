"""Pages of the divisions, and their map."""

from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromQuery

from shangmen.access import Scope
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.regions import queries
from shangmen.web import lists
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, url


class RegionsController(Controller):
    """The county and its townships."""

    path = "/regions"

    @get("/", name="regions.list")
    async def list(self, request: Rq, viewer: Viewer, past: FromQuery[str] = "") -> Answer:
        rows = await queries.divisions(viewer, bool(past))
        return page(
            request,
            "regions/list.html",
            county=await queries.county(viewer),
            rows=rows,
            past=bool(past),
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
            line=await queries.lineage(viewer, id),
            stations=await queries.serving(viewer, id),
            events=phrases.timeline(await audit.history(viewer, "division", id)),
        )


def _feature(geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(row: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [float(row["longitude"]), float(row["latitude"])]}


async def _features(request: Rq, viewer: Scope, township: int | None) -> list[dict[str, Any]]:
    """The county's outline, its townships' centres, and the organisations that have a place."""
    county = await queries.county(viewer)
    outline = await queries.outline(viewer, county["id"])
    made = [_feature(outline, kind="county", title=county["name"])] if outline else []
    for row in await queries.townships(viewer):
        if row["latitude"] is not None:
            made.append(
                _feature(
                    _point(row),
                    kind="township",
                    title=row["name"],
                    lines=[row["code"], label(row["terrain"])],
                    href=url(request, "regions.show", id=row["id"]),
                    status="warn" if row["id"] == township else "quiet",
                )
            )
    for row in await queries.places(viewer):
        made.append(
            _feature(
                _point(row),
                kind=row["kind"],
                title=row["name"],
                lines=[label(row["kind"]), *([_("Suspended")] if row["status"] == "suspended" else [])],
                href=url(request, "organisations.show", id=row["id"]),
            )
        )
    return made
