"""What service records tell later features."""

from dataclasses import dataclass

from shangmen.delivery.service_records.states import VerdictState


@dataclass(frozen=True)
class VerdictChanged:
    """A record that was delivered is not any more (or the other way round): `before` and `after` are verdict states.

    `service_line` is the payable unit of the record in force before; a statement that is not approved yet has to
    let go of it. What stands in an approved statement keeps its money until the bureau has claimed it back.
    """

    visit: int
    service_record: int
    service_line: int
    before: VerdictState
    after: VerdictState
