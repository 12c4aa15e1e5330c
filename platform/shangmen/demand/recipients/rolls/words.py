"""What the words of rolls mean: category and class, support, self-care, disability, children, relations. Pure.

Read by the grammar of the field, not from a list of what one county writes: 农村低保A类, 城市低保, 低保边缘家庭,
特困（分散供养）, 肢体二级, 半护理. What is not recognised is asked about, never guessed.
"""

import re
from dataclasses import dataclass

from shangmen import clock
from shangmen.demand.recipients.relatives.rules import readable
from shangmen.demand.recipients.states import Category, Living, Overlay, Scheme, SelfCare, Support
from shangmen.foundation.imports.cells import numbers
from shangmen.foundation.imports.cells.reading import Note, Raw, Reading, Unread, plain, says_nothing, shown, yes_or_no
from shangmen.web import text as normal

_HAN = str.maketrans("一二三四壹贰叁肆两", "123412342")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}

# In this order: what is written later in the name of another is looked for first.
_CATEGORIES = (
    (Category.MONITORED, r"监测|返贫|致贫户?|脱贫不稳定|突发严重困难"),
    (Category.RIGID, r"刚性|支出型"),
    (Category.EDGE, r"边缘|低边"),
    (Category.TEKUN, r"特困|五保|三无"),
    (Category.DIBAO_SINGLE, r"单人(户|保)|单独(纳入|施保|保障|享受)|整户保.{0,2}单人"),
    (Category.DIBAO, r"低保|最低生活保障|^[农城]低|^[A-D][类档级]$|^[一二三1-3][类档]$"),
    (Category.OTHER_LOW, r"其他(困难|低收入)|低收入"),
)
_NONE = re.compile(
    r"否|不是|不属于|非(低保|困难|低收入).*|不享受|一般(户|家庭|人员)?|普通(户|家庭|居民)?|无低保|未纳入"
)
_PERHAPS = re.compile(r"待定|待核|待查|拟|申请中|审核中|公示中|取消|退出|停发|注销|终止|不符合|复核")
_TIER = re.compile(r"([A-D])\s*(?:类|档|级|等)?|([一二三四1-4])\s*(?:类|档|等)")

# From the highest: who stands in several rolls keeps the highest (就高不重复).
PRECEDENCE = (
    Category.TEKUN, Category.DIBAO_SINGLE, Category.DIBAO, Category.EDGE, Category.RIGID, Category.MONITORED,
    Category.OTHER_LOW,
)  # fmt: skip


@dataclass(frozen=True)
class Assisted:
    """What the words of a category say; `category` is None for who has none."""

    category: Category | None
    tier: str = ""
    scheme: Scheme = Scheme.NONE
    support: Support = Support.NONE


def _scheme(text: str) -> Scheme:
    rural, urban = re.search(r"农村|农低|乡村", text), re.search(r"城[市镇]|城低", text)
    if bool(rural) == bool(urban):
        return Scheme.NONE
    return Scheme.RURAL if rural else Scheme.URBAN


def _tier(text: str) -> str:
    match = _TIER.search(text)
    if not match:
        return ""
    return match[1] or "ABCD"[int(match[2].translate(_HAN)) - 1]


def class_in(text: str) -> str:
    """The class that a cell of its own names: A, A类, 一档, 1."""
    plain_text = normal.code(text)
    return _tier(plain_text) or (_tier(plain_text + "类") if len(plain_text) == 1 else "")


def support_in(text: str) -> Support:
    """集中 or 分散, where the words say so."""
    central, scattered = re.search(r"集中|机构|敬老院|供养院|福利院", text), re.search(r"分散|散居|居家|在家", text)
    if bool(central) == bool(scattered):
        return Support.NONE
    return Support.CENTRAL if central else Support.SCATTERED


def named_category(text: str) -> Category | None:
    """The category that a text names, if it names one: also of a title."""
    for category, pattern in _CATEGORIES:
        if re.search(pattern, text):
            return category
    return None


def category(cell: Raw) -> Assisted:
    """What a cell says of the category; raises Unread (CATEGORY_UNKNOWN) for words that are none."""
    text = re.sub(r"\s", "", plain(cell))
    upper = text.upper()
    if upper in Category.__members__:
        return Assisted(Category(upper))
    if says_nothing(text) or _NONE.fullmatch(text):
        return Assisted(None)
    found = None if _PERHAPS.search(text) else named_category(upper)
    if found is None and re.fullmatch(r"(集中|分散|机构|散居)(供养)?", text):
        found = Category.TEKUN
    if found is None and re.fullmatch(r"[A-D]", upper):
        found = Category.DIBAO
    if found is None and (overlay_in(text) or type_in(text)):  # 孤儿, 肢体: which says nothing of a category
        return Assisted(None)
    if found is None:
        raise Unread("CATEGORY_UNKNOWN", "“%(cell)s” is not a category.", cell=shown(cell))
    tier = "" if found is Category.DIBAO_SINGLE else _tier(upper) or (upper if len(upper) == 1 else "")
    return Assisted(found, tier, _scheme(text), support_in(text) if found is Category.TEKUN else Support.NONE)


