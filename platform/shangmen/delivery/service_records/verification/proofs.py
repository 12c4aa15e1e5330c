"""Proving records: their chains, what came to light later, and every verdict against what the trail says of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from shangmen import database
from shangmen.access import Reach, Scope
from shangmen.delivery.service_records import chain
from shangmen.delivery.service_records.whole_record import Whole, of_supplier
from shangmen.foundation.audit import proofs
from shangmen.foundation.audit.chain import Walk
from shangmen.foundation.audit.proofs import Tampering
from shangmen.foundation.audit.states import Break

SENTENCES = {
    Break.MISSING: "Service records of organisation %(chain)s: record %(number)s is missing.",
    Break.CHANGED: "Service records of organisation %(chain)s: record %(number)s was changed afterwards.",
    Break.END: "Service records of organisation %(chain)s: they end at record %(number)s, which is not the recorded"
    " end.",
}
LATER = "Service records of organisation %(chain)s: what was found later about record %(number)s was changed."


@dataclass(frozen=True)
class _Head(database.Row):
    """A chain's end as its head states it, and the last record that there is, both of one moment."""

    organisation: int
    sequence: int
    digest: bytes
    last: int


@database.scoped
async def chains(scope: Scope) -> list[Tampering]:
    """Re-compute every chain of records that the viewer reaches, batch by batch.

    Covers records, attendances, lines, check-ins and findings; later findings are covered by the digest that the
    trail holds of each.
    """
    found: list[Tampering] = []
    heads = await database.rows(
        _Head,
        """
        SELECT o.id AS organisation, coalesce(h.sequence, 0) AS sequence, coalesce(h.digest, '') AS digest,
               coalesce((SELECT max(r.sequence) FROM service_record r WHERE r.supplier = o.id), 0) AS last
        FROM organisation o LEFT JOIN chain_head h ON h.organisation = o.id AND h.chain = 'service_record'
        WHERE (:all OR o.id = :own)
          AND (h.id IS NOT NULL OR EXISTS (SELECT 1 FROM service_record r WHERE r.supplier = o.id)) ORDER BY o.id
        """,
        all=scope.reach is Reach.COUNTY,
        own=scope.organisation or 0,
    )
    for head in heads:
        found += await _chain(scope, head)
    return found + await proofs.unsealed(
        scope, chain.CHAIN, [head.organisation for head in heads] + await _without_records(scope),
        "SELECT 1 FROM service_record l WHERE l.supplier = h.organisation AND l.sequence = h.sequence"
        " AND encode(l.digest, 'hex') = h.digest",
    )  # fmt: skip


async def _without_records(scope: Scope) -> list[int]:
    """Organisations with neither a head nor a record: what a chain leaves that was deleted whole."""
    if scope.reach is not Reach.COUNTY:
        return []
    return await database.values(
        int,
        "SELECT o.id FROM organisation o WHERE NOT EXISTS (SELECT 1 FROM service_record r WHERE r.supplier = o.id)"
        " AND NOT EXISTS (SELECT 1 FROM chain_head h WHERE h.organisation = o.id AND h.chain = 'service_record')",
    )


async def _chain(scope: Scope, head: _Head) -> list[Tampering]:
    """Walk one chain; its first break, and the first change of what was found later."""
    found: dict[str, Tampering] = {}
    walk = Walk()
    async for batch in of_supplier(head.organisation):
        # a record of later than the head was written while this runs, unless it was there when the head was read
        known = [one for one in batch if one.record.sequence <= max(head.sequence, head.last)]
        for one in known:
            kind = walk.step(*chain.link(one))
            if kind is not None:
                return [_told(SENTENCES[kind], head.organisation, walk.expected)]
        if scope.reach is Reach.COUNTY and LATER not in found:
            number = await _later_break(known)
            if number is not None:
                found[LATER] = _told(LATER, head.organisation, number)
    kind = walk.end(head.sequence, head.digest) if head.sequence or head.last else None
    if kind is not None:
        found[kind] = _told(SENTENCES[kind], head.organisation, walk.expected - 1)
    return list(found.values())


def _told(sentence: str, organisation: int, number: int) -> Tampering:
    return Tampering(sentence, {"chain": organisation, "number": number})


