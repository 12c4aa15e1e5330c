"""The time of day, replaceable by the demo and by tests. Business days are Asia/Shanghai."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_set_to: datetime | None = None


def now() -> datetime:
    """The present moment, in UTC."""
    return _set_to if _set_to is not None else datetime.now(UTC)


def today() -> date:
    """The present business day."""
    return now().astimezone(SHANGHAI).date()


def set_to(moment: datetime | None) -> None:
    """Stop the clock at `moment`, or let it run again with None."""
    global _set_to
    _set_to = moment


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """The clock stands at `moment` inside the block."""
    before = _set_to
    set_to(moment)
    try:
        yield
    finally:
        set_to(before)


def at(day: date, minute: int = 0) -> datetime:
    """The moment `minute` minutes after midnight of a business day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(minutes=minute)


def day_of(moment: datetime) -> date:
    """The business day of a moment."""
    return moment.astimezone(SHANGHAI).date()


def minute_of(moment: datetime) -> int:
    """Minutes since midnight of the business day."""
    local = moment.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute
