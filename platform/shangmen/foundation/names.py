"""Names as people type them into a search: full pinyin and initials, with the readings of surnames."""

from pypinyin import Style, lazy_pinyin

# Characters that read differently as a surname than in running text. Compound surnames first.
_SURNAMES = {
    "尉迟": "yuchi",
    "万俟": "moqi",
    "澹台": "tantai",
    "长孙": "zhangsun",
    "单于": "chanyu",
    "令狐": "linghu",
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "任": "ren",
    "区": "ou",
    "查": "zha",
    "朴": "piao",
    "盖": "ge",
    "乐": "yue",
    "缪": "miao",
    "冼": "xian",
    "翟": "zhai",
    "种": "chong",
    "秘": "bi",
    "折": "she",
    "员": "yun",
    "繁": "po",
    "召": "shao",
    "覃": "qin",
    "华": "hua",
    "宁": "ning",
    "纪": "ji",
    "哈": "ha",
    "撒": "sa",
    "妥": "tuo",
    "者": "zhe",
    "贠": "yun",
    "拜": "bai",
}


def pinyin(name: str) -> tuple[str, str]:
    """(full pinyin, initials) of a name in small letters: 曾小兰 -> ("zengxiaolan", "zxl")."""
    name = "".join(character for character in name if character.isalnum())
    for surname, reading in _SURNAMES.items():
        if name.startswith(surname):
            first = _initials(surname)
            rest = name[len(surname) :]
            initials = (reading[0] + first[1:] if len(surname) == 1 else _compound(surname)) + _initials(rest)
            return (reading + "".join(lazy_pinyin(rest))).lower(), initials
    return "".join(lazy_pinyin(name)).lower(), _initials(name)


def _compound(surname: str) -> str:
    return {"尉迟": "yc", "万俟": "mq", "澹台": "tt", "长孙": "zs", "单于": "cy", "令狐": "lh"}[surname]


def _initials(text: str) -> str:
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
