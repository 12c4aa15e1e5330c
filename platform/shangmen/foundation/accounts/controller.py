"""Pages of log-in and of accounts."""

import secrets

import pyotp
import segno
from litestar import Controller, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from shangmen import access
from shangmen.access import Role
from shangmen.errors import DomainError, Faults
from shangmen.foundation.accounts import actions, limits, queries
from shangmen.foundation.accounts.forms import AccountForm, LoginForm, PasswordForm, TotpForm, UserForm
from shangmen.foundation.accounts.sessions import BROWSER, browser_cookie, session_cookie
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.workers import queries as workers
from shangmen.web import language, lists, sought, unsent, versions
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, local_path, page, redirect, see


class LoginController(Controller):
    """In, out, and which language."""

    @get("/login", name="accounts.login")
    async def login(self, request: Rq, next: FromQuery[str] = "/") -> Answer:
        if request.user is not None:
            return redirect(local_path(next))
        return page(request, "accounts/login.html", form=Form({"next": local_path(next)}))

    @post("/login", name="accounts.enter")
    async def enter(self, request: Rq) -> Answer:
        form = await bind(request, LoginForm)
        form.values.pop("password", None)
        if form.value is None:
            return page(request, "accounts/login.html", status=422, form=form)
        try:
            address = request.client.host if request.client else ""
            browser = request.cookies.get(BROWSER, "")
            if not browser:
                browser = secrets.token_urlsafe(24)
            token = await actions.log_in(
                access.system(purpose="log-in"),
                form.value.login,
                form.value.password,
                form.value.code,
                limits.place(address, browser),
                address,
                request.headers.get("user-agent", ""),
            )
        except DomainError as refused:
            form.fault(refused.field, refused.message, **refused.parameters)
            return page(request, "accounts/login.html", status=refused.status, form=form)
        user = await queries.session(access.system(purpose="log-in"), token)
        wanted = local_path(form.value.next)
        response = redirect(await unsent.first(user.id, wanted) if user else wanted)
        response.cookies += [session_cookie(token, _secure(request)), browser_cookie(browser, _secure(request))]
        return response

    @post("/logout", name="accounts.logout", kept=False)
    async def logout(self, request: Rq, viewer: Viewer) -> Answer:
        await actions.log_out(viewer, request.auth["token"])
        response = redirect("/login", _("You are logged out."))
        response.cookies.extend([session_cookie("", _secure(request)), *sought.forget(request)])
        return response

    @post("/locale", name="accounts.locale")
    async def locale(self, request: Rq) -> Answer:
        data = await request.form()
        chosen = str(data.get("locale"))
        if chosen not in language.LOCALES:
            chosen = language.DEFAULT
        if request.user is not None:
            await actions.set_locale(request.user, chosen)
        response = redirect(local_path(str(data.get("next") or "/")))
        response.cookies.append(Cookie(key="locale", value=chosen, max_age=31536000, httponly=True, samesite="lax"))
        return response


def _secure(request: Rq) -> bool:
    """Whether cookies are for TLS alone: by the settings, or because a trusted proxy says that the person uses it."""
    return bool(request.app.state.settings.secure_cookies) or request.url.scheme == "https"


class OwnAccountController(Controller):
    """One's own account."""

    path = "/account"

    @get("/", name="accounts.own")
    async def own(self, request: Rq, viewer: Viewer) -> Answer:
        return await _own_page(request, viewer, Form(), Form())

    @post("/password", name="accounts.change_password", kept=False)
    async def change_password(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, PasswordForm)
        if form.value is not None:
            try:
                await actions.change_password(viewer, form.value)
            except DomainError as refused:
                form.fault(refused.field, refused.message, **refused.parameters)
                form.status = refused.status
        for secret in ("present", "password", "again"):
            form.values.pop(secret, None)
        if form.faults:
            return await _own_page(request, viewer, form, Form())
        return redirect("/login", _("The password is changed. Please log in with it."))

    @post("/totp", name="accounts.enrol_totp", kept=False)
    async def enrol_totp(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, TotpForm)
        data = await request.form()
        await form.attempt(actions.enrol_totp, viewer, str(data.get("secret", "")))
        if form.faults:
            return await _own_page(request, viewer, Form(), form, secret=str(data.get("secret", "")))
        return see(request, "accounts.own", notice=_("From now on every log-in asks for a code."))


