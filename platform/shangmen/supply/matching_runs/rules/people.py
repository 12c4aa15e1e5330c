"""Whether enough people of a supplier can do what a need asks, at a time at which they are there."""

from __future__ import annotations

from typing import ClassVar

from shangmen.foundation.organisations import rules as organisations
from shangmen.supply.matching_runs.adapter import Verdict
from shangmen.supply.matching_runs.rules.rule import MatchRule
from shangmen.supply.matching_runs.run.snapshot import (
    SEXES,
    Candidate,
    NeedFacts,
    RunPolicy,
    SupplierFacts,
    WorkerFacts,
)

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


class _Suited(MatchRule):
    """Enough of those who are qualified also suit the recipient: with every rule of this kind up to this one."""

    of: ClassVar[tuple[organisations.Rule[organisations.Worker], ...]]

    def suited(self, need: NeedFacts, supplier: SupplierFacts) -> int:
        """How many there are."""
        asked = organisations.Asked(
            self.policy.starts_on,
            halal=need.halal and need.item_code.startswith(supplier.halal_codes),
            language=need.language,
            relatives=need.relatives,
        )
        able = self.able(supplier, need.requirements())
        return sum(organisations.first_broken(self.of, worker.who(), asked) is None for worker in able)

    def missing(self, need: NeedFacts, supplier: Candidate) -> int:
        """How many more are needed."""
        return max(0, need.staff_count - self.suited(need, supplier.supplier))


class HalalFood(_Suited):
    """Who eats halal gets food from a halal kitchen, or from workers who are certified for it."""

    name: ClassVar[str] = "NO_HALAL"
    sentence: ClassVar[str] = (
        "The supplier has no halal kitchen, and %(missing)s more worker(s) certified for halal food are missing for"
        " “%(item)s”."
    )
    of = (organisations.HALAL,)

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the food is halal where it must be."""
        missing = self.missing(need, supplier) if need.halal else 0
        return self.broken(missing=missing, **_item(need)) if missing else self.kept()


class LanguageSpoken(_Suited):
    """Enough workers speak what the recipient understands."""

    name: ClassVar[str] = "NO_LANGUAGE"
    sentence: ClassVar[str] = "%(missing)s more worker(s) who speak %(language)s are missing for “%(item)s”."
    of = (organisations.HALAL, organisations.SPEAKS)

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether they can talk with the recipient."""
        missing = self.missing(need, supplier) if need.language else 0
        return self.broken(missing=missing, language=need.language, **_item(need)) if missing else self.kept()


class NoRelatives(_Suited):
    """Enough workers are no family of the recipient."""

    name: ClassVar[str] = "RELATIVE"
    sentence: ClassVar[str] = "%(missing)s more worker(s) who are no relatives are missing for “%(item)s”."
    of = (organisations.HALAL, organisations.SPEAKS, organisations.UNRELATED)

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether somebody else than family can come."""
        missing = self.missing(need, supplier) if need.relatives else 0
        return self.broken(missing=missing, **_item(need)) if missing else self.kept()


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
