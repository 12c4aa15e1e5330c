"""Samples of what was delivered, what the recipients say of it, and their complaints."""

from piccolo.columns import JSONB, BigSerial, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.delivery.quality.states import CallBackState, ComplaintAbout, ComplaintState, Heard, SampleKind
from shangmen.delivery.service_records.tables import ServiceRecord
from shangmen.delivery.visits.tables import Visit
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division


class Sample(Table, tablename="sample"):
    """What was drawn of a day's verified records, with all that is needed to draw it again. Append-only."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    day = Date(default=None)  # on which the records came in
    kind = Word(SampleKind, length=10)
    sealed = Date(null=True, default=None)  # the day whose seal the seed was made of; None: nothing was sealed yet
    seed = Varchar(length=64)
    percent = Integer(default=0)
    population = JSONB(default="[]")  # [supplier, worker, record] of all that could be drawn
    drawn_at = Timestamptz(default=None)

    sample_once_a_day = Unique([county, day, kind])


class CallBack(Table, tablename="call_back"):
    """A visit of a sample about which the recipient is asked, by somebody of neither the supplier nor its station."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    asker = reference(Organisation)  # who is to ask: the recipient's station, or the bureau
    sample = reference(Sample)
    kind = Word(SampleKind, length=10)
    visit = reference(Visit)
    service_record = reference(ServiceRecord)
    person = reference(Person)
    state = Word(CallBackState, length=10, default=CallBackState.OPEN)
    due = Date(default=None)
    tries = Integer(default=0)
    heard = Word(Heard, length=14, default=Heard.NOTHING)
    spoke_with = Varchar(length=60)
    satisfaction = Integer(null=True, default=None)  # 1 to 5
    opinion = Text()
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(null=True, default=None)

    call_back_once = Unique([visit, kind])


class Complaint(Table, tablename="complaint"):
    """What somebody complains of, with the day by which it is answered."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)  # of the recipient
    supplier = reference(Organisation)  # complained of
    asker = reference(Organisation)  # who looks into it
    person = reference(Person)
    about = Word(ComplaintAbout, length=10)
    told_by = Varchar(length=60)
    words = Text()
    received_on = Date(default=None)
    due = Date(default=None)
    state = Word(ComplaintState, length=10, default=ComplaintState.OPEN)
    answer = Text()
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(null=True, default=None)
