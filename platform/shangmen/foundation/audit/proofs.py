"""Proving the trail: every chain is recomputed, every seal held against the chains, every row against what was said.

Each feature that has something to prove gives a `Proof`; wiring.py lists them, and `wire` is called with that list.
What a verb leaves behind that only it may change stands in its event's details under "proof", so that a row changed
past the program is one that the trail does not tell of.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from shangmen import database
from shangmen.access import Reach, Scope
from shangmen.foundation.audit import chain, held_rows
from shangmen.foundation.audit.queries import LinkRow
from shangmen.foundation.audit.states import Break, Chain


@dataclass(frozen=True)
class Tampering:
    """Something that was changed past the program: a message id, and what fills it."""

    message: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.parameters


Proof = Callable[[Scope], Awaitable[list[Tampering]]]

_proofs: list[Proof] = []


def wire(proofs: Iterable[Proof]) -> None:
    """Replace the list of proofs by this one, in this order."""
    _proofs[:] = proofs


async def verify(scope: Scope) -> list[Tampering]:
    """Everything that can be proven of what the viewer reaches; the tamperings found, none when all holds.

    Raises LookupError when nothing is wired: forgotten wiring must not look like nothing found.
    """
    if not _proofs:
        raise LookupError("no proof is wired; list them in wiring.py")
    found: list[Tampering] = []
    for proof in _proofs:
        try:
            found += await proof(scope)
        except (ValueError, TypeError, msgspec.MsgspecError) as fault:  # a word, a kind or a shape of nobody's writing
            found.append(Tampering(UNREADABLE, {"what": fault}))
    return found


UNREADABLE = "Something is stored that the program never writes: %(what)s."
SENTENCES = {
    Break.MISSING: "Chain %(chain)s: entry %(number)s is missing.",
    Break.CHANGED: "Chain %(chain)s: entry %(number)s was changed afterwards.",
    Break.END: "Chain %(chain)s: it ends at entry %(number)s, which is not its recorded end.",
}


@database.scoped
async def reached(scope: Scope) -> list[int]:
    """The organisations whose chains the viewer can follow to their end, and the systems' own (minus the county)."""
    if scope.reach is not Reach.COUNTY:
        return [scope.organisation] if scope.organisation else []
    return await database.values(
        int,
        "SELECT id FROM organisation WHERE county = ANY(:counties)"
        " UNION SELECT -unnest(:counties::bigint[]) ORDER BY 1",
        counties=list(scope.counties),
    )


@dataclass(frozen=True)
class _Event(LinkRow):
    """An event, with where its chain should end; both are read by one statement, so that both are of one moment."""

    head_sequence: int | None
    head_digest: bytes | None


@dataclass(frozen=True)
class _Empty(database.Row):
    organisation: int


@database.scoped
async def chains(scope: Scope) -> list[Tampering]:
    """Re-compute every chain of events that the viewer reaches, to the end that its head states."""
    reach = await reached(scope)
    found: list[Tampering] = []
    walk, last, broken = chain.Walk(), None, False

    def fault(kind: Break | None, organisation: int, number: int) -> bool:
        if kind is not None:
            found.append(Tampering(SENTENCES[kind], {"chain": organisation, "number": number}))
        return kind is not None

    def close(event: _Event) -> None:
        fault(walk.end(event.head_sequence or 0, event.head_digest or b""), event.organisation, walk.expected - 1)

    async for event in database.stream(
        _Event,
        "SELECT e.*, h.sequence AS head_sequence, h.digest AS head_digest FROM audit_event e"
        " LEFT JOIN chain_head h ON h.chain = 'audit' AND h.organisation = e.organisation"
        " WHERE e.organisation = ANY(:reach) ORDER BY e.organisation, e.sequence",
        reach=reach,
    ):
        if last is None or event.organisation != last.organisation:
            if last is not None and not broken:
                close(last)
            walk, broken = chain.Walk(), False
        last = event
        if not broken:
            kind = walk.step(event.sequence, event.previous, event.digest, event.content())
            broken = fault(kind, event.organisation, walk.expected)
    if last is not None and not broken:
        close(last)
    for empty in await database.rows(
        _Empty,
        "SELECT h.organisation FROM chain_head h WHERE h.chain = 'audit' AND h.sequence > 0"
        " AND h.organisation = ANY(:reach)"
        " AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.organisation = h.organisation) ORDER BY 1",
        reach=reach,
    ):
        fault(Break.MISSING, empty.organisation, 1)
    return found


@dataclass(frozen=True)
class Seal(database.Row):
    """A daily seal as it is stored."""

    day: date
    sequence: int
    previous: bytes
    digest: bytes
    heads: list[dict[str, object]]

    def content(self) -> dict[str, object]:
        """What is hashed."""
        return {"day": self.day, "heads": self.heads}


@dataclass(frozen=True)
class _LastSeal(database.Row):
    sequence: int
    digest: bytes


