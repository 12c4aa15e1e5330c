"""May this organisation take on work, may this worker do it? Each rule kept and broken, by itself."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shangmen.foundation.organisations import rules
from shangmen.foundation.organisations.rules import Asked, Paper, Supplier, Worker
from shangmen.foundation.organisations.states import OrganisationStatus, Sex
from shangmen.web import language

DAY = date(2026, 8, 31)
ASKED = Asked(
    DAY,
    sex="female",
    qualification="bath_training",
    minors_check=True,
    check_months=6,
    halal=True,
    language="同心方言",
    relatives=frozenset({7}),
)  # fmt: skip
WANG = Worker("王芳", Sex.FEMALE, held=frozenset({"bath_training"}), background_checked=date(2026, 3, 1))
STATION = Supplier("城关镇社工站")

CASES: dict[str, tuple[rules.Rule[Any], Any, Any]] = {
    "a suspended organisation": (rules.ACTIVE, STATION, replace(STATION, status=OrganisationStatus.SUSPENDED)),
    "a closed organisation": (rules.ACTIVE, STATION, replace(STATION, status=OrganisationStatus.CLOSED)),
    "a lapsed licence": (rules.LICENSED, STATION, replace(STATION, lapsed=("registration",))),
    "somebody who left": (rules.ENGAGED, WANG, replace(WANG, engaged=False)),
    "somebody on leave": (rules.PRESENT, WANG, replace(WANG, absent=True)),
    "a man where a woman is needed": (rules.OF_SEX, WANG, replace(WANG, sex=Sex.MALE)),
    "a certificate that is missing": (rules.CERTIFIED, WANG, replace(WANG, held=frozenset())),
    "a mandatory certificate that lapsed": (rules.CERTIFIED, WANG, replace(WANG, lapsed=("health_certificate",))),
    "no criminal-record check": (rules.CHECKED, WANG, replace(WANG, background_checked=None)),
    "a check that is too old": (rules.CHECKED, WANG, replace(WANG, background_checked=date(2026, 2, 27))),
    "no certificate for halal food": (
        rules.HALAL,
        replace(WANG, held=frozenset({"halal"})),
        replace(WANG, held=frozenset()),
    ),
    "another dialect": (rules.SPEAKS, replace(WANG, languages="普通话、同心话"), replace(WANG, languages="粤语")),
    "a daughter": (rules.UNRELATED, replace(WANG, id=8), replace(WANG, id=7)),
    "a check of later": (rules.CHECKED, WANG, replace(WANG, background_checked=date(2026, 9, 1))),
}


@pytest.mark.parametrize(("rule", "kept", "broken"), CASES.values(), ids=CASES)
def test_a_rule_is_kept_and_broken(rule: rules.Rule[Any], kept: Any, broken: Any) -> None:
    assert rule.check(kept, ASKED).ok
    verdict = rule.check(broken, ASKED)
    assert not verdict.ok and verdict.rule == rule.name
    assert "%" not in verdict.sentence % verdict.parameters()


def test_what_a_service_does_not_ask_for_is_not_missed() -> None:
    plain = Worker("马强", Sex.MALE)
    assert rules.first_broken(rules.WORKER_RULES, plain, Asked(DAY)) is None
    assert rules.first_broken(rules.WORKER_RULES, plain, ASKED) == rules.OF_SEX.check(plain, ASKED)


def test_all_missing_papers_are_told_together() -> None:
    verdict = rules.CERTIFIED.check(replace(WANG, held=frozenset(), lapsed=("health_certificate",)), ASKED)
    assert verdict.kinds == ("bath_training", "health_certificate")


def test_a_man_is_told_for_where_a_man_is_needed() -> None:
    assert rules.OF_SEX.check(WANG, replace(ASKED, sex="male")).sentence.endswith("needs a man.")


@pytest.mark.parametrize("rule", [*rules.SUPPLIER_RULES, *rules.WORKER_RULES], ids=lambda rule: rule.name)
def test_every_rule_speaks_chinese(rule: rules.Rule[Any]) -> None:
    assert language.gettext(rule.sentence) != rule.sentence


def test_a_paper_holds_on_its_days_while_it_stands() -> None:
    paper = Paper("registration", date(2026, 1, 1), date(2026, 12, 31), mandatory=True)
    assert paper.holds(date(2026, 1, 1)) and paper.holds(date(2026, 12, 31))
    assert not paper.holds(date(2025, 12, 31)) and not paper.holds(date(2027, 1, 1))
    assert not replace(paper, stands=False).holds(DAY)
    assert replace(paper, valid_to=None).holds(date(2030, 1, 1))


def test_a_mandatory_kind_lapses_when_none_of_its_papers_holds() -> None:
    old = Paper("registration", date(2025, 1, 1), date(2025, 12, 31), mandatory=True)
    new = Paper("registration", date(2026, 1, 1), None)
    voluntary = Paper("insurance", date(2025, 1, 1), date(2025, 12, 31))
    assert rules.lapsed([old, voluntary], DAY) == ("registration",)
    assert rules.lapsed([old, new, voluntary], DAY) == ()
    assert rules.held([old, new, voluntary], DAY) == {"registration"}


def test_a_paper_of_the_organisations_own_does_not_renew_what_the_bureau_asks_for() -> None:
    old = Paper("registration", date(2025, 1, 1), date(2025, 12, 31), mandatory=True)
    own = Paper("registration", date(2026, 1, 1), None)
    assert Supplier.of([old, own], DAY).lapsed == ("registration",)
    assert Supplier.of([old, replace(own, mandatory=True)], DAY).lapsed == ()
    assert Worker.of([old, own], DAY).lapsed == ()
