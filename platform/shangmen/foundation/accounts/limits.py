"""How often a secret may be tried: counted in the database over all processes, in a window that slides.

Every try is written down before it is evaluated and taken out again when it was right, so that what is counted are
failures, and those in progress. A try belongs to an account and to a place: a browser in which its owner logged in
before, a network from which the owner did, or else the stranger's network.

- In each place an account has TRIES within WINDOW. What strangers spoil elsewhere does not touch the owner's places.
- The tries on an account from places unknown to it, and those on unknown places out of one network, are slowed beyond
  a number (one in a while is let through), never locked: neither a stranger keeps an owner out of a new place, nor one
  person in an office the whole office.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.accounts.tables import Attempt

WINDOW = timedelta(minutes=5)
TRIES = 10  # on one account in one place
STRANGERS, STRANGERS_PAUSE = 30, timedelta(seconds=10)  # on one account from all unknown places
NEIGHBOURS, NEIGHBOURS_PAUSE = 60, timedelta(seconds=5)  # out of one network on places unknown to their accounts
KNOWN_FOR = timedelta(days=180)  # since the last log-in there


class TooMany(Refused):
    """Too many tries of a secret."""

    status = 429

    def __init__(self) -> None:
        super().__init__("Too many attempts. Please wait five minutes.")


@dataclass(frozen=True)
class Place:
    """Where a try comes from: the network, and the token of the browser if it had one."""

    network: str
    browser: str = ""


@dataclass(frozen=True)
class _Group(database.Row):
    """Tries of a group within the window, and the last of them."""

    tries: int
    last: datetime | None


def network(address: str) -> str:
    """The network of an address that its owner is likely to come back in; the text itself for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:60]
    return str(ip_network((found, 24 if found.version == 4 else 64), strict=False))


def place(address: str, browser: str = "") -> Place:
    """The place of a request; `browser` is the token that an earlier log-in left there."""
    return Place(
        f"net {network(address)}", f"browser {hashlib.sha256(browser.encode()).hexdigest()}" if browser else ""
    )


@database.scoped
async def begin(scope: Scope, account: str, where: Place) -> int:
    """Count a try before it is evaluated; its id. Raises TooMany, and then counts nothing.

    A transaction of its own, so that a try counts however it ends.
    """
    account = account.lower()[:60]
    # in this order everywhere, so that nobody waits in a ring
    for key in (f"account {account}", where.network):
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=key)
    known = await database.value(
        str,
        """
        SELECT p.place FROM known_place p JOIN app_user u ON u.id = p.user_id
        WHERE u.login = :account AND p.place IN (:browser, :network) AND p.seen_at > :since
        ORDER BY p.place = :browser DESC LIMIT 1
        """,
        account=account,
        browser=where.browser,
        network=where.network,
        since=clock.now() - KNOWN_FOR,
    )
    here = known or where.network
    if (await _group("account = :account AND place = :place", account=account, place=here)).tries >= TRIES:
        raise TooMany
    if known is None:
        strangers = await _group("account = :account AND NOT known", account=account)
        neighbours = await _group("network = :network AND NOT known", network=where.network)
        if _too_soon(strangers, STRANGERS, STRANGERS_PAUSE) or _too_soon(neighbours, NEIGHBOURS, NEIGHBOURS_PAUSE):
            raise TooMany
    return await database.add(
        Attempt(account=account, place=here, network=where.network, known=known is not None, at=clock.now())
    )


async def _group(condition: str, **parameters: object) -> _Group:
    group = await database.row(
        _Group,
        f"SELECT count(*) AS tries, max(at) AS last FROM attempt WHERE {condition} AND at > :since",
        since=clock.now() - WINDOW,
        **parameters,
    )
    assert group is not None  # an aggregate has a row
    return group


def _too_soon(group: _Group, limit: int, pause: timedelta) -> bool:
    return group.tries >= limit and group.last is not None and clock.now() - group.last < pause


async def right(id: int) -> None:
    """Take out a try that was right, and the failures before it in its place. Within the caller's transaction."""
    await database.execute(
        "DELETE FROM attempt a USING attempt t WHERE t.id = :id AND a.account = t.account AND a.place = t.place",
        id=id,
    )


async def know(user: int, where: Place) -> None:
    """Remember that a user logged in at a place. Within the caller's transaction."""
    for name in (where.network, where.browser):
        if name:
            await database.execute(
                "INSERT INTO known_place (user_id, place, seen_at) VALUES (:user, :place, :now)"
                " ON CONFLICT (user_id, place) DO UPDATE SET seen_at = excluded.seen_at",
                user=user,
                place=name,
                now=clock.now(),
            )
