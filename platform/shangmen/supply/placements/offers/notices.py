"""What waits for somebody because of offers: those to answer, and needs whose offer came to nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.foundation.tasks.waiting import Entry, Kind
from shangmen.supply.placements.states import OfferState


@dataclass(frozen=True)
class _Fallen(database.Row):
    id: int
    state: OfferState
    supplier: str
    reason: str
    day: date


@database.scoped
async def fallen(scope: Scope) -> Sequence[Entry]:
    """Needs that wait again because their latest offer was declined, or answered by nobody."""
    rows = await database.rows(
        _Fallen,
        """
        SELECT x.id, x.state, s.name AS supplier, x.reason, (x.decided_at AT TIME ZONE 'Asia/Shanghai')::date AS day
        FROM need n JOIN LATERAL (SELECT * FROM offer o WHERE o.need = n.id ORDER BY o.id DESC LIMIT 1) x ON true
        JOIN organisation s ON s.id = x.supplier
        WHERE n.state = 'waiting' AND x.state IN ('declined', 'lapsed') AND n.county = ANY(:counties)
        ORDER BY x.decided_at, x.id
        """,
        counties=list(scope.counties),
    )
    return [
        Entry(
            "%(supplier)s declined an offer: %(reason)s"
            if one.state is OfferState.DECLINED
            else "%(supplier)s did not answer an offer in time.",
            "placements.offer",
            {"id": one.id},
            one.day,
            {"supplier": one.supplier, "reason": one.reason},
        )
        for one in rows
    ]


WAITING = (
    Kind(
        "offers", "Offers to answer", "Answer", (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER), "placements.offers",
        lambda scope: {"state": OfferState.OFFERED, "supplier": scope.organisation},
        "SELECT count(*) AS count, min(answer_by) AS day FROM offer"
        " WHERE state = 'offered' AND supplier = :organisation",
        instead=("offer_waiting",), due=True,
    ),
    Kind(
        "offers_fallen", "Needs whose offer was declined or lapsed", "Match again", (Role.BUREAU_OFFICER,),
        "matching_runs.list", entries=fallen, instead=("offer_declined", "offer_lapsed"),
    ),
)  # fmt: skip
