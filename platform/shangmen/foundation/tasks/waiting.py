"""What waits for a role, read from the rows themselves: the work list never says other than the lists behind it.

Each feature names its kinds in `notices.py`; wiring.py lists them, and `wire` is called with that list. A kind either
leads to a list of rows with filters in its address, or tells its entries one by one where no list shows just them.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope


@dataclass(frozen=True)
class Standing(database.Row):
    """How many rows wait, and the day of the most urgent: since when, or by when."""

    count: int
    day: date | None


@dataclass(frozen=True)
class Entry:
    """One thing that waits: a message id that `details` fill, where to go, and its day."""

    message: str
    route: str
    params: Mapping[str, object]
    day: date | None = None
    details: Mapping[str, object] = field(default_factory=dict)


Address = Callable[[Scope], Mapping[str, object]]
Entries = Callable[[Scope], Awaitable[Sequence[Entry]]]


@dataclass(frozen=True)
class Kind:
    """Something that may wait for people of these roles.

    `button` says what they do about it. With `sql` or `count` (how many, and the day, under the viewer's reach) it
    leads to the list `route` with `address`; with `entries` it is told one by one, and `route` is where all of it is
    done at once, "" for nowhere. `instead` are kinds of tasks that say the same and are left out. `due` days are last
    days.
    """

    name: str
    title: str
    button: str
    roles: tuple[Role, ...]
    route: str = ""
    address: Address = lambda scope: {}
    sql: str = ""
    count: Callable[[Scope], Awaitable[Standing]] | None = None
    entries: Entries | None = None
    instead: tuple[str, ...] = ()
    due: bool = False


_kinds: list[Kind] = []


def wire(kinds: Iterable[Kind]) -> None:
    """Replace the kinds by these, in this order."""
    _kinds[:] = kinds


def kinds(role: Role) -> list[Kind]:
    """What may wait for a role; raises LookupError when nothing is wired: that is not an empty work list."""
    if not _kinds:
        raise LookupError("no kind of waiting is wired; list them in wiring.py")
    return [kind for kind in _kinds if role in kind.roles]


def own(**filters: object) -> Address:
    """The address of a list narrowed by these filters."""
    return lambda scope: filters


def days(scope: Scope) -> dict[str, object]:
    """What every query of a kind may ask for by name."""
    today = clock.today()
    return {
        "organisation": scope.organisation or 0,
        "worker": scope.worker or 0,
        "user": scope.user or 0,
        "counties": list(scope.counties),
        "today": today,
        "week_ago": today - timedelta(7),
        "week_ahead": today + timedelta(6),
    }


@database.scoped
async def standing(scope: Scope, kind: Kind, entries: Sequence[Entry] = ()) -> Standing:
    """How many rows of a kind wait for the viewer; of a kind that is told one by one, of its `entries`."""
    if kind.entries is not None:
        return Standing(len(entries), min((entry.day for entry in entries if entry.day is not None), default=None))
    if kind.count is not None:
        return await kind.count(scope)
    found = await database.row(Standing, kind.sql, **days(scope))
    return found or Standing(0, None)