@dataclass(frozen=True)
class _Later(database.Row):
    subject_id: int
    finding: str


async def _later_break(records: Sequence[Whole]) -> int | None:
    """The first record whose findings of later are not those that the trail tells of. The trail holds them in the
    chains of who brought them to light, so only who reads the whole county can tell."""
    told: dict[int, list[str]] = defaultdict(list)
    for event in await database.rows(
        _Later,
        "SELECT subject_id, details ->> 'finding' AS finding FROM audit_event WHERE verb = 'service_records.find'"
        " AND subject = 'service_record' AND subject_id = ANY(:ids)",
        ids=[one.record.id for one in records],
    ):
        told[event.subject_id].append(event.finding)
    for one in records:
        later = [chain.finding_digest(found.finding) for found in one.later]
        if sorted(later) != sorted(told[one.record.id]):
            return one.record.sequence
    return None


@dataclass(frozen=True)
class _Verdict(database.Row):
    visit: int
    here: bool
    told: bool


VERDICTS = {
    (True, True): "The verdict on visit %(visit)s is not the one that the trail tells of.",
    (True, False): "The trail tells of no verdict on visit %(visit)s, and there is one.",
    (False, True): "The verdict on visit %(visit)s, which the trail tells of, is gone.",
}


@database.scoped
async def verdicts(scope: Scope) -> list[Tampering]:
    """Hold every verdict against the last event that tells of it; only who reads the whole trail can."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        Tampering(VERDICTS[one.here, one.told], {"visit": one.visit})
        for one in await database.rows(
            _Verdict,
            """
            WITH told AS (
              SELECT DISTINCT ON ((details -> 'proof' ->> 'visit')::bigint)
                     (details -> 'proof' ->> 'visit')::bigint AS visit, details -> 'proof' AS proof
              FROM audit_event WHERE subject = 'service_record' AND details -> 'proof' ? 'visit'
              ORDER BY (details -> 'proof' ->> 'visit')::bigint, id DESC)
            SELECT coalesce(d.visit, t.visit) AS visit, d.id IS NOT NULL AS here, t.visit IS NOT NULL AS told
            FROM verdict d FULL JOIN told t ON t.visit = d.visit
            WHERE d.id IS NULL OR t.visit IS NULL OR t.proof <> jsonb_build_object(
              'visit', d.visit, 'record', d.service_record, 'state', d.state, 'decided_by', d.decided_by,
              'reason', d.reason)
              OR NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = d.service_record
                AND (r.county, r.station, r.supplier) = (d.county, d.station, d.supplier))
            ORDER BY 1
            """,
        )
    ]


@dataclass(frozen=True)
class _Moved(database.Row):
    supplier: int
    sequence: int


@database.scoped
async def moved(scope: Scope) -> list[Tampering]:
    """Lines and findings are whose their records are: who sees them, and who is paid."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        _told(SENTENCES[Break.CHANGED], one.supplier, one.sequence)
        for one in await database.rows(
            _Moved,
            """
            SELECT DISTINCT r.supplier, r.sequence FROM service_record r JOIN (
              SELECT service_record, county, station, supplier FROM service_line
              UNION ALL SELECT service_record, county, station, supplier FROM finding) x ON x.service_record = r.id
            WHERE (r.county, r.station, r.supplier) <> (x.county, x.station, x.supplier) ORDER BY 1, 2
            """,
        )
    ]


PICTURE = "A photo of visit %(visit)s is not the one that was sent."


@dataclass(frozen=True)
class _Picture(database.Row):
    visit: int


@database.scoped
async def pictures(scope: Scope) -> list[Tampering]:
    """Every picture is the one of its digest, which the trail tells of; only who reads the whole trail can say."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        Tampering(PICTURE, {"visit": one.visit})
        for one in await database.rows(
            _Picture,
            """
            SELECT f.visit FROM photo f WHERE f.digest <> sha256(f.image) OR NOT EXISTS (
              SELECT 1 FROM audit_event e WHERE e.subject = 'visit' AND e.subject_id = f.visit
                AND e.verb = 'service_records.photo' AND e.details ->> 'digest' = encode(f.digest, 'hex'))
            ORDER BY 1
            """,
        )
    ]
