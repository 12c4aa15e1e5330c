"""Needs to suppliers: who serves whom, with a certificate and the reasons.

    problem = Problem(needs=..., suppliers=..., resources=..., options=...)
    solution = solve(problem, Limits(seconds=10), seed=1)
    report = check(problem, solution)
    explanation = explain(problem, solution.assignments, need_id)

Everything public is named here, and what a user touches lies beside this file: `problem` and `validate` (the
question), `rules` (who may serve whom), `goals` (what is wanted), `solution` and `check` (the answer, and whether it
is true), `solve` (the call between them). The rooms behind: `formulation` (the problem as mathematics), `bounds` and
`heuristics` (the tools), `engine` (who uses which tool when), `explain` (why, and what follows), `studies` (what
takes many solves). docs/engine.md teaches them in the order in which a plan comes about.
"""

from carematch.assignment.bounds.shadow_prices import Price, prices
from carematch.assignment.check import (
    CheckReport,
    Violation,
    check,
    check_changed,
    check_plan,
    keepable,
    moved,
    released,
    score,
)
from carematch.assignment.engine.decomposition import County, solve_counties, solve_county
from carematch.assignment.engine.lexicographic import InternalError
from carematch.assignment.engine.reasons import unmet
from carematch.assignment.engine.warming import warm_up
from carematch.assignment.explain.consequences import Consequences, Shift, force
from carematch.assignment.explain.explanations import (
    Alternative,
    Blocking,
    Explainer,
    Explanation,
    WhyNot,
    explain,
    name_missing_options,
    why_not,
)
from carematch.assignment.explain.remedies import More, Move, Remedy
from carematch.assignment.explain.sentences import (
    Sentence,
    at_most_percent,
    certificate_sentences,
    consequence_sentences,
    sentences,
    why_not_sentences,
)
from carematch.assignment.goals import (
    BALANCE,
    CONTINUITY,
    COST,
    DEFAULT_POLICY,
    DISTANCE,
    FARTHEST,
    SHARE,
    TRAVEL,
    UNSERVED,
    Level,
    Policy,
    Term,
    heaviest_first,
    is_unserved,
    left_out,
    single,
    unserved_of,
)
from carematch.assignment.problem import (
    NO_CAPACITY,
    NO_OPTION,
    Assignment,
    Forbidden,
    Limits,
    Need,
    Option,
    Pin,
    Problem,
    Resource,
    Supplier,
    input_hash,
    problem_from_json,
    problem_to_json,
)
from carematch.assignment.ranks import RankServed, served_by_rank
from carematch.assignment.recheck import Rechecked
from carematch.assignment.rules import Rule, Verdict, first_failing, nearest_miss
from carematch.assignment.solution import (
    CONTRADICTORY,
    FEASIBLE,
    MOVES,
    OPTIMAL,
    Conflict,
    GoalResult,
    LevelResult,
    Multipliers,
    Progress,
    Reason,
    Solution,
    Unmet,
    solution_from_json,
    solution_to_json,
)
from carematch.assignment.solve import construction, solve, solve_whole
from carematch.assignment.studies.hours_worth import Bought, Purchase, Worth, hours_worth
from carematch.assignment.studies.price_of_fairness import FairPoint, fairness_price
from carematch.assignment.studies.rematch import MovesPoint, moves_curve, rematch, staying
from carematch.assignment.studies.tender import Curve, Point, Served, curve
from carematch.assignment.studies.what_if import Addition, Demand, Hours, Prices, Scenario, what_if
from carematch.assignment.validate import Fault, ProblemError, validate

__all__ = [
    "BALANCE",
    "CONTINUITY",
    "CONTRADICTORY",
    "COST",
    "DEFAULT_POLICY",
    "DISTANCE",
    "FARTHEST",
    "FEASIBLE",
    "MOVES",
    "NO_CAPACITY",
    "NO_OPTION",
    "OPTIMAL",
    "SHARE",
    "TRAVEL",
    "UNSERVED",
    "Addition",
    "Alternative",
    "Assignment",
    "Blocking",
    "Bought",
    "CheckReport",
    "Conflict",
    "Consequences",
    "County",
    "Curve",
    "Demand",
    "Explainer",
    "Explanation",
    "FairPoint",
    "Fault",
    "Forbidden",
    "GoalResult",
    "Hours",
    "InternalError",
    "Level",
    "LevelResult",
    "Limits",
    "More",
    "Move",
    "MovesPoint",
    "Multipliers",
    "Need",
    "Option",
    "Pin",
    "Point",
    "Policy",
    "Price",
    "Prices",
    "Problem",
    "ProblemError",
    "Progress",
    "Purchase",
    "RankServed",
    "Reason",
    "Rechecked",
    "Remedy",
    "Resource",
    "Rule",
    "Scenario",
    "Sentence",
    "Served",
    "Shift",
    "Solution",
    "Supplier",
    "Term",
    "Unmet",
    "Verdict",
    "Violation",
    "WhyNot",
    "Worth",
    "at_most_percent",
    "certificate_sentences",
    "check",
    "check_changed",
    "check_plan",
    "consequence_sentences",
    "construction",
    "curve",
    "explain",
    "fairness_price",
    "first_failing",
    "force",
    "heaviest_first",
    "hours_worth",
    "input_hash",
    "is_unserved",
    "keepable",
    "left_out",
    "moved",
    "moves_curve",
    "name_missing_options",
    "nearest_miss",
    "prices",
    "problem_from_json",
    "problem_to_json",
    "released",
    "rematch",
    "score",
    "sentences",
    "served_by_rank",
    "single",
    "solution_from_json",
    "solution_to_json",
    "solve",
    "solve_counties",
    "solve_county",
    "solve_whole",
    "staying",
    "unmet",
    "unserved_of",
    "validate",
    "warm_up",
    "what_if",
    "why_not",
    "why_not_sentences",
]
