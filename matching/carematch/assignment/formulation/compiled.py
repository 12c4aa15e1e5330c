"""Compiled functions: numba, without the interpreter's lock, kept on disk after the first use.

Numba recompiles a function when its own file changes, not when a file does from which it calls. So what is
kept lies in a folder named after all sources of `carematch.assignment`: a new version never runs old machine code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])


def _kept_in() -> Path:
    folder = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.read_bytes())
    return folder / "__pycache__" / f"compiled-{digest.hexdigest()[:16]}"


# asked for when a function is made; where it cannot be written, numba takes the user's cache folder
numba.config.CACHE_DIR = str(_kept_in())  # type: ignore[attr-defined]  # numba makes its settings at import


def compiled(function: FunctionT) -> FunctionT:
    """The function, compiled at its first call; to callers it has the types that it is written with."""
    return cast(FunctionT, numba.njit(cache=True, nogil=True)(function))
