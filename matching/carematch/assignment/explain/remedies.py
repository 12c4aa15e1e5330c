"""What would have to change so that an option fits: others that move, more of a resource, a decision lifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from carematch.assignment.explain.standing import Standing
from carematch.assignment.problem import Option

#: Kinds of remedies, the smallest first: nothing is in the way, one other need moves, two move one
#: after the other, there is more of all that is short, a decision is lifted.
FITS = "FITS"
MOVE = "MOVE"
CHAIN = "CHAIN"
MORE = "MORE"
LIFT = "LIFT"
KINDS = (FITS, MOVE, CHAIN, MORE, LIFT)


class Move(Struct, frozen=True):
    """Another need that would go to another supplier, and what that costs in each goal that adds up."""

    need: str
    from_supplier: str
    to_supplier: str
    to_variant: str
    extra: dict[str, int]


class More(Struct, frozen=True):
    """So much more of a resource, in its unit; `permille` is that against the present capacity."""

    resource: str
    unit: str
    amount: int
    permille: int


class Remedy(Struct, frozen=True):
    """A change after which an unserved need can be served, all else staying as it is.

    `kind` is FITS (there is room already), MOVE (one other need goes elsewhere), CHAIN (it does, after
    `then` has made room there), MORE (`more` of everything that is short, all together: with one of them
    alone nobody is served) or LIFT. What is lifted is the pin of `move.need`, which then moves; without
    a move, the need's own pin to nobody, or when `forbidden` the word against this supplier.
    """

    kind: str
    supplier: str
    variant: str
    move: Move | None = None
    then: Move | None = None
    more: tuple[More, ...] = ()
    forbidden: bool = False

    def moves(self) -> tuple[Move, ...]:
        """The other needs that move, in the order in which they make room."""
        return tuple(move for move in (self.move, self.then) if move is not None)


class _Step(Struct, frozen=True):
    """A served need that could go to `target`: what that adds to the goals, and what it would lack there."""

    cost: list[int]
    need: str
    target: Option
    lacks: frozenset[str]


class Remedies:
    """Looks for what makes room in a plan as it stands."""

    def __init__(self, standing: Standing) -> None:
        self._plan = standing
        self._steps: dict[str, list[_Step]] = {}

    def move(self, option: Option, gone: Option | None, lifting: bool = False) -> Move | None:
        """The one other need whose going elsewhere makes room for `option`, adding least to the goals.

        `gone` is the option that the need itself gives up for it. With `lifting`, only pinned needs are
        looked at, as if their pins were lifted; without, only the others.
        """
        plan = self._plan
        mine = [gone] if gone else []
        best: _Step | None = None
        for other in self._making_room(plan.short(option, mine), option.need, lifting):
            for step in self._steps_of(other):
                if best is not None and _rank(step) >= _rank(best):
                    continue
                if plan.fit([option, step.target], [*mine, plan.chosen[other]]):
                    best = step
        return self._told(best) if best else None

    def chain(self, option: Option, gone: Option | None = None) -> tuple[Move, Move] | None:
        """Two needs of which the first makes room for `option` and the second for the first; the least costly.

        Only looks at chains whose first move does not fit without the second. `gone` as in `move`.
        """
        plan = self._plan
        mine = [gone] if gone else []
        best: tuple[list[int], _Step, _Step] | None = None
        for one in self._making_room(plan.short(option, mine), option.need, False):
            left_by_one = plan.chosen[one]
            freed = left_by_one.usage.keys() | (gone.usage.keys() if gone else set())
            for first in self._steps_of(one):
                short = plan.short(first.target, [*mine, left_by_one], [option])
                for two in self._making_room(short, option.need, False):
                    if two == one:
                        continue
                    for second in self._steps_of(two):
                        cost = [a + b for a, b in zip(first.cost, second.cost, strict=True)]
                        if best is not None and (cost, first.need, second.need) >= (
                            best[0],
                            best[1].need,
                            best[2].need,
                        ):
                            break
                        if not second.lacks <= freed:
                            continue
                        if plan.fit([option, first.target, second.target], [*mine, left_by_one, plan.chosen[two]]):
                            best = (cost, first, second)
                            break
        return (self._told(best[1]), self._told(best[2])) if best else None

    def remedies(self, need: str) -> tuple[Remedy, ...]:
        """Every single change that would serve an unserved need, the smallest first."""
        found = tuple(self._remedies(need))
        if not any(remedy.kind in (FITS, MOVE) for remedy in found) and need not in self._plan.pins:
            found += tuple(self._chains(need))
        return tuple(sorted(found, key=_smallness))

    def _remedies(self, need: str) -> Iterator[Remedy]:
        plan = self._plan
        pinned_to_nobody = need in plan.pins
        for option in plan.options[need]:
            forbidden = (need, option.supplier) in plan.forbidden
            short = plan.short(option)
            name = (option.supplier, option.variant)
            if pinned_to_nobody or forbidden:
                if not short and pinned_to_nobody != forbidden:
                    yield Remedy(LIFT, *name, forbidden=forbidden)
                continue
            if not short:
                yield Remedy(FITS, *name)
                continue
            move = self.move(option, None)
            if move is not None:
                yield Remedy(MOVE, *name, move=move)
            lifted = self.move(option, None, lifting=True)
            if lifted is not None:
                yield Remedy(LIFT, *name, move=lifted)
            yield Remedy(MORE, *name, more=tuple(self._more(short)))

    def _more(self, short: dict[str, int]) -> Iterator[More]:
        for resource, missing in sorted(short.items()):
            row = self._plan.resources[resource]
            yield More(resource, row.unit, missing, -(-1000 * missing // max(1, row.capacity)))

    def _chains(self, need: str) -> Iterator[Remedy]:
        for option in self._plan.options[need]:
            if (need, option.supplier) not in self._plan.forbidden:
                moves = self.chain(option)
                if moves is not None:
                    yield Remedy(CHAIN, option.supplier, option.variant, move=moves[0], then=moves[1])

    def _making_room(self, short: dict[str, int], need: str, pinned: bool) -> Sequence[str]:
        """The other needs that would leave enough of all that is short, by id."""
        if not short:
            return ()
        plan = self._plan
        rarest = min(short, key=lambda resource: (len(plan.users[resource]), resource))
        return [
            other
            for other in plan.users[rarest]
            if other != need
            and (other in plan.pins) == pinned
            and all(plan.chosen[other].usage.get(resource, 0) >= missing for resource, missing in short.items())
        ]

    def _steps_of(self, need: str) -> list[_Step]:
        """Where a served need could go, the least costly first."""
        if need not in self._steps:
            plan = self._plan
            present = plan.chosen[need]
            steps = [
                _Step(
                    list(plan.added(need, present, target).values()),
                    need,
                    target,
                    frozenset(plan.short(target, [present])),
                )
                for target in plan.targets(need)
            ]
            self._steps[need] = sorted(steps, key=_rank)
        return self._steps[need]

    def _told(self, step: _Step) -> Move:
        present = self._plan.chosen[step.need]
        extra = self._plan.added(step.need, present, step.target)
        return Move(step.need, present.supplier, step.target.supplier, step.target.variant, extra)


def _rank(step: _Step) -> tuple[list[int], str, tuple[str, str, str]]:
    return (step.cost, step.need, step.target.key())


def _smallness(remedy: Remedy) -> tuple[int, list[int], int, int, str, str]:
    """By kind; then cheaper moves, fewer things that are short, and smaller shares of a capacity first."""
    moves = [list(move.extra.values()) for move in remedy.moves()]
    cost = [sum(column) for column in zip(*moves, strict=True)]
    share = max((one.permille for one in remedy.more), default=0)
    return (KINDS.index(remedy.kind), cost, len(remedy.more), share, remedy.supplier, remedy.variant)
