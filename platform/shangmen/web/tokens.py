"""The token of forms, written anew in every answer.

Pages are compressed, and a page may repeat what its address says. Whoever can make somebody's browser ask for pages
and sees how long the answers are could guess, letter by letter, what stands beside it (BREACH). So the token never
stands twice in the same letters: each answer has it under a pad of its own.

Behind it stands for whom the page was made, signed: so what somebody typed is known to be theirs when it arrives after
their session has ended.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from datetime import timedelta

from shangmen import clock

_MARK = "m."
_OWNER = struct.Struct(">QQ8s")  # the user, the second in which the page was made, and noise
_SIGNED = 16  # bytes of the signature
OPEN_FOR = timedelta(days=7)  # that a page may have stood open


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
        both = base64.urlsafe_b64decode(token.removeprefix(_MARK).partition(".")[0])
    except (ValueError, binascii.Error):
        return ""
    half = len(both) // 2
    return _xor(both[:half], both[half:]).hex()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def made_for(token: str, user: int, secret: str) -> str:
    """The token with the mark of the user for whom its page is made."""
    said = _OWNER.pack(user, int(clock.now().timestamp()), secrets.token_bytes(8))
    return f"{token}.{base64.urlsafe_b64encode(said + _signature(said, secret)).decode()}"


def owner(token: str, secret: str) -> int | None:
    """The user for whom the page of a token was made; None for a token without a mark of ours, or an old one."""
    try:
        mark = base64.urlsafe_b64decode(token.removeprefix(_MARK).partition(".")[2])
    except (ValueError, binascii.Error):
        return None
    if len(mark) != _OWNER.size + _SIGNED:
        return None
    said, signature = mark[: _OWNER.size], mark[_OWNER.size :]
    if not hmac.compare_digest(signature, _signature(said, secret)):
        return None
    user, second, _noise = _OWNER.unpack(said)
    return int(user) if clock.now().timestamp() - second < OPEN_FOR.total_seconds() else None


def _signature(said: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"made for" + said, hashlib.sha256).digest()[:_SIGNED]
