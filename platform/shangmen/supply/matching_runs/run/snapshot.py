"""What the matching looks at: needs, suppliers, workers, contract lines, and the policy of a run, frozen.

Positions are whole micro-degrees, money is fen, units of contract lines are hundredths, times are minutes.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from shangmen.demand.entitlement.rules import Amount, Gate
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.states import RequiredSex
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.foundation.catalogue.states import ServiceKind
from shangmen.foundation.organisations import rules
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus, Sex
from shangmen.foundation.regions.states import Accuracy, Terrain
from shangmen.supply.contracts.states import Pricing
from shangmen.supply.matching_runs.states import PinKind

Placed = Literal["leave", "keep", "free"]
"""What happens to needs that are placed already: left alone | matched again, kept where nobody loses by it | free."""

Order = Literal["heaviest", "weights", "fair"]
"""Who comes first: the heaviest, rank by rank | all by their weights | of the heaviest, and then townships alike."""

Spot = tuple[int, int]
"""Latitude and longitude in micro-degrees."""

Window = tuple[int, int, int]
"""Weekday from 0 = Monday, earliest minute, latest end minute."""


class NeedFacts(Struct, frozen=True):
    """One need as it stands when a run is made."""

    id: int
    version: int
    item_code: str
    item_kind: ServiceKind
    weight: int
    group: PersonGroup
    category: Category | Literal[""]
    level: AbilityLevel | Literal[""]
    township: int
    spot: Spot | None
    terrain: Terrain
    visits_per_month: int
    minutes: int
    staff_count: int
    valid_from: date
    accuracy: Accuracy = Accuracy.EXACT
    item_name: str = ""
    station: int = 0
    person: int = 0
    sex: RequiredSex = RequiredSex.EITHER
    qualification: str = ""
    minors_check: bool = False
    windows: tuple[Window, ...] = ()
    valid_to: date | None = None
    present: tuple[int, int | None] | None = None
    """Supplier and contract line of the placement in force."""
    held: tuple[int, int] | None = None
    """Units (hundredths) and fen that this placement still holds on its line."""
    tier: str = ""
    living: str = ""
    age: int | None = None
    certificates: tuple[tuple[int, int], ...] = ()
    granted: Amount | None = None
    """What the ladder grants of this service a month; None where it says nothing, or an officer went beyond."""
    together: Amount | None = None
    """What it grants the recipient of all services together; None as above."""
    halal: bool = False
    language: str = ""
    relatives: frozenset[int] = frozenset()
    """Workers who are family of the recipient."""
    declined: tuple[int, ...] = ()
    """Suppliers that declined an offer of it not long ago."""

    def requirements(self) -> tuple[str, ...]:
        """What a worker must be for this need, as words in a fixed order: qualification, check, sex."""
        check = MINORS_CHECK if self.minors_check else ""
        return tuple(word for word in (self.qualification, check, self.sex) if word)


MINORS_CHECK = "minors_check"
SEXES = (Sex.FEMALE, Sex.MALE)


class WorkerFacts(Struct, frozen=True):
    """A worker engaged by a supplier on the first day of the placements.

    `minutes` is what may be planned in a month: the least of limit and pattern, less absences.
    """

    id: int
    sex: Sex
    qualifications: tuple[str, ...] = ()
    pattern: tuple[Window, ...] = ()
    minutes: int = 0
    background_checked: date | None = None
    languages: str = ""
    lapsed: tuple[str, ...] = ()
    """Mandatory certificates that were held once and are not any more."""

    def who(self) -> rules.Worker:
        """The same for the rules of organisations; nobody is named."""
        held = frozenset(self.qualifications)
        return rules.Worker(
            "", self.sex, held, self.lapsed, self.background_checked, languages=self.languages, id=self.id
        )


class LineFacts(Struct, frozen=True):
    """A line of a contract in force; its gate says whom the lot admits."""

    id: int
    contract: int
    number: str
    item_code: str
    areas: tuple[int, ...]
    term_from: date
    term_to: date
    pricing: Pricing
    rate_fen: int
    units_left: int
    fen_left: int
    two_workers_pay_twice: bool = False
    lot_name: str = ""
    gate: Gate = Gate()


class SupplierFacts(Struct, frozen=True):
    """A station or a provider. `lapsed` names its mandatory qualifications that do not hold."""

    id: int
    kind: OrganisationKind
    name: str
    code: str
    status: OrganisationStatus
    spot: Spot | None
    accuracy: Accuracy = Accuracy.EXACT
    township: int | None = None
    areas: tuple[int, ...] = ()
    lapsed: tuple[str, ...] = ()
    lacking: dict[str, tuple[str, ...]] = {}
    """Papers that services ask for and that do not hold, by the code of the service."""
    halal_codes: tuple[str, ...] = ()
    """How codes of services begin for which it has no halal kitchen."""
    workers: tuple[WorkerFacts, ...] = ()
    lines: tuple[LineFacts, ...] = ()

    def who(self) -> rules.Supplier:
        """The same for the rules of organisations."""
        return rules.Supplier(self.name, self.status, self.lapsed)


class Candidate(Struct, frozen=True):
    """A supplier for one need: through which contract line (None: a station, or no line), how far."""

    supplier: SupplierFacts
    line: LineFacts | None
    metres: int
    travel_minutes: int


class Roads(Struct, frozen=True):
    """How roads are in a kind of terrain: planning values, from dated parameters."""

    detour: float
    kilometres_per_hour: int
    access_minutes: int


VAGUE = (Accuracy.TOWNSHIP, Accuracy.COUNTY)
"""Positions of which only a wide area is known."""


class RunPolicy(Struct, frozen=True):
    """What a run was asked to do, with the parameters of law and policy of its day."""

    starts_on: date
    seed: int = 1
    seconds: int = 30
    placed: Placed = "leave"
    neighbours: bool = False
    most_moves: int | None = None
    order: Order = "heaviest"
    distance_limit_metres: int = 0
    background_check_months: int = 0
    travel_share_percent: int = 0
    caseload_per_worker: int = 0
    office_hours: tuple[int, int] = (0, 0)
    roads: dict[Terrain, Roads] = {}
    options_per_need: int = 8


class Commitment(Struct, frozen=True):
    """A need that is not up for matching but uses capacity: placed, or offered and not answered."""

    need: NeedFacts
    supplier: int
    line: int | None
    reserved: bool
    """Whether the contract line's counters know of it already."""
    holds: tuple[int, int] | None = None
    """Units (hundredths) and fen that it takes when it is accepted today; None: what the run would pay for it."""


class Decision(Struct, frozen=True):
    """A pin: `must` go to the supplier, `never` to it; without a supplier, stay unserved."""

    need: int
    supplier: int | None
    kind: PinKind


class Facts(Struct, frozen=True):
    """Everything that a run looks at."""

    policy: RunPolicy
    needs: tuple[NeedFacts, ...]
    suppliers: tuple[SupplierFacts, ...]
    commitments: tuple[Commitment, ...] = ()
    decisions: tuple[Decision, ...] = ()
