"""The ladder that a new installation starts with, and ladders that others published, to be taken over by a county.

The first is a suggestion for the county to decide: what an assessment leads to, and a limit that catches what is many
times too much. Of the published ones each names its programme; what a programme does not say is left open.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen.demand.entitlement.rules import TOGETHER, Amount, Gate
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.recipients.states import Category, Living, PersonGroup

VALID_FROM = date(2021, 10, 1)
POLICY = "平台默认（建议值），由县民政局调整"

_ELDER, _DISABLED, _MINOR = PersonGroup.ELDER, PersonGroup.DISABLED, PersonGroup.MINOR
INDEPENDENT = (AbilityLevel.SELF, AbilityLevel.INTACT)
PARTLY = (AbilityLevel.PARTIAL, AbilityLevel.MILD, AbilityLevel.MODERATE)
WHOLLY = (AbilityLevel.TOTAL, AbilityLevel.SEVERE, AbilityLevel.COMPLETE)
_GROWN = (_ELDER, _DISABLED)
_DIBAO = (Category.DIBAO, Category.DIBAO_SINGLE)


@dataclass(frozen=True)
class First:
    """A rung's first version."""

    code: str
    gate: Gate
    amount: Amount
    proposed: int = 0


def _service(code: str, most: int, partly: int = 0, wholly: int = 0, whole: int | None = None) -> list[First]:
    """The rungs of a service: `most` for whom it is there, `whole` for the wholly dependent; what is proposed.

    Adults without a certificate get what asks for no want of self-care: social work, resource links, emergencies.
    """
    open_to_all = code[0] in "PT" or code == "V04"
    found = [First(code, Gate() if open_to_all else Gate(groups=(*_GROWN, _MINOR)), Amount(most))]
    if partly:
        found.append(First(code, Gate(groups=_GROWN, levels=PARTLY), Amount(most), partly))
    if wholly or whole:
        found.append(First(code, Gate(groups=_GROWN, levels=WHOLLY), Amount(whole or most), wholly))
    return found


DEFAULT: tuple[First, ...] = (
    *_service("V01", 8, partly=2, wholly=4, whole=12),
    First("V01", Gate(groups=_GROWN, levels=INDEPENDENT), Amount(8), 1),
    First("V01", Gate(groups=_GROWN, levels=INDEPENDENT, livings=(Living.ALONE,)), Amount(8), 2),
    *_service("V02", 12),
    First("V03", Gate(groups=(_MINOR,)), Amount(8), 1),
    *_service("V04", 8),
    *_service("C01", 22, whole=26),
    *_service("C02", 8, whole=12),
    *_service("C03", 4, whole=8),
    *_service("C04", 8),
    *_service("C05", 8, partly=2),
    *_service("C06", 8),
    *_service("C07", 8),
    *_service("C08", 8),
    *_service("C09", 8),
    *_service("C10", 8),
    *_service("C11", 8),
    *_service("C12", 8, wholly=4, whole=22),
    *_service("C13", 8, whole=12),
    *_service("N01", 8, whole=12),
    *_service("R01", 8, whole=12),
    *_service("P01", 8),
    *_service("P02", 4),
    *_service("P03", 4),
    *_service("P04", 4),
    *_service("P05", 8),
    *_service("L01", 4),
    *_service("L02", 22),
    *_service("L03", 1),
    *_service("A01", 1),
    *_service("T01", 2),
)


@dataclass(frozen=True)
class Published:
    """A ladder that somebody published: its name, its source, its rungs."""

    name: str
    source: str
    rungs: tuple[First, ...]


def _together(gate: Gate, visits: int | None = None, minutes: int | None = None, yuan: str | None = None) -> First:
    return First(TOGETHER, gate, Amount(visits, minutes, None if yuan is None else Decimal(yuan)))


_HELPED = (Category.TEKUN, *_DIBAO, Category.EDGE)

PUBLISHED: dict[str, Published] = {
    "liaozhong": Published(
        "沈阳市辽中区 2025：轻、中度失能 30 小时/月，重度、完全失能 45 小时/月",
        "沈阳市辽中区2025年居家养老上门服务项目（公开采购文件）",
        (
            _together(
                Gate(groups=(_ELDER,), categories=_HELPED, levels=(AbilityLevel.MILD, AbilityLevel.MODERATE)),
                minutes=1800,
            ),
            _together(
                Gate(groups=(_ELDER,), categories=_HELPED, levels=(AbilityLevel.SEVERE, AbilityLevel.COMPLETE)),
                minutes=2700,
            ),
            _together(Gate(groups=(_ELDER,), age_from=80), minutes=180),
        ),
    ),
    "wangcheng": Published(
        "长沙市望城区 2025–27：290、360、430 元/月（按轻、中、重以上对应为建议）",
        "长沙市望城区2025–2027年居家养老上门服务合同（公开）",
        (
            _together(Gate(groups=(_ELDER,), levels=(AbilityLevel.PARTIAL, AbilityLevel.MILD)), yuan="290"),
            _together(Gate(groups=(_ELDER,), levels=(AbilityLevel.MODERATE,)), yuan="360"),
            _together(Gate(groups=(_ELDER,), levels=WHOLLY), yuan="430"),
        ),
    ),
    "jurong": Published(
        "江苏句容：分散特困 3、12、18 次/月，低保等 6、9 次/月，80 岁以上 1 次/月（一单一次）",
        "江苏省句容市居家养老上门服务基础工单（公开）",
        (
            _together(Gate(categories=(Category.TEKUN,), levels=INDEPENDENT), visits=3),
            _together(Gate(categories=(Category.TEKUN,), levels=PARTLY), visits=12),
            _together(Gate(categories=(Category.TEKUN,), levels=WHOLLY), visits=18),
            _together(Gate(categories=(*_DIBAO, Category.EDGE), levels=PARTLY), visits=6),
            _together(Gate(categories=(*_DIBAO, Category.EDGE), levels=WHOLLY), visits=9),
            _together(Gate(age_from=80), visits=1),
        ),
    ),
    "ningguo": Published(
        "安徽宁国 2024–25：低保和分散特困老年人 120 元/人/月",
        "安徽省宁国市2024–2025年居家养老服务项目（公开）",
        (_together(Gate(groups=(_ELDER,), categories=(Category.TEKUN, *_DIBAO)), yuan="120"),),
    ),
}
