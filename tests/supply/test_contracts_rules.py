"""May this need be served under this line? Each rule kept and broken, by itself."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from shangmen.demand.entitlement.rules import Gate
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.supply.contracts import rules
from shangmen.web import language

FIRST = date(2026, 5, 1)


@dataclass(frozen=True)
class Wanted:
    """A need."""

    item_code: str = "C01"
    township: int = 7
    group: str = "elder"
    category: str = "TEKUN"
    tier: str = ""
    level: str = "TOTAL"
    living: str = "alone"
    age: int | None = 76
    certificates: tuple[tuple[int, int], ...] = ((4, 2),)


GATE = Gate(
    groups=(PersonGroup.ELDER,),
    categories=(Category.TEKUN, Category.DIBAO),
    tiers=("", "A"),
    levels=(AbilityLevel.TOTAL,),
    livings=(Living.ALONE,),
    age_from=70,
    certificate_types=(4,),
    certificate_grades=(1, 2),
)


@dataclass(frozen=True)
class Sold:
    """A line."""

    number: str = "TX-1"
    item_code: str = "C01"
    term_from: date = date(2026, 1, 1)
    term_to: date = date(2026, 12, 31)
    areas: tuple[int, ...] = (7, 8)
    gate: Gate = GATE


NEED, LINE = Wanted(), Sold()
CASES = {
    "another service": (rules.BUYS, replace(NEED, item_code="C02"), LINE),
    "another group": (rules.ADMITS, replace(NEED, group="minor"), LINE),
    "no category": (rules.ADMITS, replace(NEED, category=""), LINE),
    "another level": (rules.ADMITS, replace(NEED, level="PARTIAL"), LINE),
    "another tier": (rules.ADMITS, replace(NEED, tier="B"), LINE),
    "another living situation": (rules.ADMITS, replace(NEED, living="spouse"), LINE),
    "too young": (rules.ADMITS, replace(NEED, age=69), LINE),
    "another disability": (rules.ADMITS, replace(NEED, certificates=((1, 2),)), LINE),
    "a lighter disability": (rules.ADMITS, replace(NEED, certificates=((4, 3),)), LINE),
    "another township": (rules.REACHES, replace(NEED, township=9), LINE),
    "a contract that begins later": (rules.RUNS, NEED, replace(LINE, term_from=date(2026, 5, 2))),
    "a contract that ended": (rules.RUNS, NEED, replace(LINE, term_to=date(2026, 4, 30))),
}


@pytest.mark.parametrize(("rule", "need", "line"), CASES.values(), ids=CASES)
def test_a_rule_is_kept_and_broken(rule: rules.Rule, need: Wanted, line: Sold) -> None:
    assert rule.check(NEED, LINE, FIRST).ok
    verdict = rules.first_broken(need, line, FIRST)
    assert verdict is not None and verdict.rule == rule.name
    assert "TX-1" in verdict.sentence % verdict.parameters()


def test_a_gate_that_says_nothing_admits_all() -> None:
    open_to_all = replace(LINE, gate=Gate())
    assert rules.ADMITS.check(replace(NEED, group="minor", category="", level=""), open_to_all, FIRST).ok


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.name)
def test_every_rule_speaks_chinese(rule: rules.Rule) -> None:
    assert language.gettext(rule.sentence) != rule.sentence
