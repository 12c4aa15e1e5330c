"""Loading a county from the gazetteer."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions import gazetteer, synthetic_positions
from shangmen.foundation.regions.states import Level, PositionSource, Terrain
from shangmen.foundation.regions.tables import Division


async def load_county(scope: Scope, code: str, on: date) -> int:
    """Load a county of Ningxia by its six-digit code: the county, its outline, its townships with what they followed.

    Township centres are synthetic and labelled so. Loading again changes nothing. `scope` is the system's without a
    county, for there is none yet; call it outside a transaction. `on` is noted in the trail. Raises Refused for an
    unknown code. Returns the county's id.
    """
    county, fresh = await _write(scope, code[:6])
    if fresh:
        await _note(replace(scope, counties=(county,)), county, code[:6], on)
    return county


@database.scoped
async def _note(scope: Scope, county: int, code: str, on: date) -> None:
    record(scope, "regions.load", "division", county, code=code, on=on)


@database.scoped
async def _write(scope: Scope, code: str) -> tuple[int, bool]:
    """The county's id, and whether it was loaded now."""
    if code not in gazetteer.COUNTIES:
        raise Refused("There is no county %(code)s in Ningxia's gazetteer.", field="code", code=code)
    await database.execute("LOCK TABLE division IN SHARE ROW EXCLUSIVE MODE")  # two loads at once make one county
    known = await database.value(
        int, "SELECT id FROM division WHERE code = :code AND level = 'county'", code=f"{code}000000"
    )
    if known is not None:
        return known, False
    seat, outline = gazetteer.COUNTIES[code], gazetteer.outline(code)
    county = await database.add(
        Division(
            code=f"{code}000000",
            name=seat.name,
            level=Level.COUNTY,
            valid_from=gazetteer.KNOWN_SINCE,
            latitude=Decimal(str(seat.latitude)),
            longitude=Decimal(str(seat.longitude)),
            position_source=PositionSource.SURVEYED,
            terrain=gazetteer.terrain(code),
            boundary=database.to_json(outline),
        )
    )
    await _write_townships(county, code)
    return county, True


def positions(code: str) -> dict[str, synthetic_positions.Point]:
    """A synthetic centre for each present township: the first sits at the county seat, hills lie to the east."""
    names = sorted(gazetteer.townships(code))
    seat = gazetteer.COUNTIES[code]
    made = synthetic_positions.centres(
        gazetteer.outline(code), (seat.latitude, seat.longitude), len(names), seed=int(code)
    )
    rest = sorted(names[1:], key=lambda name: (gazetteer.terrain(name) == Terrain.HILLS, name))
    return dict(zip([names[0], *rest], made, strict=True))


async def _write_townships(county: int, code: str) -> None:
    followed = {change.replaced_by: change for change in gazetteer.CHANGES}
    at = positions(code)
    for township, name in sorted(gazetteer.townships(code).items()):
        change = followed.get(township)
        begun = change.last + timedelta(days=1) if change else gazetteer.KNOWN_SINCE
        present = await database.add(_township(county, township, name, at[township], begun))
        if change:
            before = _township(county, change.code, change.name, at[township], gazetteer.KNOWN_SINCE)
            before.valid_to, before.replaced_by = change.last, present
            await database.add(before)


def _township(county: int, code: str, name: str, at: synthetic_positions.Point, begun: date) -> Division:
    return Division(
        code=code,
        name=name,
        level=Level.TOWNSHIP,
        parent=county,
        valid_from=begun,
        latitude=Decimal(str(at[0])),
        longitude=Decimal(str(at[1])),
        position_source=PositionSource.SYNTHETIC,
        terrain=gazetteer.terrain(code),
    )
