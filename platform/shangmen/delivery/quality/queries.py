"""Reads of call-backs and of the samples that they come from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shangmen import clock, database
from shangmen.access import Reach, Scope
from shangmen.delivery.quality.proofs import drawn_again
from shangmen.delivery.quality.states import CallBackState, Heard, SampleKind
from shangmen.errors import NotFound
from shangmen.web import lists

SHOWN = timedelta(days=90)  # that results are summed over


@dataclass(frozen=True)
class Asked:
    """What a list of call-backs is asked for; `mine` are those that the viewer's organisation is to make."""

    search: str = ""
    state: str = ""
    kind: str = ""
    supplier: int | None = None
    mine: bool = False


@dataclass(frozen=True)
class CallBackRow(database.Row):
    """A call-back with the visit that it is about, in words."""

    id: int
    kind: SampleKind
    state: CallBackState
    due: date
    tries: int
    heard: Heard
    spoke_with: str
    satisfaction: int | None
    opinion: str
    decided_at: datetime | None
    decided_by_name: str | None
    sample: int
    service_record: int
    visit: int
    person: int
    station: int
    supplier: int
    asker: int
    asker_name: str
    person_name: str
    supplier_name: str
    station_name: str
    begun_at: datetime
    ended_at: datetime
    item_code: str
    item_name: str
    item_english: str
    workers: str


_SHOWN = """
c.id, c.kind, c.state, c.due, c.tries, c.heard, c.spoke_with, c.satisfaction, c.opinion, c.decided_at,
       u.name AS decided_by_name, c.sample, c.service_record, c.visit, c.person, c.station, c.supplier,
       c.asker, a.name AS asker_name, coalesce(p.name, '') AS person_name, o.name AS supplier_name,
       t.name AS station_name, r.begun_at, r.ended_at, i.code AS item_code, i.name AS item_name,
       i.english AS item_english,
       coalesce((SELECT string_agg(w.name, '、' ORDER BY w.id) FROM attendance x JOIN worker w ON w.id = x.worker
                 WHERE x.service_record = r.id), '') AS workers
FROM call_back c JOIN service_record r ON r.id = c.service_record
JOIN service_line l ON l.service_record = r.id JOIN service_item i ON i.id = l.service_item
JOIN organisation o ON o.id = c.supplier JOIN organisation t ON t.id = c.station JOIN organisation a ON a.id = c.asker
LEFT JOIN person p ON p.id = c.person LEFT JOIN app_user u ON u.id = c.decided_by
"""


@database.scoped
async def call_backs(
    scope: Scope, asked: Asked | None = None, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[CallBackRow], int]:
    """Call-backs that the viewer reaches, open ones first, the most urgent first; and how many fit."""
    asked = asked or Asked()
    which = lists.where(
        lists.within(scope, "c"),
        {
            "c.state = :state": asked.state,
            "c.kind = :kind": asked.kind,
            "c.supplier = :supplier": asked.supplier,
            "c.asker = :organisation": asked.mine or None,
            lists.found(person="p"): asked.search,
        },
    )
    return await lists.part(
        CallBackRow,
        _SHOWN,
        f"FROM call_back c{' LEFT JOIN person p ON p.id = c.person' if asked.search else ''} WHERE {which}",
        "c.state = 'open' DESC, c.due, c.id",
        "c.id",
        limit=limit,
        offset=offset,
        organisation=scope.organisation or 0,
        search=lists.wanted(asked.search),
        state=asked.state,
        kind=asked.kind,
        supplier=asked.supplier,
        **lists.counties(scope),
    )


@database.scoped
async def call_back(scope: Scope, id: int) -> CallBackRow:
    """One call-back that the viewer reaches; raises NotFound."""
    found = await database.row(CallBackRow, f"SELECT {_SHOWN} WHERE c.id = :id", id=id)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class SampleRow(database.Row):
    """A sample with what became of its call-backs."""

    id: int
    day: date
    kind: SampleKind
    percent: int
    seed: str
    sealed: date | None
    drawn_at: datetime
    population: list[tuple[int, int, int]]
    drawn: list[int]
    open: int
    doubted: int

    @property
    def same(self) -> bool:
        """Whether its seed draws it again."""
        return self.drawn == drawn_again(self.seed, self.percent, self.population)


_SAMPLE = """
s.id, s.day, s.kind, s.percent, s.seed, s.sealed, s.drawn_at, s.population,
       ARRAY(SELECT c.service_record FROM call_back c WHERE c.sample = s.id ORDER BY 1) AS drawn,
       (SELECT count(*) FROM call_back c WHERE c.sample = s.id AND c.state = 'open') AS open,
       (SELECT count(*) FROM call_back c WHERE c.sample = s.id AND c.state = 'doubted') AS doubted
FROM sample s
"""


@database.scoped
async def samples(scope: Scope, limit: int | None = lists.PAGE, offset: int = 0) -> tuple[list[SampleRow], int]:
    """The county's samples, the latest first; and how many there are."""
    return await lists.part(
        SampleRow,
        _SAMPLE,
        f"FROM sample s WHERE {lists.within(scope, 's')}",
        "s.day DESC, s.kind, s.id",
        "s.id",
        limit=limit,
        offset=offset,
        **lists.counties(scope),
    )


@database.scoped
async def sample(scope: Scope, id: int) -> SampleRow:
    """One sample; raises NotFound."""
    found = await database.row(SampleRow, f"SELECT {_SAMPLE} WHERE s.id = :id", id=id)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class ResultRow(database.Row):
    """What the people say of a supplier: call-backs made and how they ended, mean satisfaction, complaints."""

    supplier: int
    name: str
    asked: int
    confirmed: int
    doubted: int
    unclear: int
    satisfaction: float | None
    complaints: int
    founded: int


@database.scoped
async def results(scope: Scope) -> list[ResultRow]:
    """Of the last 90 days, each supplier that the viewer reaches; a provider its own alone."""
    since = clock.at(clock.today() - SHOWN)
    return await database.rows(
        ResultRow,
        f"""
        SELECT o.id AS supplier, o.name, coalesce(c.asked, 0) AS asked, coalesce(c.confirmed, 0) AS confirmed,
               coalesce(c.doubted, 0) AS doubted, coalesce(c.unclear, 0) AS unclear, c.satisfaction,
               coalesce(k.complaints, 0) AS complaints, coalesce(k.founded, 0) AS founded
        FROM organisation o
        LEFT JOIN (SELECT supplier, count(*) AS asked, count(*) FILTER (WHERE state = 'confirmed') AS confirmed,
                          count(*) FILTER (WHERE state = 'doubted') AS doubted,
                          count(*) FILTER (WHERE state = 'unclear') AS unclear,
                          avg(satisfaction)::float8 AS satisfaction
                   FROM call_back c WHERE state <> 'open' AND decided_at >= :since AND {lists.within(scope, "c")}
                   GROUP BY supplier) c ON c.supplier = o.id
        LEFT JOIN (SELECT supplier, count(*) AS complaints, count(*) FILTER (WHERE state = 'founded') AS founded
                   FROM complaint q WHERE received_on >= :day AND {lists.within(scope, "q")}
                   GROUP BY supplier) k ON k.supplier = o.id
        WHERE (c.supplier IS NOT NULL OR k.supplier IS NOT NULL)
          AND (:all OR o.id = :organisation) ORDER BY o.name, o.id
        """,
        since=since,
        day=clock.day_of(since),
        all=scope.reach is not Reach.PROVIDER,
        organisation=scope.organisation or 0,
        **lists.counties(scope),
    )
