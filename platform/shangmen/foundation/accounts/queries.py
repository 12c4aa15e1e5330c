"""Reads of users and sessions."""

import hashlib
from datetime import timedelta

import asyncpg

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.errors import NotFound
from shangmen.web import lists

IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)


def digest(token: str) -> bytes:
    """What the database keeps of a cookie."""
    return hashlib.sha256(token.encode()).digest()


@database.scoped
async def session(scope: Scope, token: str) -> asyncpg.Record | None:
    """The live session of a cookie with its user, or None; notes that it was seen, at most once a minute."""
    row = await database.fetch_one(
        """
        SELECT s.id AS session, s.seen_at, u.* FROM app_session s JOIN app_user u ON u.id = s.user_id
        WHERE s.token = :token AND u.active AND s.seen_at > :idle AND s.created_at > :old
        """,
        token=digest(token),
        idle=clock.now() - IDLE,
        old=clock.now() - LIFETIME,
    )
    if row is not None and clock.now() - row["seen_at"] > timedelta(minutes=1):
        await database.execute(
            "UPDATE app_session SET seen_at = :now WHERE id = :id", now=clock.now(), id=row["session"]
        )
    return row


@database.scoped
async def organisation_name(scope: Scope, id: int) -> str:
    """What an organisation is called; "" for one out of reach. Asked under its county: before the log-in nobody's
    organisations are visible."""
    return str(await database.fetch_value("SELECT name FROM organisation WHERE id = :id", id=id) or "")


def scope_of(user: asyncpg.Record, organisation_name: str, address: str = "") -> Scope:
    """The scope that a user acts under."""
    return Scope(
        role=Role(user["role"]),
        counties=(user["county"],),
        organisation=user["organisation"],
        user=user["id"],
        worker=user["worker"],
        name=user["name"],
        organisation_name=organisation_name,
        address=address,
    )


@database.scoped
async def users(scope: Scope, search: str = "", limit: int = 50, offset: int = 0) -> tuple[list[asyncpg.Record], int]:
    """Accounts of the viewer's county, by name."""
    rows = await database.fetch(
        f"""
        SELECT u.id, u.login, u.name, u.role, u.active, u.totp_secret <> '' AS totp, u.created_at,
               o.name AS organisation_name, count(*) OVER () AS total,
               (SELECT max(s.seen_at) FROM app_session s WHERE s.user_id = u.id) AS seen_at
        FROM app_user u JOIN organisation o ON o.id = u.organisation
        WHERE u.county = ANY(:counties)
          AND {lists.found("u.login", "u.name", "o.name")}
        ORDER BY o.kind, o.id, u.role, u.login LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        search=lists.wanted(search),
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def user(scope: Scope, id: int) -> asyncpg.Record:
    """One account of the viewer's county; raises NotFound."""
    row = await database.fetch_one(
        "SELECT u.*, o.name AS organisation_name FROM app_user u JOIN organisation o ON o.id = u.organisation"
        " WHERE u.id = :id AND u.county = ANY(:counties)",
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def as_user(scope: Scope, login: str) -> Scope:
    """The scope of a user by log-in name, for the demo and for tests; raises NotFound."""
    row = await database.fetch_one(
        "SELECT u.*, o.name AS organisation_name FROM app_user u JOIN organisation o ON o.id = u.organisation"
        " WHERE u.login = :login",
        login=login,
    )
    if row is None:
        raise NotFound
    return scope_of(row, row["organisation_name"])
