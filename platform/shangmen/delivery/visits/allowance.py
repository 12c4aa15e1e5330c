"""What the ladder of entitlement leaves of a month: visits beyond it are neither planned nor confirmed.

What counts of a month are the visits that stand or took place, whoever makes them. A need that an officer approved
beyond the ladder is measured by what it asks for alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.rostering.queries import PlacementToVisit
from shangmen.delivery.visits.states import COUNTED, VisitState
from shangmen.demand.entitlement.rules import TOGETHER, Amount, Excess, excess, excess_together
from shangmen.demand.needs import caps
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.contracts.states import Pricing

NONE = Amount(0, 0, Decimal(0))


@dataclass(frozen=True)
class _Visit(database.Row):
    person: int
    need: int
    minutes: int
    staff_count: int
    pricing: Pricing | None
    rate: Decimal | None
    two_workers_pay_twice: bool | None


def _sum(one: Amount, other: Amount, times: int = 1) -> Amount:
    return Amount(
        (one.visits or 0) + times * (other.visits or 0),
        (one.minutes or 0) + times * (other.minutes or 0),
        (one.yuan or Decimal(0)) + times * (other.yuan or Decimal(0)),
    )


def visit(minutes: int, staff_count: int, terms: Terms | None) -> Amount:
    """What one visit takes; under no contract line nobody pays for it."""
    return Amount(1, minutes, Decimal(0) if terms is None else terms.price(minutes, staff_count)[1])


class Allowance:
    """What of a month is used of what people are granted."""

    def __init__(self, day: date, measured: caps.Caps, used: Iterable[_Visit]) -> None:
        self._day = day
        self._measured = measured
        self._of_need: dict[int, Amount] = defaultdict(lambda: NONE)
        self._of_person: dict[int, Amount] = defaultdict(lambda: NONE)
        for one in used:
            terms = None
            if one.pricing is not None and one.rate is not None:
                terms = Terms(one.pricing, one.rate, bool(one.two_workers_pay_twice))
            self._count(one.person, one.need, visit(one.minutes, one.staff_count, terms), 1)

    def _count(self, person: int, need: int, of_visit: Amount, times: int) -> None:
        self._of_need[need] = _sum(self._of_need[need], of_visit, times)
        self._of_person[person] = _sum(self._of_person[person], of_visit, times)

    def excess(self, placement: PlacementToVisit, minutes: int, times: int = 1) -> Excess | None:
        """By what so many more visits of a placement go beyond what is granted; None when they do not."""
        if placement.exception_reason:
            return None
        more = visit(minutes, placement.staff_count, placement.terms)
        own = self._measured.granted(placement.person, placement.item_code, self._day)
        beyond = excess(own.amount, _sum(self._of_need[placement.need], more, times)) if own else None
        whole = self._measured.granted(placement.person, TOGETHER, self._day)
        if beyond is None and whole is not None:
            beyond = excess_together(whole.amount, _sum(self._of_person[placement.person], more, times))
        return beyond

    def take(self, placement: PlacementToVisit, wanted: int) -> int:
        """How many of so many more visits of a placement are granted; those are counted from now on."""
        while wanted > 0 and self.excess(placement, placement.minutes, wanted) is not None:
            wanted -= 1
        of_visit = visit(placement.minutes, placement.staff_count, placement.terms)
        if not placement.exception_reason:
            self._count(placement.person, placement.need, of_visit, max(0, wanted))
        return max(0, wanted)


@database.scoped
async def allowance(
    scope: Scope,
    placements: Sequence[PlacementToVisit],
    day: date,
    ignoring: int = 0,
    counted: Sequence[VisitState] = COUNTED,
) -> Allowance:
    """What of the month of a day the recipients of placements have used; `ignoring` is a visit that does not count."""
    first, last = clock.month_of(day)
    people = sorted({one.person for one in placements})
    async with database.elevated(scope) as system:  # others' visits count too, and are not the planner's to see
        used = await database.rows(
            _Visit,
            """
            SELECT v.person, p.need, (extract(epoch FROM v.planned_end - v.planned_start) / 60)::int AS minutes,
                   n.staff_count, l.pricing, l.rate, l.two_workers_pay_twice
            FROM visit v JOIN placement p ON p.id = v.placement JOIN need n ON n.id = p.need
            LEFT JOIN contract_line l ON l.id = p.contract_line
            WHERE v.person = ANY(:people) AND v.day BETWEEN :first AND :last AND v.state = ANY(:counted)
              AND v.id <> :ignoring AND n.exception_reason = ''
            """,
            people=people,
            first=first,
            last=last,
            counted=list(counted),
            ignoring=ignoring,
        )
        county = placements[0].county if placements else 0
        return Allowance(day, await caps.caps(system, county, people, day), used)
