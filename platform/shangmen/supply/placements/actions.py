"""Verbs on placements: end. They begin when an offer is accepted (`offers.actions`)."""

from shangmen import database, effects
from shangmen.access import Reach, Scope
from shangmen.errors import Conflict, Forbidden, Refused
from shangmen.foundation.deeds.actions import kept
from shangmen.supply.placements import endings
from shangmen.supply.placements.events import PlacementEnding
from shangmen.supply.placements.forms import EndForm
from shangmen.supply.placements.states import PlacementState
from shangmen.supply.placements.tables import Placement


@database.scoped
async def end(scope: Scope, placement: int, form: EndForm) -> int:
    """End a placement after its last day `form.on`; the need waits again, what was held and not used is free.

    By the bureau or the need's station. `form.on` may lie in the past, but neither before the beginning nor before a
    visit that was made. Refused after the present end.
    """
    row = await database.lock(Placement, placement)
    if scope.reach != Reach.COUNTY and scope.organisation != row.station:
        raise Forbidden("The bureau or the recipient's station ends a placement.")
    if row.state != PlacementState.IN_FORCE:
        raise Conflict("This placement has ended already.")
    if row.valid_to is not None and form.on > row.valid_to:
        raise Refused("It ends on %(last)s already.", field="on", last=row.valid_to.isoformat())
    if form.on < row.valid_from:
        raise Refused("It begins on %(first)s and cannot end before.", field="on", first=row.valid_from.isoformat())
    async with (
        kept(
            scope, "placements.end", "placements.end", "placement", placement,
            station=row.station, reason=form.reason, on=form.on,
        ),
        database.elevated(scope) as system,
    ):  # fmt: skip
        await effects.publish(system, PlacementEnding(placement, form.on))
        await endings.finish(system, row, form.on, form.reason)
        await endings.free(system, row.need)
    return placement


@database.scoped
async def run_out(scope: Scope, placement: int) -> int:
    """The last day of a placement is past: it ends with it, and its need, if that goes on, waits again."""
    row = await database.lock(Placement, placement)
    await endings.finish(scope, row, row.valid_to, "term_over")
    await endings.free(scope, row.need)
    return placement
