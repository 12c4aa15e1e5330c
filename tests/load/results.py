"""What came out: rows of a table for people and for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

HEADS = "| test | what | wanted | seen | seconds | load before | verdict |\n|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Result:
    """One line of the table.

    `held` is None for a figure of speed, which is reported and fails nothing: it says as much of the machine as of
    the program.
    """

    test: str
    what: str
    wanted: str
    seen: str
    held: bool | None
    seconds: float
    load: float  # of the machine when it began

    @property
    def verdict(self) -> str:
        """In a word."""
        return {True: "held", False: "FELL", None: "reported"}[self.held]

    def line(self) -> str:
        """A row of the table."""
        cells = (
            self.test, self.what, self.wanted, self.seen, f"{self.seconds:.0f}", f"{self.load:.1f}", self.verdict,
        )  # fmt: skip
        return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def machine() -> str:
    """On what it ran."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def write(folder: Path, results: Sequence[Result]) -> Path:
    """The table as markdown and as JSON, under the time of day; the path without its ending."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{datetime.now():%Y-%m-%d-%H%M%S}"
    table = "\n".join([machine(), "", HEADS, *(result.line() for result in results), ""])
    file.with_suffix(".md").write_text(table, "utf-8")
    rows = [{**asdict(result), "verdict": result.verdict} for result in results]
    file.with_suffix(".json").write_text(
        json.dumps({"machine": machine(), "results": rows}, ensure_ascii=False, indent=1), "utf-8"
    )
    return file
