"""Words for positions and how well they are known."""

from shangmen.foundation.regions.states import Accuracy
from shangmen.web.language import gettext

_ESTIMATES = {
    Accuracy.VILLAGE: "Estimated: the middle of the village",
    Accuracy.TOWNSHIP: "Estimated: the middle of the township",
    Accuracy.COUNTY: "Estimated: the middle of the county",
}


def estimate(accuracy: Accuracy) -> str:
    """How a position was estimated; "" for one that is known."""
    return gettext(_ESTIMATES[accuracy]) if accuracy in _ESTIMATES else ""
