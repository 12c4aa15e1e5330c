"""The key figures of each role, for its first page.

The work list is where all features meet, so these few counts read the tables of later features by name; they import
nothing of them. Row-level security keeps every count within the viewer's reach.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from shangmen import access, clock, database
from shangmen.access import Role, Scope

BO, BF, AU, AD = Role.BUREAU_OFFICER, Role.BUREAU_FINANCE, Role.AUDITOR, Role.ADMINISTRATOR
SS, VA, PM = Role.STATION_SCHEDULER, Role.VILLAGE_ASSISTANT, Role.PROVIDER_MANAGER


@dataclass(frozen=True)
class Figure:
    """One number: what it is called, its query, where its rows are listed, and who is shown it."""

    name: str
    label: str  # message id
    sql: str
    route: str
    parameters: tuple[tuple[str, str], ...]
    roles: tuple[Role, ...]
    money: bool = False


FIGURES: tuple[Figure, ...] = (
    Figure(
        "recipients", "Recipients",
        "SELECT count(*) FROM person",
        "recipients.list", (), (BO, AU, SS, VA),
    ),
    Figure(
        "needs_waiting", "Needs without a supplier", "SELECT count(*) FROM need WHERE state = 'waiting'",
        "needs.list", (("state", "waiting"),), (AU,),
    ),
    Figure(
        "offers_open", "Open offers", "SELECT count(*) FROM offer WHERE state = 'offered'",
        "placements.offers", (("state", "offered"),), (BO,),
    ),
    Figure(
        "visits_week", "Own visits this week",
        "SELECT count(*) FROM visit WHERE supplier = :organisation AND day BETWEEN :monday AND :sunday"
        " AND state NOT IN ('cancelled', 'missed')",
        "visits.calendar", (), (SS, PM),
    ),
    Figure(
        "records_held", "Held records", "SELECT count(*) FROM verdict WHERE state = 'held'",
        "service_records.list", (("state", "held"),), (AU, PM),
    ),
    Figure(
        "statements_open", "Statements on the way",
        "SELECT count(*) FROM statement WHERE state IN ('submitted', 'reviewed', 'approved')",
        "settlement.list", (("state", "under_way"),), (BF, AU, PM),
    ),
    Figure(
        "to_pay", "Approved, to pay", "SELECT coalesce(sum(payable), 0) FROM statement WHERE state = 'approved'",
        "settlement.list", (("state", "approved"),), (BF,), True,
    ),
    Figure(
        "paid", "Paid this year",
        "SELECT coalesce(sum(payable), 0) FROM statement WHERE state = 'paid' AND paid_at >= :new_year",
        "settlement.list", (("state", "paid"),), (BF, AU, PM), True,
    ),
    Figure(
        "money_left", "Left on contracts in force",
        "SELECT coalesce(sum(ceiling - reserved - delivered), 0) FROM contract WHERE state = 'in_force'",
        "contracts.list", (("state", "in_force"),), (BO, BF), True,
    ),
    Figure(
        "accounts", "Accounts",
        "SELECT count(*) FROM app_user WHERE county = ANY(:counties)",
        "accounts.list", (), (AD,),
    ),
    Figure(
        "organisations", "Active organisations",
        "SELECT count(*) FROM organisation WHERE status = 'active'",
        "organisations.list", (("status", "active"),), (AD,),
    ),
    Figure(
        "first_passwords", "First passwords not changed",
        "SELECT count(*) FROM app_user WHERE active AND must_change AND county = ANY(:counties)",
        "accounts.list", (("first", "yes"),), (AD,),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A figure with its value: a number, or yuan."""

    name: str
    label: str
    value: int | Decimal
    money: bool
    route: str
    parameters: dict[str, str]


@database.scoped
async def of_role(scope: Scope) -> list[Shown]:
    """The figures of the viewer's role."""
    today = clock.today()
    monday = clock.monday_of(today)
    known = {
        "organisation": scope.organisation or 0,
        "counties": list(scope.counties),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "new_year": clock.at(clock.year_of(today)[0]),
    }
    return [
        Shown(
            name=figure.name,
            label=figure.label,
            value=await database.value(Decimal, figure.sql, **known) or Decimal(0)
            if figure.money
            else await database.number(figure.sql, **known),
            money=figure.money,
            route=figure.route,
            parameters=dict(figure.parameters),
        )
        for figure in FIGURES
        if scope.role in figure.roles and access.may(scope.role, figure.route)
    ]
