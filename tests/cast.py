"""The cast of the tests: two stations, two providers, two counties, the desks of the bureau, and the strangers.

Everybody is invented. Rows are written as the system, and committed once; the features' own tests go through verbs.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.catalogue import actions as catalogue

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


async def _division(code: str, name: str, level: str, parent: int | None, lat: str, lon: str) -> int:
    return await database.insert(
        "division",
        code=code,
        name=name,
        level=level,
        parent=parent,
        valid_from=LONG_AGO,
        latitude=Decimal(lat),
        longitude=Decimal(lon),
        position_source="SYNTHETIC",
        terrain="plain",
    )


async def _organisation(county: int, kind: str, name: str, township: int | None, lat: str, lon: str) -> int:
    return await database.insert(
        "organisation",
        county=county,
        kind=kind,
        name=name,
        township=township,
        address="",
        telephone="",
        latitude=Decimal(lat),
        longitude=Decimal(lon),
        position_source="SYNTHETIC",
        status="active",
    )


async def _worker(county: int, organisation: int, name: str, sex: str, number: str, kinds: tuple[str, ...]) -> int:
    worker = await database.insert(
        "worker",
        county=county,
        registered_by=organisation,
        name=name,
        id_number=number,
        sex=sex,
        birth_date=date(1985, 1, 1),
        telephone="",
        languages="",
        latitude=Decimal("36.98"),
        longitude=Decimal("105.91"),
        background_checked=None,
    )
    await database.insert(
        "engagement",
        worker=worker,
        organisation=organisation,
        position="care_worker",
        valid_from=LONG_AGO,
        pattern=EVERY_DAY,
        daily_minutes=600,
        monthly_minutes=12000,
    )
    for kind in kinds:
        await database.insert(
            "qualification",
            county=county,
            worker=worker,
            kind=kind,
            number="1",
            mandatory=True,
            valid_from=LONG_AGO,
            status="valid",
            note="",
        )
    return worker


async def _person(county: int, station: int, township: int, name: str, number: str, sex: str, lat: str) -> int:
    household = await database.insert(
        "household", county=county, station=station, number=number[-4:], category="TEKUN", valid_from=LONG_AGO
    )
    return await database.insert(
        "person",
        county=county,
        station=station,
        township=township,
        household=household,
        name=name,
        pinyin="",
        initials="",
        id_number=number,
        no_id_reason="",
        sex=sex,
        birth_date=date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
        telephone="13800005678",
        person_group="elder",
        living="alone",
        village="",
        address="",
        latitude=Decimal(lat),
        longitude=Decimal("105.92"),
        position_source="SYNTHETIC",
        halal=False,
        language="",
        guardian_name="",
        guardian_telephone="",
        consent_by="",
        notes="",
        state="living",
        version=1,
        created_at=clock.now(),
    )


async def _item(code: str, name: str, english: str, unit: str, minutes: int, **more: object) -> int:
    values: dict[str, object] = {
        "kind": "care",
        "standard_minutes": minutes,
        "minimum_minutes": 10,
        "staff_count": 1,
        "required_qualification": "",
        "same_sex": False,
        "minors_check": False,
        "proof": [],
        "valid_from": LONG_AGO,
        "source": "test",
    }
    return await database.insert(
        "service_item", code=code, name=name, english=english, unit=unit, **{**values, **more}
    )


async def _user(role: Role, organisation: int, county: int, name: str, worker: int | None = None) -> Scope:
    login = f"u{organisation}.{role}.{worker or 0}.{name}"
    user = await database.insert(
        "app_user",
        login=login,
        name=name,
        role=str(role),
        organisation=organisation,
        county=county,
        worker=worker,
        password="-",
        totp_secret="",
        must_change=False,
        active=True,
        locale="zh_CN",
        created_at=clock.now(),
    )
    organisation_name = await database.fetch_value("SELECT name FROM organisation WHERE id = :id", id=organisation)
    return Scope(
        role=role,
        counties=(county,),
        organisation=organisation,
        user=user,
        worker=worker,
        name=name,
        organisation_name=organisation_name,
        address="127.0.0.9",
    )


async def make_cast() -> Cast:
    """Write the cast into the database and commit it."""
    async with database.transaction(access.system(purpose="cast")):
        county = await _division("640324000000", "同心县", "county", None, "36.981", "105.914")
        other = await _division("640521000000", "中宁县", "county", None, "37.492", "105.685")
        township_a = await _division("640324102000", "韦州镇", "township", county, "37.29", "106.48")
        township_b = await _division("640324103000", "下马关镇", "township", county, "37.13", "106.40")
        township_o = await _division("640521100000", "宁安镇", "township", other, "37.49", "105.68")
        items = {
            "home_visit": await _item("V01", "上门探访", "home visit", "visit", 30, kind="visit"),
            "cleaning": await _item("C05", "居室清洁", "cleaning", "hour", 60, price_ceiling=Decimal("40")),
            "bath": await _item(
                "C03", "上门助浴", "full bath", "visit", 60, staff_count=2, same_sex=True,
                required_qualification="bath_training",
            ),
        }  # fmt: skip
    await catalogue.load(access.system(purpose="cast"))
    async with database.transaction(access.system(county, other, purpose="cast")):
        bureau = await _organisation(county, "bureau", "同心县民政局（测试）", None, "36.981", "105.914")
        station_a = await _organisation(county, "station", "韦州镇社工站（测试）", township_a, "37.29", "106.48")
        station_b = await _organisation(county, "station", "下马关镇社工站（测试）", township_b, "37.13", "106.40")
        provider_a = await _organisation(county, "provider", "甲服务中心（测试）", None, "37.20", "106.40")
        provider_b = await _organisation(county, "provider", "乙服务中心（测试）", None, "36.99", "105.92")
        bureau_o = await _organisation(other, "bureau", "中宁县民政局（测试）", None, "37.492", "105.685")
        station_o = await _organisation(other, "station", "宁安镇社工站（测试）", township_o, "37.49", "105.68")
        provider_o = await _organisation(other, "provider", "丙服务中心（测试）", None, "37.49", "105.69")
        care = ("health_certificate", "bath_training")
        woman = await _worker(county, provider_a, "测试甲女", "female", "640324198910209077", care)
        man = await _worker(county, provider_a, "测试甲男", "male", "640324198910209078", care)
        man_b = await _worker(county, provider_b, "测试乙男", "male", "64032419780923904X", care)
        social = await _worker(county, station_a, "测试社工", "female", "640521197809239041", ("social_worker",))
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
                county, station_a, township_a, "马测试", "640324194406129029", "female", "37.30"
            ),
            person_b=await _person(county, station_b, township_b, "杨测试", "640324195001019010", "male", "37.14"),
            stranger_person=await _person(
                other, station_o, township_o, "王测试", "640521197809239041", "female", "37.50"
            ),
            **items,
        )  # fmt: skip
