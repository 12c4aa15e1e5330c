"""What a request with a photo says."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import msgspec

from shangmen.delivery.service_records.forms import Device, Milliseconds
from shangmen.delivery.service_records.states import PhotoKind
from shangmen.web.fields import Between


class PhotoForm(msgspec.Struct, kw_only=True):
    """A photo, and what it shows; `amount` is on a receipt, in yuan.

    `upright`: the telephone has turned and shrunk it already. `device_at` and `queued_at` as of a check-in.
    """

    file: bytes
    kind: PhotoKind
    amount: Annotated[Decimal, Between(Decimal(0), Decimal(100_000))] | None = None
    upright: bool = False
    device: Device = ""
    device_at: Milliseconds | None = None
    queued_at: Milliseconds | None = None

    @property
    def kept_for(self) -> timedelta | None:
        """How long the telephone kept it before it was sent; None of what it sent at once."""
        if self.queued_at is None:
            return None
        return timedelta(milliseconds=(self.device_at or 0) - self.queued_at)
