"""Reads of what people decided."""

from dataclasses import dataclass
from datetime import datetime

from shangmen import database
from shangmen.access import Scope
from shangmen.supply.matching_runs.adapter import Assignment, need_id, supplier_id, variant
from shangmen.supply.matching_runs.certificate import Reason
from shangmen.supply.matching_runs.states import Change, PinKind


@dataclass(frozen=True)
class PinRow(database.Row):
    """A person's word on a need to the runs."""

    id: int
    supplier: int | None
    supplier_name: str | None
    kind: PinKind
    reason: str
    created_by_name: str | None
    created_at: datetime
    lifted_at: datetime | None


@database.scoped
async def pins(scope: Scope, need: int) -> list[PinRow]:
    """Every word on a need to the runs, the standing first."""
    return await database.rows(
        PinRow,
        """
        SELECT p.*, o.name AS supplier_name, u.name AS created_by_name FROM pin p
        LEFT JOIN organisation o ON o.id = p.supplier LEFT JOIN app_user u ON u.id = p.created_by
        WHERE p.need = :need ORDER BY p.lifted_at IS NOT NULL, p.id DESC
        """,
        need=need,
    )


@dataclass(frozen=True)
class Standing(database.Row):
    """A proposal of a run as it stands, changes by hand included."""

    id: int
    need: int
    supplier: int | None
    contract_line: int | None
    metres: int | None
    reason: str
    reasons: list[Reason]
    change: Change
    previous_supplier: int | None
    overridden: bool
    override_reason: str

    def assignment(self) -> Assignment | None:
        """The same for the library; None when nobody serves it."""
        if self.supplier is None:
            return None
        return Assignment(need_id(self.need), supplier_id(self.supplier), variant(self.contract_line))


@database.scoped
async def standing(scope: Scope, run: int) -> list[Standing]:
    """Every proposal of a run as it stands, by need."""
    return await database.rows(
        Standing,
        """
        SELECT id, need, supplier, contract_line, metres, reason, reasons, change, previous_supplier, overridden,
               override_reason
        FROM proposal WHERE matching_run = :run ORDER BY need
        """,
        run=run,
    )


@dataclass(frozen=True)
class Contradiction(database.Row):
    """A word to the runs that the proposals of a run do not keep; `proposed` is what they say instead."""

    need: int
    kind: PinKind
    supplier: int | None
    supplier_name: str | None
    reason: str
    proposed: str | None


@database.scoped
async def contradictions(scope: Scope, run: int) -> list[Contradiction]:
    """Pins that the proposals of a run do not keep: those made after it, by need.

    What a person changed by hand stands against pins that were there before the run, not against later ones.
    """
    return await database.rows(
        Contradiction,
        """
        SELECT p.need, w.kind, w.supplier, o.name AS supplier_name, w.reason, s.name AS proposed
        FROM proposal p JOIN matching_run r ON r.id = p.matching_run
        JOIN pin w ON w.need = p.need AND w.lifted_at IS NULL AND (NOT p.overridden OR w.created_at >= r.created_at)
        LEFT JOIN organisation o ON o.id = w.supplier LEFT JOIN organisation s ON s.id = p.supplier
        WHERE p.matching_run = :run AND CASE
          WHEN w.kind = 'must' THEN w.supplier IS DISTINCT FROM p.supplier
          WHEN w.supplier IS NULL THEN p.supplier IS NOT NULL
          ELSE w.supplier = p.supplier END
        ORDER BY p.need, w.id
        """,
        run=run,
    )
