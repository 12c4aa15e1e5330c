"""Loading a county from the gazetteer."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions import distance, gazetteer, synthetic_positions
from shangmen.foundation.regions.states import Level, PositionSource, Terrain
from shangmen.foundation.regions.tables import Division

_AT_THE_SEAT_METRES = 3000


async def load_county(scope: Scope, code: str, on: date) -> int:
    """Load a county of Ningxia by its code of six digits, or twelve: the county with its outline, the city and the
    region that it belongs to, its townships with what they followed.

    Township centres are GeoNames' or synthetic, and labelled so. Loading again changes nothing. `scope` is the
    system's without a county, for there is none yet; call it outside a transaction. `on` is noted in the trail.
    Raises Refused for an unknown code. Returns the county's id.
    """
    six = code.removesuffix("000000") if len(code) == 12 else code
    county, fresh = await _write(scope, six)
    if fresh:
        await _note(replace(scope, counties=(county,)), county, six, on)
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
            parent=await _city(code),
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


async def _city(code: str) -> int:
    """The city that a county belongs to, in its region; both are written with their first county."""
    region, name = gazetteer.REGION
    whole = await _above(Level.REGION, region, name, None)
    return await _above(Level.CITY, f"{code[:4]}00000000", gazetteer.CITIES[code[:4]], whole)


async def _above(level: Level, code: str, name: str, parent: int | None) -> int:
    known = await database.value(int, "SELECT id FROM division WHERE code = :code ORDER BY id LIMIT 1", code=code)
    if known is not None:
        return known
    return await database.add(
        Division(code=code, name=name, level=level, parent=parent, valid_from=gazetteer.KNOWN_SINCE)
    )


Placed = tuple[synthetic_positions.Point, PositionSource]


def positions(code: str) -> dict[str, Placed]:
    """A centre for each present township: GeoNames' where it has one; the others are made up around these.

    Where no known one lies at the county seat, the first township does; hills lie to the east.
    """
    names = sorted(gazetteer.townships(code))
    found: dict[str, Placed] = {
        name: (at, PositionSource.GEONAMES) for name in names if (at := gazetteer.point(name)) is not None
    }
    seat = gazetteer.COUNTIES[code]
    missing = [name for name in names if name not in found]
    near = any(
        distance.metres(*at, seat.latitude, seat.longitude) < _AT_THE_SEAT_METRES for at, _source in found.values()
    )
    if missing and not near:
        found[missing.pop(0)] = (seat.latitude, seat.longitude), PositionSource.SYNTHETIC
    known = [at for at, _source in found.values()]
    made = synthetic_positions.centres(gazetteer.outline(code), known, len(missing), seed=int(code))
    missing.sort(key=lambda name: (gazetteer.terrain(name) == Terrain.HILLS, name))
    return found | {name: (at, PositionSource.SYNTHETIC) for name, at in zip(missing, made, strict=True)}


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


def _township(county: int, code: str, name: str, at: Placed, begun: date) -> Division:
    (latitude, longitude), source = at
    return Division(
        code=code,
        name=name,
        level=Level.TOWNSHIP,
        parent=county,
        valid_from=begun,
        latitude=Decimal(str(latitude)),
        longitude=Decimal(str(longitude)),
        position_source=source,
        terrain=gazetteer.terrain(code),
    )
