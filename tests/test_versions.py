"""Whatever several people edit has a version: who is second gets 409 with both versions, and nobody loses anything."""

import importlib
import re
import runpy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shangmen import clock, database, paths
from shangmen.access import Scope
from shangmen.demand.entitlement import actions as entitlement
from shangmen.demand.entitlement.forms import RungForm
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.villages import actions as villages
from shangmen.foundation.villages.forms import VillageForm
from shangmen.supply.contracts import actions as contracts
from shangmen.supply.contracts.forms import LineForm
from shangmen.supply.contracts.states import Pricing
from shangmen.web import versions
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.planning import MONDAY
from tests.delivery.rows import placed_need, planned_visit
from tests.filled_forms import Filled, form_of
from tests.supply.rows import drafted

VERSIONED: dict[str, str] = runpy.run_path(str(next(paths.MIGRATIONS.glob("*_promises.py"))))["VERSIONED"]

NEXT_YEAR = f"{clock.today().year + 1}-07-01"


@dataclass(frozen=True)
class Edit:
    """A form over a row that several people edit: what the first and the second type, and what of it is read again.

    `alone` is what only the first changes; `begin` makes the row and says where the form is and where it goes.
    """

    form: str
    table: str
    who: str
    begin: Callable[[Cast], Awaitable[tuple[str, str]]]
    first: dict[str, Any]
    second: dict[str, Any]
    alone: dict[str, Any]


async def _recipient(cast: Cast) -> tuple[str, str]:
    return f"/recipients/{cast.person_a}/edit", f"/recipients/{cast.person_a}/edit"


async def _grace(cast: Cast) -> tuple[str, str]:
    return f"/recipients/{cast.person_a}", f"/recipients/{cast.person_a}/grace"


async def _engagement(cast: Cast) -> tuple[str, str]:
    return f"/workers/{cast.worker_a.worker}", f"/workers/{cast.worker_a.worker}/engagement"


def _visit(verb: str) -> Callable[[Cast], Awaitable[tuple[str, str]]]:
    async def begin(cast: Cast) -> tuple[str, str]:
        placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
        id = await planned_visit(cast, placed, clock.at(MONDAY, 570), cast.worker_a.worker)
        return f"/visits/{id}", f"/visits/{id}/{verb}"

    return begin


async def _holiday(cast: Cast) -> tuple[str, str]:
    return "/catalogue/holidays?day=2026-10-01", "/catalogue/holidays"


async def _parameter(cast: Cast) -> tuple[str, str]:
    return "/catalogue/parameters?name=worker_day_minutes", "/catalogue/parameters"


async def _organisation(cast: Cast) -> tuple[str, str]:
    path = f"/organisations/{cast.provider_a.organisation}/edit"
    return path, path


async def _worker(cast: Cast) -> tuple[str, str]:
    path = f"/workers/{cast.worker_a.worker}/edit"
    return path, path


async def _account(cast: Cast) -> tuple[str, str]:
    path = f"/accounts/{cast.approver.user}/edit"
    return path, path


async def _lot(cast: Cast) -> tuple[str, str]:
    path = f"/lots/{(await drafted(cast, cast.provider_a))[0]}/edit"
    return path, path


async def _draft(cast: Cast) -> tuple[str, str]:
    path = f"/contracts/{(await drafted(cast, cast.provider_a))[1]}/edit"
    return path, path


async def _line(cast: Cast) -> tuple[str, str]:
    contract = (await drafted(cast, cast.provider_a))[1]
    form = LineForm(cast.cleaning, Pricing.PER_HOUR, Decimal(40), Decimal(100))
    path = f"/contracts/{contract}/lines/{await contracts.add_line(cast.bureau, contract, form)}"
    return path, path


async def _need(cast: Cast) -> tuple[str, str]:
    await catalogue.load(cast.system)
    form = NeedForm(service_item=cast.cleaning, visits_per_month=4, goal="家里整洁")
    path = f"/needs/{await needs.state(cast.station_a, cast.person_a, form)}"
    return f"{path}/edit", f"{path}/edit"


async def _goal(cast: Cast) -> tuple[str, str]:
    path = (await _need(cast))[0].replace("/edit", "/goal")
    return path, path


async def _village(cast: Cast) -> tuple[str, str]:
    id = await villages.note(cast.bureau, VillageForm(township=cast.township_a, name="石塘村"))
    return f"/villages/{id}", f"/villages/{id}"


