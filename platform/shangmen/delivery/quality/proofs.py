"""Proving samples: each is drawn again from its seed, and its seed made again from the seal."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Reach, Scope
from shangmen.delivery.quality.sampling import Unit, draw, seed
from shangmen.delivery.quality.states import SampleKind
from shangmen.foundation.audit.proofs import Tampering

CHANGED = "The %(kind)s sample of %(day)s is not the one that its seed draws."


@dataclass(frozen=True)
class _Drawn(database.Row):
    day: date
    kind: SampleKind
    code: str
    seed: str
    percent: int
    population: list[tuple[int, int, int]]
    sealed: date | None
    seal: bytes | None
    records: list[int]
    told: list[int] | None


@database.scoped
async def samples(scope: Scope) -> list[Tampering]:
    """Draw every sample again, and hold it against its call-backs and against what the trail tells of it."""
    if scope.reach is not Reach.COUNTY:
        return []
    rows = await database.rows(
        _Drawn,
        """
        SELECT s.day, s.kind, c.code, s.seed, s.percent, s.population, s.sealed, x.digest AS seal,
               ARRAY(SELECT b.service_record FROM call_back b WHERE b.sample = s.id ORDER BY 1) AS records,
               (SELECT e.details -> 'drawn' FROM audit_event e
                WHERE e.verb = 'quality.draw' AND e.subject = 'sample' AND e.subject_id = s.id LIMIT 1) AS told
        FROM sample s JOIN division c ON c.id = s.county LEFT JOIN audit_seal x ON x.day = s.sealed
        ORDER BY s.day, s.kind
        """,
    )
    return [
        Tampering(CHANGED, {"kind": row.kind, "day": row.day.isoformat()})
        for row in rows
        if row.seed != seed(row.seal.hex() if row.seal else "", row.code, row.day.isoformat(), row.kind)
        or (row.sealed is not None and row.seal is None)
        or not row.records == row.told == drawn_again(row.seed, row.percent, row.population)
    ]


def drawn_again(seed: str, percent: int, population: list[tuple[int, int, int]]) -> list[int]:
    """The records of a sample as its row says how they were drawn."""
    return draw(seed, percent, [Unit(*one) for one in population])
