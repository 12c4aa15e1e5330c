"""What accepting a home says."""

import msgspec

from shangmen.web.fields import Id


class AcceptForm(msgspec.Struct):
    """The check-in that was shown."""

    check_in: Id