async def _rung(cast: Cast) -> tuple[str, str]:
    form = RungForm(
        division=cast.county,
        code="C05",
        proposed=2,
        visits=4,
        source="县民发〔2026〕1号",
        valid_from=date.fromisoformat(NEXT_YEAR),
    )
    path = f"/entitlement/{await entitlement.add(cast.administrator, form)}/revise"
    return path, path


async def _division(cast: Cast) -> tuple[str, str]:
    return f"/regions/{cast.township_a}/change", f"/regions/{cast.township_a}/edit"


EDITS = [
    Edit(
        "RungForm", "entitlement_rung", "administrator", _rung,
        {"visits": "6", "valid_from": NEXT_YEAR}, {"visits": "8", "valid_from": NEXT_YEAR}, {"proposed": "3"},
    ),
    Edit(
        "VillageForm", "village", "bureau", _village,
        {"name": "石塘东村"}, {"name": "石塘西村"}, {"latitude": "37.010000", "longitude": "106.010000"},
    ),
    Edit(
        "DivisionForm", "division", "administrator", _division,
        {"latitude": "37.310000"}, {"latitude": "37.320000"}, {"terrain": "hills"},
    ),
    Edit(
        "NeedEditForm", "need", "station_a", _need,
        {"visits_per_month": "6"}, {"visits_per_month": "8"}, {"minutes": "75", "goal": "窗明几净"},
    ),
    Edit("PlanForm", "care_plan", "station_a", _goal, {"goal": "能自己做饭"}, {"goal": "能下楼散步"}, {}),
    Edit(
        "LotEditForm", "lot", "bureau", _lot,
        {"ceiling": "1200000.00"}, {"ceiling": "1500000.00"}, {"name": "东片区二期"},
    ),
    Edit(
        "ContractEditForm", "contract", "bureau", _draft,
        {"ceiling": "1200.00"}, {"ceiling": "1500.00"}, {"number": "合同-二"},
    ),
    Edit(
        "LineEditForm", "contract_line", "bureau", _line,
        {"rate": "38.00"}, {"rate": "37.50"}, {"quantity": "120.00"},
    ),
    Edit(
        "AccountForm", "app_user", "administrator", _account,
        {"name": "王科长"}, {"name": "王副局长"}, {"role": "auditor"},
    ),
    Edit(
        "CorrectionForm", "organisation", "bureau", _organisation,
        {"address": "新区 1 号"}, {"address": "老街 2 号"}, {"name": "甲服务中心（测试）分部"},
    ),
    Edit(
        "WorkerCorrectionForm", "worker", "provider_a", _worker,
        {"languages": "回民话"}, {"languages": "陕北话"}, {"name": "测试甲女士"},
    ),
    Edit(
        "RecipientForm", "person", "station_a", _recipient,
        {"address": "红星路 1 号"}, {"address": "解放路 2 号"}, {"village": "一村"},
    ),
    Edit(
        "GraceForm", "household", "station_a", _grace,
        {"months": "12", "first": "2026-02-01"}, {"months": "7", "first": "2026-02-01"}, {},
    ),
    Edit(
        "EngagementForm", "engagement", "provider_a", _engagement,
        {"position": "nurse"}, {"position": "assistant"}, {"valid_to": NEXT_YEAR},
    ),
    Edit(
        "MoveForm", "visit", "provider_a", _visit("move"),
        {"start": "14:10"}, {"start": "15:20"}, {"note": "带钥匙"},
    ),
    Edit(
        "HolidayForm", "holiday", "administrator", _holiday,
        {"name": "国庆甲"}, {"name": "国庆乙"}, {"source": "通知甲"},
    ),
    Edit(
        "ParameterForm", "parameter", "administrator", _parameter,
        {"value": "9", "valid_from": NEXT_YEAR}, {"value": "7.5", "valid_from": NEXT_YEAR}, {"source": "文件甲"},
    ),
]  # fmt: skip

# Verbs that change no field but a state: they say what their reader saw, and what it is now.
VERBS = {
    "AmendmentForm", "ApprovalForm", "CancelForm", "EndRungForm", "MergeForm", "MissedForm", "PhoneForm", "RenameForm",
    "ReturnForm", "SignForm", "SplitForm", "StatusForm",
}  # fmt: skip


