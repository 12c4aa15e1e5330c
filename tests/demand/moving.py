"""What the tests of moves stand on: person A moves, within the county or out of it."""

from datetime import date

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients import daily
from shangmen.demand.recipients.moves import actions, queries
from shangmen.demand.recipients.moves.forms import AnswerForm, MoveForm
from shangmen.demand.recipients.states import MoveState
from tests.cast import Cast
from tests.delivery.rows import Placed, placed_need, planned_visit
from tests.supply.rows import days

WHY = AnswerForm("地址不详")


async def moving(cast: Cast, **changes: object) -> int:
    """Person A moves from the township of station A to that of station B, today."""
    form = {"day": clock.today(), "township": cast.township_b, "village": "红城水村", "address": "1组", **changes}
    return await actions.offer(cast.station_a, cast.person_a, MoveForm(**form))  # type: ignore[arg-type]  # by name


async def leaving(cast: Cast, **changes: object) -> int:
    """Person A moves to the other county, with consent."""
    form = {
        "day": clock.today(),
        "other_county": cast.other_county,
        "consent_on": clock.today(),
        "consent_by": "马测试",
    }
    return await actions.offer(cast.station_a, cast.person_a, MoveForm(**{**form, **changes}))  # type: ignore[arg-type]  # by name


async def upkept(cast: Cast, day: date) -> None:
    async with database.transaction(cast.system):
        await daily.bring(cast.system, day)


async def visited(cast: Cast) -> tuple[Placed, int]:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    return placed, await planned_visit(cast, placed, clock.at(days(3), 600), cast.worker_a.worker or 0)


async def unserved_there(cast: Cast) -> None:
    """No lot covers the township of station B."""
    async with database.transaction(cast.system):
        await database.execute("DELETE FROM lot_area WHERE division = :there", there=cast.township_b)


async def state(move: int, scope: Scope) -> MoveState:
    return (await queries.move(scope, move)).state
