"""A plan as it stands: who is served how, what that leaves free, and who uses what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from carematch.assignment.check import goal_values, used
from carematch.assignment.goals import CONTINUITY, PEAKS, counts, is_unserved
from carematch.assignment.problem import Assignment, Option, Problem


class Standing:
    """A plan, indexed for questions about single needs. Make it once and ask it as often as you like.

    Raises KeyError when an assignment is no option of the problem.
    """

    def __init__(self, problem: Problem, assignments: Iterable[Assignment]) -> None:
        self.problem = problem
        by_key = {option.key(): option for option in problem.options}
        self.chosen = {row.need: by_key[row.key()] for row in assignments}
        self.options: dict[str, list[Option]] = {need.id: [] for need in problem.needs}
        for _, option in sorted(by_key.items()):
            self.options[option.need].append(option)
        self.resources = {resource.id: resource for resource in problem.resources}
        total = used(self.chosen.values())
        self.left = {resource.id: resource.capacity - total[resource.id] for resource in problem.resources}
        self.users: dict[str, list[str]] = {resource.id: [] for resource in problem.resources}
        for need, option in sorted(self.chosen.items()):
            for resource, amount in option.usage.items():
                if amount:
                    self.users[resource].append(need)
        self.weights = {need.id: need.weight for need in problem.needs}
        self.ranks = {need.id: need.rank for need in problem.needs}
        self.present = {row.need: row.supplier for row in problem.in_force}
        self.forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
        self.pins = {pin.need: pin.supplier for pin in problem.pins}
        goals = problem.policy.goals()
        self._sums = tuple(goal for goal in goals if goal not in PEAKS)
        self._peaks = tuple(goal for goal in goals if goal in PEAKS)
        self._peak_values = goal_values(problem, list(self.chosen.values()), self._peaks)

    def short(self, option: Option, gone: Sequence[Option] = (), come: Sequence[Option] = ()) -> dict[str, int]:
        """What an option lacks of which resource, after some options went and others came."""
        missing = {}
        for resource, asked in option.usage.items():
            free = self.left[resource]
            for other in gone:
                free += other.usage.get(resource, 0)
            for other in come:
                free -= other.usage.get(resource, 0)
            if asked and asked > free:
                missing[resource] = asked - free
        return missing

    def fit(self, come: Sequence[Option], gone: Sequence[Option]) -> bool:
        """Whether some options fit together, after others went."""
        return not any(self.short(option, gone, come[:place]) for place, option in enumerate(come))

    def targets(self, need: str) -> list[Option]:
        """The options to which a served need could go instead, as far as decisions about pairs allow it."""
        present = self.chosen[need]
        return [o for o in self.options[need] if o is not present and (need, o.supplier) not in self.forbidden]

    def added(self, need: str, before: Option | None, after: Option) -> dict[str, int]:
        """What changes when a need goes from one option to another, in each goal that adds up over needs."""
        extra: dict[str, int] = {}
        for goal in self._sums:
            if is_unserved(goal):
                mine = before is None and counts(goal, self.ranks[need])
                extra[goal] = -self.weights[need] if mine else 0
            elif goal == CONTINUITY:
                present = self.present.get(need)
                was = before is not None and before.supplier == present
                extra[goal] = int(was) - int(after.supplier == present) if present is not None else 0
            else:
                extra[goal] = after.costs.get(goal, 0) - (before.costs.get(goal, 0) if before else 0)
        return extra

    def added_in_all(self, need: str, before: Option | None, after: Option) -> dict[str, int]:
        """The same in every goal of the policy, those included that are the largest of several numbers."""
        extra = self.added(need, before, after)
        if self._peaks:
            values = goal_values(self.problem, list({**self.chosen, need: after}.values()), self._peaks)
            extra |= {goal: values[goal] - self._peak_values[goal] for goal in self._peaks}
        return {goal: extra[goal] for goal in self.problem.policy.goals()}
