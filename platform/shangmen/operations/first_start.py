"""The first county and the first accounts of an empty installation, from the shell."""

from dataclasses import dataclass

import msgspec

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.errors import DomainError, StartError
from shangmen.foundation.accounts import actions as accounts
from shangmen.foundation.accounts.forms import UserForm
from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations.forms import OrganisationForm
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions import actions as regions
from shangmen.foundation.regions import queries as divisions

REFUSED = 2  # the exit status of what was asked for and cannot be
OF_THE_BUREAU = (Role.BUREAU_OFFICER, Role.BUREAU_FINANCE, Role.AUDITOR, Role.ADMINISTRATOR)


async def load_county(code: str) -> int:
    """Load a county with its city, region and townships, and tell what is there now; raises StartError."""
    await database.open_pool(2)
    try:
        try:
            county = await regions.load_county(access.system(purpose="county load"), code.strip(), clock.today())
        except DomainError as refused:
            raise StartError(str(refused), REFUSED) from refused
        scope = access.system(county, purpose="county load")
        loaded, townships = await divisions.county(scope), await divisions.townships(scope)
        print(f"{loaded.code[:-6]}\t{loaded.name}\t{len(townships)} townships", flush=True)
    finally:
        await database.close_pool()
    return 0


@dataclass(frozen=True)
class _Employer(database.Row):
    """An organisation that an account may belong to."""

    id: int
    name: str


async def create_user(login: str, role: str, code: str, organisation: str, name: str) -> int:
    """Make an account, and print its first password, which must be changed at the first log-in; raises StartError.

    An account of the bureau makes the bureau too when the county has none.
    """
    await database.open_pool(2)
    try:
        system = await _county(code.strip())
        try:
            form = await _form(system, login, role, organisation.strip(), name.strip())
            _id, password = await accounts.create(system, form)
        except DomainError as refused:
            raise StartError(str(refused), REFUSED) from refused
        print(f"Log-in {form.login}, first password (shown once): {password}", flush=True)
    finally:
        await database.close_pool()
    return 0


async def _county(code: str) -> Scope:
    async with database.transaction(access.system(purpose="user create")):
        county = await database.value(
            int,
            "SELECT id FROM division WHERE level = 'county' AND code = :code"
            " AND (valid_to IS NULL OR valid_to >= :today) ORDER BY id DESC LIMIT 1",
            code=code.ljust(12, "0"),
            today=clock.today(),
        )
    if county is None:
        raise StartError(f"There is no county {code}: load it with `shangmen county load {code}`.", REFUSED)
    return access.system(county, purpose="user create")


async def _form(system: Scope, login: str, role: str, organisation: str, name: str) -> UserForm:
    roles = [one.value for one in Role if one is not Role.SYSTEM]
    if role not in roles:
        raise StartError(f"There is no role {role}; the roles are: {', '.join(roles)}.", REFUSED)
    try:
        form = msgspec.convert({"login": login, "name": name or login, "role": role, "organisation": 1}, UserForm)
    except msgspec.ValidationError as fault:
        if "$.login" in str(fault):
            raise StartError(
                "A log-in name has 3 to 60 small letters, digits, dots, hyphens or underlines,"
                " and begins with a letter or a digit.",
                REFUSED,
            ) from fault
        raise StartError("A name has at most 60 characters.", REFUSED) from fault
    await _free(system, login)
    form.organisation = await _employer(system, form.role, organisation)
    if form.role is Role.WORKER:
        form.worker = await _worker(system, form.organisation, name)
    return form


@database.scoped
async def _free(system: Scope, login: str) -> None:
    """Raises StartError for a log-in name that is taken, before anything is made for it."""
    if await database.exists("SELECT 1 FROM app_user WHERE login = :login", login=login):
        raise StartError(f"The log-in name {login} is taken.", REFUSED)


async def _employer(system: Scope, role: Role, name: str) -> int:
    """The organisation of an account: the one that was named, or the only one that fits its role."""
    fitting = await _fitting(system, role)
    if not fitting and role in OF_THE_BUREAU:
        county = await divisions.county(system)
        called = name or f"{county.name}民政局"
        return await organisations.register(
            system,
            OrganisationForm(
                kind=OrganisationKind.BUREAU,
                name=called,
                latitude=county.latitude,
                longitude=county.longitude,
                position_source=county.position_source,
            ),
        )
    named = [one for one in fitting if not name or one.name == name]
    if len(named) == 1:
        return named[0].id
    known_names = "、".join(one.name for one in fitting) or "none so far"
    if name:
        raise StartError(f"“{name}” is no organisation of the role {role}; such are: {known_names}.", REFUSED)
    raise StartError(f"Name the organisation of the role {role} with --organisation: {known_names}.", REFUSED)


@database.scoped
async def _fitting(system: Scope, role: Role) -> list[_Employer]:
    kinds = accounts.KINDS.get(role, {OrganisationKind.BUREAU})
    return await database.rows(
        _Employer,
        "SELECT id, name FROM organisation WHERE county = :county AND kind = ANY(:kinds) AND status <> 'closed'"
        " ORDER BY id",
        county=system.county,
        kinds=sorted(kinds),
    )


@database.scoped
async def _worker(system: Scope, employer: int, name: str) -> int:
    """The worker of an organisation that a log-in of the role worker is for; raises StartError."""
    found = await database.values(
        int,
        "SELECT DISTINCT w.id FROM worker w JOIN engagement e ON e.worker = w.id"
        " WHERE e.organisation = :employer AND w.name = :name",
        employer=employer,
        name=name,
    )
    if len(found) != 1:
        raise StartError("Name one worker of that organisation with --name.", REFUSED)
    return found[0]
