"""Verbs of complaints."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.quality import daily
from shangmen.delivery.quality.complaints import queries
from shangmen.delivery.quality.complaints.forms import ComplaintForm, DecisionForm
from shangmen.delivery.quality.states import ComplaintState
from shangmen.delivery.quality.tables import Complaint
from shangmen.delivery.service_records import notices
from shangmen.delivery.service_records.verification import actions as verification
from shangmen.demand.recipients import queries as recipients
from shangmen.errors import Forbidden, Refused
from shangmen.foundation.audit.actions import record


@database.scoped
async def note(scope: Scope, person: int, form: ComplaintForm) -> int:
    """Note a complaint of a recipient about who serves or has served them; its id. Raises NotFound, Refused."""
    recipient = await recipients.in_care(scope, person)
    if form.received_on > clock.today():
        raise Refused("This day is still to come.", field="received_on")
    if form.supplier not in {one.id for one in await queries.complained_of(scope, person)}:
        raise Refused("Choose one of the options.", field="supplier")
    asker = await notices.verifier(scope, recipient.station, form.supplier)
    due = await daily.answered_by(scope, "complaint_answer_days")
    id = await database.add(
        Complaint(
            county=recipient.county,
            station=recipient.station,
            supplier=form.supplier,
            asker=asker.organisation,
            person=person,
            about=form.about,
            told_by=form.told_by,
            words=form.words,
            received_on=form.received_on,
            due=due,
        )
    )
    record(scope, "complaints.note", "complaint", id, person=person, supplier=form.supplier, about=form.about, due=due)
    return id


@database.scoped
async def decide(scope: Scope, id: int, form: DecisionForm) -> int:
    """Answer a complaint; its id.

    Raises NotFound, Forbidden for one's own work, ImpossibleMove once answered.
    """
    row = await database.lock(Complaint, id)
    answer = await verification.may_decide(scope, row.station, row.supplier)
    if not answer.may:
        raise Forbidden(answer.why) if answer.why else Forbidden()
    state = row.state.to(ComplaintState(form.outcome))
    await database.change(
        Complaint,
        id,
        {
            Complaint.state: state,
            Complaint.answer: form.answer,
            Complaint.decided_by: scope.user,
            Complaint.decided_at: clock.now(),
        },
    )
    record(scope, "complaints.decide", "complaint", id, reason=form.answer, state=state)
    return id
