"""Points on the map as offices write them: in two columns or in one, turned round, in the systems of Chinese maps."""

import re

from shangmen.errors import Refused
from shangmen.foundation.imports.cells.reading import Raw, Unread, lenient, plain, words_of
from shangmen.foundation.imports.kinds import Column, Line
from shangmen.foundation.regions import coordinates, points

_PART = r"(\d{1,3}(?:\.\d+)?)"
_DEGREES = re.compile(
    rf"([东西南北NSEW]?[纬经]?)\s*{_PART}\s*[°度]?\s*(?:{_PART}\s*[′'分]\s*(?:{_PART}\s*(?:′′|''|[″\"秒]))?)?\s*[NSEW]?"
)


def degrees(cell: Raw) -> float | None:
    """A latitude or a longitude in degrees: 105.657376, 东经105.657376°, 105°39′26.5″. Raises Unread."""
    text = plain(cell)
    if not words_of(text):
        return None
    match = _DEGREES.fullmatch(text)
    if not match:
        raise Unread("COORDINATE_UNREADABLE", "“%(cell)s” is not a coordinate.", cell=text)
    return round(float(match[2]) + float(match[3] or 0) / 60 + float(match[4] or 0) / 3600, 7)


def pair(cell: Raw) -> list[float]:
    """Both coordinates of one cell, in the order of the cell: 105.657376,37.479022. Raises Unread."""
    parts = [part for part in re.split(r"[,;，；、/\s]+", plain(cell).strip("()[] ")) if part]
    found = [degrees(part) for part in parts]
    if len(found) != 2 or None in found:
        raise Unread("COORDINATE_UNREADABLE", "“%(cell)s” is not a coordinate.", cell=plain(cell))
    return [one for one in found if one is not None]


_OF_MAP = "(wgs-?84|gcj-?02|bd-?09)?"

POINT: tuple[Column, ...] = (
    Column(
        "latitude",
        "Latitude",
        (rf"(gps)?(北?纬度?|lat(itude)?|y坐标?)(坐标|值)?{_OF_MAP}[yn]?",),
        lenient(degrees),
        title="纬度",
    ),
    Column(
        "longitude",
        "Longitude",
        (rf"(gps)?(东?经度?|lng|lon(gitude)?|x坐标?)(坐标|值)?{_OF_MAP}[xe]?",),
        lenient(degrees),
        title="经度",
    ),
    Column(
        "point", "Place", ("(地图|位置|gps)?坐标点?(经纬度|经度纬度|纬度经度)?|经纬度|gps|定位",), lenient(pair, [])
    ),
    Column("system", "Reference system", ("坐标(系统?|类型|来源|参考)",), words_of, title="坐标系", sample="高德"),
)


def placed(
    line: Line,
    latitude: float | None,
    longitude: float | None,
    point: list[float],
    system: str,
    county: points.County | None,
) -> points.Point | None:
    """The point of a row in WGS-84; None where it names none, or one that can hardly be meant, which is noted.

    What lies in the county once it is turned round is turned round, and that is noted.
    """
    if point:
        latitude, longitude = min(point), max(point)  # of China: no latitude above 55, no longitude below 73
    of_map = coordinates.named(system)
    for meant in (points.Meant.ASKED, points.Meant.SWAP):
        try:
            found = points.placed(latitude, longitude, of_map, county, meant)
        except Refused:
            continue
        if meant is points.Meant.SWAP:
            line.note(
                "POINT_TURNED", "Latitude and longitude were the wrong way round: they are exchanged.", "latitude"
            )
        return found
    line.note("POINT_DOUBTFUL", "This point is half of one, or lies outside the county: it is not kept.", "latitude")
    return None
