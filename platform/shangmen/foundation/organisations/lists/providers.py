"""The kind of list that names the providers of a county with their papers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shangmen.access import Role, Scope
from shangmen.foundation.imports import queries as imports
from shangmen.foundation.imports.cells import numbers
from shangmen.foundation.imports.cells.reading import same_name, words_of
from shangmen.foundation.imports.kinds import Column, Fill, Kind, Line, Source
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations.lists import certificates, entrants, holders, queries
from shangmen.foundation.organisations.lists.certificates import Paper
from shangmen.foundation.organisations.lists.entrants import Entrant
from shangmen.foundation.organisations.lists.names import key, without_brackets
from shangmen.foundation.organisations.lists.queries import CentreRow, KnownRow
from shangmen.foundation.organisations.papers import Prefixes, supplier_prefixes
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation, Qualification, ServiceArea
from shangmen.foundation.regions import queries as regions


@dataclass
class Provider:
    """A provider of the list, with its papers that are new; `further` is a second row about it."""

    line: Line
    one: Entrant
    papers: list[Paper] = field(default_factory=list)
    further: bool = False


@dataclass(frozen=True)
class Judged:
    """The providers of the rows that are not refused."""

    providers: list[Provider]
    centres: dict[int, CentreRow]


_PUBLIC = "Public institutions of the first class and bodies of the state may not be suppliers (财政部令第102号)."
_ASKED = "A public institution may be a supplier only when it is of the second class: look at its class."


def supplier(line: Line, code: str, type: str, prefixes: Prefixes) -> None:
    """Refuse who may not be a supplier under 财政部令第102号 article 8; note whose class must be asked for."""
    if re.search(r"公益一类|行政机关|国家机关|参公|群团", type) or prefixes.bars(code):
        line.refuse("NOT_A_SUPPLIER", _PUBLIC, "type")
    elif (prefixes.doubts(code) or "事业单位" in type) and not re.search(r"公益二类|生产经营|转企", type):
        line.note("CLASS_ASKED", _ASKED, "type")


def papers_of(values: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> tuple[list[Paper], bool]:
    """The papers of a row and of the rows that continue it, and whether their days could be told apart."""
    found: list[Paper] = []
    told = True
    for said in (values, *parts):
        papers, clear = certificates.papers(
            said.get("certificates", []), said.get("numbers", []), said.get("ends", []), certificates.ORGANISATIONS
        )
        papers += certificates.in_columns(said)
        row = said.get("row", 0)
        found, told = [*found, *(replace(paper, row=row) for paper in papers)], told and clear
    return found, told


class Register:
    """The organisations of the county by credit code, and the rows that stood above."""

    def __init__(self, known: Sequence[KnownRow], prefixes: Prefixes) -> None:
        self.prefixes = prefixes
        self.known = {row.credit_code: row for row in known if row.credit_code}
        self.named = {key(row.name): row for row in known}
        self.seen: dict[str, Provider] = {}

    def judge(self, line: Line, one: Entrant) -> Provider | None:
        """The provider of a row that is not refused."""
        said = one.said
        if not said.name:
            line.refuse("NAME_MISSING", "The name is missing.", "name")
        elif not said.credit_code:
            line.refuse("CREDIT_CODE", "A provider is registered under its unified social credit code.", "credit_code")
        else:
            supplier(line, said.credit_code, said.type, self.prefixes)
        code = said.credit_code or ""
        above = self.seen.get(code)
        known = self.known.get(code)
        other = above.one.said.name if above else known.name if known else said.name
        if not line.refusal and not _same(other, said.name):
            line.refuse("NAME_DISAGREES", "This credit code belongs to %(name)s.", "credit_code", name=other)
        elif not line.refusal and known and known.kind is not OrganisationKind.PROVIDER:
            line.refuse("NAME_DISAGREES", "This credit code belongs to %(name)s.", "credit_code", name=known.name)
        if line.refusal:
            return None
        papers, told = papers_of(line.values, line.parts)
        holders.note(line, papers, told, "certificates")
        made = Provider(line, above.one if above else one, papers, above is not None)
        if above:
            line.verdict = Verdict.MERGED
        else:
            self.seen[code] = made
        return made


def _same(one: str, other: str) -> bool:
    return without_brackets(one) == without_brackets(other) or same_name(one, other)


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> Judged:
    """Set the verdict on every row of a list of providers."""
    places, county = await imports.places(scope), await regions.whereabouts(scope)
    names = {place.id: place.name for place in places.townships}
    known = await queries.known(scope)
    register = Register(known, await supplier_prefixes(scope))
    brought = await imports.brought_before(scope, "providers", source.signature, [row.id for row in known])
    held = await queries.papers(scope, [row.id for row in known], [])
    made: list[Provider] = []
    for line in lines:
        if line.refusal:
            continue
        one = entrants.understood(line, places, county)
        spot = places.spot(one.said.address)
        one.seat = spot.township.id if spot else None
        provider = None if line.refusal else register.judge(line, one)
        if provider is None:
            continue
        before = register.known.get(one.said.credit_code or "")
        if before and not provider.further:
            entrants.compare(one, before, source, brought.get(before.id), names)
        if before:
            provider.papers = holders.unknown(provider.papers, [row for row in held if row.organisation == before.id])
            if provider.further:
                line.subject = before.id
                line.verdict = Verdict.SAME
            holders.add_changes(line, provider.papers, brought.get(before.id))
        made.append(provider)
    return Judged(made, await queries.centres(scope))


async def commit(scope: Scope, source: Source, judged: Judged) -> None:
    """Write the providers and papers that are new or changed."""
    for provider in judged.providers:
        if not provider.further:
            await entrants.write(scope, provider.one, OrganisationKind.PROVIDER, judged.centres)
        provider.line.subject = provider.one.line.subject
        await holders.write(scope, provider.line, provider.papers, organisation=provider.line.subject)


PROVIDERS = Kind(
    name="providers",
    label="Providers with their papers",
    roles=frozenset({Role.BUREAU_OFFICER, Role.ADMINISTRATOR}),
    columns=(
        entrants.name_of(
            ("(承接|服务|供应|中标)?(单位|机构|组织|主体|商|企业|公司|方)(名称|全称)?", "名称"), "（示例）某某服务中心"
        ),
        Column(
            "credit_code",
            "Unified social credit code",
            (
                "(统一)?(社会)?信用代码(证号?)?",
                "(统一代码|机构代码|组织机构代码|信用代码).*",
                "登记证号|营业执照(号|注册号)",
            ),
            numbers.credit_code,
            fill=Fill.MERGED,
            title="统一社会信用代码",
        ),
        Column(
            "type",
            "Kind",
            ("(单位|机构|组织|企业|主体|登记)?(类型|性质|类别)",),
            words_of,
            "证|资质",
            fill=Fill.MERGED,
            title="类型",
        ),
        entrants.townships("(服务|覆盖|承接|辐射)+(区域|范围|乡镇|片区|地区|乡镇街道)"),
        entrants.contact(
            "(项目|业务)?联系人(姓名)?|(项目|机构|单位|中心|公司)?负责人(姓名)?|法定代表人|法人(代表)?",
            "(负责人|联系人)(姓名)?(及|和|与)?联?系?(电话|方式)",
        ),
        *entrants.PLACE,
        Column(
            "certificates",
            "Papers and licences",
            (
                "证|资质/(证书|资质|证件)?名称",
                "(持有|取得|具备)?的?(资质|证书|证照|许可证?|资格|持证)(证书|证照|名称|情况|类别|种类)?(名称)?",
            ),
            certificates.listed,
            title="资质证书",
        ),
        Column(
            "numbers",
            "Number",
            ("证|资质/(证书|证件)?(编号|号码?|文号)", "(资质|证书|证照|许可证?|证件)(编号|号码?)"),
            certificates.listed,
            title="证书编号",
        ),
        Column(
            "ends",
            "Valid to",
            (
                "证|资质/(有效期(限|至|到)?|到期(日期?|时间)?|截止.*)",
                "(证书|资质|证照)?(有效期(限|至|到)?|到期(日期?|时间)|截止日期?)",
            ),
            certificates.listed_days,
            title="有效期至",
        ),
        *certificates.COLUMNS,
    ),
    needed=(("name", "credit_code"),),
    identity=("name", "credit_code"),
    judge=judge,
    commit=commit,
    tables=(Qualification, ServiceArea, Organisation),
    continued=("certificates", "numbers", "ends"),
    fields={**entrants.FIELDS},
    page="organisations.show",
)
