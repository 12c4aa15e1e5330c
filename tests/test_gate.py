"""What every request passes first: odd addresses, cookies, tokens and forms are the sender's fault, never ours."""

import os
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar, Request, get
from litestar.middleware import DefineMiddleware

from shangmen.errors import StartError
from shangmen.settings import Settings, load
from shangmen.web.gate import Gate
from shangmen.web.pages import local_path
from tests.cast import Cast
from tests.conftest import Browser, OpenBrowser

AWAY = [
    "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/\t/elsewhere.example",
    "/\n//elsewhere.example", "/%09/elsewhere.example", "/%0a/elsewhere.example", "/%5celsewhere.example",
    "/%2f/elsewhere.example", "/%252f%252felsewhere.example", "/%2509/elsewhere.example", "\t//elsewhere.example",
    "/accounts\r\nSet-Cookie: a=b", "javascript:alert(1)", "http:/elsewhere.example", "elsewhere.example", "\\\\a\\b",
    "/\u200b/elsewhere.example", "/\u202e/elsewhere.example", "/x//elsewhere.example", "", "/%00", "?next=//a", "#",
    "/%25252525252525255c", "///elsewhere.example", "/\x00/elsewhere.example",
]  # fmt: skip
HERE = [
    "/",
    "/accounts",
    "/accounts?q=张三",
    "/服务/对象",
    "/recipients?q=a%20b&page=2#row",
    "/a?back=http://x//y",
    "/a%20b",
]


@pytest.mark.parametrize("wanted", AWAY)
def test_what_leaves_the_site_leads_to_the_first_page(wanted: str) -> None:
    assert local_path(wanted) == "/"


@pytest.mark.parametrize("wanted", HERE)
def test_an_address_of_our_own_is_kept(wanted: str) -> None:
    assert local_path(wanted) == wanted


@pytest.mark.parametrize(
    ("wanted", "location"), [("/accounts?q=张", "/accounts?q=%E5%BC%A0"), *((a, "/") for a in AWAY)]
)
async def test_every_form_that_leads_on_leads_within_the_site(
    browser: OpenBrowser, cast: Cast, wanted: str, location: str
) -> None:
    visitor = await browser(cast.administrator)
    sent = quote(wanted.encode("utf-8", "surrogatepass"))
    for answer in (await visitor.get(f"/login?next={sent}"), await urlencoded(visitor, "/locale", f"next={sent}")):
        assert (answer.status_code, answer.headers["location"]) == (303, location)


ODD = [
    "http://[", "http://[::1", "https://testserver:port", "http://a:99999999999", "ÿ", "http://[v1.x]", "null\x00",
    "http://\u2100.example", "://", "http://a]b", "x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize(
    "header", ["Origin", "Referer", "Accept-Language", "HX-Current-URL", "HX-Target", "User-Agent"]
)
@pytest.mark.parametrize("value", ODD)
async def test_an_odd_header_is_never_a_fault_of_ours(
    browser: OpenBrowser, cast: Cast, header: str, value: str
) -> None:
    visitor = await browser(cast.administrator)
    headers = {header: value.encode("utf-8")}
    answer = await visitor.post("/accounts", {"login": ""}, headers=headers)
    assert answer.status_code == (403 if header == "Origin" else 422)
    assert (await visitor.get("/accounts", headers=headers)).status_code == 200


@pytest.mark.parametrize("host", ["a:b:c", "a:99999999", "a:65536", "[::1", "[]", "a b", "ÿ", "a/b", "@", *ODD])
async def test_a_host_that_is_none_is_refused(browser: OpenBrowser, cast: Cast, host: str) -> None:
    visitor = await browser(cast.administrator)
    answer = await visitor.get("/accounts", headers={"Host": host.encode("utf-8")})
    assert answer.status_code == 400 and "text/html" in answer.headers["content-type"]
    for known in ("testserver", "shangmen.example:8000", "[::1]:8000", "127.0.0.1"):
        assert (await visitor.get("/accounts", headers={"Host": known})).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/%00", "/static/a%00b.css", "/static/" + "a" * 3000, "/static/..%2f..%2fapp.py", "/accounts/%00",
             "/static/%ff", "/static/%0a", "/" + "a/" * 1500],
)  # fmt: skip
async def test_an_address_that_nothing_has_is_not_found(browser: OpenBrowser, cast: Cast, path: str) -> None:
    visitor = await browser(cast.administrator)
    assert (await visitor.get(path)).status_code == 404


