"""Which days can stand: the database refuses, asked directly, what no verb would write; and each verb says why."""

from datetime import date, timedelta

import asyncpg
import pytest

from shangmen import clock, database
from shangmen.delivery.visits import actions as visits
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.errors import Faults, Refused
from shangmen.supply.placements.offers import actions as offers
from shangmen.supply.placements.tables import Placement
from tests.cast import Cast
from tests.delivery import planning
from tests.delivery.planning import MONDAY
from tests.delivery.rows import Placed, placed_need, planned_visit
from tests.supply.rows import bought, offered, waiting_need

# What is asked of the database as the system, past every verb; {placed} is a placement from 2026-01-01 on.
STATEMENTS = (
    "UPDATE need SET valid_to = valid_from - 1 WHERE id = {need}",
    "UPDATE need SET valid_from = DATE '0026-01-01' WHERE id = {need}",
    "UPDATE need SET valid_from = DATE '2019-12-31' WHERE id = {need}",  # before the entitlement
    "UPDATE need SET valid_from = valid_from + 30 WHERE id = {need}",  # its placement stands before
    "UPDATE need SET valid_to = valid_from + 30 WHERE id = {need}",  # its placement goes on
    "UPDATE offer SET valid_to = valid_from - 1 WHERE id = {offer}",
    "UPDATE offer SET valid_from = valid_from - 1 WHERE id = {offer}",
    "UPDATE offer SET valid_from = DATE '2300-01-01' WHERE id = {offer}",
    "UPDATE placement SET valid_to = valid_from - 1 WHERE id = {placement}",
    "UPDATE placement SET valid_to = valid_from - 1, state = 'ended' WHERE id = {placement}",
    "UPDATE placement SET valid_from = valid_from - 1 WHERE id = {placement}",
    "UPDATE placement SET valid_to = DATE '{day}' - 1 WHERE id = {placement}",  # a visit is planned behind it
    "UPDATE placement SET valid_from = DATE '{day}' + 1 WHERE id = {placement}",
    "UPDATE visit SET day = day + 1 WHERE id = {visit}",  # its times are of the day before
    "UPDATE visit SET planned_end = planned_end + interval '1 day' WHERE id = {visit}",
    "UPDATE visit SET planned_end = planned_start WHERE id = {visit}",
    "UPDATE visit SET day = DATE '2025-12-31', planned_start = '2025-12-31 09:00+08',"
    " planned_end = '2025-12-31 10:00+08' WHERE id = {visit}",
    "UPDATE visit SET day = DATE '0001-01-01', planned_start = '0001-01-01 09:00+08',"
    " planned_end = '0001-01-01 10:00+08' WHERE id = {visit}",
    "UPDATE engagement SET valid_to = valid_from - 1",
    "UPDATE engagement SET valid_from = DATE '0024-01-01'",
    "INSERT INTO absence (worker, first, last, reason) SELECT id, '2026-05-02', '2026-05-01', '' FROM worker",
    "UPDATE household SET valid_to = valid_from - 1",
    "UPDATE household SET valid_from = DATE '1899-12-31'",
    "UPDATE household SET grace_from = valid_from - 1",
    "UPDATE household SET grace_from = valid_from + 10, grace_until = valid_from + 9",
    "UPDATE person SET birth_date = DATE '0001-01-01'",
    "UPDATE person SET consent_on = DATE '9999-12-31'",
    "UPDATE share SET valid_to = valid_from - 1",
    "UPDATE lot SET valid_to = valid_from - 1",
    "UPDATE contract SET term_from = DATE '1026-01-01'",
    "UPDATE parameter SET valid_to = valid_from - 1",
    "INSERT INTO check_in (county, station, supplier, visit, worker, typed_at, server_at, no_position_reason)"
    " SELECT v.county, v.station, v.supplier, v.id, w.id, '0001-01-01 00:00+00', now(), '' FROM visit v, worker w",
)


async def planned(cast: Cast) -> tuple[Placed, int]:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    return placed, await planned_visit(cast, placed, clock.at(MONDAY, 540), cast.worker_a.worker)


