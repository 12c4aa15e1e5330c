"""What every rule of matching is, and what several of them ask."""

from __future__ import annotations

from datetime import date

from shangmen.foundation.organisations import rules as organisations
from shangmen.supply.matching_runs.adapter import Rule
from shangmen.supply.matching_runs.run.snapshot import (
    MINORS_CHECK,
    SEXES,
    Candidate,
    NeedFacts,
    RunPolicy,
    SupplierFacts,
    WorkerFacts,
)

WORKER_RULES = (organisations.OF_SEX, organisations.CERTIFIED, organisations.CHECKED)


class MatchRule(Rule[NeedFacts, Candidate]):
    """A rule of this county's matching. It remembers who of a supplier is able: one object serves one run."""

    def __init__(self, policy: RunPolicy) -> None:
        self.policy = policy
        self._able: dict[tuple[int, tuple[str, ...]], list[WorkerFacts]] = {}

    def able(self, supplier: SupplierFacts, requirements: tuple[str, ...]) -> list[WorkerFacts]:
        """As the function of this name."""
        key = supplier.id, requirements
        if key not in self._able:
            self._able[key] = able(supplier, requirements, self.policy)
        return self._able[key]


def able(supplier: SupplierFacts, requirements: tuple[str, ...], policy: RunPolicy) -> list[WorkerFacts]:
    """The supplier's workers who meet all requirements (qualification, minors' check, sex) and have time at all.

    Somebody of whose mandatory certificates one has lapsed is able to do nothing.
    """
    asked = [organisations.Asked(policy.starts_on), *(_asked(word, policy) for word in requirements)]
    return [
        worker
        for worker in supplier.workers
        if worker.minutes > 0
        and all(organisations.first_broken(WORKER_RULES, worker.who(), one) is None for one in asked)
    ]


def _asked(word: str, policy: RunPolicy) -> organisations.Asked:
    if word in SEXES:
        return organisations.Asked(policy.starts_on, sex=word)
    if word == MINORS_CHECK:
        return organisations.Asked(policy.starts_on, minors_check=True, check_months=policy.background_check_months)
    return organisations.Asked(policy.starts_on, qualification=word)


def first_day(need: NeedFacts, policy: RunPolicy) -> date:
    """The first day of the placement that a run would make."""
    return max(need.valid_from, policy.starts_on)


def is_own_township(need: NeedFacts, supplier: SupplierFacts) -> bool:
    """Whether a station is the one of the recipient's township, or was given that township to serve."""
    return need.township == supplier.township or need.township in supplier.areas
