"""The kind of list that states what people need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import actions, caps, priority
from shangmen.demand.needs.caps import Caps
from shangmen.demand.needs.lists import queries
from shangmen.demand.needs.lists.queries import People, PersonRow
from shangmen.demand.needs.lists.wishes import Wishes, when, wishes
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import CarePlan, Need
from shangmen.demand.needs.windows import Window
from shangmen.demand.recipients.states import PersonGroup, PersonState
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.queries import ItemRow
from shangmen.foundation.catalogue.synonyms import Services
from shangmen.foundation.imports.cells import numbers
from shangmen.foundation.imports.cells.amounts import hours_long, minutes, times_a_month, times_a_week
from shangmen.foundation.imports.cells.reading import free, name, words_of
from shangmen.foundation.imports.kinds import Change, Column, Kind, Line, Source, Written
from shangmen.foundation.imports.states import Verdict

MOST = 30  # visits a month, where no ladder speaks of a service: more often than daily is asked about


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    name: str = ""
    id_number: numbers.Named = numbers.Named("")
    item: str = ""
    times: int | None = None
    minutes: int | None = None
    weekly: int | None = None
    long: int | None = None
    when: str = ""
    wishes: str = ""
    notes: str = ""


@dataclass
class Entrant:
    """A need of the list; `of` is the row above about the same service, which it adds to."""

    line: Line
    words: str
    who: PersonRow
    item: ItemRow
    times: int
    minutes: int
    windows: list[Window]
    wishes: Wishes
    first: date
    of: "Entrant | None" = None


@dataclass(frozen=True)
class Judged:
    """The needs of the rows that are not refused, and the level of each person's latest assessment."""

    needs: list[Entrant]
    levels: dict[int, AbilityLevel]
    assessments: dict[int, int]


def _open_to_all(item: ItemRow) -> bool:
    """Whether a service has no gate of self-care: what social workers do (counselling, links to resources)."""
    return item.required_qualification == "social_worker"


class Register:
    """People, services, what is needed already, and the rows that stood above."""

    def __init__(self, people: People, items: Sequence[ItemRow]) -> None:
        self.people = people
        self.items = {item.code: item for item in items}
        self.services = Services((item.code, item.name) for item in items)
        self.seen: dict[tuple[int, str], list[Entrant]] = {}

    def judge(self, line: Line) -> Entrant | None:
        """The need of a row that is not refused."""
        said = msgspec.convert(line.values, Said)
        who = self.people.find(line, said.name, said.id_number.number)
        codes = self.services.meant(said.item)
        if who is not None and not line.refusal and not codes:
            line.refuse("UNKNOWN_SERVICE", "“%(cell)s” is no service of the catalogue.", "item", cell=said.item)
        elif who is not None and len(codes) > 1:
            line.refuse("SERVICES_SEVERAL", "“%(cell)s” names several services: one a row.", "item", cell=said.item)
        if who is None or line.refusal:
            return None
        item = self.items[codes[0]]
        line.meant["item"] = item.name
        if who.state not in {PersonState.LIVING, PersonState.HOSPITAL}:
            line.refuse("NOT_AT_HOME", "Needs are stated only for people who live at home.", "id_number")
        elif who.doubt:
            line.refuse("DECEASED_NOTE", "A note says that the person has died: look first.", "id_number")
        elif who.group is PersonGroup.ADULT and not _open_to_all(item):
            line.refuse(
                "NOT_SERVED",
                "An adult without a disability belongs to the household and is not visited for this service.",
                "item",
            )
        elif who.last is not None and who.last < clock.today():
            line.refuse("ENTITLEMENT_OVER", "The household's entitlement ends on %(day)s.", "id_number",
                        day=who.last.isoformat())  # fmt: skip
        one = None if line.refusal else self._entrant(line, said, who, item)
        return one if one and self._once(one) else None

    def _entrant(self, line: Line, said: Said, who: PersonRow, item: ItemRow) -> Entrant:
        long = said.minutes or said.long or item.standard_minutes
        if long < item.minimum_minutes:
            line.note("MINUTES_SHORT", "This service usually takes at least %(minutes)s minutes.", "minutes",
                      minutes=item.minimum_minutes)  # fmt: skip
        asked = wishes(said.wishes, said.notes)
        time = when(said.when)
        kept = [asked.rest, time.rest]
        windows = time.windows
        if windows and max(last - first for _day, first, last in windows) < long:
            line.note("WINDOW_SHORT", "The visit is longer than this time: the time is kept as words.", "when")
            windows, kept = [], [*kept, said.when]
        windows = [window for window in windows if window[2] - window[1] >= long]
        rest = "；".join(filter(None, kept))
        first = max(clock.today(), who.first or clock.today())
        return Entrant(line, said.item, who, item, said.times or said.weekly or 1, long, windows,
                       Wishes(asked.sex, asked.halal, asked.two, rest), first)  # fmt: skip

    def _once(self, one: Entrant) -> bool:
        above = self.seen.setdefault((one.who.id, one.item.code), [])
        same = next((other for other in above if other.words == one.words), None)
        if same is not None:
            one.line.refuse("DUPLICATE", "The same need stands in row %(row)s.", "item", row=same.line.row)
            return False
        if above:  # the same service in other words is the same need, wanted more often
            one.of = above[0]
            one.line.note("SAME_SERVICE", "This is the service of row %(row)s: their visits are added up.", "item",
                          row=above[0].line.row)  # fmt: skip
        above.append(one)
        return True


