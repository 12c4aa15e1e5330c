"""The guides for newcomers: the paths that they name are there, and the journey of a need never goes back."""

import re
import subprocess
from pathlib import Path

import pytest

from shangmen import paths
from tests.test_layout import FILES

ROOT = paths.CHECKOUT
GUIDES = ("README.md", "CONTRIBUTING.md", *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md")))
# what the commands that they name write
MADE = {"build/bench/", ".data/", ".data/test/"}
# where a guide's paths begin, the checkout itself first
BELOW = ("", "platform/shangmen", "matching/carematch", "matching/carematch/assignment",
         "matching/carematch/rostering/day", "tests")  # fmt: skip
PATH = re.compile(r"`([\w./-]+(?:\.(?:py|sql|md|toml|yaml|po|lock|html|css|js)|/))`")


def paths_of(text: str) -> list[str]:
    """What stands in backticks and is a file or a folder."""
    return PATH.findall(text)


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_that_a_guide_names_is_there(guide: str) -> None:
    files = tracked()
    names = {Path(file).name for file in files} | {
        f"{parent.name}/" for file in files for parent in Path(file).parents
    }
    missing = [
        name
        for name in paths_of((ROOT / guide).read_text("utf-8"))
        if name not in MADE and not any((ROOT / folder / name).exists() for folder in BELOW) and name not in names
    ]
    assert missing == []


def test_the_journey_of_a_need_never_goes_back_to_a_file_that_was_left() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    journey = paths_of(text.split("## The journey of a need")[1].split("\n## ")[0])
    assert len(journey) > 30
    assert len(set(journey)) == len(journey)


def test_the_table_of_a_feature_s_files_is_the_closed_list() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    table = text.split("## One feature's files")[1].split("\n## ")[0].split("Other names")[0]
    assert set(re.findall(r"`(\w+)\.py`", "\n".join(re.findall(r"^\| .*", table, re.M)))) == FILES - {"__init__"}
