"""Drawing a sample that anybody can draw again: by systematic sampling over an order that a seed shuffles.

Records are put in order by supplier, then by worker (both shuffled by the seed), then by the seed alone; from a start
that the seed gives, one is taken each time the share adds up to a whole record. So everybody is drawn with the same
chance, and each supplier and each worker by their share, to within one record (Cochran, Sampling Techniques, ch. 8).
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

PARTS = 2**32  # of a record, for the start


class Unit(NamedTuple):
    """A record that may be drawn, with what it is stratified by (row ids)."""

    supplier: int
    worker: int
    record: int


def seed(sealed: str, county: str, day: str, kind: str) -> str:
    """The seed of a draw, as hexadecimal digits: of the seal of the day (nobody knew it while the records were made),
    the county's code, the day and the kind of the sample."""
    return _hashed(sealed, county, day, kind)


def draw(seed: str, percent: int, population: Sequence[Unit]) -> list[int]:
    """The records drawn of a population, each at most once, in rising order; `percent` of it, rounded up or down by
    chance. The order in which the population is given does not matter."""
    ordered = sorted(
        population,
        key=lambda unit: (
            _hashed(seed, "supplier", unit.supplier), _hashed(seed, "worker", unit.worker),
            _hashed(seed, "record", unit.record),
        ),
    )  # fmt: skip
    whole = 100 * PARTS
    start = int(seed, 16) % whole
    return sorted(
        unit.record
        for place, unit in enumerate(ordered)
        if (start + percent * PARTS * (place + 1)) // whole > (start + percent * PARTS * place) // whole
    )


def _hashed(*parts: object) -> str:
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()
