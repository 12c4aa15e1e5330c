"""Verbs of call-backs: what was heard is noted once, by somebody who did not deliver."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.quality.forms import HeardForm
from shangmen.delivery.quality.states import CallBackState, Heard
from shangmen.delivery.quality.tables import CallBack
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification import actions as verification
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.errors import Conflict, Forbidden, Refused
from shangmen.foundation.audit.actions import record

MOST_TRIES = 3
DOUBTS = {
    Heard.SHORTER: "The recipient says at the call-back that the visit was shorter than recorded.",
    Heard.OTHER_SERVICE: "The recipient says at the call-back that something else was done than recorded.",
    Heard.OTHER_PERSON: "The recipient says at the call-back that somebody else came than recorded.",
    Heard.NOBODY_CAME: "The recipient says at the call-back that nobody came.",
}


@database.scoped
async def note(scope: Scope, id: int, form: HeardForm) -> int:
    """Note what was heard at a call-back; its id. A doubt holds the record, or claims settled money back.

    Whoever was not reached is tried again; after MOST_TRIES the call-back ends unclear. Raises NotFound, Forbidden for
    the work of one's own organisation, Conflict for one that was made, Refused.
    """
    call = await database.lock(CallBack, id)
    answer = await verification.may_decide(scope, call.station, call.supplier)
    if not answer.may:
        raise Forbidden(answer.why) if answer.why else Forbidden()
    if call.state != CallBackState.OPEN:
        raise Conflict("This call-back was made already.")
    if form.heard is Heard.NOTHING:
        raise Refused("Choose one of the options.", field="heard")
    if form.heard is not Heard.NOT_REACHED and not form.spoke_with:
        raise Refused("Say whom you spoke with.", field="spoke_with")
    tries = call.tries + 1
    after = _after(form.heard, tries)
    await database.change(
        CallBack,
        id,
        {
            CallBack.tries: tries,
            CallBack.heard: form.heard,
            CallBack.spoke_with: form.spoke_with,
            CallBack.satisfaction: form.satisfaction,
            CallBack.opinion: form.opinion,
            CallBack.state: after,
            CallBack.decided_by: scope.user,
            CallBack.decided_at: clock.now(),
        },
    )
    record(
        scope, "quality.call_back", "call_back", id,
        heard=form.heard, state=after, tries=tries, satisfaction=form.satisfaction,
    )  # fmt: skip
    if after is CallBackState.DOUBTED:
        async with database.elevated(scope) as system:
            doubt = Finding("call_back", Severity.HOLD, DOUBTS[form.heard], {"call_back": id})
            await verdicts.lower(system, call.service_record, doubt)
    return id


def _after(heard: Heard, tries: int) -> CallBackState:
    """The state that something heard at a certain try leads to."""
    if heard in DOUBTS:
        return CallBackState.DOUBTED
    if heard is Heard.AS_RECORDED:
        return CallBackState.CONFIRMED
    return CallBackState.OPEN if heard is Heard.NOT_REACHED and tries < MOST_TRIES else CallBackState.UNCLEAR