@pytest.mark.parametrize("name", ["csrf", "session", "notice", "locale"])
@pytest.mark.parametrize(
    "value", ["ÿ", "%C3%BF", "\\377", '"', "a" * 4000, "W1tbW1tb", "%00", "é" * 128, "张".encode()]
)
async def test_an_odd_cookie_is_as_if_it_was_not_sent(
    browser: OpenBrowser, cast: Cast, name: str, value: str | bytes
) -> None:
    visitor = await browser(cast.administrator)
    token, session = visitor.cookies.get("csrf") or "", visitor.cookies.get("session") or ""
    if not token:
        await visitor.get("/login")
        token = visitor.cookies.get("csrf") or ""
    sent = value if isinstance(value, bytes) else value.encode("latin-1")
    kept = {"csrf": token, "session": session} | {name: ""}
    cookies = (
        "; ".join(f"{key}={text}" for key, text in kept.items() if text).encode() + b"; " + name.encode() + b"=" + sent
    )
    for answer in (
        await visitor._client.get("/account", headers={b"Cookie": cookies}),
        await visitor._client.post("/locale", data={"_csrf_token": token}, headers={b"Cookie": cookies}),
        await visitor._client.post("/locale", data={"_csrf_token": "ÿ" * 128}, headers={b"Cookie": cookies}),
        await visitor._client.post("/locale", headers={b"Cookie": cookies, b"X-CSRFToken": b"\xff" * 128}),
    ):
        assert answer.status_code in {200, 303, 403}


async def test_a_token_signed_with_an_older_secret_is_replaced(app: Litestar, cast: Cast) -> None:
    visitor = Browser(app)
    old = "a" * 128
    answer = await visitor._client.get("/login", headers={"Cookie": f"csrf={old}"})
    fresh = answer.cookies["csrf"]
    assert fresh != old
    again = await visitor._client.post("/locale", data={"_csrf_token": fresh}, headers={"Cookie": f"csrf={fresh}"})
    assert again.status_code == 303
    await visitor.close()


async def urlencoded(visitor: Browser, path: str, body: str) -> httpx.Response:
    """Post a form that is encoded already."""
    await visitor.get("/login")
    content = f"_csrf_token={visitor.cookies.get('csrf')}&{body}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await visitor._client.post(path, content=content, headers=headers)


async def multipart(visitor: Browser, path: str, body: bytes) -> httpx.Response:
    """Post parts written by hand; `body` comes after the token."""
    if "csrf" not in visitor.cookies:
        await visitor.get("/login")
    token = (visitor.cookies.get("csrf") or "").encode()
    first = b'--B\r\nContent-Disposition: form-data; name="_csrf_token"\r\n\r\n' + token + b"\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    return await visitor._client.post(path, content=first + body + b"--B--\r\n", headers=headers)


def part(head: str, content: bytes, more: str = "") -> bytes:
    return f"--B\r\nContent-Disposition: form-data; {head}\r\n{more}\r\n".encode() + content + b"\r\n"


async def test_text_that_is_sent_as_a_file_is_a_fault_beside_its_field(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    answer = await multipart(visitor, "/accounts", part('name="login"; filename="a.txt"', b"li.si"))
    assert answer.status_code == 422
    assert 'id="f-login-fault"' in answer.text


@pytest.mark.parametrize("name", ["login", "password", "code", "next", "_csrf_token", "once", "locale"])
async def test_no_field_of_the_log_in_fails_on_a_file(browser: OpenBrowser, cast: Cast, name: str) -> None:
    visitor = await browser(None)
    for path in ("/login", "/locale"):
        answer = await multipart(visitor, path, part(f'name="{name}"; filename="a.txt"', b"x"))
        assert answer.status_code in {303, 403, 422}


@pytest.mark.parametrize(
    "body",
    [
        part('name="file"; filename=""', b"\xff\xfe\x00"),
        part('name="file"', b"\xff\xfe\x00"),
        part('name="file"', b"x", "Content-Type: text/plain; charset=no-such\r\n"),
        part('name="file"', b"text"),
        part('name="file"; filename="a.xlsx"', b""),
        part("name=", b"x"),
        part("", b"x"),
        b"--B\r\nbroken",
        b"\x00\xff",
    ],
)
async def test_a_file_without_a_name_or_kind_is_refused(browser: OpenBrowser, cast: Cast, body: bytes) -> None:
    visitor = await browser(cast.station_a)
    answer = await multipart(visitor, "/imports", body)
    assert answer.status_code in {400, 403, 422}


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "x", "ÿ", "multipart/form-data; boundary=\xff"]
)
async def test_an_odd_kind_of_content_is_refused(browser: OpenBrowser, cast: Cast, kind: str) -> None:
    visitor = await browser(cast.administrator)
    headers = {b"Content-Type": kind.encode("latin-1")}
    answer = await visitor._client.post("/accounts", content=b"a=\xff&_csrf_token=%ff", headers=headers)
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize(
    "secret", ["", "ÿ" * 32, "A" * 40, "x" * 100_000, "\x00", "0189" * 8, "A" * 31 + "\n", "张" * 32]
)
async def test_an_odd_key_of_a_second_factor_is_refused(browser: OpenBrowser, cast: Cast, secret: str) -> None:
    visitor = await browser(cast.administrator)
    answer = await visitor.post("/account/totp", {"secret": secret, "code": "123456"})
    assert answer.status_code == 422
    assert 'id="totp-code-fault"' in answer.text


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "Ü", "OPTIONS", "HEAD"]
)
async def test_an_odd_method_is_never_a_fault_of_ours(
    app: Litestar, browser: OpenBrowser, cast: Cast, method: str
) -> None:
    visitor = await browser(cast.administrator)
    for path in ("/accounts", "/login", "/no/such/page", "/static/base.css", "/accounts/1/disable"):
        answer = await visitor._client.request(method, path)
        assert answer.status_code < 500, f"{method} {path}"


