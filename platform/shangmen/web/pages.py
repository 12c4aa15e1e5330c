"""Pages: rendering, addresses and redirects."""

import base64
import functools
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import jinja2
import msgspec
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from jinja2_fragments import render_block
from litestar import Litestar, Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup, escape

from shangmen import access, clock, paths
from shangmen.access import Scope
from shangmen.web import language, masking, tokens

# What most handlers take: the request, who is asking, the id in the address.
Rq = Request[Any, Any, Any]
# What handlers answer with: a page, a file, or nothing but an address to go to.
Answer = Response[str | bytes | None]
Viewer = NamedDependency[Scope]
Id = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]  # what a bigint holds
# A list's filter by state: `state` itself is a reserved argument of handlers.
InState = Annotated[str, QueryParameter(name="state")]

NOTICE = "notice"
_ADDRESS = "/?#&=+%:@!$'()*,;~[]"  # what an address is made of and keeps


class _Translator(NodeTransformer):
    """Puts sentences without parameters into a template in one language, so that no row of a list asks for them."""

    def __init__(self, locale: str) -> None:
        self._catalogue = language.catalogue(locale)

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        """`_("…")` becomes its translation."""
        self.generic_visit(node)
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and len(node.args) == 1
        if plain and isinstance(node.node, nodes.Name) and node.node.name == "_":
            message = node.args[0]
            if isinstance(message, nodes.Const) and message.value:
                return nodes.Const(_markup(self._catalogue.gettext(message.value)), lineno=node.lineno)
        return node


class _Environment(jinja2.Environment):
    """Templates of one language, once it is said."""

    locale = ""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.locale:
            _Translator(self.locale).visit(tree)
        return tree


# What every template may use beside its own context; app.py adds what it knows (url, demo).
_environment = _Environment(
    loader=jinja2.FileSystemLoader(paths.TEMPLATES),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
)
_environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
    language.gettext, language.ngettext, newstyle=True
)


def _markup(sentence: str, /, **parameters: object) -> Markup:
    return Markup(sentence) % parameters  # noqa: S704 -- sentences of ours, parameters are escaped; `%%` is a percent sign


def _sentence(message: str, /, **parameters: object) -> Markup:
    """What `_` is in templates: as Jinja's own, but a stored text that is no sentence of ours stays text."""
    if not language.ours(message):
        return escape(message) % parameters if parameters else escape(message)
    return _markup(language.gettext(message), **parameters)


_environment.globals["_"] = _sentence


@functools.lru_cache(maxsize=256)
def _asset_digest(name: str) -> str:
    file = paths.STATIC / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.exists() else "missing"


def asset(name: str) -> str:
    """Address of a static file that changes when the file does."""
    return f"/static/{name}?v={_asset_digest(name)}"


