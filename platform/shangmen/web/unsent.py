"""A form that comes after the session has ended is kept, and opens filled in when the same person has logged in.

Every page's token says for whom the page was made (tokens.py). So a form that cannot be taken as it was sent (nobody
is logged in any more, somebody else is, the first password is still to be changed, the browser has lost its cookie) is
known to be somebody's: its texts are kept for that user and nobody else. Opening them sends the form once more in
here, with nothing allowed to change (database.unchanged), and `bind` lets it come back as a faulty form does: with
what was typed in place. So every form of today and tomorrow has this, without a line of its own.

Never kept: files, and forms of secrets (`kept=False` on their handlers).
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from litestar import Response, get
from litestar.datastructures import UploadFile
from litestar.types import HTTPReceiveMessage, HTTPScope, Message
from markupsafe import escape

from shangmen import access, clock, database
from shangmen.access import Rows, Scope
from shangmen.errors import NotFound
from shangmen.web import pages, tokens
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer

KEPT = timedelta(hours=8)
MOST = 10  # of one person
LONGEST = 512 * 1024  # bytes of one, as large as a form without files may be
ROUTE = "unsent.show"
# What a page adds to what is typed, and what must be asked anew.
ADDED = frozenset({"_csrf_token", "once", "sure", "unsent"})

ENDED = "Your session had ended before this was sent. Check it and send it once more."

Said = list[tuple[str, str]]
_MAIN = re.compile(r'<main id="main"[^>]*>')
_CODE = re.compile(r"[\w.:-]*", re.ASCII)  # what a list of choices or a hidden field may say


@dataclass
class Opening:
    """A kept form that is being opened: its id, and whether it turned out to be a button."""

    id: int
    pressed: bool = False


opening: ContextVar[Opening | None] = ContextVar("opening", default=None)
pages.environment().globals["unsent"] = opening.get


@dataclass(frozen=True)
class UnsentRow(database.Row):
    """A kept form."""

    id: int
    address: str
    page: str
    said: str


def typed(form: Iterable[tuple[str, object]]) -> Said:
    """The texts of a form in their order, without files and without what the page adds."""
    return [(name, str(text)) for name, text in form if name not in ADDED and not isinstance(text, UploadFile)]


async def instead(request: Rq, token: str, fits: bool) -> Answer | None:
    """What to answer to a form that cannot be taken as it was sent; None for one that can, or that is nobody's.

    `token` is what the form brought along, `fits` whether the browser's cookie is the same.
    """
    handler = request.scope["route_handler"]
    rule = access.RULES.get(str(handler.name))
    owner = tokens.owner(token, request.app.state.settings.secret)
    if owner is None and fits and request.scope.get("auth"):  # a page of another make, with its session's cookie
        owner = request.auth.get("was")
    if rule is None or rule.rows == Rows.PUBLIC or not handler.opt.get("kept", True) or owner is None:
        return None
    viewer: Scope | None = request.scope.get("user")
    due = viewer is not None and request.auth["must_change"]
    if viewer is not None and viewer.user == owner and fits and not due:
        return None
    said = typed((await request.form()).multi_items())
    page = pages.page_before(request)
    kept = await _keep(owner, _with_query(request), page, said) if any(text for _name, text in said) else None
    if viewer is None:
        notice = (
            _("Your session had ended. What you typed is kept: log in and the form is there.")
            if kept
            else _("Your session had ended. Log in and do it once more.")
        )
        to = "/login?" + urlencode({"next": pages.url(request, ROUTE, id=kept) if kept else page})
    elif viewer.user != owner:
        notice = _("Somebody else had opened that page here. Nothing was sent; what was typed is kept for them.")
        to = "/"
    elif due:
        notice = _("Change the first password; then log in and the form is there.")
        to = "/account"
    elif kept:
        return _gone(request, pages.url(request, ROUTE, id=kept), "")
    else:
        notice, to = _("The page had been open too long. Do it once more."), page
    return _gone(request, to, notice)


def _with_query(request: Rq) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _gone(request: Rq, to: str, notice: str) -> Answer:
    response = pages.redirect(to, notice, "warning")
    if request.headers.get("HX-Request") == "true":
        response.headers["HX-Redirect"] = response.headers.pop("Location")
        response.status_code = 401
    return response


async def _keep(user: int, address: str, page: str, said: Said) -> int | None:
    """Keep what a user typed; its id, or None when it is too long. The same twice is kept once."""
    text = database.to_json(said)
    if len(text.encode()) > LONGEST:
        return None
    async with database.transaction(access.system(purpose="unsent form")):
        await database.execute(
            "DELETE FROM unsent_form WHERE user_id = :user AND (at < :old OR (address = :address AND said = :said)"
            " OR id NOT IN (SELECT id FROM unsent_form WHERE user_id = :user ORDER BY id DESC LIMIT :most))",
            user=user,
            old=clock.now() - KEPT,
            address=address,
            said=text,
            most=MOST - 1,
        )
        return await database.value(
            int,
            "INSERT INTO unsent_form (county, user_id, address, page, said, at)"
            " SELECT county, id, :address, :page, :said, :at FROM app_user WHERE id = :user RETURNING id",
            user=user,
            address=address,
            page=page,
            said=text,
            at=clock.now(),
        )


@database.scoped
async def _read(scope: Scope, id: int) -> UnsentRow:
    """One's own kept form, which has been seen with this; raises NotFound."""
    row = await database.row(
        UnsentRow,
        "UPDATE unsent_form SET shown_at = coalesce(shown_at, :now) WHERE id = :id AND user_id = :user AND at > :old"
        " RETURNING id, address, page, said",
        id=id,
        user=scope.user,
        now=clock.now(),
        old=clock.now() - KEPT,
    )
    if row is None:
        raise NotFound
    return row


