"""Rules filter and explain with the same object."""

from __future__ import annotations

from carematch.assignment import Rule, Verdict, first_failing, nearest_miss


class Near(Rule[int, int]):
    """Needs and suppliers are places on a line."""

    name = "TOO_FAR"
    sentence = "{metres} m are more than 10 m."

    def check(self, need: int, supplier: int) -> Verdict:
        metres = abs(need - supplier)
        return self.kept() if metres <= 10 else self.broken(metres=metres)


class Even(Rule[int, int]):
    """Only even suppliers."""

    name = "ODD"
    sentence = "The supplier is odd."

    def check(self, need: int, supplier: int) -> Verdict:
        return self.kept() if supplier % 2 == 0 else self.broken()


RULES = (Near(), Even())


def test_a_pair_that_keeps_every_rule_has_no_failing_one() -> None:
    assert first_failing(RULES, 0, 10) is None


def test_the_first_rule_broken_is_named_with_its_numbers() -> None:
    verdict = first_failing(RULES, 0, 11)
    assert verdict == Verdict(False, "TOO_FAR", "{metres} m are more than 10 m.", {"metres": 11})


def test_a_later_rule_is_named_when_the_earlier_are_kept() -> None:
    verdict = first_failing(RULES, 0, 9)
    assert verdict is not None
    assert verdict.rule == "ODD"


def test_a_need_without_options_is_explained_by_the_supplier_that_came_farthest() -> None:
    verdict = nearest_miss(RULES, 0, (50, 9, 70))
    assert verdict is not None
    assert verdict.rule == "ODD"


def test_a_need_with_an_option_misses_nothing() -> None:
    assert nearest_miss(RULES, 0, (50, 8)) is None
