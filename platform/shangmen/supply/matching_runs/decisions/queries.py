"""Reads of what people decided."""

from dataclasses import dataclass
from datetime import datetime

from shangmen import database
from shangmen.access import Scope
from shangmen.supply.matching_runs.states import PinKind


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
