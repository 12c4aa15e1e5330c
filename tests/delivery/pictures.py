"""Invented photos: scenes of coloured boxes, as a camera would store them."""

import io
import random
from datetime import datetime
from fractions import Fraction

from PIL import Image, ImageDraw, ImageFilter

from shangmen import clock


def scene(seed: int, width: int = 800, height: int = 600) -> Image.Image:
    """A picture that looks like no other seed's; a red bar marks its upper edge, with a frame of its own inside."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (width, height), tuple(dice.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = dice.randrange(width), dice.randrange(height)
        box = (x, y, x + dice.randrange(width // 30, width // 3), y + dice.randrange(height // 30, height // 3))
        draw.rectangle(box, fill=tuple(dice.randrange(256) for _ in range(3)))
    return picture.filter(ImageFilter.GaussianBlur(3))


def jpeg(
    picture: Image.Image,
    quality: int = 90,
    taken: datetime | None = None,
    place: tuple[float, float] | None = None,
    orientation: int = 1,
) -> bytes:
    """A picture as a camera stores it, with its time, its place and how it was held."""
    said = Image.Exif()
    said[0x0112] = orientation
    said[0x010F] = "Invented Cameras"
    if taken is not None:
        said.get_ifd(0x8769)[0x9003] = taken.astimezone(clock.SHANGHAI).strftime("%Y:%m:%d %H:%M:%S")
    if place is not None:
        where = said.get_ifd(0x8825)
        for at, value, way in ((1, place[0], "N"), (3, place[1], "E")):
            degrees, minutes = int(value), int(value * 60 % 60)
            where[at] = way
            where[at + 1] = (degrees, minutes, Fraction(round((value * 3600 % 60) * 100), 100))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=said.tobytes())
    return out.getvalue()


def screenshot(picture: Image.Image) -> bytes:
    """The picture on the screen of a telephone, black above and below, with a clock at the top."""
    screen = Image.new("RGB", (1080, 2340))
    screen.paste(picture.resize((1080, 810)), (0, 700))
    draw = ImageDraw.Draw(screen)
    draw.text((40, 20), "09:41", fill="white")
    draw.text((900, 20), "100%", fill="white")
    out = io.BytesIO()
    screen.save(out, "PNG")
    return out.getvalue()


def held(picture: Image.Image, orientation: int) -> Image.Image:
    """The pixels that a camera stores that was held so, and says so in the file."""
    turns = {
        1: [], 3: [Image.Transpose.ROTATE_180], 6: [Image.Transpose.ROTATE_90], 8: [Image.Transpose.ROTATE_270],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
    }  # fmt: skip
    for turn in turns[orientation]:
        picture = picture.transpose(turn)
    return picture
