"""Named rules of verification (patterns F01 to F20 of domain.md §6.3). Pure: a dossier in, findings out.

Each rule has a name, a sentence for people, and how heavy its finding weighs: a note lets the record pass, hold gives
it to a person, reject means that it is not paid. What no rule objects to is verified at once.
"""

from collections.abc import Sequence

from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.verification.dossier import Dossier
from shangmen.delivery.service_records.verification.rules import people, position, proof, time
from shangmen.delivery.service_records.verification.rules.rule import Finding, Rule

__all__ = ["RULES", "Finding", "Rule", "check", "verdict"]

_WEIGHT = {Severity.NOTE: 0, Severity.HOLD: 1, Severity.REJECT: 2}
_STATE = {
    Severity.NOTE: VerdictState.VERIFIED,
    Severity.HOLD: VerdictState.HELD,
    Severity.REJECT: VerdictState.REJECTED,
}

RULES: tuple[Rule, ...] = (
    people.NotThere(),
    time.Overlap(),
    time.BothAtHome(),
    time.TwiceServed(),
    time.ImpossibleTravel(),
    people.NotQualified(),
    people.OwnFamily(),
    people.OwnTelephone(),
    people.OneOfTwo(),
    position.NoPosition(),
    position.PoorPosition(),
    position.StalePosition(),
    position.FarFromHome(),
    position.SamePosition(),
    position.RoundPosition(),
    people.SharedPhone(),
    people.AfterCap(),
    people.SameSignature(),
    people.WorkerAsWitness(),
    people.NotConfirmed(),
    people.BareThumb(),
    proof.ProofMissing(),
    proof.PhotoUsedAgain(),
    proof.PhotoOfAnotherTime(),
    proof.PhotoElsewhere(),
    time.TooShort(),
    people.OverEntitlement(),
    time.ManyVisits(),
    time.LateEntry(),
    time.TypedTime(),
    time.ClockOff(),
    time.SentLater(),
    time.OtherDay(),
    people.CorrectedByHand(),
    people.RefusedWithWitness(),
    people.RepeatedSignature(),
    time.TooLong(),
    time.OtherTime(),
    time.LongDay(),
    time.LongMonth(),
    people.ManyTelephones(),
)


def check(dossier: Dossier) -> list[Finding]:
    """What all rules find, the heaviest first, else in the order of RULES."""
    found = [finding for rule in RULES if (finding := rule.check(dossier)) is not None]
    return sorted(found, key=lambda finding: -_WEIGHT[finding.severity])


def verdict(findings: Sequence[Finding]) -> VerdictState:
    """Verified, held or rejected, as the heaviest finding says."""
    heaviest = max((finding.severity for finding in findings), key=_WEIGHT.__getitem__, default=Severity.NOTE)
    return _STATE[heaviest]
