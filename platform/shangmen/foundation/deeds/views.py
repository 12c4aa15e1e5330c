"""What pages of a person, a need, a placement or a worker show of what was done and can be taken back."""

from dataclasses import dataclass
from types import ModuleType

from shangmen.access import Scope
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.deeds import queries
from shangmen.web.forms import AnyForm, Form


@dataclass(frozen=True)
class Standing:
    """What of a row's deeds the viewer may take back, each with its form."""

    deeds: list[tuple[queries.DeedRow, AnyForm]]
    words: ModuleType = trail


async def of_subject(viewer: Scope, subject: str, id: int) -> Standing:
    """For deeds/_of_subject.html: each deed that the viewer may take back, with its form."""
    found = []
    for deed in await queries.undoable(viewer, subject, id):
        form: AnyForm = Form()
        form.prefix = f"undo{deed.id}"
        found.append((deed, form))
    return Standing(found)
