"""Compiled functions of the day: numba, without the interpreter's lock, kept on disk after the first use.

What is kept lies in a folder named after the sources of this package: numba looks for changes in a function's own
file only, not in those from which it calls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])
Ints = npt.NDArray[np.int64]


def _kept_in() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.read_bytes())
    return str(folder / "__pycache__" / f"compiled-{digest.hexdigest()[:16]}")


KEPT_IN = _kept_in()


def compiled(function: FunctionT) -> FunctionT:
    """The function, compiled at its first call; to callers it has the types that it is written with."""
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # numba makes its settings at import
    numba.config.CACHE_DIR = KEPT_IN  # type: ignore[attr-defined]  # made at import, as above
    try:
        return cast(FunctionT, numba.njit(cache=True, nogil=True)(function))
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]  # made at import, as above
