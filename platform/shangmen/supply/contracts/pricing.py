"""What a visit pays is decided here alone. Pure: no database, no time of day.

Money is yuan as Decimal, rounded half up to the fen once, at the end of each service line; the total of a statement is
the plain sum of its lines.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from shangmen.supply.contracts.states import Pricing

FEN = Decimal("0.01")
ZERO = Decimal("0.00")


def half_up(value: Decimal) -> Decimal:
    """Rounded to two decimals, a half away from zero (四舍五入)."""
    return value.quantize(FEN, rounding=ROUND_HALF_UP)


def price(
    pricing: str, rate: Decimal, minutes: int, workers: int, two_workers_pay_twice: bool
) -> tuple[Decimal, Decimal]:
    """Units and yuan of one service line.

    Per visit: one unit, whatever it lasted. Per hour: the verified minutes by sixty; the amount is taken from the
    minutes themselves (three visits of twenty minutes pay one hour), the units are shown to a hundredth of an hour.
    Two workers count twice only where the contract line says so. Raises ValueError for what no line can be.
    """
    if minutes < 0 or workers < 1 or rate < 0:
        raise ValueError(f"no line has {minutes} minutes, {workers} workers and a rate of {rate}")
    times = workers if two_workers_pay_twice else 1
    if pricing == Pricing.PER_VISIT:
        return half_up(Decimal(times)), half_up(rate * times)
    if pricing == Pricing.PER_HOUR:
        return half_up(Decimal(minutes * times) / 60), half_up(rate * minutes * times / 60)
    raise ValueError(f"unknown pricing {pricing}")


@dataclass(frozen=True)
class Terms:
    """What a contract line pays: yuan a visit or an hour, and whether two workers together count twice."""

    pricing: str
    rate: Decimal
    two_workers_pay_twice: bool

    def price(self, minutes: int, workers: int) -> tuple[Decimal, Decimal]:
        """Units and yuan of one service line, as `price` has them."""
        return price(self.pricing, self.rate, minutes, workers, self.two_workers_pay_twice)


def total(amounts: list[Decimal]) -> Decimal:
    """What several lines pay together: their sum, without another rounding."""
    return sum(amounts, ZERO)


def payable(units: Decimal, yuan: Decimal, units_left: Decimal, yuan_left: Decimal) -> Decimal:
    """What of a delivered line is paid when `units_left` and `yuan_left` are all that the ceilings still hold.

    All of it where it fits; else the last visit is paid in part: as far as the money goes, and of the units the share
    that fits, rounded down.
    """
    fitting = yuan
    if units > units_left:
        fitting = (yuan * max(units_left, ZERO) / units).quantize(FEN, rounding=ROUND_DOWN)
    return max(ZERO, min(fitting, yuan_left))


def counted(units: Decimal, yuan: Decimal, paid: Decimal) -> Decimal:
    """How many of a line's units count against the quantity when `paid` of its `yuan` is payable.

    In proportion, so that what was counted can be taken back from the same three numbers.
    """
    if yuan <= 0 or paid >= yuan:
        return units
    return half_up(units * paid / yuan)


def visits_left(units_left: Decimal, yuan_left: Decimal, units: Decimal, yuan: Decimal) -> int:
    """For how many visits of `units` and `yuan` each both ceilings still hold."""
    by_units = units_left // units if units > 0 else units_left
    by_money = yuan_left // yuan if yuan > 0 else by_units
    return max(0, int(min(by_units, by_money)))


def rate_ceiling(ceiling: Decimal | None, unit: str, standard_minutes: int, pricing: str) -> Decimal | None:
    """The catalogue's price ceiling of an item in the line's own unit; None when the catalogue sets none.

    `unit` is the catalogue's: visit or hour. A ceiling a visit limits an hour in proportion to the standard minutes,
    and the other way round, so that another pricing is no way past it.
    """
    if ceiling is None:
        return None
    if unit == "visit" and pricing == Pricing.PER_HOUR and standard_minutes:
        return half_up(ceiling * 60 / standard_minutes)
    if unit == "hour" and pricing == Pricing.PER_VISIT:
        return half_up(ceiling * standard_minutes / 60)
    return ceiling
