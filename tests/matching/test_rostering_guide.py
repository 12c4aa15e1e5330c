"""What docs/rostering.md says is so: its lines run, and the files that it names are there, all of the engine's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/rostering.md").read_text("utf-8")
LIBRARY = ROOT / "matching/carematch/rostering/day"


def test_the_lines_at_the_top_run(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code is not None
    exec(compile(code[1], "docs/rostering.md", "exec"), {})  # noqa: S102 - that is the point
    assert capsys.readouterr().out in ("['Ma', 'Bai'] optimal\n", "['Bai', 'Ma'] optimal\n")


def test_it_names_every_file_and_none_that_is_not_there() -> None:
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py)`", GUIDE))
    known = {str(path.relative_to(LIBRARY)) for path in LIBRARY.rglob("*.py") if path.stem != "__init__"}
    elsewhere = {name for name in named if name.startswith("matching/")}
    assert all((ROOT / name).is_file() for name in elsewhere)
    assert named - elsewhere == known
