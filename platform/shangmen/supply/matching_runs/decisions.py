"""What people decide beside the machine: pins for the next runs, and overrides of one run's proposals."""

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs import phrases
from shangmen.supply.matching_runs.adapter import (
    MOVES,
    Assignment,
    Problem,
    check_plan,
    need_id,
    problem_from_json,
    supplier_id,
    used_and_capacity,
    variant,
)
from shangmen.supply.matching_runs.forms import OverrideForm, PinForm
from shangmen.supply.matching_runs.run import results


@database.scoped
async def pin(scope: Scope, run: int, need: int, form: PinForm) -> int:
    """Tell the next runs: this need must go to a supplier, never to it, or stay unserved; or lift what was told.

    Refused when it must go to a supplier that is no option of this run, with the rule that stands against it.
    """
    proposal = await _proposal(run, need)
    if form.kind == "lift":
        count = await _lift(need, "")
        if not count:
            raise Refused("No pin stands on this need.")
        record(scope, "matching_runs.lift_pin", "need", need, form.reason)
        return need
    if form.kind == "must":
        await _is_option(run, proposal, form.supplier)
    elif form.supplier is not None and not await _serves(form.supplier):
        raise Refused("Choose one of the options.", field="supplier")
    if form.kind == "must" or form.supplier is None:
        await _lift(need, "")
    else:
        await _lift(need, "must", form.supplier)
    id = await database.insert(
        "pin",
        county=proposal["county"],
        need=need,
        supplier=form.supplier,
        kind=form.kind,
        reason=form.reason,
        created_by=scope.user,
        created_at=clock.now(),
    )
    record(scope, "matching_runs.pin", "need", need, form.reason, kind=form.kind, supplier=form.supplier, pin=id)
    return need


async def _lift(need: int, kind: str, supplier: int | None = None) -> int:
    return await database.execute(
        """
        UPDATE pin SET lifted_at = :now WHERE need = :need AND lifted_at IS NULL AND (:kind = '' OR kind = :kind)
          AND (:supplier::bigint IS NULL OR supplier = :supplier)
        """,
        need=need,
        kind=kind,
        supplier=supplier,
        now=clock.now(),
    )


async def _serves(supplier: int) -> bool:
    return bool(
        await database.fetch_value(
            "SELECT 1 FROM organisation WHERE id = :id AND kind IN ('station', 'provider')", id=supplier
        )
    )


async def _is_option(run: int, proposal: asyncpg.Record, supplier: int | None) -> None:
    if supplier is None or not await _serves(supplier):
        raise Refused("Choose the supplier.", field="supplier")
    problem = await _problem(run)
    mine = (need_id(proposal["need"]), supplier_id(supplier))
    if any((option.need, option.supplier) == mine for option in problem.options):
        return
    for _code, sentence, parameters in database.from_json(proposal["reasons"]):
        if parameters.get("by") == supplier:
            raise Refused(sentence, field="supplier", **phrases.filled(parameters))
    raise Refused("This supplier is no option for this need.", field="supplier")


@database.scoped
async def override(scope: Scope, run: int, need: int, form: OverrideForm) -> int:
    """Give a need of a proposed run to another of its options, or leave it unserved, for a reason that is kept.

    The checker verifies the whole plan with it; Refused with what would break. Only this run changes: a pin is for
    the next ones.
    """
    row = await database.fetch_one("SELECT state FROM matching_run WHERE id = :id FOR UPDATE", id=run)
    if row is None:
        raise NotFound
    if row["state"] != "proposed":
        raise Conflict("Only a proposed run can be changed by hand.")
    proposal = await _proposal(run, need)
    problem = await _problem(run)
    supplier, line, metres = await _chosen(problem, proposal, form.option)
    if (supplier, line) == (proposal["supplier"], proposal["contract_line"]):
        raise Refused("This is what the run proposes already.", field="option")
    plan = await _plan(run, need)
    if supplier is not None:
        plan.append(Assignment(need_id(need), supplier_id(supplier), variant(line)))
    await _check(problem, plan, await _by_hand(run) | {need})
    await database.execute("DELETE FROM supposition WHERE matching_run = :run", run=run)  # it was of the plan before
    present = proposal["previous_supplier"]
    await database.update(
        "proposal",
        proposal["id"],
        supplier=supplier,
        contract_line=line,
        metres=metres,
        reason="PINNED" if supplier is None else "",
        change=results.change(present, supplier),
        overridden=True,
        override_reason=form.reason,
    )
    record(
        scope, "matching_runs.override", "matching_run", run, form.reason,
        need=need, before=proposal["supplier"], after=supplier,
    )  # fmt: skip
    return need


async def _proposal(run: int, need: int) -> asyncpg.Record:
    row = await database.fetch_one(
        "SELECT * FROM proposal WHERE matching_run = :run AND need = :need FOR UPDATE", run=run, need=need
    )
    if row is None:
        raise NotFound
    return row


async def _problem(run: int) -> Problem:
    text = await database.fetch_value("SELECT problem FROM matching_run WHERE id = :id", id=run)
    return problem_from_json(text)


async def _chosen(problem: Problem, proposal: asyncpg.Record, word: str) -> tuple[int | None, int | None, int | None]:
    """Supplier, contract line and metres behind the form's word; Refused when it is no option."""
    if word == "none":
        return None, None, None
    supplier, _, line = word.partition(":")
    found = results.option_of(problem, proposal["need"], int(supplier), int(line) if line else None)
    if found is None:
        raise Refused("This supplier is no option for this need.", field="option")
    visits = await database.fetch_value("SELECT visits_per_month FROM need WHERE id = :id", id=proposal["need"])
    return int(supplier), int(line) if line else None, found.costs["travel"] // visits


async def _plan(run: int, without: int) -> list[Assignment]:
    """Who serves whom in a run as it stands, one need left out."""
    rows = await database.fetch(
        "SELECT need, supplier, contract_line FROM proposal WHERE matching_run = :run AND supplier IS NOT NULL"
        " AND need <> :without ORDER BY need",
        run=run,
        without=without,
    )
    return [
        Assignment(need_id(row["need"]), supplier_id(row["supplier"]), variant(row["contract_line"])) for row in rows
    ]


async def _by_hand(run: int) -> set[int]:
    """The needs of a run that a person has decided already."""
    rows = await database.fetch("SELECT need FROM proposal WHERE matching_run = :run AND overridden", run=run)
    return {row["need"] for row in rows}


async def _check(problem: Problem, plan: list[Assignment], by_hand: set[int]) -> None:
    """Refused with the first thing that the plan would break.

    What a person decides `by_hand` goes before pins of the same needs, and before the limit on moves: both told the
    machine what to propose.
    """
    decided = {need_id(need) for need in by_hand}
    units = {resource.id: resource.unit for resource in problem.resources}
    for violation in check_plan(problem, plan).violations:
        if violation.code == MOVES or (violation.code in ("PIN", "FORBIDDEN") and violation.subject in decided):
            continue
        if violation.code == "OVER_CAPACITY":
            used, capacity = used_and_capacity(problem, plan, violation.subject)
            unit = units[violation.subject]
            raise Refused(
                "That would exceed what there is: %(resource)s, %(used)s of %(capacity)s.",
                field="option",
                resource=phrases.resource(violation.subject),
                used=phrases.amount(used, unit),
                capacity=phrases.amount(capacity, unit),
            )
        raise Refused("That would break the plan: %(what)s", field="option", what=violation.sentence)
