"""The trail: every act leaves an entry, each entry seals the one before it."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.service_records.phrases import history_words
from shangmen.delivery.visits import phrases as visits
from shangmen.foundation.audit import actions, chain, phrases, proofs, queries
from shangmen.foundation.audit.queries import EventRow, HistoryRow
from shangmen.foundation.audit.tables import AuditEvent
from shangmen.supply.contracts import phrases as contracts
from shangmen.supply.placements import phrases as placements
from shangmen.web import language
from shangmen.web.language import label
from tests.cast import Cast
from tests.conftest import OpenBrowser


@database.scoped
async def act(scope: Scope, verb: str = "needs.pause", reason: str = "住院") -> None:
    """A verb that leaves an entry."""
    actions.record(scope, verb, "need", 1, reason, months=3)


async def last(cast: Cast) -> EventRow:
    rows, _total = await queries.events(cast.auditor, limit=1)
    return rows[0]


def linked(texts: list[str]) -> list[tuple[int, bytes, bytes, dict[str, str]]]:
    """A chain that holds, one link a text."""
    links, previous = [], chain.START
    for number, text in enumerate(texts, 1):
        digest = chain.digest(previous, {"text": text})
        links.append((number, previous, digest, {"text": text}))
        previous = digest
    return links


async def test_a_verb_leaves_who_what_why_and_from_where(cast: Cast) -> None:
    await act(cast.station_a)
    row = await last(cast)
    assert (row.user_name, row.verb, row.reason) == (cast.station_a.name, "needs.pause", "住院")
    assert (row.organisation, row.address) == (cast.station_a.organisation, "127.0.0.9")
    assert row.details == {"months": 3}


async def test_a_refused_verb_leaves_nothing(cast: Cast) -> None:
    _rows, before = await queries.events(cast.auditor)

    @database.scoped
    async def refused(scope: Scope) -> None:
        await act(scope)
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await refused(cast.bureau)
    assert (await queries.events(cast.auditor))[1] == before


async def test_the_trail_holds_after_many_acts_of_many(cast: Cast) -> None:
    for scope in (cast.bureau, cast.station_a, cast.bureau, cast.provider_a, cast.system):
        await act(scope)
    assert await proofs.chains(cast.auditor) == []
    rows, _total = await queries.events(cast.auditor, who=cast.bureau.name)
    assert rows[0].sequence == rows[1].sequence + 1
    assert rows[0].previous == rows[1].digest


@settings(max_examples=40)
@given(st.lists(st.text(max_size=4), min_size=1, max_size=6), st.data())
def test_a_changed_a_missing_and_a_moved_link_are_found(texts: list[str], data: st.DataObject) -> None:
    links = linked(texts)
    assert chain.first_break(links, links[-1][2]) is None
    at = data.draw(st.integers(0, len(links) - 1))
    number, previous, digest, content = links[at]
    changed = [*links[:at], (number, previous, digest, {"text": content["text"] + "!"}), *links[at + 1 :]]
    assert chain.first_break(changed, links[-1][2]) == f"link {number} was changed"
    assert chain.first_break([*links[:at], *links[at + 1 :]], links[-1][2]) is not None
    assert chain.first_break(links, chain.START) is not None
    if len(links) > 1:
        assert chain.first_break(links[::-1], links[-1][2]) is not None


async def test_a_forged_entry_is_found_and_told(browser: OpenBrowser, cast: Cast) -> None:
    await act(cast.station_a)

    @database.scoped
    async def forge(scope: Scope) -> None:
        row = (
            await AuditEvent.objects()
            .where(AuditEvent.organisation == scope.organisation)
            .order_by(AuditEvent.sequence, ascending=False)
            .first()
        )
        assert row is not None
        values = row.to_dict() | {"sequence": row.sequence + 1, "verb": "needs.end"}
        values.pop("id")
        await database.add(AuditEvent(**values))

    await forge(cast.station_a)
    (found,) = await proofs.chains(cast.auditor)
    assert f"Chain {cast.station_a.organisation}: entry" in str(found) and "was changed" in str(found)
    visitor = await browser(cast.auditor)
    await visitor.post("/audit/verify")
    assert "审计链已断裂" in (await visitor.get("/audit")).text


async def test_a_head_that_names_another_link_is_found(cast: Cast) -> None:
    await act(cast.station_a)

    @database.scoped
    async def move(scope: Scope) -> None:
        await database.execute(
            "UPDATE chain_head SET digest = :digest WHERE chain = 'audit' AND organisation = :o",
            digest=chain.START,
            o=cast.station_a.organisation,
        )

    await move(cast.system)
    (found,) = await proofs.chains(cast.auditor)
    assert "is not its recorded end" in str(found)


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET reason = ''", "DELETE FROM audit_event"])
async def test_the_database_lets_nobody_change_or_remove_an_entry(cast: Cast, statement: str) -> None:
    await act(cast.bureau)

    @database.scoped
    async def tamper(scope: Scope) -> None:
        await database.execute(statement)

    with pytest.raises(asyncpg.PostgresError):
        await tamper(cast.system)


async def test_the_page_filters_by_person_area_and_day(browser: OpenBrowser, cast: Cast) -> None:
    await act(cast.station_a, reason="住院甲")
    await act(cast.provider_a, verb="visits.move", reason="改期乙")
    visitor = await browser(cast.auditor)
    everything = (await visitor.get("/audit")).text
    assert "住院甲" in everything and "改期乙" in everything
    by_who = (await visitor.get("/audit", params={"who": cast.station_a.name})).text
    assert "住院甲" in by_who and "改期乙" not in by_who
    by_area = (await visitor.get("/audit", params={"verb": "visits"})).text
    assert "住院甲" not in by_area and "改期乙" in by_area
    day = clock.today().isoformat()
    assert "住院甲" in (await visitor.get("/audit", params={"since": day, "until": day})).text
    assert "没有符合条件的记录" in (await visitor.get("/audit", params={"until": "2020-01-01"})).text
    assert "住院甲" in (await visitor.get("/audit", params={"since": "no day"})).text


async def test_entries_are_told_in_words_and_lead_to_their_rows(browser: OpenBrowser, cast: Cast) -> None:
    await act(cast.station_a)
    page = (await (await browser(cast.auditor)).get("/audit")).text
    assert "暂停需求" in page and 'href="/needs/1"' in page
    assert "needs.pause" not in page


async def test_the_export_holds_the_digest_and_leaves_its_own_trace(browser: OpenBrowser, cast: Cast) -> None:
    await act(cast.station_a)
    digest = (await last(cast)).digest.hex()
    visitor = await browser(cast.auditor)
    answer = await visitor.get("/audit/export", params={"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert digest in {row[-1] for row in rows}
    assert (await last(cast)).verb == "audit.export"
    book = await visitor.get("/audit/export")
    assert book.content[:2] == b"PK"


async def test_verifying_by_the_button_is_itself_an_entry(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.auditor)
    assert (await visitor.post("/audit/verify")).status_code == 303
    assert "审计链完整" in (await visitor.get("/audit")).text
    assert (await last(cast)).verb == "audit.verify"


async def test_a_day_is_sealed_once(cast: Cast) -> None:
    await act(cast.bureau)
    first = await actions.seal(cast.system, clock.today())
    await act(cast.bureau)
    assert await actions.seal(cast.system, clock.today()) == first
    (seal,) = await queries.seals(cast.auditor, limit=1)
    assert seal.digest == first.hex()


async def test_an_installation_without_a_county_is_sealed_too(cast: Cast) -> None:
    nowhere = access.system(purpose="maintenance")
    digest = await actions.seal(nowhere, clock.today())
    assert (await proofs.kept_here(nowhere))[clock.today().isoformat()] == digest.hex()


async def test_the_timeline_of_a_row_is_the_newest_first_in_words(cast: Cast) -> None:
    await act(cast.station_a)
    await act(cast.station_a, verb="needs.resume", reason="")
    newest, oldest = phrases.timeline(await queries.history(cast.station_a, "need", 1))
    assert (newest.what, oldest.what) == ("恢复需求", "暂停需求")
    assert oldest.why == "住院" and newest.why == f"{label('months')} 3"


async def test_the_trail_is_for_the_auditor_and_the_administrator(browser: OpenBrowser, cast: Cast) -> None:
    for name, scope in cast.people().items():
        status = 200 if name in {"auditor", "administrator"} else 403
        assert (await (await browser(scope)).get("/audit")).status_code == status, name


async def test_the_trail_of_another_county_is_not_seen(cast: Cast) -> None:
    await act(cast.stranger, reason="别县")
    rows, _total = await queries.events(cast.auditor, limit=1000)
    assert "别县" not in {row.reason for row in rows}
    assert await proofs.chains(cast.auditor) == []


def told(locale: str, **event: Any) -> SimpleNamespace:
    """An event as the history of a page shows it in a language."""
    language.speak(locale)
    try:
        row = HistoryRow(
            at=clock.now(), user_name="system", role=Role.SYSTEM, verb="placements.end", reason="", details={}
        )
        return phrases.timeline([replace(row, **event)])[0]
    finally:
        language.speak(language.DEFAULT)


def test_names_and_digests_are_shown_as_they_are_and_codes_in_words() -> None:
    kept = {"digest": "abcdef0123456789", "name": "zhang_san", "study": "tender", "login": "li_si"}
    assert {value for _key, value in phrases.facts(kept)} == set(kept.values())
    assert phrases.facts({"state": "in_force"})[0][1] == label("in_force") != "in_force"


def test_what_the_system_did_is_told_in_the_language_of_the_page() -> None:
    reason = "Another supplier takes over."
    assert (told("zh_CN", reason=reason).who, told("zh_CN", reason=reason).why) == ("系统", "由其他服务方接替。")
    assert (told("en", reason=reason).who, told("en", reason=reason).why) == ("System", reason)


def test_the_history_has_the_signs_of_its_language() -> None:
    event = {"user_name": "马测试", "role": Role.AUDITOR, "details": {"months": [1, 2], "rows": 3}}
    chinese, english = told("zh_CN", **event), told("en", **event)
    assert chinese.who == f"马测试（{label('auditor')}）"
    assert "；" in chinese.why and "、" in chinese.why
    assert english.who == "马测试 (Auditor)"
    assert not set("；、（）") & set(english.who + english.why)


@pytest.mark.parametrize(
    "timeline",
    [contracts.timeline, placements.timeline, visits.timeline, history_words],
    ids=lambda one: one.__module__,
)
def test_every_history_begins_with_what_happened_last(timeline: Callable[[list[Any]], list[Any]]) -> None:
    moments = [clock.at(clock.today(), minute) for minute in (1, 2, 3)]
    shown = timeline(
        [HistoryRow(at, "system", Role.SYSTEM, "service_records.accept", "", details={}) for at in moments]
    )
    assert [one.at for one in shown] == moments[::-1]
    assert {one.who for one in shown} == {"系统"}
