"""Errors become pages here and nowhere else."""

from typing import Any
from urllib.parse import urlencode

import asyncpg
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from shangmen.errors import DatabaseAway, DomainError, NotLoggedIn, PasswordDue
from shangmen.web import language
from shangmen.web.gate import mended_host
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Rq, page, page_before, redirect

log = structlog.get_logger()

TITLES = {
    400: "The request could not be understood",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "This has changed meanwhile",
    413: "Too large",
    422: "This could not be done",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "Out of reach for a moment",
}
SENTENCES = {
    400: "Please go back and try again.",
    403: "The page was open too long, or your role may not do this. Please load it again.",
    404: "There is no such page, or it is not yours to see.",
    405: "Please use the buttons of the page.",
    413: "The file is larger than we take.",
    500: "The fault was noted. Nothing was saved.",
    503: "The database does not answer. Please try again in a moment; nothing was lost.",
}


def _error(request: Rq, status: int, sentence: str) -> Answer:
    mended_host(request.scope)
    return page(request, "error.html", status, title=_(TITLES.get(status, TITLES[500])), sentence=sentence)


def domain(request: Rq, fault: DomainError) -> Answer:
    """A refused verb."""
    return _error(request, fault.status, language.gettext(fault.message, **fault.parameters))


def log_in_first(request: Rq, fault: NotLoggedIn) -> Answer:
    """To the log-in page, and back afterwards: to the page, not to a part of it nor to where its form went."""
    fragment = request.headers.get("HX-Request") == "true"
    here = page_before(request) if fragment or request.method != "GET" else request.url.path
    if here == request.url.path and request.url.query:
        here += f"?{request.url.query}"
    response = redirect("/login?" + urlencode({"next": here}) if here != "/" else "/login")
    if fragment:
        return Response("", status_code=401, headers={"HX-Redirect": response.headers["Location"]})
    return response


def change_password_first(request: Rq, fault: PasswordDue) -> Answer:
    """To one's own account, where the first password is changed."""
    return redirect("/account")


def http(request: Rq, fault: HTTPException) -> Answer:
    """What Litestar itself refuses: unknown addresses, wrong methods, wrong parameters, missing tokens."""
    status = fault.status_code if fault.status_code in TITLES else 400
    if status == 500:
        return unexpected(request, fault)
    return _error(request, status, _(SENTENCES.get(status, SENTENCES[400])))


def constraint(request: Rq, fault: asyncpg.IntegrityConstraintViolationError) -> Answer:
    """The database kept a promise that no verb had put into words."""
    log.warning("constraint", constraint=getattr(fault, "constraint_name", ""), path=request.url.path)
    return _error(request, 409, _("This conflicts with what was saved meanwhile. Please load the page again."))


def unfit(request: Rq, fault: asyncpg.DataError) -> Answer:
    """An address with a value that the database cannot hold: a null character, a number beyond every id."""
    log.warning("unfit value", path=request.url.path, fault=str(fault)[:200])
    return _error(request, 400, _(SENTENCES[400]))


def unreachable(request: Rq, fault: DatabaseAway) -> Answer:
    """The database is away: say so, and when to come back."""
    log.error("database unreachable", path=request.url.path, fault=str(fault))
    response = _error(request, 503, _(SENTENCES[503]))
    response.headers["Retry-After"] = "5"
    return response


def unexpected(request: Rq, fault: Exception) -> Answer:
    """A fault of ours: noted with its trace, told without it."""
    log.error("unexpected", path=request.url.path, exc_info=fault)
    return _error(request, 500, _(SENTENCES[500]))


HANDLERS: dict[Any, Any] = {
    NotLoggedIn: log_in_first,
    PasswordDue: change_password_first,
    DomainError: domain,
    HTTPException: http,
    asyncpg.IntegrityConstraintViolationError: constraint,
    asyncpg.DataError: unfit,
    DatabaseAway: unreachable,
    Exception: unexpected,
}