def yes_category(cell: Raw, asked: Category) -> Assisted:
    """A cell below a head such as 是否低保: 是, 否, or the category itself."""
    text = re.sub(r"\s", "", plain(cell))
    if re.fullmatch(r"是|有|√|✓|✔|1|享受|在保", text):
        return Assisted(asked)
    if re.fullmatch(r"0|×|未享受|不在保", text):
        return Assisted(None)
    return category(cell)


def support(cell: Raw) -> Support:
    """分散供养 or 集中供养; nothing where nothing is said. Raises Unread."""
    text = plain(cell)
    found = support_in(text)
    if found is Support.NONE and not says_nothing(text):
        raise Unread("SUPPORT_UNKNOWN", "“%(cell)s” is not a form of support.", cell=text)
    return found


_TOTAL = (
    r"全护|全失能|完全(丧失|失能|不能)|^(生活)?(完全)?不能自理|不能自理|无(生活)?自理能力|丧失(生活)?自理"
    r"|重度|卧床|一级护理"
)
_PARTIAL = r"半护|半自理|半失能|部分|不能完全自理|不完全|半丧失|中度|轻度"
_SELF = r"全自理|完全自理|能自理|可自理|^(基本|生活)*(能)?自理|具备|有(生活)?自理能力|正常|能力完好|自理$"


def self_care(cell: Raw) -> SelfCare:
    """How far somebody cares for themselves: 自理, 半护理, 不能自理, 全失能. Raises Unread."""
    text = re.sub(r"\s", "", plain(cell))
    if says_nothing(text):
        return SelfCare.NONE
    for found, pattern in ((SelfCare.PARTIAL, _PARTIAL), (SelfCare.TOTAL, _TOTAL), (SelfCare.SELF, _SELF)):
        if re.search(pattern, text):
            return found
    raise Unread("SELF_CARE_UNKNOWN", "“%(cell)s” does not say how far somebody cares for themselves.", cell=text)


TYPES = {1: "视力", 2: "听力", 3: "言语", 4: "肢体", 5: "智力", 6: "精神", 7: "多重"}
_TYPES = (
    (7, "多重|综合"),
    (1, "视力|视觉|盲"),
    (2, "听力|听觉|聋"),
    (3, "言语|语言|哑"),
    (4, "肢体|肢残|躯体"),
    (5, "智力|智障|智残"),
    (6, "精神"),
)


def type_in(text: str) -> bool:
    """Whether a text is a type of disability and nothing else: 肢体, 听力残疾."""
    plain_text = re.sub(r"残疾(人)?$", "", text)
    return any(re.fullmatch(pattern, plain_text) for _number, pattern in _TYPES)


_GRADE = re.compile(r"([一二三四壹贰叁肆1-4]|IV|I{1,3})级", re.IGNORECASE)


def disability(cell: Raw) -> list[list[int]]:
    """[[type 1-7, level 1-4]] in words such as 肢体二级, 二级肢体残疾, 智力 2 级; [] for nothing said.

    Several are given as they stand. Raises Unread (DISABILITY_UNKNOWN).
    """
    text = re.sub(r"[\s/\\()（）·,.\-—:：]|残疾(人|类别|等级)?", "", plain(cell))
    if says_nothing(text) or re.fullmatch(r"否|健全|健康|无残|正常", text):
        return []
    types = [number for number, pattern in _TYPES if re.search(pattern, text)]
    grades = [_ROMAN.get(found.upper()) or int(found.translate(_HAN)) for found in _GRADE.findall(text)]
    if not grades and (bare := re.search(r"[1-4一二三四]$", text)) and types:
        grades = [int(bare[0].translate(_HAN))]
    if not types or not grades:
        raise Unread("DISABILITY_UNKNOWN", "“%(cell)s” does not say type and grade of a disability.", cell=shown(cell))
    if len(types) == 1 or 7 in types:
        return [[types[0] if 7 not in types else 7, min(grades)]]
    return [[one, grades[min(place, len(grades) - 1)]] for place, one in enumerate(types)]


_CERTIFICATE = re.compile(r"(\d{17}[\dX])([1-7])([1-4])(B\d{1,2})?")


def certificate(cell: Raw) -> Reading:
    """The number of a disability certificate, "" with a note where it lost digits or is none."""
    number = normal.code(plain(cell))
    if says_nothing(plain(cell)) or not re.search(r"\d", number):
        return Reading("")
    if numbers.damaged(cell, 20):
        return Reading("", (Note("CERTIFICATE_DAMAGED", "The certificate's number lost digits: it is not stored."),))
    if not _CERTIFICATE.fullmatch(number):
        return Reading(
            "",
            (
                Note(
                    "CERTIFICATE_MALFORMED",
                    "“%(cell)s” is no number of a disability certificate: it is not stored.",
                    {"cell": shown(cell)},
                ),
            ),
        )
    return Reading(number)


