"""Steps of statements: who does which, what is refused, who hears of it."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.settlement import actions, queries
from shangmen.delivery.settlement.forms import (
    ObjectionForm,
    PaymentForm,
    ReasonForm,
    ReviewForm,
    SeenForm,
)
from shangmen.delivery.settlement.states import StatementState
from shangmen.errors import Conflict, Faults, Forbidden, ImpossibleMove, NotFound, Refused
from shangmen.foundation.tasks import queries as tasks
from tests.cast import Cast
from tests.delivery.settlement_rows import (
    TODAY,
    brought_to,
    cleaned,
    counters,
    delivered,
    drafted,
)

D = Decimal
DRAFT, SUBMITTED, REVIEWED, APPROVED, PAID = StatementState
DAY = date(2026, 3, 5)


async def kinds(scope: Scope) -> list[str]:
    return [row.kind for row in await tasks.waiting(scope) if row.kind.startswith("statement")]


async def test_an_impossible_step_is_refused_and_names_both_states(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await drafted(cast, placed)

    async def refused(step: Awaitable[int], now: StatementState, then: StatementState) -> None:
        with pytest.raises(ImpossibleMove) as impossible:
            await step
        assert impossible.value.parameters == {"now": now, "then": then}

    await refused(actions.review(cast.bureau, id, ReviewForm()), DRAFT, REVIEWED)
    await refused(actions.approve(cast.approver, id), DRAFT, APPROVED)
    await actions.submit(cast.provider_a, id)
    await refused(actions.submit(cast.provider_a, id), SUBMITTED, SUBMITTED)
    await refused(actions.pay(cast.finance, id, PaymentForm("ZF-1")), SUBMITTED, PAID)
    await actions.review(cast.bureau, id, ReviewForm())
    await actions.approve(cast.approver, id)
    await actions.pay(cast.finance, id, PaymentForm("ZF-1"))
    await refused(actions.pay(cast.finance, id, PaymentForm("ZF-2")), PAID, PAID)
    await refused(actions.send_back(cast.bureau, id, ReasonForm("reason")), PAID, DRAFT)


async def test_a_step_that_changes_no_state_is_refused_with_a_sentence_that_says_where_it_stands(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), REVIEWED)
    with pytest.raises(Conflict, match="no objection"):
        await actions.review(cast.bureau, id, ReviewForm())
    with pytest.raises(Conflict, match="waits for its approval"):
        await actions.refresh(cast.provider_a, id)
    await actions.approve(cast.approver, id)
    with pytest.raises(Conflict, match="approved"):
        await actions.object(cast.provider_a, id, ObjectionForm("Zu spät"))


async def test_the_reviewer_may_not_approve(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), REVIEWED)
    with pytest.raises(Refused, match="second officer"):
        await actions.approve(cast.bureau, id)


async def test_a_step_belongs_to_its_role(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), SUBMITTED)
    for other in (cast.finance, cast.auditor, cast.administrator, cast.system, cast.provider_a):
        with pytest.raises(Forbidden):
            await actions.review(other, id, ReviewForm())
    for foreign in (cast.stranger, cast.provider_b):
        with pytest.raises(NotFound):
            await actions.review(foreign, id, ReviewForm())


@pytest.mark.parametrize("column", ["submitted_by", "reviewed_by", "approved_by"])
async def test_the_database_refuses_one_person_for_two_steps(cast: Cast, column: str) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), APPROVED)

    @database.scoped
    async def pay_as(scope: Scope) -> None:
        await database.execute(
            f"UPDATE statement SET state = 'paid', payment_reference = 'x', paid_by = {column} WHERE id = :id", id=id
        )

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="in person"):
        await pay_as(cast.system)
    # nor do they become somebody of the finance in between
    person = {"submitted_by": cast.provider_a, "reviewed_by": cast.bureau, "approved_by": cast.approver}[column]
    async with database.transaction(cast.system):
        await database.execute("UPDATE app_user SET role = 'bureau_finance' WHERE id = :id", id=person.user)
    with pytest.raises(asyncpg.CheckViolationError, match="statement_four_people"):
        await pay_as(replace(cast.system, user=person.user))


async def test_the_database_refuses_a_state_without_its_person_and_a_change_of_what_is_paid(cast: Cast) -> None:
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, DAY)
    id = await drafted(cast, placed)

    @database.scoped
    async def write(scope: Scope, sql: str) -> None:
        await database.execute(sql, id=id)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="does not become"):
        await write(cast.system, "UPDATE statement SET state = 'approved' WHERE id = :id")
    await brought_to(cast, id, PAID)
    assert visit.line
    for sql in (
        "UPDATE statement SET gross = 1, payable = 1 WHERE id = :id",
        "UPDATE statement SET state = 'draft' WHERE id = :id",
        "DELETE FROM statement_line WHERE statement = :id",
        "INSERT INTO deduction (statement, rule, amount, reason, created_at) VALUES (:id, 'other', 1, '', now())",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await write(cast.system, sql)


async def test_a_page_that_showed_another_sum_is_refused(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await drafted(cast, placed)
    await delivered(cast, placed, DAY + timedelta(1))
    await actions.refresh(cast.provider_a, id, SeenForm(D("60.00")))
    with pytest.raises(Conflict, match="changed since"):
        await actions.submit(cast.provider_a, id, SeenForm(D("60.00")))
    await actions.submit(cast.provider_a, id, SeenForm(D("120.00")))


async def test_a_review_takes_off_by_a_dated_rule_and_for_a_reason(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY, 91)
    id = await brought_to(cast, await drafted(cast, placed), SUBMITTED)
    form = ReviewForm(rule_1="appraisal_good", amount_2=D("10.00"), reason_2="迟到")
    await actions.review(cast.bureau, id, form)
    statement = await queries.statement(cast.provider_a, id)
    assert (statement.gross, statement.deducted, statement.payable) == (D("91.00"), D("14.55"), D("76.45"))
    await actions.approve(cast.approver, id)
    assert await counters(cast, placed) == (D("91.00"), D("76.45"), D(0))


async def test_deductions_that_cannot_be_are_refused_beside_their_row(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), SUBMITTED)
    for form, field in (
        (ReviewForm(amount_1=D("60.01"), reason_1="too much"), "amount_1"),
        (ReviewForm(amount_1=D("59.00"), reason_1="so", amount_3=D("1.01"), reason_3="more"), "amount_3"),
        (ReviewForm(amount_2=D("5.00")), "reason_2"),
        (ReviewForm(reason_1="why"), "amount_1"),
        (ReviewForm(rule_1="invented"), "rule_1"),
        (ReviewForm(rule_1="appraisal_good", rule_2="appraisal_good"), "rule_2"),
        (ReviewForm(rule_1="appraisal_good", amount_1=D("9.00")), "amount_1"),
    ):
        with pytest.raises(Faults) as refused:
            await actions.review(cast.bureau, id, form)
        assert list(refused.value.faults) == [field]
    assert (await queries.statement(cast.bureau, id)).deducted == 0
    assert not await queries.deductions(cast.bureau, id)


async def test_an_objection_stops_the_approval_until_the_review_answers_it(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), SUBMITTED)
    await actions.review(cast.bureau, id, ReviewForm(amount_1=D("10.00"), reason_1="迟到"))
    await actions.object(cast.provider_a, id, ObjectionForm("道路中断"))
    assert await kinds(cast.bureau) == ["statement_objected"]
    with pytest.raises(Conflict, match="objected"):
        await actions.approve(cast.approver, id)
    with pytest.raises(Refused) as refused:
        await actions.review(cast.bureau, id, ReviewForm())
    assert refused.value.field == "answer"
    await actions.review(cast.bureau, id, ReviewForm(answer="已核实，扣减撤销"))
    (objection,) = await queries.objections(cast.provider_a, id)
    assert (objection.answer, objection.answered_name) == ("已核实，扣减撤销", "officer")
    assert (await queries.statement(cast.bureau, id)).payable == D("60.00")
    await actions.approve(cast.approver, id)


async def test_a_deduction_that_is_ticked_stays_when_the_objection_is_answered(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), SUBMITTED)
    form = ReviewForm(amount_1=D("10.00"), reason_1="迟到", amount_2=D("7.00"), reason_2="缺照片")
    await actions.review(cast.bureau, id, form)
    first = (await queries.deductions(cast.bureau, id))[0].id
    await actions.object(cast.provider_a, id, ObjectionForm("道路中断"))
    await actions.review(cast.bureau, id, ReviewForm(answer="部分采纳", keep=[first]))
    assert (await queries.statement(cast.bureau, id)).deducted == D("10.00")


async def test_whoever_acts_next_finds_the_statement_on_the_work_list_and_nobody_else(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await drafted(cast, placed)
    everybody = (cast.provider_a, cast.bureau, cast.finance)

    async def lists() -> list[list[str]]:
        return [await kinds(scope) for scope in everybody]

    await actions.submit(cast.provider_a, id)
    assert await lists() == [[], ["statement_submitted"], []]
    await actions.send_back(cast.bureau, id, ReasonForm("请补充说明"))
    assert await lists() == [["statement_sent_back"], [], []]
    await brought_to(cast, id, REVIEWED)
    assert await lists() == [[], ["statement_reviewed"], []]
    await actions.approve(cast.approver, id)
    assert await lists() == [[], [], ["statement_approved"]]
    (task,) = [row for row in await tasks.waiting(cast.finance) if row.kind == "statement_approved"]
    assert task.due == TODAY + timedelta(30)
    await actions.pay(cast.finance, id, PaymentForm("ZF-1"))
    assert await lists() == [[], [], []]


async def test_another_provider_and_another_county_see_no_statement(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await drafted(cast, placed)
    for foreign in (cast.provider_b, cast.stranger, cast.stranger_provider, cast.station_a):
        assert (await queries.statements(foreign))[1] == 0
        with pytest.raises(NotFound):
            await queries.statement(foreign, id)
        with pytest.raises(NotFound):
            await queries.history(foreign, id)
    assert (await queries.statements(cast.auditor))[1] == 1


async def test_the_provider_reads_the_bureaus_steps_in_the_history(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    id = await brought_to(cast, await drafted(cast, placed), PAID)
    events = [(row.user_name, row.verb) for row in await queries.history(cast.provider_a, id)]
    assert events == [
        ("manager a", "settlement.draft"),
        ("manager a", "settlement.submit"),
        ("officer", "settlement.review"),
        ("approver", "settlement.approve"),
        ("finance", "settlement.pay"),
    ]
