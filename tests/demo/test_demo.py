"""The demo county: the same for the same seed, nobody real in it, and its figures true."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest
from stdnum.iso7064 import mod_11_2

from shangmen import clock
from shangmen.demand.recipients.states import PersonGroup
from shangmen.demo.names import FIRST_SERIAL
from shangmen.demo.places import credit_code
from shangmen.demo.population import RECIPIENTS, Home, Somebody, population, settle
from shangmen.demo.wants import wants
from shangmen.foundation import identity
from tests.conftest import DemoCounty

TODAY = date(2026, 11, 23)
LINE, HEAP = [(37.0 + i / 10_000, 106.0) for i in range(700)], [(36.9, 105.9)] * 600
HOMES = [Home(1, 11, LINE, settle(LINE, "a")), Home(2, 12, HEAP, settle(HEAP, "b"))]


def people(seed: int = 1) -> list[Somebody]:
    return population("640324", HOMES, seed, TODAY, 1, TODAY)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert people(1) == people(1)
    assert people(1) != people(2)
    assert wants(people(1), 1) == wants(people(1), 1)


def test_everybody_lives_in_the_nearest_village_of_the_township() -> None:
    middles = {name: latitude for name, latitude, _longitude in HOMES[0].villages}
    assert len(middles) == 20
    for one in people():
        if one.township == 1:
            assert abs(middles[one.village] - one.latitude) == min(abs(m - one.latitude) for m in middles.values())


def test_the_mix_is_the_planned_one() -> None:
    made = people()
    assert len(made) == RECIPIENTS
    assert Counter(person.group for person in made) == {"elder": 700, "disabled": 350, "minor": 150}
    assert Counter(person.category for person in made) == {"TEKUN": 320, "DIBAO": 680, "EDGE": 140, "OTHER_LOW": 60}


def test_nobody_is_too_young_for_their_group_on_the_day_of_registration() -> None:
    registered = TODAY - timedelta(days=150)
    many = population("640324", HOMES * 20, 5, TODAY, 20, registered)
    least = {PersonGroup.ELDER: 60, PersonGroup.DISABLED: 18, PersonGroup.MINOR: 0}
    assert all(clock.age(one.birth, registered) >= least[one.group] for one in many)


def test_every_id_number_is_well_formed_and_belongs_to_nobody() -> None:
    numbers = [person.id_number for person in people()]
    assert len(set(numbers)) == len(numbers)
    assert all(mod_11_2.is_valid(number) and int(number[14:17]) >= FIRST_SERIAL for number in numbers)
    assert all((int(p.id_number[16]) % 2 == 1) == (p.sex == "male") for p in people())


@pytest.mark.parametrize("serial", [1, 2, 47, 99_999])
def test_every_credit_code_is_well_formed(serial: int) -> None:
    assert identity.credit_code(credit_code("52", "640324", serial))


def test_the_demo_serves_nearly_everybody_and_gives_reasons_for_the_others(demo_county: DemoCounty) -> None:
    told = demo_county.told
    assert told["needs"] > 1000
    assert told["served"] + sum(told["unmet"].values()) == told["needs"]
    assert 0.90 <= told["served"] / told["needs"] <= 0.97
    assert len(told["unmet"]) >= 4


def test_the_demo_plan_carries_its_certificate(demo_county: DemoCounty) -> None:
    told = demo_county.told
    assert told["checker"] == "ok"
    ranks = [goal for name, goal in told["goals"].items() if name.startswith("unserved:")]
    assert len(ranks) == 3
    assert all(goal["value"] == goal["bound"] for goal in ranks)
    assert told["goals"]["travel"]["gap"] <= 0.005


def test_the_demo_shows_the_whole_main_job(demo_county: DemoCounty) -> None:
    told = demo_county.told
    assert told["visits"] >= 2000
    assert told["service_records"] >= 1800
    assert told["statements"] >= 6
    assert told["audit"] == "ok"


async def _sum(county: DemoCounty, sql: str) -> Decimal:
    connection = await asyncpg.connect(county.owner)
    try:
        return Decimal(await connection.fetchval(sql) or 0)
    finally:
        await connection.close()


async def test_what_is_said_to_be_paid_is_the_sum_of_the_paid_lines(demo_county: DemoCounty) -> None:
    lines = await _sum(
        demo_county,
        "SELECT sum(l.amount) FROM statement_line l JOIN statement s ON s.id = l.statement WHERE s.state = 'paid'",
    )
    deductions = await _sum(
        demo_county,
        "SELECT sum(d.amount) FROM deduction d JOIN statement s ON s.id = d.statement WHERE s.state = 'paid'",
    )
    assert Decimal(demo_county.told["paid_yuan"]) == lines - deductions
    assert lines > 0


async def test_the_contracts_counters_agree_with_their_lines(demo_county: DemoCounty) -> None:
    broken = await _sum(
        demo_county,
        """
        SELECT count(*) FROM contract c WHERE
          c.paid <> coalesce((SELECT sum(s.payable) FROM statement s WHERE s.contract = c.id AND s.state = 'paid'), 0)
          OR c.delivered <> coalesce((
            SELECT sum(l.amount) FROM service_line l JOIN contract_line cl ON cl.id = l.contract_line
            JOIN verdict v ON v.service_record = l.service_record AND v.state = 'verified'
            WHERE cl.contract = c.id), 0)
          OR c.reserved <> coalesce((
            SELECT sum(p.reserved_yuan) FROM placement p JOIN contract_line cl ON cl.id = p.contract_line
            WHERE cl.contract = c.id), 0)
        """,
    )
    assert broken == 0


async def test_everybody_in_the_demo_says_that_they_are_invented(demo_county: DemoCounty) -> None:
    assert await _sum(demo_county, "SELECT count(*) FROM organisation WHERE name NOT LIKE '%（演示）'") == 0
    made = "FROM person WHERE created_at < now() - interval '1 day'"  # the browser's tests register somebody too
    assert await _sum(demo_county, f"SELECT count(*) {made}") == RECIPIENTS
    assert await _sum(demo_county, f"SELECT count(*) {made} AND position_source <> 'SYNTHETIC'") == 0
    assert await _sum(demo_county, f"SELECT count(*) {made} AND substr(id_number, 15, 3)::int < 900") == 0
