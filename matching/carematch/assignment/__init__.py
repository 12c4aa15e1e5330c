"""Needs to suppliers: who serves whom, with a certificate and the reasons.

    problem = Problem(needs=..., suppliers=..., resources=..., options=...)
    solution = solve(problem, Limits(seconds=10), seed=1)
    report = check(problem, solution)
    explanation = explain(problem, solution.assignments, need_id)

Everything public is named here; the modules are by topic: `problem` and `validate` (the question),
`rules` (who may serve whom), `goals` (what is wanted), `solution` and `check` (the answer, and
whether it is true), `engine` (how; `whole` for problems with people whom nobody can serve), `explain`,
`remedies`, `consequences`, `prices` and `sentences` (why, and what if), `rematch` (after a change),
`fairness` (what it costs), and `what_if`, `tender` and `worth` (what other supply, demand and money would serve).
"""

from carematch.assignment.borders import County, solve_counties, solve_county
from carematch.assignment.check import CheckReport, Violation, check, check_plan, keepable, moved, score
from carematch.assignment.consequences import Consequences, Shift, force
from carematch.assignment.engine import InternalError, construction, solve
from carematch.assignment.explain import (
    Alternative,
    Blocking,
    Explainer,
    Explanation,
    WhyNot,
    explain,
    name_missing_options,
    why_not,
)
from carematch.assignment.fairness import FairPoint, fairness_price
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
    single,
)
from carematch.assignment.prices import Price, prices
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
from carematch.assignment.rematch import MovesPoint, moves_curve, rematch, staying
from carematch.assignment.remedies import Move, Remedy
from carematch.assignment.rules import Rule, Verdict, first_failing, nearest_miss
from carematch.assignment.sentences import Sentence, consequence_sentences, sentences, why_not_sentences
from carematch.assignment.solution import (
    CONTRADICTORY,
    FEASIBLE,
    MOVES,
    OPTIMAL,
    Conflict,
    GoalResult,
    LevelResult,
    Progress,
    Reason,
    Solution,
    Unmet,
    solution_from_json,
    solution_to_json,
)
from carematch.assignment.tender import Curve, Point, Served, curve
from carematch.assignment.validate import Fault, ProblemError, validate
from carematch.assignment.warming import warm_up
from carematch.assignment.what_if import Addition, Demand, Hours, Prices, Scenario, what_if
from carematch.assignment.whole import solve_whole
from carematch.assignment.worth import Bought, Purchase, Worth, hours_worth

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
    "Move",
    "MovesPoint",
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
    "Reason",
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
    "check",
    "check_plan",
    "consequence_sentences",
    "construction",
    "curve",
    "explain",
    "fairness_price",
    "first_failing",
    "force",
    "hours_worth",
    "input_hash",
    "keepable",
    "moved",
    "moves_curve",
    "name_missing_options",
    "nearest_miss",
    "prices",
    "problem_from_json",
    "problem_to_json",
    "rematch",
    "score",
    "sentences",
    "single",
    "solution_from_json",
    "solution_to_json",
    "solve",
    "solve_counties",
    "solve_county",
    "solve_whole",
    "staying",
    "validate",
    "warm_up",
    "what_if",
    "why_not",
    "why_not_sentences",
]
