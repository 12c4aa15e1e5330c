"""Reads of users and sessions."""

import hashlib
import time
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from shangmen import clock, database
from shangmen.access import Reach, Role, Scope
from shangmen.errors import NotFound
from shangmen.web import lists

IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class UserRow(database.Row):
    """Somebody who can log in."""

    id: int
    login: str
    name: str
    role: Role
    organisation: int
    county: int
    worker: int | None
    totp: bool
    totp_step: int
    must_change: bool
    active: bool
    locale: str
    created_at: datetime
    version: int


@dataclass(frozen=True)
class SecretRow(UserRow):
    """An account with the hash of its password and the secret of its second factor."""

    password: str
    totp_secret: str


_COLUMNS = ", ".join(f"u.{field.name}" for field in fields(UserRow))  # the application cannot read the others
_SECRETS = f"SELECT {_COLUMNS}, s.password, s.totp_secret FROM app_user u, account_secrets(u.id) s"


@dataclass(frozen=True)
class ShownUserRow(UserRow):
    """A user with the organisation's name."""

    organisation_name: str


@dataclass(frozen=True)
class SessionRow(UserRow):
    """A live session with its user."""

    session: int
    seen_at: datetime


@dataclass(frozen=True)
class ListedUserRow(database.Row):
    """An account of the list: `totp` says whether a second factor is on, `seen_at` when it was last here."""

    id: int
    login: str
    name: str
    role: Role
    active: bool
    totp: bool
    created_at: datetime
    organisation_name: str
    seen_at: datetime | None


def digest(token: str) -> bytes:
    """What the database keeps of a cookie."""
    return hashlib.sha256(token.encode()).digest()


async def session(scope: Scope, token: str) -> SessionRow | None:
    """The live session of a cookie with its user, or None; notes that it was seen, at most once a minute."""
    async with database.single():
        row = await database.row(
            SessionRow,
            f"""
            SELECT s.id AS session, s.seen_at, {_COLUMNS} FROM app_session s JOIN app_user u ON u.id = s.user_id
            WHERE s.token = :token AND u.active AND s.seen_at > :idle AND s.created_at > :old
            """,
            token=digest(token),
            idle=clock.now() - IDLE,
            old=clock.now() - LIFETIME,
        )
    if row is not None and clock.now() - row.seen_at > timedelta(minutes=1):
        await _seen(scope, row.session)
    return row


async def whose_it_was(token: str) -> int | None:
    """The user of a session that has ended by itself; None for one that was logged out, or never was."""
    async with database.single():
        return await database.value(
            int, "SELECT user_id FROM app_session WHERE token = :token ORDER BY id LIMIT 1", token=digest(token)
        )


@database.scoped
async def _seen(scope: Scope, session: int) -> None:
    await database.execute("UPDATE app_session SET seen_at = :now WHERE id = :id", now=clock.now(), id=session)


# Every request asks for the name of the viewer's organisation, which may be a minute old.
_names: dict[tuple[object, int], tuple[float, str]] = {}
NAME_SECONDS = 60


async def organisation_name(scope: Scope, id: int) -> str:
    """What an organisation is called; "" for one out of reach. Asked under its county: before the log-in nobody's
    organisations are visible."""
    at, name = _names.get((scope.counties, id), (0.0, ""))
    if not name or time.monotonic() - at > NAME_SECONDS:
        name = await _organisation_name(scope, id)
        _names[scope.counties, id] = time.monotonic(), name
    return name


@database.scoped
async def _organisation_name(scope: Scope, id: int) -> str:
    return await database.value(str, "SELECT name FROM organisation WHERE id = :id", id=id) or ""


def scope_of(user: UserRow, organisation_name: str, address: str = "") -> Scope:
    """The scope that a user acts under."""
    return Scope(
        role=user.role,
        counties=(user.county,),
        organisation=user.organisation,
        user=user.id,
        worker=user.worker,
        name=user.name,
        organisation_name=organisation_name,
        address=address,
    )


@database.scoped
async def users(
    scope: Scope, search: str = "", first: bool = False, limit: int | None = 50, offset: int = 0
) -> tuple[list[ListedUserRow], int]:
    """Accounts that the viewer keeps, by name; `first`: only active ones that still have their first password.

    An administrator keeps those of the county, the desk of a station or a provider those of its own workers.
    """
    tables = "FROM app_user u JOIN organisation o ON o.id = u.organisation"
    which = lists.where(
        f"{lists.within(scope, 'u')} AND {KEPT}",
        {lists.found("u.login", "u.name", "o.name"): search, "u.active AND u.must_change": first or None},
    )
    return await lists.part(
        ListedUserRow,
        "u.id, u.login, u.name, u.role, u.active, u.totp, u.created_at, o.name AS organisation_name,"
        f" (SELECT max(s.seen_at) FROM app_session s WHERE s.user_id = u.id) AS seen_at {tables}",
        f"{tables} WHERE {which}",
        "o.kind, o.id, u.role, u.login",
        "u.id",
        limit=limit,
        offset=offset,
        search=lists.wanted(search),
        **lists.counties(scope),
        **_keeper(scope),
    )


KEPT = "(:all OR (u.role = 'worker' AND u.organisation = :own))"  # accounts that the viewer keeps


def _keeper(scope: Scope) -> dict[str, object]:
    return {"all": scope.reach == Reach.COUNTY, "own": scope.organisation}


@database.scoped
async def user(scope: Scope, id: int) -> ShownUserRow:
    """One's own account, or one that one keeps (see `users`); raises NotFound."""
    row = await database.row(
        ShownUserRow,
        f"SELECT {_COLUMNS}, o.name AS organisation_name FROM app_user u JOIN organisation o ON o.id = u.organisation"
        f" WHERE u.id = :id AND u.county = ANY(:counties) AND (u.id = :me OR {KEPT})",
        id=id,
        counties=list(scope.counties),
        me=scope.user,
        **_keeper(scope),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def secrets_of(scope: Scope, login: str) -> SecretRow | None:
    """An account with its secrets by log-in name, for a log-in; None for an unknown name."""
    return await database.row(SecretRow, f"{_SECRETS} WHERE u.login = :login", login=login)


@database.scoped
async def own_secrets(scope: Scope) -> SecretRow:
    """The viewer's own account with its secrets; raises NotFound."""
    row = await database.row(SecretRow, f"{_SECRETS} WHERE u.id = :id", id=scope.user or 0)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def as_user(scope: Scope, login: str) -> Scope:
    """The scope of a user by log-in name, for the demo and for tests; raises NotFound."""
    row = await database.row(
        ShownUserRow,
        f"SELECT {_COLUMNS}, o.name AS organisation_name FROM app_user u JOIN organisation o ON o.id = u.organisation"
        " WHERE u.login = :login",
        login=login,
    )
    if row is None:
        raise NotFound
    return scope_of(row, row.organisation_name)
