"""Whether a supplier takes on work, has not just declined it, and is near enough."""

from __future__ import annotations

from typing import ClassVar

from shangmen.foundation.organisations import rules as organisations
from shangmen.supply.matching_runs.adapter import Verdict
from shangmen.supply.matching_runs.rules.rule import MatchRule
from shangmen.supply.matching_runs.run.snapshot import VAGUE, Candidate, NeedFacts


class SupplierActive(MatchRule):
    """The supplier is neither suspended nor closed."""

    name: ClassVar[str] = "SUSPENDED"
    sentence: ClassVar[str] = "The supplier is suspended or closed."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier takes on work."""
        who, asked = supplier.supplier.who(), organisations.Asked(self.policy.starts_on)
        return self.kept() if organisations.ACTIVE.check(who, asked).ok else self.broken()


class SupplierQualified(MatchRule):
    """Every mandatory qualification of the organisation holds on the first day."""

    name: ClassVar[str] = "SUSPENDED"
    sentence: ClassVar[str] = "A mandatory qualification of the supplier does not hold: %(kinds)s."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether nothing mandatory has lapsed."""
        who, asked = supplier.supplier.who(), organisations.Asked(self.policy.starts_on)
        verdict = organisations.LICENSED.check(who, asked)
        return self.kept() if verdict.ok else self.broken(kinds=",".join(verdict.kinds))


class PapersHeld(MatchRule):
    """The supplier holds what the kind of service asks for: a food licence for meals, a nursing licence."""

    name: ClassVar[str] = "NO_PAPER"
    sentence: ClassVar[str] = "The supplier lacks a paper that “%(item)s” asks for: %(kinds)s."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether nothing is lacking for the service."""
        lacking = supplier.supplier.lacking.get(need.item_code, ())
        if not lacking:
            return self.kept()
        return self.broken(kinds=",".join(lacking), item=need.item_name or need.item_code)


class NotDeclined(MatchRule):
    """The supplier has not declined this very need a short while ago: asking again would only cost days."""

    name: ClassVar[str] = "DECLINED"
    sentence: ClassVar[str] = "The supplier declined this need a short while ago."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether no offer of it was declined within the policy's days."""
        return self.broken() if supplier.supplier.id in need.declined else self.kept()


class PositionKnown(MatchRule):
    """It is known, or can be estimated, where recipient and supplier are: else no way can be reckoned."""

    name: ClassVar[str] = "NO_POSITION"
    sentence: ClassVar[str] = "Nobody knows where the recipient lives: not even the township has a point."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether both are."""
        if need.spot is None:
            return self.broken()
        if supplier.supplier.spot is None or supplier.metres < 0:
            return self.broken("Nobody knows where the supplier is: not even its county has a point.")
        return self.kept()


class WithinReach(MatchRule):
    """The way by road is not longer than the policy's limit; of a way between estimates nobody can say that it is."""

    name: ClassVar[str] = "TOO_FAR"
    sentence: ClassVar[str] = "The way is %(km)s km; the limit is %(limit)s km."

    def check(self, need: NeedFacts, supplier: Candidate) -> Verdict:
        """Whether the supplier is near enough; of a way that nobody knows another rule speaks."""
        limit = self.policy.distance_limit_metres
        vague = need.accuracy in VAGUE or supplier.supplier.accuracy in VAGUE
        if supplier.metres <= limit or vague:
            return self.kept()
        return self.broken(km=f"{supplier.metres / 1000:.1f}", limit=f"{limit / 1000:.1f}")
