"""Assessing a person on a scale."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs import priority
from shangmen.demand.needs.assessments import queries, scales
from shangmen.demand.needs.assessments.forms import AssessmentForm
from shangmen.demand.needs.states import Scale
from shangmen.demand.needs.tables import Assessment
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.states import PersonGroup, PersonState
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue


@database.scoped
async def assess(scope: Scope, person: int, form: AssessmentForm) -> int:
    """Record an assessment and weigh the person's drafts anew; its id.

    Two people assess ability; a minor's situation is noted by one. Raises Faults for answers that are missing,
    Refused for the rest.
    """
    who = await recipients.in_care(scope, person)
    if who.state is PersonState.DIED:
        raise Refused("This person's death is on record since %(day)s.", day=who.state_from)
    if form.assessed_on > clock.today():
        raise Refused("The assessment lies in the future.", field="assessed_on")
    if form.assessed_on < who.birth_date:
        raise Refused("This day lies before the person's birth.", field="assessed_on")
    if form.scale == Scale.MINOR and who.group is not PersonGroup.MINOR:
        raise Refused("This scale is for minors.", field="assessed_on")
    if form.scale != Scale.MINOR and form.second_assessor in {"", form.assessor}:
        raise Refused("Two people assess and sign: name the second.", field="second_assessor")
    result = scales.score(form.scale, form.scores)
    months = await catalogue.parameter(scope, "assessment_review_months", form.assessed_on)
    id = await database.add(
        Assessment(
            person=person,
            scale=form.scale,
            scores=form.scores,
            total=result.total,
            level=result.level,
            reason=form.reason,
            assessed_on=form.assessed_on,
            review_by=clock.months_after(form.assessed_on, months),
            assessor=form.assessor,
            second_assessor=form.second_assessor,
            recorded_by=scope.user,
        )
    )
    latest = await queries.latest(scope, person)
    if latest is not None and latest.id == id:
        weight = priority.weight(result.level, who.group, who.living)
        await database.execute(
            "UPDATE need SET priority = :weight WHERE person = :person AND state = 'draft' AND priority <> :weight",
            person=person,
            weight=weight,
        )
    record(scope, "needs.assess", "person", person, scale=form.scale, level=result.level, total=result.total)
    return id
