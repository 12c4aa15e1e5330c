"""Typed rows and states: what a query returns is what its kind says, and a state moves only where it may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

import pytest

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import ImpossibleMove, NotFound
from shangmen.foundation.regions.tables import Division
from shangmen.web import language
from tests.cast import Cast


class Light(database.State):
    """A traffic light."""

    RED = "red"
    GREEN = "green"
    BROKEN = "broken"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.RED: (cls.GREEN, cls.BROKEN), cls.GREEN: (cls.RED, cls.BROKEN)}


@dataclass(frozen=True)
class Sample(database.Row):
    """One of everything."""

    light: Light
    amount: Decimal
    day: date | None
    windows: list[tuple[int, int]]
    ids: list[int]


EVERYTHING = """
    SELECT 'red' AS light, 1.50::numeric AS amount, NULL::date AS day, '[[1, 2]]'::jsonb AS windows,
           ARRAY[1, 2]::bigint[] AS ids, 'left aside' AS more
"""


@database.scoped
async def _sample(scope: Scope, sql: str = EVERYTHING) -> Sample:
    found = await database.row(Sample, sql)
    assert found is not None
    return found


async def test_a_row_is_what_its_kind_says(cast: Cast) -> None:
    assert await _sample(cast.bureau) == Sample(Light.RED, Decimal("1.50"), None, [(1, 2)], [1, 2])


@pytest.mark.parametrize("wrong", ["1 AS amount", "'1.5' AS amount", "NULL::numeric AS amount"])
async def test_an_annotation_never_lies(cast: Cast, wrong: str) -> None:
    with pytest.raises(TypeError, match="amount"):
        await _sample(cast.bureau, EVERYTHING.replace("1.50::numeric AS amount", wrong))


async def test_a_column_that_is_missing_is_a_fault(cast: Cast) -> None:
    with pytest.raises(KeyError):
        await _sample(cast.bureau, EVERYTHING.replace("AS ids", "AS numbers"))


async def test_a_word_that_is_no_state_is_a_fault(cast: Cast) -> None:
    with pytest.raises(ValueError, match="blue"):
        await _sample(cast.bureau, EVERYTHING.replace("red", "blue"))


async def test_a_row_that_is_not_there_is_not_found_whether_read_locked_or_changed(cast: Cast) -> None:
    async with database.transaction(cast.administrator):
        for verb in (database.read(Division, 0), database.lock(Division, 0)):
            with pytest.raises(NotFound):
                await verb
        with pytest.raises(NotFound):
            await database.change(Division, 0, {Division.name: "?"})


async def test_piccolo_rows_are_refused_outside_a_transaction() -> None:
    with pytest.raises(database.NestedScope):
        await database.read(Division, 1)


def test_a_state_moves_only_where_it_may() -> None:
    assert Light.RED.to(Light.GREEN) is Light.GREEN
    assert Light.before(Light.BROKEN) == (Light.RED, Light.GREEN)
    with pytest.raises(ImpossibleMove):
        Light.BROKEN.to(Light.RED)


def test_an_impossible_move_names_both_states_in_words() -> None:
    with pytest.raises(ImpossibleMove) as refused:
        Light.BROKEN.to(Light.GREEN)
    language.speak("en")
    said = language.gettext(refused.value.message, **refused.value.parameters)
    language.speak(language.DEFAULT)
    assert said == "What is “Broken” cannot become “Green”."
