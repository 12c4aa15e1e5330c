"""What the upload of a roll says."""

import msgspec


class RollForm(msgspec.Struct):
    """A roll as a spreadsheet."""

    file: bytes
