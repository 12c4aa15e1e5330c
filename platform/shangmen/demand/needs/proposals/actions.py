"""Taking over what the ladder proposes."""

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.demand.needs import actions
from shangmen.demand.needs.forms import NeedForm, TakeForm
from shangmen.demand.needs.proposals import queries
from shangmen.demand.needs.windows import Preset
from shangmen.demand.recipients.states import PersonGroup
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record


@database.scoped
async def take(scope: Scope, township: int, form: TakeForm) -> list[int]:
    """State the chosen proposals of a township with the quantities of the form; an officer approves them at once.

    How many were stated, approved, and could not be stated. What is not proposed any more is left out, and what goes
    beyond the ladder stays a draft (caps.exceptions names it). Raises Refused when nothing is chosen.
    """
    if len(form.key) != len(form.visits) or len(form.key) != len(form.minutes):
        raise Refused("Give each row a number of visits and of minutes.")
    chosen = set(form.take)
    if not chosen:
        raise Refused("Choose at least one row.")
    open_now = {one.key: one for one in await queries.proposed(scope, township)}
    stated: list[int] = []
    failed = 0
    for key, visits, minutes in zip(form.key, form.visits, form.minutes, strict=True):
        one = open_now.get(key)
        if key not in chosen or one is None:
            failed += key in chosen
            continue
        minor = one.person.group is PersonGroup.MINOR
        need = NeedForm(
            service_item=one.item.id,
            visits_per_month=visits,
            minutes=minutes,
            preset=Preset.OUT_OF_SCHOOL if minor else Preset.ANY,
        )
        try:
            # an officer states on behalf of the station, whose plans these are; both stand in the trail
            async with database.savepoint(), database.elevated(scope) as system:
                stated.append(await actions.state(system, one.person.id, need))
        except Refused:
            failed += 1
    approved = await actions.approve_these(scope, stated) if scope.role is Role.BUREAU_OFFICER else 0
    record(scope, "needs.take_proposals", "division", township, stated=len(stated), approved=approved, failed=failed)
    return [len(stated), approved, failed]
