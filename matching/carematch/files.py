"""Files of problems and solutions, for the commands: read whole, or refused in one sentence that names the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from carematch.assignment import Problem, Solution, problem_from_json, solution_from_json

T = TypeVar("T")


class UnreadableFile(ValueError):
    """A file that is not what it should be: its name, and why, in one line."""


def read_problem(path: Path) -> Problem:
    """The problem in a file; raises UnreadableFile for anything else, OSError where there is no file."""
    return _read(path, problem_from_json)


def read_solution(path: Path) -> Solution:
    """The solution in a file; raises UnreadableFile for anything else, OSError where there is no file."""
    return _read(path, solution_from_json)


def _read(path: Path, decode: Callable[[bytes], T]) -> T:
    raw = path.read_bytes()
    try:
        raw.decode()
        return decode(raw)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: The file is not written in UTF-8 (byte {error.start}).") from error
    except (msgspec.DecodeError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise UnreadableFile(f"{path}: This is not a file of the expected kind: {what}") from error