def beyond(one: Entrant, measured: Caps) -> bool:
    """Whether a need is beyond what the ladder grants of its service; refuses its row then."""
    grant = measured.granted(one.who.id, one.item.code, one.first)
    most = grant.amount.visits if grant else MOST
    if not most or one.times <= most:
        return False
    one.line.refuse(
        "BEYOND_ENTITLEMENT",
        "The ladder grants %(most)s visits a month of this service, not %(wanted)s.",
        "times",
        most=most,
        wanted=one.times,
    )
    return True


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> Judged:
    """Set the verdict on every row; the needs of those that are not refused."""
    held = [msgspec.convert(line.values, Said) for line in lines if not line.unread]
    people = await queries.people(
        scope, [said.id_number.number for said in held], [said.name for said in held if not said.id_number.number]
    )
    register = Register(people, await catalogue.items(scope))
    found = [one for line in lines if not line.refusal and (one := register.judge(line)) is not None]
    ids = sorted({one.who.id for one in found})
    measured = await caps.caps(scope, scope.county, ids)
    made = [one for one in found if not beyond(one, measured)]
    for one in made:
        if one.of and not one.of.line.refusal:
            one.of.times += one.times
            one.line.verdict = Verdict.MERGED
        elif one.of:
            one.of = None
    known = {(row.person, row.code): row for row in await queries.needs(scope, ids)}
    for one in made:
        before = known.get((one.who.id, one.item.code))
        if before is None:
            continue
        one.line.subject, one.line.verdict = before.id, Verdict.SAME
        if one.of is None and (before.visits_per_month, before.minutes) != (one.times, one.minutes):
            one.line.changes = [
                Change("times", str(before.visits_per_month), str(one.times), applied=False),
                Change("minutes", str(before.minutes), str(one.minutes), applied=False),
            ]
            one.line.note("NEED_KNOWN", "A need for this service is open already: correct it on its page.", "item")
    latest = {row.person: row for row in sorted(await queries.assessed(scope, ids), key=lambda row: row.assessed_on)}
    return Judged(
        made,
        {person: AbilityLevel(row.level) for person, row in latest.items()},
        {person: row.id for person, row in latest.items()},
    )


async def commit(scope: Scope, source: Source, judged: Judged) -> None:
    """State the needs that are new. Those of the bureau's own list it approves with that, as far as the ladder grants
    them; all others are drafts."""
    plans: dict[int, int] = {}
    new = [one for one in judged.needs if one.line.verdict is Verdict.NEW]
    for one in new:
        if one.who.id not in plans:
            plans[one.who.id] = await _plan(one, judged.assessments.get(one.who.id))
        level = judged.levels.get(one.who.id)
        one.line.subject = await _state(scope, one, plans[one.who.id], level)
    for one in judged.needs:
        if one.of and one.line.verdict is Verdict.MERGED:
            one.line.subject = one.of.line.subject
    subjects = [one.line.subject for one in new if one.line.subject]
    if scope.role is Role.BUREAU_OFFICER and subjects:
        await actions.approve_these(scope, subjects)
    states = await queries.versions(scope, subjects)
    for one in new:
        state, version = states[one.line.subject or 0]
        one.line.entries.append(Written("need", one.line.subject or 0, None, {"version": version}))
        if state is NeedState.DRAFT and scope.role is Role.BUREAU_OFFICER:
            one.line.note("KEPT_AS_DRAFT", "The need is kept as a draft: it takes a decision of its own.", "item")


