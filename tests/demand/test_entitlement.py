"""The ladder of entitlement: who is on which rung, what goes beyond it, and who may say so."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement import actions, queries, rules, seed
from shangmen.demand.entitlement.forms import AdoptForm, EndRungForm, RungForm
from shangmen.demand.entitlement.rules import Amount, Facts, Gate, Ladder, Step
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.entitlement.tables import Rung
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs import queries as of_needs
from shangmen.demand.needs.forms import ApprovalForm, NeedForm
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.errors import Faults, NotFound, Refused, Stale
from tests.cast import Cast

DAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def today(cast: Cast) -> None:
    clock.set_to(clock.at(DAY, 9 * 60))


def step(id: int, code: str = "C05", gate: Gate | None = None, distance: int = 0, **amount: Any) -> Step:
    days: dict[str, Any] = {name: amount.pop(name) for name in ("valid_from", "valid_to") if name in amount}
    values: dict[str, Any] = {"valid_from": date(2020, 1, 1), "valid_to": None, "source": "x", **days}
    return Step(id, code, gate or Gate(), Amount(**amount), 0, distance, **values)


def somebody(**more: Any) -> Facts:
    return Facts(**{"group": "elder", "category": "TEKUN", "level": "TOTAL", "living": "alone", "age": 76, **more})


TWO = somebody(certificates=((4, 1), (6, 3)))


def visits(ladder: Ladder, who: Facts, code: str = "C05", on: date = DAY) -> int | None:
    found = ladder.grant(code, who, on)
    return found.amount.visits if found else None


def test_of_several_rungs_the_highest_counts_and_nothing_is_added() -> None:
    ladder = Ladder([step(1, visits=2), step(2, gate=Gate(levels=(AbilityLevel.TOTAL,)), visits=8), step(3, visits=4)])
    assert visits(ladder, somebody()) == 8
    assert visits(ladder, somebody(level="SELF")) == 4


def test_who_is_on_no_rung_of_a_service_is_granted_nothing_of_it() -> None:
    ladder = Ladder([step(1, gate=Gate(categories=(Category.DIBAO,), tiers=("A",)), visits=4)])
    assert visits(ladder, somebody(category="DIBAO", tier="A")) == 4
    assert visits(ladder, somebody(category="DIBAO", tier="B")) == 0
    assert visits(ladder, somebody(), code="R01") is None  # no ladder speaks of it


def test_the_nearest_division_that_speaks_of_a_service_speaks_alone() -> None:
    ladder = Ladder(
        [step(1, distance=99, visits=8), step(2, distance=1, visits=3), step(3, "R01", distance=99, visits=8)]
    )
    assert visits(ladder, somebody()) == 3
    assert visits(ladder, somebody(), code="R01") == 8


def test_a_rung_holds_on_its_days_alone() -> None:
    ladder = Ladder([step(1, visits=2, valid_to=DAY), step(2, visits=6, valid_from=DAY + timedelta(days=1))])
    assert [visits(ladder, somebody(), on=DAY + timedelta(days=days)) for days in (0, 1)] == [2, 6]


@pytest.mark.parametrize(
    ("gate", "who", "what"),
    [
        (Gate(groups=(PersonGroup.MINOR,)), somebody(), "group"),
        (Gate(categories=(Category.EDGE,)), somebody(category=""), "category"),
        (Gate(tiers=("A", "B")), somebody(tier="C"), "tier"),
        (Gate(levels=(AbilityLevel.TOTAL,)), somebody(level=""), "level"),
        (Gate(livings=(Living.ALONE,)), somebody(living="spouse"), "living_situation"),
        (Gate(age_from=80), somebody(age=79), "age"),
        (Gate(age_to=17), somebody(age=18), "age"),
        (Gate(certificate_types=(6,)), somebody(certificates=((4, 1),)), "certificate"),
        # the grade of one certificate and the type of another are no certificate
        (Gate(certificate_types=(6,), certificate_grades=(1, 2)), TWO, "certificate"),
        (Gate(certificate_grades=(1,)), somebody(), "certificate"),
    ],
)  # fmt: skip
def test_a_gate_says_what_of_somebody_it_does_not_admit(gate: Gate, who: Facts, what: str) -> None:
    found = gate.miss(who)
    assert found is not None
    assert found.what == what
    assert Gate().miss(who) is None


def test_a_gate_admits_who_has_all_that_it_asks() -> None:
    gate = Gate(
        groups=(PersonGroup.DISABLED,), age_from=18, age_to=59, certificate_types=(5, 6), certificate_grades=(1, 2, 3)
    )
    assert gate.miss(somebody(group="disabled", age=40, certificates=((4, 4), (6, 3)))) is None


def test_visits_hours_and_money_are_each_a_limit() -> None:
    asked = Amount(4, 480, Decimal(240))
    for granted, more in (
        (Amount(visits=3), "visits"),
        (Amount(minutes=479), "hours"),
        (Amount(yuan=Decimal(239)), "¥"),
    ):
        found = rules.excess(granted, asked)
        assert found is not None
        assert more in found.sentence
    assert rules.excess(Amount(4, 480, Decimal(240)), asked) is None


@database.scoped
async def add_rung(scope: Scope, /, cast: Cast, code: str = "C05", division: int | None = None, **more: Any) -> int:
    """A rung past the verbs, of the county if no division is said."""
    values: dict[str, Any] = {"visits": 4, "valid_from": date(2020, 1, 1), "source": "x", **more}
    return await database.add(Rung(division=division or cast.county, code=code, **values))


async def a_need(cast: Cast, visits: int, item: int | None = None, **more: Any) -> int:
    form = NeedForm(service_item=item or cast.cleaning, visits_per_month=visits, **more)
    return await needs.state(cast.station_a, cast.person_a, form)


async def test_what_goes_beyond_the_ladder_is_approved_with_a_reason_alone(cast: Cast) -> None:
    await add_rung(cast.system, cast, visits=4)
    id = await a_need(cast, 5)
    with pytest.raises(Refused, match="grants 4 visits a month of this service, not 5") as refused:
        await needs.approve(cast.bureau, id)
    assert refused.value.field == "reason"
    await needs.approve(cast.bureau, id, ApprovalForm(reason="一事一议，会议纪要3号"))
    need = await of_needs.need(cast.bureau, id)
    assert (need.state, need.exception_reason) == ("waiting", "一事一议，会议纪要3号")


async def test_what_the_ladder_grants_needs_no_reason_and_keeps_none(cast: Cast) -> None:
    await add_rung(cast.system, cast, visits=4)
    id = await a_need(cast, 4)
    await needs.approve(cast.bureau, id, ApprovalForm(reason="kept out"))
    assert (await of_needs.need(cast.bureau, id)).exception_reason == ""


async def test_approving_all_leaves_out_what_goes_beyond(cast: Cast) -> None:
    await add_rung(cast.system, cast, visits=4)
    beyond, within = await a_need(cast, 5), await a_need(cast, 5, cast.home_visit)
    assert await needs.approve_all(cast.bureau) == 1
    states = [(await of_needs.need(cast.bureau, id)).state for id in (beyond, within)]
    assert states == ["draft", "waiting"]


async def test_all_services_together_are_measured_with_what_was_approved_before(cast: Cast) -> None:
    await add_rung(cast.system, cast, "", visits=None, minutes=300)
    first, second = await a_need(cast, 4, minutes=60), await a_need(cast, 2, cast.home_visit, minutes=60)
    assert await needs.approve_all(cast.bureau) == 1
    assert (await of_needs.need(cast.bureau, first)).state == "waiting"
    with pytest.raises(Refused, match="grants 5 hours a month in all; with the other needs it would be 6"):
        await needs.approve(cast.bureau, second)


async def test_an_exception_takes_nothing_of_what_is_granted_together(cast: Cast) -> None:
    await add_rung(cast.system, cast, "", visits=6)
    first, second = await a_need(cast, 9), await a_need(cast, 6, cast.home_visit)
    await needs.approve(cast.bureau, first, ApprovalForm(reason="会议纪要"))
    await needs.approve(cast.bureau, second)
    assert (await of_needs.need(cast.bureau, second)).state == "waiting"


def rung_form(cast: Cast, **more: Any) -> RungForm:
    values: dict[str, Any] = {
        "division": cast.county,
        "code": "C05",
        "visits": 4,
        "valid_from": DAY,
        "source": "县标准",
    }
    return RungForm(**{**values, **more})


async def test_a_new_version_of_a_rung_follows_the_old_one_from_its_day(cast: Cast) -> None:
    old = await actions.add(cast.administrator, rung_form(cast))
    new = await actions.revise(cast.administrator, old, rung_form(cast, visits=6, valid_from=date(2026, 4, 1)))
    was, now = await queries.rung(cast.administrator, old), await queries.rung(cast.administrator, new)
    assert (was.visits, was.valid_to, now.visits, now.valid_from) == (4, date(2026, 3, 31), 6, date(2026, 4, 1))
    assert await actions.revise(cast.administrator, new, rung_form(cast, visits=7, valid_from=date(2026, 4, 1))) == new


async def test_a_rung_is_not_revised_on_a_stale_page_nor_into_the_past(cast: Cast) -> None:
    id = await actions.add(cast.administrator, rung_form(cast))
    await actions.end(cast.administrator, id, EndRungForm(date(2026, 12, 31), "县标准", version=1))
    with pytest.raises(Stale):
        await actions.revise(cast.administrator, id, rung_form(cast, valid_from=date(2026, 5, 1), version=1))
    for day in (DAY, DAY - timedelta(days=1)):
        with pytest.raises((Refused, Faults)):
            await actions.revise(cast.administrator, id, rung_form(cast, valid_from=day))


async def test_a_rung_says_how_much_and_proposes_no_more(cast: Cast) -> None:
    for wrong in (
        {"visits": None},
        {"proposed": 5},
        {"code": "X99"},
        {"division": cast.other_county},
        {"age_from": 9, "age_to": 8},
    ):
        with pytest.raises(Faults):
            await actions.add(cast.administrator, rung_form(cast, **wrong))


async def test_a_county_sees_its_own_ladder_and_everybodys_alone(cast: Cast) -> None:
    await actions.load(cast.system)
    id = await actions.add(cast.administrator, rung_form(cast))
    with pytest.raises(NotFound):
        await queries.rung(cast.stranger, id)
    assert {row.division for row in await queries.rungs(cast.stranger, cast.other_county)} == {None}
    seen = await queries.rungs(cast.station_a, cast.county)
    assert {row.division for row in seen} == {None, cast.county}


async def test_everybodys_ladder_stands_and_is_loaded_once(cast: Cast) -> None:
    assert await actions.load(cast.system) > 0
    assert await actions.load(cast.system) == 0
    first = (await queries.rungs(cast.administrator, cast.county))[0]
    with pytest.raises(Refused, match="not changed here"):
        await actions.end(cast.administrator, first.id, EndRungForm(date(2026, 12, 31), "x1"))


async def test_a_published_ladder_is_taken_over_once_with_its_source(cast: Cast) -> None:
    await actions.adopt(cast.administrator, AdoptForm("liaozhong", DAY))
    ladder = await queries.ladder(cast.station_a, cast.county)
    severe = ladder.grant("", somebody(level="SEVERE"), DAY)
    assert severe is not None
    assert (severe.amount.minutes, "辽中区" in severe.source) == (2700, True)
    with pytest.raises(Refused, match="already"):
        await actions.adopt(cast.administrator, AdoptForm("liaozhong", DAY))


async def test_an_adult_without_a_certificate_gets_social_work_and_no_care(cast: Cast) -> None:
    await actions.load(cast.system)
    ladder = await queries.ladder(cast.station_a, cast.county)
    adult = somebody(group="adult", level="", age=40)
    assert {visits(ladder, adult, code) for code in ("C05", "C12", "V01", "N01", "L01")} == {0}
    assert all(visits(ladder, adult, code) for code in ("P01", "P02", "P03", "V04"))


def test_every_rung_that_proposes_grants_as_much() -> None:
    for first in seed.DEFAULT:
        assert first.amount.visits is not None
        assert first.proposed <= first.amount.visits
