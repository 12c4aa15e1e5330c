"""What a request to take something back may say."""

from typing import Annotated

import msgspec


class UndoForm(msgspec.Struct):
    """Why what was done was an error."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
