"""Names and numbers of nobody: drawn from a seed, with serials that the registry keeps for no one."""

import random
from datetime import date

from stdnum.cn import ric

_SURNAMES = "马杨王李张丁周金白罗田锁虎海苏何冯黑买撒陈刘赵吴孙康顾石柳纳者妥拜哈摆单于穆沙洪余贺"
_WOMEN = "秀英桂兰玉梅花珍凤霞芳莲翠红菊香琴云丽娟燕雪洁萍"
_MEN = "国强建军志明玉山文福生海龙德贵占学成忠义金宝林平俊伟"
_VILLAGES = "上湾 下湾 东庄 西庄 河沿 新集 老庄 沟口 石塘 柳树 杏树 高岭 平塬 窑台 红柳 苦水 甘泉 白崖 土坡 杨家堡"

# Serials 900-999 mark synthetic ID numbers: nobody is registered under them.
FIRST_SERIAL, LAST_SERIAL = 900, 999


class Registry:
    """Hands out each invented ID number once."""

    def __init__(self, county: str, dice: random.Random) -> None:
        self._county = county
        self._dice = dice
        self._taken: set[str] = set()

    def number(self, birth: date, sex: str) -> str:
        """A valid ID number for a birth date and a sex (GB 11643-1999: odd serials are men's)."""
        serials = list(range(FIRST_SERIAL + (sex == "male"), LAST_SERIAL + 1, 2))
        self._dice.shuffle(serials)
        for serial in serials:
            body = f"{self._county}{birth:%Y%m%d}{serial}"
            number = body + ric.calc_check_digit(body + "0")
            if number not in self._taken:
                self._taken.add(number)
                return number
        raise ValueError(f"no serial left for {birth} in {self._county}")


def name(dice: random.Random, sex: str) -> str:
    """A surname of the region and one or two given characters."""
    given = _WOMEN if sex == "female" else _MEN
    return dice.choice(_SURNAMES) + "".join(dice.sample(given, dice.choice((1, 2, 2))))


def villages(dice: random.Random, count: int) -> list[str]:
    """Names of villages that are on no map, each once."""
    return [one + "村" for one in dice.sample(_VILLAGES.split(), count)]


MOST_VILLAGES = len(_VILLAGES.split())


def telephone(dice: random.Random) -> str:
    """A number of a range that no carrier hands out."""
    return f"199{dice.randrange(10):d}000{dice.randrange(10_000):04d}"
