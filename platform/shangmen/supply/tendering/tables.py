"""Tender studies: what was asked, how far it is, what came of it."""

from piccolo.columns import JSONB, BigSerial, Boolean, Date, Text, Timestamptz, Varchar
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.regions.tables import Division
from shangmen.supply.tendering.states import StudyState


class TenderStudy(Table, tablename="tender_study"):
    """What if there were other demand, other suppliers, hours, prices or money: one question and its answer."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    requested_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    name = Varchar(length=60)
    starts_on = Date(default=None)  # first day of the placements that it reckons with
    question = JSONB(default="{}")  # forms.StudyForm
    result = JSONB(null=True, default=None)  # results.Result
    done = JSONB(default="[]")  # results.Step: [[phase, steps done, steps in all]] while it is computed
    state = Word(StudyState, length=12, default=StudyState.QUEUED)
    stop_asked = Boolean(default=False)
    message = Text()
    finished_at = Timestamptz(null=True, default=None)
