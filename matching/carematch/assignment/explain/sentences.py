"""Explanations in words: English message ids with named places, and what goes into them.

The caller translates the message and fills in the places; ids are given as they are, so that it can
put names instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from carematch.assignment.explain.consequences import Consequences, Shift
from carematch.assignment.explain.explanations import Alternative, Explanation, WhyNot
from carematch.assignment.explain.remedies import CHAIN, FITS, LIFT, MORE, MOVE, Remedy
from carematch.assignment.goals import CONTINUITY, COST, TRAVEL
from carematch.assignment.problem import NO_OPTION
from carematch.assignment.recheck import Rechecked
from carematch.assignment.solution import Solution


class Sentence(Struct, frozen=True):
    """A message id and its parameters. `render` fills the English text in."""

    message: str
    parameters: dict[str, int | str]

    def render(self) -> str:
        """The sentence in English."""
        return self.message.format(**self.parameters)


#: What a reason code says; the platform adds its own codes.
REASONS = {
    "NO_CAPACITY": "{supplier} has no capacity left: {missing} of {resource} are missing.",
    "NO_GENDER": "{supplier} has no hours left of workers of the sex asked for: {missing} of {resource} are missing.",
    "NO_QUAL": "{supplier} has no hours left of workers with the qualification: {missing} of {resource} are missing.",
    "BUDGET": "The money of {supplier} does not reach: {missing} of {resource} are missing.",
    "NO_OPTION": "No supplier may serve this need.",
    "PINNED": "A person decided that this need stays unserved.",
    "FORBIDDEN": "A person decided that {supplier} does not serve this need.",
    "NOT_CHOSEN": "{supplier} has room; the plan did not use it.",
}

REMEDIES = {
    FITS: "{supplier} could serve it as things are.",
    MOVE: "{supplier} could serve it if {other} moved from {from_supplier} to {to_supplier} ({metres} m more).",
    CHAIN: "{supplier} could serve it if {third} moved to {last_supplier} and, into its room, {other} moved"
    " from {from_supplier} to {to_supplier} ({metres} m more).",
    MORE: "{supplier} could serve it with {more}.",
}


def certificate_sentences(solution: Solution, rechecked: Iterable[Rechecked]) -> tuple[Sentence, ...]:
    """How good each level is: what the checker reckoned itself, then what the engine proved, in turn."""
    told: list[Sentence] = []
    for level, mine in zip(solution.levels, rechecked, strict=True):
        what: dict[str, int | str] = {"goals": " + ".join(level.goals), "value": level.value, "proof": level.proof}
        if mine.bound is None:
            told.append(Sentence("{goals} {value}: not re-checked.", what))
        elif mine.bound == level.value:
            told.append(Sentence("{goals} {value}: the best there is, re-checked here.", what))
        else:
            what["percent"] = at_most_percent(level.value, mine.bound)
            told.append(Sentence("{goals} {value}: at most {percent} % from the best, re-checked here.", dict(what)))
        if level.proven and level.value == level.bound:
            told.append(Sentence("Proven optimal by {proof}.", what))
        else:
            what["percent"] = at_most_percent(level.value, level.bound)
            told.append(Sentence("At most {percent} % from the best by {proof}.", what))
    return tuple(told)


def at_most_percent(value: int, bound: int) -> str:
    """How far a value is from its bound in per cent of itself, rounded up to hundredths."""
    hundredths = -(-10_000 * (value - bound) // max(1, value))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def sentences(explanation: Explanation) -> tuple[Sentence, ...]:
    """What to say about one need, in reading order."""
    return tuple(_sentences(explanation))


def why_not_sentences(answer: WhyNot) -> tuple[Sentence, ...]:
    """Why a supplier does not serve a need."""
    if answer.verdict is not None:
        return (Sentence(answer.verdict.sentence, dict(answer.verdict.numbers)),)
    if not answer.alternatives:
        return (Sentence("{supplier} is no option for this need.", {"supplier": answer.supplier}),)
    return tuple(sentence for other in answer.alternatives for sentence in _alternative(other))


def consequence_sentences(answer: Consequences) -> tuple[Sentence, ...]:
    """What follows when a supplier is to serve a need: whether it can be, at what cost, and who else moves."""
    name: dict[str, int | str] = {"supplier": answer.supplier}
    if not answer.possible:
        if any(conflict.code == NO_OPTION for conflict in answer.conflicts):
            return (Sentence("{supplier} is no option for this need.", name),)
        return (Sentence("Not possible: {supplier} has not enough for it beside what people decided.", name),)
    metres = answer.extra.get(TRAVEL, 0)
    others: dict[str, int | str] = {"count": len(answer.shifts), "metres": abs(metres)}
    message = "Possible: {metres} m more, {count} others change." if metres >= 0 else LESS
    return (Sentence(message, name | others), *(_shift(shift) for shift in answer.shifts))


LESS = "Possible: {metres} m less, {count} others change."


def _shift(shift: Shift) -> Sentence:
    parameters: dict[str, int | str] = {
        "other": shift.need,
        "from_supplier": shift.from_supplier or "",
        "to_supplier": shift.to_supplier or "",
    }
    if shift.to_supplier is None:
        return Sentence("{other} would no longer be served by {from_supplier}, nor by anybody.", parameters)
    if shift.from_supplier is None:
        return Sentence("{other}, whom nobody serves, would be served by {to_supplier}.", parameters)
    return Sentence("{other} would move from {from_supplier} to {to_supplier}.", parameters)


def _sentences(explanation: Explanation) -> Iterator[Sentence]:
    if explanation.supplier is None:
        yield Sentence("Nobody serves this need.", {})
    elif explanation.pinned:
        yield Sentence("{supplier} serves this need; a person decided so.", {"supplier": explanation.supplier})
    else:
        yield Sentence("{supplier} serves this need.", {"supplier": explanation.supplier})
    for reason in explanation.reasons:
        message = REASONS.get(reason.code, "{supplier}: {reason} ({missing} of {resource} are missing).")
        yield Sentence(
            message,
            {
                "supplier": reason.supplier,
                "resource": reason.resource,
                "missing": reason.missing,
                "reason": reason.code,
            },
        )
    for remedy in explanation.remedies:
        yield _remedy(remedy)
    if explanation.supplier is not None:
        for other in explanation.alternatives:
            yield from _alternative(other)


def _remedy(remedy: Remedy) -> Sentence:
    parameters: dict[str, int | str] = {"supplier": remedy.supplier}
    if remedy.move is not None:
        parameters |= {
            "other": remedy.move.need,
            "from_supplier": remedy.move.from_supplier,
            "to_supplier": remedy.move.to_supplier,
            "metres": sum(move.extra.get(TRAVEL, 0) for move in remedy.moves()),
        }
    if remedy.then is not None:
        parameters |= {"third": remedy.then.need, "last_supplier": remedy.then.to_supplier}
    if remedy.kind == MORE:
        told = (f"{one.amount} {one.unit} more of {one.resource}" for one in remedy.more)
        parameters |= {"more": " and ".join(told)}
    return Sentence(_remedy_message(remedy), parameters)


def _remedy_message(remedy: Remedy) -> str:
    if remedy.kind == LIFT:
        if remedy.move is not None:
            return (
                "{supplier} could serve it if the decision on {other} were lifted and it moved"
                " from {from_supplier} to {to_supplier} ({metres} m more)."
            )
        if remedy.forbidden:
            return "{supplier} could serve it if the decision against this supplier were lifted."
        return "{supplier} could serve it if the decision to leave it unserved were lifted."
    return REMEDIES[remedy.kind]


def _alternative(other: Alternative) -> Iterator[Sentence]:
    """Goal by goal, then whether there is room and what would have to move."""
    metres = other.extra.get(TRAVEL, 0)
    name: dict[str, int | str] = {"supplier": other.supplier}
    if metres >= 0:
        yield Sentence("{supplier}: {metres} m more.", name | {"metres": metres})
    else:
        yield Sentence("{supplier}: {metres} m less.", name | {"metres": -metres})
    if other.extra.get(CONTINUITY, 0) > 0:
        yield Sentence("{supplier} would be a change of supplier.", name)
    if other.extra.get(COST, 0) > 0:
        yield Sentence("{supplier}: {fen} fen more.", name | {"fen": other.extra[COST]})
    if other.forbidden:
        yield Sentence("A person decided that {supplier} does not serve this need.", name)
    elif other.fits:
        yield Sentence("{supplier} has room.", name)
    for row in other.blocking:
        yield Sentence(
            "{supplier} lacks {missing} {unit} of {resource}.",
            name | {"missing": row.missing, "unit": row.unit, "resource": row.resource},
        )
    if other.move is not None:
        yield Sentence(
            "There would be room at {supplier} if {other} moved to {to_supplier} ({metres} m more).",
            name
            | {
                "other": other.move.need,
                "to_supplier": other.move.to_supplier,
                "metres": other.move.extra.get(TRAVEL, 0),
            },
        )
