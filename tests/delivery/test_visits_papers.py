"""A visit is not confirmed while a paper that its service asks for does not hold on its day."""

import pytest

from shangmen.delivery.visits import actions
from shangmen.errors import Faults, Refused
from shangmen.foundation.organisations.states import QualificationStatus
from shangmen.foundation.organisations.tables import Qualification
from tests.cast import LONG_AGO, Cast
from tests.delivery.planning import MONDAY, add, cleaning, form
from tests.supply.test_papers import ask, hand_in


async def test_a_visit_is_confirmed_only_with_the_paper_of_its_service(cast: Cast) -> None:
    placement = (await cleaning(cast)).placement
    visit = await actions.plan(cast.provider_a, placement, form(cast.worker_a.worker))
    await ask(cast.system, {"all": ["insurance"]})
    with pytest.raises(Refused, match="lacks a valid"):
        await actions.confirm(cast.provider_a, visit)
    await hand_in(cast, "insurance", MONDAY)
    assert await actions.confirm(cast.provider_a, visit) == visit


async def test_a_visit_is_not_planned_on_a_day_after_the_paper_ends(cast: Cast) -> None:
    placement = (await cleaning(cast)).placement
    await ask(cast.system, {"all": ["insurance"]})
    with pytest.raises(Faults) as refused:
        await actions.plan(cast.provider_a, placement, form(cast.worker_a.worker))
    assert "lacks a valid" in refused.value.faults["day"][0]


async def test_a_visit_is_not_confirmed_while_a_certificate_of_its_worker_does_not_hold(cast: Cast) -> None:
    placement = (await cleaning(cast)).placement
    visit = await actions.plan(cast.provider_a, placement, form(cast.worker_a.worker))
    await add(
        cast.system,
        Qualification(
            county=cast.county,
            worker=cast.worker_a.worker,
            kind="first_aid",
            mandatory=True,
            valid_from=LONG_AGO,
            status=QualificationStatus.REVOKED,
        ),
    )
    with pytest.raises(Refused, match="does not hold"):
        await actions.confirm(cast.provider_a, visit)
