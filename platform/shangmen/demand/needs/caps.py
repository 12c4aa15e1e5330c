"""What the ladder says of needs: which go beyond it, alone or with a person's other needs.

A need that an officer approved beyond the ladder has its reason, is not measured again, and takes nothing of what is
granted for all services together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement import queries as entitlement
from shangmen.demand.entitlement.rules import (
    TOGETHER,
    Amount,
    Excess,
    Facts,
    Grant,
    Ladder,
    excess,
    excess_together,
)
from shangmen.demand.needs import queries as of_needs
from shangmen.demand.needs.states import NeedState
from shangmen.demand.recipients import queries as recipients


@dataclass(frozen=True)
class Wish(database.Row):
    """What a need asks for a month."""

    id: int
    person: int
    code: str
    visits_per_month: int
    minutes: int
    valid_from: date

    @classmethod
    def of(cls, row: "of_needs.NeedRow") -> "Wish":
        """The wish of a need."""
        return cls(row.id, row.person, row.code, row.visits_per_month, row.minutes, row.valid_from)

    @property
    def amount(self) -> Amount:
        """Visits and minutes a month; money is known only with a contract's line."""
        return Amount(self.visits_per_month, self.visits_per_month * self.minutes)


# Needs that count for what a person has of all services together.
_COUNTING = "state IN ('approved', 'waiting', 'placed', 'paused') AND exception_reason = ''"

_WISH = (
    "SELECT n.id, n.person, i.code, n.visits_per_month, n.minutes, n.valid_from"
    " FROM need n JOIN service_item i ON i.id = n.service_item"
)


class Caps:
    """The ladder of a county with where people stand on it and what they have already."""

    def __init__(self, ladder: Ladder, standings: dict[int, Facts], had: dict[int, list[Wish]]) -> None:
        self.ladder = ladder
        self.standings = standings
        self._had = had

    def granted(self, person: int, code: str, on: date) -> Grant | None:
        """What the ladder grants a person of a service; None where it does not speak of it."""
        who = self.standings.get(person)
        return None if who is None else self.ladder.grant(code, who, on)

    def excess(self, wish: Wish) -> Excess | None:
        """By what a need goes beyond the ladder; None when it does not."""
        on = max(wish.valid_from, clock.today())
        own = self.granted(wish.person, wish.code, on)
        beyond = excess(own.amount, wish.amount) if own else None
        if beyond is not None:
            return beyond
        whole = self.granted(wish.person, TOGETHER, on)
        if whole is None:
            return None
        others = [one for one in self._had.get(wish.person, ()) if one.id != wish.id]
        return excess_together(
            whole.amount,
            Amount(
                wish.visits_per_month + sum(one.visits_per_month for one in others),
                wish.visits_per_month * wish.minutes + sum(one.visits_per_month * one.minutes for one in others),
            ),
        )

    def take(self, wish: Wish) -> None:
        """Count a need as approved from now on."""
        self._had.setdefault(wish.person, []).append(wish)


@database.scoped
async def caps(scope: Scope, county: int, people: Iterable[int], on: date | None = None) -> Caps:
    """What the ladder of a county says of people."""
    wanted = sorted(set(people))
    had: dict[int, list[Wish]] = {}
    for row in await database.rows(
        Wish, f"{_WISH} WHERE n.person = ANY(:people) AND n.{_COUNTING.replace(' AND ', ' AND n.')}", people=wanted
    ):
        had.setdefault(row.person, []).append(row)
    standings = await entitlement.standings(scope, wanted, on)
    return Caps(await entitlement.ladder(scope, county), standings, had)


@database.scoped
async def wishes(scope: Scope, needs: Iterable[int]) -> list[Wish]:
    """Needs as the ladder measures them."""
    return await database.rows(Wish, f"{_WISH} WHERE n.id = ANY(:needs) ORDER BY n.id", needs=list(needs))


@dataclass(frozen=True)
class Held(database.Row):
    """A draft that the ladder does not grant, or a need that an officer approved beyond it (then with the reason)."""

    id: int
    person: int
    name: str
    township_name: str
    code: str
    item_name: str
    item_english: str
    visits_per_month: int
    minutes: int
    valid_from: date
    version: int
    state: NeedState
    exception_reason: str
    returned_reason: str
    approved_by_name: str | None


@dataclass(frozen=True)
class Exceptional:
    """A need beyond the ladder, and by what; None where the reason stands instead."""

    row: Held
    excess: Excess | None


@database.scoped
async def exceptions(scope: Scope, township: int | None = None) -> list[Exceptional]:
    """Drafts that go beyond the ladder, then what was approved beyond it and is not ended (of a township)."""
    rows = await database.rows(
        Held,
        f"""
        SELECT n.id, n.person, p.name, t.name AS township_name, i.code, i.name AS item_name, i.english AS item_english,
               n.visits_per_month, n.minutes, n.valid_from, n.version, n.state, n.exception_reason, n.returned_reason,
               u.name AS approved_by_name
        FROM need n JOIN person p ON p.id = n.person JOIN division t ON t.id = p.township
        JOIN service_item i ON i.id = n.service_item LEFT JOIN app_user u ON u.id = n.approved_by
        WHERE n.county = ANY(:counties) AND {recipients.reads(scope, "n", "person")}
          AND (n.state = 'draft' OR (n.exception_reason <> '' AND n.state <> 'ended'))
          AND (:township::bigint IS NULL OR p.township = :township)
        ORDER BY (n.state <> 'draft'), t.code, p.pinyin, n.id
        """,
        counties=list(scope.counties),
        township=township,
    )
    async with database.elevated(scope) as system:
        measured = await caps(system, scope.county, [row.person for row in rows])
    found = []
    for row in rows:
        wish = Wish(row.id, row.person, row.code, row.visits_per_month, row.minutes, row.valid_from)
        beyond = measured.excess(wish) if row.state is NeedState.DRAFT else None
        if beyond is not None or row.state is not NeedState.DRAFT:
            found.append(Exceptional(row, beyond))
    return found


@database.scoped
async def beyond(scope: Scope, county: int, wish: Wish) -> Excess | None:
    """By what one need goes beyond the ladder; None when it does not."""
    return (await caps(scope, county, [wish.person])).excess(wish)
