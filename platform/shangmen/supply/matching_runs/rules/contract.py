"""What may be asked of a supplier at all: the service, the lot, the township, the term.

What a contract line allows is asked of `contracts.rules`; the sentences are matching's own.
"""

from __future__ import annotations

from typing import ClassVar

from shangmen.foundation.catalogue.states import ServiceKind
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.supply.contracts import rules as contracts
from shangmen.supply.matching_runs.adapter import Verdict
from shangmen.supply.matching_runs.rules.rule import MatchRule, first_day, is_own_township
from shangmen.supply.matching_runs.run.snapshot import Candidate, NeedFacts

SOCIAL_WORK = "social_worker"
"""The qualification that marks an item as social work, which a station may do itself."""


class ServiceCovered(MatchRule):
    """A station does visits and social work; a provider what a line of its contracts buys."""

    name: ClassVar[str] = "NO_LOT"
    sentence: ClassVar[str] = "No contract of the supplier covers this service."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier offers the service at all."""
        if supplier.supplier.kind is OrganisationKind.STATION:
            own = need.item_kind is ServiceKind.VISIT or need.qualification == SOCIAL_WORK
            return self.kept() if own else self.broken("A station does visits and social work, not this service.")
        line = supplier.line
        return self.kept() if line and contracts.BUYS.check(need, line, line.term_from).ok else self.broken()


class EligibilityGate(MatchRule):
    """The recipient is among those for whom the lot was bought."""

    name: ClassVar[str] = "NOT_ADMITTED"
    sentence: ClassVar[str] = (
        "Lot %(lot)s does not admit the recipient's %(what)s (%(value)s); it is for: %(admitted)s."
    )

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the recipient passes the gate of the lot."""
        line = supplier.line
        if line is None:
            return self.kept()
        verdict = contracts.ADMITS.check(need, line, line.term_from)
        if verdict.ok:
            return self.kept()
        what, value, admitted = (str(verdict.details[name]) for name in ("what", "value", "admitted"))
        return self.broken(lot=line.lot_name, what=what, value=value, admitted=admitted)


class AreaServed(MatchRule):
    """The township belongs to the lot, or to the station (a neighbour's when the policy says so)."""

    name: ClassVar[str] = "NO_LOT"
    sentence: ClassVar[str] = "The township is not in the lot."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier may come to this township."""
        line = supplier.line
        if line is not None:
            return self.kept() if contracts.REACHES.check(need, line, line.term_from).ok else self.broken()
        if is_own_township(need, supplier.supplier) or self.policy.neighbours:
            return self.kept()
        return self.broken("The station serves another township.")


class ContractTerm(MatchRule):
    """The contract runs on the first day of the placement."""

    name: ClassVar[str] = "TERM"
    sentence: ClassVar[str] = "The contract runs from %(first)s to %(last)s only."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the first day lies within the term."""
        line = supplier.line
        if line is None or contracts.RUNS.check(need, line, first_day(need, self.policy)).ok:
            return self.kept()
        return self.broken(first=line.term_from.isoformat(), last=line.term_to.isoformat())
