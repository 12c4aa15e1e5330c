"""What a person's page shows of call-backs and complaints."""

from shangmen.access import Scope
from shangmen.delivery.quality.complaints import queries as complaints
from shangmen.demand.recipients.events import FileOpened, Panel


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows the complaints, and leads to a new one where somebody serves or has served them."""
    noted = await complaints.of_person(scope, event.person)
    if noted or await complaints.complained_of(scope, event.person):
        event.panels.append(Panel("quality/_person.html", {"quality_complaints": noted}))
