"""Call-backs and complaints for tests of lists, work lists and access: written as the system."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.quality.states import ComplaintAbout, SampleKind
from shangmen.delivery.quality.tables import CallBack, Complaint, Sample
from shangmen.delivery.service_records.tables import ServiceRecord


@database.scoped
async def asked_about(scope: Scope, record: int, asker: int) -> tuple[int, int]:
    """An open call-back about a record and an open complaint about who delivered it, for `asker`: their ids."""
    row = await database.read(ServiceRecord, record)
    whose = {"county": row.county, "station": row.station, "supplier": row.supplier, "person": row.person}
    day, today = clock.day_of(row.recorded_at), clock.today()
    samples = await database.number("SELECT count(*) FROM sample")
    sample = await database.add(
        Sample(
            county=row.county, day=clock.months_after(day, -samples), kind=SampleKind.SITE, seed="0" * 64, percent=5,
            population=[[row.supplier, 0, record]], drawn_at=clock.now(),
        )
    )  # fmt: skip
    call_back = await database.add(
        CallBack(
            **whose,
            asker=asker,
            sample=sample,
            kind=SampleKind.SITE,
            visit=row.visit,
            service_record=record,
            due=today,
        )
    )
    complaint = await database.add(
        Complaint(**whose, asker=asker, about=ComplaintAbout.LATE, words="来晚了", received_on=today, due=today)
    )
    return call_back, complaint