def test_every_form_over_a_row_that_several_people_edit_is_walked() -> None:
    found = set()
    for file in paths.PACKAGE.glob("*/**/forms.py"):
        module = importlib.import_module("shangmen." + ".".join(file.with_suffix("").relative_to(paths.PACKAGE).parts))
        for name, value in vars(module).items():
            here = isinstance(value, type) and value.__module__ == module.__name__
            if here and issubclass(value, msgspec.Struct):
                found |= {name for field in msgspec.structs.fields(value) if versions.counts(field.name)}
    assert found == {edit.form for edit in EDITS} | VERBS


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.form)
async def test_the_second_of_two_gets_both_versions_and_nobody_loses_anything(
    edit: Edit, browser: OpenBrowser, cast: Cast
) -> None:
    await catalogue.load(cast.system)
    place, action = await edit.begin(cast)
    viewer: Scope = getattr(cast, edit.who)
    one, other = await browser(viewer), await browser(viewer)
    opened = form_of((await one.get(place)).text, action)
    also = form_of((await other.get(place)).text, action)
    assert opened == also and opened["version"] != ""

    first = await one.post(action, {**opened, **edit.first, **edit.alone})
    assert first.status_code == 303, _faults(first.text)
    second = await other.post(action, {**also, **edit.second})
    assert second.status_code == 409, _faults(second.text)
    table = re.search(r'<section class="versions".*?</section>', second.text, re.S)
    assert table is not None
    left = form_of(second.text, action)
    assert _of(left, edit.second) == edit.second  # what the second typed is still there
    assert _of(left, edit.alone) == edit.alone  # what only the first changed was taken over
    for name in [name for name in edit.first if edit.first[name] != edit.second[name]]:
        for said in (edit.first[name], edit.second[name]):
            assert _word(second.text, name, said) in table[0], name
    assert left["version"] != opened["version"]

    again = await other.post(action, left)  # having seen both, the second means it
    assert again.status_code == 303, _faults(again.text)
    assert (await other.post(action, {**also, **edit.second})).status_code == 409


def _faults(page: str) -> list[str]:
    return re.findall(r'<p class="fault"[^>]*>(.*?)</p>', page)


def _of(form: Filled, names: dict[str, Any]) -> dict[str, Any]:
    return {name: form[name] for name in names}


def _word(page: str, name: str, value: str) -> str:
    """How a choice is called on the page; a typed text as it is."""
    found = re.search(rf'<select [^>]*name="{name}".*?<option value="{re.escape(value)}"[^>]*>([^<]*)<', page, re.S)
    return found[1] if found else value


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.form)
async def test_a_form_that_does_not_say_what_its_reader_saw_overwrites_nothing(
    edit: Edit, browser: OpenBrowser, cast: Cast
) -> None:
    await catalogue.load(cast.system)
    place, action = await edit.begin(cast)
    visitor = await browser(getattr(cast, edit.who))
    opened = form_of((await visitor.get(place)).text, action)
    for version in ("", "0", "x", "-1", "999999999999999999999"):
        answer = await visitor.post(action, {**opened, **edit.first, "version": version, "seen": "]"})
        assert answer.status_code == 409, version


@pytest.mark.parametrize("verb", ["cancel", "phone"])
async def test_a_visit_that_was_moved_meanwhile_is_not_called_off_unseen(
    verb: str, browser: OpenBrowser, cast: Cast
) -> None:
    place, action = await _visit(verb)(cast)
    one, other = await browser(cast.provider_a), await browser(cast.provider_a)
    also = form_of((await other.get(place)).text, action)
    move = form_of((await one.get(place)).text, f"{place}/move")
    assert (await one.post(f"{place}/move", {**move, "start": "14:10"})).status_code == 303
    answer = await other.post(action, {**also, "reason": "weather", "note": "大雪"})
    assert answer.status_code == 409
    table = re.search(r'<section class="versions".*?</section>', answer.text, re.S)
    assert table is not None and "09:30" in table[0] and "14:10" in table[0]
    assert (await other.post(action, form_of(answer.text, action))).status_code == 303


async def test_the_database_counts_versions_whoever_writes(cast: Cast) -> None:
    for table, columns in VERSIONED.items():
        column = columns.split(",")[0] or "version"
        async with database.transaction(cast.system):
            before = await database.value(int, f"SELECT version FROM {table} ORDER BY id LIMIT 1")
            if before is None:
                continue
            await database.execute(f"UPDATE {table} SET {column} = {column} WHERE id = (SELECT min(id) FROM {table})")
            assert await database.value(int, f"SELECT version FROM {table} ORDER BY id LIMIT 1") == before + 1, table


async def test_counters_and_a_log_in_are_no_edits(cast: Cast) -> None:
    async with database.transaction(cast.system):
        before = await database.value(int, "SELECT version FROM app_user WHERE id = :id", id=cast.bureau.user)
        await database.execute("UPDATE app_user SET totp_step = totp_step + 1 WHERE id = :id", id=cast.bureau.user)
        assert await database.value(int, "SELECT version FROM app_user WHERE id = :id", id=cast.bureau.user) == before
