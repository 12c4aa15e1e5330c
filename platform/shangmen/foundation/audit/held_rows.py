"""Rows that the trail holds: of whatever a transaction leaves of them, its last event tells the digest.

Which rows those are, the database notes (trail.sql); so a row that was changed past the program, by the owner too, is
one that the trail does not tell of. A feature names its tables as `Held` in its proofs.py; wiring.py lists them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from piccolo.columns import Column, Timestamptz
from piccolo.table import Table

from shangmen import database

ROWS = "leaves"  # under which details hold them, as {"need:5": digest}; "" for a row that is gone


@dataclass(frozen=True)
class Held:
    """A table whose rows are told, all columns but moments, counters and secrets; `common` where it has no county."""

    table: type[Table]
    but: tuple[Column, ...] = ()
    common: bool = False

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table._meta.tablename

    @property
    def columns(self) -> list[str]:
        """The names of the columns that are told."""
        left_out = {column._meta.db_column_name for column in self.but}
        return [
            str(column._meta.db_column_name)
            for column in self.table._meta.columns
            if column._meta.db_column_name not in left_out and not isinstance(column, Timestamptz)
        ]

    @property
    def of_counties(self) -> str:
        """SQL: whether the row `x` is one of some counties; row-level security alone says so where no column does."""
        return "x.county = ANY(:counties)" if "county" in self.columns else "cardinality(:counties::bigint[]) > 0"

    @property
    def digest(self) -> str:
        """SQL: the digest of the row `x`; half of a SHA-256 keeps events short."""
        parts = ", ".join(f"'{name}', x.{name}" for name in self.columns)
        return f"left(encode(sha256(convert_to(jsonb_build_object({parts})::text, 'UTF8')), 'hex'), 32)"


_held: list[Held] = []


def wire(held: Iterable[Held]) -> None:
    """Replace the list of tables by this one."""
    _held[:] = held


@dataclass(frozen=True)
class _Told(database.Row):
    id: int
    county: int | None
    digest: str


async def told() -> dict[tuple[str, int | None], str]:
    """The digests of the rows that the transaction has touched since this was last asked, by name and county."""
    touched = await database.value(str, "SELECT current_setting('app.touched', true)")
    if not touched:
        return {}
    ids: dict[str, set[int]] = defaultdict(set)
    for one in touched.split():
        table, _colon, id = one.partition(":")
        ids[table].add(int(id))
    found: dict[tuple[str, int | None], str] = {}
    for held in _held:
        if held.name in ids:
            county = "x.county" if "county" in held.columns else "NULL::bigint"
            sql = f"SELECT x.id, {county} AS county, {held.digest} AS digest FROM {held.name} x WHERE x.id = ANY(:ids)"
            rows = await database.rows(_Told, sql, ids=sorted(ids[held.name]))
            found |= {(f"{held.name}:{row.id}", row.county): row.digest for row in rows}
            found |= {(f"{held.name}:{id}", None): "" for id in sorted(ids[held.name] - {row.id for row in rows})}
    await database.execute("SELECT set_config('app.touched', '', true)")
    return found


@dataclass(frozen=True)
class Compared(database.Row):
    """A row that is not what the trail tells: whether it is there, and whether it is told of."""

    id: int
    here: bool
    told: bool


async def differing(counties: Sequence[int]) -> list[tuple[Held, list[Compared]]]:
    """Every row of some counties that is not what the last event that tells of it says, of what the viewer reaches."""
    return [
        (
            held,
            await database.rows(
                Compared,
                f"""
                WITH told AS (
                  SELECT DISTINCT ON (r.key) split_part(r.key, ':', 2)::bigint AS id, r.value AS digest
                  FROM audit_event e, jsonb_each_text(e.details -> '{ROWS}') r
                  WHERE e.details ? '{ROWS}' AND split_part(r.key, ':', 1) = :name ORDER BY r.key, e.id DESC),
                here AS (SELECT x.id, {held.digest} AS digest FROM {held.name} x
                         WHERE {held.of_counties})
                SELECT coalesce(h.id, t.id) AS id, h.id IS NOT NULL AS here, t.id IS NOT NULL AS told
                FROM here h FULL JOIN told t ON t.id = h.id
                WHERE coalesce(h.digest, '') IS DISTINCT FROM t.digest ORDER BY 1
                """,
                name=held.name,
                counties=list(counties),
            ),
        )
        for held in _held
    ]
