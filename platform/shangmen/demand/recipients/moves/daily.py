"""What a date brings to moves: what was accepted ahead is carried out; who leaves the county rests, then is gone."""

from collections import Counter
from datetime import date

from shangmen import database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.demand.recipients.moves import actions
from shangmen.demand.recipients.states import MoveState
from shangmen.demand.recipients.tables import Move
from shangmen.errors import Conflict
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import kept

# What is due on a day; the same, read on a kept county, are its contradictions.
ARRIVING = "state = 'accepted' AND day <= :day"
RESTING = (
    "county <> to_county AND state IN ('offered', 'done') AND rested_on IS NULL AND left_on IS NULL AND day <= :day"
)
LEAVING = "county <> to_county AND state IN ('offered', 'done') AND left_on IS NULL AND last_day < :day"
GONE = "Something else happened to them before the day of the move."


async def _due(scope: Scope, condition: str, day: date) -> list[int]:
    return await database.values(
        int, f"SELECT id FROM move WHERE county = :county AND {condition} ORDER BY id", county=scope.county, day=day
    )


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Everything that the day brings to the moves of a county."""
    done: Counter[str] = Counter()
    for id in await _due(scope, ARRIVING, day):
        await _arrive(scope, await database.lock(Move, id))
        done["moved"] += 1
    for id in await _due(scope, RESTING, day):
        await actions.rest(scope, await database.lock(Move, id))
        done["moves_resting"] += 1
    for id in await _due(scope, LEAVING, day):
        await actions.leave(scope, await database.lock(Move, id), day)
        done["left"] += 1
    return done


async def _arrive(scope: Scope, move: Move) -> None:
    """Carry it out; where somebody died or left in the meantime the file comes back to its station."""
    try:
        async with (
            database.savepoint(),
            kept(scope, "moves.accept", "moves.accept", "move", move.id, station=move.to_station, effective=move.day),
        ):
            await database.change(Move, move.id, {Move.state: move.state.to(MoveState.DONE)})
            await actions.carry_out(scope, move)
            record(scope, "moves.arrive", "move", move.id, day=move.day)
    except Conflict:
        await database.value(str, "SELECT set_config('app.deed', '', true)")
        await database.change(Move, move.id, {Move.state: move.state.to(MoveState.RETURNED), Move.answer: GONE})
        record(scope, "moves.give_back", "move", move.id, GONE)


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Moves whose day has come and that were not carried out."""
    return [
        Contradiction(f"moves.{rule}", "move", id)
        for rule, condition in (("not_arrived", ARRIVING), ("not_resting", RESTING), ("not_left", LEAVING))
        for id in await _due(scope, condition, day)
    ]
