"""What a date brings to call-backs: of the records of the day before a sample is drawn, from that day's seal."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.delivery.quality.sampling import Unit, draw, seed
from shangmen.delivery.quality.states import SampleKind
from shangmen.delivery.quality.tables import CallBack, Sample
from shangmen.delivery.service_records import notices
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.holidays import queries as holidays

ONE = timedelta(days=1)
PERCENT = {SampleKind.TELEPHONE: "call_back_percent", SampleKind.SITE: "site_visit_percent"}
FARTHEST = timedelta(days=120)  # no term of an answer is longer


@dataclass(frozen=True)
class _Drawable(database.Row):
    """A record that the rules verified, nobody having looked at it."""

    id: int
    visit: int
    person: int
    station: int
    supplier: int
    worker: int


@dataclass(frozen=True)
class _Seal(database.Row):
    day: date
    digest: bytes


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Draw the samples of the day before, once; whoever is to ask finds them on the work list."""
    done: Counter[str] = Counter()
    for kind in SampleKind:
        if not await database.exists(
            "SELECT 1 FROM sample WHERE county = :county AND day = :day AND kind = :kind",
            county=scope.county,
            day=day - ONE,
            kind=kind,
        ):
            done[f"drawn_{kind}"] += await _draw(scope, day - ONE, kind)
    return +done


async def _draw(scope: Scope, day: date, kind: SampleKind) -> int:
    """Draw one sample of a day; how many call-backs it brings."""
    population = await _population(scope, day)
    if not population:
        return 0
    seal = await database.row(
        _Seal, "SELECT day, digest FROM audit_seal WHERE day <= :day ORDER BY day DESC LIMIT 1", day=day
    )
    code = await database.value(str, "SELECT code FROM division WHERE id = :county", county=scope.county)
    drawn_with = seed(seal.digest.hex() if seal else "", code or "", day.isoformat(), kind)
    percent = await catalogue.parameter(scope, PERCENT[kind])
    units = [Unit(one.supplier, one.worker, one.id) for one in population]
    sample = await database.add(
        Sample(
            county=scope.county,
            day=day,
            kind=kind,
            sealed=seal.day if seal else None,
            seed=drawn_with,
            percent=percent,
            population=database.to_json(units),
            drawn_at=clock.now(),
        )
    )
    drawn = set(draw(drawn_with, percent, units))
    due = await answered_by(scope, "call_back_days")
    for one in population:
        if one.id in drawn:
            asker = await notices.verifier(scope, one.station, one.supplier)
            await database.add(
                CallBack(
                    county=scope.county,
                    station=one.station,
                    supplier=one.supplier,
                    asker=asker.organisation,
                    sample=sample,
                    kind=kind,
                    visit=one.visit,
                    service_record=one.id,
                    person=one.person,
                    due=due,
                )
            )
    record(
        scope, "quality.draw", "sample", sample,
        day=day, kind=kind, seed=drawn_with, percent=percent, population=len(units), drawn=sorted(drawn),
    )  # fmt: skip
    return len(drawn)


async def _population(scope: Scope, day: date) -> list[_Drawable]:
    """The records that came in on a day, stand verified by the rules alone, and correct nothing."""
    return await database.rows(
        _Drawable,
        """
        SELECT r.id, r.visit, r.person, r.station, r.supplier,
               (SELECT min(a.worker) FROM attendance a WHERE a.service_record = r.id) AS worker
        FROM service_record r JOIN verdict d ON d.service_record = r.id
        WHERE r.county = :county AND r.recorded_at >= :first AND r.recorded_at < :after
          AND d.state = 'verified' AND d.decided_by IS NULL AND r.revision = 1
        ORDER BY r.id
        """,
        county=scope.county,
        first=clock.at(day),
        after=clock.at(day + ONE),
    )


async def answered_by(scope: Scope, parameter: str) -> date:
    """The day by which something is to be answered, so many working days from today."""
    today = clock.today()
    calendar = await holidays.working_days(scope, today, today + FARTHEST)
    return calendar.after(today, await catalogue.parameter(scope, parameter))


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Days that were kept, with verified records and no sample; `id` is the first such record of the day."""
    return [
        Contradiction("quality.day_undrawn", "service_record", id)
        for id in await database.values(
            int,
            """
            SELECT min(r.id) FROM service_record r
            JOIN verdict d ON d.service_record = r.id AND d.state = 'verified' AND d.decided_by IS NULL
            JOIN upkeep_mark m ON m.county = r.county AND m.part = 'quality' AND m.done_at IS NOT NULL
              AND m.day = (r.recorded_at AT TIME ZONE 'Asia/Shanghai')::date + 1
            WHERE r.county = :county AND m.day <= :day AND r.revision = 1 AND d.decided_at < m.done_at
              AND NOT EXISTS (SELECT 1 FROM sample s WHERE s.county = r.county AND s.day = m.day - 1)
            GROUP BY m.day
            """,
            county=scope.county,
            day=day,
        )
    ]
