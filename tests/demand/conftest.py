"""What the tests of demand share: the law's parameters, the wired effects, and forms that are right."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar

import pytest
import pytest_asyncio

from shangmen import wiring
from shangmen.access import Scope
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.foundation.catalogue import actions as catalogue
from tests.cast import Cast
from tests.conftest import Browser

Something = TypeVar("Something")


def there(value: Something | None) -> Something:
    """What must be there for the test to make sense."""
    assert value is not None
    return value


# What the fixtures `elder` and `browser` give.
Elder = Callable[..., RecipientForm]
Browsing = Callable[[Scope | None], Awaitable[Browser]]


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def law(cast: Cast) -> None:
    """The catalogue and the parameters as a new county gets them."""
    await catalogue.load(cast.system)
    wiring.wire()


@pytest.fixture
def elder() -> Elder:
    """A registration that is right, but for what the test says."""

    def made(**changes: object) -> RecipientForm:
        values: dict[str, object] = {
            "name": "曾小兰",
            "category": "DIBAO",
            "household_from": date(2024, 1, 1),
            "id_number": "640402196311059052",
            "living": "alone",
            **changes,
        }
        return RecipientForm(**values)  # type: ignore[arg-type]  # the tests give what they test

    return made
