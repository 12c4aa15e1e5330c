"""Reads of the queue: held records, the longest first, with who decides on them and since when."""

from dataclasses import dataclass
from datetime import datetime

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records import notices
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.web import lists


@dataclass(frozen=True)
class Asked:
    """What the queue is asked for: records with a finding of this rule, of this supplier; `mine` to decide on."""

    rule: str = ""
    supplier: int | None = None
    mine: bool = False


@dataclass(frozen=True)
class HeldRow(database.Row):
    """A held record with who decides on it; `since` when it was held."""

    id: int
    person: int
    person_name: str
    begun_at: datetime
    ended_at: datetime
    item_code: str
    item_name: str
    item_english: str
    supplier: int
    supplier_name: str
    decider_name: str
    mine: bool
    since: datetime
    findings: list[Finding]

    @property
    def key(self) -> str:
        """Which record, and how much of it the reader has seen: what was found since is not decided on unread."""
        return f"{self.id}.{len(self.findings)}"


_ORDER = "d.decided_at, d.service_record"
_FROM = f"FROM verdict d JOIN service_record r ON r.id = d.service_record{notices.WHO}"
_OF_RULE = "EXISTS (SELECT 1 FROM finding f WHERE f.service_record = d.service_record AND f.rule = :rule)"


def _shown(scope: Scope) -> str:
    return f"""
r.id, r.person, coalesce(s.name, '') AS person_name, r.begun_at, r.ended_at, i.code AS item_code,
       i.name AS item_name, i.english AS item_english, r.supplier, o.name AS supplier_name,
       CASE WHEN {notices.OWN_WORK} THEN coalesce(
         (SELECT b.name FROM organisation b WHERE b.county = t.county AND b.kind = 'bureau' ORDER BY b.id LIMIT 1), '')
         ELSE t.name END AS decider_name,
       ({notices.TO_DECIDE.get(scope.role, "false")}) AS mine, d.decided_at AS since,
       coalesce((SELECT jsonb_agg(jsonb_build_object('rule', f.rule, 'severity', f.severity, 'message', f.message,
                                                     'details', f.details) ORDER BY f.severity = 'note', f.id)
                 FROM finding f WHERE f.service_record = r.id), '[]') AS findings
{_FROM} JOIN visit v ON v.id = r.visit JOIN service_item i ON i.id = v.service_item
LEFT JOIN person s ON s.id = r.person
"""


def _which(scope: Scope, asked: Asked) -> str:
    return lists.where(
        f"{lists.within(scope, 'd')} AND d.state = 'held'",
        {
            _OF_RULE: asked.rule,
            "d.supplier = :supplier": asked.supplier,
            notices.TO_DECIDE.get(scope.role, "false"): asked.mine or None,
        },
    )


@database.scoped
async def held(
    scope: Scope, asked: Asked, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[HeldRow], int]:
    """Held records that the viewer reaches, those that wait longest first; and how many fit."""
    return await lists.part(
        HeldRow,
        _shown(scope),
        f"{_FROM} WHERE {_which(scope, asked)}",
        _ORDER,
        "r.id",
        limit=limit,
        offset=offset,
        organisation=scope.organisation or 0,
        rule=asked.rule,
        supplier=asked.supplier,
        **lists.counties(scope),
    )


@dataclass(frozen=True)
class LikeRow(database.Row):
    """How many held records have a finding of a rule."""

    rule: str
    count: int


@database.scoped
async def like(scope: Scope, mine: bool) -> list[LikeRow]:
    """The rules that held records, with how many; the most frequent first."""
    return await database.rows(
        LikeRow,
        f"""
        SELECT f.rule, count(DISTINCT f.service_record) AS count {_FROM}
        JOIN finding f ON f.service_record = d.service_record AND f.severity <> 'note'
        WHERE {_which(scope, Asked(mine=mine))} GROUP BY f.rule ORDER BY 2 DESC, 1
        """,
        organisation=scope.organisation or 0,
        **lists.counties(scope),
    )


@database.scoped
async def following(scope: Scope, asked: Asked, after: int) -> int | None:
    """The held record on which the viewer is to decide after another one, round the queue; None when none is left."""
    return await database.value(
        int,
        f"""
        SELECT r.id {_FROM} WHERE {_which(scope, asked)} AND r.id <> :after
        ORDER BY (d.decided_at, d.service_record) <= (
          SELECT x.decided_at, x.service_record FROM verdict x WHERE x.service_record = :after), {_ORDER} LIMIT 1
        """,
        organisation=scope.organisation or 0,
        rule=asked.rule,
        supplier=asked.supplier,
        after=after,
        **lists.counties(scope),
    )


@database.scoped
async def findings(scope: Scope, record: int) -> int:
    """How many findings a record has."""
    return await database.number("SELECT count(*) FROM finding WHERE service_record = :record", record=record)
