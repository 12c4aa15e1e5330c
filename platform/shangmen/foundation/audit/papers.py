"""Lists to take away: complete, row by row, and noted in the trail."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.audit.actions import exported
from shangmen.web import lists
from shangmen.web.exports import begun
from shangmen.web.pages import Answer

Rows = TypeVar("Rows", bound=database.Row)


async def taken(
    viewer: Scope,
    form: str,
    title: str,
    heads: Sequence[str],
    verb: str,
    subject: str,
    read: Callable[[], Awaitable[tuple[list[Rows], int]]],
    cells: Callable[[Rows], Sequence[object]],
) -> Answer:
    """All rows of a list as a file (see exports.begun), some read at a time; nothing leaves without its entry.

    `read` reads the list without a limit (lists.part), `cells` makes a line of the file of a row; `verb` and `subject`
    are those of the entry.
    """
    with begun(form, title, heads, f"{viewer.organisation_name} {viewer.name}".strip()) as made:
        total = await lists.each(read, lambda row: made.write(cells(row)))
        await exported(viewer, verb, subject, total)
    return made.finish()
