"""The kind of list that holds the results of assessments."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import priority
from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.lists import queries
from shangmen.demand.needs.lists.queries import PersonRow
from shangmen.demand.needs.states import AssessmentReason, NeedState, Scale
from shangmen.demand.needs.tables import Assessment, Need
from shangmen.demand.recipients.states import PersonState
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.imports.cells import days, numbers
from shangmen.foundation.imports.cells.reading import Raw, Unread, free, name, plain, says_nothing, words_of
from shangmen.foundation.imports.kinds import Column, Kind, Line, Source, Written
from shangmen.foundation.imports.states import Verdict


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    name: str = ""
    id_number: numbers.Named = numbers.Named("")
    scale: str = ""
    eating: int | None = None
    dressing: int | None = None
    bed: int | None = None
    toilet: int | None = None
    walking: int | None = None
    bathing: int | None = None
    self_care: AbilityLevel | None = None
    total: int | None = None
    level: AbilityLevel | None = None
    assessed_on: date | None = None
    assessors: list[str] = []
    second: list[str] = []
    notes: str = ""


@dataclass
class Entrant:
    """A result of the list."""

    line: Line
    who: PersonRow
    scale: Scale
    scores: dict[str, int]
    total: int
    level: AbilityLevel
    on: date
    assessors: list[str]


_SIX_LEVELS = {AbilityLevel.SELF, AbilityLevel.PARTIAL, AbilityLevel.TOTAL}
_LADDER = [level for _least, level in scales.GBT_LEVELS]  # from the best


def can(cell: Raw) -> int | None:
    """Whether somebody cannot do something alone, as the scale counts it: 1 for cannot. Raises Unread."""
    text = plain(cell)
    if re.fullmatch(
        r"[√✓✔☑是能1]|可以?|自理|独立(完成)?|(完全|能够?)?(自主|自理|独立)(完成)?|正常|能够|y(es)?", text, re.I
    ):
        return 0
    if re.fullmatch(
        r"[×✗✘xX☒否不0]|不能(够)?.{0,4}|不可以?|无法.{0,4}|需要?.{0,6}|依赖.{0,4}|不?能?完全?(失能|依赖)|部分.{0,6}|n(o)?",
        text,
        re.I,
    ):
        return 1
    if says_nothing(text):
        return None
    raise Unread("ABILITY_UNREADABLE", "“%(cell)s” does not say whether somebody can do it alone.", cell=text)


def level(cell: Raw) -> AbilityLevel | None:
    """A level of GB/T 42195: 能力完好, 轻度失能, 2级. Raises Unread."""
    text = re.sub(r"\s", "", plain(cell))
    for word, found in (
        (r"完好|正常", AbilityLevel.INTACT), (r"轻度", AbilityLevel.MILD), (r"中度", AbilityLevel.MODERATE),
        (r"重度", AbilityLevel.SEVERE), (r"完全|全失能|极重", AbilityLevel.COMPLETE),
    ):  # fmt: skip
        if re.search(word, text):
            return found
    if re.search(r"护理|自理", text):
        return self_care(cell)
    grade = re.fullmatch(r"(?:能力|失能)?(?:等级)?([0-4零一二三四])级?", text)
    if grade:
        return _LADDER["零一二三四".find(grade[1]) if not grade[1].isdigit() else int(grade[1])]
    if says_nothing(text):
        return None
    raise Unread("LEVEL_UNREADABLE", "“%(cell)s” is not a level of ability.", cell=text)


def self_care(cell: Raw) -> AbilityLevel | None:
    """What the six items come to: 全自理, 半护理, 全护理. Raises Unread."""
    text = re.sub(r"\s", "", plain(cell))
    for word, found in (
        (r"半|部分", AbilityLevel.PARTIAL),
        (r"全护理|完全(不能|丧失|失能)|不能自理|全失能|失能", AbilityLevel.TOTAL),
        (r"自理|有.*能力|完好", AbilityLevel.SELF),
    ):  # fmt: skip
        if re.search(word, text):
            return found
    if says_nothing(text):
        return None
    raise Unread("LEVEL_UNREADABLE", "“%(cell)s” is not a level of ability.", cell=text)


def points(cell: Raw) -> int | None:
    """A total: 71, 71分. Raises Unread."""
    text = re.sub(r"\s|分$|^得?总?分", "", plain(cell))
    if says_nothing(text):
        return None
    if not re.fullmatch(r"\d{1,4}(\.0+)?", text):
        raise Unread("SCORE_UNREADABLE", "“%(cell)s” is not a total.", cell=text)
    return int(float(text))


def assessors(cell: Raw) -> list[str]:
    """Who assessed: 冶宏伟、丁涛."""
    parts = re.split(r"[、,，;；/\n和及]|\s{2,}|(?<=[一-龥]{2})\s(?=[一-龥]{2})", plain(cell))
    return [person for part in parts if (person := name(part))]


def _scale(said: Said, scores: dict[str, int]) -> Scale:
    if re.search(r"六项|6项|自理能力|43号|特困", said.scale):
        return Scale.SIX_ITEM
    if re.search(r"42195|能力评估|GB|失能等级", said.scale, re.I):
        return Scale.GBT42195
    return Scale.SIX_ITEM if scores or (said.total is None and said.self_care) else Scale.GBT42195


def _result(line: Line, said: Said) -> tuple[Scale, dict[str, int], int, AbilityLevel] | None:
    """The scale, its scores, the total and the level of a row; None where they cannot be, which refuses it."""
    scores = {item: one for item in scales.SIX_ITEMS if (one := getattr(said, item)) is not None}
    scale = _scale(said, scores)
    if scale is Scale.SIX_ITEM:
        if len(scores) < len(scales.SIX_ITEMS):
            line.refuse("SCORES_MISSING", "The six items must all be said.", "eating")
            return None
        result = scales.six_item(scores)
        if said.level in _SIX_LEVELS:
            said.self_care = said.self_care or said.level
        if said.self_care and said.self_care is not result.level:
            line.refuse(
                "LEVEL_DISAGREES", "%(failed)s of the six items failed: that is another level.", "self_care",
                failed=result.total,
            )  # fmt: skip
        return scale, scores, result.total, result.level
    if said.total is None:
        line.refuse("SCORES_MISSING", "The total is missing.", "total")
        return None
    if not 0 <= said.total <= 90:
        line.refuse("SCORE_RANGE", "A total lies between 0 and 90, not at %(total)s.", "total", total=said.total)
        return None
    place = next(place for place, (least, _level) in enumerate(scales.GBT_LEVELS) if said.total >= least)
    allowed = _LADDER[place : place + 2]  # a diagnosis or accidents raise it by one step
    if said.level and said.level not in allowed:
        line.refuse(
            "LEVEL_DISAGREES", "A total of %(total)s is another level, also when it was raised by one step.", "level",
            total=said.total,
        )  # fmt: skip
    raised = bool(said.level) and said.level is not allowed[0]
    noted = re.search(r"认知|痴呆|精神|跌倒|走失|噎食|自杀|上调|下调|升|昏迷|阿尔茨海默", said.notes)
    if raised and not noted and not line.refusal:
        line.note("LEVEL_RAISED", "The level is one step above its total, and nothing says why.", "level")
    return scale, {}, said.total, said.level or allowed[0]


def _entrant(line: Line, people: queries.People, months: int) -> Entrant | None:
    said = msgspec.convert(line.values, Said)
    who = people.find(line, said.name, said.id_number.number)
    if who is None:
        return None
    result = _result(line, said)
    who_assessed = list(dict.fromkeys([*said.assessors, *said.second]))
    if said.assessed_on is None:
        line.refuse("DATE_MISSING", "The day of the assessment is missing.", "assessed_on")
    elif said.assessed_on > clock.today():
        line.refuse("DATE_FUTURE", "The assessment lies in the future.", "assessed_on")
    elif said.assessed_on < who.birth_date:
        line.refuse("DATES_DISAGREE", "This day lies before the person's birth.", "assessed_on")
    elif len(who_assessed) < 2:
        line.refuse("ONE_ASSESSOR", "Two people assess and sign: name the second.", "assessors")
    elif who.state is PersonState.DIED:
        line.refuse("PERSON_DIED", "This person's death is on record.", "id_number")
    if line.refusal or result is None or said.assessed_on is None:
        return None
    if clock.months_after(said.assessed_on, months) < clock.today():
        line.note("EXPIRED", "The assessment is older than %(months)s months: it is kept, and a new one is due.",
                  "assessed_on", months=months)  # fmt: skip
    return Entrant(line, who, *result, said.assessed_on, who_assessed)


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> list[Entrant]:
    """Set the verdict on every row; the results of those that are not refused."""
    held = [msgspec.convert(line.values, Said) for line in lines if not line.unread]
    people = await queries.people(
        scope, [said.id_number.number for said in held], [said.name for said in held if not said.id_number.number]
    )
    months = await catalogue.parameter(scope, "assessment_review_months")
    made = [one for line in lines if not line.refusal and (one := _entrant(line, people, months)) is not None]
    known = {
        (row.person, row.scale, row.assessed_on): row
        for row in await queries.assessed(scope, [one.who.id for one in made])
    }
    seen: dict[tuple[int, Scale, date], int] = {}
    for one in made:
        key = (one.who.id, one.scale, one.on)
        if key in seen:
            one.line.refuse("DUPLICATE_IN_FILE", "The same assessment stands in row %(row)s.", "id_number",
                            row=seen[key])  # fmt: skip
            continue
        seen[key] = one.line.row
        before = known.get(key)
        if before is None:
            continue
        if (before.total, before.level) == (one.total, one.level):
            one.line.verdict, one.line.subject = Verdict.SAME, before.id
        else:
            one.line.refuse(
                "ASSESSED_OTHERWISE", "An assessment of this day is on record with another result.", "total"
            )
    return [one for one in made if not one.line.refusal]


async def commit(scope: Scope, source: Source, judged: list[Entrant]) -> None:
    """Keep the results that are new, and weigh drafts of needs by the latest of each person."""
    months = await catalogue.parameter(scope, "assessment_review_months")
    new = [one for one in judged if one.line.verdict is Verdict.NEW]
    for one in new:
        one.line.subject = await database.add(
            Assessment(
                person=one.who.id,
                scale=one.scale,
                scores=database.to_json(one.scores),
                total=one.total,
                level=one.level,
                reason=AssessmentReason.REGULAR,
                assessed_on=one.on,
                review_by=clock.months_after(one.on, months),
                assessor=one.assessors[0],
                second_assessor=one.assessors[1],
                recorded_by=scope.user,
            )
        )
        one.line.entries.append(Written("assessment", one.line.subject))
        record(scope, "needs.assess", "person", one.who.id, scale=one.scale, level=one.level, total=one.total)
    await _weigh(scope, new)


async def _weigh(scope: Scope, new: Sequence[Entrant]) -> None:
    ids = [one.who.id for one in new]
    latest = {row.person: row for row in sorted(await queries.assessed(scope, ids), key=lambda row: row.assessed_on)}
    lines = {one.who.id: one for one in new}
    for need in await queries.needs(scope, ids):
        one = lines[need.person]
        weight = priority.weight(AbilityLevel(latest[need.person].level), one.who.group, one.who.living)
        if need.state is NeedState.DRAFT and need.priority != weight:
            await database.change(Need, need.id, {Need.priority: weight})
            one.line.entries.append(Written("need", need.id, {"priority": need.priority}, {"priority": weight}))


_SIX = (
    ("eating", "Eating", "吃饭", "吃饭|进食|进餐|用餐"),
    ("dressing", "Dressing", "穿衣", "穿衣|穿脱衣|更衣"),
    ("bed", "Getting into and out of bed", "上下床", "上下床|起床|起卧|(床椅)?转移"),
    ("toilet", "Using the toilet", "如厕", "如厕|上厕所|大小便|用厕"),
    ("walking", "Walking indoors", "室内行走", "(室内)?(自主)?(行走|走动|走路|移动)|步行"),
    ("bathing", "Bathing", "洗澡", "洗澡|沐浴|洗浴"),
)  # fmt: skip

ASSESSMENTS = Kind(
    name="assessments",
    label="Assessments",
    roles=frozenset({Role.BUREAU_OFFICER, Role.STATION_SCHEDULER}),
    columns=(
        Column(
            "name",
            "Name",
            ("姓名", "(被评估人|评估对象|服务对象|老年?人|本人|对象|人员)(姓名)?"),
            name,
            "评估(员|人员)|监护|联系",
            title="姓名",
            sample="（示例）张某某",
        ),
        Column(
            "id_number",
            "ID number",
            ("(本人|被评估人)?(居民|公民)?身份证?(件)?(号码?|编号)?", "证件号码?"),
            numbers.id_number,
            "评估(员|人员)|监护|联系",
            title="身份证号",
            sample="18位，单元格设为文本",
        ),
        Column("scale", "Scale", ("(评估|评定)(标准|量表|工具|类型|类别|依据|表)",), words_of, title="评估标准"),
        *(
            Column(item, label, (f"(能?(否|够)?)?(自主|独立|自己)?({heads})(能力)?",), can, title=title)
            for item, label, title, heads in _SIX
        ),
        Column(
            "self_care",
            "Self-care",
            ("(生活)?自理(能力)?(结论|等级|情况|程度|类别|评估结果)?|护理(类型|等级|级别)",),
            self_care,
            title="自理结论",
        ),
        Column(
            "total",
            "Total",
            ("(评估|评定)?(总得?分|得分|分值|分数)(合计)?(分)?", "合计(得?分)?"),
            points,
            title="总分",
        ),
        Column(
            "level", "Level", ("(老年人)?(能力|失能|评估|护理)*(等级|级别|程度|结论|结果)",), level, title="能力等级"
        ),
        Column(
            "assessed_on",
            "Assessed on",
            ("(评估|评定|鉴定)?(日期|时间)", "评估(完成)?日期?"),
            days.first_day,
            "下次|复评",
            title="评估日期",
        ),
        Column(
            "assessors",
            "Assessors",
            ("(主)?评估(员|人员?|师|者)(姓名|签字|签名)?1?", "评估人员?(1|一|甲)", "第一评估(员|人)"),
            assessors,
            title="评估员",
        ),
        Column(
            "second",
            "Second assessor",
            ("评估(员|人员?|师)(2|二|乙)", "第二评估(员|人)|(副|协助)评估(员|人)|复核人"),
            assessors,
        ),
        Column("notes", "Notes", ("备注|说明|情况说明",), free, title="备注"),
    ),
    needed=(
        ("id_number", "total"),
        ("id_number", "level"),
        ("id_number", "eating"),
        ("id_number", "self_care", "assessed_on"),
    ),
    identity=("name", "id_number"),
    judge=judge,
    commit=commit,
    tables=(Assessment,),
)
