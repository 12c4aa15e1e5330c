"""Relatives who were declared: read, kept, shown masked, and never sent."""

from datetime import date

import pytest

from shangmen.delivery.visits import actions as visits
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.registration import actions
from shangmen.demand.recipients.relatives import rules
from shangmen.demand.recipients.relatives.queries import relatives
from shangmen.demand.recipients.rolls import words
from shangmen.errors import Faults, Refused
from tests.cast import Cast
from tests.delivery.planning import cleaning, form
from tests.delivery.test_visits_suited import worker_is
from tests.demand.conftest import Browsing, Elder
from tests.demand.rolls import sheet, written
from tests.filled_forms import form_of

TODAY = date(2026, 3, 2)
KEPT = "马小红 13912345678（女儿）、李强 640324198910209077"


@pytest.mark.parametrize(
    "typed",
    [KEPT, "马小红（女儿）139 1234 5678\n李强:640324198910209077", "马小红13912345678(女儿)；李强 640324198910209077"],
)
def test_relatives_are_read_however_they_are_typed_and_kept_in_one_way(typed: str) -> None:
    assert rules.kept(typed, TODAY) == KEPT
    assert [(one.name, one.number, one.what) for one in rules.entries(KEPT)] == [
        ("马小红", "13912345678", "女儿"), ("李强", "640324198910209077", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["马小红", "13912345678", "马小红 12345", "马小红 640324198910209070"])
def test_a_name_alone_a_number_alone_and_a_wrong_number_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        rules.kept(typed, TODAY)


def test_a_cell_of_a_roll_keeps_what_can_be_read_and_notes_the_rest() -> None:
    found = words.relatives("马小红 13912345678、李强")
    assert (found.value, [note.words["cell"] for note in found.notes]) == ("马小红 13912345678", ["李强"])


async def test_a_declared_relative_is_no_worker_for_the_recipient(cast: Cast, elder: Elder) -> None:
    worker = cast.worker_a.worker or 0
    await worker_is(cast.system, worker, name="马小红", telephone="13912345678")
    said = {
        "马小红 13912345678": True,
        "马小红 13912345679": False,
        "马小 13912345678": False,
        "马小红 640324198910209077（侄女）": True,
    }
    for number, (typed, found) in enumerate(said.items(), 1):
        unnumbered = {"id_number": "", "no_id_reason": "未落户", "sex": "female", "birth_date": date(1950, 1, number)}
        id = await actions.register(cast.station_a, elder(relatives=typed, **unnumbered))
        assert (await relatives(cast.provider_a, [id])).get(id, frozenset()) == ({worker} if found else set()), typed


async def test_no_visit_is_planned_with_a_declared_relative(cast: Cast, browser: Browsing) -> None:
    placed = await cleaning(cast)
    await worker_is(cast.system, cast.worker_a.worker or 0, name="马小红", telephone="13912345678")
    station = await browser(cast.station_a)
    path = f"/recipients/{cast.person_a}/edit"
    filled = {**form_of((await station.get(path)).text, path), "relatives": "马小红 13912345678（女儿）"}
    assert (await station.post(path, filled)).status_code in (200, 303)
    with pytest.raises(Faults) as refused:
        await visits.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    assert "relative" in refused.value.faults["worker"][0]


async def test_the_file_keeps_what_is_left_empty_and_shows_no_number(
    cast: Cast, elder: Elder, browser: Browsing
) -> None:
    id = await actions.register(cast.station_a, elder(relatives="马小红 13912345678（女儿）"))
    page = await (await browser(cast.station_a)).get(f"/recipients/{id}")
    assert "马小红" in page.text and "139****5678" in page.text and "13912345678" not in page.text
    officer = await (await browser(cast.bureau)).get(f"/recipients/{id}")
    assert "马**" in officer.text and "马小红" not in officer.text
    for typed, left in (("", "马小红 13912345678（女儿）"), ("-", "")):
        before = await queries.person(cast.station_a, id)
        again = elder(relatives=typed, version=before.version, household_version=before.household_version)
        await actions.update(cast.station_a, id, again)
        assert (await queries.person(cast.station_a, id)).relatives == left


async def test_a_list_of_relatives_without_numbers_comes_back_beside_its_field(cast: Cast, elder: Elder) -> None:
    with pytest.raises(Faults) as refused:
        await actions.register(cast.station_a, elder(relatives="马小红"))
    assert list(refused.value.faults) == ["relatives"]


async def test_a_roll_brings_relatives_in_and_a_second_one_adds_to_the_file(cast: Cast) -> None:
    heads, person = (
        ["姓名", "身份证号", "乡镇", "救助类别", "需回避亲属"],
        ["曾小兰", "640402196311059052", "韦州镇", "低保"],
    )
    for name, said in (("一.xlsx", ""), ("二.xlsx", "马小红 13912345678（女儿）")):
        (line,) = await written(cast.station_a, sheet([*person, said], heads=heads), name)
        assert not line.refusal
    assert (await queries.person(cast.station_a, line.subject or 0)).relatives == "马小红 13912345678（女儿）"