def _date(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(clock.SHANGHAI).date()
    return value.isoformat() if value else ""


def _datetime(value: datetime | None) -> str:
    return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else ""


def _time(value: datetime | None) -> str:
    return value.astimezone(clock.SHANGHAI).strftime("%H:%M") if value else ""


def _money(value: Decimal | int | None) -> str:
    return f"¥{value:,.2f}" if value is not None else ""


def _minutes(value: int | None) -> str:
    if value is None:
        return ""
    hours, rest = divmod(int(value), 60)
    if not hours:
        return language.gettext("%(rest)s min", rest=rest)
    if not rest:
        return language.gettext("%(hours)s h", hours=hours)
    return language.gettext("%(hours)s h %(rest)s min", hours=hours, rest=rest)


def _km(metres: int | None) -> str:
    return f"{metres / 1000:,.1f} km" if metres is not None else ""


def _percent(value: float | Decimal | None) -> str:
    return f"{float(value) * 100:.1f}\u00a0%" if value is not None else ""


_environment.filters.update(
    date=_date,
    datetime=_datetime,
    time=_time,
    money=_money,
    minutes=_minutes,
    km=_km,
    percent=_percent,
    label=language.label,
    mask_name=masking.name,
    mask_id=masking.id_number,
    mask_telephone=masking.telephone,
    from_json=lambda text: msgspec.json.decode(text) if text else None,
)
_environment.globals.update(asset=asset, once_token=lambda: secrets.token_urlsafe(18))


def environment() -> jinja2.Environment:
    """The template environment, for app.py to add `url` and for tests."""
    return _environment


@functools.cache
def _speaking(locale: str) -> jinja2.Environment:
    """The templates in a language; what the environment knows they know."""
    spoken = _environment.overlay()
    spoken.locale = locale
    return spoken


def render(template: str, /, **context: object) -> str:
    """A template without a request: for the terminal and for papers."""
    return _speaking(language.current()).get_template(template).render(**context)


def page(request: Rq, template: str, status: int = 200, block: str = "", **context: object) -> Answer:
    """Render a page, or only its `block` when htmx asks for a fragment of it."""
    viewer: Scope | None = request.scope.get("user")
    notices = read_notices(request)
    context |= {
        "request": request,
        "here": _here(request),
        "status": status,
        "viewer": _shown(viewer),
        "menu": menu(request, viewer),
        "notices": notices,
        "locale": language.current(),
        "csrf_token": csrf_token(request),
        "now": clock.now(),
        "today": clock.today(),
        "may": context.get("may") or (lambda route: viewer is not None and access.may(viewer.role, route)),
    }
    fragment = block and request.headers.get("HX-Request") == "true"
    if fragment:
        body = render_block(_speaking(language.current()), template, block, **context)
    else:
        made = _speaking(language.current()).get_template(template)
        body = made.render(**context)
        if unsaid := _unsaid(body, context):  # the page does not show this form, to this person or any more
            context["notices"] = [*notices, *(("error", sentence) for sentence in unsaid)]
            body = made.render(**context)
    response: Answer = Response(body, media_type="text/html; charset=utf-8", status_code=status)
    response.headers["Vary"] = "HX-Request, Cookie"
    if notices and not fragment:
        response.cookies.append(Cookie(key=NOTICE, value="", max_age=0, httponly=True, samesite="strict"))
    return response


def _unsaid(body: str, context: Mapping[str, object]) -> list[str]:
    """What is wrong with the forms of a page and does not stand on it."""
    faults = [vars(one).get("faults") for one in context.values() if hasattr(one, "__dict__")]
    said = [sentence for one in faults if isinstance(one, dict) for sentence in one.values()]
    return [sentence for sentence in dict.fromkeys(said) if str(escape(sentence)) not in body]


def _here(request: Rq) -> str:
    """The address that the reader sees this page under; of the page with the form when this answers a form."""
    if request.method != "POST":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return page_before(request)


def page_before(request: Rq) -> str:
    """The address of the page of ours from which a request came, "/" when it is not known."""
    try:
        before = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    if before.netloc != request.url.netloc:
        return "/"
    return local_path(before.path + (f"?{before.query}" if before.query else ""))


def csrf_token(request: Rq) -> str:
    """The token that this visitor's forms must carry; set by the CSRF middleware, and written anew in each answer."""
    token = ScopeState.from_scope(request.scope).csrf_token
    masked = tokens.mask(token) if isinstance(token, str) else ""
    viewer: Scope | None = request.scope.get("user")
    if not masked or viewer is None or viewer.user is None:
        return masked
    return tokens.made_for(masked, viewer.user, request.app.state.settings.secret)


def _shown(viewer: Scope | None) -> SimpleNamespace | None:
    if viewer is None:
        return None
    return SimpleNamespace(
        name=viewer.name,
        role=str(viewer.role),
        role_label=language.label(viewer.role),
        organisation_name=viewer.organisation_name,
        organisation=viewer.organisation,
        user=viewer.user,
    )


def menu(request: Rq, viewer: Scope | None) -> list[SimpleNamespace]:
    """What the viewer may open, from the one declaration."""
    if viewer is None:
        return []
    here = str(getattr(request.route_handler, "name", "") or "") if "route_handler" in request.scope else ""
    feature = here.split(".")[0]
    items = _items(request.app, viewer.role)
    path = request.url.path
    # A feature may have two lists (/contracts, /lots): the one whose address this page's begins with.
    beneath = [route for route, _text, to in items if path.startswith(to.rstrip("/") + "/")]
    longest = max(beneath, key=lambda route: len(_path(request.app, route)[0]), default="")
    routes = [route for route, _text, _to in items]
    current = here if here in routes else longest or next((r for r in routes if r.split(".")[0] == feature), "")
    return [
        SimpleNamespace(label=language.gettext(text), url=to, current=route == current, section="")
        for route, text, to in items
    ]


@functools.lru_cache(maxsize=100)
def _items(app: Litestar, role: access.Role) -> tuple[tuple[str, str, str], ...]:
    """What a role may open: routes, their words and their addresses."""
    return tuple(
        (route, text, app.route_reverse(route))
        for route, text in access.MENU
        if access.may(role, route) and app.get_handler_index_by_name(route)
    )


def url(request: Rq, route: str, /, **parameters: object) -> str:
    """The address of a route; parameters that its path does not have become the query."""
    return address(request.app, route, **parameters)


def address(app: Litestar, route: str, /, **parameters: object) -> str:
    """As `url`, without a request."""
    path, names = _path(app, route)
    if all(isinstance(parameters[name], int) for name in names):
        filled = path.format_map(parameters)
    else:
        filled = app.route_reverse(route, **{name: parameters[name] for name in names})
    query = {k: v for k, v in parameters.items() if k not in names and v not in (None, "", False)}
    return f"{filled}?{urlencode(query, doseq=True)}" if query else filled


@functools.lru_cache(maxsize=1000)
def _path(app: Litestar, route: str) -> tuple[str, frozenset[str]]:
    """The path of a route as a pattern of str.format, and the names in it."""
    handler = app.get_handler_index_by_name(route)
    if handler is None:
        raise LookupError(f"no route {route}")
    path = re.sub(r"{(\w+):\w+}", r"{\1}", sorted(handler["paths"])[0])
    return path, frozenset(re.findall(r"{(\w+)}", path))


def see(request: Rq, route: str, /, notice: str = "", kind: str = "success", **parameters: object) -> Answer:
    """After a POST: go and see the result (303). `notice` is a finished sentence shown once on the next page."""
    return redirect(address(request.app, route, **parameters), notice, kind)


def redirect(to: str, notice: str = "", kind: str = "success") -> Answer:
    """A 303 to an address of our own; a header takes no letters beyond ASCII."""
    location = quote(to, safe=_ADDRESS, errors="replace")
    response: Answer = Response(None, status_code=303, headers={"Location": location})
    if notice:
        packed = base64.urlsafe_b64encode(msgspec.json.encode([[kind, notice]])).decode()
        response.cookies.append(Cookie(key=NOTICE, value=packed, max_age=60, httponly=True, samesite="strict"))
    return response


def read_notices(request: Rq) -> list[tuple[str, str]]:
    """Sentences that the last POST left for this page."""
    packed = request.cookies.get(NOTICE)
    if not packed:
        return []
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(packed), type=list[tuple[str, str]])
    except (ValueError, msgspec.DecodeError):
        return []  # somebody else's cookie of this name: nothing to say


def local_path(wanted: str | None) -> str:
    """An address within this site, else "/": never a redirect to elsewhere.

    Browsers drop control characters and take a backslash for a slash, so `/\t/elsewhere` and `/\\elsewhere` leave the
    site; servers in between may decode before they look, so the same holds for every encoding of them.
    """
    text = wanted or ""
    path, layers = text.partition("#")[0].partition("?")[0], 0
    while (inner := unquote(path)) != path and layers < 5:
        path, layers = inner, layers + 1
    odd = any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in text + path)
    if odd or layers == 5 or not text.startswith("/") or "//" in path or "\\" in text + path:
        return "/"
    return text


def json_block(value: object) -> Markup:
    """JSON safe inside a script element."""
    text = msgspec.json.encode(value).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 -- escaped


_environment.globals["json_block"] = json_block
