"""What service records do when something is heard of a recipient. Wired in wiring.py."""

from dataclasses import dataclass
from datetime import datetime

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.homes import queries as homes
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.dossier import Away
from shangmen.delivery.service_records.verification.rules.people import not_there
from shangmen.delivery.visits import presence
from shangmen.demand.recipients.events import FileOpened, Panel, StatusChanged
from shangmen.demand.recipients.states import StatusKind


@dataclass(frozen=True)
class _Begun(database.Row):
    id: int
    begun_at: datetime


async def on_status_changed(scope: Scope, event: StatusChanged) -> None:
    """Heard of late: visits that are recorded for days on which nobody was there are rejected or held.

    A death, a stay in hospital or in an institution, a move; effective from a day that may lie before its report
    (domain.md §10, scenarios 3 and 8).
    """
    if event.kind == StatusKind.HOME:
        return
    async with database.elevated(scope) as system:
        records = await database.rows(
            _Begun,
            "SELECT r.id, r.begun_at FROM service_record r JOIN verdict d ON d.service_record = r.id"
            " WHERE r.person = :person AND r.begun_at >= :since AND d.state <> 'rejected' ORDER BY r.id",
            person=event.person,
            since=clock.at(event.effective),
        )
        if not records:
            return
        history = (await presence.events(system, [event.person])).get(event.person, [])
        for record in records:
            day = clock.day_of(record.begun_at)
            known = presence.away(history, day)
            if known is not None:
                finding = not_there(Away(known.kind, known.effective, known.until), day)
                await verdicts.lower(system, record.id, finding)


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows the home that a check-in found, where it has no point."""
    found = await homes.found(scope, event.person)
    if found is not None:
        event.panels.append(Panel("service_records/_home.html", {"found_home": found}))
