"""Reads of recipients. Who may see a person is decided by row-level security (policies.sql) under the viewer's scope:
the county's desks, the township's station, and whom the file is shared with."""

import time
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.recipients.events import FileOpened, Panel
from shangmen.demand.recipients.forms import Revealable
from shangmen.demand.recipients.moves import queries as moves
from shangmen.demand.recipients.states import (
    Category,
    Doubt,
    Living,
    Overlay,
    PersonGroup,
    PersonState,
    Scheme,
    SelfCare,
    StatusKind,
    Support,
)
from shangmen.demand.recipients.tables import DisabilityCertificate
from shangmen.errors import NotFound
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.regions.states import PositionSource
from shangmen.web import lists, masking

# Roles whose work is with the person: they read names in clear. For the others a name is masked until revealed.
CLEAR = frozenset({Role.STATION_SCHEDULER, Role.VILLAGE_ASSISTANT, Role.PROVIDER_MANAGER, Role.WORKER, Role.SYSTEM})

_PERSON = """
  p.*, p.person_group AS "group", t.name AS township_name, o.name AS station_name,
  h.category, h.tier, h.scheme, h.number AS household_number,
  h.valid_from AS household_from, h.valid_to AS household_to,
  h.grace_from, h.grace_until, h.version AS household_version
  FROM person p JOIN division t ON t.id = p.township JOIN organisation o ON o.id = p.station
  LEFT JOIN household h ON h.id = p.household
"""


@dataclass(frozen=True)
class PersonRow(database.Row):
    """A recipient with township, station and household; what the household says is None without one."""

    id: int
    county: int
    station: int
    township: int
    household: int | None
    name: str
    id_number: str | None
    no_id_reason: str
    sex: Sex
    birth_date: date
    telephone: str
    telephone_of: str
    other_telephones: str
    relation: str
    support: Support
    self_care: SelfCare
    overlay: Overlay
    doubt: Doubt
    group: PersonGroup
    living: Living
    village: str
    address: str
    registered_address: str
    residence_permit: bool
    resident_from: date | None
    latitude: Decimal | None
    longitude: Decimal | None
    position_source: PositionSource
    position_accuracy: int | None
    halal: bool
    language: str
    guardian_name: str
    guardian_telephone: str
    guardian_other_telephones: str
    relatives: str
    consent_on: date | None
    consent_by: str
    notes: str
    state: PersonState
    state_from: date | None
    version: int
    township_name: str
    station_name: str
    category: Category | None
    tier: str | None
    scheme: Scheme | None
    household_number: str | None
    household_from: date | None
    household_to: date | None
    grace_from: date | None
    grace_until: date | None
    household_version: int | None


_LISTED = """
  p.id, p.name, p.id_number, p.sex, p.birth_date, p.telephone, p.person_group AS "group", p.living, p.village,
  p.registered_address, p.residence_permit, p.halal, p.state,
  t.name AS township_name, o.name AS station_name, h.category, h.grace_until
  FROM person p JOIN division t ON t.id = p.township JOIN organisation o ON o.id = p.station
  LEFT JOIN household h ON h.id = p.household
"""


@dataclass(frozen=True)
class ListedPerson(database.Row):
    """A recipient in a list."""

    id: int
    name: str
    id_number: str | None
    sex: Sex
    birth_date: date
    telephone: str
    group: PersonGroup
    living: Living
    village: str
    registered_address: str
    residence_permit: bool
    halal: bool
    state: PersonState
    township_name: str
    station_name: str
    category: Category | None
    grace_until: date | None


@dataclass(frozen=True)
class CellRow(database.Row):
    """A cell of the map: how many recipients live there, and the middle of them."""

    latitude: Decimal
    longitude: Decimal
    count: int


@dataclass(frozen=True)
class EventRow(database.Row):
    """Something that happened to a person, and who reported it."""

    kind: StatusKind
    effective: date
    until: date | None
    reported_at: datetime
    reporter: str | None
    retracted: str | None  # why it was an error


@dataclass(frozen=True)
class ShareRow(database.Row):
    """An organisation beyond the station that sees a file; `open` while it still does."""

    organisation: int
    organisation_name: str
    valid_from: date
    valid_to: date | None
    open: bool


@dataclass(frozen=True)
class _GroupCount(database.Row):
    group: PersonGroup
    count: int


class Filters(TypedDict):
    """What a list of recipients may be narrowed by; "" and None narrow nothing. `lacks` is a word of LACKS."""

    search: str
    township: int | None
    group: str
    category: str
    state: str
    lacks: str


ALL: Filters = {"search": "", "township": None, "group": "", "category": "", "state": "", "lacks": ""}

