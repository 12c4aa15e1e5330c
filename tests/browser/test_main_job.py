"""The main job by hand, in Chromium: from registering a recipient to a paid statement."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from stdnum.cn import ric

from shangmen import clock
from shangmen.demo.places import PROVIDERS

LogIn = Callable[..., Page]
NAME = "马浏览"
VILLAGE = f"浏览{clock.now():%H%M%S}村"  # names are masked before an offer is accepted; the village is not


def id_number() -> str:
    """A well-formed ID number of an old woman, with a serial that not even the demo uses; another at each call."""
    born = date(1940, 1, 1) + timedelta(days=int(clock.now().timestamp()) % 5000)
    body = f"640324{born:%Y%m%d}898"
    return body + ric.calc_check_digit(body + "0")


def send(page: Page, action: str) -> None:
    """Send the form with this action, as its own button does."""
    page.locator(f"form[method=post][action$='{action}'] button:not([type=button])").last.click()
    page.wait_for_load_state()


def number_in(page: Page) -> str:
    """The row's id in the address."""
    found = re.search(r"/(\d+)", urlsplit(page.url).path)
    assert found, page.url
    return found[1]


def choose(page: Page, select: str, text: str) -> None:
    """Choose the option whose text holds `text`."""
    option = page.locator(f"select[name={select}] option", has_text=text).first
    page.select_option(f"select[name={select}]", option.get_attribute("value"))


def state_the_need(page: Page) -> str:
    """The station registers somebody, assesses her, and states a need for cleaning; the person's id."""
    page.goto("/villages")
    page.locator("details summary", has_text="登记村").click()
    noting = page.locator("details form[method=post][action$='/villages']")
    if noting.locator("select[name=township] option[value='']").count():  # a station of several townships asks which
        noting.locator("select[name=township]").select_option(index=1)
    noting.locator("[name=name]").fill(VILLAGE)
    noting.locator("button:not([type=button])").click()
    expect(page.locator("table.list")).to_contain_text(VILLAGE)
    page.goto("/recipients/new")
    page.fill("[name=name]", NAME)
    page.fill("[name=id_number]", id_number())
    page.select_option("[name=category]", "TEKUN")
    page.select_option("[name=living]", "alone")
    if page.locator("select[name=township]").count():  # a station of several townships asks which
        page.select_option("[name=township]", index=1)
    choose(page, "village", VILLAGE)
    page.fill("[name=latitude]", "36.985")
    page.fill("[name=longitude]", "105.92")
    page.fill("[name=consent_on]", clock.today().isoformat())
    page.fill("[name=consent_by]", NAME)
    send(page, "/recipients")
    expect(page.locator("h1")).to_contain_text(NAME)
    person = number_in(page)
    page.goto(f"/recipients/{person}/assess?scale=SIX_ITEM")
    for item in ("eating", "dressing", "bed", "toilet", "walking", "bathing"):
        page.check(f"[name={item}][value='1']")
    page.fill("[name=assessor]", "评估员甲")
    page.fill("[name=second_assessor]", "评估员乙")
    page.locator("form.form button:not([type=button])").last.click()
    page.wait_for_load_state()
    page.goto(f"/recipients/{person}/needs/new")
    choose(page, "service_item", "居室清洁")
    page.fill("[name=visits_per_month]", "2")
    send(page, f"/recipients/{person}/needs")
    return person


def match(page: Page, need: str) -> str:
    """The bureau approves the need, has a matching run made, and approves it; the run's id."""
    page.goto(f"/needs/{need}")
    send(page, f"/needs/{need}/approve")
    page.goto("/matching")
    page.locator("main summary").first.click()
    page.fill("[name=starts_on]", clock.today().isoformat())
    page.fill("[name=seconds]", "5")
    send(page, "/matching")
    run = number_in(page)
    approve = page.locator(f"form[action$='/matching/{run}/approve'] button").first
    for _ in range(60):
        if approve.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    page.goto(f"/matching/{run}/needs/{need}")
    expect(page.locator("main")).to_contain_text("km")
    page.goto(f"/matching/{run}")
    page.on("dialog", lambda dialog: dialog.accept())
    approve.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("已批准")
    return run


def accept(log_in: LogIn) -> tuple[Page, str]:
    """The provider that got the offer accepts it; its manager's page and the provider's number."""
    for provider in range(1, PROVIDERS + 1):
        page = log_in(f"provider{provider}")
        page.goto("/offers?state=offered")
        row = page.locator("tr", has_text=VILLAGE)
        if row.count():
            row.locator("form[action$='/accept'] button").first.click()
            page.wait_for_load_state()
            return page, str(provider)
    raise AssertionError("no provider got the offer")


