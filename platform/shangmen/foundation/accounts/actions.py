"""Verbs on accounts: log-in, log-out, passwords, users."""

import re
import secrets
import unicodedata
from dataclasses import replace

import pyotp
from piccolo.columns import Column

from shangmen import access, clock, database
from shangmen.access import Reach, Role, Scope
from shangmen.errors import Conflict, NotFound, Refused, Stale
from shangmen.foundation.accounts import limits, passwords, queries
from shangmen.foundation.accounts.forms import AccountForm, PasswordForm, TotpForm, UserForm
from shangmen.foundation.accounts.limits import Place
from shangmen.foundation.accounts.tables import Session, User
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Engagement, Organisation

KEY = re.compile(r"[A-Z2-7]{32}")  # of an authenticator

WRONG = "The log-in name or the password is wrong."
STEP = 30  # seconds that a code of an authenticator is shown


async def log_in(scope: Scope, login: str, password: str, code: str, where: Place, address: str, agent: str) -> str:
    """Check a log-in and open a new session; its token.

    Raises Refused with the same sentence for an unknown name and a wrong password, TooMany when it was tried too
    often. The token is always new: whatever the browser brought along is worth nothing.
    """
    attempt = await limits.begin(scope, login, where)
    user, county = await _user(scope, login)
    right = await passwords.fits(user.password if user else None, password)
    step = 0
    if right and user and user.totp_secret:
        if not code:
            raise Refused("Enter the code of your authenticator.", field="code")
        step = step_of(user.totp_secret, code)
    if right and user and user.active and (step or not user.totp_secret):
        token = await _enter(queries.scope_of(user, "", address), attempt, step, where, agent)
        if token:
            return token
    if user is not None:
        await _note_failure(queries.scope_of(user, "", address))
    elif county is not None:
        # noted too, so that the answer takes as long as for a name that exists; what was typed may be a password
        await _note_failure(replace(access.system(county, purpose="log-in"), address=address))
    raise Refused(WRONG, field="password")


def step_of(secret: str, code: str) -> int:
    """The half-minute of a code, at most one from now; 0 for a wrong code."""
    typed = "".join(unicodedata.normalize("NFKC", code).split()).encode()
    now = int(clock.now().timestamp()) // STEP
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), typed):
            return step
    return 0


@database.scoped
async def _enter(scope: Scope, attempt: int, step: int, where: Place, agent: str) -> str:
    """Open the session of a right log-in; "" when its code was used before, perhaps at this very moment."""
    if step and not await database.execute(
        "UPDATE app_user SET totp_step = :step WHERE id = :id AND totp_step < :step", id=scope.user, step=step
    ):
        return ""
    await limits.right(attempt)
    await limits.know(scope.user or 0, where)
    token, _scope = await open_session(scope, scope.address, agent)
    return token


@database.scoped
async def _user(scope: Scope, login: str) -> tuple[queries.SecretRow | None, int | None]:
    """The user of a log-in name, and the county in whose trail a name that nobody has is noted."""
    county = await database.value(int, "SELECT min(id) FROM division WHERE level = 'county'")
    return await queries.secrets_of(scope, login.lower()), county


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
            address=address,
            agent=agent,
        )
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
    """Set one's own password; ends every session of the user.

    Raises Refused beside the field, TooMany when the present one was guessed at too often. To be called outside a
    transaction: a failure must count although nothing else is saved.
    """
    if form.password != form.again:
        raise Refused("The two do not agree.", field="again")
    user = await queries.own_secrets(scope)
    await passwords.check_strength(form.password, user.login)
    attempt = await limits.begin(scope, f"present password of {user.id}", limits.place(scope.address))
    if not await passwords.fits(user.password, form.present):
        raise Refused("This is not your present password.", field="present")
    await _store_password(scope, user.id, await passwords.hashed(form.password), False, user.totp_secret, attempt)


@database.scoped
async def _store_password(
    scope: Scope, user: int, stored: str, must_change: bool, totp_secret: str, attempt: int | None = None
) -> None:
    if attempt is not None:
        await limits.right(attempt)
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


KINDS = {
    Role.STATION_SCHEDULER: {OrganisationKind.STATION},
    Role.VILLAGE_ASSISTANT: {OrganisationKind.STATION},
    Role.PROVIDER_MANAGER: {OrganisationKind.PROVIDER},
    Role.WORKER: {OrganisationKind.STATION, OrganisationKind.PROVIDER},
}


async def _checked(scope: Scope, form: UserForm | AccountForm) -> Organisation:
    """The organisation of an account; raises Refused beside the field for what does not fit, or is not one's own."""
    keeps_all = scope.reach == Reach.COUNTY
    if form.role == Role.SYSTEM or (form.role != Role.WORKER and not keeps_all):
        raise Refused("Choose one of the options.", field="role")
    if form.organisation != scope.organisation and not keeps_all:
        raise Refused("Choose one of the options.", field="organisation")
    organisation = await Organisation.objects().where(Organisation.id == form.organisation).first()
    if organisation is None:
        raise Refused("Choose one of the options.", field="organisation")
    if organisation.kind not in KINDS.get(form.role, {OrganisationKind.BUREAU}):
        raise Refused("This role does not belong to that kind of organisation.", field="organisation")
    if form.role == Role.WORKER and not await Engagement.exists().where(
        (Engagement.worker == (form.worker or 0)) & (Engagement.organisation == form.organisation)
    ):
        raise Refused("Choose a worker of that organisation.", field="worker")
    return organisation


@database.scoped
async def _insert(scope: Scope, form: UserForm, stored: str, must_change: bool) -> int:
    organisation = await _checked(scope, form)
    if await database.exists("SELECT 1 FROM app_user WHERE login = :login", login=form.login):
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
async def change(scope: Scope, id: int, form: AccountForm) -> int:
    """Keep an account under another name, role, organisation or worker; its sessions end when its rights change.

    Raises what `create` raises beside the fields, Stale, and Conflict for the role of one's own account.
    """
    await queries.user(scope, id)
    before = await User.select(User.version, *_KEPT).where(User.id == id).lock_rows("UPDATE").first()
    if before is None:
        raise NotFound
    if form.version not in (None, before["version"]):
        raise Stale
    await _checked(scope, form)
    worker = form.worker if form.role == Role.WORKER else None
    values: dict[Column, object] = {
        User.name: form.name,
        User.role: form.role,
        User.organisation: form.organisation,
        User.worker: worker,
    }
    changes = [(c._meta.name, before[c._meta.name], v) for c, v in values.items() if before[c._meta.name] != v]
    rights = [name for name, _before, _after in changes if name != "name"]
    if rights and id == scope.user:
        raise Conflict("Nobody changes their own role or organisation.")
    await database.change(User, id, values)
    if rights:
        await Session.delete().where(Session.user == id)
    record(scope, "accounts.change", "app_user", id, role=form.role, changes=changes)
    return id


_KEPT = (User.name, User.role, User.organisation, User.worker)


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
    if user.totp:
        raise Conflict("This account has a second factor already.")
    step = step_of(secret, form.code) if KEY.fullmatch(secret) else 0
    if not step:
        raise Refused("This code does not fit. Is the clock of the telephone right?", field="code")
    await database.change(User, user.id, {User.totp_secret: secret, User.totp_step: step})
    record(scope, "accounts.totp", "app_user", scope.user)
    return scope.user or 0
