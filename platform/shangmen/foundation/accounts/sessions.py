"""Sessions: the cookie, and the middleware that finds out who is asking."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from shangmen import access
from shangmen.foundation.accounts import queries
from shangmen.foundation.accounts.limits import KNOWN_FOR
from shangmen.web import language
from shangmen.web.security import SAFE

SESSION = "session"
BROWSER = "browser"  # says nothing but: its owner logged in here before


class Sessions(AbstractAuthenticationMiddleware):
    """Puts the Scope of the session's user on the request, or None, and sets the language."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        token = connection.cookies.get(SESSION)
        chosen = connection.cookies.get("locale")
        user = None
        if token:
            user = await queries.session(access.system(purpose="session"), token)
        language.speak(chosen or (user.locale if user else language.DEFAULT))
        if user is None:
            # a form may come after the end of its session: it is kept for whom it belongs to (web/unsent.py)
            if not token or connection.scope.get("method", "GET") in SAFE:
                return AuthenticationResult(user=None, auth=None)
            return AuthenticationResult(user=None, auth={"was": await queries.whose_it_was(token)})
        address = connection.client.host if connection.client else ""
        name = await queries.organisation_name(access.system(user.county, purpose="session"), user.organisation)
        return AuthenticationResult(
            user=queries.scope_of(user, name, address),
            auth={"token": token, "must_change": user.must_change},
        )


def session_cookie(token: str, secure: bool) -> Cookie:
    """The cookie of a session; an empty token takes it back."""
    return Cookie(
        key=SESSION,
        value=token,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
        max_age=int(queries.LIFETIME.total_seconds()) if token else 0,
    )


def browser_cookie(token: str, secure: bool) -> Cookie:
    """The cookie by which a browser is known again when the limits of log-ins are counted; it opens nothing."""
    return Cookie(
        key=BROWSER,
        value=token,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/login",
        max_age=int(KNOWN_FOR.total_seconds()),
    )
