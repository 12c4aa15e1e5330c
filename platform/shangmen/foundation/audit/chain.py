"""Hash chains: each link holds the digest of the one before it, so that no link can be changed or taken out unseen.

One chain an organisation and kind. The head is locked last in a transaction (a single chain would stand still under
load). Digests are SHA-256 over canonical JSON (RFC 8785 in spirit: sorted keys, no blanks).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from shangmen import database
from shangmen.foundation.audit.states import Break, Chain

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


class Walk:
    """Follows a chain link by link and says where it breaks first; holds no more than one link."""

    def __init__(self) -> None:
        self.previous, self.expected = START, 1

    def step(self, sequence: int, before: bytes, stated: bytes, content: Mapping[str, object]) -> Break | None:
        """Take the next link; its sequence, the digest before it, its own, and what is hashed."""
        if sequence != self.expected:
            return Break.MISSING
        if before != self.previous or digest(self.previous, content) != stated:
            return Break.CHANGED
        self.previous, self.expected = stated, self.expected + 1
        return None

    def end(self, sequence: int, head: bytes) -> Break | None:
        """Whether the head, which names the last link, is where the walk ended."""
        return None if (sequence, head) == (self.expected - 1, self.previous) else Break.END


def first_break(links: Sequence[tuple[int, bytes, bytes, Mapping[str, object]]], last: bytes | None) -> str | None:
    """Where a chain breaks, in words, or None. `links` are (sequence, previous, digest, content) in order; `last` is
    the head's digest."""
    walk = Walk()
    for sequence, before, stated, content in links:
        found = walk.step(sequence, before, stated, content)
        if found is Break.MISSING:
            return f"link {walk.expected} is missing"
        if found is Break.CHANGED:
            return f"link {sequence} was changed"
    if (last or START) != walk.previous:
        return f"the head does not name link {walk.expected - 1}"
    return None
