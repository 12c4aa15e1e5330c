"""The question: who needs somebody, who could come, what that uses up, what is decided already.

All numbers are integers in the unit that the resource or goal is kept in (minutes, places, fen,
metres). Ids are opaque strings. The order of the lists never matters: ties are broken by id.
"""

from __future__ import annotations

import hashlib
from operator import attrgetter

import msgspec
from msgspec import Struct

from carematch.assignment.goals import DEFAULT_POLICY, Policy

HASHED_AT_ONCE = 10_000

NO_CAPACITY = "NO_CAPACITY"
NO_OPTION = "NO_OPTION"


class Need(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that one supplier is to take on as a whole; `weight` is what leaving it costs.

    `group` names whom it belongs with when shares are compared (a township; "" is no group), `grade`
    how much care it asks for, `rank` with whom it is put when a policy goes by ranks (see `goals.heaviest_first`).
    None decides anything by itself.
    """

    id: str
    weight: int = 1
    group: str = ""
    grade: str = ""
    rank: str = ""


class Supplier(Struct, frozen=True, forbid_unknown_fields=True):
    """A station or a provider."""

    id: str
    group: str = ""


class Resource(Struct, frozen=True, forbid_unknown_fields=True):
    """Something limited that options use up.

    `supplier` is whose it is ("" when shared), `unit` what it is counted in (a word for people),
    `reason` the code given to a need that is left out because this ran short, and `balanced`
    whether its load counts in the goal `balance`.
    """

    id: str
    capacity: int
    supplier: str = ""
    unit: str = ""
    reason: str = NO_CAPACITY
    balanced: bool = False


class Option(Struct, frozen=True, forbid_unknown_fields=True):
    """One way of serving one need: by whom, what it uses of which resource, what it costs.

    `variant` tells apart several ways by the same supplier (two contract lines, two pools of
    workers). `costs` is keyed by goal (`travel` in metres a month, `cost` in fen, `distance` in metres
    one way).
    """

    need: str
    supplier: str
    usage: dict[str, int] = {}
    costs: dict[str, int] = {}
    variant: str = ""

    def key(self) -> tuple[str, str, str]:
        """What identifies the option: need, supplier, variant."""
        return (self.need, self.supplier, self.variant)


class Assignment(Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """A need and the option that serves it."""

    need: str
    supplier: str
    variant: str = ""

    def key(self) -> tuple[str, str, str]:
        """The key of the option that is chosen."""
        return (self.need, self.supplier, self.variant)


class Pin(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's decision: this supplier (in any variant), or nobody when `supplier` is None."""

    need: str
    supplier: str | None


class Forbidden(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's decision: never this supplier for this need."""

    need: str
    supplier: str


class Problem(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole question. `in_force` is the plan that is lived today, for continuity and warm start.

    `most_moves` is how many needs of it may at most lose a supplier that they could keep (see
    `check.keepable`); None sets no limit.
    """

    needs: tuple[Need, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    resources: tuple[Resource, ...] = ()
    options: tuple[Option, ...] = ()
    pins: tuple[Pin, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    in_force: tuple[Assignment, ...] = ()
    policy: Policy = DEFAULT_POLICY
    most_moves: int | None = None


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """When to stop. None means no limit of that kind; with neither, the solver runs to the proof.

    `seconds` is wall-clock time; 0 returns the construction. `work` is deterministic effort (the
    unit of CP-SAT's deterministic time, about a second of one core): with the same seed the same
    work gives the same plan on every machine, provided that `seconds` does not cut it short.
    `workers` is the number of threads. `gap` is when a level other than the first is good enough to
    go on to the next (0.001: within 0.1 % of its bound); the first level is worked on to its proof.
    """

    seconds: float | None = 30.0
    work: float | None = None
    workers: int = 2
    gap: float = 0.0

    def fraction(self, fraction: float) -> Limits:
        """The limits of a solve that gets this fraction of the time and work."""
        return msgspec.structs.replace(
            self,
            seconds=None if self.seconds is None else self.seconds * fraction,
            work=None if self.work is None else self.work * fraction,
        )


def input_hash(problem: Problem) -> str:
    """SHA-256 of the problem in a canonical order: the same question has the same hash."""
    frame = msgspec.structs.replace(
        problem,
        needs=tuple(sorted(problem.needs, key=attrgetter("id"))),
        suppliers=tuple(sorted(problem.suppliers, key=attrgetter("id"))),
        resources=tuple(sorted(problem.resources, key=attrgetter("id"))),
        options=(),
        pins=tuple(sorted(problem.pins, key=lambda pin: (pin.need, pin.supplier or ""))),
        forbidden=tuple(sorted(problem.forbidden, key=attrgetter("need", "supplier"))),
        in_force=tuple(sorted(problem.in_force)),
    )
    encoder = msgspec.json.Encoder(order="sorted")
    digest = hashlib.sha256(encoder.encode(frame))
    options = sorted(problem.options, key=attrgetter("need", "supplier", "variant"))
    for start in range(0, len(options), HASHED_AT_ONCE):  # never all of them as one text
        digest.update(encoder.encode(options[start : start + HASHED_AT_ONCE]))
    return digest.hexdigest()


def problem_to_json(problem: Problem) -> bytes:
    """The problem as JSON, to be stored with a run."""
    return msgspec.json.encode(problem, order="deterministic")


def problem_from_json(raw: bytes | str) -> Problem:
    """Reads what `problem_to_json` wrote; raises msgspec.ValidationError on another shape."""
    return msgspec.json.decode(raw, type=Problem)
