"""What a question about another supplier may say."""

import msgspec

from shangmen.web.fields import Id


class SupposeForm(msgspec.Struct):
    """Another supplier for a need, only to know what would follow."""

    supplier: Id
