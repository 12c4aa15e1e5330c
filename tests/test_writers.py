"""Of every table and every column: only the roles that have a verb for it can write it, whatever is asked directly."""

from collections.abc import Iterable

import asyncpg
import pytest

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.database.piccolo_app import APP_CONFIG
from shangmen.delivery.visits.states import VisitState
from shangmen.demand.needs.states import NeedState
from shangmen.errors import Refused
from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations.forms import QualificationForm, SuspensionForm
from shangmen.foundation.organisations.states import OrganisationStatus
from shangmen.supply.placements.states import OfferState
from tests.cast import LONG_AGO, Cast
from tests.delivery.planning import MONDAY
from tests.delivery.rows import placed_need, planned_visit
from tests.supply.rows import bought, offered, waiting_need
from tests.test_access import everyone

BO, BF, AU, AD = Role.BUREAU_OFFICER, Role.BUREAU_FINANCE, Role.AUDITOR, Role.ADMINISTRATOR
SS, VA, PM, WK = Role.STATION_SCHEDULER, Role.VILLAGE_ASSISTANT, Role.PROVIDER_MANAGER, Role.WORKER
ALL = frozenset(Role) - {Role.SYSTEM}

# Who writes each table besides the system. What everybody writes is the trail, the work list, and what belongs to a
# log-in, where other walls stand (own_account, row-level security).
WRITERS: dict[str, Iterable[Role]] = {
    "app_session": ALL, "app_user": ALL, "attempt": ALL, "audit_event": ALL, "known_place": ALL, "submission": ALL,
    "task": ALL, "unsent_form": ALL,
    "audit_seal": (), "chain_head": (), "upkeep_mark": (),
    "division": {AD}, "service_item": {AD}, "parameter": {AD}, "holiday": {AD},
    "organisation": {BO, AD}, "service_area": {BO, AD},
    "worker": {BO, SS, PM, AD}, "engagement": {SS, PM, BO, AD}, "absence": {SS, PM},
    "qualification": {BO, SS, PM, AD},  # lists of them come in at the bureau
    "deed_change": (), "deed": {BO, SS, VA, PM, AD}, "retraction": {SS, VA}, "recipient_absence": {SS, VA},
    "village": {AD, BO, SS}, "entitlement_rung": {AD},
    "household": {BO, SS, AD}, "person": {BO, SS, VA, AD}, "disability_certificate": {BO, SS, AD},
    "status_event": {SS, VA}, "share": (), "residence": (),
    "move": {SS, BO}, "mover": {SS, BO}, "handed_over": {SS},
    "list_import": {BO, SS, PM, AD}, "import_row": {BO, SS, PM, AD}, "import_mapping": {BO, SS, PM, AD},
    "assessment": {BO, SS}, "care_plan": {BO, SS}, "need": {BO, SS},
    "lot": {BO}, "lot_area": {BO}, "lot_service": {BO}, "amendment": {BO}, "contract": {BO, BF}, "contract_line": {BO},
    "offer": {BO, SS, PM}, "placement": (),
    "matching_run": {BO}, "proposal": {BO}, "pin": {BO}, "supposition": {BO, AU}, "tender_study": {BO},
    "roster_run": {SS, PM}, "visit": {SS, PM, WK}, "visit_worker": {SS, PM}, "check_in": {WK},
    "service_record": (), "attendance": (), "service_line": (), "verdict": (), "finding": (),
    "phone_event": {SS, PM}, "photo": {WK, PM, SS}, "door_report": {WK}, "door_answer": {SS, PM},
    "sample": (), "call_back": {BO, SS}, "complaint": {BO, SS},
    "statement": {PM, BO, BF}, "statement_line": {PM, BO}, "deduction": {PM, BO}, "objection": {PM, BO},
}  # fmt: skip
# Columns that fewer of them change.
NARROWER: dict[str, Iterable[Role]] = {
    "contract.state": {BO}, "contract.ceiling": {BO}, "contract.settled": {BO}, "contract.paid": {BF},
    "statement.paid_by": {BF}, "statement.payment_reference": {BF}, "statement.reviewed_by": {BO},
    "statement.approved_by": {BO}, "statement.note": {BO}, "objection.statement": (), "objection.text": {PM},
    "objection.answer": {BO},
    "visit.day": {SS, PM}, "visit.planned_start": {SS, PM}, "visit.supplier": {SS, PM},
    # offices: those of their own workers
    "app_user.role": {AD, SS, PM}, "app_user.organisation": {AD, SS, PM}, "app_user.active": {AD, SS, PM},
}  # fmt: skip
TABLES = {table._meta.tablename: table for table in APP_CONFIG.table_classes}


