"""A curve under its bound as plain geometry, for an SVG that needs no script and prints."""

from msgspec import Struct

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 54, 16, 12, 46
NICE = (1, 2, 5, 10)
YUAN, TEN_THOUSAND = 100, 1_000_000  # fen
TICKS = 5


class Drawing(Struct, frozen=True):
    """Where everything stands, in units of the view box; ticks are pairs of a place and its text."""

    line: str
    band: str
    dots: list[tuple[float, float, str]]
    across: list[tuple[float, str]]
    up: list[tuple[float, str]]
    today: float | None
    in_ten_thousands: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def draw(money: list[int], values: list[int], bounds: list[int], today: int | None) -> Drawing:
    """The drawing of values under their bounds against money (fen), both rising; `today` marks a budget."""
    unit = TEN_THOUSAND if money[-1] >= 10 * TEN_THOUSAND else YUAN
    step_x, step_y = nice(money[-1] / unit), nice(max(bounds))
    most_x = max(money[-1] / unit, step_x)
    most_y = max(step_y, -(-max(bounds) // step_y) * step_y)

    def x(fen: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * fen / unit / most_x, 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most_y, 1)

    upper = [f"{x(fen)},{y(bound)}" for fen, bound in zip(money, bounds, strict=True)]
    lower = [f"{x(fen)},{y(value)}" for fen, value in zip(money, values, strict=True)]
    return Drawing(
        line=" ".join(lower),
        band=" ".join([*upper, *reversed(lower)]),
        dots=[(x(fen), y(value), f"{value:,}") for fen, value in zip(money, values, strict=True)],
        across=[(x(unit * n * step_x), f"{n * step_x:,}") for n in range(int(most_x // step_x) + 1)],
        up=[(y(n * step_y), f"{n * step_y:,}") for n in range(int(most_y // step_y) + 1)],
        today=x(today) if today is not None else None,
        in_ten_thousands=unit == TEN_THOUSAND,
    )


def nice(most: float) -> int:
    """A round distance between ticks, so that about five of them cover what there is."""
    rough = max(1.0, most / TICKS)
    scale: int = 10 ** (len(str(int(rough))) - 1)
    return next(factor * scale for factor in NICE if factor * scale >= rough)
