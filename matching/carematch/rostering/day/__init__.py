"""A day of visits: who goes where, when, with whom.

solution = solve(problem, Limits(seconds=30))  # a plan, its score, and a bound
report = check(problem, plan)                   # what is wrong with a plan, and what it is worth; knows no solver
"""

from carematch.rostering.day.check import Report, Violation, check
from carematch.rostering.day.plan import Plan, Rest, Route, Stop
from carematch.rostering.day.policy import GOALS, Level, Policy, named_sum, score
from carematch.rostering.day.problem import Break, DayProblem, Service, Span, Together, Visit, Worker
from carematch.rostering.day.solve import BROKEN, FEASIBLE, OPTIMAL, Limits, Progress, Solution, solve, warm_up
from carematch.rostering.day.validate import Fault, MalformedDay, validate

__all__ = [
    "BROKEN",
    "FEASIBLE",
    "GOALS",
    "OPTIMAL",
    "Break",
    "DayProblem",
    "Fault",
    "Level",
    "Limits",
    "MalformedDay",
    "Plan",
    "Policy",
    "Progress",
    "Report",
    "Rest",
    "Route",
    "Service",
    "Solution",
    "Span",
    "Stop",
    "Together",
    "Violation",
    "Visit",
    "Worker",
    "check",
    "named_sum",
    "score",
    "solve",
    "validate",
    "warm_up",
]
