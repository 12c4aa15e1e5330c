"""A home whose point is an estimate is marked as such on pages, exports and the phone."""

import pytest

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.visits import actions
from shangmen.demand.recipients.tables import Person
from tests.cast import Cast
from tests.delivery.planning import MONDAY, cleaning, form
from tests.supply.test_matching_pages import Open

MARK = "估计位置：所在乡镇的中心"


@database.scoped
async def nowhere(scope: Scope, person: int) -> None:
    await database.change(Person, person, {Person.latitude: None, Person.longitude: None})


@pytest.mark.parametrize("known", [True, False])
async def test_pages_exports_and_the_phone_mark_an_estimated_home_and_no_other(
    cast: Cast, browser: Open, known: bool
) -> None:
    if not known:
        await nowhere(cast.system, cast.person_a)
    placed = await cleaning(cast)
    visit = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    manager, worker = await browser(cast.provider_a), await browser(cast.worker_a)
    seen = [
        (await manager.get(path)).text
        for path in (
            f"/visits/{visit}", f"/visits/export?form=csv&first={MONDAY}&last={MONDAY}",
            f"/placements/{placed.placement}", "/placements/",
            "/placements/export?form=csv", "/offers/export?form=csv&state=accepted",
        )
    ]  # fmt: skip
    seen.append((await worker.get(f"/phone/visits/{visit}")).text)
    assert [MARK in text for text in seen] == [not known] * len(seen)
