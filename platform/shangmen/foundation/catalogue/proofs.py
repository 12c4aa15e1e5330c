"""Proving the catalogue and the parameters: the trail tells of every row, or it is as the set-up wrote it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import database
from shangmen.access import Reach, Scope
from shangmen.foundation.audit.held_rows import Held
from shangmen.foundation.audit.proofs import Tampering
from shangmen.foundation.catalogue import seed
from shangmen.foundation.catalogue.tables import Parameter, ServiceItem

HELD = (Held(Parameter, common=True), Held(ServiceItem, common=True))

_UNTOLD = """x.id NOT IN (
  SELECT split_part(k, ':', 2)::bigint FROM audit_event e, jsonb_object_keys(e.details -> 'leaves') k
  WHERE e.details ? 'leaves' AND split_part(k, ':', 1) = :table)"""


@dataclass(frozen=True)
class _Parameter(database.Row):
    id: int
    name: str
    value: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class _Item(database.Row):
    id: int
    code: str
    price_ceiling: Decimal | None


@database.scoped
async def untold(scope: Scope) -> list[Tampering]:
    """What no event tells of was written by the set-up, before there was a county whose trail could tell: it must be
    what the seed says. Only who reads every county's trail knows that none tells."""
    if scope.reach is not Reach.COUNTY or await _elsewhere(scope):
        return []
    values = {
        one.name: (database.decoded(object, database.to_json(one.value)), one.valid_from, None)
        for one in seed.PARAMETERS
    }
    there = set(await database.values(str, "SELECT DISTINCT name FROM parameter"))
    missing = values.keys() - there if there else set()
    prices = {one.code: one.first_version().price_ceiling for one in seed.ITEMS}
    parameters = await database.rows(
        _Parameter,
        f"SELECT x.id, x.name, x.value::text AS value, x.valid_from, x.valid_to FROM parameter x WHERE {_UNTOLD}",
        table="parameter",
    )
    items = await database.rows(
        _Item, f"SELECT x.id, x.code, x.price_ceiling FROM service_item x WHERE {_UNTOLD}", table="service_item"
    )
    return (
        [
            Tampering("The trail does not tell of parameter %(name)s as it is.", {"name": one.name})
            for one in parameters
            if values.get(one.name) != (database.decoded(object, one.value), one.valid_from, one.valid_to)
        ]
        + [
            Tampering("The trail does not tell of parameter %(name)s as it is.", {"name": name})
            for name in sorted(missing)
        ]
        + [
            Tampering("The trail does not tell of catalogue line %(code)s as it is.", {"code": one.code})
            for one in items
            if one.code not in prices or prices[one.code] != one.price_ceiling
        ]
    )


async def _elsewhere(scope: Scope) -> bool:
    """Whether there is a county whose trail is not read."""
    return await database.exists(
        "SELECT 1 FROM app_user WHERE county <> ALL(:counties)", counties=list(scope.counties)
    )
