"""The ledger of a statement: its lines visit by visit, by service and by recipient."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.states import EvidenceClass, VerdictState
from shangmen.delivery.settlement.tables import Statement
from shangmen.supply.contracts.states import Pricing
from shangmen.web import lists


@dataclass(frozen=True)
class LineRow(database.Row):
    """A line of a statement; `late` ones are of an earlier statement's period, `fallen` ones not verified any more."""

    id: int
    amount: Decimal
    service_line: int
    minutes: int
    units: Decimal
    rate: Decimal
    item_code: str
    item_name: str
    item_english: str
    service_record: int
    begun_at: datetime
    ended_at: datetime
    evidence_class: EvidenceClass
    person_name: str | None
    township_name: str | None
    late: bool
    fallen: bool
    verdict: VerdictState
    workers_names: str | None

    @property
    def day(self) -> date:
        """The business day of the visit."""
        return clock.day_of(self.begun_at)


@database.scoped
async def lines(
    scope: Scope, statement: int, person: int | None = None, limit: int | None = None, offset: int = 0
) -> tuple[list[LineRow], int]:
    """The lines of a statement by day, and how many there are."""
    which = lists.where("x.statement = :statement", {"r.person = :person": person})
    return await lists.part(
        LineRow,
        """
        x.id, x.amount, x.service_line, l.minutes, l.units, l.rate,
               i.code AS item_code, i.name AS item_name, i.english AS item_english,
               r.id AS service_record, r.begun_at, r.ended_at, r.evidence_class,
               p.name AS person_name, t.name AS township_name, r.begun_at < :since AS late,
               d.state <> 'verified' OR d.service_record <> r.id AS fallen, d.state AS verdict,
               (SELECT string_agg(w.name, '、' ORDER BY w.id) FROM attendance a JOIN worker w ON w.id = a.worker
                 WHERE a.service_record = r.id) AS workers_names
        FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN verdict d ON d.visit = r.visit
        JOIN service_item i ON i.id = l.service_item
        LEFT JOIN person p ON p.id = r.person LEFT JOIN division t
          ON t.id = residence_on(p.id, (r.begun_at AT TIME ZONE 'Asia/Shanghai')::date)
        """,
        "FROM statement_line x JOIN service_line l ON l.id = x.service_line"
        f" JOIN service_record r ON r.id = l.service_record WHERE {which}",
        "r.begun_at, x.id",
        "x.id",
        limit=limit,
        offset=offset,
        statement=statement,
        person=person,
        since=clock.at((await database.read(Statement, statement)).period_from),
    )


@dataclass(frozen=True)
class ItemRow(database.Row):
    """What a service comes to at a rate."""

    code: str
    name: str
    english: str
    pricing: Pricing
    rate: Decimal
    visits: int
    people: int
    minutes: int
    units: Decimal
    amount: Decimal


@database.scoped
async def by_item(scope: Scope, statement: int) -> list[ItemRow]:
    """What each service comes to: visits, minutes, units, rate, amount; one row a contract line."""
    return await database.rows(
        ItemRow,
        """
        SELECT i.code, i.name, i.english, k.pricing, l.rate, count(*) AS visits,
               count(DISTINCT r.person) AS people, sum(l.minutes) AS minutes, sum(l.units) AS units,
               sum(x.amount) AS amount
        FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN service_item i ON i.id = l.service_item
        JOIN contract_line k ON k.id = l.contract_line
        WHERE x.statement = :statement
        GROUP BY l.service_item, i.code, i.name, i.english, k.pricing, l.rate ORDER BY i.code, l.rate
        """,
        statement=statement,
    )


@dataclass(frozen=True)
class PersonRow(database.Row):
    """What a recipient was served; `services` are the codes of the services."""

    person: int
    person_name: str | None
    township_name: str | None
    services: str
    visits: int
    minutes: int
    amount: Decimal


@database.scoped
async def by_person(
    scope: Scope, statement: int, limit: int | None = None, offset: int = 0
) -> tuple[list[PersonRow], int]:
    """What each recipient was served, by township and person; and how many recipients there are."""
    served = """
      (SELECT r.person, p.name AS person_name, t.name AS township_name, count(*) AS visits,
               sum(l.minutes) AS minutes, sum(x.amount) AS amount, t.code AS township,
               string_agg(DISTINCT i.code, ' ') AS services
        FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN service_item i ON i.id = l.service_item
        LEFT JOIN person p ON p.id = r.person LEFT JOIN division t
          ON t.id = residence_on(p.id, (r.begun_at AT TIME ZONE 'Asia/Shanghai')::date)
        WHERE x.statement = :statement GROUP BY r.person, p.name, t.name, t.code) served
    """
    return await lists.part(
        PersonRow,
        f"served.* FROM {served}",
        f"FROM {served}",
        "served.township, served.person",
        "served.person",
        limit=limit,
        offset=offset,
        statement=statement,
    )
