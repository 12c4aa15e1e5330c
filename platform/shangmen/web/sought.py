"""What was searched for stands in no address: names would be read there by whoever comes next, and by every log.

A search is posted; its words go into a cookie of this browser that no script reads, and the address of the list names
only the cookie's key. An address that somebody else opens shows the list without the search. Log-out forgets them all.
"""

import base64
import binascii
import secrets
import time
from collections.abc import Iterable
from urllib.parse import urlencode

from litestar import post
from litestar.datastructures import Cookie

from shangmen.web import text
from shangmen.web.pages import Answer, Rq, local_path, redirect

ROUTE = "lists.seek"
SIGN = "~"  # before a key in an address
COOKIE = "sought_"
MOST = 8  # searches that a browser remembers; the oldest is forgotten
LONGEST = 60  # characters of a search


def words(request: Rq, said: str) -> str:
    """What an address says of a search: the words behind a key, "" when this browser does not know it."""
    if said.startswith(SIGN):
        try:
            said = base64.urlsafe_b64decode(request.cookies.get(COOKIE + said[1:], "")).decode()
        except (binascii.Error, ValueError):
            said = ""
    return text.clean(said)[:LONGEST]


@post("/seek", name=ROUTE, kept=False)
async def seek(request: Rq) -> Answer:
    """Show a list narrowed by what was typed: `to` is its address, `sought` names the fields that hold words."""
    data = await request.form()
    fields = [(name, str(value)) for name, value in data.multi_items() if isinstance(value, str)]
    hidden = {value for name, value in fields if name == "sought"}
    made: list[Cookie] = []
    query = []
    for name, value in fields:
        if name in {"to", "sought"} or name.startswith("_") or not text.clean(value):
            continue
        if name in hidden:
            key = f"{int(time.time() * 1000):x}{secrets.token_hex(4)}"
            kept = base64.urlsafe_b64encode(text.clean(value)[:LONGEST].encode()).decode()
            made.append(Cookie(key=COOKIE + key, value=kept, httponly=True, samesite="lax", secure=_secure(request)))
            value = SIGN + key
        query.append((name, value))
    path = local_path(str(data.get("to") or "/")).partition("?")[0]
    answer = redirect(path + (f"?{urlencode(query)}" if query else ""))
    known = sorted(name for name in request.cookies if name.startswith(COOKIE))
    answer.cookies.extend([*made, *_forgetting(known[: max(0, len(known) + len(made) - MOST)])])
    return answer


def forget(request: Rq) -> list[Cookie]:
    """Cookies that end all that this browser remembers of searches."""
    return _forgetting(name for name in request.cookies if name.startswith(COOKIE))


def _forgetting(names: Iterable[str]) -> list[Cookie]:
    return [Cookie(key=name, value="", max_age=0, httponly=True, samesite="lax") for name in names]


def _secure(request: Rq) -> bool:
    return bool(request.app.state.settings.secure_cookies)
