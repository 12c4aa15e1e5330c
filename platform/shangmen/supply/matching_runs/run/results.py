"""From a solution to what is stored and shown: proposals, certificate, violations. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from shangmen.demand.needs.states import Rank
from shangmen.supply.matching_runs.adapter import (
    NO_OPTION,
    Assignment,
    CheckReport,
    Option,
    Problem,
    Resource,
    Solution,
    line_of,
    moved,
    need_id,
    number_of,
    served_by_rank,
    unmet,
)
from shangmen.supply.matching_runs.adapter import Reason as Shortfall
from shangmen.supply.matching_runs.certificate import (
    Certificate,
    FewerMoves,
    Goal,
    OrderPrice,
    Parameter,
    Ranked,
    Reason,
    ResourcePrice,
    Violation,
)
from shangmen.supply.matching_runs.run.problem import Exclusion, Question
from shangmen.supply.matching_runs.run.snapshot import Facts, NeedFacts
from shangmen.supply.matching_runs.states import Change

REASON_OF = {"FORBIDDEN": "PINNED", NO_OPTION: "NO_LOT"}
"""Codes of the library that are shown under one of the county's own."""


class Proposed(Struct, frozen=True):
    """What a run says of one need: who serves it how far from it, or why nobody does, and what changes."""

    station: int
    need: int
    supplier: int | None
    contract_line: int | None
    metres: int | None
    reason: str
    reasons: list[Reason]
    change: Change
    previous_supplier: int | None


def proposals(facts: Facts, question: Question, solution: Solution) -> list[Proposed]:
    """One row for each need of the run."""
    served = {row.need: row for row in solution.assignments}
    left_out = {row.need: row.reasons for row in solution.unmet}
    resources = {resource.id: resource for resource in question.problem.resources}
    rows = []
    for need in facts.needs:
        id = need_id(need.id)
        row = served.get(id)
        supplier = number_of(row.supplier) if row else None
        reasons = [] if row else unserved(question, resources, need, left_out[id])
        present = need.present[0] if need.present else None
        rows.append(
            Proposed(
                station=need.station,
                need=need.id,
                supplier=supplier,
                contract_line=line_of(row.variant) if row else None,
                metres=question.metres[id, row.supplier] if row else None,
                reason=reasons[0].code if reasons else "",
                reasons=reasons + [ruled_out(exclusion) for exclusion in question.excluded[need.id]],
                change=change(present, supplier),
                previous_supplier=present,
            )
        )
    return rows


def change(present: int | None, supplier: int | None) -> Change:
    """What a proposal does to the plan in force."""
    if present is None:
        return Change.NONE if supplier is None else Change.NEW
    if supplier is None:
        return Change.LOST
    return Change.KEPT if present == supplier else Change.MOVED


def unserved(
    question: Question, resources: dict[str, Resource], need: NeedFacts, reasons: tuple[Shortfall, ...]
) -> list[Reason]:
    """Why nobody serves a need: what each option lacks, nearest first, or the rule that came nearest to being kept."""
    entries: list[Reason] = []
    for reason in reasons:
        if reason.code == NO_OPTION:
            misses = question.best_miss.get(need.id, ())
            entries += [ruled_out(miss) for miss in misses] or [
                Reason("NO_LOT", "No supplier may serve this need.", {})
            ]
        else:
            entries.append(lacking(reason, resources))
    return entries


def ruled_out(exclusion: Exclusion) -> Reason:
    """A supplier that a rule leaves out, or that there is none at all."""
    numbers: dict[str, Parameter] = dict(exclusion.numbers)
    if exclusion.supplier is not None:
        numbers |= {"by": exclusion.supplier, "metres": exclusion.metres}
    return Reason(exclusion.code, exclusion.sentence, numbers)


