"""Nothing is cut in silence: where text or a list is shortened is a closed list, with the reason beside it."""

import re
from pathlib import Path

import pytest

from shangmen import database, paths
from shangmen.foundation import names
from shangmen.foundation.accounts.actions import open_session
from tests.cast import Cast
from tests.conftest import OpenBrowser

CUT = re.compile(
    r"[\w\])\"']\[:\d+\]|\bleft\((?!\w*\.?\w+, 1\))[^)]*, ?\d+\)|\bsubstr|substring\("
    r"|\bLIMIT (?!1\b)\d+|limit=\d+|truncate"
)

# How many lines of a file (below platform/shangmen, or templates) may cut, and why.
MAY = {
    "web/exports.py": (
        3,
        "the first letter decides; a sheet's name holds 31 characters, the title stands below",
    ),
    "database/search.sql": (1, "every end of a name, to be found by"),
    "web/pages.py": (1, "a digest in an address"),
    "web/masking.py": (3, "masks"),
    "web/forms.py": (1, "a digest as token"),
    "web/error_pages.py": (1, "what a driver said of a value, for the log alone: it repeats what was typed"),
    "delivery/service_records/at_the_door/tasks.py": (1, "the group of a service is the first letter of its code"),
    "delivery/visits/views.py": (1, "days, times and ids of an address"),
    "delivery/visits/rostering/staff.py": (1, "one of several alike"),
    "delivery/visits/effects.py": (1, "the visits around today, on a person's page; the list has all"),
    "foundation/audit/controller.py": (2, "a page of a list; a digest, in full beside the seals"),
    "foundation/audit/actions.py": (1, "the first county"),
    "foundation/regions/actions.py": (1, "the parts of a code"),
    "foundation/regions/gazetteer.py": (1, "the parts of a code"),
    "foundation/regions/changes/actions.py": (2, "the parts of a code"),
    "foundation/identity.py": (2, "the parts of an ID number"),
    "foundation/imports/papers.py": (3, "a sheet's name holds 31 characters; the fields of which one is enough"),
    "foundation/organisations/papers.py": (2, "the parts of a credit code"),
    "foundation/imports/queries.py": (1, "the newest imports of the page that takes the next one"),
    "foundation/imports/sheets.py": (1, "where the foot of a sheet begins"),
    "foundation/imports/views.py": (1, "words asked about at once: a form has so much room"),
    "foundation/imports/cells/numbers.py": (1, "the parts of an ID number"),
    "foundation/deeds/queries.py": (1, "the newest, which may be taken back"),
    "foundation/catalogue/holidays/controller.py": (3, "the year of a day"),
    "foundation/organisations/controller.py": (1, "the first on an organisation's page, which links to all"),
    "foundation/accounts/passwords.py": (1, "what the list of common passwords holds at most"),
    "foundation/accounts/limits.py": (2, "keys under which tries are counted"),
    "supply/tendering/job.py": (1, "a digest"),
    "supply/matching_runs/controller.py": (1, "one of the reasons, on a list; the need's page has all"),
    "supply/matching_runs/actions.py": (1, "the parts of a code"),
    "supply/matching_runs/run/problem.py": (1, "one of several alike"),
    "supply/matching_runs/explanations/prices.py": (1, "a key of an order"),
    "supply/matching_runs/explanations/views.py": (1, "one of the reasons, when there is no other"),
    "demand/recipients/registration/rules.py": (1, "the part of a certificate's number that is the ID number"),
    "demand/recipients/rolls/rules.py": (1, "the part of a certificate's number that is the ID number"),
    "demand/recipients/rolls/phrases.py": (1, "the month of a day"),
    "templates/tendering/show.html": (1, "a digest"),
    "templates/audit/list.html": (1, "a digest"),
    "templates/matching_runs/show.html": (1, "a digest"),
    "templates/matching_runs/need.html": (1, "the next ones unfold"),
    "templates/service_records/show.html": (2, "digests"),
    "templates/organisations/worker.html": (1, "the next ones unfold"),
    "templates/organisations/show.html": (1, "a link leads to all"),
}


def cuts() -> dict[str, list[str]]:
    """Every place where something may be cut, by file."""
    found: dict[str, list[str]] = {}
    sources = [*paths.PACKAGE.rglob("*.py"), *paths.PACKAGE.rglob("*.sql"), *Path(paths.TEMPLATES).rglob("*.html")]
    for file in sources:
        inside = file.is_relative_to(paths.PACKAGE)
        name = str(file.relative_to(paths.PACKAGE)) if inside else f"templates/{file.relative_to(paths.TEMPLATES)}"
        if name.startswith("demo/"):
            continue
        lines = [line.strip() for line in file.read_text("utf-8").splitlines() if CUT.search(line)]
        if lines:
            found[name] = lines
    return found


def test_whoever_cuts_says_why() -> None:
    found = cuts()
    silent = {name: lines for name, lines in found.items() if len(lines) != MAY.get(name, (0, ""))[0]}
    assert not silent
    assert set(MAY) <= set(found), "not cut any more"


@pytest.mark.parametrize(
    "line", ["reason[:80]", "left(:note, 200)", "ORDER BY id LIMIT 200", "limit=62", "x|truncate"]
)
def test_a_cut_is_found(line: str) -> None:
    assert CUT.search(line)


async def test_the_longest_name_is_found_by_all_of_its_pinyin_and_initials(cast: Cast) -> None:
    full, initials = names.pinyin("双" * 60)
    assert full == "shuang" * 60 and initials == "s" * 60
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE person SET pinyin = :full, initials = :initials WHERE id = :id",
            full=full,
            initials=initials,
            id=cast.person_a,
        )


async def test_two_long_tokens_that_begin_alike_are_two_wishes(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    for end in ("a", "b"):
        day = {"kind": "holiday", "name": end, "source": "x", "day": f"2026-11-1{len(end) + ord(end) - ord('a')}"}
        answer = await visitor.post("/catalogue/holidays", {"once": "t" * 64 + end, **day})
        assert answer.status_code == 303, answer.text


async def test_a_long_fault_and_a_long_browser_are_kept_whole(cast: Cast) -> None:
    agent = "Mozilla/5.0 " + "x" * 400
    await open_session(cast.bureau, "127.0.0.9", agent)
    async with database.transaction(cast.system):
        assert await database.exists("SELECT 1 FROM app_session WHERE agent = :agent", agent=agent)
