"""The cast of the tests: two stations, two providers, two counties, the desks of the bureau, and the strangers.

Everybody is invented. Rows are written as the system, and committed once; the features' own tests go through verbs.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.demand.recipients.tables import Household, Person
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.catalogue.states import ServiceKind, ServiceUnit
from shangmen.foundation.catalogue.tables import ServiceItem
from shangmen.foundation.organisations.states import OrganisationKind, Position, Sex
from shangmen.foundation.organisations.tables import Engagement, Organisation, Qualification, Worker
from shangmen.foundation.regions.states import Level, PositionSource
from shangmen.foundation.regions.tables import Division

EVERY_DAY = {str(day): [[480, 1080]] for day in range(7)}
LONG_AGO = date(2020, 1, 1)


@dataclass(frozen=True)
class Cast:
    """People (as scopes) and the rows that they belong to (as ids)."""

    bureau: Scope
    approver: Scope
    finance: Scope
    auditor: Scope
    administrator: Scope
    station_a: Scope
    station_b: Scope
    assistant_a: Scope
    provider_a: Scope
    provider_b: Scope
    worker_a: Scope  # a woman of provider A
    worker_m: Scope  # a man of provider A
    worker_b: Scope  # a man of provider B
    social_worker_a: Scope  # a woman of station A
    stranger: Scope  # an officer of the other county
    stranger_station: Scope
    stranger_provider: Scope
    system: Scope  # of the county
    county: int
    other_county: int
    township_a: int
    township_b: int
    person_a: int  # an elder of station A, a woman
    person_b: int  # an elder of station B, a man
    stranger_person: int  # of the other county
    home_visit: int  # V01, station's and anybody's
    cleaning: int  # C05, by the hour
    bath: int  # C03, two workers of the recipient's sex, trained

    def people(self) -> dict[str, Scope]:
        """Everybody who can log in, by name."""
        return {
            name: value for name, value in vars(self).items() if isinstance(value, Scope) and value.role != Role.SYSTEM
        }


async def _division(code: str, name: str, level: Level, parent: int | None, lat: str, lon: str) -> int:
    return await database.add(
        Division(
            code=code,
            name=name,
            level=level,
            parent=parent,
            valid_from=LONG_AGO,
            latitude=Decimal(lat),
            longitude=Decimal(lon),
            position_source=PositionSource.SYNTHETIC,
        )
    )


async def _organisation(
    county: int, kind: OrganisationKind, name: str, township: int | None, lat: str, lon: str
) -> int:
    return await database.add(
        Organisation(
            county=county,
            kind=kind,
            name=name,
            township=township,
            latitude=Decimal(lat),
            longitude=Decimal(lon),
            position_source=PositionSource.SYNTHETIC,
        )
    )


async def _worker(county: int, organisation: int, name: str, sex: Sex, number: str, kinds: tuple[str, ...]) -> int:
    worker = await database.add(
        Worker(
            county=county,
            registered_by=organisation,
            name=name,
            id_number=number,
            sex=sex,
            birth_date=date(1985, 1, 1),
            latitude=Decimal("36.98"),
            longitude=Decimal("105.91"),
        )
    )
    await database.add(
        Engagement(
            worker=worker,
            organisation=organisation,
            position=Position.CARE_WORKER,
            valid_from=LONG_AGO,
            pattern=database.to_json(EVERY_DAY),
            daily_minutes=600,
            monthly_minutes=12000,
        )
    )
    for kind in kinds:
        await database.add(
            Qualification(county=county, worker=worker, kind=kind, number="1", mandatory=True, valid_from=LONG_AGO)
        )
    return worker


async def _person(county: int, station: int, township: int, name: str, number: str, sex: Sex, lat: str) -> int:
    household = await database.add(
        Household(county=county, station=station, number=number[-4:], category=Category.TEKUN, valid_from=LONG_AGO)
    )
    return await database.add(
        Person(
            county=county,
            station=station,
            township=township,
            household=household,
            name=name,
            id_number=number,
            sex=sex,
            birth_date=date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
            telephone="13800005678",
            group=PersonGroup.ELDER,
            living=Living.ALONE,
            latitude=Decimal(lat),
            longitude=Decimal("105.92"),
            position_source=PositionSource.SYNTHETIC,
            created_at=clock.now(),
        )
    )


async def _item(code: str, name: str, english: str, unit: ServiceUnit, minutes: int, **more: Any) -> int:
    values: dict[str, Any] = {"kind": ServiceKind.CARE, **more}
    return await database.add(
        ServiceItem(
            code=code,
            name=name,
            english=english,
            unit=unit,
            standard_minutes=minutes,
            valid_from=LONG_AGO,
            source="test",
            **values,
        )
    )


async def _user(role: Role, organisation: int, county: int, name: str, worker: int | None = None) -> Scope:
    user = await database.add(
        User(
            login=f"u{organisation}.{role}.{worker or 0}.{name}",
            name=name,
            role=role,
            organisation=organisation,
            county=county,
            worker=worker,
            password="-",
            must_change=False,
            created_at=clock.now(),
        )
    )
    record(access.system(county, purpose="cast"), "accounts.create", "app_user", user, role=role)
    employer = await database.read(Organisation, organisation)
    return Scope(
        role=role,
        counties=(county,),
        organisation=organisation,
        user=user,
        worker=worker,
        name=name,
        organisation_name=employer.name,
        address="127.0.0.9",
    )


async def make_cast() -> Cast:
    """Write the cast into the database and commit it."""
    async with database.transaction(access.system(purpose="cast")):
        county = await _division("640324000000", "同心县", Level.COUNTY, None, "36.981", "105.914")
        other = await _division("640521000000", "中宁县", Level.COUNTY, None, "37.492", "105.685")
        township_a = await _division("640324102000", "韦州镇", Level.TOWNSHIP, county, "37.29", "106.48")
        township_b = await _division("640324103000", "下马关镇", Level.TOWNSHIP, county, "37.13", "106.40")
        township_o = await _division("640521100000", "宁安镇", Level.TOWNSHIP, other, "37.49", "105.68")
        items = {
            "home_visit": await _item("V01", "上门探访", "home visit", ServiceUnit.VISIT, 30, kind=ServiceKind.VISIT),
            "cleaning": await _item("C05", "居室清洁", "cleaning", ServiceUnit.HOUR, 60, price_ceiling=Decimal("40")),
            "bath": await _item(
                "C03", "上门助浴", "full bath", ServiceUnit.VISIT, 60, staff_count=2, same_sex=True,
                required_qualification="bath_training",
            ),
        }  # fmt: skip
    await catalogue.load(access.system(purpose="cast"))
    async with database.transaction(access.system(county, other, purpose="cast")):
        # The trail tells of these lines too; those of the set-up are known by the seed.
        await database.execute("UPDATE service_item SET code = code WHERE id = ANY(:made)", made=list(items.values()))
        bureau = await _organisation(
            county, OrganisationKind.BUREAU, "同心县民政局（测试）", None, "36.981", "105.914"
        )
        station_a = await _organisation(
            county, OrganisationKind.STATION, "韦州镇社工站（测试）", township_a, "37.29", "106.48"
        )
        station_b = await _organisation(
            county, OrganisationKind.STATION, "下马关镇社工站（测试）", township_b, "37.13", "106.40"
        )
        provider_a = await _organisation(
            county, OrganisationKind.PROVIDER, "甲服务中心（测试）", None, "37.20", "106.40"
        )
        provider_b = await _organisation(
            county, OrganisationKind.PROVIDER, "乙服务中心（测试）", None, "36.99", "105.92"
        )
        bureau_o = await _organisation(
            other, OrganisationKind.BUREAU, "中宁县民政局（测试）", None, "37.492", "105.685"
        )
        station_o = await _organisation(
            other, OrganisationKind.STATION, "宁安镇社工站（测试）", township_o, "37.49", "105.68"
        )
        provider_o = await _organisation(
            other, OrganisationKind.PROVIDER, "丙服务中心（测试）", None, "37.49", "105.69"
        )
        care = ("health_certificate", "bath_training")
        woman = await _worker(county, provider_a, "测试甲女", Sex.FEMALE, "640324198910209077", care)
        man = await _worker(county, provider_a, "测试甲男", Sex.MALE, "640324198910209078", care)
        man_b = await _worker(county, provider_b, "测试乙男", Sex.MALE, "64032419780923904X", care)
        social = await _worker(county, station_a, "测试社工", Sex.FEMALE, "640521197809239041", ("social_worker",))
        return Cast(
            bureau=await _user(Role.BUREAU_OFFICER, bureau, county, "officer"),
            approver=await _user(Role.BUREAU_OFFICER, bureau, county, "approver"),
            finance=await _user(Role.BUREAU_FINANCE, bureau, county, "finance"),
            auditor=await _user(Role.AUDITOR, bureau, county, "auditor"),
            administrator=await _user(Role.ADMINISTRATOR, bureau, county, "administrator"),
            station_a=await _user(Role.STATION_SCHEDULER, station_a, county, "scheduler a"),
            station_b=await _user(Role.STATION_SCHEDULER, station_b, county, "scheduler b"),
            assistant_a=await _user(Role.VILLAGE_ASSISTANT, station_a, county, "assistant a"),
            provider_a=await _user(Role.PROVIDER_MANAGER, provider_a, county, "manager a"),
            provider_b=await _user(Role.PROVIDER_MANAGER, provider_b, county, "manager b"),
            worker_a=await _user(Role.WORKER, provider_a, county, "worker a", woman),
            worker_m=await _user(Role.WORKER, provider_a, county, "worker m", man),
            worker_b=await _user(Role.WORKER, provider_b, county, "worker b", man_b),
            social_worker_a=await _user(Role.WORKER, station_a, county, "social worker a", social),
            stranger=await _user(Role.BUREAU_OFFICER, bureau_o, other, "stranger"),
            stranger_station=await _user(Role.STATION_SCHEDULER, station_o, other, "stranger station"),
            stranger_provider=await _user(Role.PROVIDER_MANAGER, provider_o, other, "stranger provider"),
            system=access.system(county, purpose="test"),
            county=county,
            other_county=other,
            township_a=township_a,
            township_b=township_b,
            person_a=await _person(
                county, station_a, township_a, "马测试", "640324194406129029", Sex.FEMALE, "37.30"
            ),
            person_b=await _person(county, station_b, township_b, "杨测试", "640324195001019010", Sex.MALE, "37.14"),
            stranger_person=await _person(
                other, station_o, township_o, "王测试", "640521197809239041", Sex.FEMALE, "37.50"
            ),
            **items,
        )  # fmt: skip