@pytest.mark.parametrize("sql", STATEMENTS, ids=lambda sql: sql[:60])
async def test_no_day_stands_that_cannot_be(cast: Cast, sql: str) -> None:
    placed, visit = await planned(cast)
    ids = {"need": placed.need, "offer": placed.offer, "placement": placed.placement, "visit": visit, "day": MONDAY}
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction(cast.system):
            assert await database.execute(sql.format(**ids)) > 0


async def test_every_column_of_a_day_or_a_moment_has_its_limits(cast: Cast) -> None:
    async with database.transaction(cast.system):
        bare = await database.values(
            str,
            "SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'procrastinate%'"
            " AND c.table_name <> 'migration' AND c.data_type IN ('date', 'timestamp with time zone')"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.contype = 'c'"
            " AND k.conrelid = c.table_name::regclass"
            " AND k.conname = c.table_name || '_' || c.column_name || '_believable')",
        )
    assert bare == []


async def _entitled(cast: Cast, first: date) -> None:
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE household SET valid_from = :first, valid_to = NULL FROM person p"
            " WHERE p.household = household.id AND p.id = :person",
            first=first,
            person=cast.person_a,
        )


NEXT = clock.today() + timedelta(days=90)  # as of 2026: the first day of 2027


async def test_before_an_entitlement_begins_no_need_is_stated_or_approved(cast: Cast) -> None:
    await _entitled(cast, NEXT)
    form = NeedForm(service_item=cast.home_visit, visits_per_month=4, valid_from=NEXT - timedelta(days=1))
    with pytest.raises(Refused, match="entitlement begins on") as refused:
        await needs.state(cast.station_a, cast.person_a, form)
    assert refused.value.field == "valid_from"
    await _entitled(cast, clock.today())
    need = await needs.state(cast.station_a, cast.person_a, NeedForm(service_item=cast.home_visit, visits_per_month=4))
    await _entitled(cast, NEXT)
    with pytest.raises(Refused, match="entitlement begins on"):
        await needs.approve(cast.bureau, need)


async def test_before_an_entitlement_begins_nothing_is_offered_or_accepted(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    await _entitled(cast, NEXT)
    with pytest.raises(Refused, match="entitlement begins on"):
        await offered(cast, need, cast.provider_a, made.line)
    await _entitled(cast, clock.today())
    offer = await offered(cast, need, cast.provider_a, made.line)
    await _entitled(cast, NEXT)
    with pytest.raises(Refused, match="entitlement begins on"):
        await offers.accept(cast.provider_a, offer)


async def test_nothing_is_offered_before_its_need_begins(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast, valid_from=clock.today() + timedelta(days=5))
    with pytest.raises(Refused, match="The need begins on"):
        await offered(cast, need, cast.provider_a, made.line)
    await offered(cast, need, cast.provider_a, made.line, valid_from=clock.today() + timedelta(days=5))


async def test_before_an_entitlement_begins_no_visit_is_planned(cast: Cast) -> None:
    placed = await planning.cleaning(cast)
    await _entitled(cast, MONDAY + timedelta(days=1))
    with pytest.raises(Faults) as refused:
        await visits.plan(cast.provider_a, placed.placement, planning.form(cast.worker_a.worker))
    assert refused.value.faults["day"][0] == "The household's entitlement begins on %(day)s."
    await _entitled(cast, MONDAY)
    await visits.plan(cast.provider_a, placed.placement, planning.form(cast.worker_a.worker))


async def test_a_placement_that_never_began_ends_on_its_first_day(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    need = await waiting_need(cast)
    first = await offers.accept(cast.provider_a, await offered(cast, need, cast.provider_a, made.line))
    second = await offers.accept(cast.station_a, await offered(cast, need, cast.station_a, None))
    async with database.transaction(cast.system):
        old, new = await database.read(Placement, first), await database.read(Placement, second)
    assert (old.valid_to, new.valid_from) == (old.valid_from, clock.today())
