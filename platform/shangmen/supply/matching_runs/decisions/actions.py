"""Verbs beside the machine: pins for the next runs, and overrides of one run's proposals."""

import dataclasses
import functools
from typing import NamedTuple

import anyio.to_thread

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.tables import Need
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
from shangmen.supply.matching_runs import phrases
from shangmen.supply.matching_runs.adapter import (
    CheckReport,
    Problem,
    Solution,
    check_changed,
    need_id,
    problem_from_json,
    released,
    solution_from_json,
    supplier_id,
    used_and_capacity,
)
from shangmen.supply.matching_runs.certificate import Certificate, Reason
from shangmen.supply.matching_runs.decisions import queries as decided
from shangmen.supply.matching_runs.decisions.forms import OverrideForm, PinForm
from shangmen.supply.matching_runs.run import results
from shangmen.supply.matching_runs.states import PinKind, RunState
from shangmen.supply.matching_runs.tables import MatchingRun, Pin, Proposal, Supposition
from shangmen.supply.placements.offers import actions as offers
from shangmen.supply.placements.states import OfferState
from shangmen.supply.placements.tables import Offer

SERVING = (OrganisationKind.STATION, OrganisationKind.PROVIDER)


@database.scoped
async def pin(scope: Scope, run: int, need: int, form: PinForm) -> int:
    """Tell the next runs: this need must go to a supplier, never to it, or stay unserved; or lift what was told.

    An open offer that says otherwise is withdrawn, so that nobody accepts what a person has decided against. Refused
    when it must go to a supplier that is no option of this run, with the rule that stands against it.
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
    await _withdraw_contrary(scope, need, kind, form)
    return need


async def _withdraw_contrary(scope: Scope, need: int, kind: PinKind, form: PinForm) -> None:
    """Take back the open offer of a need when it is to a supplier that the new pin rules out."""
    offer = (
        await Offer.objects().where(Offer.need == need, Offer.state == OfferState.OFFERED).lock_rows("UPDATE").first()
    )
    if offer is None:
        return
    if form.supplier is None or (offer.supplier == form.supplier) == (kind is PinKind.NEVER):
        await offers.take_back(scope, offer, form.reason)


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

    The checker verifies the whole plan with it, and the certificate is reckoned again; Refused with what would break.
    Only this run changes: a pin is for the next ones.
    """
    standing = await _open_run(run)
    proposal = await _proposal(run, need)
    problem = problem_from_json(standing.problem)
    wanted = await _chosen(problem, proposal, form.option, form.reason)
    if (wanted.supplier, wanted.line) == (proposal.supplier, proposal.contract_line):
        raise Refused("This is what the run proposes already.", field="option")
    await _change(scope, standing, problem, {need: wanted})
    record(
        scope, "matching_runs.override", "matching_run", run, form.reason,
        need=need, before=proposal.supplier, after=wanted.supplier,
    )  # fmt: skip
    return need


@database.scoped
async def apply_pins(scope: Scope, run: int) -> int:
    """Change the proposals of a run to what was pinned since; how many were changed.

    A need that must go to a supplier goes to its nearest option; one that must not, stays unserved. Refused with what
    would break, and then nothing is changed; Conflict unless the run is proposed.
    """
    standing = await _open_run(run)
    problem = problem_from_json(standing.problem)
    wanted: dict[int, _Wanted] = {}
    for pin in await decided.contradictions(scope, run):
        must = pin.kind is PinKind.MUST
        if must or pin.need not in wanted:
            proposal = await _proposal(run, pin.need)
            word = _nearest(problem, pin.need, pin.supplier) if must and pin.supplier is not None else "none"
            wanted[pin.need] = await _chosen(problem, proposal, word, pin.reason)
    await _change(scope, standing, problem, wanted)
    record(scope, "matching_runs.apply_pins", "matching_run", run, needs=sorted(wanted))
    return len(wanted)


async def _open_run(run: int) -> MatchingRun:
    """Lock a run whose proposals may be changed."""
    standing = await database.lock(MatchingRun, run)
    if standing.state is not RunState.PROPOSED:
        raise Conflict("Only a proposed run can be changed by hand.")
    return standing


class _Wanted(NamedTuple):
    """Who is to serve a need, how far from it; nobody without a supplier; and why."""

    supplier: int | None
    line: int | None
    metres: int | None
    reason: str


