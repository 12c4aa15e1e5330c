"""Words of the audit trail."""

from enum import StrEnum


class Chain(StrEnum):
    """Which chain of digests a head belongs to."""

    AUDIT = "audit"
    SERVICE_RECORD = "service_record"
