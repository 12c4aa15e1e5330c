"""Before a verb ends other things, the page that says what it will end."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.audit import phrases
from shangmen.web.forms import Form
from shangmen.web.pages import Answer, Rq, page

Sent = TypeVar("Sent", bound=msgspec.Struct)


async def foretold(
    request: Rq,
    form: Form[Sent],
    title: str,
    own: tuple[str, int],
    verb: Callable[..., Awaitable[object]],
    viewer: Scope,
    *args: Any,
) -> Answer | None:
    """The page to be sure on, when the verb would bring anything with it beside what it does to its `own` row.

    None when there is nothing to be told, when the person is sure, or when the form has faults.
    """
    follows = phrases.consequences(await form.rehearse("audit", verb, viewer, *args), *own)
    if not follows:
        return None
    seen = database.to_json(form.seen) if form.seen else ""
    return page(request, "confirm.html", form=form, consequences=follows, title=title, seen=seen)
