"""Rostering: visits to workers, days and times. Pure: no database, no web, no time of day.

roster = fill(problem, seed=0)          # a plan, with a reason for each visit left over
violations = check(problem, roster)     # the same rules, knowing nothing of the filler
ideas = suggest(problem, roster, "D7")  # ranked places for one more visit
"""

from carematch.rostering.check import check
from carematch.rostering.codec import (
    decode_problem,
    decode_roster,
    encode_problem,
    encode_roster,
    problem_hash,
)
from carematch.rostering.fill import fill
from carematch.rostering.problem import (
    Absence,
    Demand,
    Holding,
    ProblemError,
    RosterProblem,
    Sex,
    Shift,
    Standing,
    Weights,
    Window,
    Worker,
)
from carematch.rostering.reasons import reasons
from carematch.rostering.roster import (
    Goals,
    PlannedVisit,
    Reason,
    Roster,
    Suggestion,
    Totals,
    Unplaced,
    Violation,
)
from carematch.rostering.rules import RULES
from carematch.rostering.score import make_roster, score, totals
from carematch.rostering.suggest import suggest

__all__ = [
    "RULES",
    "Absence",
    "Demand",
    "Goals",
    "Holding",
    "PlannedVisit",
    "ProblemError",
    "Reason",
    "Roster",
    "RosterProblem",
    "Sex",
    "Shift",
    "Standing",
    "Suggestion",
    "Totals",
    "Unplaced",
    "Violation",
    "Weights",
    "Window",
    "Worker",
    "check",
    "decode_problem",
    "decode_roster",
    "encode_problem",
    "encode_roster",
    "fill",
    "make_roster",
    "problem_hash",
    "reasons",
    "score",
    "suggest",
    "totals",
]
