"""Which organisation a list means: names with other brackets, spaces, without what stands in brackets. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from shangmen.web import text as normal

_BRACKETS = re.compile(r"[(\[{【〔<《「][^)\]}】〕>》」]*[)\]}】〕>》」]")
_WIDER = re.compile(r"(宁夏|.{2,8}(省|区|市|县|州|盟|旗))+")  # what a name may have before it
SHORTEST = 4  # characters that a part of a name must have to mean it
_STATION = re.compile(r"(社会工作(者)?(服务)?|社工(服务)?)(站|中心站)点?")


def key(name: str) -> str:
    """A name as it is compared: one width, no spaces, dots or brackets; the ways to say 社工站 are one."""
    plain = unicodedata.normalize("NFKC", normal.clean(name)).lower()
    return _STATION.sub("社工站", re.sub(r"[\s()\[\]{}【】〔〕<>《》「」“”\"'·.、,，\-—_]", "", plain))


def without_brackets(name: str) -> str:
    """A name as it is compared, without what stands in brackets."""
    return key(_BRACKETS.sub("", unicodedata.normalize("NFKC", normal.clean(name))))


class Names:
    """The organisations of a county by name, to be found."""

    def __init__(self, known: Iterable[tuple[int, str]] = ()) -> None:
        self._whole: dict[str, int] = {}
        self._short: dict[str, set[int]] = {}
        for id, name in known:
            self.add(id, name)

    def add(self, id: int, name: str) -> None:
        """Make an organisation known."""
        self._whole.setdefault(key(name), id)
        self._short.setdefault(without_brackets(name), set()).add(id)

    def find(self, name: str) -> int | None:
        """The organisation that a name means, also by a part of its name alone (康乐养老, 大水坑社工站) or with its
        county before it; None where it means none, or may mean several."""
        if key(name) in self._whole:
            return self._whole[key(name)]
        meant = self._short.get(without_brackets(name), set())
        if not meant:
            part = without_brackets(name)
            station = re.fullmatch(r"(.{2,})社工站", part)
            within = re.compile(
                rf"{re.escape(station[1])}[镇乡]?(街道)?(办事处)?社工站" if station else re.escape(part)
            )
            meant = {
                id
                for whole, id in self._whole.items()
                if (len(part) >= SHORTEST and within.search(whole))
                or (len(whole) >= SHORTEST and part.endswith(whole) and _WIDER.fullmatch(part[: -len(whole)]))
            }
        return next(iter(meant)) if len(meant) == 1 else None
