"""The shape of the checkout: what must never become a package, and where things are."""

import re
import subprocess
import sys
from pathlib import Path

from shangmen import paths
from shangmen.database.piccolo_app import FEATURES

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


# What a feature may hold (docs/architecture.md says what for). The list is closed.
FILES = {
    "__init__", "tables", "states", "queries", "actions", "rules", "forms", "controller", "views", "phrases", "events",
    "effects", "daily", "notices", "inputs", "job", "adapter", "papers", "reader",
}  # fmt: skip

# Further names are things of the domain, never manners of doing.
THINGS = {
    "foundation.audit": {"chain", "held_rows", "proofs"},
    "foundation.regions": {"coordinates", "distance", "gazetteer", "points", "synthetic_positions"},
    "foundation.catalogue": {"proofs", "seed", "synonyms", "units"},
    "foundation.catalogue.holidays": {"working_days"},
    "foundation.accounts": {"limits", "passwords", "proofs", "sessions"},
    "foundation.organisations": {"languages", "proofs", "restoration"},
    "foundation.organisations.lists": {
        "certificates", "entrants", "holders", "names", "providers", "staff", "stations",
    },
    "foundation.tasks": {"figures", "restoration", "waiting"},
    "demand.recipients": {"restoration"},
    "foundation.imports": {"kinds", "mapping", "sheets"},
    "foundation.imports.cells": {
        "amounts", "days", "hours", "numbers", "places", "points", "reading", "telephones",
    },
    "foundation.villages": {"kind"},
    "demand.recipients.moves": {"dossier", "referrals"},
    "demand.recipients.rolls": {"columns", "differences", "entrants", "kind", "words"},
    "demand.entitlement": {"seed"},
    "demand.needs": {"caps", "frequency", "priority", "proofs", "restoration", "windows"},
    "demand.needs.assessments": {"scales"},
    "demand.needs.lists": {"assessments", "needs", "wishes"},
    "supply.contracts.lists": {"kind"},
    "supply.contracts": {"forecast", "ledger", "pricing", "proofs"},
    "supply.placements": {"consumption", "endings", "proofs", "reservation", "restoration"},
    "supply.matching_runs": {"certificate"},
    "supply.matching_runs.explanations": {"orders", "prices"},
    "supply.matching_runs.rules": {"contract", "entitlement", "people", "rule", "supplier"},
    "supply.matching_runs.run": {"capacity", "problem", "results", "snapshot", "suppliers"},
    "supply.tendering": {"curve", "results"},
    "delivery.visits": {"allowance", "bookings", "presence", "restoration"},
    "delivery.visits.rostering": {"staff", "suggestions"},
    "delivery.service_records": {
        "chain", "corrections", "evidence", "signature", "whole_record",
    },
    "delivery.service_records.at_the_door": {"fixes", "tasks"},
    "delivery.service_records.verification": {"dossier", "findings", "proofs", "restoration", "verdicts"},
    "delivery.service_records.verification.rules": {"people", "position", "proof", "rule", "time"},
    "delivery.quality": {"proofs", "sampling"},
    "delivery.settlement": {"buckets", "deductions", "ledger", "periods", "proofs"},
    "delivery.settlement.payment": {"capitals"},
}  # fmt: skip


def test_features_hold_the_files_of_the_closed_list_and_things_of_the_domain() -> None:
    found: dict[str, set[str]] = {}
    for layer in ("foundation", "demand", "supply", "delivery"):
        for file in (paths.PACKAGE / layer).glob("*/**/*.py"):
            room = ".".join(file.parent.relative_to(paths.PACKAGE).parts)
            if file.stem not in FILES:
                found.setdefault(room, set()).add(file.stem)
    assert found == THINGS


def test_a_feature_of_many_files_has_rooms() -> None:
    for feature in FEATURES:
        files = list((paths.PACKAGE / feature.replace(".", "/")).glob("*.py"))
        assert len(files) <= 18, f"{feature}: {len(files)} files; name rooms by what they do"


def test_the_root_holds_what_everybody_reads_first() -> None:
    assert {file.stem for file in paths.PACKAGE.glob("*.py")} == {
        "__init__", "access", "app", "cli", "clock", "effects", "errors", "paths", "settings", "wiring",
    }  # fmt: skip


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


def test_whoever_silences_a_check_says_which_and_why() -> None:
    mark = re.compile(r"# (type: ignore|noqa)(?!\w)(.*)")
    bare = []
    for folder in ("platform", "matching", "tests", "migrations"):
        for file in (ROOT / folder).rglob("*.py"):
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                found = None if "compile(" in line else mark.search(line)
                if found and not re.match(r"(\[[\w-]+\]  # |: [A-Z0-9, ]+ -- )\S", found[2]):
                    bare.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not bare, "\n".join(bare)
