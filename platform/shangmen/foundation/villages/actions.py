"""Noting the villages of a township, by hand. Lists of villages come in by `kind.py` of this feature."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports.cells import places
from shangmen.foundation.regions import points
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.villages import queries
from shangmen.foundation.villages.forms import VillageForm
from shangmen.foundation.villages.tables import Village


@database.scoped
async def note(scope: Scope, form: VillageForm) -> int:
    """Note a village of a township; its id.

    Raises Refused for a township that is not the viewer's, for a name that the township has already, and for a point
    that can hardly be meant (`points.placed`).
    """
    name = await _checked(scope, form)
    point = points.placed(form.latitude, form.longitude, form.system, await regions.whereabouts(scope), form.meant)
    id = await database.add(
        Village(
            county=scope.county,
            township=form.township,
            name=name,
            latitude=point.latitude if point else None,
            longitude=point.longitude if point else None,
            position_source=_source(point, form),
            closed=form.closed,
        )
    )
    record(scope, "villages.note", "village", id, name=name, township=form.township)
    return id


@database.scoped
async def correct(scope: Scope, id: int, form: VillageForm) -> int:
    """Keep a village under another name or at another point, or close it; its id.

    Raises what `note` raises, Stale when it was changed since `form.version`, and Conflict for another township: that
    is another village.
    """
    before = await database.lock(Village, id, form.version)
    if before.county not in scope.counties:
        raise NotFound
    if before.township != form.township:
        raise Conflict("A village stays in its township. Note it there, and close this one.")
    name = await _checked(scope, form, id)
    values: dict[str, object] = {"name": name, "closed": form.closed}
    if (form.latitude, form.longitude) != (before.latitude, before.longitude):
        point = points.placed(form.latitude, form.longitude, form.system, await regions.whereabouts(scope), form.meant)
        values |= {
            "latitude": point.latitude if point else None,
            "longitude": point.longitude if point else None,
            "position_source": _source(point, form),
        }
    await database.change(Village, id, {getattr(Village, column): value for column, value in values.items()})
    changes = [
        (column, str(was), str(value)) for column, value in values.items() if (was := vars(before)[column]) != value
    ]
    record(scope, "villages.correct", "village", id, changes=changes)
    return id


def _source(point: points.Point | None, form: VillageForm) -> PositionSource:
    if point is None:
        return PositionSource.UNKNOWN
    return PositionSource.SYNTHETIC if form.synthetic else point.source


async def _checked(scope: Scope, form: VillageForm, id: int = 0) -> str:
    """The name as it is kept. Raises Refused."""
    if form.township not in await queries.own_townships(scope):
        raise Refused("Choose the township.", field="township")
    name, rest = places.village(form.name)
    if rest:
        raise Refused("A village's name, without its groups and houses.", field="name")
    if await Village.exists().where(Village.township == form.township, Village.name == name, Village.id != id):
        raise Refused("This township has a village of this name.", field="name")
    return name
