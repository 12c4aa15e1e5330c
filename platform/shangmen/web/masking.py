"""Masking of what identifies a person; showing the whole is an audited act."""


def name(value: str) -> str:
    """马某 -> 马*, 马某某 -> 马**; never more than three stars, so that a long name does not show its length."""
    return value[:1] + "*" * min(3, max(1, len(value) - 1)) if value else ""


def id_number(value: str | None) -> str:
    """The division and the last four: 640324********9010."""
    return f"{value[:6]}{'*' * 8}{value[-4:]}" if value else ""


def telephone(value: str | None) -> str:
    """138****5678; short numbers keep their last two."""
    if not value:
        return ""
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 11 else f"{'*' * max(0, len(value) - 2)}{value[-2:]}"
