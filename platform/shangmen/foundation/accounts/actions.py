"""Verbs on accounts: log-in with its limits, log-out, passwords, users."""

import re
import secrets
from dataclasses import replace
from datetime import timedelta

import pyotp

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.errors import Conflict, Refused
from shangmen.foundation.accounts import passwords, queries
from shangmen.foundation.accounts.forms import PasswordForm, TotpForm, UserForm
from shangmen.foundation.accounts.tables import Session, User
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Engagement, Organisation

WINDOW = timedelta(minutes=5)
ATTEMPTS_BY_LOGIN = 10
ATTEMPTS_BY_ADDRESS = 60

KEY = re.compile(r"[A-Z2-7]{32}")  # of an authenticator

WRONG = "The log-in name or the password is wrong."
LOCKED = "Too many attempts. Please wait five minutes."


@database.scoped
async def within_limits(scope: Scope, login: str, address: str) -> bool:
    """Count an attempt before it is evaluated; False when there were too many within the window.

    Committed by itself, so that a refused attempt still counts, over all processes.
    """
    allowed = True
    for key, limit in ((f"login:{login.lower()}", ATTEMPTS_BY_LOGIN), (f"from:{address}", ATTEMPTS_BY_ADDRESS)):
        attempts = await database.number(
            """
            INSERT INTO login_counter (key, window_start, attempts) VALUES (:key, :now, 1)
            ON CONFLICT (key) DO UPDATE SET
              attempts = CASE WHEN login_counter.window_start < :start THEN 1 ELSE login_counter.attempts + 1 END,
              window_start = CASE WHEN login_counter.window_start < :start THEN :now
                                  ELSE login_counter.window_start END
            RETURNING attempts
            """,
            key=key[:120],
            now=clock.now(),
            start=clock.now() - WINDOW,
        )
        allowed = allowed and attempts <= limit
    return allowed


class TooMany(Refused):
    """Too many attempts to log in."""

    status = 429

    def __init__(self) -> None:
        super().__init__(LOCKED)


async def log_in(scope: Scope, login: str, password: str, code: str, address: str, agent: str) -> tuple[str, Scope]:
    """Check a log-in and open a new session; its token and the user's scope.

    Raises Refused with the same sentence for an unknown name and a wrong password, TooMany when locked out. The token
    is always new: whatever the browser brought along is worth nothing.
    """
    if not await within_limits(scope, login, address):
        raise TooMany
    user = await _user(scope, login)
    right = await passwords.fits(user.password if user else None, password)
    if right and user and user.totp_secret:
        right = bool(code) and pyotp.TOTP(user.totp_secret).verify(code.strip(), for_time=clock.now(), valid_window=1)
        if not right and not code:
            raise Refused("Enter the code of your authenticator.", field="code")
    if not right or user is None or not user.active:
        if user is not None:
            await _note_failure(queries.scope_of(user, "", address))
        raise Refused(WRONG, field="password")
    return await open_session(queries.scope_of(user, "", address), address, agent)


@database.scoped
async def _user(scope: Scope, login: str) -> queries.UserRow | None:
    return await database.row(queries.UserRow, "SELECT * FROM app_user WHERE login = :login", login=login.lower())


@database.scoped
async def _note_failure(scope: Scope) -> None:
    record(scope, "accounts.refused", "app_user", scope.user)


@database.scoped
async def open_session(scope: Scope, address: str, agent: str) -> tuple[str, Scope]:
    token = secrets.token_urlsafe(32)
    name = await database.value(str, "SELECT name FROM organisation WHERE id = :id", id=scope.organisation)
    await database.add(
        Session(
            token=queries.digest(token),
            user=scope.user,
            created_at=clock.now(),
            seen_at=clock.now(),
            address=address[:80],
            agent=agent[:200],
        )
    )
    await database.execute(
        "DELETE FROM login_counter WHERE key = (SELECT 'login:' || login FROM app_user WHERE id = :user)",
        user=scope.user,
    )
    await database.execute(
        "DELETE FROM app_session WHERE user_id = :user AND created_at < :old",
        user=scope.user,
        old=clock.now() - queries.LIFETIME,
    )
    record(scope, "accounts.log_in", "app_user", scope.user)
    return token, replace(scope, organisation_name=name or "")


@database.scoped
async def log_out(scope: Scope, token: str) -> None:
    """End the session of a cookie."""
    await Session.delete().where(Session.token == queries.digest(token))
    record(scope, "accounts.log_out", "app_user", scope.user)


@database.scoped
async def set_locale(scope: Scope, locale: str) -> None:
    """Remember a user's language."""
    await database.change(User, scope.user or 0, {User.locale: locale})


