"""May this supplier serve this need? Each rule kept and broken, by itself."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shangmen.demand.entitlement.rules import Amount, Gate
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.foundation.organisations.states import OrganisationStatus
from shangmen.supply.matching_runs import rules
from shangmen.supply.matching_runs.run.snapshot import Candidate, NeedFacts
from tests.supply.matching_world import POLICY, bath, line, need, provider, station, way, worker


@dataclass
class Case:
    rule: rules.MatchRule
    kept: tuple[NeedFacts, Candidate]
    broken: tuple[NeedFacts, Candidate]
    code: str
    says: dict[str, Any]


def checked(day: date | None) -> Candidate:
    number = 10 if day is None else day.toordinal()  # a rule remembers who of a supplier is able
    return way(station(number, workers=(worker(1, "female", background_checked=day),)))


CASES = {
    "nobody may bring halal food": Case(
        rules.HalalFood(POLICY),
        (need(halal=True, item_code="C01"), way(provider(halal_codes=("L",)))),
        (need(halal=True, item_code="C01"), way(provider(halal_codes=("C01",)))),
        "NO_HALAL",
        {"missing": 1},
    ),
    "nobody speaks what the recipient understands": Case(
        rules.LanguageSpoken(POLICY),
        (need(language="普通话"), way(station())),
        (need(language="维吾尔语"), way(station())),
        "NO_LANGUAGE",
        {"missing": 1, "language": "维吾尔语"},
    ),
    "only a relative could come": Case(
        rules.NoRelatives(POLICY),
        (need(relatives=frozenset({99})), way(station())),
        (need(relatives=frozenset({1})), way(station())),
        "RELATIVE",
        {"missing": 1},
    ),
    "a paper that the kind of service asks for is lacking": Case(
        rules.PapersHeld(POLICY),
        (bath(), way(provider(lacking={"C01": ("food_licence",)}))),
        (bath(), way(provider(lacking={"C03": ("nursing_licence",)}))),
        "NO_PAPER",
        {"kinds": "nursing_licence"},
    ),
    "a suspended supplier takes on no work": Case(
        rules.SupplierActive(POLICY),
        (need(), way(station())),
        (need(), way(station(status=OrganisationStatus.SUSPENDED))),
        "SUSPENDED",
        {},
    ),
    "a lapsed mandatory qualification of the organisation blocks it": Case(
        rules.SupplierQualified(POLICY),
        (bath(), way(provider())),
        (bath(), way(provider(lapsed=("registration",)))),
        "SUSPENDED",
        {"kinds": "registration"},
    ),
    "a station does no care": Case(
        rules.ServiceCovered(POLICY), (need(), way(station())), (bath(), way(station())), "NO_LOT", {}
    ),
    "a provider does what a line buys": Case(
        rules.ServiceCovered(POLICY),
        (bath(), way(provider())),
        (bath(item_code="C05"), way(provider(), line=None)),
        "NO_LOT",
        {},
    ),
    "the ladder grants the visits": Case(
        rules.WithinLadder(POLICY),
        (need(visits_per_month=4, granted=Amount(visits=4)), way(station())),
        (need(visits_per_month=5, granted=Amount(visits=4)), way(station())),
        "BEYOND_LADDER",
        {"most": "4", "wanted": "5"},
    ),
    "the ladder grants the hours": Case(
        rules.WithinLadder(POLICY),
        (need(minutes=30, granted=Amount(minutes=120)), way(station())),
        (need(minutes=31, granted=Amount(minutes=120)), way(station())),
        "BEYOND_LADDER",
        {"most": "2", "wanted": "2.1"},
    ),
    "the ladder grants the money that the line takes": Case(
        rules.WithinLadder(POLICY),
        (bath(visits_per_month=2, granted=Amount(yuan=Decimal(200))), way(provider(lines=(line(rate_fen=10_000),)))),
        (bath(visits_per_month=2, granted=Amount(yuan=Decimal(200))), way(provider(lines=(line(rate_fen=10_001),)))),
        "BEYOND_LADDER",
        {"most": "200.00", "wanted": "200.02"},
    ),
    "the gate of the lot admits the group": Case(
        rules.EligibilityGate(POLICY),
        (bath(), way(provider(lines=(line(gate=Gate(groups=(PersonGroup.ELDER,))),)))),
        (bath(group="minor"), way(provider(lines=(line(gate=Gate(groups=(PersonGroup.ELDER,)), lot_name="L-1"),)))),
        "NOT_ADMITTED",
        {"what": "group", "value": "minor", "admitted": "elder", "lot": "L-1"},
    ),
    "the gate of the lot admits the category": Case(
        rules.EligibilityGate(POLICY),
        (bath(), way(provider(lines=(line(gate=Gate(categories=(Category.TEKUN,))),)))),
        (bath(category="EDGE"), way(provider(lines=(line(gate=Gate(categories=(Category.TEKUN,))),)))),
        "NOT_ADMITTED",
        {"what": "category", "value": "EDGE", "admitted": "TEKUN"},
    ),
    "the gate of the lot admits the level": Case(
        rules.EligibilityGate(POLICY),
        (bath(), way(provider(lines=(line(gate=Gate(levels=(AbilityLevel.TOTAL,))),)))),
        (bath(level=""), way(provider(lines=(line(gate=Gate(levels=(AbilityLevel.TOTAL,))),)))),
        "NOT_ADMITTED",
        {"what": "level", "value": "none", "admitted": "TOTAL"},
    ),
    "the township is in the lot": Case(
        rules.AreaServed(POLICY), (bath(), way(provider())), (bath(township=2), way(provider())), "NO_LOT", {}
    ),
    "a station serves its own township": Case(
        rules.AreaServed(POLICY), (need(), way(station())), (need(township=2), way(station())), "NO_LOT", {}
    ),
    "a station serves a neighbour when the policy says so": Case(
        rules.AreaServed(replace(POLICY, neighbours=True)),
        (need(township=2), way(station())),
        (bath(township=2), way(provider())),
        "NO_LOT",
        {},
    ),
    "the contract runs on the first day": Case(
        rules.ContractTerm(POLICY),
        (bath(), way(provider())),
        (bath(), way(provider(lines=(line(term_to=date(2026, 11, 30)),)))),
        "TERM",
        {"last": "2026-11-30"},
    ),
    "a supplier that declined is not asked again at once": Case(
        rules.NotDeclined(POLICY),
        (need(declined=(99,)), way(station())),
        (need(declined=(10,)), way(station())),
        "DECLINED",
        {},
    ),
    "the way is within the limit": Case(
        rules.WithinReach(POLICY),
        (bath(), way(provider(), 40_000)),
        (bath(), way(provider(), 40_010)),
        "TOO_FAR",
        {"limit": "40.0"},
    ),
    "it is known where the recipient lives": Case(
        rules.PositionKnown(POLICY),
        (need(), way(station(), 0)),
        (need(spot=None), way(station(), -1)),
        "NO_POSITION",
        {},
    ),
    "it is known where the supplier is": Case(
        rules.PositionKnown(POLICY),
        (need(), way(station(), 0)),
        (need(), way(station(spot=None), -1)),
        "NO_POSITION",
        {},
    ),
    "enough workers are qualified": Case(
        rules.WorkersQualified(POLICY),
        (bath(), way(provider())),
        (bath(), way(provider(21, workers=(worker(1, "male", "bath_training"), worker(2, "male"))))),
        "NO_QUAL",
        {"missing": 1, "qualification": "bath_training"},
    ),
    "who lets a mandatory certificate lapse is not counted": Case(
        rules.WorkersQualified(POLICY),
        (need(), way(provider(21, workers=(worker(1, "female"),)))),
        (need(), way(provider(22, workers=(worker(1, "female", lapsed=("health_certificate",)),)))),
        "NO_QUAL",
        {"missing": 1},
    ),
    "two of the sex are engaged for a bath with two": Case(
        rules.WorkersOfSex(POLICY),
        (bath(), way(provider())),
        (bath(sex="female"), way(provider())),
        "NO_GENDER",
        {"missing": 1, "sex": "female"},
    ),
    "the check for minors is not too old": Case(
        rules.MinorsCheck(POLICY),
        (need(minors_check=True), checked(date(2025, 12, 1))),
        (need(minors_check=True), checked(date(2025, 11, 30))),
        "NO_QUAL",
        {"missing": 1, "months": 12},
    ),
    "nobody works with minors unchecked": Case(
        rules.MinorsCheck(POLICY),
        (need(), checked(None)),
        (need(minors_check=True), checked(None)),
        "NO_QUAL",
        {},
    ),
    "a window of the recipient is within somebody's hours": Case(
        rules.WindowsFit(POLICY),
        (need(windows=((0, 1020, 1080),)), way(station())),
        (need(windows=((0, 1060, 1100), (5, 480, 1080))), way(station())),
        "WINDOW",
        {"workers": 1},
    ),
    "two workers are there at the same time": Case(
        rules.WindowsFit(POLICY),
        (bath(), way(provider())),
        (
            bath(),
            way(
                provider(
                    21,  # the rule remembers an answer for each supplier of its run
                    workers=(
                        worker(1, "male", "bath_training", pattern=((0, 480, 720),)),
                        worker(2, "male", "bath_training", pattern=((0, 690, 1080),)),
                    ),
                )
            ),
        ),
        "WINDOW",
        {"workers": 2},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_the_rule_is_kept(name: str) -> None:
    assert CASES[name].rule.check(*CASES[name].kept).ok


@pytest.mark.parametrize("name", CASES)
async def test_the_rule_is_broken_with_its_code_and_numbers(name: str) -> None:
    case = CASES[name]
    verdict = case.rule.check(*case.broken)
    assert not verdict.ok
    assert verdict.rule == case.code
    assert case.says.items() <= verdict.numbers.items()
    verdict.sentence % dict.fromkeys(verdict.numbers, 0)  # every place in the sentence is filled


async def test_every_rule_has_a_case() -> None:
    assert {type(case.rule) for case in CASES.values()} == {type(rule) for rule in rules.rules(POLICY)}


async def test_a_worker_without_time_counts_for_nothing() -> None:
    idle = way(provider(workers=(worker(1, "male", "bath_training"), worker(2, "male", "bath_training", minutes=0))))
    assert rules.WorkersOfSex(POLICY).check(bath(), idle).numbers["missing"] == 1
