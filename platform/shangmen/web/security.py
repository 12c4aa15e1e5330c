"""The wall in front of the pages: may they, did their own page ask, and what a browser may load."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware.csrf import CSRFMiddleware
from litestar.types import Message, Receive, Send
from litestar.types import Scope as AsgiScope
from litestar.utils.scope.state import ScopeState

from shangmen import access, database
from shangmen.access import Rows
from shangmen.errors import Forbidden, NotLoggedIn, PasswordDue
from shangmen.settings import Settings
from shangmen.web import tokens, unsent
from shangmen.web.gate import CSRF_COOKIE, CSRF_FIELD
from shangmen.web.pages import asset

# What somebody may do who still has the first password.
BEFORE_CHANGE = frozenset({"accounts.own", "accounts.change_password", "accounts.logout"})

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def form_tokens(settings: Settings) -> CSRFConfig:
    """How the tokens of forms are made and kept: a cookie that no script reads, of our own pages alone."""
    return CSRFConfig(
        secret=settings.secret,
        cookie_name=CSRF_COOKIE,
        cookie_secure=settings.secure_cookies,
        cookie_httponly=True,
        cookie_samesite="lax",
    )


def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Deny by default: the route's line in access.RULES decides."""
    rule = access.RULES.get(handler.name or "")
    if rule is None:
        raise Forbidden
    if rule.rows == Rows.PUBLIC:
        return
    if connection.user is None:
        raise NotLoggedIn
    if connection.auth["must_change"] and handler.name not in BEFORE_CHANGE:
        raise PasswordDue
    if connection.user.role not in rule.roles:
        raise Forbidden


def same_origin(trusted: tuple[str, ...]) -> Callable[[Request[Any, Any, Any]], None]:
    """A before-request hook that refuses unsafe requests that another site's page caused."""

    def check(request: Request[Any, Any, Any]) -> None:
        if request.method in SAFE:
            return
        site = request.headers.get("sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            raise Forbidden("This request came from another site.")
        origin = request.headers.get("origin")
        if origin is not None and origin != "null":
            if _site(origin) != request.headers.get("host", "") and origin not in trusted:
                raise Forbidden("This request came from another site.")
        elif origin == "null":
            raise Forbidden("This request came from another site.")

    return check


def _site(origin: str) -> str | None:
    """Host and port of an origin; None for what is no address at all."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


class FormTokens(CSRFMiddleware):
    """Litestar's check of tokens, which takes the pad off first and keeps what comes too late (see unsent.py)."""

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Let a form pass that its own page sent, and answer to one that cannot be taken any more."""
        if scope["type"] != ScopeType.HTTP or scope["method"] in SAFE:
            await super().__call__(scope, receive, send)
            return
        request: Request[Any, Any, Any] = scope["litestar_app"].request_class(scope=scope, receive=receive)
        cookie = request.cookies.get(self.config.cookie_name, "")
        if unsent.opening.get() is not None:
            ScopeState.from_scope(scope).csrf_token = cookie
            with database.unchanged():
                await self.app(scope, receive, send)
            return
        sent = request.headers.get(self.config.header_name) or str((await request.form()).get(CSRF_FIELD, ""))
        answer = await unsent.instead(request, sent, self._csrf_tokens_match(sent, cookie))
        if answer is None:
            await super().__call__(scope, receive, send)
        else:
            await answer.to_asgi_response(None, request)(scope, receive, send)

    def _csrf_tokens_match(self, request_csrf_token: str, cookie_csrf_token: str) -> bool:
        sent = tokens.unmask(request_csrf_token) if isinstance(request_csrf_token, str) else ""
        return super()._csrf_tokens_match(sent, cookie_csrf_token)


async def add_headers(message: Message, scope: AsgiScope) -> None:
    """Security headers on every answer, and how long it may be kept."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", _kept(scope, message["status"]))


def _kept(scope: AsgiScope, status: int) -> str:
    """How long a cache may keep an answer: an asset under the digest of its content for a year, a page never."""
    path = scope["path"]
    if not path.startswith("/static/"):
        return "no-store"
    # A digest in the address that is not the file's own (an older page's) must not be kept as if it were.
    found = status == 200 and f"{path}?{scope['query_string'].decode('latin-1')}" == asset(
        path.removeprefix("/static/")
    )
    return "public, max-age=31536000, immutable" if found else "no-cache"
