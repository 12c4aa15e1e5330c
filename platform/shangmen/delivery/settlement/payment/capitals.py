"""Amounts in capital Chinese figures (大写金额), as payment papers carry them so that nobody can add a stroke.

Rules: 《支付结算办法》附一《正确填写票据和结算凭证的基本规定》.
"""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def capitals(amount: Decimal) -> str:
    """1800000 -> 壹佰捌拾万元整, 1409.50 -> 壹仟肆佰零玖元伍角整, 0 -> 零元整.

    Raises ValueError for a negative amount, more than two decimals, or ten million times a hundred million and more.
    """
    fen = amount * 100
    if amount < 0 or fen != fen.to_integral_value() or amount >= 10**16:
        raise ValueError(f"no amount of money: {amount}")
    yuan, rest = divmod(int(fen), 100)
    jiao, cent = divmod(rest, 10)
    text = _whole(yuan) + "元" if yuan else ""
    if not rest:
        return (text or "零元") + "整"
    if jiao:
        # a zero before the jiao where the yuan end in one: 1680.32 壹仟陆佰捌拾元零叁角贰分 (a choice that is allowed)
        text += ("零" if yuan and yuan % 10 == 0 else "") + DIGITS[jiao] + "角"
    elif yuan:
        text += "零"
    return text + (DIGITS[cent] + "分" if cent else "整")


def _whole(number: int) -> str:
    """A whole number in groups of four digits, zeros between them said once."""
    text, gap = "", False
    for power in range(len(GROUPS) - 1, -1, -1):
        group = number // 10_000**power % 10_000
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _four(group) + GROUPS[power]
        gap = False
    return text


def _four(group: int) -> str:
    """One to 9999."""
    text, gap = "", False
    for power in range(3, -1, -1):
        digit = group // 10**power % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + PLACES[power]
        gap = False
    return text
