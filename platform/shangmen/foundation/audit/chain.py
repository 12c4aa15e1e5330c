"""Hash chains: each link holds the digest of the one before it, so that no link can be changed or taken out unseen.

One chain an organisation and kind. The head is locked last in a transaction (a single chain would stand still under
load). Digests are SHA-256 over canonical JSON (RFC 8785 in spirit: sorted keys, no blanks).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from shangmen import database
from shangmen.foundation.audit.states import Chain

START = bytes(32)


def digest(previous: bytes, link: Mapping[str, object]) -> bytes:
    """The digest of a link after `previous`. Values must be what JSON can hold."""
    return hashlib.sha256(previous + msgspec.json.encode(link, order="deterministic")).digest()


@dataclass(frozen=True)
class HeadRow(database.Row):
    """The last link of a chain."""

    sequence: int
    digest: bytes


async def head(chain: Chain, organisation: int) -> tuple[int, bytes]:
    """Lock a chain's head; its sequence and digest. Makes the head of a new chain."""
    await database.execute(
        "INSERT INTO chain_head (chain, organisation, sequence, digest) VALUES (:chain, :organisation, 0, :start)"
        " ON CONFLICT (chain, organisation) DO NOTHING",
        chain=chain,
        organisation=organisation,
        start=START,
    )
    row = await database.row(
        HeadRow,
        "SELECT sequence, digest FROM chain_head WHERE chain = :chain AND organisation = :organisation FOR UPDATE",
        chain=chain,
        organisation=organisation,
    )
    assert row is not None
    return row.sequence, row.digest


async def move_head(chain: Chain, organisation: int, sequence: int, to: bytes) -> None:
    """Let the head name its new last link; the row must be locked by `head`."""
    await database.execute(
        "UPDATE chain_head SET sequence = :sequence, digest = :to"
        " WHERE chain = :chain AND organisation = :organisation",
        chain=chain,
        organisation=organisation,
        sequence=sequence,
        to=to,
    )


def first_break(links: Sequence[tuple[int, bytes, bytes, Mapping[str, object]]], last: bytes | None) -> str | None:
    """Where a chain breaks, in words, or None. `links` are (sequence, previous, digest, content) in order; `last` is
    the head's digest."""
    previous, expected = START, 1
    for sequence, before, stated, content in links:
        if sequence != expected:
            return f"link {expected} is missing"
        if before != previous or digest(previous, content) != stated:
            return f"link {sequence} was changed"
        previous, expected = stated, expected + 1
    if (last or START) != previous:
        return f"the head does not name link {expected - 1}"
    return None
