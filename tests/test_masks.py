"""What identifies a recipient is masked alike on every page, export and map, as role and relation allow."""

import io
import re
from urllib.parse import urljoin, urlsplit

from httpx import Response
from python_calamine import CalamineWorkbook

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.demand.recipients.tables import Person
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.offers import actions as offers
from tests.busy import busy_county, everyone
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser
from tests.supply.rows import bought, offered, waiting_need
from tests.test_defaults import kind_of

ADDRESS = "石榴巷九号院"
NUMBERS: tuple[str, ...] = (
    "640324194406129029",
    "640324195001019010",
    "13911112222",
    "13933334444",
    "13955556666",
    "13977778888",
)
OF_A_KIND = 2
PICTURES = re.compile(r"^/(static|logout|locale|login)")
LINK = re.compile(r"(?:href|data-[a-z-]+|hx-get)=\"(/[^\"#]*)")


async def dress(cast: Cast) -> None:
    """Give the two recipients numbers and addresses that are nobody else's."""
    async with database.transaction(cast.system):
        for id, telephone in ((cast.person_a, "13911112222"), (cast.person_b, "13933334444")):
            await database.change(
                Person,
                id,
                {
                    Person.telephone: telephone,
                    Person.guardian_telephone: "13955556666",
                    Person.guardian_name: "监护人甲",
                    Person.relatives: "马小红 13977778888（女儿）",
                    Person.address: ADDRESS,
                },
            )


def words(answer: Response) -> str:
    """Everything that an answer says: a workbook's cells, or its text."""
    kind = answer.headers.get("content-type", "")
    if "spreadsheetml" in kind:
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
        return "\n".join(str(cell) for row in rows for cell in row)
    return "" if kind.startswith(("image/", "application/pdf")) else answer.text


async def told(visitor: Browser) -> dict[str, str]:
    """What somebody can read: every page, fragment, export and map that links lead to, a few of each kind."""
    waiting, seen, kinds = ["/tasks", "/phone", "/account"], dict[str, str](), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if path in seen or kinds.get(kind, 0) >= OF_A_KIND or PICTURES.search(path):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = await visitor.get(path)
        assert answer.status_code < 500, path
        seen[path] = words(answer)
        for link in LINK.findall(answer.text) if "html" in answer.headers.get("content-type", "") else []:
            parts = urlsplit(urljoin(f"http://testserver{path}", link.replace("&amp;", "&")))
            waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return seen


def leaks(pages: dict[str, str], secrets: tuple[str, ...]) -> list[str]:
    """Pages that say what they may not."""
    return [f"{path}: {secret}" for path, said in pages.items() for secret in secrets if secret in said]


async def test_numbers_are_masked_for_everybody_and_names_for_who_does_not_serve(
    browser: OpenBrowser, cast: Cast
) -> None:
    await busy_county(cast)
    await dress(cast)
    masked = (Role.BUREAU_OFFICER, Role.BUREAU_FINANCE, Role.AUDITOR, Role.ADMINISTRATOR)
    wrong, read = [], 0
    for name, scope in everyone(cast).items():
        pages = await told(await browser(scope))
        read += len(pages)
        secrets = NUMBERS if scope.role is not Role.WORKER else NUMBERS[:2]  # a worker calls the recipient
        if scope.role in masked:
            secrets += ("马测试", "杨测试", "监护人甲")
        wrong += [f"{name} {leak}" for leak in leaks(pages, secrets)]
    assert not wrong, "\n".join(wrong)
    assert read > 200


async def offered_only(cast: Cast, provider: Scope) -> int:
    """The recipient of station A is offered to a provider, which has not answered."""
    line = (await bought(cast, provider)).line
    return await offered(cast, await waiting_need(cast), provider, line)


async def test_before_it_accepts_a_provider_sees_no_more_than_the_offer_shows(
    browser: OpenBrowser, cast: Cast
) -> None:
    await dress(cast)
    offer = await offered_only(cast, cast.provider_a)
    visitor = await browser(cast.provider_a)
    pages = await told(visitor)
    assert not leaks(pages, (*NUMBERS, "马测试", ADDRESS, "监护人甲"))
    assert "马**" in pages[f"/offers/{offer}"]
    async with database.transaction(cast.system):
        need = await database.number("SELECT need FROM offer WHERE id = :id", id=offer)
    for path in (f"/recipients/{cast.person_a}", f"/needs/{need}"):
        assert (await visitor.get(path)).status_code == 404, path
    revealed = await visitor.post(f"/recipients/{cast.person_a}/reveal?what=name", {"reason": "想看一看"})
    assert revealed.status_code == 404
    assert f"/recipients/{cast.person_a}" not in (await visitor.get("/recipients/")).text


async def test_guessing_a_name_finds_no_offer_of_somebody_not_accepted(browser: OpenBrowser, cast: Cast) -> None:
    offer = await offered_only(cast, cast.provider_a)
    visitor = await browser(cast.provider_a)
    for guess in ("马测试", "9029", "5678", "mcs"):
        page = (await visitor.get("/offers/", params={"q": guess})).text
        assert f'href="/offers/{offer}"' not in page, guess
    assert f'href="/offers/{offer}"' in (await visitor.get("/offers/", params={"q": "甲服务"})).text


async def test_after_it_accepts_the_name_is_the_same_on_every_page_of_the_provider(
    browser: OpenBrowser, cast: Cast
) -> None:
    await dress(cast)
    offer = await offered_only(cast, cast.provider_a)
    await offers.accept(cast.provider_a, offer)
    pages = await told(await browser(cast.provider_a))
    assert not [path for path, said in pages.items() if "马**" in said]
    assert {kind_of(path) for path, said in pages.items() if "马测试" in said} >= {"/offers/0", "/placements/0"}
    assert not leaks(pages, NUMBERS)


async def test_who_declined_sees_nothing_of_the_file_afterwards(browser: OpenBrowser, cast: Cast) -> None:
    await dress(cast)
    offer = await offered_only(cast, cast.provider_a)
    await offers.decline(cast.provider_a, offer, ReasonForm("太远"))
    assert not leaks(await told(await browser(cast.provider_a)), (*NUMBERS, "马测试", ADDRESS))
