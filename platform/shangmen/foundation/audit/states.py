"""Words of the audit trail."""

from enum import StrEnum


class Chain(StrEnum):
    """Which chain of digests a head belongs to."""

    AUDIT = "audit"
    SERVICE_RECORD = "service_record"
    SEAL = "seal"  # one for all


class Break(StrEnum):
    """How a chain can be broken."""

    MISSING = "missing"
    CHANGED = "changed"
    END = "end"
