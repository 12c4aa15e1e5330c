"""A day of visits: who goes where, when, with whom.

report = check(problem, plan)   # what is wrong with a plan, and what it is worth; knows no solver
"""

from carematch.rostering.day.check import Report, Violation, check
from carematch.rostering.day.plan import Plan, Rest, Route, Stop
from carematch.rostering.day.policy import GOALS, Level, Policy, named_sum, score
from carematch.rostering.day.problem import Break, DayProblem, Service, Span, Together, Visit, Worker
from carematch.rostering.day.validate import Fault, MalformedDay, validate

__all__ = [
    "GOALS",
    "Break",
    "DayProblem",
    "Fault",
    "Level",
    "MalformedDay",
    "Plan",
    "Policy",
    "Report",
    "Rest",
    "Route",
    "Service",
    "Span",
    "Stop",
    "Together",
    "Violation",
    "Visit",
    "Worker",
    "check",
    "named_sum",
    "score",
    "validate",
]
