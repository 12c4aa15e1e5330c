"""Reads of what a run says of its needs: proposals, tallies, places on the map, the plan as it stands."""

from dataclasses import dataclass

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.needs.states import RequiredSex
from shangmen.errors import NotFound
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.matching_runs.adapter import Assignment, need_id, supplier_id, variant
from shangmen.supply.matching_runs.certificate import Reason
from shangmen.supply.matching_runs.states import Change
from shangmen.web import lists
from shangmen.web.language import current

_PROPOSAL = """
p.id, p.county, p.need, p.supplier, p.contract_line, p.metres, p.reason, p.reasons, p.change, p.previous_supplier,
p.overridden, p.override_reason, n.visits_per_month, n.minutes, n.staff_count, n.priority, n.required_sex,
i.code AS item_code, i.name AS item_name, i.english AS item_english, h.name AS person_name, d.name AS township_name,
w.accuracy, s.name AS supplier_name, s.kind AS supplier_kind, v.name AS previous_name, k.number AS contract_number
"""

_JOINS = """
JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item JOIN person h ON h.id = n.person
JOIN home w ON w.person = h.id JOIN division d ON d.id = h.township LEFT JOIN organisation s ON s.id = p.supplier
LEFT JOIN organisation v ON v.id = p.previous_supplier LEFT JOIN contract_line l ON l.id = p.contract_line
LEFT JOIN contract k ON k.id = l.contract
"""


@dataclass(frozen=True)
class ProposalRow(database.Row):
    """What a run says of one need, with what the need is and whose names belong to it."""

    id: int
    county: int
    need: int
    supplier: int | None
    contract_line: int | None
    metres: int | None
    reason: str
    reasons: list[Reason]
    change: Change
    previous_supplier: int | None
    overridden: bool
    override_reason: str
    visits_per_month: int
    minutes: int
    staff_count: int
    priority: int
    required_sex: RequiredSex
    item_code: str
    item_name: str
    item_english: str
    person_name: str
    township_name: str
    accuracy: Accuracy  # of the home's point: the way may be an estimate
    supplier_name: str | None
    supplier_kind: OrganisationKind | None
    previous_name: str | None
    contract_number: str | None


@database.scoped
async def proposals(
    scope: Scope,
    run: int,
    *,
    served: bool | None = None,
    reason: str = "",
    township: int | None = None,
    item: str = "",
    change: str = "",
    overridden: bool = False,
    supplier: int | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[ProposalRow], int]:
    """What a run says of its needs, the weightiest first, and of how many it says that."""
    which = lists.where(
        "p.matching_run = :run",
        {
            "(p.supplier IS NOT NULL) = :served": served,
            "p.reason = :reason": reason,
            "d.id = :township": township,
            "i.code = :item": item,
            "p.change = :change": change,
            "p.overridden": overridden or None,
            "p.supplier = :supplier": supplier,
        },
    )
    return await lists.part(
        ProposalRow,
        f"{_PROPOSAL} FROM proposal p {_JOINS}",
        "FROM proposal p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item"
        f" JOIN person h ON h.id = n.person JOIN division d ON d.id = h.township WHERE {which}",
        "n.priority DESC, d.code, p.need",
        "p.id",
        limit=limit,
        offset=offset,
        run=run,
        served=served,
        reason=reason,
        township=township,
        item=item,
        change=change,
        supplier=supplier,
    )


