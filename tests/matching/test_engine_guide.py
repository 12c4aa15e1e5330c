"""What docs/engine.md says is so: its ten lines run, and the files that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/engine.md").read_text("utf-8")
LIBRARY = ROOT / "matching/carematch/assignment"


def test_the_ten_lines_at_the_top_run(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code is not None and GUIDE.index("```python") < 40
    lines = [line for line in code[1].splitlines() if line]
    assert len(lines) <= 10
    exec(compile(code[1], "docs/engine.md", "exec"), {})  # noqa: S102 - that is the point
    assert capsys.readouterr().out == "['Ma: north', 'Yang: south'] True\n"


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py)`", GUIDE))
    assert len(named) > 30
    known = {str(path.relative_to(LIBRARY)) for path in LIBRARY.rglob("*.py")} | {
        path.name for path in LIBRARY.rglob("*.py")
    }
    tests = {path.name for path in (ROOT / "tests/matching").glob("*.py")}
    tests |= {f"tests/matching/{name}" for name in tests}
    assert named - known - tests == set()


def test_every_file_of_the_engine_s_rooms_is_taught() -> None:
    rooms = ("formulation", "bounds", "heuristics", "engine")
    files = {path.name for room in rooms for path in (LIBRARY / room).glob("*.py")}
    untaught = {"__init__.py", "arrays.py", "compiled.py", "warming.py", "incumbent.py"}
    assert {name for name in files - untaught if name not in GUIDE} == set()
