"""The columns of a roll: by which heads they are known, how far their cells reach, and what they say."""

from collections.abc import Mapping

from shangmen.demand.recipients.rolls import words
from shangmen.demand.recipients.states import Category
from shangmen.foundation.imports.cells import days, numbers
from shangmen.foundation.imports.cells.reading import (
    Raw,
    Unread,
    free,
    lenient,
    name,
    plain,
    sex,
    shown,
    words_of,
    yes_or_no,
)  # fmt: skip
from shangmen.foundation.imports.cells.telephones import telephones
from shangmen.foundation.imports.kinds import Column, Fill

# Groups of heads under which stands somebody else than the person of the row.
OTHERS = r"监护|照料|抚养|父亲|母亲|父母|家长|联系人|紧急|户主(信息|情况|基本)|经办|法定"
_GUARD = r"监护|照料|抚养|家长"
_WHO = (
    r"(本人|个人|儿童|残疾人|成员|家庭成员|老年?人|(服务|保障|救助|供养)?对象|特困(供养)?(人员)?|孤儿|人员|被评估人)?"
)


def relation(cell: Raw) -> str:
    """A relation in the roll's own words."""
    return plain(cell).replace(" ", "")


def degrees(cell: Raw) -> float:
    """A latitude or a longitude in degrees. Raises Unread."""
    try:
        return float(plain(cell).rstrip("°"))
    except ValueError:
        raise Unread("COORDINATE_UNREADABLE", "“%(cell)s” is not a coordinate.", cell=plain(cell)) from None


def level(cell: Raw) -> str:
    """A grade with its unit: 2 is 2级."""
    text = shown(cell)
    return f"{text}级" if text.isdigit() or text in "一二三四" else text


def told_disability(cell: Raw) -> list[list[int]]:
    """As words.disability; [] for a type alone, whose grade may stand in a column of its own."""
    try:
        return words.disability(cell)
    except Unread:
        return []


def begins_household(cells: Mapping[str, Raw]) -> bool:
    """Whether a row says that its person is the head of the household."""
    return "relation" in cells and words.is_head(shown(cells["relation"]))


