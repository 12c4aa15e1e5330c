"""Long lists are read and written from the queue, as whoever sent them."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import DomainError, Refused
from shangmen.foundation.imports import actions
from shangmen.foundation.imports.tables import ListImport

READ, WRITE = actions.READ, actions.WRITE
INLINE_BYTES = 100_000  # a longer file is read from the queue: some 1,500 rows
INLINE_ROWS = actions.INLINE_ROWS


async def _sender(scope: Scope, id: int) -> Scope:
    async with database.transaction(scope):
        asked = (await database.read(ListImport, id)).asked
    return database.decoded(Scope, asked)


async def read(scope: Scope, id: int) -> None:
    """Read and judge a list; one that cannot be read says so on its page."""
    try:
        await actions.preview(await _sender(scope, id), id)
    except Refused:
        return


async def write(scope: Scope, id: int) -> None:
    """Write the good rows of a list; a refusal is kept on its page."""
    sender = await _sender(scope, id)
    try:
        await actions.commit(sender, id)
    except DomainError as refused:
        await actions.stop_writing(sender, id, refused)


async def give_up(scope: Scope, id: int) -> None:
    """The work on a list was given up: it can be sent again."""
    sender = await _sender(scope, id)
    await actions.stop_writing(sender, id, Refused("The list was too much work. Send it in parts."))
