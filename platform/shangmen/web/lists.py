"""Lists: what an address asks of them, the one condition of a search by name, and which part of a list is shown.

An address may say anything. What cannot be read (a day that is none, a number beyond every id, a word that is no
choice) is as if it was not said: the reader gets the list without that filter, never an error.
"""

import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.web import sought, text
from shangmen.web.pages import Rq, environment

Rows = TypeVar("Rows", bound=database.Row)

PAGE = 50  # rows on a page of a list
MOST_COUNTED = 10_000  # of more rows than these a list says only that there are more
environment().globals["most_counted"] = MOST_COUNTED
AT_ONCE = 500  # rows that are read together when all are wanted
LONG = 1_000  # counting more rows takes longer than all the rest of a page: such counts may be as old as
COUNTED_SECONDS = 60


def number(said: str) -> int | None:
    """An id or a count in an address, None for anything else."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 18 else None


def day(said: str) -> date | None:
    """A day in an address, None for anything else and for days beyond 1900 and ten years from now."""
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if clock.believable(found) else None


class Asked:
    """What the address of a request asks of a list."""

    def __init__(self, request: Rq) -> None:
        self._request = request

    def text(self, name: str) -> str:
        """Words, "" for none; of a search those that its key stands for."""
        return sought.words(self._request, str(self._request.query_params.get(name, "")))

    def among(self, name: str, choices: Iterable[str]) -> str:
        """One of the choices, else ""."""
        said = self.text(name)
        return said if said in set(choices) else ""

    def number(self, name: str) -> int | None:
        """A number, else None."""
        return number(self.text(name))

    def day(self, name: str) -> date | None:
        """A day, else None."""
        return day(self.text(name))


def wanted(search: str) -> str:
    """The parameter :search of `found`: what somebody typed, made ready to be compared with LIKE."""
    return "".join("\\" + letter if letter in "\\%_" else letter for letter in text.key(search))


def found(
    *parts: str, begins: Iterable[str] = (), equal: Iterable[str] = (), person: str = "", named: str = ""
) -> str:
    """SQL: whether a row has what is searched for (parameter :search, see `wanted`); all rows for nothing.

    `parts` are columns of which it may be any part, `begins` those that begin with it, `equal` those that it is, in
    letters of any size; `person` is the alias of a person, found by a part of the name or of the village, by the
    beginning of the pinyin or of the initials, and by the end of the ID number, a telephone or the household's number
    (database/search.sql; nobody is found by nothing);
    `named` is that of somebody who is found by the readings of the name alone.
    """
    begins, equal = [*begins], [*equal]
    somebody = f"{person}.id IN (SELECT app_found(:search))"
    if person and not (parts or begins or equal):
        return somebody  # alone, so that the list is read from the few who are found
    conditions = [":search = ''", *([somebody] if person else [])]
    if named:
        conditions += [f"{named}.{column} LIKE lower(:search) || '%'" for column in ("pinyin", "initials")]
    conditions += [f"{text.sql(column)} ILIKE '%' || :search || '%'" for column in parts]
    conditions += [f"{text.sql(column)} ILIKE :search || '%'" for column in begins]
    conditions += [f"{text.sql(column)} ILIKE :search" for column in equal]
    return f"({' OR '.join(conditions)})"


def within(scope: Scope, alias: str) -> str:
    """SQL: whether a row is of the viewer's counties (parameters: see `counties`).

    A single county is a constant of the order, so that a list is read from its index as it stands; several are not.
    """
    return f"{alias}.county = " + (":county" if len(scope.counties) == 1 else "ANY(:counties)")


def counties(scope: Scope) -> dict[str, object]:
    """The parameters of `within`."""
    return {"county": scope.counties[0] if len(scope.counties) == 1 else None, "counties": list(scope.counties)}


def where(always: str, asked: Mapping[str, object]) -> str:
    """SQL: what always holds, and those conditions whose value was asked for (not None, not "").

    Conditions that nobody asked for are left out, not switched off by a parameter: a plan is made once for all values.
    """
    return " AND ".join([always, *(sql for sql, value in asked.items() if value is not None and value != "")])


# Counts of long lists, by who asked for what: when they were made.
_counted: dict[Hashable, tuple[float, int]] = {}


async def _count(which: str, most: int | None, parameters: dict[str, object]) -> int:
    """How many rows there are, at most `most`."""
    asked = database.asking(), which, most, repr(sorted(parameters.items()))
    at, known = _counted.get(asked, (0.0, 0))
    if known and time.monotonic() - at < COUNTED_SECONDS:
        return known
    sql = f"SELECT count(*) FROM (SELECT 1 {which} LIMIT :most::bigint) counted"
    total = await database.number(sql, most=most, **parameters)
    if total > LONG:
        if len(_counted) >= LONG:
            _counted.clear()
        _counted[asked] = time.monotonic(), total
    return total


# Who takes the rows of a list one by one; see `each`.
_takes: ContextVar[Callable[[Any], None] | None] = ContextVar("takes", default=None)


async def each(read: Callable[[], Awaitable[tuple[list[Rows], int]]], take: Callable[[Rows], None]) -> int:
    """Hand every row of a list to `take`, some read at a time, so that memory stays flat; how many there were.

    `read` reads the list without a limit, by `part`.
    """
    token = _takes.set(take)
    try:
        _left, total = await read()
    finally:
        _takes.reset(token)
    return total


async def part(
    kind: type[Rows],
    shown: str,
    which: str,
    order: str,
    key: str,
    finish: Callable[[list[Rows]], Awaitable[list[Rows]]] | None = None,
    /,
    *,
    limit: int | None,
    offset: int,
    **parameters: object,
) -> tuple[list[Rows], int]:
    """A page of a list, and how many rows the list has: at most one more than MOST_COUNTED are counted.

    `which` is "FROM … WHERE …", no more than is needed to know the rows and their `order`; `key` is their id. What is
    `shown` of them ("columns FROM tables joined") is read for the rows of the page alone, and may use :total. Beyond
    the end the last page is shown. Without `limit` all rows are read, and the total is exact. `finish` adds to rows
    what their query does not say.
    """
    sought = f"SELECT {key} {which} ORDER BY {order} LIMIT :limit::bigint OFFSET :offset"
    ids = await database.values(int, sought, limit=limit, offset=offset, **parameters)
    most = None if limit is None else MOST_COUNTED + 1
    if not ids and offset and limit:
        total = await database.number(f"SELECT count(*) FROM (SELECT 1 {which}) counted", **parameters)
        offset = max(0, (total - 1) // limit * limit)
        ids = await database.values(int, sought, limit=limit, offset=offset, **parameters)
    if not ids:
        return [], 0
    if limit is None or len(ids) < limit:
        total = offset + len(ids)
    else:
        total = await _count(which, most, parameters)
        # A page far behind what was counted still knows that there are as many, and perhaps one more.
        total = max(total, offset + len(ids) + (total == most))
    rows: list[Rows] = []
    take = _takes.get() if limit is None else None
    for first in range(0, len(ids), AT_ONCE):
        some = await database.rows(
            kind,
            f"SELECT {shown} WHERE {key} = ANY(:ids::bigint[]) ORDER BY array_position(:ids::bigint[], {key})",
            ids=ids[first : first + AT_ONCE],
            total=total,
            **parameters,
        )
        some = await finish(some) if finish is not None else some
        if take is None:
            rows += some
        else:
            for row in some:
                take(row)
    return rows, total


@dataclass(frozen=True)
class Paging:
    """Which part of a list is shown."""

    number: int
    size: int
    total: int
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.total > MOST_COUNTED

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size

    def near(self) -> list[int]:
        """The pages that are linked: those beside this one, the first, and the last where it is known."""
        ends = {1} if self.more else {1, self.pages}
        beside = range(max(1, self.number - 3), min(self.pages, self.number + 3) + 1)
        return sorted(ends.union(beside))

    def url(self, number: int) -> str:
        """The address of another page of the same list."""
        return f"{self.path}?{urlencode([*self.query, ('page', str(number))])}"


def paging(request: Rq, total: int, size: int = PAGE) -> Paging:
    """The part of a list that the address asks for; out-of-range numbers show the nearest page."""
    last = max(1, -(-total // size))
    query = tuple((k, v) for k, v in request.query_params.multi_items() if k != "page")
    return Paging(min(_page(request), last), size, total, request.url.path, query)


def offset_of(request: Rq, size: int = PAGE) -> int:
    """Rows to skip before the list's total is known."""
    return (_page(request) - 1) * size


def _page(request: Rq) -> int:
    """The page that is asked for; any number that large is beyond every list's end, whatever else is the first."""
    said = request.query_params.get("page", "1")
    return max(1, int(said if len(said) < 8 else "9" * 8)) if said.isascii() and said.isdigit() else 1
