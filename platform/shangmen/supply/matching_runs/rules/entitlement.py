"""Whether the ladder of entitlement grants what a need asks for, and what the supplier's price makes of it a month."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from shangmen.demand.entitlement.rules import Amount, excess
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.matching_runs.adapter import Verdict
from shangmen.supply.matching_runs.rules.rule import MatchRule
from shangmen.supply.matching_runs.run.snapshot import Candidate, LineFacts, NeedFacts


class WithinLadder(MatchRule):
    """Visits, hours and money a month are granted by the ladder, or an officer said why not."""

    name: ClassVar[str] = "BEYOND_LADDER"
    sentence: ClassVar[str] = "The ladder grants nothing of this service to the recipient."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether it does; of all services together the plan sees to it, which knows the others."""
        if need.granted is None:
            return self.kept()
        beyond = excess(need.granted, wanted(need, supplier.line))
        if beyond is None:
            return self.kept()
        return self.broken(beyond.sentence, **{name: str(value) for name, value in beyond.parameters.items()})


def wanted(need: NeedFacts, line: LineFacts | None) -> Amount:
    """What a need takes a month under a contract line; without one nobody pays for it."""
    visits, yuan = need.visits_per_month, Decimal(0)
    if line is not None:
        terms = Terms(line.pricing, Decimal(line.rate_fen) / 100, line.two_workers_pay_twice)
        yuan = visits * terms.price(need.minutes, need.staff_count)[1]
    return Amount(visits, visits * need.minutes, yuan)
