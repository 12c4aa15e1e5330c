"""Whether somebody speaks what somebody else understands, from words as people write them. Pure.

普通话 is understood by every worker who is engaged; of dialects and other languages one must be named.
"""

import re

STANDARD = frozenset({"普通", "国", "汉", "中", "中文", "mandarin", "chinese"})
"""Words for the standard language, without their endings."""


def named(text: str) -> frozenset[str]:
    """The languages and dialects of a text, without the endings that say what they are (话, 语, 方言)."""
    parts = re.split(r"[\s,，、;；/／|和及与]+", text.strip().lower())
    return frozenset(re.sub(r"(?<=.)(方言|土话|话|語|语)$", "", part) for part in parts if part)


def speaks(languages: str, understood: str) -> bool:
    """Whether who speaks `languages` can talk with who understands `understood`; empty texts ask for nothing."""
    wanted = named(understood)
    return not wanted or not wanted.isdisjoint(STANDARD | named(languages))
