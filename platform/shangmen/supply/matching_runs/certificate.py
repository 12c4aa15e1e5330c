"""What a run keeps in its JSON columns: the certificate of its plan, reasons, progress, messages. Pure."""

from __future__ import annotations

from msgspec import Struct

from shangmen.supply.matching_runs.run.snapshot import RunPolicy

Parameter = str | int | float | None
"""What fills a placeholder of a stored sentence."""


class Message(Struct, frozen=True, array_like=True):
    """A sentence for people: its message id, and what fills it."""

    sentence: str
    parameters: dict[str, Parameter] = {}


class Reason(Struct, frozen=True, array_like=True):
    """Why nobody serves a need, or a supplier may not: the code, the message id, and what fills it.

    Among the parameters `by` is the supplier that it concerns, `metres` the way of one that a rule leaves out.
    """

    code: str
    sentence: str
    parameters: dict[str, Parameter]

    @property
    def supplier(self) -> int | None:
        """The supplier that it concerns."""
        return self._number("by")

    @property
    def metres(self) -> int | None:
        """How far a supplier is that a rule leaves out."""
        return self._number("metres")

    @property
    def by_rule(self) -> bool:
        """Whether a rule leaves the supplier out, rather than what it has left."""
        return "metres" in self.parameters

    def _number(self, name: str) -> int | None:
        value = self.parameters.get(name)
        return value if isinstance(value, int) else None


class Step(Struct, frozen=True, array_like=True):
    """Where a solve was after so many seconds: the phase, the goals and their bounds."""

    seconds: float
    phase: str
    unserved: int
    unserved_bound: int
    travel: int
    travel_bound: int


class Goal(Struct, frozen=True):
    """One goal, those before it fixed. `gap` is (value - bound) / max(1, value); `level` its place, from 1.

    `proof` is what the bound was proven by; `rechecked` the bound that the checker, who knows no solver, reckoned
    again from the prices kept with the plan, None where it could not.
    """

    value: int
    bound: int
    gap: float
    proven: bool
    level: int
    proof: str = ""
    rechecked: int | None = None


class ResourcePrice(Struct, frozen=True):
    """A resource that is short, whose it is, and what one more of its unit saves of each goal."""

    resource: str
    supplier: int
    unit: str
    saves: dict[str, float]


class FewerMoves(Struct, frozen=True):
    """What a plan comes to in which at most so many change supplier; its goals by name."""

    most: int
    possible: bool
    proven: bool
    moves: int
    values: dict[str, int]


class OrderPrice(Struct, frozen=True):
    """What a plan comes to that serves people in an order: how many of each rank, the weight left out of all, the

    largest share of a township that is left out (permille, by weight), metres of way a month. `proven` is of who is
    served.
    """

    order: str
    proven: bool
    served: dict[str, int]
    left_out: int
    share: int
    travel: int


class Ranked(Struct, frozen=True):
    """Of the needs of a rank how many are served, and of their weight how much."""

    needs: int
    served: int
    weight: int
    weight_served: int


class Skipped(Struct, frozen=True):
    """A need that the approval left out, and why."""

    need: int
    sentence: str
    parameters: dict[str, Parameter]


class Violation(Struct, frozen=True):
    """What the checker that knows no solver finds wrong with a plan."""

    code: str
    subject: str
    sentence: str


class Certificate(Struct, frozen=True):
    """How good a plan is, what it was made with, and its key figures."""

    status: str
    stopped: str
    goals: dict[str, Goal]
    needs: int
    served: int
    weight: int
    mean_metres: int | None
    unmet: dict[str, int]
    changes: dict[str, int]
    moves: int
    most_moves: int | None
    input_digest: str
    seed: int
    work: float
    seconds: float
    versions: dict[str, str]
    options: int
    resources: int
    proposed: dict[str, Goal] = {}
    """The goals of the plan as the machine proposed it, once people have changed it; `goals` are those of today."""
    prices: list[ResourcePrice] = []
    fewer_moves: list[FewerMoves] = []
    ranks: dict[str, Ranked] = {}
    """Who is served, by rank, of the plan as it stands."""
    orders: list[OrderPrice] = []
    """The order of the run and others, each with its plan's figures; empty where nobody is left out."""
    offers: int = 0
    """Offers that the approval made."""
    skipped: list[Skipped] = []


class FrozenPolicy(RunPolicy, frozen=True):
    """What a run was asked to do, and the needs that it looked at, each with its version then."""

    need_versions: list[tuple[int, int]] = []
