"""How heavily a need weighs when not all can be served. Decided here alone."""

URGENT, HIGH, MEDIUM, LOW = 8, 4, 2, 1

_HEAVY = frozenset({"TOTAL", "SEVERE", "COMPLETE"})
_PARTLY = frozenset({"PARTIAL", "MODERATE", "GUARDIANSHIP"})


def weight(level: str | None, group: str, living: str) -> int:
    """8 for the wholly dependent, 4 for the partly dependent and for minors, 2 for who lives alone, else 1.

    `level` is the latest assessment's, None before the first; the station may set another weight with the need.
    """
    if level in _HEAVY:
        return URGENT
    if level in _PARTLY or group == "minor":
        return HIGH
    return MEDIUM if living == "alone" else LOW