# Proxies


PROXIES = tuple(ip_network(one) for one in ("127.0.0.1", "10.0.0.0/24", "fd00::/8"))


async def address_seen(settings: Settings, peer: str, headers: list[tuple[str, str]], proxies: bool = True) -> str:
    """The address and the scheme that a request is taken to come from."""
    seen: list[str] = []

    @get("/")
    async def look(request: Request[Any, Any, Any]) -> None:
        seen.append(f"{request.url.scheme} {request.client.host if request.client else ''}")

    gate = DefineMiddleware(Gate, secret=settings.secret, proxies=PROXIES if proxies else ())
    app = Litestar([look], middleware=[gate], openapi_config=None)
    asgi = httpx.ASGITransport(app=app, client=(peer, 9))  # type: ignore[arg-type]  # ASGI typed by both
    async with httpx.AsyncClient(transport=asgi, base_url="http://testserver") as client:
        assert (await client.get("/", headers=headers)).status_code == 200
    return seen[0]


FOR, PROTO = "X-Forwarded-For", "X-Forwarded-Proto"


@pytest.mark.parametrize(
    ("peer", "headers", "seen"),
    [
        ("127.0.0.1", [(FOR, "203.0.113.5"), (PROTO, "https")], "https 203.0.113.5"),
        ("127.0.0.1", [(FOR, "1.2.3.4, 203.0.113.5")], "http 203.0.113.5"),  # the left one was written by the sender
        ("127.0.0.1", [(FOR, "1.2.3.4"), (FOR, "203.0.113.5")], "http 203.0.113.5"),
        ("127.0.0.1", [(FOR, "203.0.113.5, 10.0.0.9")], "http 203.0.113.5"),  # two proxies of ours
        ("127.0.0.1", [(FOR, "203.0.113.5:4711")], "http 203.0.113.5"),
        ("127.0.0.1", [(FOR, "[2001:db8::1]:4711")], "http 2001:db8::1"),
        ("fd00::1", [(FOR, "2001:db8::1")], "http 2001:db8::1"),
        ("::ffff:127.0.0.1", [(FOR, "::ffff:203.0.113.5")], "http 203.0.113.5"),
        ("127.0.0.1", [(FOR, "203.0.113.5, <script>")], "http 127.0.0.1"),
        ("127.0.0.1", [(PROTO, "gopher")], "http 127.0.0.1"),
        ("127.0.0.1", [(PROTO, "https, http")], "http 127.0.0.1"),
        ("127.0.0.1", [], "http 127.0.0.1"),
        ("203.0.113.9", [(FOR, "1.2.3.4"), (PROTO, "https")], "http 203.0.113.9"),  # no proxy of ours
    ],
)
async def test_only_a_trusted_proxy_says_whom_a_request_comes_from(
    settings: Settings, peer: str, headers: list[tuple[str, str]], seen: str
) -> None:
    assert await address_seen(settings, peer, headers) == seen


async def test_without_trusted_proxies_nobody_is_believed(settings: Settings) -> None:
    headers = [(FOR, "1.2.3.4"), (PROTO, "https")]
    assert await address_seen(settings, "127.0.0.1", headers, proxies=False) == "http 127.0.0.1"


def test_proxies_are_addresses_and_networks(tmp_path: os.PathLike[str]) -> None:
    said = {"SHANGMEN_DATA": str(tmp_path)}
    assert load(said).proxies == ()
    found = load({**said, "SHANGMEN_PROXIES": "127.0.0.1, 10.0.0.0/24,fd00::/8"}).proxies
    assert [str(network) for network in found] == ["127.0.0.1/32", "10.0.0.0/24", "fd00::/8"]
    with pytest.raises(StartError, match="SHANGMEN_PROXIES"):
        load({**said, "SHANGMEN_PROXIES": "proxy.example"})
