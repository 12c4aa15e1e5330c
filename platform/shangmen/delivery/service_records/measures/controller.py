"""Pages of measures."""

from litestar import Controller, get

from shangmen.access import Reach
from shangmen.delivery.service_records.measures import queries
from shangmen.web import lists
from shangmen.web.pages import Answer, Rq, Viewer, page


class MeasuresController(Controller):
    """Figures over the records."""

    path = "/records"

    @get("/rates", name="service_records.rates")
    async def rates(self, request: Rq, viewer: Viewer) -> Answer:
        supplier = lists.Asked(request).number("supplier")
        if viewer.reach is not Reach.COUNTY:  # others' workers are not the viewer's to compare
            supplier = viewer.organisation if supplier == viewer.organisation else None
        return page(
            request,
            "service_records/rates.html",
            rows=await queries.rates(viewer, supplier),
            supplier=supplier,
            days=queries.SHOWN.days,
        )