async def _change(scope: Scope, standing: MatchingRun, problem: Problem, wanted: dict[int, _Wanted]) -> None:
    """Change proposals by hand, after the checker agreed; certificate and reasons are those of the plan after it."""
    before = await decided.standing(scope, standing.id)
    rows = [_changed(row, wanted.get(row.need)) for row in before]
    solution = solution_from_json(standing.solution)
    proof = database.decoded(Certificate, standing.certificate)
    work = functools.partial(_reckon, problem, solution, proof, rows)
    proof, rows, report = await anyio.to_thread.run_sync(work)
    _refuse(problem, rows, report)
    await Supposition.delete().where(Supposition.matching_run == standing.id)  # they were of the plan before
    await database.execute_many(
        """
        UPDATE proposal SET supplier = :supplier, contract_line = :contract_line, metres = :metres, reason = :reason,
               reasons = :reasons, change = :change, overridden = :overridden, override_reason = :override_reason
        WHERE id = :id
        """,
        [
            {name: getattr(row, name) for name in WRITTEN} | {"reasons": database.to_json(row.reasons)}
            for row, was in zip(rows, before, strict=True)
            if row != was
        ],
    )
    await database.change(MatchingRun, standing.id, {MatchingRun.certificate: database.to_json(proof)})


WRITTEN = ("id", "supplier", "contract_line", "metres", "reason", "change", "overridden", "override_reason")


def _changed(row: decided.Standing, wanted: _Wanted | None) -> decided.Standing:
    if wanted is None:
        return row
    ruled_out = [reason for reason in row.reasons if reason.by_rule]
    return dataclasses.replace(
        row,
        supplier=wanted.supplier,
        contract_line=wanted.line,
        metres=wanted.metres,
        reason="PINNED" if wanted.supplier is None else "",
        reasons=([results.by_hand()] if wanted.supplier is None else []) + ruled_out,
        change=results.change(row.previous_supplier, wanted.supplier),
        overridden=True,
        override_reason=wanted.reason,
    )


def _reckon(
    problem: Problem, solution: Solution, proof: Certificate, rows: list[decided.Standing]
) -> tuple[Certificate, list[decided.Standing], CheckReport]:
    """Certificate, reasons and violations of the plan that the rows are."""
    plan = [found for row in rows if (found := row.assignment()) is not None]
    by_hand = {need_id(row.need) for row in rows if row.overridden}
    freed = released(problem, plan, by_hand)
    report = check_changed(freed, solution.levels, plan)
    now = results.reasons_now(problem, plan)
    rows = [
        row
        if row.supplier is not None or row.overridden or row.need not in now
        else dataclasses.replace(
            row, reason=now[row.need][0].code, reasons=now[row.need] + [one for one in row.reasons if one.by_rule]
        )
        for row in rows
    ]
    return results.changed(proof, solution, freed, report, freed is not problem, rows, plan), rows, report


async def _proposal(run: int, need: int) -> Proposal:
    of = (Proposal.matching_run == run) & (Proposal.need == need)
    found = await Proposal.objects().where(of).lock_rows("UPDATE").first()
    if found is None:
        raise NotFound
    return found


async def _chosen(problem: Problem, proposal: Proposal, word: str, reason: str) -> _Wanted:
    """What the form's word says; Refused when it is no option."""
    if word == "none":
        return _Wanted(None, None, None, reason)
    supplier, _, line = word.partition(":")
    found = results.option_of(problem, proposal.need, int(supplier), int(line) if line else None)
    if found is None:
        raise Refused("This supplier is no option for this need.", field="option")
    visits = (await database.read(Need, proposal.need)).visits_per_month
    return _Wanted(int(supplier), int(line) if line else None, found.costs["travel"] // visits, reason)


def _nearest(problem: Problem, need: int, supplier: int) -> str:
    """The word for the nearest option that a need has with a supplier, the lowest line first."""
    mine = (need_id(need), supplier_id(supplier))
    ways = [option for option in problem.options if (option.need, option.supplier) == mine]
    if not ways:
        return f"{supplier}:"
    best = min(ways, key=lambda option: (option.costs.get("travel", 0), len(option.variant), option.variant))
    return f"{supplier}:{best.variant}"


def _refuse(problem: Problem, rows: list[decided.Standing], report: CheckReport) -> None:
    """Refused with the first thing that the plan would break.

    What a person decides by hand goes before pins of the same needs, and before the limit on moves: both told the
    machine what to propose. The report is of a problem without these.
    """
    units = {resource.id: resource.unit for resource in problem.resources}
    plan = [found for row in rows if (found := row.assignment()) is not None]
    for violation in report.violations:
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