def lacking(reason: Shortfall, resources: dict[str, Resource]) -> Reason:
    """A supplier that has not enough left."""
    code = REASON_OF.get(reason.code, reason.code)
    by: dict[str, Parameter] = {"by": number_of(reason.supplier)} if reason.supplier else {}
    if reason.code == "PINNED":
        return Reason(code, LEFT_OUT, by)
    if reason.code == "FORBIDDEN":
        return Reason(code, "A person decided that this supplier does not serve this need.", by)
    if reason.code == "NOT_CHOSEN":
        return Reason(code, HAS_ROOM, by)
    unit = resources[reason.resource].unit
    missing: Parameter = -(-reason.missing // 100) if unit in ("fen", "units", "ladder_fen") else reason.missing
    if unit in ("minutes", "ladder_minutes"):
        missing = f"{-(-reason.missing // 6) / 10:.1f}".removesuffix(".0")  # hours, rounded up
    return Reason(code, LACKS[unit], {**by, "missing": missing, "resource": reason.resource})


LACKS = {
    "minutes": "%(missing)s h a month are missing: %(resource)s.",
    "needs": "Its workers carry as many needs as they may.",
    "units": "%(missing)s units are missing on the contract line.",
    "fen": "%(missing)s yuan are missing on the contract.",
    "ladder_visits": "The ladder grants %(missing)s visits a month too few for all services together.",
    "ladder_minutes": "The ladder grants %(missing)s h a month too few for all services together.",
    "ladder_fen": "The ladder grants %(missing)s yuan a month too few for all services together.",
}


def certificate(
    facts: Facts,
    question: Question,
    solution: Solution,
    rows: list[Proposed],
    prices: list[ResourcePrice],
    fewer_moves: list[FewerMoves],
    orders: list[OrderPrice],
    report: CheckReport,
) -> Certificate:
    """Value, bound and gap of each goal, what was re-checked of it, what the plan was made with, the key figures."""
    ways = [row.metres for row in rows if row.metres is not None]
    return Certificate(
        status=solution.status,
        stopped=solution.stopped,
        goals=_goals(question.problem, solution, report),
        needs=len(rows),
        served=len(ways),
        weight=sum(need.weight for need in facts.needs),
        mean_metres=round(sum(ways) / len(ways)) if ways else None,
        unmet=dict(sorted(Counter(row.reason for row in rows if row.supplier is None).items())),
        changes=dict(sorted(Counter(str(row.change) for row in rows).items())),
        moves=len(moved(question.problem, solution.assignments)),
        most_moves=question.problem.most_moves,
        input_digest=solution.input_hash,
        seed=solution.seed,
        work=round(solution.work, 3),
        seconds=round(solution.seconds, 2),
        versions=solution.versions,
        options=len(question.problem.options),
        resources=len(question.problem.resources),
        prices=prices,
        fewer_moves=fewer_moves,
        ranks=ranked(question.problem, solution.assignments),
        orders=orders,
    )


def ranked(problem: Problem, plan: Iterable[Assignment]) -> dict[str, Ranked]:
    """How many of each rank a plan serves, the first rank first."""
    told = {row.rank: row for row in served_by_rank(problem, plan)}
    return {
        rank: Ranked(told[rank].needs, told[rank].served, told[rank].weight, told[rank].weight_served)
        for rank in Rank
        if rank in told
    }


def _rechecked(problem: Problem, report: CheckReport) -> dict[str, int]:
    """The bounds that the checker reckoned itself, of the goals that have a level of their own."""
    weights = {level.terms[0].goal: level.terms[0].weight for level in problem.policy.levels if len(level.terms) == 1}
    told = {level.goals[0]: level.bound for level in report.rechecked if level.bound is not None}
    return {name: -(-told[name] // weight) for name, weight in weights.items() if name in told}


def _goals(problem: Problem, solution: Solution, report: CheckReport) -> dict[str, Goal]:
    """The goals by name; a goal that shares its level with others is not re-checked by itself."""
    rechecked = _rechecked(problem, report)
    return {
        goal.goal: Goal(
            goal.value, goal.bound, goal.gap, goal.proven, goal.level,
            solution.levels[goal.level - 1].proof, rechecked.get(goal.goal),
        )
        for goal in solution.goals
    }  # fmt: skip


class Standing(Protocol):
    """A proposal as it stands: of a run, or changed by a person."""

    @property
    def need(self) -> int: ...
    @property
    def supplier(self) -> int | None: ...
    @property
    def metres(self) -> int | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def change(self) -> Change: ...


def changed(
    proof: Certificate,
    solution: Solution,
    freed: Problem,
    report: CheckReport,
    lifted: bool,
    rows: Sequence[Standing],
    plan: Sequence[Assignment],
) -> Certificate:
    """The certificate of a plan that people changed: what it is now, and only what is still proven of it.

    `report` is of the checker that knows no solver, on the problem `freed` of the decisions that the plan overrules;
    `lifted` says whether there were any.
    """
    ways = [row.metres for row in rows if row.metres is not None]
    goals = _goals_now(solution, freed, report, lifted)
    return replace(
        proof,
        status="optimal" if all(goal.proven for goal in goals.values()) else "feasible",
        goals=goals,
        proposed=proof.proposed or proof.goals,
        served=len(ways),
        mean_metres=round(sum(ways) / len(ways)) if ways else None,
        unmet=dict(sorted(Counter(row.reason for row in rows if row.supplier is None).items())),
        changes=dict(sorted(Counter(str(row.change) for row in rows).items())),
        moves=len(moved(freed, plan)),
        ranks=ranked(freed, plan),
    )


def _goals_now(solution: Solution, freed: Problem, report: CheckReport, lifted: bool) -> dict[str, Goal]:
    """Value, bound and gap of each goal of a changed plan.

    The bound is the checker's. That of the solve holds as well while no decision is overruled and the goals before
    are within what it allowed for them.
    """
    told = _rechecked(freed, report)
    goals: dict[str, Goal] = {}
    for goal in solution.goals:
        before = zip(report.rechecked[: goal.level - 1], solution.levels, strict=False)
        holds = not lifted and all(level.value <= result.limit for level, result in before)
        value, mine = report.values[goal.goal], told.get(goal.goal)
        bound = min(value, max(mine or 0, goal.bound if holds else 0))
        proof = solution.levels[goal.level - 1].proof if holds and mine != value == goal.bound else ""
        gap = (value - bound) / max(1, value)
        goals[goal.goal] = Goal(value, bound, gap, value == bound, goal.level, proof, mine)
    return goals


def reasons_now(problem: Problem, plan: Sequence[Assignment]) -> dict[int, list[Reason]]:
    """Why nobody serves each need that has options and that a plan leaves out, as things stand in it."""
    resources = {resource.id: resource for resource in problem.resources}
    return {
        number_of(row.need): [lacking(reason, resources) for reason in row.reasons]
        for row in unmet(problem, plan)
        if all(reason.code != NO_OPTION for reason in row.reasons)
    }


def by_hand() -> Reason:
    """That a person left a need unserved."""
    return Reason("PINNED", LEFT_OUT, {})


HAS_ROOM = "It has room; the plan found so far does not use it."
LEFT_OUT = "A person decided that this need stays unserved."


def violations(report: CheckReport) -> list[Violation]:
    """What the checker that knows no solver finds."""
    return [Violation(one.code, one.subject, one.sentence) for one in report.violations]


def option_of(problem: Problem, need: int, supplier: int, line: int | None) -> Option | None:
    """The option of a need by supplier and contract line, or None."""
    for option in problem.options:
        if option.need == need_id(need) and number_of(option.supplier) == supplier and line_of(option.variant) == line:
            return option
    return None
