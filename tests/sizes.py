"""How much a test tries: little in `make test`, the number that is wanted in `make load`."""

import os
from collections.abc import Callable

Note = Callable[[str, object], None]  # record_property("seen", …): what `make load` writes into its table
WHOLE = os.environ.get("LONG") == "1"


def size(little: int, whole: int) -> int:
    """The number for this run."""
    return whole if WHOLE else little
