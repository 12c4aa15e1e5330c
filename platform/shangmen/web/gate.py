"""What every request passes first: whose address it came from, and whether it can be read at all.

Everything behind may rely on it: an address is the person's, not the proxy's; a cookie is plain letters; a form is
readable, and its token is text. What cannot be read is refused here, in one place, as the sender's fault.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.middleware.csrf import CSRF_SECRET_LENGTH, generate_csrf_hash
from litestar.types import ASGIApp, Receive, Scope, Send

from shangmen.errors import Forbidden

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

CSRF_COOKIE = "csrf"
CSRF_HEADER = b"x-csrftoken"
CSRF_FIELD = "_csrf_token"
FORM_BYTES = 512 * 1024  # of a form without files; a drawn signature is the most of one
FILE_BYTES = 12 * 1024 * 1024  # of a form with a file
FIELDS = 1000  # of a form; the longest is a list of choices
LONGEST_PATH = 2000  # no address of ours is longer; file systems take less
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A name or an address, and a port.
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{0,255}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")
LARGEST_PORT = 65535
# What a cookie of ours may say. A percent sign would become any character later on.
_COOKIE = re.compile(rb"[A-Za-z0-9_.=+/-]*|\"[A-Za-z0-9_.=+/-]*\"")


@dataclass(frozen=True)
class Gate:
    """The middleware before all others.

    `secret` signs the tokens of forms; `proxies` are the networks whose word on a sender's address is believed.
    """

    app: ASGIApp
    secret: str
    proxies: Networks = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        if mended_host(scope):
            raise ClientException("this host is none")
        if _CONTROL.search(scope["path"]) or len(scope["path"]) > LONGEST_PATH:
            raise NotFoundException
        scope["headers"] = [
            (name, self._clean_cookies(value) if name == b"cookie" else value)
            for name, value in scope["headers"]
            if name != CSRF_HEADER or value.isascii()
        ]
        if self.proxies:
            _believe_proxies(scope, self.proxies)
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        form = await _form(scope, receive)
        try:
            if not all(isinstance(token, str) and token.isascii() for token in form.getall(CSRF_FIELD, [])):
                raise Forbidden("The page was open too long, or your role may not do this. Please load it again.")
            await self.app(scope, receive, send)
        finally:
            await form.close()

    def _clean_cookies(self, header: bytes) -> bytes:
        """The cookies that can be ours; one damaged, or signed with an older secret, is as if it was not sent."""
        kept = []
        for pair in header.split(b";"):
            name, _equals, value = pair.strip().partition(b"=")
            if not _COOKIE.fullmatch(value):
                continue
            if name == CSRF_COOKIE.encode() and not self._signed(value.decode()):
                continue
            kept.append(pair.strip())
        return b"; ".join(kept)

    def _signed(self, token: str) -> bool:
        secret, digest = token[:CSRF_SECRET_LENGTH], token[CSRF_SECRET_LENGTH:]
        return compare_digest(generate_csrf_hash(secret, self.secret), digest)


def mended_host(scope: Scope) -> bool:
    """Whether the request named a host that is none; it has a plain one then, so that a page can be made that says so.

    The framework too refuses some of them, before any middleware is asked.
    """
    if all(_is_host(value) for name, value in scope["headers"] if name == b"host"):
        return False
    scope["headers"] = [(b"host", b"localhost"), *(one for one in scope["headers"] if one[0] != b"host")]
    return True


def _is_host(value: bytes) -> bool:
    found = _HOST.fullmatch(value)
    return found is not None and int(found[1] or 0) <= LARGEST_PORT


def _address(text: str) -> Address | None:
    """An address as a proxy wrote it, with or without its port; None for anything else."""
    hop = text.strip()
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        found = ip_address(hop)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)  # False for another version


def _believe_proxies(scope: Any, proxies: Networks) -> None:
    """Put the sender's address and scheme in place of the proxy's.

    Each proxy adds at the right whom it heard from. So from the right, the first that is no proxy of ours is the
    sender, and what stands left of it anybody may have written. An entry that is no address ends the search.
    """
    sender = _address(scope["client"][0]) if scope.get("client") else None
    if sender is None or not _within(sender, proxies):
        return
    for hop in reversed(_said(scope, b"x-forwarded-for")):
        found = _address(hop)
        if found is None:
            break
        sender = found
        if not _within(found, proxies):
            break
    scope["client"] = (str(sender), 0)
    schemes = _said(scope, b"x-forwarded-proto")
    if schemes and schemes[-1] in {"http", "https"}:
        scope["scheme"] = schemes[-1]


def _said(scope: Any, name: bytes) -> list[str]:
    """All entries of a header that may stand several times."""
    values = [value.decode("latin-1") for header, value in scope["headers"] if header == name]
    return [entry.strip().lower() for value in values for entry in value.split(",")]


async def _form(scope: Scope, receive: Receive) -> FormMultiDict:
    """Read a form once for all; raises ClientException for one that cannot be read."""
    request: Request[Any, Any, Any] = scope["litestar_app"].request_class(scope=scope, receive=receive)
    try:
        # counted before anything is made of them: the route's limit of bytes leaves room for many small ones
        if request.content_type[0] == RequestEncodingType.URL_ENCODED and (await request.body()).count(b"&") >= FIELDS:
            raise RequestEntityTooLarge("more fields than a form of ours has")
        return await request.form()
    except HTTPException:
        raise
    except (ValueError, LookupError, TypeError) as fault:  # broken multipart; text in no encoding, or in an odd one
        raise ClientException("this form cannot be read") from fault
