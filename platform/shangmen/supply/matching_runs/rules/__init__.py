"""May this supplier serve this need at all? The one place where that is decided.

Each rule is a class with the reason code it gives, a sentence, and a check. The same objects build the options of a
run, verify overrides, and explain why somebody was left out. Their order is the order of explanation: first who is
asked at all (service, lot, township, way), then whether the supplier may and can: who keeps the most of them came
nearest to serving, and its first broken rule is the reason of a need that nobody may serve.
"""

from __future__ import annotations

from shangmen.supply.matching_runs.rules.contract import (
    AreaServed,
    ContractTerm,
    EligibilityGate,
    ServiceCovered,
)
from shangmen.supply.matching_runs.rules.entitlement import WithinLadder
from shangmen.supply.matching_runs.rules.people import (
    HalalFood,
    LanguageSpoken,
    MinorsCheck,
    NoRelatives,
    WindowsFit,
    WorkersOfSex,
    WorkersQualified,
)
from shangmen.supply.matching_runs.rules.rule import MatchRule, able, is_own_township
from shangmen.supply.matching_runs.rules.supplier import (
    NotDeclined,
    PapersHeld,
    PositionKnown,
    SupplierActive,
    SupplierQualified,
    WithinReach,
)
from shangmen.supply.matching_runs.run.snapshot import RunPolicy

__all__ = (
    "AreaServed",
    "ContractTerm",
    "EligibilityGate",
    "HalalFood",
    "LanguageSpoken",
    "MatchRule",
    "MinorsCheck",
    "NoRelatives",
    "NotDeclined",
    "PapersHeld",
    "PositionKnown",
    "ServiceCovered",
    "SupplierActive",
    "SupplierQualified",
    "WindowsFit",
    "WithinLadder",
    "WithinReach",
    "WorkersOfSex",
    "WorkersQualified",
    "able",
    "is_own_township",
    "rules",
)


def rules(policy: RunPolicy) -> tuple[MatchRule, ...]:
    """All rules in the order of explanation. What hours, units and money allow is no rule: it is reckoned together."""
    return (
        ServiceCovered(policy),
        WithinLadder(policy),
        EligibilityGate(policy),
        AreaServed(policy),
        ContractTerm(policy),
        PositionKnown(policy),
        WithinReach(policy),
        SupplierActive(policy),
        SupplierQualified(policy),
        PapersHeld(policy),
        NotDeclined(policy),
        WorkersQualified(policy),
        MinorsCheck(policy),
        WorkersOfSex(policy),
        HalalFood(policy),
        LanguageSpoken(policy),
        NoRelatives(policy),
        WindowsFit(policy),
    )
