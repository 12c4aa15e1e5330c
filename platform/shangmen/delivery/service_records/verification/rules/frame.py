"""What a rule is: a name, a sentence, a weight, and `check`. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shangmen import clock
from shangmen.delivery.service_records.verification.dossier import Facts

NOTE, HOLD, REJECT = "note", "hold", "reject"


@dataclass(frozen=True)
class Finding:
    """What a rule found: `message` is a message id that `details` fill; details hold what JSON can."""

    rule: str
    severity: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


class Rule(Protocol):
    """What every rule is."""

    name: str
    sentence: str

    def check(self, facts: Facts) -> Finding | None:
        """The finding, or None when there is nothing to say."""
        ...


class Simple:
    """A rule with one weight: a subclass says in `found` with which details its sentence holds, or None."""

    name = ""
    sentence = ""
    severity = HOLD

    def found(self, facts: Facts) -> dict[str, Any] | None:
        raise NotImplementedError

    def check(self, facts: Facts) -> Finding | None:
        details = self.found(facts)
        return None if details is None else Finding(self.name, self.severity, self.sentence, details)


def metres_in_words(value: int) -> str:
    """350 m, 12.4 km."""
    return f"{value:,} m" if value < 10_000 else f"{value / 1000:,.1f} km"


def clock_time(moment: datetime) -> str:
    """09:30 of the business day."""
    return moment.astimezone(clock.SHANGHAI).strftime("%H:%M")