def test_of_every_table_it_is_said_who_writes_it() -> None:
    assert set(WRITERS) == set(TABLES)


async def _refused(scope: Scope, sql: str) -> bool:
    try:
        async with database.transaction(scope):
            await database.execute(sql)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


@pytest.mark.parametrize("table", sorted(TABLES))
async def test_nobody_writes_a_table_without_a_verb_for_it(cast: Cast, table: str) -> None:
    columns = [one._meta.db_column_name for one in TABLES[table]._meta.columns if one._meta.db_column_name != "id"]
    wrong = []
    for role, scope in (await everyone(cast)).items():
        asked = [(one, f"UPDATE {table} SET {one} = {one} WHERE false") for one in columns]
        asked.append(("", f"INSERT INTO {table} ({columns[0]}) SELECT {columns[0]} FROM {table} WHERE false"))
        asked.append(("", f"DELETE FROM {table} WHERE false"))
        for column, sql in asked:
            if role not in NARROWER.get(f"{table}.{column}", WRITERS[table]) and not await _refused(scope, sql):
                wrong.append(f"{role}: {sql}")
    assert not wrong, "\n".join(wrong)


async def _writes(scope: Scope, sql: str) -> None:
    async with database.transaction(scope):
        await database.execute(sql)


async def test_no_station_approves_its_own_need(cast: Cast) -> None:
    need = await waiting_need(cast)
    await _writes(cast.system, f"UPDATE need SET state = 'draft', approved_by = NULL WHERE id = {need}")
    for sql in (
        f"UPDATE need SET state = 'approved' WHERE id = {need}",
        f"UPDATE need SET state = 'waiting' WHERE id = {need}",
        f"UPDATE need SET approved_by = {cast.bureau.user} WHERE id = {need}",
    ):
        assert await _refused(cast.station_a, sql), sql
    await _writes(cast.bureau, f"UPDATE need SET state = '{NeedState.WAITING}' WHERE id = {need}")


async def test_nobody_accepts_an_offer_but_its_supplier(cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    offer = await offered(cast, await waiting_need(cast), cast.provider_a, made.line)
    accepted = f"UPDATE offer SET state = '{OfferState.ACCEPTED}' WHERE id = {offer}"
    assert await _refused(cast.bureau, accepted)
    assert await _refused(cast.station_a, accepted)
    assert await _refused(cast.provider_a, f"UPDATE offer SET state = 'withdrawn' WHERE id = {offer}")
    assert await _refused(cast.provider_a, f"UPDATE offer SET contract_line = NULL WHERE id = {offer}")
    await _writes(cast.provider_a, accepted)


async def test_no_office_says_that_a_visit_was_made(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    visit = await planned_visit(cast, placed, clock.at(MONDAY, 540), cast.worker_a.worker)
    for state in (VisitState.IN_PROGRESS, VisitState.DONE):
        assert await _refused(cast.provider_a, f"UPDATE visit SET state = '{state}' WHERE id = {visit}")
    assert await _refused(cast.worker_a, f"UPDATE visit SET state = 'cancelled' WHERE id = {visit}")
    await _writes(cast.worker_a, f"UPDATE visit SET state = 'in_progress' WHERE id = {visit}")


async def test_no_organisation_lifts_or_prolongs_its_own(cast: Cast) -> None:
    own = cast.provider_a.organisation
    assert own is not None
    paper = await organisations.add_qualification(
        cast.bureau, own, QualificationForm(kind="registration", valid_from=LONG_AGO, mandatory=True)
    )
    await organisations.suspend_qualification(cast.bureau, paper, SuspensionForm("年检未通过"))
    row = f"county, organisation, kind, number, mandatory, valid_from, status, note) SELECT {cast.county}, {own}"
    for sql in (
        f"UPDATE organisation SET status = '{OrganisationStatus.ACTIVE}' WHERE id = {own}",
        f"UPDATE qualification SET status = 'valid' WHERE id = {paper}",
        f"UPDATE qualification SET valid_to = '2035-01-01' WHERE id = {paper}",
        f"UPDATE qualification SET mandatory = false WHERE id = {paper}",
        f"INSERT INTO qualification ({row}, 'registration', '', true, '2020-01-01', 'valid', ''",
        f"INSERT INTO qualification ({row}, 'insurance', '', true, '2020-01-01', 'valid', ''",
    ):
        assert await _refused(cast.provider_a, sql), sql
    with pytest.raises(Refused, match="is suspended") as refused:
        await organisations.add_qualification(
            cast.provider_a, own, QualificationForm(kind="registration", valid_from=LONG_AGO)
        )
    assert refused.value.field == "kind"
    await organisations.add_qualification(
        cast.bureau, own, QualificationForm(kind="registration", valid_from=LONG_AGO)
    )
