"""Reading records back whole: for the chain, for a correction."""

from collections import defaultdict
from typing import Any

import asyncpg

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records import chain as writing
from shangmen.foundation.audit import chain

Row = dict[str, Any]


class Whole:
    """A record with its parts; JSON columns decoded."""

    def __init__(self, record: asyncpg.Record) -> None:
        self.record: Row = {**record, "observations": database.from_json(record["observations"])}
        self.attendances: list[Row] = []
        self.lines: list[Row] = []
        self.findings: list[Row] = []
        self.check_ins: list[Row] = []

    @property
    def at_once(self) -> list[Row]:
        """What the rules found when the record was written; later findings have a later moment."""
        return [row for row in self.findings if row["found_at"] <= self.record["recorded_at"]]

    def link(self) -> tuple[int, bytes, bytes, Row]:
        """Its link of the chain."""
        hashed = writing.content(self.record, self.attendances, self.lines, self.at_once, self.check_ins)
        return self.record["sequence"], self.record["previous"], self.record["digest"], hashed


async def _parts(records: list[asyncpg.Record]) -> list[Whole]:
    wholes = {record["id"]: Whole(record) for record in records}
    ids, visits = list(wholes), sorted({record["visit"] for record in records})
    for table in ("attendance", "service_line", "finding"):
        rows = await database.fetch(
            f"SELECT * FROM {table} WHERE service_record = ANY(:ids) ORDER BY id",
            ids=ids,
        )
        for row in rows:
            whole = wholes[row["service_record"]]
            if table == "finding":
                whole.findings.append({**row, "details": database.from_json(row["details"])})
            else:
                (whole.attendances if table == "attendance" else whole.lines).append(dict(row))
    arrived: dict[int, list[Row]] = defaultdict(list)
    for row in await database.fetch("SELECT * FROM check_in WHERE visit = ANY(:visits) ORDER BY id", visits=visits):
        arrived[row["visit"]].append(dict(row))
    for whole in wholes.values():
        whole.check_ins = arrived[whole.record["visit"]]
    return list(wholes.values())


@database.scoped
async def whole(scope: Scope, id: int) -> Whole | None:
    """One record with its parts, or None where the viewer reaches none."""
    rows = await _parts(await database.fetch("SELECT * FROM service_record WHERE id = :id", id=id))
    return rows[0] if rows else None


@database.scoped
async def verify_chain(scope: Scope) -> str | None:
    """Re-compute every chain of records that the viewer reaches; the first break in words, or None.

    Covers records, attendances, lines, check-ins and findings; later findings are covered by the digest that the
    trail holds of each.
    """
    heads = await database.fetch(
        "SELECT h.organisation, h.digest FROM chain_head h JOIN organisation o ON o.id = h.organisation"
        " WHERE h.chain = :chain AND (:all OR h.organisation = :own) ORDER BY h.organisation",
        chain=writing.CHAIN,
        all=scope.reach == "county",
        own=scope.organisation or 0,
    )
    for head in heads:
        records = await _parts(
            await database.fetch(
                "SELECT * FROM service_record WHERE supplier = :supplier ORDER BY sequence, id",
                supplier=head["organisation"],
            )
        )
        fault = chain.first_break([record.link() for record in records], head["digest"])
        if fault is None and scope.reach == "county":
            fault = await _later_break(records)
        if fault:
            return f"service records of organisation {head['organisation']}: {fault}"
    return None


async def _later_break(records: list[Whole]) -> str | None:
    """Whether the findings of later are those that the trail tells of. The trail holds them in the chains of who
    brought them to light, so only who reads the whole county can tell."""
    told: dict[int, list[str]] = defaultdict(list)
    for event in await database.fetch(
        "SELECT subject_id, details FROM audit_event WHERE verb = 'service_records.find'"
        " AND subject = 'service_record' AND subject_id = ANY(:ids)",
        ids=[record.record["id"] for record in records],
    ):
        told[event["subject_id"]].append(database.from_json(event["details"])["finding"])
    for record in records:
        at_once = {row["id"] for row in record.at_once}
        later = [writing.finding_digest(row) for row in record.findings if row["id"] not in at_once]
        if sorted(later) != sorted(told[record.record["id"]]):
            return f"the later findings of link {record.record['sequence']} were changed"
    return None
