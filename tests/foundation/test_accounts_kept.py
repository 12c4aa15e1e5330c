"""Who keeps whose accounts: an administrator the county's, a station or a provider those of its own workers."""

from dataclasses import replace

import asyncpg
import pytest

from shangmen import access, database
from shangmen.access import Role
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.accounts import actions, proofs, queries
from shangmen.foundation.accounts.forms import AccountForm, UserForm
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.filled_forms import form_of


def kept(user: queries.ShownUserRow, **changes: object) -> AccountForm:
    now = {"name": user.name, "role": user.role, "organisation": user.organisation, "worker": user.worker}
    return AccountForm(**{**now, **changes})  # type: ignore[arg-type]  # as typed


async def test_a_provider_makes_an_account_for_its_worker_and_keeps_it(browser: OpenBrowser, cast: Cast) -> None:
    manager = await browser(cast.provider_a)
    form = form_of((await manager.get("/accounts/new")).text, "/accounts")
    assert (form["role"], form["organisation"]) == ("worker", str(cast.provider_a.organisation))
    sent = {**form, "name": "测试甲女", "login": "jia.nv", "worker": str(cast.worker_a.worker)}
    made = await manager.post("/accounts", sent)
    assert made.status_code == 200 and "jia.nv" in made.text
    id = next(row.id for row in (await queries.users(cast.provider_a))[0] if row.login == "jia.nv")
    page = (await manager.get("/accounts")).text
    assert "jia.nv" in page and "测试乙男" not in page and "worker b" not in page
    for verb in ("disable", "enable"):
        assert (await manager.post(f"/accounts/{id}/{verb}")).status_code == 303
    assert (await manager.post(f"/accounts/{id}/password")).status_code == 200
    change = form_of((await manager.get(f"/accounts/{id}/edit")).text, f"/accounts/{id}/edit")
    assert (await manager.post(f"/accounts/{id}/edit", {**change, "name": "甲女"})).status_code == 303
    assert (await queries.user(cast.provider_a, id)).name == "甲女"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": Role.PROVIDER_MANAGER}, "role"),
        ({"role": Role.ADMINISTRATOR}, "role"),
        ({"organisation": "provider_b"}, "organisation"),
        ({"worker": "worker_b"}, "worker"),
    ],
)
async def test_a_provider_gives_nobody_a_desk_and_nobody_of_others_an_account(
    cast: Cast, change: dict[str, str], field: str
) -> None:
    sent: dict[str, object] = {
        "login": "somebody", "name": "某人", "role": Role.WORKER, "organisation": cast.provider_a.organisation,
        "worker": cast.worker_a.worker, **change,
    }  # fmt: skip
    if field == "organisation":
        sent["organisation"] = cast.provider_b.organisation
    if field == "worker":
        sent["worker"] = cast.worker_b.worker
    with pytest.raises(Refused) as refused:
        await actions.create(cast.provider_a, UserForm(**sent))  # type: ignore[arg-type]  # as typed
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["manager", "other", "foreign"])
async def test_the_accounts_of_others_are_not_there(browser: OpenBrowser, cast: Cast, who: str) -> None:
    id = {"manager": cast.station_a.user, "other": cast.worker_b.user, "foreign": cast.stranger_provider.user}[who]
    visitor = await browser(cast.provider_a)
    assert (await visitor.get(f"/accounts/{id}")).status_code == 404
    assert (await visitor.get(f"/accounts/{id}/edit")).status_code == 404
    sent = {"name": "x", "role": "worker", "organisation": str(cast.provider_a.organisation), "version": "1"}
    for verb in ("edit", "disable", "enable", "password"):
        assert (await visitor.post(f"/accounts/{id}/{verb}", sent)).status_code == 404, verb
    with pytest.raises(NotFound):
        await queries.user(cast.station_b, cast.social_worker_a.user or 0)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO app_user (login, name, role, organisation, county, worker, created_at)"
        " VALUES ('x', 'x', 'worker', {organisation}, {county}, {other}, now())",
        "INSERT INTO app_user (login, name, role, organisation, county, created_at)"
        " VALUES ('x', 'x', 'administrator', {organisation}, {county}, now())",
        "UPDATE app_user SET role = 'administrator' WHERE id = {worker}",
        "UPDATE app_user SET worker = {other} WHERE id = {worker}",
        "UPDATE app_user SET active = false WHERE id = {manager}",
        "UPDATE app_user SET password = '' WHERE id = {manager}",
        "UPDATE app_user SET name = 'x' WHERE id = {me}",
    ],
)
async def test_the_database_refuses_a_provider_every_account_but_its_workers(cast: Cast, sql: str) -> None:
    async with database.transaction(cast.provider_a):
        await database.execute("UPDATE app_user SET name = 'x' WHERE id = :id", id=cast.worker_a.user)
    said = sql.format(
        organisation=cast.provider_a.organisation, county=cast.county, other=cast.worker_b.worker,
        worker=cast.worker_a.user, manager=cast.provider_b.user, me=cast.provider_a.user,
    )  # fmt: skip
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError)):
        async with database.transaction(cast.provider_a):
            await database.execute(said)


async def test_an_administrator_gives_another_role_and_the_sessions_end(browser: OpenBrowser, cast: Cast) -> None:
    officer = await browser(cast.approver)
    assert (await officer.get("/tasks")).status_code == 200
    before = await queries.user(cast.administrator, cast.approver.user or 0)
    await actions.change(cast.administrator, before.id, kept(before, role=Role.AUDITOR))
    assert (await officer.get("/tasks")).status_code == 303
    after = await queries.user(cast.administrator, before.id)
    assert (after.role, after.name, after.version) == (Role.AUDITOR, before.name, before.version + 1)


async def test_a_change_of_the_name_leaves_the_sessions(browser: OpenBrowser, cast: Cast) -> None:
    officer = await browser(cast.approver)
    before = await queries.user(cast.administrator, cast.approver.user or 0)
    await actions.change(cast.administrator, before.id, kept(before, name="王科长"))
    assert (await officer.get("/tasks")).status_code == 200


async def test_nobody_changes_their_own_role(cast: Cast) -> None:
    own = await queries.user(cast.administrator, cast.administrator.user or 0)
    with pytest.raises(Conflict):
        await actions.change(cast.administrator, own.id, kept(own, role=Role.AUDITOR))


async def test_a_role_must_fit_its_organisation(cast: Cast) -> None:
    officer = await queries.user(cast.administrator, cast.approver.user or 0)
    with pytest.raises(Refused) as refused:
        await actions.change(cast.administrator, officer.id, kept(officer, role=Role.PROVIDER_MANAGER))
    assert refused.value.field == "organisation"


async def test_a_changed_role_agrees_with_the_trail_and_one_changed_past_it_is_found(cast: Cast) -> None:
    county = access.system(cast.county, purpose="proof")
    form = UserForm(login="auditor.2", name="审", role=Role.AUDITOR, organisation=cast.bureau.organisation or 0)
    id, _first = await actions.create(cast.administrator, form)
    user = await queries.user(cast.administrator, id)
    await actions.change(cast.administrator, id, kept(user, role=Role.BUREAU_OFFICER))
    assert not [one for one in await proofs.roles(county) if one.parameters["login"] == "auditor.2"]
    async with database.transaction(replace(county, role=Role.SYSTEM)):
        await database.execute("UPDATE app_user SET role = 'administrator' WHERE id = :id", id=id)
    assert [one for one in await proofs.roles(county) if one.parameters["login"] == "auditor.2"]
