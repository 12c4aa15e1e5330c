"""Reads a photo as a process of its own: `python -m shangmen.delivery.service_records.photos.reader [upright]`.

The file comes in on standard input; out go a line of JSON, `Said` or {"fault": word}, and the picture as a JPEG:
upright, at most 200 kB, without anything that was beside it in the file. A hostile or broken file can make a decoder
abort or eat memory, so this process limits its own address space and CPU time, and whoever starts it limits its time.
Imports nothing of the program.
"""

import io
import json
import resource
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone

from PIL import Image, ImageOps

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 50_000_000
MOST = 200_000  # bytes of the picture that is kept
SIDE = 1600  # pixels of its longer side
FORMATS = ("JPEG", "PNG", "WEBP")
ADDRESS_SPACE = 1024 * 1024 * 1024
CPU_SECONDS = 20

SHANGHAI = timezone(timedelta(hours=8))  # a camera that names no offset shows the time of day
_DETAILS, _PLACE = 0x8769, 0x8825  # the EXIF directories
_TAKEN, _OFFSET = 0x9003, 0x9011


class Unreadable(Exception):
    """The file is no photo that can be kept; the word says why."""


@dataclass(frozen=True)
class Said:
    """What the camera says, the size of the picture in pixels, and how it looks (`looks`).

    `taken_at` is ISO 8601, by the camera's clock. A picture of next to nothing looks like all others of the kind:
    `across` and `down` are None then.
    """

    taken_at: str | None
    latitude: float | None
    longitude: float | None
    width: int
    height: int
    across: int | None
    down: int | None


def limit() -> None:
    """Give this process a ceiling: memory that is not there raises or aborts here, not in the server."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(content: bytes, upright: bool = False) -> tuple[Said, bytes]:
    """What a photo says and shows; `upright`: it was turned already. Raises Unreadable."""
    if not content:
        raise Unreadable("empty")
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                taken, place = _taken(opened), _place(opened)
                opened.draft("RGB", (SIDE, SIDE))
                shown = opened if upright else ImageOps.exif_transpose(opened)
                picture = shown.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as fault:
        raise Unreadable("bomb") from fault
    except Exception as fault:  # decoders raise whatever they like
        raise Unreadable("damaged") from fault
    if min(picture.size) < 16:
        raise Unreadable("too_small")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    across, down = looks(picture)
    said = Said(taken.isoformat() if taken else None, *place, *picture.size, across, down)
    return said, written(picture)


def written(picture: Image.Image) -> bytes:
    """A picture as a JPEG of at most MOST bytes, as good as that allows."""
    for side, quality in ((SIDE, 82), (SIDE, 70), (1280, 70), (1024, 60), (800, 45), (480, 30)):
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MOST:
            break
    return out.getvalue()


def _taken(opened: Image.Image) -> datetime | None:
    """When the camera says that it took the photo."""
    try:
        details = opened.getexif().get_ifd(_DETAILS)
        moment = datetime.strptime(str(details[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        offset = datetime.strptime(str(details[_OFFSET]).strip("\0 "), "%z").tzinfo if _OFFSET in details else SHANGHAI
        return moment.replace(tzinfo=offset)
    except Exception:  # whatever stands there: it says nothing
        return None


def _place(opened: Image.Image) -> tuple[float | None, float | None]:
    """Where the camera says that it was, in degrees."""
    try:
        said = opened.getexif().get_ifd(_PLACE)
        latitude, longitude = (
            (-1 if str(said[way]).strip("\0 ") in "SW" else 1)
            * sum(float(part) / 60**power for power, part in enumerate(said[way + 1]))
            for way in (1, 3)
        )
    except Exception:  # whatever stands there: it says nothing
        return None, None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude, longitude) == (0, 0):
        return None, None
    return round(latitude, 6), round(longitude, 6)


# --- how it looks ---

GRID = 256
FLAT = 6  # shades of 255 on both sides of the mean within which there is nothing to see


def looks(picture: Image.Image) -> tuple[int | None, int | None]:
    """Where a picture becomes brighter from left to right and from top to bottom, 64 bits each (a difference hash).

    Its size, its compression and a plain frame around it, as a screenshot has, make no difference.
    """
    grey = _unframed(picture.convert("L"))
    shades = grey.resize((32, 32), Image.Resampling.BOX).tobytes()
    mean = sum(shades) / len(shades)
    if sum(abs(one - mean) for one in shades) / len(shades) < FLAT:
        return None, None
    return _brighter(grey, 9, 8, 1), _brighter(grey, 8, 9, 8)


def _brighter(grey: Image.Image, width: int, height: int, step: int) -> int:
    """Of each of 64 places, whether the one `step` after it is brighter; as a signed number."""
    shades = grey.resize((width, height), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * width + column
            bits = bits << 1 | (shades[at + step] > shades[at])
    return bits - (1 << 64) if bits >> 63 else bits


def _unframed(grey: Image.Image) -> Image.Image:
    """Without rows and columns at the edges that are nearly all of one shade, however thick the frame is."""
    small = grey.resize((GRID, GRID), Image.Resampling.BOX).tobytes()
    rows = [small[GRID * row : GRID * row + GRID] for row in range(GRID)]
    top, bottom = _inside(rows)
    if bottom == top:
        return grey
    left, right = _inside([bytes(row[column] for row in rows[top:bottom]) for column in range(GRID)])
    if bottom - top < GRID // 4 or right - left < GRID // 4:
        return grey
    width, height = grey.size
    return grey.crop((left * width // GRID, top * height // GRID, right * width // GRID, bottom * height // GRID))


def _inside(lines: Sequence[bytes]) -> tuple[int, int]:
    def plain(line: bytes) -> bool:
        middle = sorted(line)[len(line) // 2]
        return sum(abs(one - middle) <= FLAT for one in line) >= 0.85 * len(line)

    first, last = 0, len(lines)
    while first < last and plain(lines[first]):
        first += 1
    while last > first and plain(lines[last - 1]):
        last -= 1
    return first, last


def main() -> None:
    """A photo in; a line of JSON and the picture out."""
    limit()
    out = sys.stdout.buffer
    try:
        said, picture = read(sys.stdin.buffer.read(MAX_BYTES + 1), "upright" in sys.argv[1:])
    except Unreadable as fault:
        out.write(json.dumps({"fault": str(fault)}).encode() + b"\n")
        return
    out.write(json.dumps(asdict(said)).encode() + b"\n" + picture)


if __name__ == "__main__":
    main()
