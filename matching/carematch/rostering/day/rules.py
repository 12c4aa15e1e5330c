"""The rules of a day, each with a name and a sentence. Search, checker and whoever explains ask the same objects.

Rules about a person answer `allows(service, visit, worker)`; the others are sentences for what the checker measures.
Sentences are English message ids; `{placeholders}` are filled after translation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from carematch.rostering.day.problem import Service, Visit, Worker


@dataclass(frozen=True)
class Rule:
    """What must hold; `name` is its key, `sentence` says what is wrong where it does not."""

    name: str
    sentence: str


class PersonRule:
    """A rule about who may do a service."""

    name: ClassVar[str]
    sentence: ClassVar[str]

    def allows(self, service: Service, visit: Visit, worker: Worker) -> bool:
        """Whether the worker may do this service of the visit."""
        raise NotImplementedError


class Skilled(PersonRule):
    """Whoever comes has every skill: qualifications, passed checks, languages, food."""

    name = "skill"
    sentence = "{worker} lacks a skill that {service} at {visit} asks for."

    def allows(self, service: Service, visit: Visit, worker: Worker) -> bool:
        return set(service.skills) <= set(worker.skills)


class OfSex(PersonRule):
    """Whoever comes is of the sex that is asked for, where one is."""

    name = "sex"
    sentence = "{service} at {visit} asks for somebody of the other sex than {worker}."

    def allows(self, service: Service, visit: Visit, worker: Worker) -> bool:
        return service.sex is None or service.sex == worker.sex


class NotAvoided(PersonRule):
    """Nobody comes whom the recipient must not meet."""

    name = "avoided"
    sentence = "{worker} must not come to {visit}."

    def allows(self, service: Service, visit: Visit, worker: Worker) -> bool:
        return worker.id not in visit.avoided


class AsPinned(PersonRule):
    """Where people are pinned to a visit, nobody else comes."""

    name = "pinned_workers"
    sentence = "Other people than {worker} are pinned to {visit}."

    def allows(self, service: Service, visit: Visit, worker: Worker) -> bool:
        return not visit.pinned_workers or worker.id in visit.pinned_workers


PERSON: tuple[PersonRule, ...] = (Skilled(), OfSex(), NotAvoided(), AsPinned())

UNKNOWN = Rule("unknown", "The problem knows no {what}.")
TWICE = Rule("twice", "{what} is in the plan twice.")
MISSING = Rule("missing", "{visit} is left out and is not optional.")
PART = Rule("part", "{visit} is visited, but {service} is not done.")
EARLY = Rule("early", "{service} at {visit} begins before its first window opens.")
CLOSED = Rule("closed", "{service} at {visit} lies in none of its windows.")
PINNED_START = Rule("pinned_start", "{service} at {visit} does not begin when it is pinned.")
TRAVEL = Rule("travel", "{worker} cannot be at {visit} in time.")
SHIFT = Rule("shift", "{worker} leaves before the shift begins.")
OVERTIME = Rule("overtime", "{worker} is back later than overtime allows.")
WORK = Rule("work", "{worker} works and travels longer than a day may be.")
ABSENT = Rule("absent", "{worker} is absent and cannot be back in time.")
ONE_PERSON = Rule("one_person", "{worker} does both services of {visit}, which asks for two people.")
SAME_MOMENT = Rule("same_moment", "The services of {visit} do not begin at the same moment.")
DISTANCE = Rule("distance", "The services of {visit} are not so far apart as they must be.")
BREAK = Rule("break", "The break of {worker} is outside its rules, or nobody asked for it.")


def able(service: Service, visit: Visit, worker: Worker) -> bool:
    """Whether every rule about a person allows it."""
    return all(rule.allows(service, visit, worker) for rule in PERSON)