async def _plan(one: Entrant, assessment: int | None) -> int:
    plan = await database.value(
        int,
        "SELECT id FROM care_plan WHERE person = :person AND assessment IS NOT DISTINCT FROM :assessment::bigint"
        " AND valid_to IS NULL ORDER BY id DESC LIMIT 1",
        person=one.who.id,
        assessment=assessment,
    )
    if plan is None:
        plan = await database.add(CarePlan(person=one.who.id, assessment=assessment, valid_from=clock.today()))
        one.line.entries.append(Written("care_plan", plan))
    return plan


async def _state(scope: Scope, one: Entrant, plan: int, level: AbilityLevel | None) -> int:
    item, who = one.item, one.who
    sex = one.wishes.sex or (who.sex if item.same_sex else "")
    id = await database.add(
        Need(
            county=scope.county,
            station=who.station,
            person=who.id,
            care_plan=plan,
            service_item=item.id,
            visits_per_month=one.times,
            minutes=one.minutes,
            staff_count=max(2 if one.wishes.two else 1, item.staff_count),
            required_sex=sex,
            required_qualification=item.required_qualification,
            minors_check=item.minors_check or who.group is PersonGroup.MINOR,
            halal=who.halal or one.wishes.halal,
            windows=database.to_json(sorted(one.windows)),
            days_between=max(1, actions.AVERAGE_MONTH // one.times // 2),
            priority=priority.weight(level, who.group, who.living),
            valid_from=one.first,
            valid_to=who.last,
            wishes=one.wishes.rest,
            state=NeedState.DRAFT,
            created_at=clock.now(),
        )
    )
    record(scope, "needs.state", "need", id, item=item.code, visits_per_month=one.times)
    return id


NEEDS = Kind(
    name="needs",
    label="Needs",
    roles=frozenset({Role.BUREAU_OFFICER, Role.STATION_SCHEDULER}),
    columns=(
        Column(
            "name",
            "Name",
            ("姓名", "(服务|救助|保障)?(对象|老人|本人|人员)(姓名)?"),
            name,
            "监护|联系",
            title="姓名",
            sample="（示例）张某某",
        ),
        Column(
            "id_number",
            "ID number",
            ("(本人)?(居民|公民)?身份证?(件)?(号码?|编号)?", "证件号码?"),
            numbers.id_number,
            "监护|联系",
            title="身份证号",
            sample="18位，单元格设为文本",
        ),
        Column(
            "item",
            "Service",
            (
                "(需求|服务|申请|所需)?(服务)?(项目|内容|事项|需求)(名称)?",
                "(需要|需求|所需|申请|拟提供)(的)?服务(项目|内容|类别|名称)?|需求",
            ),
            words_of,
            title="服务项目",
            words=True,
        ),
        Column(
            "times",
            "Visits a month",
            ("(每月|月|每月服务|月均)?(服务)?(次数|频次|频率|频度)", "每月|次每?月|月次数"),
            times_a_month,
            title="每月次数",
        ),
        Column(
            "weekly",
            "Visits a week",
            ("(每周|每星期|周)(服务|上门|需求)?(次数|频次|频率|几次)", "每周|周次数"),
            times_a_week,
        ),
        Column(
            "long",
            "Hours a visit",
            ("(每次|单次|次均)?(服务)?(时长|时间长度|用时|时间|小时数)(小时|h)",),
            hours_long,
        ),
        Column(
            "minutes",
            "Minutes a visit",
            ("(每次|单次|次均)?(服务)?(时长|时间长度|用时|分钟数?)(分钟)?", "(每次|单次)(服务)?(多久|时间)"),
            minutes,
            title="每次时长",
        ),
        Column(
            "when",
            "Times",
            ("(时间|时段)(要求|安排|偏好|意愿|段)?", "(服务|上门|期望|希望|方便|可)(的)?(上门)?(时间|时段)(段)?"),
            free,
            title="时间要求",
        ),
        Column(
            "wishes",
            "Wishes",
            ("(特殊|其他|人员|服务)?(要求|需要|偏好|意愿|诉求)", "特殊(情况|需求|事项)"),
            free,
            title="特殊要求",
        ),
        Column("notes", "Notes", ("备注|说明|情况说明",), free, title="备注"),
    ),
    needed=(("id_number", "item"), ("name", "item", "times"), ("name", "item", "weekly")),
    identity=("name", "id_number"),
    judge=judge,
    commit=commit,
    tables=(Need, CarePlan),
    page="needs.show",
    named=("name", "item"),
)