# What is missing on a file, and which files those are: of people who are served.
_SERVED = "p.state IN ('living', 'hospital')"
LACKS = {
    "assessment": f"{_SERVED} AND NOT EXISTS (SELECT 1 FROM assessment a WHERE a.person = p.id"
    " AND (a.review_by IS NULL OR a.review_by >= (SELECT app_today())))",
    "consent": f"{_SERVED} AND p.consent_on IS NULL",
    "position": f"{_SERVED} AND (p.latitude IS NULL OR p.longitude IS NULL)",
}


def taken(person: str) -> str:
    """SQL: whether the viewer's organisation has accepted to serve a person (the column with the id of one), or was
    the station before."""
    return (
        f"EXISTS (SELECT 1 FROM share k WHERE k.person = {person} AND k.organisation = (SELECT app_organisation())"
        " AND k.reason IN ('placement', 'moved')"
        f" AND (k.valid_to IS NULL OR k.valid_to >= (SELECT app_today()) - {moves.READ_ON}))"
    )


def reads(scope: Scope, alias: str, person: str = "id") -> str:
    """SQL: whether the viewer reads the file of a person: the county's desks, the station, who has accepted to come.

    Who has only been offered somebody sees what the offer shows. `alias` has a station and the person's id.
    """
    if scope.reach == "county":
        return "true"
    return f"({alias}.station = (SELECT app_organisation()) OR {taken(f'{alias}.{person}')})"


def shown_name(scope: Scope, name: str, known: bool = True) -> str:
    """A person's name as this viewer reads it, everywhere; `known` says whether the viewer reads the file at all."""
    return name if known and scope.role in CLEAR else masking.name(name)


# Whom an organisation reaches, in two parts that each have an index and come in the order of the list: its own people,
# and those whose files are shared with it. The policy's one condition would be asked of everybody in the county.
# (Which shares still hold the policy says.)
_REACHED = """(
  (SELECT * FROM person WHERE station = :organisation ORDER BY township, pinyin, id)
  UNION ALL
  (SELECT * FROM person WHERE station <> :organisation
     AND id = ANY (ARRAY(SELECT s.person FROM share s WHERE s.organisation = :organisation AND s.reason <> 'offer'))
   ORDER BY township, pinyin, id)
)"""


def _which(
    scope: Scope, chosen: Filters, station: int | None = None, among: str = ""
) -> tuple[str, dict[str, object]]:
    """SQL "FROM … WHERE …" of the people who fit, with its parameters: no more of it than was asked for, so that a
    long list is read from its index alone."""
    parameters: dict[str, object] = {
        **lists.counties(scope),
        "organisation": scope.organisation,
        "search": lists.wanted(chosen["search"]),
        "township": chosen["township"],
        "station": station,
        "person_group": chosen["group"],
        "category": chosen["category"],
        "state": chosen["state"],
    }
    which = lists.where(
        lists.within(scope, "p"),
        {
            "p.township = :township": chosen["township"],
            "p.station = :station": station,
            "p.person_group = :person_group": chosen["group"],
            "h.category = :category": chosen["category"],
            "p.state = :state": chosen["state"],
            lists.found(person="p"): parameters["search"],
            LACKS.get(chosen["lacks"], ""): chosen["lacks"],
            among: among,
        },
    )
    household = " JOIN household h ON h.id = p.household" if chosen["category"] else ""
    people = "person" if scope.reach == "county" else _REACHED
    return f"FROM {people} p{household} WHERE {which}", parameters


@database.scoped
async def people(
    scope: Scope,
    search: str = "",
    township: int | None = None,
    station: int | None = None,
    group: str = "",
    category: str = "",
    state: str = "",
    lacks: str = "",
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[ListedPerson], int]:
    """Recipients whom the viewer reaches, by name or pinyin or ID number, and how many there are."""
    chosen: Filters = {
        "search": search,
        "township": township,
        "group": group,
        "category": category,
        "state": state,
        "lacks": lacks,
    }
    which, parameters = _which(scope, chosen, station)
    return await lists.part(
        ListedPerson, _LISTED, which, "p.township, p.pinyin, p.id", "p.id", limit=limit, offset=offset, **parameters
    )


# Counting everybody of a large county takes longer than all the rest of the page: such counts may be a minute old.
_counted: dict[tuple[object, ...], tuple[float, dict[PersonGroup, int]]] = {}
COUNTED_SECONDS = 60


@database.scoped
async def counts(scope: Scope) -> dict[PersonGroup, int]:
    """How many recipients the viewer reaches, by group, of those who are not dead or gone."""
    viewer = (database.ENGINE.config.get("dsn"), scope.counties, scope.reach, scope.organisation, clock.today())
    at, known = _counted.get(viewer, (0.0, {}))
    if known and time.monotonic() - at < COUNTED_SECONDS:
        return known
    which, parameters = _which(scope, ALL, among="p.state NOT IN ('died', 'moved')")
    found = await database.rows(
        _GroupCount, f'SELECT p.person_group AS "group", count(*) AS count {which} GROUP BY 1', **parameters
    )
    counted = {one.group: one.count for one in found}
    if sum(counted.values()) > lists.MOST_COUNTED:
        _counted[viewer] = (time.monotonic(), counted)
    return counted