@database.scoped
async def proposal(scope: Scope, run: int, need: int) -> ProposalRow:
    """What a run says of one need; raises NotFound."""
    found = await database.row(
        ProposalRow,
        f"SELECT {_PROPOSAL} FROM proposal p {_JOINS} WHERE p.matching_run = :run AND p.need = :need",
        run=run,
        need=need,
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Tallies:
    """How many proposals there are: all by change; the unserved by reason, township and service.

    Townships and services are pairs of what is asked for and its name.
    """

    change: dict[Change, int]
    reason: dict[str, int]
    township: dict[tuple[int, str], int]
    item: dict[tuple[str, str], int]


@dataclass(frozen=True)
class _Tally(database.Row):
    reason: str
    change: Change
    unserved: bool
    township: int
    township_name: str
    code: str
    item_name: str
    number: int


@database.scoped
async def tallies(scope: Scope, run: int) -> Tallies:
    """How many proposals there are by reason, change, township and service: for filters and figures."""
    rows = await database.rows(
        _Tally,
        """
        SELECT p.reason, p.change, p.supplier IS NULL AS unserved, d.id AS township, d.name AS township_name,
               i.code, i.name AS item_name, count(*) AS number
        FROM proposal p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item
        JOIN person h ON h.id = n.person JOIN division d ON d.id = h.township
        WHERE p.matching_run = :run GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY d.id, i.code
        """,
        run=run,
    )
    found = Tallies({}, {}, {}, {})
    for row in rows:
        found.change[row.change] = found.change.get(row.change, 0) + row.number
        if row.unserved:
            township, item = (row.township, row.township_name), (row.code, row.item_name)
            found.reason[row.reason] = found.reason.get(row.reason, 0) + row.number
            found.township[township] = found.township.get(township, 0) + row.number
            found.item[item] = found.item.get(item, 0) + row.number
    return found


@dataclass(frozen=True)
class _Latest(database.Row):
    run: int | None


@database.scoped
async def latest(scope: Scope, need: int) -> int | None:
    """The last run that looked at a need, None when none did; raises NotFound."""
    found = await database.row(
        _Latest,
        "SELECT (SELECT max(p.matching_run) FROM proposal p WHERE p.need = n.id) AS run FROM need n"
        " WHERE n.id = :need AND n.county = ANY(:counties)",
        need=need,
        counties=list(scope.counties),
    )
    if found is None:
        raise NotFound
    return found.run


@dataclass(frozen=True)
class Served(database.Row):
    """Who serves a need, and through which contract line."""

    need: int
    supplier: int
    contract_line: int | None

    def assignment(self) -> Assignment:
        """The same for the library."""
        return Assignment(need_id(self.need), supplier_id(self.supplier), variant(self.contract_line))


@database.scoped
async def plan(scope: Scope, run: int) -> tuple[str, list[Served]]:
    """The stored problem (JSON text, "" before it was built) and who serves whom as it stands now, overrides
    included.
    """
    problem = await database.value(str, "SELECT problem FROM matching_run WHERE id = :id", id=run)
    served = await database.rows(
        Served,
        "SELECT need, supplier, contract_line FROM proposal WHERE matching_run = :run AND supplier IS NOT NULL"
        " ORDER BY need",
        run=run,
    )
    return problem or "", served


@dataclass(frozen=True)
class _NeedWords(database.Row):
    id: int
    item: str
    english: str
    township: str


@database.scoped
async def need_words(scope: Scope, needs: list[int]) -> dict[int, str]:
    """What needs are: service, township and number, never a name."""
    rows = await database.rows(
        _NeedWords,
        """
        SELECT n.id, i.name AS item, i.english, d.name AS township FROM need n
        JOIN service_item i ON i.id = n.service_item JOIN person h ON h.id = n.person
        JOIN division d ON d.id = h.township WHERE n.id = ANY(:ids)
        """,
        ids=needs,
    )
    chinese = current() == "zh_CN"
    return {row.id: f"{row.item if chinese else row.english} · {row.township} (#{row.id})" for row in rows}


@dataclass(frozen=True)
class _ContractWords(database.Row):
    id: int
    number: str
    line: int
    item: str


@database.scoped
async def contract_words(scope: Scope) -> dict[str, str]:
    """Words for contracts (c12) and their lines (l34), by the names that resources have."""
    rows = await database.rows(
        _ContractWords,
        """
        SELECT c.id, c.number, l.id AS line, i.name AS item FROM contract c JOIN contract_line l ON l.contract = c.id
        JOIN service_item i ON i.id = l.service_item WHERE c.county = ANY(:counties)
        """,
        counties=list(scope.counties),
    )
    return {f"c{row.id}": row.number for row in rows} | {f"l{row.line}": f"{row.number} {row.item}" for row in rows}
