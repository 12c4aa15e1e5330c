"""May this supplier serve this need at all? The one place where that is decided.

Each rule is a class with the reason code it gives, a sentence, and a check. The same objects build the options of a
run, verify overrides, and explain why somebody was left out. Their order is the order of explanation: first who is
asked at all (service, lot, township, way), then whether the supplier may and can: who keeps the most of them came
nearest to serving, and its first broken rule is the reason of a need that nobody may serve.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar

from shangmen import clock
from shangmen.supply.matching_runs.adapter import Rule, Verdict
from shangmen.supply.matching_runs.run.snapshot import (
    MINORS_CHECK,
    SEXES,
    Candidate,
    LineFacts,
    NeedFacts,
    RunPolicy,
    SupplierFacts,
    WorkerFacts,
)

SOCIAL_WORK = "social_worker"
"""The qualification that marks an item as social work, which a station may do itself."""


class MatchRule(Rule[NeedFacts, Candidate]):
    """A rule of this county's matching."""

    def __init__(self, policy: RunPolicy) -> None:
        self.policy = policy


class SupplierActive(MatchRule):
    """The supplier is neither suspended nor closed."""

    name: ClassVar[str] = "SUSPENDED"
    sentence: ClassVar[str] = "The supplier is suspended or closed."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier takes on work."""
        return self.kept() if supplier.supplier.active else self.broken()


class SupplierQualified(MatchRule):
    """Every mandatory qualification of the organisation holds on the first day."""

    name: ClassVar[str] = "SUSPENDED"
    sentence: ClassVar[str] = "A mandatory qualification of the supplier does not hold: %(kinds)s."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether nothing mandatory has lapsed."""
        lapsed = supplier.supplier.lapsed
        return self.broken(kinds=",".join(lapsed)) if lapsed else self.kept()


class ServiceCovered(MatchRule):
    """A station does visits and social work; a provider what a line of its contracts buys."""

    name: ClassVar[str] = "NO_LOT"
    sentence: ClassVar[str] = "No contract of the supplier covers this service."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier offers the service at all."""
        if supplier.supplier.kind == "station":
            own = need.item_kind == "visit" or need.qualification == SOCIAL_WORK
            return self.kept() if own else self.broken("A station does visits and social work, not this service.")
        return self.kept() if supplier.line and supplier.line.item_code == need.item_code else self.broken()


class EligibilityGate(MatchRule):
    """The recipient is among those for whom the lot was bought."""

    name: ClassVar[str] = "NO_LOT"
    sentence: ClassVar[str] = "The lot does not admit the recipient's %(what)s (%(value)s)."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether group, category and level pass the gate of the lot."""
        line = supplier.line
        if line is None:
            return self.kept()
        for what, value, admitted in (
            ("group", need.group, line.groups),
            ("category", need.category, line.categories),
            ("level", need.level, line.levels),
        ):
            if admitted is not None and value not in admitted:
                return self.broken(what=what, value=value or "none")
        return self.kept()


class AreaServed(MatchRule):
    """The township belongs to the lot, or to the station (a neighbour's when the policy says so)."""

    name: ClassVar[str] = "NO_LOT"
    sentence: ClassVar[str] = "The township is not in the lot."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier may come to this township."""
        if supplier.line is not None:
            return self.kept() if need.township in supplier.line.areas else self.broken()
        if is_own_township(need, supplier.supplier) or self.policy.neighbours:
            return self.kept()
        return self.broken("The station serves another township.")


class ContractTerm(MatchRule):
    """The contract runs on the first day of the placement."""

    name: ClassVar[str] = "NO_LOT"
    sentence: ClassVar[str] = "The contract runs from %(first)s to %(last)s only."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the first day lies within the term."""
        line = supplier.line
        if line is None or line.term_from <= first_day(need, self.policy) <= line.term_to:
            return self.kept()
        return self.broken(first=line.term_from.isoformat(), last=line.term_to.isoformat())


class NotDeclined(MatchRule):
    """The supplier has not declined this very need a short while ago: asking again would only cost days."""

    name: ClassVar[str] = "NO_CAPACITY"
    sentence: ClassVar[str] = "The supplier declined this need a short while ago."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether no offer of it was declined within the policy's days."""
        return self.broken() if supplier.supplier.id in need.declined else self.kept()