_ON_MAP = "p.latitude IS NOT NULL AND p.longitude IS NOT NULL AND p.state NOT IN ('died', 'moved')"
MOST_POINTS, CELLS = 2_000, 40  # that a map shows one by one; cells across and down, when there are more


@database.scoped
async def points(scope: Scope, chosen: Filters) -> list[PersonRow] | list[CellRow]:
    """Recipients with a position, for the map: each of them, or where there are too many, how many in each cell."""
    which, parameters = _which(scope, chosen, among=_ON_MAP)
    ids = await database.values(int, f"SELECT p.id {which} LIMIT {MOST_POINTS + 1}", **parameters)
    if len(ids) > MOST_POINTS:
        return await database.rows(
            CellRow,
            f"""
            WITH placed AS MATERIALIZED (SELECT p.latitude, p.longitude {which}),
            bounds AS (SELECT min(latitude) AS south, min(longitude) AS west,
              greatest(max(latitude) - min(latitude), max(longitude) - min(longitude), 0.001) / {CELLS} AS side
              FROM placed)
            SELECT round(avg(latitude), 6) AS latitude, round(avg(longitude), 6) AS longitude, count(*) AS count
            FROM placed, bounds GROUP BY floor((latitude - south) / side), floor((longitude - west) / side)
            """,
            **parameters,
        )
    return await database.rows(PersonRow, f"SELECT {_PERSON} WHERE p.id = ANY(:ids) ORDER BY p.id", ids=ids)


@database.scoped
async def person(scope: Scope, id: int) -> PersonRow:
    """One recipient with household, township and station; raises NotFound for whom the viewer may not know of."""
    which = f"p.id = :id AND p.county = ANY(:counties) AND {reads(scope, 'p')}"
    found = await database.row(PersonRow, f"SELECT {_PERSON} WHERE {which}", id=id, counties=list(scope.counties))
    if found is None:
        raise NotFound
    return found


@database.scoped
async def in_care(scope: Scope, id: int) -> PersonRow:
    """A recipient whose file the viewer may change. Raises as `person` and as `moves.queries.refuse_only_read`."""
    await moves.refuse_only_read(scope, id)
    return await person(scope, id)


@database.scoped
async def in_doubt(scope: Scope, id: int) -> bool:
    """Whether something must be looked into before anything is planned for a person: a roll's note of a death."""
    return await database.exists("SELECT 1 FROM person WHERE id = :id AND doubt <> :none", id=id, none=Doubt.NONE)


@database.scoped
async def certificate(scope: Scope, id: int) -> DisabilityCertificate | None:
    """The latest disability certificate of a person."""
    return (
        await DisabilityCertificate.objects()
        .where(DisabilityCertificate.person == id)
        .order_by(DisabilityCertificate.id, ascending=False)
        .first()
    )


@database.scoped
async def revealed(scope: Scope, id: int, what: Revealable) -> dict[str, str]:
    """What is else masked of a person, for who has just said why (`actions.reveal`)."""
    if what == Revealable.CERTIFICATE:
        held = await certificate(scope, id)
        return {what: held.number if held else ""}
    return {what: getattr(await person(scope, id), what) or ""}


@database.scoped
async def status_events(scope: Scope, id: int) -> list[EventRow]:
    """What happened to a person, newest first."""
    return await database.rows(
        EventRow,
        "SELECT e.*, u.name AS reporter, r.reason AS retracted FROM status_event e"
        " LEFT JOIN retraction r ON r.status_event = e.id LEFT JOIN app_user u ON u.id = e.reported_by"
        " WHERE e.person = :id ORDER BY e.effective DESC, e.id DESC",
        id=id,
    )


@database.scoped
async def shares(scope: Scope, id: int) -> list[ShareRow]:
    """Which organisations beyond the station see the file, those whose time is over last."""
    return await database.rows(
        ShareRow,
        "SELECT s.*, o.name AS organisation_name, (s.valid_to IS NULL OR s.valid_to >= :today) AS open"
        " FROM share s JOIN organisation o ON o.id = s.organisation WHERE s.person = :id"
        " ORDER BY (s.valid_to IS NULL OR s.valid_to >= :today) DESC, s.valid_from DESC",
        id=id,
        today=clock.today(),
    )


@database.scoped
async def panels(scope: Scope, id: int) -> list[Panel]:
    """What later features add to a person's page."""
    opened = FileOpened(id)
    await effects.publish(scope, opened)
    return opened.panels
