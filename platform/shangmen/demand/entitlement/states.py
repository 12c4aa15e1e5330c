"""Words of what somebody is entitled to."""

from enum import StrEnum


class AbilityLevel(StrEnum):
    """What an assessment comes to: three levels of the six items, five of GB/T 42195, one of minors alone."""

    SELF = "SELF"
    PARTIAL = "PARTIAL"
    TOTAL = "TOTAL"
    INTACT = "INTACT"
    MILD = "MILD"
    MODERATE = "MODERATE"
    SEVERE = "SEVERE"
    COMPLETE = "COMPLETE"
    GUARDIANSHIP = "GUARDIANSHIP"
