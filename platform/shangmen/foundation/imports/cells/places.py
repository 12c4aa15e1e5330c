"""Townships and villages as they stand in cells and inside addresses."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from shangmen.web import text as normal

_WIDER = re.compile(
    r"(中国|中华人民共和国)?([^省]{2,8}省|[^区]{2,12}自治区|宁夏|内蒙古?|新疆|西藏|广西)?([^市县]{2,6}(市|地区|州|盟))?"
)
_KIND = re.compile(r"(街道办事处|街道办|街道|镇人民政府|乡人民政府|镇政府|乡政府|镇|乡|苏木|农场|管委会)$")
_VILLAGE = re.compile(r"(.+?(?:社区|村|嘎查))(.*)")
_GROUP = re.compile(r"(.+?)((?:第?[\d一二三四五六七八九十]+(?:组|队|社|号|栋|单元)).*)")


@dataclass(frozen=True)
class Township:
    """A township and every name that it has had."""

    id: int
    name: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spot:
    """What an address says: the township, the village and what follows."""

    township: Township
    village: str
    rest: str


def tidy(text: str) -> str:
    """A place as it is compared: one width, no spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", normal.clean(text)))


_WHOLE = re.compile(r"(全(域|境|镇|乡|辖区|部)|(所)?辖(区|各村|全部|村|社区)*|各(行政)?村(社区)?|范围内?)+$")


def village(text: str) -> tuple[str, str]:
    """(the village or community, what follows): 丁家湾村委会, 丁家湾村7组, 文昌社区居委会."""
    plain = tidy(text)
    plain = re.sub(r"(?<=.{2})(行政|自然)村", "村", plain)
    plain = re.sub(r"村?村(民)?委(员)?会", "村", plain)
    plain = re.sub(r"社区(居民委员会|居委会|村委会)", "社区", plain)
    plain = re.sub(r"(居民委员会)", "居委会", plain)
    match = _VILLAGE.fullmatch(plain)
    if match:
        name, rest = match[1], match[2]
        if rest.startswith("村") and not rest.startswith("村民"):
            name, rest = name + "村", rest[1:]
        return name, rest
    grouped = _GROUP.fullmatch(plain)
    return (grouped[1], grouped[2]) if grouped else (plain, "")


class Places:
    """The townships of a county, to be recognised."""

    def __init__(self, county: str, townships: Sequence[Township]) -> None:
        self.county = county
        self.townships = tuple(townships)
        self._names = sorted(
            ((name, one) for one in townships for name in (one.name, *one.former)), key=lambda pair: -len(pair[0])
        )
        self._bare: dict[str, list[Township]] = {}
        for name, one in self._names:
            self._bare.setdefault(_KIND.sub("", name), []).append(one)

    def township(self, text: str) -> Township | None:
        """The township that a cell names, with or without what lies around it; None where it is none of the county."""
        plain = tidy(text)
        found = self.spot(plain)
        if found:
            return found.township
        within = self._without_wider(plain)
        bare = self._bare.get(_KIND.sub("", within)) if within else None
        return bare[0] if bare and len({one.id for one in bare}) == 1 else None

    def several(self, text: str) -> tuple[list[Township], list[str]]:
        """The townships that a cell lists, and what is none; 全县 is all of them."""
        plain = tidy(text)
        county = re.escape(self.county)
        everywhere = rf"({county})?全(县|市|区|域)(范围内?|各?乡镇|所有乡镇|城乡)?|(本县|各乡镇|所有乡镇|全部乡镇)"
        if re.fullmatch(everywhere, plain):
            return list(self.townships), []
        found, unknown = [], []
        for part in filter(None, (_WHOLE.sub("", one) for one in re.split(r"[、,;，；/\n]+", plain))):
            whole = self.township(part) if len(re.findall("[镇乡]|街道", part)) < 2 else None
            pieces = [(part, whole)] if whole else [(piece, self.township(piece)) for piece in self._listed(part)]
            for piece, one in pieces:
                if one is None:
                    unknown.append(piece)
                elif one not in found:
                    found.append(one)
        return found, unknown

    def _listed(self, text: str) -> list[str]:
        """The places of a text that joins them by 和, which stands in names too (恩和镇), or by nothing at all."""
        rest = self._without_wider(text)
        named = sorted((rest.find(name), name) for name, _one in self._names if name in rest)
        for _at, name in named:
            rest = rest.replace(name, "、")
        return [name for _at, name in named] + [part for part in re.split("[、和及与]+", rest) if part]

    def spot(self, text: str) -> Spot | None:
        """What an address says; None where it names no township of the county."""
        plain = tidy(text)
        for name, one in self._names:
            at = plain.find(name)
            if at >= 0 and self._without_wider(plain[:at]) == "":
                rest = re.sub(r"^(人民政府|政府|街道办事处|办事处)", "", plain[at + len(name) :])
                return Spot(one, *village(rest)) if rest else Spot(one, "", "")
        return None

    def _without_wider(self, text: str) -> str:
        """A place without province, city and county before it."""
        at = text.find(self.county)
        if at >= 0:
            return text[at + len(self.county) :]
        short = re.sub(r"[县市区]$", "", self.county)
        wider = _WIDER.match(text)
        rest = text[wider.end() :] if wider else text
        return rest.removeprefix(short) if len(short) > 1 else rest
