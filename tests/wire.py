"""What a page weighs on the wire, with everything that a browser loads for it."""

import re

import httpx

from tests.conftest import Browser


async def sent(visitor: Browser, path: str) -> tuple[int, str]:
    """The bytes of an answer's body as they go over the wire, and what they say."""
    async with visitor._client.stream("GET", path, headers={"Accept-Encoding": "br, gzip"}) as answer:
        assert answer.status_code == 200, path
        raw = b"".join([part async for part in answer.aiter_raw()])
        whole = httpx.Response(200, headers=answer.headers, content=raw)
    return len(raw), whole.text


async def weight(visitor: Browser, path: str) -> tuple[int, set[str]]:
    """The bytes of a page with everything that a browser loads for it, and which files those are."""
    total, page = await sent(visitor, path)
    linked = set(re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="(/static/[^"]+)"', page))
    linked |= set(re.findall(r'data-geojson="([^"]+)"', page))
    for address in sorted(linked):
        size, text = await sent(visitor, address)
        total += size
        if ".css" in address:
            for icon in set(re.findall(r'url\("([^")]+)"\)', text)):
                total += (await sent(visitor, f"/static/{icon}"))[0]
    return total, {address.rpartition("/")[2].partition("?")[0] for address in linked}
