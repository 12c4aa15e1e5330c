"""The kind of list that names the people who work for stations and providers, with their certificates and hours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.foundation import identity
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.imports import queries as imports
from shangmen.foundation.imports.cells import days, hours, numbers
from shangmen.foundation.imports.cells.hours import Pattern
from shangmen.foundation.imports.cells.reading import Raw, lenient, name, plain, same_name, sex, words_of
from shangmen.foundation.imports.cells.telephones import telephones
from shangmen.foundation.imports.kinds import Column, Fill, Kind, Line, Source, Written
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations.lists import certificates, holders, queries
from shangmen.foundation.organisations.lists.certificates import Paper
from shangmen.foundation.organisations.lists.names import Names
from shangmen.foundation.organisations.lists.queries import KnownRow, WorkerRow
from shangmen.foundation.organisations.states import OrganisationKind, Position
from shangmen.foundation.organisations.tables import Engagement, Qualification, Worker
from shangmen.foundation.organisations.workers.actions import OFFICE_WEEK


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    name: str = ""
    id_number: numbers.Named = numbers.Named("")
    sex: str | None = None
    organisation: str = ""
    post: str = ""
    certificates: list[str] = []
    numbers: list[str] = []
    ends: list[str] = []
    telephone: list[tuple[str, str]] = []
    hours: Pattern | None = None
    begins: date | None = None
    checked: date | None = None
    languages: str = ""


@dataclass
class Entrant:
    """Somebody of the list, as one organisation engages them; `first` is their first row."""

    line: Line
    said: Said
    who: identity.Identity
    employer: KnownRow
    papers: list[Paper] = field(default_factory=list)
    first: "Entrant | None" = None
    engaged: bool = False  # by this employer already


@dataclass(frozen=True)
class Judged:
    """The people of the rows that are not refused, and how long a criminal-record check counts."""

    people: list[Entrant]
    check_months: int


# As what somebody is engaged, by the words of the post.
_POSTS: tuple[tuple[Position, str], ...] = (
    (Position.NURSE, r"护士|护师"),
    (Position.CARE_WORKER, r"护理|照护|助浴|助餐|助洁|康复|家政|保洁|厨|送餐|养老"),
    (Position.SOCIAL_WORKER, r"社工|社会工作|站长|督导|心理"),
    (Position.ASSISTANT, r"协理|助理|志愿|辅助|司机|文员|会计|内勤"),
)


def position_of(post: str, papers: Sequence[Paper], employer: OrganisationKind) -> Position:
    """As what somebody is engaged: by the post, by what they are qualified for, by who engages them."""
    for position, pattern in _POSTS:
        if re.search(pattern, post):
            return position
    kinds = {paper.kind for paper in papers}
    for position in (Position.NURSE, Position.SOCIAL_WORKER, Position.CARE_WORKER):
        if position in kinds:
            return position
    return Position.SOCIAL_WORKER if employer is OrganisationKind.STATION else Position.CARE_WORKER


class Register:
    """Who works for whom, and the rows that stood above."""

    def __init__(self, scope: Scope, employers: Sequence[KnownRow], workers: Sequence[WorkerRow]) -> None:
        self.own = scope.organisation if scope.reach != "county" else None
        self.names = Names((row.id, row.name) for row in employers)
        self.employers = {row.id: row for row in employers}
        self.workers = {row.id_number: row for row in workers}
        self.seen: dict[str, Entrant] = {}
        self.engaged: dict[tuple[str, int], int] = {}

    def judge(self, line: Line) -> Entrant | None:
        """Who stands in a row that is not refused."""
        said = msgspec.convert(line.values, Said)
        number = said.id_number.number
        if not said.name:
            line.refuse("NAME_MISSING", "The name is missing.", "name")
        elif not number:
            line.refuse("MISSING_ID", "The ID number is missing.", "id_number")
        if line.refusal:
            return None
        who = identity.citizen(number, clock.today())
        if said.sex and said.sex != who.sex:
            line.refuse(
                "SEX_DISAGREES",
                "The ID number says otherwise: its 17th digit is odd for men and even for women.",
                "sex",
            )
        elif clock.age(who.birth_date, clock.today()) < 16:
            line.refuse("TOO_YOUNG", "Nobody under 16 may be employed.", "id_number")
        employer = self._employer(line, said)
        if line.refusal or employer is None:
            return None
        one = Entrant(line, said, who, employer)
        self._known(one)
        return None if line.refusal else one

    def _employer(self, line: Line, said: Said) -> KnownRow | None:
        id = self.names.find(said.organisation) if said.organisation else self.own
        if id is None:
            line.refuse(
                "PROVIDER_UNKNOWN",
                "There is no station and no provider “%(name)s” in this county.",
                "organisation",
                name=said.organisation,
            )
        elif self.own is not None and id != self.own:
            line.refuse("OTHER_STATION", "Another organisation keeps its own workers.", "organisation")
        return self.employers.get(id or 0)

    def _known(self, one: Entrant) -> None:
        line, number = one.line, one.who.number
        above = self.seen.get(number)
        known = self.workers.get(number)
        other = above.said.name if above else known.name if known else one.said.name
        foreign = bool(known and self.own is not None and self.own not in known.employers)
        if foreign and not same_name(other, one.said.name):
            line.refuse("NAME_DISAGREES", "This ID number is registered under another name.", "id_number")
        elif not same_name(other, one.said.name):
            line.refuse(
                "NAME_DISAGREES", "This ID number is registered under another name: %(name)s.", "id_number", name=other
            )
        elif (number, one.employer.id) in self.engaged:
            line.refuse(
                "DUPLICATE_IN_FILE",
                "The same person stands in row %(row)s for the same organisation.",
                "id_number",
                row=self.engaged[number, one.employer.id],
            )
        else:
            one.first = above
            one.engaged = bool(known and one.employer.id in known.employers)
            self.seen.setdefault(number, one)
            self.engaged[number, one.employer.id] = line.row


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> Judged:
    """Set the verdict on every row of a list of workers."""
    employers = [
        row for row in await queries.known(scope) if row.kind in (OrganisationKind.STATION, OrganisationKind.PROVIDER)
    ]
    wanted = [line.values["id_number"]["number"] for line in lines if line.values.get("id_number")]
    async with database.elevated(scope) as system:
        workers = await queries.workers(system, sorted(wanted))
        ids = [row.id for row in workers]
        held = await queries.papers(system, [], ids)
        brought = await imports.brought_before(system, "workers", source.signature, ids)
    register = Register(scope, employers, workers)
    made = [one for line in lines if not line.refusal and (one := register.judge(line)) is not None]
    taken: dict[str, list[Paper]] = {}
    for one in made:
        number, line = one.who.number, one.line
        papers, told = certificates.papers(
            one.said.certificates, one.said.numbers, one.said.ends, certificates.WORKERS
        )
        holders.note(line, papers, told, "certificates")
        known = register.workers.get(number)
        before = brought.get(known.id) if known else None
        fresh = holders.unknown(papers, [row for row in held if known and row.worker == known.id])
        one.papers = [paper for paper in fresh if paper not in taken.get(number, [])]
        taken.setdefault(number, []).extend(one.papers)
        if known and (one.engaged or register.own is None):
            _compare(one, known, source, before)
        elif known:  # of another organisation: what is known of them is not shown
            line.subject = known.id
        if one.first:
            line.note("TWO_STATIONS", "%(name)s works in two places: the hours of both are kept.", name=one.said.name)
            line.subject = known.id if known else None
            line.verdict = Verdict.SAME if known and one.engaged else Verdict.MERGED
        if known and not one.engaged:
            line.verdict = Verdict.MERGED
        if known and one.engaged:
            holders.add_changes(line, one.papers, before)
    return Judged(made, await catalogue.parameter(scope, "background_check_months"))


def _compare(one: Entrant, known: WorkerRow, source: Source, before: dict[str, str] | None) -> None:
    if one.first:
        return
    telephone = one.said.telephone[0][0] if one.said.telephone else ""
    said = {"telephone": telephone, "languages": one.said.languages}
    one.line.compare(source, known.id, {"telephone": known.telephone, "languages": known.languages}, said, before)


async def commit(scope: Scope, source: Source, judged: Judged) -> None:
    """Register who is new, engage who is not yet engaged, add papers."""
    for one in judged.people:
        line = one.line
        if one.first:
            line.subject = one.first.line.subject
        elif line.subject is None:
            line.subject = await _register(scope, one, judged.check_months)
        else:
            await _change(scope, one, line.subject)
        assert line.subject is not None
        if not one.engaged:
            await _engage(scope, one, line.subject)
        await holders.write(scope, line, one.papers, worker=line.subject)


async def _register(scope: Scope, one: Entrant, check_months: int) -> int:
    said = one.said
    id = await database.add(
        Worker(
            county=scope.county,
            registered_by=one.employer.id,
            name=said.name,
            id_number=one.who.number,
            sex=one.who.sex,
            birth_date=one.who.birth_date,
            telephone=said.telephone[0][0] if said.telephone else "",
            languages=said.languages,
            latitude=one.employer.latitude,
            longitude=one.employer.longitude,
            background_checked=checked_on(said.checked, one.papers, check_months),
        )
    )
    one.line.entries.append(Written("worker", id))
    record(scope, "organisations.register_worker", "worker", id, post=said.post, organisation_named=one.employer.name)
    return id


def checked_on(said: date | None, papers: Sequence[Paper], months: int) -> date | None:
    """When the criminal record was asked about: as the list says, or so long before its paper ends as the law lets
    it count."""
    ends = [paper.valid_to for paper in papers if paper.kind == "background_check" and paper.valid_to]
    if said or not ends:
        return said if said and said <= clock.today() else None
    return min(clock.today(), clock.months_after(max(ends), -months))


async def _change(scope: Scope, one: Entrant, id: int) -> None:
    applied = {name: value for name, value in one.line.applied().items() if name in {"telephone", "languages"}}
    if not applied:
        return
    before = await database.lock(Worker, id)
    await database.change(Worker, id, {getattr(Worker, name): value for name, value in applied.items()})
    was = {name: str(vars(before)[name]) for name in applied}
    one.line.entries.append(Written("worker", id, dict(was), dict(applied)))
    record(scope, "organisations.correct_worker", "worker", id, changes=sorted(applied))


async def _engage(scope: Scope, one: Entrant, worker: int) -> None:
    pattern: object = one.said.hours or OFFICE_WEEK
    begins = one.said.begins or clock.today()
    post = position_of(one.said.post, one.papers, one.employer.kind)
    id = await database.add(
        Engagement(
            worker=worker,
            organisation=one.employer.id,
            position=post,
            valid_from=begins,
            pattern=database.to_json(pattern),
        )
    )
    one.line.entries.append(Written("engagement", id))
    record(scope, "organisations.engage", "worker", worker, post=post, valid_from=begins)


def _full_time(cell: Raw) -> Pattern | None:
    """全职 alone says no times: the office's week is meant."""
    if re.fullmatch(r"全职|专职|全日制|正常(上班|班)?|坐班", plain(cell)):
        return None
    return hours.weekly(cell)