async def sent(scope: Scope, id: int, address: str) -> None:
    """What was kept has been sent now: part of the transaction that took it."""
    await database.execute(
        "DELETE FROM unsent_form WHERE id = :id AND user_id = :user AND split_part(address, '?', 1) = :address",
        id=id,
        user=scope.user,
        address=address,
    )


async def first(user: int, wanted: str) -> str:
    """Where somebody who has logged in goes: to what they wanted, or to a form of theirs that waits.

    A form of somebody else is no place to go.
    """
    if wanted != "/" and not wanted.startswith("/unsent/"):
        return wanted
    async with database.transaction(access.system(purpose="unsent form")):
        waiting = await database.value(
            int,
            "SELECT id FROM unsent_form WHERE user_id = :user AND at > :old"
            " AND ('/unsent/' || id = :wanted OR shown_at IS NULL)"
            " ORDER BY '/unsent/' || id = :wanted DESC, id DESC LIMIT 1",
            user=user,
            old=clock.now() - KEPT,
            wanted=wanted,
        )
    return f"/unsent/{waiting}" if waiting is not None else "/"


@get("/unsent/{id:int}", name=ROUTE)
async def show(request: Rq, viewer: Viewer, id: Id) -> Answer:
    """The page of a kept form with everything filled in, or, where that is not to be had, what was typed."""
    kept = await _read(viewer, id)
    said = msgspec.json.decode(kept.said, type=Said)
    now = Opening(id)
    token = opening.set(now)
    try:
        status, body = await _send_in_here(request, kept, said)
    finally:
        opening.reset(token)
    if status == 422:
        whole = _with_the_rest(body.decode(), kept, said)
        return Response(whole, status_code=422, media_type="text/html; charset=utf-8")
    if now.pressed:
        return pages.redirect(kept.page, _("Your session had ended before this was done. Do it once more."), "warning")
    return pages.page(request, "unsent.html", said=[one for one in said if one[1]], sentence="", back=kept.page)


def _with_the_rest(body: str, kept: UnsentRow, said: Said) -> str:
    """The page with what it has no place for (its form is gone, because somebody else was faster) above the rest."""
    gone = f'action="{escape(urlsplit(kept.address).path)}' not in body
    rest = [
        (name, text)
        for name, text in said
        if text and escape(text) not in body and (gone or not _CODE.fullmatch(text))
    ]
    sentence = "" if escape(_(ENDED)) in body else _(ENDED)
    if not rest and not sentence:
        return body
    found = _MAIN.search(body)
    at = found.end() if found else 0
    return body[:at] + pages.render("_unsent.html", said=rest, sentence=sentence) + body[at:]


async def _send_in_here(request: Rq, kept: UnsentRow, said: Said) -> tuple[int, bytes]:
    """Send a kept form to its address as the viewer; status and body of the answer."""
    body = urlencode(said).encode()
    parts = urlsplit(kept.address)
    dropped = {b"accept-encoding", b"content-length", b"content-type", b"hx-request", b"origin", b"referer"}
    headers = [one for one in request.scope["headers"] if one[0] not in dropped and not one[0].startswith(b"sec-")]
    headers += [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", str(len(body)).encode()),
        (b"referer", str(request.url).encode()),
    ]
    scope = {
        name: request.scope.get(name)
        for name in ("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "extensions")
    } | {
        "method": "POST",
        "path": parts.path,
        "raw_path": quote(parts.path).encode(),
        "query_string": parts.query.encode(),
        "headers": headers,
    }
    status, answer = 0, bytearray()

    async def receive() -> HTTPReceiveMessage:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            answer.extend(message["body"])

    await request.app(cast("HTTPScope", scope), receive, send)
    return status, bytes(answer)
