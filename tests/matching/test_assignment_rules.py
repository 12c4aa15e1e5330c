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


class Open(Rule[int, int]):
    """Nobody after six, nobody on a holiday: one rule with two sentences."""

    name = "CLOSED"
    sentence = "The supplier is closed."

    def check(self, need: int, supplier: int) -> Verdict:
        return self.broken("It closes at {hour}.", hour=6) if need > 6 else self.broken()


def test_a_pair_that_breaks_a_rule_is_told_the_sentence_of_the_rule() -> None:
    assert first_failing((Open(),), 5, 0) == Verdict(False, "CLOSED", "The supplier is closed.")


def test_a_sentence_for_the_pair_goes_before_that_of_the_rule() -> None:
    assert first_failing((Open(),), 7, 0) == Verdict(False, "CLOSED", "It closes at {hour}.", {"hour": 6})


def test_a_pair_that_keeps_a_rule_has_a_verdict_in_its_name() -> None:
    assert Near().check(0, 10) == Verdict(True, "TOO_FAR")


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


def test_of_suppliers_that_came_equally_far_the_first_is_told() -> None:
    verdict = nearest_miss((Near(),), 0, (50, 70))
    assert verdict is not None
    assert verdict.numbers == {"metres": 50}


def test_a_supplier_that_fails_early_does_not_displace_one_that_came_farther() -> None:
    verdict = nearest_miss(RULES, 0, (9, 50))
    assert verdict is not None
    assert verdict.rule == "ODD"


def test_what_a_supplier_breaks_after_its_first_rule_is_not_told() -> None:
    verdict = nearest_miss(RULES, 0, (51,))
    assert verdict is not None
    assert verdict.rule == "TOO_FAR"


def test_without_suppliers_nothing_is_missed() -> None:
    assert nearest_miss(RULES, 0, ()) is None
