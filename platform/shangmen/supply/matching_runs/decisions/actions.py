"""Verbs beside the machine: pins for the next runs, and overrides of one run's proposals."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.tables import Need
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
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
from shangmen.supply.matching_runs.certificate import Reason
from shangmen.supply.matching_runs.decisions.forms import OverrideForm, PinForm
from shangmen.supply.matching_runs.proposals import queries
from shangmen.supply.matching_runs.run import results
from shangmen.supply.matching_runs.states import PinKind, RunState
from shangmen.supply.matching_runs.tables import MatchingRun, Pin, Proposal, Supposition

SERVING = (OrganisationKind.STATION, OrganisationKind.PROVIDER)


@database.scoped
async def pin(scope: Scope, run: int, need: int, form: PinForm) -> int:
    """Tell the next runs: this need must go to a supplier, never to it, or stay unserved; or lift what was told.

    Refused when it must go to a supplier that is no option of this run, with the rule that stands against it.
    """
    proposal = await _proposal(run, need)
    if form.kind == "lift":
        if not await _lift(need):
            raise Refused("No pin stands on this need.")
        record(scope, "matching_runs.lift_pin", "need", need, form.reason)
        return need
    kind = PinKind(form.kind)
    if kind is PinKind.MUST:
        await _is_option(run, proposal, form.supplier)
    elif form.supplier is not None and not await _serves(form.supplier):
        raise Refused("Choose one of the options.", field="supplier")
    if kind is PinKind.MUST or form.supplier is None:
        await _lift(need)
    else:
        await _lift(need, PinKind.MUST, form.supplier)
    id = await database.add(
        Pin(
            county=proposal.county,
            need=need,
            supplier=form.supplier,
            kind=kind,
            reason=form.reason,
            created_by=scope.user,
            created_at=clock.now(),
        )
    )
    record(scope, "matching_runs.pin", "need", need, form.reason, kind=kind, supplier=form.supplier, pin=id)
    return need


async def _lift(need: int, kind: PinKind | None = None, supplier: int | None = None) -> int:
    """End the words on a need, or those of a kind and a supplier; how many stood."""
    return await database.execute(
        """
        UPDATE pin SET lifted_at = :now WHERE need = :need AND lifted_at IS NULL
          AND (:kind::varchar IS NULL OR kind = :kind) AND (:supplier::bigint IS NULL OR supplier = :supplier)
        """,
        need=need,
        kind=kind,
        supplier=supplier,
        now=clock.now(),
    )


async def _serves(supplier: int) -> bool:
    return await Organisation.exists().where((Organisation.id == supplier) & Organisation.kind.is_in([*SERVING]))


async def _is_option(run: int, proposal: Proposal, supplier: int | None) -> None:
    if supplier is None or not await _serves(supplier):
        raise Refused("Choose the supplier.", field="supplier")
    problem = problem_from_json((await database.read(MatchingRun, run)).problem)
    mine = (need_id(proposal.need), supplier_id(supplier))
    if any((option.need, option.supplier) == mine for option in problem.options):
        return
    for reason in database.decoded(list[Reason], proposal.reasons):
        if reason.supplier == supplier:
            raise Refused(reason.sentence, field="supplier", **phrases.filled(reason.parameters))
    raise Refused("This supplier is no option for this need.", field="supplier")


@database.scoped
async def override(scope: Scope, run: int, need: int, form: OverrideForm) -> int:
    """Give a need of a proposed run to another of its options, or leave it unserved, for a reason that is kept.

    The checker verifies the whole plan with it; Refused with what would break. Only this run changes: a pin is for
    the next ones.
    """
    standing = await database.lock(MatchingRun, run)
    if standing.state is not RunState.PROPOSED:
        raise Conflict("Only a proposed run can be changed by hand.")
    proposal = await _proposal(run, need)
    problem = problem_from_json(standing.problem)
    supplier, line, metres = await _chosen(problem, proposal, form.option)
    if (supplier, line) == (proposal.supplier, proposal.contract_line):
        raise Refused("This is what the run proposes already.", field="option")
    _problem, served = await queries.plan(scope, run)
    plan = [row.assignment() for row in served if row.need != need]
    if supplier is not None:
        plan.append(Assignment(need_id(need), supplier_id(supplier), variant(line)))
    _check(problem, plan, await _by_hand(run) | {need})
    await Supposition.delete().where(Supposition.matching_run == run)  # they were of the plan before
    await database.change(
        Proposal,
        proposal.id,
        {
            Proposal.supplier: supplier,
            Proposal.contract_line: line,
            Proposal.metres: metres,
            Proposal.reason: "PINNED" if supplier is None else "",
            Proposal.change: results.change(proposal.previous_supplier, supplier),
            Proposal.overridden: True,
            Proposal.override_reason: form.reason,
        },
    )
    record(
        scope, "matching_runs.override", "matching_run", run, form.reason,
        need=need, before=proposal.supplier, after=supplier,
    )  # fmt: skip
    return need


async def _proposal(run: int, need: int) -> Proposal:
    of = (Proposal.matching_run == run) & (Proposal.need == need)
    found = await Proposal.objects().where(of).lock_rows("UPDATE").first()
    if found is None:
        raise NotFound
    return found


async def _chosen(problem: Problem, proposal: Proposal, word: str) -> tuple[int | None, int | None, int | None]:
    """Supplier, contract line and metres behind the form's word; Refused when it is no option."""
    if word == "none":
        return None, None, None
    supplier, _, line = word.partition(":")
    found = results.option_of(problem, proposal.need, int(supplier), int(line) if line else None)
    if found is None:
        raise Refused("This supplier is no option for this need.", field="option")
    visits = (await database.read(Need, proposal.need)).visits_per_month
    return int(supplier), int(line) if line else None, found.costs["travel"] // visits


async def _by_hand(run: int) -> set[int]:
    """The needs of a run that a person has decided already."""
    return set(
        await database.values(int, "SELECT need FROM proposal WHERE matching_run = :run AND overridden", run=run)
    )


def _check(problem: Problem, plan: list[Assignment], by_hand: set[int]) -> None:
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
