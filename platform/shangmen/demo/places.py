"""The demo county's organisations and the people who come to the door, with their log-ins."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from stdnum.cn import uscc

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.demo.names import Registry, name, telephone
from shangmen.foundation.accounts import actions as accounts
from shangmen.foundation.accounts import queries as users
from shangmen.foundation.accounts.forms import UserForm
from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations.forms import OrganisationForm, QualificationForm, WorkerForm
from shangmen.foundation.organisations.states import OrganisationKind, Position, Sex
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.organisations.workers import actions as workers
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.gazetteer import Geometry
from shangmen.foundation.regions.queries import DivisionRow
from shangmen.foundation.regions.states import PositionSource

DEMO = "（演示）"
PASSWORD = "Demo-county-2026"  # noqa: S105 -- printed with the log-ins; the demo's people are invented

_PROVIDER_NAMES = ("春晖", "和顺", "安康", "益民", "塞上", "清泉")
_PATTERN = {str(day): [(480, 720), (810, 1080)] for day in range(5)}  # 08:00-12:00, 13:30-18:00, Monday to Friday
_SATURDAYS = {**_PATTERN, "5": [(480, 720)]}
PROVIDERS = 6


@dataclass
class Staff:
    """How many come from one organisation, of which sex, with what."""

    women: int
    men: int
    position: Position
    kinds: tuple[str, ...]
    trained: tuple[int, int] = (0, 0)  # women and men trained for baths
    checked: bool = False


@dataclass
class County:
    """What was made: scopes to act under, ids to refer to."""

    county: int
    name: str
    code: str
    system: Scope
    townships: list[DivisionRow]
    outline: Geometry
    bureau: int = 0
    stations: dict[int, int] = field(default_factory=dict)  # township -> organisation
    providers: list[int] = field(default_factory=list)
    east: list[int] = field(default_factory=list)  # townships
    west: list[int] = field(default_factory=list)
    logins: list[tuple[str, str, str]] = field(default_factory=list)  # login, role, organisation

    async def scope(self, login: str) -> Scope:
        """The scope of somebody who can log in."""
        return await users.as_user(self.system, login)


def credit_code(prefix: str, county: str, serial: int) -> str:
    """A well-formed unified social credit code (GB 32100-2015) of nobody; the organisation's part by GB 11714."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    body = f"MJX{serial:05d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(alphabet.index(c) * w for c, w in zip(body, weights, strict=True)) % 11
    check = {10: "X", 11: "0"}.get(rest, str(rest))
    number = f"{prefix}{county}{body}{check}"
    return number + uscc.calc_check_digit(number)


async def make_organisations(made: County, today: date) -> None:
    """The bureau, a station in every township, six providers in four places."""
    _halves(made)
    seat = made.townships[0]
    made.bureau = await organisations.register(
        made.system,
        OrganisationForm(
            kind=OrganisationKind.BUREAU,
            name=f"{made.name}民政局{DEMO}",
            latitude=seat.latitude,
            longitude=seat.longitude,
            position_source=PositionSource.SYNTHETIC,
        ),
    )
    for township in made.townships:
        made.stations[township.id] = await organisations.register(
            made.system,
            OrganisationForm(
                kind=OrganisationKind.STATION,
                name=f"{township.name}社工站{DEMO}",
                township=township.id,
                supervisor=made.bureau,
            ),
        )
    east = _middles(made, made.east)
    west = _middles(made, made.west)
    for index, place in enumerate((east[0], east[1], west[0], west[1], west[0], east[0])):
        provider = await organisations.register(
            made.system,
            OrganisationForm(
                kind=OrganisationKind.PROVIDER,
                name=f"{made.name[:2]}{_PROVIDER_NAMES[index]}社会服务中心{DEMO}",
                credit_code=credit_code("52", made.code, index + 1),
                latitude=place[0] + Decimal(index) / 1000,
                longitude=place[1],
                position_source=PositionSource.SYNTHETIC,
                areas=[township.id for township in made.townships],
            ),
        )
        made.providers.append(provider)
        for kind, mandatory in (
            ("registration", True),
            ("insurance", False),
            ("food_licence", False),
            ("halal_kitchen", False),
            ("nursing_licence", False),
            ("care_filing", False),
        ):
            await organisations.add_qualification(
                made.system,
                provider,
                QualificationForm(
                    kind=kind,
                    number=f"SYN-{index + 1:03d}",
                    valid_from=today - timedelta(days=400),
                    valid_to=today + timedelta(days=330 + 20 * index),
                    mandatory=mandatory,
                ),
            )


def _halves(made: County) -> None:
    """The two areas (片区) that the care lots are cut into, by longitude."""
    ordered = sorted(made.townships, key=lambda t: (centre(t)[1], t.code))
    half = len(ordered) // 2
    made.west = [t.id for t in ordered[:half]]
    made.east = [t.id for t in ordered[half:]]


