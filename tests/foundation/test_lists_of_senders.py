"""Who sends which list: a provider its own workers, nobody another's."""

from stdnum.iso7064 import mod_11_2

from shangmen.foundation.imports import actions
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.lists_in import codes, taken, workbook

HEADS = ["姓名", "身份证号", "单位", "证书", "手机"]


def numbered(*bodies: str) -> list[str]:

    return [body + mod_11_2.calc_check_digit(body) for body in bodies]


async def test_a_manager_sends_the_workers_of_the_own_provider_and_no_others(cast: Cast) -> None:
    first, second = numbered("64032419800101901", "64032419850203912")
    content = workbook(
        HEADS, ["甲一", first, "", "养老护理员五级", "13800000031"], ["甲二", second, "别处服务站", "", ""]
    )
    id, counts, lines = await taken(cast.provider_a, "workers", content)
    assert counts.new == 1
    assert codes(lines) == {3: "PROVIDER_UNKNOWN"}
    _again, counts, _lines = await taken(cast.provider_a, "workers", content)
    assert counts.same == 1
    await actions.undo(cast.provider_a, id, "错")


async def test_another_providers_worker_is_refused_and_nothing_of_a_known_one_is_shown(cast: Cast) -> None:
    (number,) = numbered("64032419800101901")
    await taken(cast.provider_a, "workers", workbook(HEADS, ["甲一", number, "", "", "13800000031"]))
    _id, _counts, lines = await taken(cast.provider_b, "workers", workbook(HEADS, ["别名", number, "", "", ""]))
    assert codes(lines) == {2: "NAME_DISAGREES"}
    assert lines[0].refusal is not None and not lines[0].refusal.words
    _id, counts, lines = await taken(
        cast.provider_b, "workers", workbook(HEADS, ["甲一", number, "", "", "13900000000"])
    )
    assert counts.merged == 1 and lines[0].changes == []


async def test_a_providers_list_is_seen_by_its_provider_and_the_bureau_alone(cast: Cast, browser: OpenBrowser) -> None:
    (number,) = numbered("64032419800101901")
    id, _counts, _lines = await taken(
        cast.provider_a, "workers", workbook(HEADS, ["甲一", number, "", "", ""]), commit=False
    )
    for scope, status in ((cast.provider_a, 200), (cast.bureau, 200), (cast.provider_b, 404), (cast.stranger, 404)):
        assert (await (await browser(scope)).get(f"/imports/{id}")).status_code == status
    manager = await browser(cast.provider_a)
    page = (await manager.get("/imports")).text
    assert "template?kind=workers" in page and "kind=recipients" not in page
    for kind in ("recipients", "contracts", "needs"):
        assert (await manager.get(f"/imports?kind={kind}")).status_code == 403
