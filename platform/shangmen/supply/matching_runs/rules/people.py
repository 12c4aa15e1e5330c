"""Whether enough people of a supplier can do what a need asks, at a time at which they are there."""

from __future__ import annotations

from typing import ClassVar

from shangmen.supply.matching_runs.adapter import Verdict
from shangmen.supply.matching_runs.rules.rule import MatchRule
from shangmen.supply.matching_runs.run.snapshot import SEXES, Candidate, NeedFacts, RunPolicy, WorkerFacts

TOO_FEW = "%(missing)s more worker(s) are missing for “%(item)s”."


class WorkersQualified(MatchRule):
    """As many workers with the required qualification are engaged as the service takes at once."""

    name: ClassVar[str] = "NO_QUAL"
    sentence: ClassVar[str] = "%(missing)s more worker(s) qualified as %(qualification)s are missing for “%(item)s”."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether enough workers hold the qualification."""
        have = len(self.able(supplier.supplier, (need.qualification,) if need.qualification else ()))
        if have >= need.staff_count:
            return self.kept()
        missing = need.staff_count - have
        if not need.qualification:
            return self.broken(TOO_FEW, missing=missing, **_item(need))
        return self.broken(missing=missing, qualification=need.qualification, **_item(need))


class MinorsCheck(MatchRule):
    """Who works with minors has a criminal-record check that is not too old (未成年人保护法, article 62)."""

    name: ClassVar[str] = "NO_QUAL"
    sentence: ClassVar[str] = (
        "%(missing)s more worker(s) with a criminal-record check of the last %(months)s months are missing for"
        " “%(item)s”."
    )

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether enough of the qualified workers were checked in time."""
        words = tuple(word for word in need.requirements() if word not in SEXES)
        have = len(self.able(supplier.supplier, words))
        if not need.minors_check or have >= need.staff_count:
            return self.kept()
        months = self.policy.background_check_months
        return self.broken(missing=need.staff_count - have, months=months, **_item(need))


class WorkersOfSex(MatchRule):
    """Where the sex matters, enough qualified workers of that sex are engaged: two for a bath with two."""

    name: ClassVar[str] = "NO_GENDER"
    sentence: ClassVar[str] = "%(missing)s more %(sex)s worker(s) are missing for “%(item)s”."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether enough workers of the sex could do it."""
        have = len(self.able(supplier.supplier, need.requirements()))
        if not need.sex or have >= need.staff_count:
            return self.kept()
        return self.broken(missing=need.staff_count - have, sex=need.sex, **_item(need))


class WindowsFit(MatchRule):
    """Some window of the recipient is covered by the working hours of enough able workers at once."""

    name: ClassVar[str] = "WINDOW"
    sentence: ClassVar[str] = "No time window of the recipient is within the hours of %(workers)s worker(s) at once."

    def __init__(self, policy: RunPolicy) -> None:
        super().__init__(policy)
        self._known: dict[tuple[object, ...], bool] = {}

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether there is a time at which enough workers can be there for the whole visit."""
        facts = supplier.supplier
        key = (facts.id, need.windows, need.requirements(), need.minutes, need.staff_count)
        if key not in self._known:
            self._known[key] = self._fits(need, self.able(facts, need.requirements()))
        return self.kept() if self._known[key] else self.broken(workers=need.staff_count)

    def _fits(self, need: NeedFacts, workers: list[WorkerFacts]) -> bool:
        opens, closes = self.policy.office_hours
        windows = need.windows or tuple((day, opens, closes) for day in range(5))
        for day, earliest, latest in windows:
            shifts = [
                [(first, last) for weekday, first, last in worker.pattern if weekday == day] for worker in workers
            ]
            starts = {earliest} | {first for shift in shifts for first, _ in shift if first > earliest}
            for start in starts:
                end = start + need.minutes
                if end > latest:
                    continue
                free = sum(any(first <= start and end <= last for first, last in shift) for shift in shifts)
                if free >= need.staff_count:
                    return True
        return False


def _item(need: NeedFacts) -> dict[str, str]:
    return {"item": need.item_name or need.item_code}
