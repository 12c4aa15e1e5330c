"""Effects: typed events inside one process and one transaction.

Who acts publishes what has happened; who is affected subscribes. Imports run one way, from later layers to earlier
ones; an effect is how news travels back. The subscriptions are one list in wiring.py.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from shangmen.access import Scope

Handler = Callable[[Scope, Any], Awaitable[None]]  # of its own kind of event

_handlers: dict[type, list[Handler]] = {}


def wire(subscriptions: Iterable[tuple[type, Iterable[Handler]]]) -> None:
    """Replace all subscriptions by these, in this order."""
    _handlers.clear()
    for event, handlers in subscriptions:
        _handlers.setdefault(event, []).extend(handlers)


async def publish(scope: Scope, event: object) -> None:
    """Hand the event to its subscribers, inside the transaction of the verb that publishes it.

    Raises LookupError for an event that wiring.py does not list: forgotten wiring must not look like nothing to do.
    """
    if type(event) not in _handlers:
        raise LookupError(f"{type(event).__name__} is not wired; list it in wiring.py")
    for handler in _handlers[type(event)]:
        await handler(scope, event)