async def _own_page(request: Rq, viewer: Viewer, password: AnyForm, totp: AnyForm, secret: str = "") -> Answer:
    user = await queries.user(viewer, viewer.user or 0)
    enrol = None
    if viewer.role == Role.ADMINISTRATOR and not user.totp:
        if not actions.KEY.fullmatch(secret):
            secret = pyotp.random_base32()
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.login, issuer_name="Shangmen")
        enrol = {"secret": secret, "qr": segno.make(uri).svg_data_uri(scale=4)}
    password.prefix, totp.prefix = "password", "totp"
    status = max(password.status, totp.status)
    return page(request, "accounts/own.html", status, user=user, form=password, totp=totp, enrol=enrol)


class AccountsController(Controller):
    """The accounts that somebody keeps: an administrator the county's, a desk those of its workers."""

    path = "/accounts"

    @get("/", name="accounts.list")
    async def list(self, request: Rq, viewer: Viewer, first: FromQuery[str] = "") -> Answer:
        q = lists.Asked(request).text("q")
        rows, total = await queries.users(viewer, q, first == "yes", offset=offset_of(request))
        return page(request, "accounts/list.html", rows=rows, q=q, first=first == "yes", page=paging(request, total))

    @get("/new", name="accounts.new")
    async def new(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._form(request, viewer, Form())

    @post("/", name="accounts.create")
    async def create(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, UserForm)
        if form.value is not None:
            try:
                id, first = await actions.create(viewer, form.value)
            except Faults:
                raise
            except DomainError as refused:
                form.fault(refused.field, refused.message, **refused.parameters)
            else:
                return await self._show(request, viewer, id, first)
        return await self._form(request, viewer, form)

    @get("/{id:int}", name="accounts.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._show(request, viewer, id, "")

    @get("/{id:int}/edit", name="accounts.edit")
    async def edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, Form(), await queries.user(viewer, id))

    @post("/{id:int}/edit", name="accounts.change")
    async def change(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.user(viewer, id)
        form = await bind(request, AccountForm)
        await form.attempt(actions.change, viewer, id)
        if form.faults:
            return await self._form(request, viewer, form, await queries.user(viewer, id))
        return see(request, "accounts.show", notice=_("The account is changed."), id=id)

    @post("/{id:int}/disable", name="accounts.disable")
    async def disable(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.set_active, viewer, id, False)
        return see(request, "accounts.show", notice=_("The account is disabled."), id=id)

    @post("/{id:int}/enable", name="accounts.enable")
    async def enable(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.set_active, viewer, id, True)
        return see(request, "accounts.show", notice=_("The account is enabled."), id=id)

    @post("/{id:int}/password", name="accounts.reset")
    async def reset(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._show(request, viewer, id, await actions.reset_password(viewer, id))

    async def _form(
        self, request: Rq, viewer: Viewer, form: AnyForm, editing: queries.ShownUserRow | None = None
    ) -> Answer:
        if editing:
            versions.over(form, vars(editing))
        places, _total = await organisations.organisations(viewer, limit=None)
        people, _total = await workers.workers(viewer, limit=None)
        return page(
            request,
            "accounts/new.html",
            form.status,
            form=form,
            editing=editing,
            keeps_all=viewer.reach == access.Reach.COUNTY,
            roles=[(str(role), label(role)) for role in Role if role != Role.SYSTEM],
            organisations=[(row.id, _("%(who)s (%(role)s)", who=row.name, role=label(row.kind))) for row in places],
            workers=[(row.id, f"{row.name} · {row.organisation_name}") for row in people],
        )

    async def _show(self, request: Rq, viewer: Viewer, id: Id, first: str) -> Answer:
        return page(
            request,
            "accounts/show.html",
            user=await queries.user(viewer, id),
            first=first,
            own=viewer.user,
            events=phrases.timeline(await audit.history(viewer, "app_user", id)),
        )
