"""Tasks of the station that follow from what happens to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.moves import queries as moves
from shangmen.demand.recipients.queries import PersonRow
from shangmen.demand.recipients.states import StatusKind
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.imports.daily import KEPT
from shangmen.foundation.tasks import actions as tasks
from shangmen.foundation.tasks.waiting import Entry, Kind, own

RECHECK = "household_recheck"
RETURN = "hospital_return"
TO_REGISTER = "%(file)s: %(new)s people are not registered yet, %(faults)s rows are rejected."
REJECTED = "%(file)s: %(faults)s rows are rejected. Mend them and send the sheet again."


async def follow(scope: Scope, person: PersonRow, form: EventForm) -> None:
    """A household is re-checked after a death, a return from hospital is watched for."""
    if form.kind == StatusKind.DIED and person.household:
        months = await catalogue.parameter(scope, "household_recheck_months", form.effective)
        await tasks.open(
            scope,
            organisation=person.station,
            role=Role.STATION_SCHEDULER,
            kind=RECHECK,
            subject="household",
            subject_id=person.household,
            route="recipients.show",
            params={"id": person.id},
            message="Re-check the household of %(name)s, who died on %(day)s",
            due=clock.months_after(form.effective, months),
            name=person.name,
            day=form.effective,
        )
    if form.kind == StatusKind.HOSPITAL and (form.until is None or form.until >= clock.today()):
        await tasks.open(
            scope,
            organisation=person.station,
            role=Role.STATION_SCHEDULER,
            kind=RETURN,
            subject="person",
            subject_id=person.id,
            route="recipients.show",
            params={"id": person.id},
            message="%(name)s is in hospital: is a return home known?",
            due=form.until,
            name=person.name,
        )
    else:
        await tasks.close(scope, RETURN, "person", person.id)


async def parted(scope: Scope, station: int, household: int, person: int, name: str, day: date) -> None:
    """A household parted: who lives together decides on its category, so it is re-checked."""
    months = await catalogue.parameter(scope, "household_recheck_months", day)
    await tasks.open(
        scope,
        organisation=station,
        role=Role.STATION_SCHEDULER,
        kind=RECHECK,
        subject="household",
        subject_id=household,
        route="recipients.show",
        params={"id": person},
        message="Re-check the household of %(name)s, which parted on %(day)s",
        due=clock.months_after(day, months),
        name=name,
        day=day,
    )


async def rechecked(scope: Scope, household: int) -> None:
    """A household was re-checked, or its standing was decided anew."""
    await tasks.close(scope, RECHECK, "household", household)


@dataclass(frozen=True)
class _Roll(database.Row):
    id: int
    file_name: str
    previewed: bool
    new: int
    faults: int
    day: date


@database.scoped
async def rolls(scope: Scope) -> Sequence[Entry]:
    """Rolls that were read and not registered yet, and rejected rows of the latest one that was."""
    rows = await database.rows(
        _Roll,
        """
        SELECT * FROM (
          SELECT id, file_name, state = 'previewed' AS previewed,
                 (created_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
                 row_number() OVER (ORDER BY id DESC) AS place,
                 (counts ->> 'new')::bigint + (counts ->> 'merged')::bigint AS new,
                 (counts ->> 'refused')::bigint AS faults
          FROM list_import WHERE kind = :roll AND organisation = :organisation AND created_at >= :since
            AND state IN ('previewed', 'committed')) x
        WHERE previewed AND new + faults > 0 OR NOT previewed AND faults > 0 AND place = 1
        ORDER BY id
        """,
        roll="recipients",
        organisation=scope.organisation or 0,
        since=clock.at(clock.today() - KEPT),
    )
    return [
        Entry(
            TO_REGISTER if one.previewed else REJECTED, "imports.show", {"id": one.id}, one.day,
            {"file": one.file_name, "new": one.new, "faults": one.faults},
        )
        for one in rows
    ]  # fmt: skip


def _lacking(name: str, title: str, button: str) -> Kind:
    return Kind(
        f"recipients_without_{name}", title, button, (Role.STATION_SCHEDULER,), "recipients.list", own(lacks=name),
        "SELECT count(*) AS count, min((p.created_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM person p"
        f" WHERE {queries.LACKS[name]}",
    )  # fmt: skip


def _moves(waits: str, title: str, button: str, role: Role) -> Kind:
    return Kind(
        f"moves_{waits}_{role}", title, button, (role,), "moves.list", own(waits=waits),
        "SELECT count(*) AS count, min((coalesce(m.decided_at, m.offered_at) AT TIME ZONE 'Asia/Shanghai')::date)"
        f" AS day FROM move m WHERE {moves.WAITS[waits][role]}",
    )  # fmt: skip


WAITING = (
    _moves("offered", "Files of people who move here", "Accept or return", Role.STATION_SCHEDULER),
    _moves("offered", "Referrals from other counties", "Accept or return", Role.BUREAU_OFFICER),
    _moves("returned", "Files that came back", "Look at it", Role.STATION_SCHEDULER),
    Kind("rolls", "Rolls to finish", "Look at it", (Role.STATION_SCHEDULER,), entries=rolls),
    _lacking("assessment", "Recipients to assess", "Assess"),
    _lacking("consent", "Recipients without a consent on file", "Enter it"),
    _lacking("position", "Recipients whose home is not on the map", "Enter it"),
)
