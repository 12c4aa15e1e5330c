"""A signature: the strokes of the pad as JSON, checked for size and shape. Pure.

{"w": 640, "h": 240, "strokes": [[x, y, x, y, …], …]}, whole units of the pad. Nothing else gets in, so that what is
stored can be drawn again and its digest tells whether the very same strokes were used twice.
"""

import hashlib
from typing import Annotated

import msgspec

from shangmen.errors import Refused

SHAPE = "This is not a signature of the pad. Please sign again, or choose another confirmation."
TOO_LITTLE = "The signature is too short. Please sign again, or choose another confirmation."

MOST_STROKES = 200
MOST_NUMBERS = 12_000
FEWEST_POINTS = 6
SMALLEST = 20  # units of the pad, along the longer side of what was drawn

Unit = Annotated[int, msgspec.Meta(ge=0, le=4000)]


class Strokes(msgspec.Struct, forbid_unknown_fields=True):
    """The pad's content."""

    w: Annotated[int, msgspec.Meta(ge=50, le=4000)]
    h: Annotated[int, msgspec.Meta(ge=50, le=4000)]
    strokes: Annotated[list[list[Unit]], msgspec.Meta(min_length=1, max_length=MOST_STROKES)]


def read(text: str) -> Strokes:
    """The strokes of the pad; raises Refused beside the field `signature`."""
    try:
        pad = msgspec.json.decode(text, type=Strokes)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        raise Refused(SHAPE, field="signature") from fault
    xs = [x for stroke in pad.strokes for x in stroke[0::2]]
    ys = [y for stroke in pad.strokes for y in stroke[1::2]]
    odd = any(len(stroke) % 2 for stroke in pad.strokes)
    if odd or not xs or len(xs) * 2 > MOST_NUMBERS or max(xs) > pad.w or max(ys) > pad.h:
        raise Refused(SHAPE, field="signature")
    if len(xs) < FEWEST_POINTS or max(max(xs) - min(xs), max(ys) - min(ys)) < SMALLEST:
        raise Refused(TOO_LITTLE, field="signature")
    return pad


def canonical(text: str) -> tuple[str, bytes]:
    """The strokes as they are stored, and their digest; raises Refused."""
    stored = msgspec.json.encode(read(text)).decode()
    return stored, hashlib.sha256(stored.encode()).digest()


def path(text: str) -> tuple[str, int, int]:
    """What was stored as the path of an SVG, with the pad's width and height; ("", 0, 0) for none."""
    if not text:
        return "", 0, 0
    pad = msgspec.json.decode(text, type=Strokes)
    parts = []
    for stroke in pad.strokes:
        points = [f"{x} {y}" for x, y in zip(stroke[0::2], stroke[1::2], strict=True)]
        parts.append("M" + "L".join(points if len(points) > 1 else points * 2))
    return "".join(parts), pad.w, pad.h
