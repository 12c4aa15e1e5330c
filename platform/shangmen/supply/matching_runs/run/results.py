"""From a solution to what is stored and shown: proposals, certificate, violations. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from shangmen.supply.matching_runs.adapter import (
    NO_OPTION,
    Option,
    Problem,
    Reason,
    Resource,
    Solution,
    Violation,
    check,
    line_of,
    moved,
    need_id,
    number_of,
)
from shangmen.supply.matching_runs.run.problem import Exclusion, Question
from shangmen.supply.matching_runs.run.snapshot import Facts, NeedFacts

Entry = list[Any]
"""A reason as it is stored: code, message id, parameters."""

REASON_OF = {"NOT_CHOSEN": "NO_CAPACITY", "FORBIDDEN": "PINNED", NO_OPTION: "NO_LOT"}
"""Codes of the library that are shown under one of the county's own."""


def proposals(facts: Facts, question: Question, solution: Solution) -> list[dict[str, Any]]:
    """One row for each need of the run: who serves it, or why nobody does, and what changed."""
    served = {row.need: row for row in solution.assignments}
    unmet = {row.need: row.reasons for row in solution.unmet}
    resources = {resource.id: resource for resource in question.problem.resources}
    rows = []
    for need in facts.needs:
        id = need_id(need.id)
        row = served.get(id)
        supplier = number_of(row.supplier) if row else None
        reasons = [] if row else unserved(question, resources, need, unmet[id])
        present = need.present[0] if need.present else None
        rows.append(
            {
                "station": need.station,
                "need": need.id,
                "supplier": supplier,
                "contract_line": line_of(row.variant) if row else None,
                "metres": question.metres[id, row.supplier] if row else None,
                "reason": reasons[0][0] if reasons else "",
                "reasons": reasons + [ruled_out(exclusion) for exclusion in question.excluded[need.id]],
                "change": change(present, supplier),
                "previous_supplier": present,
            }
        )
    return rows


def change(present: int | None, supplier: int | None) -> str:
    """What a proposal does to the plan in force: kept, new, moved, lost or none."""
    if present is None:
        return "none" if supplier is None else "new"
    if supplier is None:
        return "lost"
    return "kept" if present == supplier else "moved"


def unserved(
    question: Question, resources: dict[str, Resource], need: NeedFacts, reasons: tuple[Reason, ...]
) -> list[Entry]:
    """Why nobody serves a need: what each option lacks, nearest first, or the rule that came nearest to being kept."""
    entries: list[Entry] = []
    for reason in reasons:
        if reason.code == NO_OPTION:
            miss = question.best_miss.get(need.id)
            entries.append(ruled_out(miss) if miss else ["NO_LOT", "No supplier may serve this need.", {}])
        else:
            entries.append(lacking(reason, resources))
    return entries


def ruled_out(exclusion: Exclusion) -> Entry:
    """A supplier that a rule leaves out."""
    numbers = dict(exclusion.numbers)
    return [exclusion.code, exclusion.sentence, {**numbers, "by": exclusion.supplier, "metres": exclusion.metres}]


def lacking(reason: Reason, resources: dict[str, Resource]) -> Entry:
    """A supplier that has not enough left."""
    code = REASON_OF.get(reason.code, reason.code)
    by: dict[str, Any] = {"by": number_of(reason.supplier)} if reason.supplier else {}
    if reason.code == "PINNED":
        return [code, "A person decided that this need stays unserved.", by]
    if reason.code == "FORBIDDEN":
        return [code, "A person decided that this supplier does not serve this need.", by]
    if reason.code == "NOT_CHOSEN":
        return [code, "It has room; the plan found so far does not use it.", by]
    unit = resources[reason.resource].unit
    missing = -(-reason.missing // 100) if unit in ("fen", "units") else reason.missing
    return [code, LACKS[unit], {**by, "missing": missing, "resource": reason.resource}]


LACKS = {
    "minutes": "%(missing)s minutes a month are missing: %(resource)s.",
    "needs": "Its workers carry as many needs as they may.",
    "units": "%(missing)s units are missing on the contract line.",
    "fen": "%(missing)s yuan are missing on the contract.",
}


def certificate(facts: Facts, question: Question, solution: Solution, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Value, bound and gap of each goal, what the plan was made with, and the key figures."""
    ways = [row["metres"] for row in rows if row["supplier"] is not None]
    return {
        "status": solution.status,
        "stopped": solution.stopped,
        "goals": {
            goal.goal: {
                "value": goal.value,
                "bound": goal.bound,
                "gap": goal.gap,
                "proven": goal.proven,
                "level": goal.level,
            }
            for goal in solution.goals
        },
        "needs": len(rows),
        "served": len(ways),
        "weight": sum(need.weight for need in facts.needs),
        "mean_metres": round(sum(ways) / len(ways)) if ways else None,
        "unmet": dict(sorted(Counter(row["reason"] for row in rows if row["supplier"] is None).items())),
        "changes": dict(sorted(Counter(row["change"] for row in rows).items())),
        "moves": len(moved(question.problem, solution.assignments)),
        "most_moves": question.problem.most_moves,
        "input_digest": solution.input_hash,
        "seed": solution.seed,
        "work": round(solution.work, 3),
        "seconds": round(solution.seconds, 2),
        "versions": solution.versions,
        "options": len(question.problem.options),
        "resources": len(question.problem.resources),
    }


def violations(problem: Problem, solution: Solution) -> list[list[str]]:
    """What the checker that knows no solver finds: code, subject, sentence."""
    return [stored(violation) for violation in check(problem, solution).violations]


def stored(violation: Violation) -> list[str]:
    """A violation as it is stored."""
    return [violation.code, violation.subject, violation.sentence]


def option_of(problem: Problem, need: int, supplier: int, line: int | None) -> Option | None:
    """The option of a need by supplier and contract line, or None."""
    for option in problem.options:
        if option.need == need_id(need) and number_of(option.supplier) == supplier and line_of(option.variant) == line:
            return option
    return None
