"""Reading and verifying the trail."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.web import lists


@dataclass(frozen=True)
class Event(database.Row):
    """What an event says: all that is hashed, but its place in the chain."""

    county: int | None
    organisation: int
    at: datetime
    user_id: int | None
    user_name: str
    role: Role
    verb: str
    subject: str
    subject_id: int | None
    reason: str
    details: dict[str, object]
    address: str

    def content(self) -> dict[str, object]:
        """What is hashed."""
        return vars(self) | {"at": self.at.astimezone(clock.SHANGHAI).isoformat(timespec="microseconds")}


@dataclass(frozen=True)
class LinkRow(Event):
    """An event in its place in the chain."""

    sequence: int
    previous: bytes
    digest: bytes

    def content(self) -> dict[str, object]:
        """What is hashed."""
        hashed = super().content()
        return {name: hashed[name] for name in Event.__dataclass_fields__}


@dataclass(frozen=True)
class EventRow(LinkRow):
    """An event as the list shows it."""

    organisation_name: str | None


@dataclass(frozen=True)
class HistoryRow(database.Row):
    """An event in the history of a row."""

    at: datetime
    user_name: str
    role: Role
    verb: str
    reason: str
    details: dict[str, object]


@dataclass(frozen=True)
class SealRow(database.Row):
    """A daily seal; the digest in hexadecimal."""

    day: date
    digest: str
    chains: int


_WANTED = f"""
  (:verb = '' OR e.verb LIKE :verb || '%')
  AND {lists.found("e.user_name")}
  AND (:first::timestamptz IS NULL OR e.at >= :first) AND (:last::timestamptz IS NULL OR e.at < :last)
"""

_EVENTS = f"""
FROM audit_event e LEFT JOIN organisation o ON o.id = e.organisation
WHERE {_WANTED}
ORDER BY e.at DESC, e.id DESC
"""


def _parameters(verb: str, who: str, first: date | None, last: date | None) -> dict[str, object]:
    return {
        "verb": verb,
        "search": lists.wanted(who),
        "first": clock.at(first) if first else None,
        "last": clock.at(last, 24 * 60) if last else None,
    }


@database.scoped
async def events(
    scope: Scope,
    verb: str = "",
    who: str = "",
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[EventRow], int]:
    """Events that the viewer reaches, newest first, and how many there are."""
    return await lists.part(
        EventRow,
        "e.*, o.name AS organisation_name FROM audit_event e LEFT JOIN organisation o ON o.id = e.organisation",
        f"FROM audit_event e WHERE {_WANTED}",
        "e.at DESC, e.id DESC",
        "e.id",
        limit=limit,
        offset=offset,
        **_parameters(verb, who, first, last),
    )


def each_event(verb: str, who: str, first: date | None, last: date | None) -> AsyncIterator[EventRow]:
    """Every event that the viewer of the transaction in progress reaches, newest first, one after the other."""
    return database.stream(
        EventRow,
        f"SELECT e.*, o.name AS organisation_name {_EVENTS}",
        **_parameters(verb, who, first, last),
    )


@database.scoped
async def history(scope: Scope, subject: str, subject_id: int) -> list[HistoryRow]:
    """What happened to one row, oldest first; for the timeline of a detail page."""
    return await database.rows(
        HistoryRow,
        "SELECT at, user_name, role, verb, reason, details FROM audit_event"
        " WHERE subject = :subject AND subject_id = :subject_id ORDER BY at, id",
        subject=subject,
        subject_id=subject_id,
    )


@database.scoped
async def features(scope: Scope) -> list[str]:
    """Features that have left events which the viewer reaches: the first words of their verbs."""
    return await database.values(str, "SELECT DISTINCT split_part(verb, '.', 1) FROM audit_event ORDER BY 1")


@database.scoped
async def seals(scope: Scope, limit: int = 7) -> list[SealRow]:
    """The latest daily seals."""
    return await database.rows(
        SealRow,
        "SELECT day, encode(digest, 'hex') AS digest, jsonb_array_length(heads) AS chains FROM audit_seal"
        " ORDER BY day DESC LIMIT :limit",
        limit=limit,
    )
