"""Passwords: Argon2id with 19 MiB, t=2, p=1 (OWASP's first recommendation), hashed in a thread, two at once."""

import asyncio
import unicodedata
from functools import partial

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

from shangmen.errors import Refused

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
STRONG = 3  # of 4: more than 10^8 guesses
_limiters: dict[asyncio.AbstractEventLoop, CapacityLimiter] = {}

# Compared with when there is no such user, so that an answer takes as long.
_NOBODY = _HASHER.hash("nobody has this password")


async def _in_thread(work: partial[str] | partial[bool]) -> str | bool:
    loop = asyncio.get_running_loop()
    limiter = _limiters.setdefault(loop, CapacityLimiter(2))
    return await to_thread.run_sync(work, limiter=limiter)


async def hashed(password: str) -> str:
    """The stored form of a password."""
    return str(await _in_thread(partial(_HASHER.hash, password)))


async def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; as slow for an unknown user, and for one whose password fits nothing."""

    def same(as_this: str) -> bool:
        try:
            return _HASHER.verify(as_this, password)
        except VerifyMismatchError:
            return False

    def verify() -> bool:
        try:
            return same(stored or _NOBODY) and stored is not None
        except InvalidHashError:
            same(_NOBODY)
            return False

    return bool(await _in_thread(partial(verify)))


async def check_strength(password: str, login: str) -> None:
    """Raises Refused for a password that is too short or is guessed soon.

    Length and kinds are what GB/T 22239 asks for; the guesses are zxcvbn's, which knows the lists of common passwords,
    names, keyboard patterns, years and what is usually put in place of letters.
    """
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < 10 or kinds < 2 or login.lower() in password.lower():
        raise Refused(
            "Use at least 10 characters of two kinds (letters, digits, signs), without your log-in name.",
            field="password",
        )
    if await _in_thread(partial(_is_common, password, login)):
        raise Refused("This password is among the first that are tried. Please choose another.", field="password")


def _is_common(password: str, login: str) -> bool:
    # The folded form too: full-width letters are typed the same way. zxcvbn takes 72 characters.
    told = {password[:72], unicodedata.normalize("NFKC", password)[:72]}
    return any(zxcvbn(text, user_inputs=[login, "shangmen", "minzheng"])["score"] < STRONG for text in told)
