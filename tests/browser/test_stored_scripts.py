"""What is stored never acts: a script in every text column of every table, every page opened in Chromium."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from litestar import Litestar
from piccolo.columns import Text, Varchar
from playwright.sync_api import Dialog, Error, Page, sync_playwright

from shangmen import clock
from shangmen.access import Rows, Scope
from shangmen.database.piccolo_app import APP_CONFIG
from shangmen.database.states import Word
from shangmen.foundation.accounts.actions import open_session
from tests.browser.conftest import FLAGS, chromium
from tests.cast import Cast
from tests.committed import committed
from tests.conftest import NewDatabase, Servers
from tests.operations.site import Site, free_port
from tests.sizes import WHOLE, Note
from tests.test_access import _one_of_each, table_of
from tests.test_fuzz import addressed, all_routes, completed

# Ends an attribute, a script and a comment; acts without a click wherever it is not escaped.
SCRIPT = "'\"--></script></textarea><svg onload=alert({})>"
SHORT = '"><svg onload=alert({})>'
# Codes of ours, which no form takes from anybody as text, and what no page shows.
CODES = {
    "app_user.locale", "app_user.password", "app_user.totp_secret", "audit_event.role", "audit_event.subject",
    "audit_event.verb", "deduction.rule", "deed.route", "deed.subject", "deed.verb", "deed_change.relation",
    "entitlement_rung.code", "finding.message", "finding.rule", "import_mapping.kind", "import_row.code",
    "list_import.kind", "list_import.signature", "matching_run.message", "need.required_qualification",
    "parameter.name", "qualification.kind", "sample.seed", "service_item.code", "service_item.required_qualification",
    "service_record.signature", "submission.result", "submission.route", "submission.token", "task.kind",
    "task.message", "task.route", "task.subject", "tender_study.message", "unsent_form.said", "upkeep_mark.part",
}  # fmt: skip
DOWNLOADS = ("export", "template", "paper", "sheet", "dossier", "proof", "lines", "file", "content", "health")
OPEN_POPUPS = """() => {
  for (const one of document.querySelectorAll('details')) one.open = true;
  for (const one of document.querySelectorAll('.leaflet-interactive'))
    one.dispatchEvent(new MouseEvent('click', {bubbles: true}));
}"""


def columns() -> list[tuple[str, str]]:
    """Every column of free text, as (table, column)."""
    found = []
    for table in APP_CONFIG.table_classes:
        for column in table._meta.columns:
            if isinstance(column, Text | Varchar) and not isinstance(column, Word):
                found.append((str(table._meta.tablename), str(column._meta.db_column_name)))
    return sorted(set(found))


async def planted(owner: asyncpg.Connection) -> list[str]:
    """Put a script into every such column, past triggers; which took it. Each alerts the number of its column."""
    took = []
    await owner.execute("SET session_replication_role = replica")
    for number, (table, column) in enumerate(columns()):
        if f"{table}.{column}" in CODES:
            continue
        for script in (SCRIPT, SHORT):
            try:
                async with owner.transaction():
                    # of each table the rows that are unique by this text get it with their number
                    await owner.execute(
                        f'UPDATE "{table}" SET "{column}" = $1 || CASE WHEN id % 2 = 0 THEN id::text ELSE \'\' END',
                        script.format(number),
                    )
                took.append(f"{table}.{column}")
                break
            except asyncpg.PostgresError:
                continue
    return took


async def ready(app: Litestar, cast: Cast) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Pages as (role, path), as the first who may open each (as all who may in the long form); sessions by role."""
    ids = await _one_of_each(cast)
    await completed(cast)
    clock.set_to(None)  # the server has its own
    people: dict[str, Scope] = {
        str(one.role): one for one in reversed(cast.people().values()) if one.county == cast.county
    }
    sessions = {role: (await open_session(scope, "127.0.0.1", "test"))[0] for role, scope in people.items()}
    pages = []
    for name, method, path, rule, _named in all_routes(app):
        if method != "GET" or any(word in name for word in DOWNLOADS) or "json" in path:
            continue
        if rule.rows == Rows.REACHED and not table_of(name):
            continue
        roles = [str(role) for role in rule.roles if str(role) in sessions]
        pages += [(role, addressed(name, path, ids, rule)) for role in (roles if WHOLE else roles[:1])]
    return pages, sessions


@dataclass
class Looked:
    """What Chromium saw."""

    dialogs: list[str]
    answers: dict[int, int]
    faults: list[str]
    scripts: int  # texts of ours that pages held as text


def look(address: str, pages: list[tuple[str, str]], sessions: dict[str, str]) -> Looked:
    """Open every page without its policy for scripts, so that the words alone must hold."""
    looked = Looked([], {}, [], 0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tabs: dict[str, Page] = {}
        for role, path in pages:
            if role not in tabs:
                context = browser.new_context(base_url=address, bypass_csp=True)
                context.add_cookies([{"name": "session", "value": sessions[role], "url": address}])
                tabs[role] = context.new_page()
            tab, said = tabs[role], list[str]()

            def noted(dialog: Dialog, said: list[str] = said) -> None:
                said.append(dialog.message)
                dialog.dismiss()

            tab.once("dialog", noted)
            try:
                answer = tab.goto(path, wait_until="load")
            except Error as fault:
                if "Download is starting" not in str(fault):
                    raise
                continue
            assert answer is not None
            looked.answers[answer.status] = looked.answers.get(answer.status, 0) + 1
            if answer.status >= 500:
                looked.faults.append(f"{answer.status} {role} {path}")
            tab.evaluate(OPEN_POPUPS)
            looked.scripts += int(tab.evaluate("document.body.innerHTML.split('onload=alert').length - 1"))
            tab.remove_listener("dialog", noted)
            looked.dialogs += [f"{role} {path}: {columns()[int(number)]}" for number in said]
        browser.close()
    return looked


@pytest.mark.browser
async def test_no_text_of_any_column_acts_on_any_page(
    app: Litestar, servers: Servers, engine: str, new_database: NewDatabase, tmp_path: Path, record_property: Note
) -> None:
    name, port = await new_database(), free_port()

    async def same() -> str:
        return name

    async with committed(servers, engine, same, 2) as cast:
        pages, sessions = await ready(app, cast)
    owner = await asyncpg.connect(servers.owner(name))
    took = await planted(owner)
    await owner.close()
    site = Site(tmp_path)
    site.environment.update(DATABASE_URL=servers.application(name), DATABASE_OWNER_URL=servers.owner(name))
    try:
        site.web(port).start()
        await asyncio.to_thread(site.answers, port)
        looked = await asyncio.to_thread(look, f"http://127.0.0.1:{port}", pages, sessions)
    finally:
        site.end()
    record_property(
        "seen",
        f"{len(took)} columns, {len(pages)} pages in Chromium, {looked.scripts} times a script as text,"
        f" {len(looked.dialogs)} dialogs",
    )
    assert len(took) > 70
    assert not looked.dialogs, "\n".join(looked.dialogs)
    assert not looked.faults, "\n".join(looked.faults)
    assert looked.scripts > 100, "hardly any text is shown"
