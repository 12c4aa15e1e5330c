"""What a form may weigh: so many fields and bytes, counted before anything is made of them."""

import pytest

from shangmen.web.gate import FIELDS, FORM_BYTES
from tests.conftest import OpenBrowser

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("content", ["a=&" * FIELDS, "a=" + "b" * FORM_BYTES, "a&" * 1_000_000])
async def test_a_form_with_too_many_fields_or_bytes_is_refused(browser: OpenBrowser, content: str) -> None:
    visitor = await browser(None)
    answer = await visitor._client.post("/login", content=content, headers=FORM)
    assert answer.status_code == 413


async def test_a_form_within_the_limits_is_read(browser: OpenBrowser) -> None:
    visitor = await browser(None)
    answer = await visitor._client.post("/login", content="a=&" * (FIELDS - 1), headers=FORM)
    assert answer.status_code == 403  # it lacks its token
