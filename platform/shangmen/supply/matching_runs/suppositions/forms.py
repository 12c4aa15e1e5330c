"""What a question about another supplier may say."""

from typing import Annotated

import msgspec


class SupposeForm(msgspec.Struct):
    """Another supplier for a need, only to know what would follow."""

    supplier: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
