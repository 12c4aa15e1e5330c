"""What the heads and the words of a roll (花名册) mean. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from shangmen import clock
from shangmen.demand.recipients.states import Category, Living
from shangmen.foundation.organisations.states import Sex
from shangmen.web import text as normal

# Head of a column -> field of RecipientForm. Heads are compared without spaces and brackets.
HEADS = {
    "name": ("姓名", "服务对象姓名", "对象姓名", "成员姓名"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "证件号码", "身份证"),
    "no_id_reason": ("无身份证原因", "未落户原因", "无证原因"),
    "sex": ("性别",),
    "birth_date": ("出生日期", "出生年月日", "出生年月"),
    "category": ("救助类别", "类别", "对象类别", "人员类别", "保障类别", "身份类别"),
    "household_number": ("户号", "家庭编号", "救助证号", "低保证号", "家庭户号"),
    "household_from": ("批准年月", "批准日期", "纳入日期", "保障起始"),
    "household_to": ("有效期至", "保障截止"),
    "township": ("户籍地", "乡镇", "所属乡镇", "户籍地/乡镇", "乡镇街道", "乡镇（街道）", "所在乡镇"),
    "village": ("村", "村居", "行政村", "村（社区）", "村/社区", "所在村", "社区"),
    "address": ("地址", "住址", "家庭住址", "详细地址", "居住地址", "现住址"),
    "telephone": ("电话", "联系电话", "手机", "手机号", "联系方式", "手机号码", "本人电话"),
    "certificate": ("残疾证号", "残疾人证号", "残疾证号码"),
    "living": ("居住状况", "居住情况", "居住方式"),
    "halal": ("清真", "清真饮食", "是否清真", "饮食需求"),
    "language": ("语言", "方言", "语言/方言"),
    "guardian_name": ("监护人", "监护人姓名", "委托照料人"),
    "guardian_telephone": ("监护人电话", "监护人联系电话"),
    "consent_on": ("同意日期", "知情同意日期"),
    "consent_by": ("同意人", "知情同意人"),
    "latitude": ("纬度",),
    "longitude": ("经度",),
    "system": ("坐标系",),
    "notes": ("备注",),
}

# Columns that a roll usually has and nobody needs here: not reported as unknown.
PASSED_OVER = {"序号", "年龄", "编号", "民族", "家庭人口", "保障金额"}

CATEGORIES = {
    Category.TEKUN: ("特困人员", "特困", "分散特困", "分散供养", "特困供养", "分散供养特困人员", "农村特困"),
    Category.DIBAO_SINGLE: ("低保单人户", "单人保", "低保（单人户）", "低保单人保"),
    Category.DIBAO: ("低保", "最低生活保障", "最低生活保障对象", "低保对象", "农村低保", "城市低保"),
    Category.EDGE: ("低保边缘", "低保边缘家庭", "边缘户", "低边", "低保边缘家庭成员", "边缘家庭"),
    Category.RIGID: ("刚性支出困难家庭", "刚性支出", "支出型困难"),
    Category.MONITORED: ("监测对象", "防止返贫监测对象", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"),
    Category.OTHER_LOW: ("其他低收入", "其他困难人员", "其他", "其他低收入人口"),
}

LIVING = {
    Living.ALONE: ("独居", "单独居住"),
    Living.SPOUSE: ("与配偶", "与配偶居住", "与配偶/伴侣居住", "夫妻同住"),
    Living.CHILDREN: ("与子女", "与子女居住"),
    Living.PARENTS: ("与父母", "与父母居住"),
    Living.SIBLINGS: ("与兄弟姐妹", "与兄弟姐妹居住"),
    Living.RELATIVES: ("与其他亲属", "与其他亲属居住", "与祖父母", "与亲属"),
    Living.OTHERS: ("与非亲属", "与非亲属关系的人居住"),
    Living.INSTITUTION: ("养老机构", "机构"),
}

SEXES = {Sex.FEMALE: ("女", "女性"), Sex.MALE: ("男", "男性")}
SYSTEMS = {
    "WGS84": ("wgs84", "wgs-84", "gps", "cgcs2000"),
    "GCJ02": ("gcj02", "gcj-02", "高德", "腾讯"),
    "BD09": ("bd09", "bd-09", "百度"),
}
YES = {"是", "有", "清真", "√", "需要", "1", "y", "yes"}

Code = TypeVar("Code", bound=str)

_DAY = re.compile(r"^(\d{4})[年./-]?(\d{1,2})(?:[月./-]?(\d{1,2})日?|月)?(?: 00:00(:00)?)?$")


def _bare(text: str) -> str:
    return re.sub(r"[\s*:]", "", unicodedata.normalize("NFKC", normal.clean(text))).lower()


def _table(words: Mapping[Code, tuple[str, ...]]) -> dict[str, Code]:
    return {_bare(word): code for code, alternatives in words.items() for word in alternatives}


_HEADS, _CATEGORIES, _LIVING = _table(HEADS), _table(CATEGORIES), _table(LIVING)
_SEXES, _SYSTEMS = _table(SEXES), _table(SYSTEMS)
_PASSED = {_bare(word) for word in PASSED_OVER}


def heads(rows: list[list[str]]) -> tuple[int, dict[int, str], list[str]] | None:
    """(index of the row with the heads, column -> field, heads that nobody knows); None without such a row.

    Titles above the table are passed over: the row is the first among ten that names the name and one thing more.
    """
    for index, row in enumerate(rows[:10]):
        known = {column: _HEADS[_bare(cell)] for column, cell in enumerate(row) if _bare(cell) in _HEADS}
        if "name" in known.values() and len(known) >= 2:
            taken: dict[int, str] = {}
            unknown = []
            for column, cell in enumerate(row):
                field = known.get(column)
                if field and field not in taken.values():
                    taken[column] = field
                elif cell and _bare(cell) not in _PASSED:
                    unknown.append(cell)
            return index, taken, unknown
    return None


def day(text: str) -> date | None:
    """1950-01-02, 1950.1.2, 1950年1月2日, 19500102, or a month (its first day); None for anything else."""
    match = _DAY.match(unicodedata.normalize("NFKC", normal.clean(text)))
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None


def values(cells: dict[str, str]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """(fields of RecipientForm, what could not be understood as (sentence, the cell)). Unnamed fields are left out."""
    found: dict[str, object] = {}
    puzzling: list[tuple[str, str]] = []
    words: dict[str, Mapping[str, str]] = {
        "category": _CATEGORIES,
        "living": _LIVING,
        "sex": _SEXES,
        "system": _SYSTEMS,
    }
    for field, typed in cells.items():
        cell = normal.clean(typed)
        if not cell:
            continue
        if field in words:
            code = words[field].get(_bare(cell)) or (cell if cell in words[field].values() else None)
            if code is None:
                puzzling.append((_UNKNOWN[field], cell))
            else:
                found[field] = code
        elif field in {"birth_date", "household_from", "household_to", "consent_on"}:
            moment = day(cell)
            if moment is None:
                puzzling.append(("“%(cell)s” is not a date.", cell))
            elif not clock.believable(moment):
                puzzling.append(("“%(cell)s” lies before 1900 or more than ten years ahead.", cell))
            else:
                found[field] = moment
        elif field == "halal":
            found[field] = _bare(cell) in YES
        elif field in {"latitude", "longitude"}:
            try:
                found[field] = float(unicodedata.normalize("NFKC", cell))
            except ValueError:
                puzzling.append(("“%(cell)s” is not a coordinate.", cell))
        else:
            found[field] = cell
    return found, puzzling


_UNKNOWN = {
    "category": "“%(cell)s” is not a category.",
    "living": "“%(cell)s” is not a living situation.",
    "sex": "“%(cell)s” is not a sex.",
    "system": "“%(cell)s” is not a reference system of coordinates.",
}
