"""The token of forms, written anew in every answer.

Pages are compressed, and a page may repeat what its address says. Whoever can make somebody's browser ask for pages
and sees how long the answers are could guess, letter by letter, what stands beside it (BREACH). So the token never
stands twice in the same letters: each answer has it under a pad of its own.
"""

import base64
import binascii
import secrets

from litestar.middleware.csrf import CSRFMiddleware

_MARK = "m."


def mask(token: str) -> str:
    """A signed token (hexadecimal) under a fresh pad; "" for anything else."""
    try:
        plain = bytes.fromhex(unmask(token))
    except ValueError:
        return ""
    pad = secrets.token_bytes(len(plain))
    return _MARK + base64.urlsafe_b64encode(pad + _xor(pad, plain)).decode() if plain else ""


def unmask(token: str) -> str:
    """The token under the pad; one without a pad, as the cookie has it, is itself."""
    if not token.startswith(_MARK):
        return token
    try:
        both = base64.urlsafe_b64decode(token.removeprefix(_MARK))
    except (ValueError, binascii.Error):
        return ""
    half = len(both) // 2
    return _xor(both[:half], both[half:]).hex()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


class FormTokens(CSRFMiddleware):
    """Litestar's check of tokens, which takes the pad off first."""

    def _csrf_tokens_match(self, request_csrf_token: str, cookie_csrf_token: str) -> bool:
        sent = unmask(request_csrf_token) if isinstance(request_csrf_token, str) else ""
        return super()._csrf_tokens_match(sent, cookie_csrf_token)
