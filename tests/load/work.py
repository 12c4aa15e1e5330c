"""What the county of the load tests does today: needs that wait, providers with workers, and their visits."""

import asyncpg

from shangmen import clock
from tests.cast import Cast
from tests.copies import copy, fresh
from tests.delivery.recording import load_parameters
from tests.delivery.rows import placed_need, planned_visit
from tests.supply.matching_world import add_need

WORKERS = 2000
PROVIDERS = 20
VISITS = 20  # of each worker, half an hour apart
NEEDS = 10_000


async def fill(owner: asyncpg.Connection, cast: Cast, recipients: int) -> None:
    """Needs, providers, workers, placements and visits of today, past the triggers."""
    await load_parameters(cast)
    today = clock.today()
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    visit = await planned_visit(cast, placed, clock.at(today, 0), cast.worker_a.worker, minutes=20)
    waiting = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    workers = min(WORKERS, recipients // 20)
    ids = {
        name: await owner.fetchval(f"SELECT min(id) FROM {table} WHERE {where}")
        for name, table, where in (
            ("engagement", "engagement", f"worker = {cast.worker_a.worker}"),
            ("social", "engagement", f"worker = {cast.social_worker_a.worker}"),
            ("paper", "qualification", f"worker = {cast.social_worker_a.worker}"),
            ("share", "share", f"person = {cast.person_a}"),
            ("stand", "visit_worker", f"visit = {visit}"),
        )
    }
    statements = [
        "SET session_replication_role = replica",
        # providers with a contract each
        f"CREATE TEMP TABLE firm AS SELECT n, {fresh('organisation')} AS id, {fresh('lot')} AS lot,"
        f" {fresh('contract')} AS contract, {fresh('contract_line')} AS line"
        f" FROM generate_series(0, {PROVIDERS - 1}) n",
        copy("organisation", cast.provider_a.organisation, "firm f", id="f.id", name="t.name || f.n"),
        copy("lot", placed.lot, "firm f", id="f.lot", number="t.number || '-' || f.n", ceiling="99999999"),
        copy("contract", placed.contract, "firm f", id="f.contract", lot="f.lot", provider="f.id",
             number="t.number || '-' || f.n", ceiling="99999999", original_ceiling="99999999"),
        copy("contract_line", placed.contract_line, "firm f", id="f.line", contract="f.contract", quantity="999999"),
        # workers who are logged in, each with a person of their own
        f"CREATE TEMP TABLE hand AS SELECT g.n, {fresh('worker')} AS id, {fresh('app_user')} AS login, f.id AS firm,"
        f" f.line, {fresh('need')} AS need, {fresh('offer')} AS offer, {fresh('placement')} AS placement,"
        f" p.id AS person, p.station, p.latitude, p.longitude FROM generate_series(0, {workers - 1}) g(n)"
        f" JOIN firm f ON f.n = g.n % {PROVIDERS}"
        f" JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS n, id, station, latitude, longitude FROM person"
        f" WHERE county = {cast.county}) p ON p.n = g.n",
        copy("worker", cast.worker_a.worker, "hand h", id="h.id", registered_by="h.firm", name="'服务' || h.n",
             id_number="'W' || lpad(h.n::text, 17, '0')"),
        copy("engagement", ids["engagement"], "hand h", worker="h.id", organisation="h.firm"),
        "INSERT INTO app_user (id, login, name, role, organisation, county, worker, password, totp_secret, totp_step,"
        " must_change, active, locale, created_at) SELECT h.login, 'hand' || h.n, u.name, u.role, h.firm, u.county,"
        " h.id, u.password, u.totp_secret, u.totp_step, false, true, u.locale, u.created_at FROM hand h, app_user u"
        f" WHERE u.id = {cast.worker_a.user}",
        "INSERT INTO app_session (token, user_id, created_at, seen_at, address, agent)"
        " SELECT sha256(('hand' || n)::bytea), login, now(), now(), '127.0.0.1', 'load' FROM hand",
        copy("share", ids["share"], "hand h", person="h.person", organisation="h.firm"),
        copy("need", placed.need, "hand h", id="h.need", person="h.person", station="h.station"),
        copy("offer", placed.offer, "hand h", id="h.offer", need="h.need", person="h.person", station="h.station",
             supplier="h.firm", contract_line="h.line"),
        copy("placement", placed.placement, "hand h", id="h.placement", offer="h.offer", need="h.need",
             person="h.person", station="h.station", supplier="h.firm", contract_line="h.line",
             reserved_units="0", reserved_yuan="0"),
        # visits of today; the id of the nth hand's kth visit is told by `calls`
        f"CREATE TEMP TABLE call AS SELECT h.*, k, {fresh('visit')} AS visit FROM hand h,"
        f" generate_series(0, {VISITS - 1}) k",
        copy("visit", visit, "call c", id="c.visit", person="c.person", station="c.station", supplier="c.firm",
             placement="c.placement", latitude="c.latitude", longitude="c.longitude",
             planned_start="t.planned_start + c.k * interval '30 minutes'",
             planned_end="t.planned_end + c.k * interval '30 minutes'"),
        "INSERT INTO visit_worker (visit, worker, supplier, starts, ends, stands)"
        " SELECT c.visit, c.id, c.firm, v.planned_start, v.planned_end, true"
        " FROM call c JOIN visit v ON v.id = c.visit",
        # social workers at every station, and needs that wait
        f"CREATE TEMP TABLE social AS SELECT {fresh('worker')} AS id, o.id AS station, row_number() OVER () AS n"
        f" FROM organisation o, generate_series(1, 5) WHERE o.kind = 'station' AND o.county = {cast.county}",
        copy("worker", cast.social_worker_a.worker, "social s", id="s.id", registered_by="s.station",
             name="'社工' || s.n", id_number="'S' || lpad(s.n::text, 17, '0')"),
        copy("engagement", ids["social"], "social s", worker="s.id", organisation="s.station"),
        copy("qualification", ids["paper"], "social s", worker="s.id"),
        copy("need", waiting, f"(SELECT id AS person, station FROM person WHERE county = {cast.county}"
             f" AND id % 3 = 0 ORDER BY id DESC LIMIT {NEEDS}) w", person="w.person", station="w.station"),
        "SET session_replication_role = origin",
    ]  # fmt: skip
    for statement in statements:
        await owner.execute(statement)


async def calls(owner: asyncpg.Connection) -> list[list[int]]:
    """The visits of each hand, in the order of the day."""
    rows = await owner.fetch(
        "SELECT array_agg(v.visit ORDER BY v.starts) AS visits FROM visit_worker v"
        " JOIN app_user u ON u.worker = v.worker WHERE u.login LIKE 'hand%'"
        " GROUP BY u.login ORDER BY substr(u.login, 5)::int"
    )
    return [list(row["visits"]) for row in rows]