@database.scoped
async def seals(scope: Scope) -> list[Tampering]:
    """The seals are a chain that ends at its head, each is told of by the trail, and each holds heads that are links
    of their chains to this day."""
    found: list[Tampering] = []
    head = await database.row(
        _LastSeal, "SELECT sequence, digest FROM chain_head WHERE chain = 'seal' AND organisation = 0"
    )
    until = head.sequence if head else 0  # a seal that is set while this runs is left to the next time
    walk, kind, broken = chain.Walk(), None, 0
    async for seal in database.stream(Seal, "SELECT * FROM audit_seal WHERE sequence <= :until ORDER BY sequence",
                                      until=until):  # fmt: skip
        kind = walk.step(seal.sequence, seal.previous, seal.digest, seal.content())
        if kind is not None:
            broken = walk.expected
            break
    if kind is None and head is not None:
        kind, broken = walk.end(head.sequence, head.digest), walk.expected
    if kind is not None:
        message = "Seal %(number)s was changed afterwards."
        if kind is not Break.CHANGED:
            message = "Seal %(number)s is missing."
        found.append(Tampering(message, {"number": broken}))
    found += [
        Tampering("The seal of %(day)s is not the one that the trail tells of.", {"day": day})
        for day in await database.values(
            str,
            "SELECT e.details ->> 'day' FROM audit_event e WHERE e.verb = 'audit.seal' AND NOT EXISTS ("
            " SELECT 1 FROM audit_seal s WHERE s.day::text = e.details ->> 'day'"
            " AND encode(s.digest, 'hex') = e.details ->> 'digest') ORDER BY 1",
        )
    ]
    if head is None:
        found += [
            Tampering("The seal of %(day)s is in no chain.", {"day": day})
            for day in await database.values(str, "SELECT day::text FROM audit_seal ORDER BY day")
        ]
    return found + await unsealed(
        scope, Chain.AUDIT, await reached(scope),
        "SELECT 1 FROM audit_event l WHERE l.organisation = h.organisation AND l.sequence = h.sequence"
        " AND encode(l.digest, 'hex') = h.digest",
    )  # fmt: skip


SEALED = {
    Chain.AUDIT: "Chain %(chain)s: entry %(number)s, which the seal of %(day)s names, is gone or was changed.",
    Chain.SERVICE_RECORD: "Service records of organisation %(chain)s: record %(number)s, which the seal of %(day)s"
    " names, is gone or was changed.",
}


@dataclass(frozen=True)
class _Unsealed(database.Row):
    organisation: int
    sequence: int
    day: str


async def unsealed(scope: Scope, kind: Chain, reach: Sequence[int], link: str) -> list[Tampering]:
    """The first sealed head of each chain that is no link of it any more. `link` is a query that finds the link of
    the head `h` (organisation, sequence, digest in hexadecimal)."""
    return [
        Tampering(SEALED[kind], {"chain": one.organisation, "number": one.sequence, "day": one.day})
        for one in await database.rows(
            _Unsealed,
            f"""
            SELECT DISTINCT ON (h.organisation) h.organisation, h.sequence, s.day::text AS day
            FROM audit_seal s CROSS JOIN LATERAL jsonb_to_recordset(s.heads)
              AS h(chain text, organisation bigint, sequence bigint, digest text)
            WHERE h.chain = :kind AND h.sequence > 0 AND h.organisation = ANY(:reach) AND NOT EXISTS ({link})
            ORDER BY h.organisation, s.day
            """,
            kind=kind,
            reach=reach,
        )
    ]


@database.scoped
async def against(scope: Scope, kept: Mapping[str, str]) -> list[Tampering]:
    """Hold seals that were kept elsewhere (days with digests in hexadecimal) against those that are here."""
    here = await kept_here(scope)
    return [
        Tampering("The seal of %(day)s is not the one that was kept.", {"day": day})
        if day in here
        else Tampering("The seal of %(day)s, which was kept, is missing.", {"day": day})
        for day, digest in sorted(kept.items())
        if here.get(day) != digest
    ]


@dataclass(frozen=True)
class _Kept(database.Row):
    day: date
    digest: bytes


@database.scoped
async def kept_here(scope: Scope) -> dict[str, str]:
    """The digest of every seal in hexadecimal, by its day, in order."""
    rows = await database.rows(_Kept, "SELECT day, digest FROM audit_seal ORDER BY sequence")
    return {row.day.isoformat(): row.digest.hex() for row in rows}


ROWS = {
    (True, True): "Row %(number)s of %(table)s is not what the trail says was made of it.",
    (True, False): "The trail tells of no row %(number)s of %(table)s, and there is one.",
    (False, True): "Row %(number)s of %(table)s, which the trail tells of, is gone.",
}


@database.scoped
async def rows(scope: Scope) -> list[Tampering]:
    """Hold every row that the trail holds against the last event that tells of it; only who reads the whole trail
    can. What belongs to no county may be told of in another's trail."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        Tampering(ROWS[one.here, one.told], {"number": one.id, "table": held.name})
        for held, found in await held_rows.differing(scope.counties)
        for one in found
        if one.told or not held.common
    ]
