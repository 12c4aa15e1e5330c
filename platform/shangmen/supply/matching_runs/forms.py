"""What requests about matching runs may say."""

from typing import Annotated

import msgspec

from shangmen.supply.matching_runs.run.snapshot import Order, Placed
from shangmen.web.fields import Day, Seed


class RunForm(msgspec.Struct):
    """A new run: from which day, with which seed, how much effort (about seconds of one processor core).

    `order` is in which order people are served. `most_moves` is how many placements may change supplier when placed
    needs are matched again; None: any number.
    """

    starts_on: Day
    seed: Seed = 1
    seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    placed: Placed = "leave"
    neighbours: bool = False
    order: Order = "heaviest"
    most_moves: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
