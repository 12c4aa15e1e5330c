"""Words for positions and how well they are known."""

from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.states import Accuracy
from shangmen.web.language import gettext

_ESTIMATES = {
    Accuracy.VILLAGE: "Estimated: the middle of the village",
    Accuracy.TOWNSHIP: "Estimated: the middle of the township",
    Accuracy.COUNTY: "Estimated: the middle of the county",
}


_SYSTEMS = {
    ReferenceSystem.WGS84: "GPS, CGCS2000 (WGS-84)",
    ReferenceSystem.GCJ02: "Gaode, Tencent (GCJ-02)",
    ReferenceSystem.BD09: "Baidu (BD-09)",
}


def systems() -> list[tuple[str, str]]:
    """Options of a choice: the maps that a point may be read from."""
    return [(code, gettext(text)) for code, text in _SYSTEMS.items()]


def estimate(accuracy: Accuracy) -> str:
    """How a position was estimated; "" for one that is known."""
    return gettext(_ESTIMATES[accuracy]) if accuracy in _ESTIMATES else ""
