"""L1: the list of recipients."""

from urllib.parse import quote

from tests.load.traffic import Answer, Measured, Visitor, measure
from tests.load.world import World

CONNECTIONS = 16


async def pages(
    world: World, port: int, seconds: float, who: str = "bureau", connections: int = CONNECTIONS, search: str = ""
) -> Measured:
    """So many people at once read the first, the next and some later page of the list, or of a search."""
    visitors = [Visitor(port, world.cookie(who)) for _ in range(connections)]

    async def turn(visitor: Visitor, number: int) -> Answer:
        return await visitor.ask(f"/recipients?page={1 + number % 20}" + (f"&q={quote(search)}" if search else ""))

    try:
        return await measure(visitors, turn, seconds)
    finally:
        for visitor in visitors:
            visitor.close()