class ContractMoney(MatchRule):
    """What is left of the line's quantity and of the contract's money pays for the placement."""

    name: ClassVar[str] = "BUDGET"
    sentence: ClassVar[str] = "The contract has %(left)s yuan and %(units)s units left; %(wanted)s yuan are needed."

    def __init__(self, policy: RunPolicy, price: Callable[[NeedFacts, LineFacts], tuple[int, int]]) -> None:
        super().__init__(policy)
        self._price = price

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether units and fen for the term are there."""
        line = supplier.line
        if line is None:
            return self.kept()
        units, fen = self._price(need, line)
        if units <= line.units_left and fen <= line.fen_left:
            return self.kept()
        return self.broken(left=line.fen_left // 100, units=line.units_left // 100, wanted=-(-fen // 100))


class WithinReach(MatchRule):
    """The way by road is not longer than the policy's limit."""

    name: ClassVar[str] = "TOO_FAR"
    sentence: ClassVar[str] = "The way is %(km)s km; the limit is %(limit)s km."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier is near enough; a place that nobody knows is too far."""
        if supplier.metres < 0:
            return self.broken("The position of the recipient or of the supplier is not known.")
        limit = self.policy.distance_limit_metres
        if supplier.metres <= limit:
            return self.kept()
        return self.broken(km=f"{supplier.metres / 1000:.1f}", limit=f"{limit / 1000:.1f}")


TOO_FEW = "%(missing)s more worker(s) are missing for “%(item)s”."


class WorkersQualified(MatchRule):
    """As many workers with the required qualification are engaged as the service takes at once."""

    name: ClassVar[str] = "NO_QUAL"
    sentence: ClassVar[str] = "%(missing)s more worker(s) qualified as %(qualification)s are missing for “%(item)s”."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether enough workers hold the qualification."""
        have = len(able(supplier.supplier, (need.qualification,) if need.qualification else (), self.policy))
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
        have = len(able(supplier.supplier, words, self.policy))
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
        have = len(able(supplier.supplier, need.requirements(), self.policy))
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
            self._known[key] = self._fits(need, able(facts, need.requirements(), self.policy))
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


def rules(policy: RunPolicy, price: Callable[[NeedFacts, LineFacts], tuple[int, int]]) -> tuple[MatchRule, ...]:
    """All rules in the order of explanation; `price` gives units (hundredths) and fen of a placement's term."""
    return (
        ServiceCovered(policy),
        EligibilityGate(policy),
        AreaServed(policy),
        ContractTerm(policy),
        WithinReach(policy),
        SupplierActive(policy),
        SupplierQualified(policy),
        NotDeclined(policy),
        ContractMoney(policy, price),
        WorkersQualified(policy),
        MinorsCheck(policy),
        WorkersOfSex(policy),
        WindowsFit(policy),
    )


def able(supplier: SupplierFacts, requirements: tuple[str, ...], policy: RunPolicy) -> list[WorkerFacts]:
    """The supplier's workers who meet all requirements (qualification, minors' check, sex) and have time at all."""
    return [
        worker
        for worker in supplier.workers
        if worker.minutes > 0 and all(_meets(worker, word, policy) for word in requirements)
    ]


def _meets(worker: WorkerFacts, word: str, policy: RunPolicy) -> bool:
    if word in SEXES:
        return worker.sex == word
    if word == MINORS_CHECK:
        checked = worker.background_checked
        limit = policy.background_check_months
        return checked is not None and policy.starts_on <= clock.months_after(checked, limit)
    return word in worker.qualifications


def first_day(need: NeedFacts, policy: RunPolicy) -> date:
    """The first day of the placement that a run would make."""
    return max(need.valid_from, policy.starts_on)


def is_own_township(need: NeedFacts, supplier: SupplierFacts) -> bool:
    """Whether a station is the one of the recipient's township, or was given that township to serve."""
    return need.township == supplier.township or need.township in supplier.areas


def _item(need: NeedFacts) -> dict[str, str]:
    return {"item": need.item_name or need.item_code}
