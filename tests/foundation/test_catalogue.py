"""The catalogue and the parameters: dated, sourced, never overwritten."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shangmen import clock, database
from shangmen.errors import Conflict, Refused
from shangmen.foundation.catalogue import actions, queries, seed
from shangmen.foundation.catalogue.forms import ParameterForm, RevisionForm
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.filled_forms import form_of

NEXT = date(2026, 7, 1)


def revision(**more: Any) -> RevisionForm:
    values: dict[str, Any] = {
        "name": "居室清洁", "english": "cleaning", "standard_minutes": 90, "minimum_minutes": 60, "staff_count": 1,
        "valid_from": NEXT, "source": "询价 2026", "price_ceiling": Decimal("45"), **more,
    }  # fmt: skip
    return RevisionForm(**values)


def typed(**more: str) -> dict[str, object]:
    return {
        "name": "居室清洁", "english": "cleaning", "standard_minutes": "90", "minimum_minutes": "60",
        "staff_count": "1", "valid_from": "2026-07-01", "source": "询价 2026", "price_ceiling": "45", **more,
    }  # fmt: skip


async def test_loading_again_changes_nothing(cast: Cast) -> None:
    await actions.load(cast.system)
    count = "SELECT (SELECT count(*) FROM service_item) + (SELECT count(*) FROM parameter)"
    async with database.transaction(cast.system):
        before = await database.number(count)
    assert await actions.load(cast.system) == 0
    async with database.transaction(cast.system):
        assert await database.number(count) == before


def test_every_seeded_line_and_value_names_its_source() -> None:
    assert len({item.code for item in seed.ITEMS}) == len(seed.ITEMS)
    assert all(item.source and item.least <= item.minutes and Decimal(item.ceiling) > 0 for item in seed.ITEMS)
    assert all(value.source and value.unit for value in seed.PARAMETERS)
    assert len({value.name for value in seed.PARAMETERS}) == len(seed.PARAMETERS)


async def test_a_revision_ends_the_old_version_the_day_before(cast: Cast) -> None:
    new = await actions.revise(cast.administrator, cast.cleaning, revision())
    assert (await queries.item(cast.bureau, cast.cleaning)).valid_to == NEXT - timedelta(days=1)
    assert (await queries.item_by_code(cast.bureau, "C05", NEXT - timedelta(days=1))).id == cast.cleaning
    assert (await queries.item_by_code(cast.bureau, "C05", NEXT)).id == new
    assert [row.id for row in await queries.versions(cast.bureau, "C05")] == [new, cast.cleaning]


async def test_only_the_newest_version_is_revised(cast: Cast) -> None:
    await actions.revise(cast.administrator, cast.cleaning, revision())
    with pytest.raises(Conflict):
        await actions.revise(cast.administrator, cast.cleaning, revision(valid_from=date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid_from": date(2020, 1, 1)}, "valid_from"),
        ({"minimum_minutes": 91}, "minimum_minutes"),
        ({"price_ceiling": Decimal(0)}, "price_ceiling"),
    ],
)
async def test_a_revision_that_cannot_be_is_refused(cast: Cast, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        await actions.revise(cast.administrator, cast.cleaning, revision(**change))
    assert refused.value.field == field


async def test_a_parameter_has_the_value_of_its_day(cast: Cast) -> None:
    await actions.load(cast.system)
    form = ParameterForm("grace_period_months", "12", NEXT, "宁民发〔2026〕1号")
    await actions.set_parameter(cast.administrator, form)
    assert await queries.parameter(cast.bureau, "grace_period_months", NEXT - timedelta(days=1)) == 18
    assert await queries.parameter(cast.bureau, "grace_period_months", NEXT) == 12
    with clock.stopped_at(clock.at(NEXT, 60)):
        assert await queries.parameter(cast.bureau, "grace_period_months") == 12


async def test_an_unknown_parameter_and_a_day_before_the_first_value_are_loud(cast: Cast) -> None:
    await actions.load(cast.system)
    with pytest.raises(LookupError, match="no_such_rule"):
        await queries.parameter(cast.bureau, "no_such_rule")
    with pytest.raises(LookupError, match="elder_age"):
        await queries.parameter(cast.bureau, "elder_age", date(1999, 1, 1))


def test_every_parameter_has_limits_that_its_first_value_keeps() -> None:
    numbers = {one.name: one.value for one in seed.PARAMETERS if one.unit != actions.PAPERS}
    assert set(seed.LIMITS) == set(numbers)
    for name, value in numbers.items():
        least, most = seed.LIMITS[name]
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        assert all(isinstance(number, int | float) and least <= number <= most for number in parts), name


@pytest.mark.parametrize(
    ("name", "value", "day", "field"),
    [
        ("no_such_rule", "1", NEXT, "name"),
        ("elder_age", "sixty", NEXT, "value"),
        ("elder_age", "nan", NEXT, "value"),
        ("elder_age", "inf", NEXT, "value"),
        ("elder_age", "-1", NEXT, "value"),
        ("elder_age", "60.5", NEXT, "value"),
        ("office_hours", "480", NEXT, "value"),
        ("office_hours", "480 960", NEXT, "value"),
        ("contract_warning_shares", "", NEXT, "value"),
        ("deduction_shares", "0.1", NEXT, "value"),
        ("background_check_months", "200000", NEXT, "value"),
        ("elder_age", "0", NEXT, "value"),
        ("supplement_share", "11", NEXT, "value"),
        ("office_hours", "08:00 24:01", NEXT, "value"),
        ("elder_age", "65", seed.VALID_FROM, "valid_from"),
    ],
)
async def test_a_value_of_another_shape_is_refused(cast: Cast, name: str, value: str, day: date, field: str) -> None:
    await actions.load(cast.system)
    with pytest.raises(Refused) as refused:
        await actions.set_parameter(cast.administrator, ParameterForm(name, value, day, "x"))
    assert refused.value.field == field


async def test_several_numbers_stay_several(cast: Cast) -> None:
    await actions.load(cast.system)
    form = ParameterForm("contract_warning_shares", "50，90%", NEXT, "x")
    await actions.set_parameter(cast.administrator, form)
    assert await queries.parameter_as(cast.bureau, list[Decimal], "contract_warning_shares", NEXT) == [
        Decimal("0.5"),
        Decimal("0.9"),
    ]


async def test_the_list_is_searched_and_shows_another_day(browser: OpenBrowser, cast: Cast) -> None:
    await actions.revise(cast.administrator, cast.cleaning, revision(name="深度清洁"))
    visitor = await browser(cast.provider_a)
    assert "居室清洁" in (await visitor.get("/catalogue", params={"q": "C05", "on": "2026-06-30"})).text
    later = (await visitor.get("/catalogue", params={"q": "清洁", "on": "2026-07-01"})).text
    assert "深度清洁" in later and "上门助浴" not in later
    assert "没有符合条件的服务项目" in (await visitor.get("/catalogue", params={"q": "无此项"})).text


async def test_an_old_version_says_that_it_is_not_the_newest(browser: OpenBrowser, cast: Cast) -> None:
    await actions.revise(cast.administrator, cast.cleaning, revision())
    page = await (await browser(cast.bureau)).get(f"/catalogue/{cast.cleaning}")
    assert page.status_code == 200 and "不是该项目的最新版本" in page.text


async def test_the_administrator_revises_a_line_by_its_form(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    form = await visitor.get(f"/catalogue/{cast.cleaning}/revise")
    assert form.status_code == 200 and 'value="居室清洁"' in form.text
    wrong = await visitor.post(f"/catalogue/{cast.cleaning}/revise", typed(valid_from="2019-01-01"))
    assert wrong.status_code == 422 and 'id="f-valid_from-fault"' in wrong.text
    made = await visitor.post(f"/catalogue/{cast.cleaning}/revise", typed(proof="photo"))
    assert made.status_code == 303
    newest = await queries.item_by_code(cast.bureau, "C05", NEXT)
    assert made.headers["location"] == f"/catalogue/{newest.id}"
    assert newest.proof == ["photo"]


async def test_a_parameter_is_set_by_its_form(browser: OpenBrowser, cast: Cast) -> None:
    await actions.load(cast.system)
    visitor = await browser(cast.administrator)
    page = (await visitor.get("/catalogue/parameters")).text
    assert "渐退期上限" in page and "office_hours" not in page.replace("name=office_hours", "")
    form = form_of((await visitor.get("/catalogue/parameters?name=elder_age")).text, "/catalogue/parameters")
    sent = {**form, "value": "65", "valid_from": "2027-01-01", "source": "新法"}
    assert (await visitor.post("/catalogue/parameters", {**sent, "value": "x"})).status_code == 422
    assert (await visitor.post("/catalogue/parameters", sent)).status_code == 303
    assert "新法" in (await visitor.get("/catalogue/parameters")).text


async def test_parameters_are_shown_and_typed_in_the_units_that_people_use(browser: OpenBrowser, cast: Cast) -> None:
    await actions.load(cast.system)
    visitor = await browser(cast.administrator)
    page = (await visitor.get("/catalogue/parameters")).text
    assert "08:00, 18:00" in page and ">600<" not in page and "0.1<" not in page
    for name, shown, typed_now, stored in [
        ("worker_day_minutes", "10", "7.5", 450),
        ("distance_limit_metres", "60", "45.5", 45_500),
        ("supplement_share", "10", "5%", 0.05),
        ("office_hours", "08:00, 18:00", "08:30–17：30", [510, 1050]),
        ("clock_skew_minutes", "5", "6", 6),
    ]:
        form = form_of((await visitor.get(f"/catalogue/parameters?name={name}")).text, "/catalogue/parameters")
        assert form["value"] == shown
        sent = {**form, "value": typed_now, "valid_from": NEXT.isoformat()}
        assert (await visitor.post("/catalogue/parameters", sent)).status_code == 303, name
        assert await queries.parameter_as(cast.bureau, object, name, NEXT) == stored, name
    form = form_of((await visitor.get("/catalogue/parameters?name=worker_day_minutes")).text, "/catalogue/parameters")
    beyond = await visitor.post("/catalogue/parameters", {**form, "value": "25", "valid_from": "2027-07-01"})
    assert beyond.status_code == 422 and "1至24" in beyond.text


async def test_a_value_that_has_not_begun_is_mended(cast: Cast) -> None:
    await actions.load(cast.system)
    ahead = clock.today() + timedelta(days=30)
    await actions.set_parameter(cast.administrator, ParameterForm("elder_age", "56", ahead, "typo"))
    await actions.set_parameter(cast.administrator, ParameterForm("elder_age", "65", ahead, "新法"))
    assert await queries.parameter(cast.bureau, "elder_age", ahead) == 65
    assert await queries.parameter(cast.bureau, "elder_age") == 60


async def test_the_pages_are_for_those_who_need_them(browser: OpenBrowser, cast: Cast) -> None:
    for scope in (cast.worker_a, cast.assistant_a):
        assert (await (await browser(scope)).get("/catalogue")).status_code == 403
    for scope in (cast.bureau, cast.station_a, cast.stranger):
        visitor = await browser(scope)
        assert (await visitor.get(f"/catalogue/{cast.cleaning}")).status_code == 200  # public knowledge
        assert (await visitor.get(f"/catalogue/{cast.cleaning}/revise")).status_code == 403
        assert (await visitor.post(f"/catalogue/{cast.cleaning}/revise", typed())).status_code == 403
        assert (await visitor.post("/catalogue/parameters", {})).status_code == 403
    assert (await (await browser(cast.station_a)).get("/catalogue/parameters")).status_code == 403
    assert (await (await browser(cast.bureau)).get("/catalogue/987654321")).status_code == 404


async def set_to(cast: Cast, name: str, value: str) -> object:
    await actions.load(cast.system)
    await actions.set_parameter(
        cast.administrator, ParameterForm(name=name, value=value, valid_from=NEXT, source="文件")
    )
    async with database.transaction(cast.system):
        return await database.value(
            str, "SELECT value::text FROM parameter WHERE name = :name ORDER BY valid_from DESC LIMIT 1", name=name
        )


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("supplier_papers", "全部：登记证书\nC01: food_licence、责任保险\nN: nursing_licence",
         '{"N": ["nursing_licence"], "C01": ["food_licence", "insurance"], "all": ["registration"]}'),
        ("halal_papers", "C01：halal_kitchen", '{"C01": ["halal_kitchen"]}'),
        ("deduction_shares", "appraisal_good: 3\nappraisal_fair: 15%",
         '{"appraisal_fair": 0.15, "appraisal_good": 0.03}'),
    ],
)  # fmt: skip
async def test_papers_by_service_and_shares_by_grade_are_set_line_by_line(
    cast: Cast, name: str, value: str, kept: str
) -> None:
    assert await set_to(cast, name, value) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("supplier_papers", "Z99: food_licence"), ("supplier_papers", "C01 food_licence"),
        ("supplier_papers", "C01: 万能证"), ("supplier_papers", "C01:"),
        ("supplier_papers", "C01: insurance\nC01: insurance"),
        ("deduction_shares", "appraisal_good: 5"), ("deduction_shares", "appraisal_good: 5\nappraisal_fair: 300"),
    ],
)  # fmt: skip
async def test_an_unknown_service_paper_or_grade_is_refused_beside_the_value(
    cast: Cast, name: str, value: str
) -> None:
    with pytest.raises(Refused) as refused:
        await set_to(cast, name, value)
    assert refused.value.field == "value"


async def test_the_page_of_parameters_shows_papers_as_they_are_typed(cast: Cast, browser: OpenBrowser) -> None:
    await actions.load(cast.system)
    visitor = await browser(cast.administrator)
    place = "/catalogue/parameters?name=supplier_papers"
    filled = form_of((await visitor.get(place)).text, "/catalogue/parameters")
    assert "C01: " in filled["value"] and "\n" in filled["value"]
    answer = await visitor.post("/catalogue/parameters", {**filled, "valid_from": NEXT.isoformat(), "source": "文件"})
    assert answer.status_code == 303
