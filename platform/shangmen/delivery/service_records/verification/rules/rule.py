"""What a rule is: a name, a sentence, a weight, and `check`. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shangmen import clock
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification.dossier import Dossier

Details = dict[str, object]


@dataclass(frozen=True)
class Finding:
    """What a rule found: `message` is a message id that `details` fill; details hold what JSON can."""

    rule: str
    severity: Severity
    message: str
    details: Details = field(default_factory=dict)

    @property
    def records(self) -> list[int]:
        """Other records on which the finding throws a light."""
        named = self.details.get("records")
        return [one for one in named if isinstance(one, int)] if isinstance(named, list | tuple) else []


class Rule(Protocol):
    """What every rule is."""

    name: str
    sentence: str

    def check(self, dossier: Dossier) -> Finding | None:
        """The finding, or None when there is nothing to say."""
        ...


class Simple:
    """A rule with one weight: a subclass says in `found` with which details its sentence holds, or None."""

    name = ""
    sentence = ""
    severity = Severity.HOLD

    def found(self, dossier: Dossier) -> Details | None:
        raise NotImplementedError

    def check(self, dossier: Dossier) -> Finding | None:
        details = self.found(dossier)
        return None if details is None else Finding(self.name, self.severity, self.sentence, details)


def metres_in_words(value: int) -> str:
    """350 m, 12.4 km."""
    return f"{value:,} m" if value < 10_000 else f"{value / 1000:,.1f} km"


def clock_time(moment: datetime) -> str:
    """09:30 of the business day."""
    return moment.astimezone(clock.SHANGHAI).strftime("%H:%M")
