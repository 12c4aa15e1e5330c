"""Papers of organisations and certificates of workers as lists name them, several in a cell with their days. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shangmen import clock
from shangmen.foundation.imports.cells import days
from shangmen.foundation.imports.cells.reading import (
    Day,
    Note,
    Raw,
    Reading,
    Unread,
    lenient,
    plain,
    says_nothing,
    shown,
    words_of,
)
from shangmen.foundation.imports.kinds import Column

OTHER = "other_paper"

# What a paper is, the special before the general.
ORGANISATIONS: tuple[tuple[str, str], ...] = (
    ("halal_kitchen", r"清真"),
    ("food_licence", r"食品|餐饮|卫生许可"),
    ("nursing_licence", r"护理(站|院|中心)|医疗机构|执业许可|诊所"),
    ("care_filing", r"养老(机构)?.{0,4}(备案|设立|许可)|备案"),
    ("insurance", r"保险|保单"),
    ("annual_report", r"年检|年报|年度(检查|报告)"),
    ("rating", r"等级|评估|[1-5一二三四五]A级?|星级"),
    ("registration", r"登记|营业执照|法人证|执照|许可证"),
)
WORKERS: tuple[tuple[str, str], ...] = (
    ("background_check", r"无?(违法)?犯罪|背景(审查|核查|调查)|政审|入职查询"),
    ("health_certificate", r"健康(体检)?(合格)?证|体检"),
    ("bath_training", r"助浴|洗浴"),
    ("rehab_therapist", r"康复"),
    ("nurse", r"护士|护师|执业护"),
    ("social_worker", r"社会工作|社工"),
    ("first_aid", r"急救|救护|红十字|心肺复苏"),
    ("halal", r"清真"),
    ("care_worker", r"护理|养老|照护|家政"),
)


@dataclass(frozen=True)
class Paper:
    """A paper in the list's own words, what it is, its number and its last day; None for one without an end."""

    words: str
    kind: str
    number: str = ""
    valid_to: date | None = None
    row: int = 0  # where it stands below the row of its holder

    @property
    def expired(self) -> bool:
        """Whether its last day is past."""
        return self.valid_to is not None and self.valid_to < clock.today()


def kind_of(words: str, known: Sequence[tuple[str, str]]) -> str:
    """What a paper is by its words."""
    return next((kind for kind, pattern in known if re.search(pattern, words)), OTHER)


# Papers that have columns of their own: a number, a last day, or a tick below the paper's name.
_OWN_COLUMNS = (
    ("registration", "登记证书", "(营业执照|登记证书?|法人(登记)?证书?|民非登记证)"),
    ("food_licence", "食品经营许可证", "食品(经营|卫生)?许可证?"),
    ("care_filing", "养老机构备案", "养老(服务|机构)*(备案|设立许可)(证书?|回执|凭证)?"),
    ("nursing_licence", "医疗机构执业许可证", "(医疗机构|护理站|护理院)(执业)?许可证?"),
)
_UNTIL = "(有效期?限?(至|到|截止)?|到期|截止)(日期?|时间)?"
COLUMNS = tuple(
    Column(f"{kind}_{part}", label, heads, read, title="")
    for kind, _words, own in _OWN_COLUMNS
    for part, label, heads, read in (
        ("until", "Valid to", (f"{own}{_UNTIL}", f"{own}/{_UNTIL}"), lenient(days.last_day)),
        ("number", "Number", (f"{own}(编号|证号|号码?|注册号)", f"{own}/(编号|证号|号码?)"), words_of),
        ("held", "Papers and licences", (f"(有无|是否(持有|具备|办理))?{own}(情况)?",), words_of),
    )
)


def in_columns(values: Mapping[str, Any]) -> list["Paper"]:
    """The papers that a row has in columns of their own."""
    found = []
    for kind, words, _heads in _OWN_COLUMNS:
        number, until, held = (values.get(f"{kind}_{part}") or "" for part in ("number", "until", "held"))
        if re.fullmatch(r"否|未.*|×|0", held):
            continue
        if re.search(r"\d{5}", held):
            number = number or held
        if number or until or held:
            found.append(Paper(words, kind, number, date.fromisoformat(until) if until else None))
    return found


_BETWEEN = re.compile(r"[、,，;；\n|/]+(?![^(（]*[)）])")


def listed(cell: Raw) -> list[str]:
    """The names or numbers of a cell."""
    text = unicodedata.normalize("NFKC", shown(cell))
    return [part.strip() for part in _BETWEEN.split(text) if part.strip() and not says_nothing(part)]


def listed_days(cell: Raw) -> Reading:
    """The last days of a cell in their order, "" for 长期 and for nothing said; what is no day is noted."""
    if isinstance(cell, Day | int | float):
        return _days([cell])
    text = plain(cell)
    parts: list[Raw] = [part for part in re.split(r"[、;\n|]+|,(?!\d{1,2}\b)|\s{2,}", text) if part.strip()]
    several = len(re.findall(r"\d{4}|长期", text)) > 1 and not re.search(r"至|到|~|—", text)
    if len(parts) == 1 and several:
        parts = [part for part in re.split(r"[\s/]+", text) if part]
    return _days(parts)


def _last_day(cell: Raw) -> str | None:
    """The last day of a cell, also of one that says a term: 2024.5.1-2029.4.30."""
    try:
        return days.last_day(cell)
    except Unread as fault:
        try:
            return days.term(cell)[1]
        except Unread:
            raise fault from None


def _days(cells: Sequence[Raw]) -> Reading:
    found, notes = [], []
    for cell in cells:
        text = plain(cell)
        try:
            if isinstance(cell, str) and re.search(r"至|到|~|—", text):
                cell = re.split(r"至|到|~|—+", text)[-1]
            found.append(_last_day(cell) or "")
        except Unread as fault:
            notes.append(Note(fault.code, fault.sentence, fault.words))
            found.append("")
    return Reading(found, tuple(notes))


_WITHIN = re.compile(
    r"[(（:：]?\s*(?:有效期(?:限|至|到)?[:：]?\s*)?(?:至|到)?\s*(\d{4}[年.\-/]\d{1,2}(?:[月.\-/]\d{1,2}日?|月)?|长期)(?:止)?\s*[)）]?$"
)


def papers(
    names: Sequence[str], numbers: Sequence[str], ends: Sequence[str], known: Sequence[tuple[str, str]]
) -> tuple[list[Paper], bool]:
    """(the papers of a row, whether their days could be told apart): days and numbers stand in the order of the names,
    or each day within its name."""
    made: list[Paper] = []
    told = not ends or len(ends) == len(names)
    for place, words in enumerate(names):
        end = ends[place] if told and ends else ""
        within = _WITHIN.search(words)
        if within and not end:
            words = words[: within.start()].strip() or words
            try:
                end = days.last_day(within[1]) or ""
            except Unread:
                end = ""
        number = numbers[place] if len(numbers) == len(names) else ""
        made.append(Paper(words, kind_of(words, known), number, date.fromisoformat(end) if end else None))
    return made, told