COLUMNS: tuple[Column, ...] = (
    Column("sequence", "No.", ("序号?", "编号", "no", "序列"), free, title="序号"),
    Column(
        "name",
        "Name",
        (
            "姓名",
            _WHO + "姓名",
            "名字",
            _WHO + "名字",
            "儿童|残疾人|老人|对象|人员/姓名",
            "(服务|保障|救助|供养|补贴|享受)(对象|人员?)|老年?人|残疾人|受益人",
        ),
        name,
        OTHERS,
        title="姓名",
        sample="（示例）张某某",
    ),
    Column(
        "id_number",
        "ID number",
        (_WHO + "(居民)?身份证(件)?(号码?|编号)?", _WHO + "公民身份证?号码?", _WHO + "证件(号码?|编号)"),
        numbers.id_number,
        OTHERS,
        title="身份证号",
        sample="18位，单元格设为文本",
    ),
    Column(
        "category",
        "Category",
        (
            "(救助|保障|低保|困难|帮扶|救助对象|保障对象|困难对象)(类别|类型|种类|身份)",
            "(对象|人员|身份|家庭|户)(类别|类型|种类)",
            "(低收入|困难群众?).*(类别|类型)",
            "类别|类型",
            "(享受)?低保(类别|类型|种类|情况)?",
        ),
        words.category,
        fill=Fill.BLOCK,
        title="救助类别",
        sample="低保",
        words=True,
    ),
    Column(
        "tier",
        "Class",
        (
            "(低保|保障|救助|享受)?(档次|等次|分类|分档|档级|类档)",
            "(低保|保障|救助)(等级|级别)",
            "分类施保(类别|类型|档次)?",
        ),
        free,
        fill=Fill.BLOCK,
        title="档次",
        words=True,
    ),
    Column(
        "is_dibao",
        "In low-income assistance",
        (
            "是否(享受|纳入|属于|为|是)?(城乡|农村|城市)?低保(对象|户|家庭|人员)?",
            "(是否)?低保(户)?情况",
            "低保(对象|户)?",
        ),
        lambda cell: words.yes_category(cell, Category.DIBAO),
        title="是否低保",
        words=True,
    ),
    Column(
        "is_tekun",
        "Destitute",
        ("是否(为|是|属于|享受)?特困(供养|人员|对象|供养人员)?",),
        lambda cell: words.yes_category(cell, Category.TEKUN),
        title="是否特困",
        words=True,
    ),
    Column(
        "household_number",
        "Household number",
        (
            "(家庭|住)?户(号|编号|编码)",
            "(低保|救助|特困|保障|供养|最低生活保障|低保金|五保)+证(件)?(号码?|编号)?",
            "家庭(编号|编码|户号)",
            "证号|证书编号",
            "户口(簿|本)?(号|编号)",
        ),
        free,
        OTHERS,
        Fill.BLOCK,
        title="户号",
    ),
    Column(
        "head_name",
        "Head of the household",
        ("户主(姓名)?", "户主/姓名", "(申请人|户主申请人)(姓名)?", "户主名"),
        name,
        fill=Fill.BLOCK,
        title="户主姓名",
    ),
    Column(
        "head_id",
        "ID number of the head",
        ("户主(居民)?(公民)?身份(证|证件)?(号码?|编号)?", "户主/.*身份.*"),
        free,
        fill=Fill.BLOCK,
        title="户主身份证号",
    ),
    Column(
        "relation",
        "Relation to the head",
        ("(与|和|同)?(户主|申请人)(的)?关系", "家庭(成员)?关系", "称谓|关系"),
        relation,
        OTHERS,
        title="与户主关系",
    ),
    Column("sex", "Sex", (_WHO + "性别",), sex, OTHERS, title="性别"),
    Column(
        "birth",
        "Birth date",
        (_WHO + "出生(日期|年月日?|时间|年份)?", "生日|出生"),
        lenient(days.born, []),
        OTHERS,
        title="出生日期",
    ),
    Column(
        "township",
        "Township",
        (
            "(所属|所在|户籍|现?居住|常住)?(地)?(乡镇|镇乡|镇街|街镇|街道乡镇|乡镇街道|乡街道|乡)(场)?(名称|办)?",
            "(所属|所在)?(街道|镇)(名称|办)?",
            "(所属|所在|户籍)?(行政)?区划(名称)?",
        ),
        free,
        OTHERS,
        Fill.AREA,
        title="乡镇",
        words=True,
    ),
    Column(
        "village",
        "Village",
        (
            "(所属|所在|户籍|现?居住|常住)?(地)?(行政)?(村居?|村居社区|村社区|社区村?|村委会|村居委会|村名|居委会|村社)(名称)?",
            "(村|村居|行政村)(村民)?(小?组|队)?",
        ),
        free,
        OTHERS,
        Fill.AREA,
        title="村",
        words=True,
    ),
    Column("group", "Village group", ("(村民)?小?组(别|名)?|(生产)?队|村组|组别",), free, title="组"),
    Column(
        "address",
        "Address",
        (
            "(家庭|详细|现|居住|常住|实际|经常|通讯|联系|本人)*(居?住址|地址|居住地)",
            "(家庭)?住所|住处|居住地点?|现居住?(地|址|地址)",
        ),
        free,
        OTHERS,
        title="地址",
    ),
    Column(
        "registered_address",
        "Registered address",
        ("(户籍|户口)(所在)?(地|地址|住址|所在地|地所在)(详细地址)?",),
        free,
        OTHERS,
        title="户籍地址",
    ),
    Column(
        "residence_permit",
        "Residence permit",
        ("(是否)?(持有?|办理|办|有)?(有)?居住证(情况|持有人|号码?|编号)?",),
        lenient(words.permit, False),
        OTHERS,
        title="居住证",
    ),
    Column(
        "telephone",
        "Telephone",
        (
            "(联系|本人|个人|家庭|手机|移动|固定|座机|户主|儿童|残疾人)*(电话|手机)(号码?)?",
            "联系(方式|号码?)|手机|电话",
        ),
        telephones,
        OTHERS,
        Fill.BLOCK,
        title="电话",
    ),
    Column(
        "certificate",
        "Disability certificate",
        ("残疾人?证(件)?(号码?|编号|号)?", "(第二代)?残疾人?证.*号码?"),
        words.certificate,
        OTHERS,
        title="残疾证号",
    ),
    Column(
        "disability",
        "Disability",
        (
            "残疾(人)?(类别|类型|种类|类)(及|和|与)?(残疾)?(等级|级别|程度|级)",
            "残疾(情况|状况|信息)?",
            "残疾(类别|类型|种类)",
        ),
        told_disability,
        OTHERS,
        title="残疾类别及等级",
        words=True,
    ),
    Column(
        "disability_level",
        "Degree of disability",
        ("残疾(等级|级别|程度)", "残疾/(等级|级别|程度)", "等级|级别"),
        level,
        OTHERS,
        title="残疾等级",
    ),
    Column(
        "support",
        "Support",
        ("(救助|特困)?供养(方式|形式|类型|类别)", "供养"),
        lenient(words.support, ""),
        title="供养方式",
        words=True,
    ),
    Column(
        "self_care",
        "Self-care",
        (
            "(生活|日常)?自理(能力|情况|程度|状况)?(评估|等级|类别|类型|结果|认定|情况)*",
            "(照料)?护理(等级|级别|类型|类别|档次)",
            "失能(等级|情况|程度|类型|状况)",
            "自理",
        ),
        lenient(words.self_care, ""),
        title="自理能力",
        words=True,
    ),
    Column(
        "overlay",
        "Kind of child",
        ("(困境|留守)?儿童(类别|类型|种类|身份|类)", "(保障)?儿童(类别|类型)"),
        lenient(words.overlay, ""),
        _GUARD,
        title="儿童类别",
        words=True,
    ),
    Column(
        "since",
        "From",
        (
            "(批准|审批|纳入|享受|保障|认定|起始|救助|开始|生效|入保|施保|供养|低保|待遇|确认)+(的)?(起始|开始|批准)?(年月日?|日期|时间|年份|起)",
            "起始(年月|日期|时间)",
        ),
        days.first_day,
        fill=Fill.BLOCK,
        title="批准日期",
    ),
    Column(
        "until",
        "Until",
        (
            "(有效期?|保障|救助|享受|截止|终止|到期|待遇)+(至|止|截止|终止|到|届满)+(年月日?|日期|时间)?",
            "有效期至?|截止(日期|时间)",
        ),
        days.last_day,
        fill=Fill.BLOCK,
        title="有效期至",
    ),
    Column(
        "living",
        "Living situation",
        ("居住(状况|情况|方式|类型|形式)", "(是否)?独居"),
        lenient(words.living, "unknown"),
        title="居住状况",
        words=True,
    ),
    Column(
        "guardian_name",
        "Guardian",
        (
            "(法定)?(监护|照料|抚养|委托照料|照料服务|照料护理|护理)人(姓名|名称)?",
            "(监护人?|照料人?)(或|及)?(监护|照料|代理|委托)*人?",
            f"{_GUARD}/姓名",
            "家长(姓名)?",
        ),
        name,
        title="监护人",
    ),
    Column(
        "guardian_relation",
        "Relation of the guardian",
        (
            "(与|和|同)(本人|儿童|残疾人|老人|被监护人|对象|供养对象|特困人员|照料对象)(的)?关系",
            "(监护|照料|抚养)人?(与.*)?关系",
            f"{_GUARD}/.*关系",
        ),
        relation,
        title="与本人关系",
    ),
    Column(
        "guardian_telephone",
        "Telephone of the guardian",
        (
            "(监护|照料|抚养|委托照料|照料服务|护理)人(的)?(联系)?(电话|手机|方式)(号码?)?",
            f"{_GUARD}/.*(电话|手机|联系方式|联系号码).*",
            "家长(联系)?(电话|手机)",
        ),
        telephones,
        title="监护人电话",
    ),
    Column(
        "guardian_id",
        "ID number of the guardian",
        ("(监护|照料|抚养|委托照料).*身份.*", f"{_GUARD}/.*(身份|证件).*"),
        free,
        title="监护人身份证号",
    ),
    Column(
        "relatives",
        "Relatives who may not be sent",
        (
            "(需?回避|从事服务的?|服务(机构|队伍)(中|内|任职|工作)*的?)亲属(姓名)?(及|和|与)?(联系)?(电话|身份证号?|信息|情况)*",
            "亲属(关系)?回避(人员|情况|信息)?",
        ),
        lenient(words.relatives, ""),
        title="需回避亲属",
        sample="马某某 13900000000（女儿）",
    ),
    Column(
        "no_id_reason",
        "Reason for no ID number",
        ("(无|没有|未办|未落).*(身份证|户|证).*(原因|说明)",),
        words_of,
        title="无身份证原因",
    ),
    Column(
        "halal",
        "Halal",
        ("(是否)?(需要?)?清真(饮食|餐)?(需求)?", "饮食(需求|习惯|要求|禁忌)?"),
        lenient(yes_or_no),
        title="清真",
        words=True,
    ),
    Column("language", "Language", ("(使用)?(语言|方言)(方言)?(沟通)?",), words_of, title="方言"),
    Column(
        "consent_on", "Consent on", ("(知情)?同意(书)?(签署)?(日期|时间)",), lenient(days.first_day), title="同意日期"
    ),
    Column("consent_by", "Consent by", ("(知情)?同意(书)?(签署)?人",), name, title="同意人"),
    Column("latitude", "Latitude", ("纬度|lat(itude)?|y坐标",), lenient(degrees), title="纬度"),
    Column("longitude", "Longitude", ("经度|lng|lon(gitude)?|x坐标",), lenient(degrees), title="经度"),
    Column(
        "system", "Reference system", ("坐标(系统?|类型|来源)",), words_of, title="坐标系", sample="GPS / 高德 / 百度"
    ),
    Column("notes", "Notes", ("备注(说明|信息)?", "情况说明|说明|其他(情况|说明)?"), free, title="备注"),
)