def centre(township: DivisionRow) -> tuple[Decimal, Decimal]:
    """The synthetic centre that every township of the gazetteer has."""
    assert township.latitude is not None and township.longitude is not None
    return township.latitude, township.longitude


def _middles(made: County, area: list[int]) -> list[tuple[Decimal, Decimal]]:
    """Two places in an area, each in the township that is nearest to most of its half."""
    towns = sorted((t for t in made.townships if t.id in area), key=lambda t: (centre(t)[0], t.code))
    halves = towns[: max(1, len(towns) // 2)], towns[len(towns) // 2 :]
    found = []
    for half in halves:
        middle = min(
            half,
            key=lambda t: sum((centre(t)[0] - centre(o)[0]) ** 2 + (centre(t)[1] - centre(o)[1]) ** 2 for o in half),
        )
        found.append(centre(middle))
    return found


async def make_staff(
    made: County, registry: Registry, dice: random.Random, plan: dict[int, list[Staff]], today: date
) -> None:
    """Workers of every organisation, with certificates, hours and log-ins."""
    places = {t.id: t for t in made.townships}
    station_at = {station: places[township] for township, station in made.stations.items()}
    for organisation, groups in plan.items():
        number = 0
        for staff in groups:
            for index in range(staff.women + staff.men):
                sex = Sex.FEMALE if index < staff.women else Sex.MALE
                rank = index if sex is Sex.FEMALE else index - staff.women
                trained = rank < staff.trained[0 if sex is Sex.FEMALE else 1]
                number += 1
                await _worker(made, registry, dice, organisation, staff, sex, trained, number, station_at, today)


async def _worker(
    made: County,
    registry: Registry,
    dice: random.Random,
    organisation: int,
    staff: Staff,
    sex: Sex,
    trained: bool,
    number: int,
    station_at: dict[int, DivisionRow],
    today: date,
) -> None:
    birth = today - timedelta(days=dice.randrange(26 * 365, 55 * 365))
    who = name(dice, sex)
    place = station_at.get(organisation)
    worker = await workers.register_worker(
        made.system,
        WorkerForm(
            name=who,
            id_number=registry.number(birth, sex),
            sex=sex,
            position=staff.position,
            valid_from=today - timedelta(days=300),
            telephone=telephone(dice),
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
            background_checked=today - timedelta(days=dice.randrange(70, 200)) if staff.checked else None,
            daily_minutes=480,
            monthly_minutes=9600,
            pattern=_SATURDAYS if number % 3 == 0 else _PATTERN,
            organisation=organisation,
        ),
    )
    for kind in (*staff.kinds, *(("bath_training",) if trained else ())):
        await workers.qualify_worker(
            made.system,
            worker,
            QualificationForm(
                kind=kind,
                number=f"SYN-{worker:05d}",
                valid_from=today - timedelta(days=290),
                valid_to=today + timedelta(days=dice.randrange(120, 700)),
            ),
        )
    await _account(made, f"w{worker:03d}", who, Role.WORKER, organisation, worker)


async def make_accounts(made: County) -> None:
    """Somebody at every desk; all with the printed password."""
    desks = (
        ("bureau", "县局经办", Role.BUREAU_OFFICER),
        ("bureau2", "县局审批", Role.BUREAU_OFFICER),
        ("finance", "县局财务", Role.BUREAU_FINANCE),
        ("auditor", "县局审计", Role.AUDITOR),
        ("admin", "系统管理", Role.ADMINISTRATOR),
    )
    for login, who, role in desks:
        await _account(made, login, who, role, made.bureau)
    for number, station in enumerate(made.stations.values(), 1):
        await _account(made, f"station{number}", f"调度员{number}", Role.STATION_SCHEDULER, station)
        await _account(made, f"village{number}", f"协理员{number}", Role.VILLAGE_ASSISTANT, station)
    for number, provider in enumerate(made.providers, 1):
        await _account(made, f"provider{number}", f"项目经理{number}", Role.PROVIDER_MANAGER, provider)


async def _account(
    made: County, login: str, who: str, role: Role, organisation: int, worker: int | None = None
) -> None:
    await accounts.create(
        made.system,
        UserForm(login=login, name=who, role=role, organisation=organisation, worker=worker),
        password=PASSWORD,
        must_change=False,
    )
    made.logins.append((login, str(role), await _name(made.system, organisation)))


@database.scoped
async def _name(scope: Scope, organisation: int) -> str:
    return (await database.read(Organisation, organisation)).name


async def describe(system: Scope, code: str) -> County:
    """The county as regions knows it, before anything is made in it."""
    county = await regions.county(system)
    outline = await regions.outline(system, county.id)
    if outline is None:
        raise LookupError(f"no outline of county {code}")
    return County(
        county=county.id,
        name=county.name,
        code=code,
        system=system,
        townships=list(await regions.townships(system)),
        outline=outline,
    )
