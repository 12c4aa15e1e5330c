"""Which service of the catalogue somebody means: its code, its name, or the words that people use for it. Pure."""

import re
import unicodedata
from collections.abc import Iterable

# By the code of the catalogue that a county begins with; the special before the general.
_WORDS: tuple[tuple[str, str], ...] = (
    ("V02", r"(电话|视频|微信|线上|远程).{0,4}(探访|访视|问候|慰问|关爱|巡访|回访|查访)|通话问候"),
    ("V04", r"(紧急|应急|极端天气|高温|寒潮|恶劣天气).{0,6}(查访|探访|走访|巡查|巡访)"),
    ("V03", r"(儿童|未成年|孤儿|留守|困境|孩子|青少年).{0,8}(探访|家访|走访|访视|关爱|看望|探视|监护|巡访)"
            r"|家庭监护(随访|指导)"),
    ("N01", r"压疮|褥疮|换药|导尿|鼻饲|造口|伤口|胃管|注射|专业护理|医疗护理"),
    ("R01", r"康复|复健"),
    ("P02", r"资源链接|链接资源|政策(咨询|宣传|解读)|协助申请|代为申请|转介"),
    ("P05", r"个案"),
    ("P04", r"社会融入|融入小组|小组(活动|工作)?"),
    ("P03", r"能力(提升|建设)|技能(培训|提升)|就业(指导|培训)"),
    ("P01", r"心理|疏导|精神(慰藉|关爱|抚慰)|陪聊|聊天|谈心|情绪|情感(支持|陪伴)"),
    ("T01", r"经济状况|入户(调查|核查)|信息(采集|核查)"),
    ("A01", r"适老化|无障碍|(安全|隐患)排查|家居改造|居家环境改造"),
    ("L01", r"喘息"),
    ("L02", r"日间(照料|照护)|日托"),
    ("L03", r"集中(托养|供养|照护)|全托|机构(托养|照护)"),
    ("C08", r"陪诊|助医(?!.*(取药|用药))|陪(同|护|伴)?.{0,4}(就医|就诊|看病|看医生|住院|检查|复查|门诊|去医院)"),
    ("C09", r"取药|配药|买药|送药|拿药|开药|用药(提醒|指导)|服药"),
    ("C13", r"(健康|生命体征|体征)(监测|检测|检查|管理)|血压|血糖|体温|血氧|健康随访|量体"),
    ("C10", r"助急|紧急(呼叫|救援|响应|救助)|应急(响应|救援|处置)|一键呼"),
    ("C02", r"擦浴|擦身|擦洗(身体|全身)|床(上|边)(沐?浴|洗澡|擦)"),
    ("C03", r"助浴|洗澡|沐浴|淋浴|洗浴|泡澡"),
    ("C04", r"理发|剪发|剃(头|须)|刮胡|指甲|趾甲|足部|修脚|泡脚|洗脚|洗头|理容|美发"),
    ("C06", r"(洗|拆洗|清洗|换洗|晾晒).{0,4}(衣|被|褥|床单|床品)|洗(衣|被)|衣(物|被).{0,2}(清洗|洗涤)"),
    ("C12", r"翻身|体位|如厕|口腔(清洁|护理)|喂(饭|食|餐)|协助(进食|进餐|穿衣|起床|穿脱)"
            r"|(基础|生活|身体|日常)(护理|照护|照料)"
            r"|起居|排(泄|便)|大小便|换尿"),
    ("C01", r"助餐|做饭|送餐|配餐|烹饪|烹调|煮饭|膳食|餐食|供餐|[午晚早]餐|老年餐|营养餐|做.{0,2}餐"),
    ("C05", r"保洁|打扫|清洁|清扫|卫生|助洁|擦(窗|玻璃)|收拾|整理(房间|居室|家)|家政"),
    ("C07", r"助行|陪.{0,4}(外出|出行|散步|出门|户外|遛弯)|散步|推轮椅"),
    ("C11", r"代(购|办|缴|领|买|取|跑)|跑腿|采购|购物|买菜|助办|缴费"),
    ("V01", r"探访|访视|走访|巡访|探视|看望|家访|慰问|入户探望|上门看"),
)  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"[\s·・•/、,，。.()（）\[\]【】_-]", "", unicodedata.normalize("NFKC", text)).lower()


class Services:
    """The services of a catalogue, to be recognised."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        """`items` are (code, name)."""
        self._codes: set[str] = set()
        self._names: dict[str, str] = {}
        for code, name in items:
            self._codes.add(code)
            for one in (name, *re.split(r"[·/]", name)):
                self._names.setdefault(_plain(one), code)

    def meant(self, words: str) -> list[str]:
        """The codes that words mean: one where they are clear, several where they name several, none for none."""
        text = _plain(words)
        code = re.search(r"[a-z]\d{2}", text)
        if code and code[0].upper() in self._codes:
            return [code[0].upper()]
        if text in self._names:
            return [self._names[text]]
        whole = self._named(words)
        parts = [part for part in re.split(r"[、,，;；+＋/\n]|(?<=.{2})[和及与](?=.{2})", words) if _plain(part)]
        found: list[str] = []
        for part in parts if len(parts) > 1 else []:
            one = self._names.get(_plain(part)) or self._named(part)
            if one and one not in found:
                found.append(one)
        return found if len(found) > 1 else [whole] if whole else found

    def _named(self, words: str) -> str | None:
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", words))
        return next((code for code, pattern in _WORDS if code in self._codes and re.search(pattern, text)), None)