def plan(page: Page) -> tuple[str, str]:
    """The provider plans a visit by hand, today as soon as somebody is free; the visit's id and the worker's."""
    page.goto("/placements")
    page.locator("tr", has_text=VILLAGE).locator("a").first.click()
    page.wait_for_load_state()
    placement = number_in(page)
    page.goto(f"/visits/placements/{placement}/new")
    options = page.locator("select[name=worker] option[value]:not([value=''])")
    workers = [options.nth(index).get_attribute("value") for index in range(options.count())]
    for minutes, worker in product(range(5, 24 * 60, 45), workers):
        soon = (clock.now() + timedelta(minutes=minutes)).astimezone(clock.SHANGHAI)
        if soon.date() > clock.today():
            break
        page.goto(f"/visits/placements/{placement}/new")
        page.fill("[name=day]", clock.today().isoformat())
        page.fill("[name=start]", f"{soon:%H:%M}")
        page.select_option("select[name=worker]", worker)
        page.fill("[name=reason]", "本人要求此时上门")
        send(page, f"/visits/placements/{placement}")
        if "/placements/" not in page.url:
            return number_in(page), str(worker)
        expect(page.locator(".error-summary")).to_be_visible()  # busy with another visit: the next one then
    raise AssertionError("every worker is busy")


def serve(page: Page, visit: str) -> None:
    """The worker checks in and out on a phone."""
    page.goto(f"/phone/visits/{visit}")
    page.locator("form[action$='/check-in'] button:not([type=button]), button[form=check-in]").last.click()
    page.locator("div[data-step=check_out][data-server=yes]").wait_for()  # the phone has sent it, and looks again
    page.check("[name=tasks] >> nth=0")
    page.fill("[name=notes]", "屋内整洁。")
    page.locator("details.fold:has([name=confirmation]) summary").click()
    page.check("[name=confirmation][value=witness]")
    page.fill("[name=confirmation_name]", "邻居")
    page.locator("form[action$='/check-out'] button:not([type=button]), button[form=check-out]").last.click()
    page.locator("h2", has_text="已完成记录").wait_for()


def verify(page: Page) -> None:
    """The station looks at the held record and accepts it."""
    page.goto("/records?q=" + NAME)
    page.locator("tr", has_text=NAME).locator("a").first.click()
    page.wait_for_load_state()
    record = number_in(page)
    page.locator(f"form[action$='/records/{record}/accept'] [name=reason]").fill("电话回访，服务属实")
    send(page, f"/records/{record}/accept")
    expect(page.locator("main")).to_contain_text("已核验")


def test_a_recipient_is_registered_served_and_paid_for(log_in: LogIn) -> None:
    station = log_in("station1")
    person = state_the_need(station)
    station.goto(f"/recipients/{person}")
    need = re.search(r"/needs/(\d+)", station.locator("a[href^='/needs/']").first.get_attribute("href") or "")
    assert need
    match(log_in("bureau"), need[1])
    manager, number = accept(log_in)
    visit, worker = plan(manager)
    serve(log_in(f"w{int(worker):03d}", width=390), visit)
    verify(station)
    manager.goto("/statements/new")
    line = manager.locator("select[name=contract] option[value]:not([value=''])")
    today = clock.today().isoformat()
    for index in range(line.count()):
        manager.goto(
            f"/statements/new?contract={line.nth(index).get_attribute('value')}&period_from={today}&period_to={today}"
        )
        if manager.locator("form[action$='/statements'][method=post]").count():
            break
    send(manager, "/statements")
    statement = number_in(manager)
    send(manager, f"/statements/{statement}/submit")
    for login, verb in (("bureau", "review"), ("bureau2", "approve")):
        page = log_in(login)
        page.goto(f"/statements/{statement}")
        page.on("dialog", lambda dialog: dialog.accept())
        send(page, f"/statements/{statement}/{verb}")
    finance = log_in("finance")
    finance.goto(f"/statements/{statement}")
    finance.fill("[name=payment_reference]", "T-2026-001")
    finance.on("dialog", lambda dialog: dialog.accept())
    send(finance, f"/statements/{statement}/pay")
    expect(finance.locator("main")).to_contain_text("已支付")
    assert number