async def change_password(scope: Scope, form: PasswordForm) -> None:
    """Set one's own password; ends every other session of the user. Raises Refused beside the field."""
    if form.password != form.again:
        raise Refused("The two do not agree.", field="again")
    user = await queries.user(scope, scope.user or 0)
    passwords.check_strength(form.password, user.login)
    if not await passwords.fits(user.password, form.present):
        raise Refused("This is not your present password.", field="present")
    await _store_password(scope, user.id, await passwords.hashed(form.password), False, user.totp_secret)


@database.scoped
async def _store_password(scope: Scope, user: int, stored: str, must_change: bool, totp_secret: str) -> None:
    values = {User.password: stored, User.must_change: must_change, User.totp_secret: totp_secret}
    await database.change(User, user, values)
    await Session.delete().where(Session.user == user)
    record(scope, "accounts.password", "app_user", user)


async def create(
    scope: Scope, form: UserForm, password: str | None = None, must_change: bool = True
) -> tuple[int, str]:
    """Register a user of an organisation of the county; the id and the first password.

    Raises Refused when the name is taken or the organisation does not fit the role.
    """
    first = password or f"{secrets.token_urlsafe(9)}7a"
    return await _insert(scope, form, await passwords.hashed(first), must_change), first


_KINDS = {
    Role.STATION_SCHEDULER: {OrganisationKind.STATION},
    Role.VILLAGE_ASSISTANT: {OrganisationKind.STATION},
    Role.PROVIDER_MANAGER: {OrganisationKind.PROVIDER},
    Role.WORKER: {OrganisationKind.STATION, OrganisationKind.PROVIDER},
}


@database.scoped
async def _insert(scope: Scope, form: UserForm, stored: str, must_change: bool) -> int:
    if form.role == Role.SYSTEM:
        raise Refused("Choose one of the options.", field="role")
    organisation = await Organisation.objects().where(Organisation.id == form.organisation).first()
    if organisation is None:
        raise Refused("Choose one of the options.", field="organisation")
    if organisation.kind not in _KINDS.get(form.role, {OrganisationKind.BUREAU}):
        raise Refused("This role does not belong to that kind of organisation.", field="organisation")
    if form.role == Role.WORKER and not await Engagement.exists().where(
        (Engagement.worker == (form.worker or 0)) & (Engagement.organisation == form.organisation)
    ):
        raise Refused("Choose a worker of that organisation.", field="worker")
    if await User.exists().where(User.login == form.login):
        raise Refused("This log-in name is taken.", field="login")
    id = await database.add(
        User(
            login=form.login,
            name=form.name,
            role=form.role,
            organisation=form.organisation,
            county=organisation.county,
            worker=form.worker if form.role == Role.WORKER else None,
            password=stored,
            must_change=must_change,
            created_at=clock.now(),
        )
    )
    record(scope, "accounts.create", "app_user", id, role=form.role, login=form.login)
    return id


@database.scoped
async def set_active(scope: Scope, id: int, active: bool) -> int:
    """Disable or enable an account; disabling ends its sessions. Raises Conflict for one's own."""
    user = await queries.user(scope, id)
    if user.id == scope.user:
        raise Conflict("Nobody disables their own account.")
    await database.change(User, id, {User.active: active})
    if not active:
        await Session.delete().where(Session.user == id)
    record(scope, "accounts.enable" if active else "accounts.disable", "app_user", id)
    return id


async def reset_password(scope: Scope, id: int) -> str:
    """Give an account a new first password, shown once to the administrator; takes a lost second factor off.

    Raises Conflict for one's own: that is changed with the present one.
    """
    user = await queries.user(scope, id)
    if user.id == scope.user:
        raise Conflict("Change your own password on your account's page.")
    first = f"{secrets.token_urlsafe(9)}7a"
    await _store_password(scope, user.id, await passwords.hashed(first), True, totp_secret="")
    return first


@database.scoped
async def enrol_totp(scope: Scope, secret: str, form: TotpForm) -> int:
    """Ask for a code at every log-in from now on; raises Refused when the code does not fit the secret."""
    user = await queries.user(scope, scope.user or 0)
    if user.totp_secret:
        raise Conflict("This account has a second factor already.")
    if not KEY.fullmatch(secret) or not pyotp.TOTP(secret).verify(
        form.code.strip(), for_time=clock.now(), valid_window=1
    ):
        raise Refused("This code does not fit. Is the clock of the telephone right?", field="code")
    await database.change(User, user.id, {User.totp_secret: secret})
    record(scope, "accounts.totp", "app_user", scope.user)
    return scope.user or 0
