"""Explanations in words: English message ids with named places, and what goes into them.

The caller translates the message and fills in the places; ids are given as they are, so that it can
put names instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from carematch.assignment.explain import Alternative, Explanation, Remedy, WhyNot
from carematch.assignment.goals import CONTINUITY, COST, TRAVEL


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
    if remedy.kind == "FITS":
        return Sentence("{supplier} could serve it as things are.", {"supplier": remedy.supplier})
    if remedy.move is not None:
        return Sentence(
            "{supplier} could serve it if {other} moved from {from_supplier} to {to_supplier} ({metres} m more).",
            {
                "supplier": remedy.supplier,
                "other": remedy.move.need,
                "from_supplier": remedy.move.from_supplier,
                "to_supplier": remedy.move.to_supplier,
                "metres": remedy.move.extra.get(TRAVEL, 0),
            },
        )
    return Sentence(
        "{supplier} could serve it with {amount} {unit} more of {resource}.",
        {
            "supplier": remedy.supplier,
            "amount": remedy.amount,
            "unit": remedy.unit,
            "resource": remedy.resource,
        },
    )


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