WORKERS = Kind(
    name="workers",
    label="Workers with their certificates and hours",
    roles=frozenset({Role.BUREAU_OFFICER, Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER, Role.ADMINISTRATOR}),
    columns=(
        Column(
            "name",
            "Name",
            ("姓名", "(人员|员工|社工|护理员|服务人员|从业人员)?(姓名|名字)"),
            name,
            "紧急|联系人",
            title="姓名",
            sample="（示例）李某某",
        ),
        Column(
            "id_number",
            "ID number",
            ("(居民|公民)?身份证?(件)?(号码?|编号)?", "证件号码?"),
            numbers.id_number,
            "紧急|联系人",
            title="身份证号",
            sample="18位，单元格设为文本",
        ),
        Column("sex", "Sex", ("性别",), sex, title="性别"),
        Column(
            "organisation",
            "Organisation that engages",
            (
                "(工作|所属|所在|用人|任职|服务|派驻|聘用|承接)?(单位|机构|组织|站点|社工站|公司|企业)+(名称)?",
                "(所属|派驻|所在)(社工站|乡镇社工站)",
            ),
            words_of,
            fill=Fill.BELOW,
            title="工作单位",
        ),
        Column(
            "post",
            "Post",
            ("(工作|从事)?(岗位|职务|工种|职位)(名称)?", "人员类别|从事(工作|岗位)"),
            words_of,
            title="岗位",
        ),
        Column(
            "certificates",
            "Certificates",
            (
                r"(证书|持证情况|(资格|职业)证书?)\(.*有效期.*\)",
                "(持有?证?|取得|资格|证书|资质|职业|技能|职称)(证书|证件|情况|资格|名称|类别|种类|等级)*",
                "证|资质/(证书|资质|证件)?名称",
            ),
            certificates.listed,
            title="证书名称",
        ),
        Column(
            "numbers",
            "Number",
            ("(证书|资格证|证件)(编号|号码?)", "证|资质/(编号|号码?)", "证号"),
            certificates.listed,
            title="证书编号",
        ),
        Column(
            "ends",
            "Valid to",
            ("(证书|资格证)?(有效期(限|至|到)?|有效日期|到期(日期?|时间)|截止日期?)",),
            certificates.listed_days,
            "合同|聘",
            title="有效期至",
        ),
        Column(
            "telephone", "Telephone", ("(联系|移动|本人)?(电话|手机|方式)(号码?)?",), telephones, "紧急", title="电话"
        ),
        Column(
            "hours",
            "Weekly times",
            ("(每周|周)?(可|能)?(服务|工作|上班|出勤|上门|排班|值班)(时间|时段|安排|班次)(段|安排)?", "排班|班次"),
            lenient(_full_time),
            title="每周可服务时间",
            sample="周一至周五 8:30-17:30",
        ),
        Column(
            "begins",
            "Valid from",
            ("(入职|到岗|上岗|聘用|参加工作|合同开始|起聘)(日期|时间)|(合同|聘用).*(起|开始).*",),
            days.first_day,
            title="入职日期",
        ),
        Column(
            "checked",
            "Criminal-record check on",
            ("(无)?(违法)?犯罪(记录)?.*(查询|核查|证明)?.*(日期|时间)|(背景|入职)(审查|查询|核查)(日期|时间)",),
            days.first_day,
            title="无犯罪记录查询日期",
        ),
        Column("languages", "Languages", ("(掌握|会说|使用)?(语言|方言|民族语言)(能力)?",), words_of, title="语言"),
    ),
    needed=(
        ("name", "id_number", "organisation"),
        ("name", "id_number", "certificates"),
        ("name", "id_number", "hours"),
    ),
    identity=("name", "id_number"),
    judge=judge,
    commit=commit,
    tables=(Qualification, Engagement, Worker),
    areas=("organisation",),
    page="organisations.worker",
)