def certificate_says(number: str) -> tuple[str, int, int]:
    """(ID number, type, level) of a certificate's number."""
    match = _CERTIFICATE.fullmatch(number)
    assert match
    return match[1], int(match[2]), int(match[3])


_OVERLAYS = (
    (Overlay.DE_FACTO_UNATTENDED, r"事实(上)?无人(抚养|监护)|事实孤儿|无人抚养"),
    (Overlay.LEFT_BEHIND, r"留守"),
    (Overlay.ORPHAN, r"孤儿|散居孤|集中(供|抚)养孤"),
    (Overlay.DISTRESSED, r"困境|重点关爱|困难儿童|流浪|受艾滋|监护(缺失|不当)"),
)


def overlay_in(text: str) -> Overlay:
    """For what a child is looked after, where the words say one thing."""
    found = [one for one, pattern in _OVERLAYS if re.search(pattern, text)]
    return found[0] if found else Overlay.NONE


def overlay(cell: Raw) -> Overlay:
    """孤儿, 事实无人抚养儿童, 农村留守儿童, 困境儿童. Raises Unread (CHILD_UNKNOWN)."""
    text = plain(cell)
    found = overlay_in(text)
    if found is Overlay.NONE and not says_nothing(text):
        raise Unread("CHILD_UNKNOWN", "“%(cell)s” is not a kind of child that is looked after.", cell=text)
    return found


_LIVINGS = (
    (Living.INSTITUTION, r"机构|敬老院|养老院|福利院|供养服务"),
    (Living.ALONE, r"独居|独自|单独居住|一人居住|孤寡"),
    (Living.SPOUSE, r"配偶|夫妻|老伴|空巢|丈夫|妻子"),
    (Living.PARENTS, r"父母|父亲|母亲"),
    (Living.CHILDREN, r"子女|儿子|女儿|儿媳"),
    (Living.SIBLINGS, r"兄弟|姐妹|哥|弟|姐|妹"),
    (Living.OTHERS, r"非亲属|朋友|邻居|保姆|护工"),
    (Living.RELATIVES, r"亲属|亲戚|祖父|祖母|爷爷|奶奶|外公|外婆|姥|孙|侄|家人|合住|同住"),
)


def living(cell: Raw) -> Living:
    """With whom somebody lives: 独居, 与配偶居住, 与子女同住. Raises Unread (LIVING_UNKNOWN)."""
    text = plain(cell)
    if text.lower() in set(Living):
        return Living(text.lower())
    for found, pattern in _LIVINGS:
        if re.search(pattern, text):
            return found
    if says_nothing(text):
        return Living.UNKNOWN
    raise Unread("LIVING_UNKNOWN", "“%(cell)s” is not a living situation.", cell=text)


def is_head(relation: str) -> bool:
    """Whether a relation to the head of the household says that somebody is the head."""
    return bool(re.fullmatch(r"户主|本人|本户户主|户主本人|申请人|主申请人|01", re.sub(r"\s", "", relation)))


_GONE = re.compile(r"(已故|死亡|去世|病故|亡故|过世|身故|离世|故去|死亡注销)")
_RELATIVE = re.compile(
    r"(父|母|夫|妻|偶|伴|子|女|儿|爷|奶|祖|兄|弟|姐|妹|哥|孙|叔|伯|姑|舅|姨|媳|婿|亲|人|属|双方?|户主)[一-龥]{0,3}$"
)


def says_deceased(note: str) -> bool:
    """Whether a note says that the person of the row has died, and not a relative."""
    for match in _GONE.finditer(note):
        clause = re.split(r"[，,。；;！\n]", note[: match.start()])[-1]
        if not _RELATIVE.search(re.sub(r"\d|年|月|日|因病|意外|于|已|[\s.]", "", clause)):
            return True
    return False


def permit(cell: Raw) -> bool:
    """Whether somebody holds a residence permit (居住证): said, or its number. Raises Unread."""
    return bool(re.fullmatch(r"[A-Za-z0-9]{9,30}", plain(cell).replace(" ", ""))) or bool(yes_or_no(cell))


def relatives(cell: Raw) -> Reading:
    """Relatives by name and number as they are kept; what cannot be read of them is noted and left out."""
    good, bad = readable(shown(cell), clock.today())
    return Reading(
        good,
        tuple(
            Note(
                "RELATIVE_UNREADABLE", "“%(cell)s” names no relative with a telephone or an ID number.", {"cell": one}
            )
            for one in bad
        ),
    )
