"""The shape of the checkout: what must never become a package, and where things are."""

import subprocess
import sys
from pathlib import Path

from shangmen import paths
from shangmen.piccolo_app import FEATURES

ROOT = paths.CHECKOUT


def test_the_source_roots_never_become_packages() -> None:
    for folder in ("platform", "matching", "tests/platform"):
        assert not (ROOT / folder / "__init__.py").exists(), f"{folder}/__init__.py would shadow the standard library"


def test_python_finds_its_own_platform_module() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.system())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip()


def test_every_feature_has_the_same_file_names() -> None:
    known = {
        "__init__.py", "tables.py", "queries.py", "actions.py", "forms.py", "controller.py",
        "adapter.py", "events.py", "effects.py",
    }  # fmt: skip
    for feature in FEATURES:
        folder = paths.PACKAGE / feature.replace(".", "/")
        files = {file.name for file in folder.glob("*.py")}
        assert {"tables.py", "queries.py", "actions.py", "controller.py"} <= files, feature
        topics = files - known
        assert len(topics) <= 13, f"{feature} has grown many topics: {sorted(topics)}"


def test_files_can_be_read_in_one_sitting() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for folder in ("platform", "matching", "tests")
        for file in (ROOT / folder).rglob("*.py")
        if (lines := len(file.read_text("utf-8").splitlines())) > 450
    }
    assert not long


def test_no_file_names_a_machine_or_a_registry() -> None:
    words = ["/wo" + "rk/", "/ro" + "ot/", "pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js"]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    found = []
    for name in listed:
        file = ROOT / name
        if not file.is_file() or file.stat().st_size > 2_000_000 or file.suffix in {".png", ".ico"}:
            continue
        text = file.read_text("utf-8", errors="ignore")
        found += [f"{name}: {word}" for word in words if word in text]
    assert not found


def test_no_third_party_asset_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "static/vendor" not in listed
    assert not [line for line in listed.split() if Path(line).suffix in {".min.js", ".woff2"}]
