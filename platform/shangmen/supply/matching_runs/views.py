"""What the pages of a run show of its certificate and progress: words, figures and the chart."""

from collections.abc import Sequence
from dataclasses import dataclass

from shangmen.supply.matching_runs import phrases
from shangmen.supply.matching_runs.adapter import at_most_percent, left_out
from shangmen.supply.matching_runs.certificate import Certificate, Goal
from shangmen.supply.matching_runs.decisions.queries import Contradiction
from shangmen.supply.matching_runs.proposals.queries import Tallies
from shangmen.supply.matching_runs.queries import Run
from shangmen.supply.matching_runs.states import Change, RunState
from shangmen.web.language import gettext as _
from shangmen.web.language import label

CHANGE_WORDS = {
    Change.KEPT: "Keeps its supplier",
    Change.NEW: "Newly served",
    Change.MOVED: "Changes supplier",
    Change.LOST: "Loses its supplier",
    Change.NONE: "Still unserved",
}
CHANGE_TONES = {
    Change.KEPT: "good",
    Change.NEW: "info",
    Change.MOVED: "wait",
    Change.LOST: "bad",
    Change.NONE: "warn",
}

GOALS = {
    "unserved": ("Weight of the unserved", "Nobody is left out who could be served; urgent needs weigh most."),
    "unserved:wholly": (
        "Weight of the wholly dependent who are left out",
        "They come first, whatever it costs others.",
    ),
    "unserved:partly": (
        "Weight of the partly dependent and minors left out",
        "They come before visits, within their weights.",
    ),
    "unserved:rest": ("Weight of all others left out", "They are served with what the heavier leave."),
    "share": ("Worst-off township", "The largest share, by weight, that a township has of its needs left out."),
    "travel": ("Way", "Kilometres from the suppliers to the recipients, over all visits of a month."),
    "continuity": ("Changes of supplier", "Recipients of the plan in force who lose their supplier."),
    "ties": ("Ties", "Among ways of the same length: own township, lot, lower load, present supplier, lower code."),
}
PROVEN = "Proven: no plan does better."
PROOFS = {
    "branch and cut": "Proven optimal by branch and cut.",
    "constraint programming": "Proven optimal by constraint programming.",
}
"""What a plan was proven best by; the relaxation's own bound needs no name."""
PHASES = {
    "construction": "A first plan by simple rules",
    "bound": "Computing the bound",
    "rounding": "Rounding the relaxed plan",
    "parts": "Solving independent parts",
    "search": "Improving the plan",
    "knapsacks": "Computing the bound",
    "dives": "Improving the plan",
    "branch and cut": "Proving the plan",
    "proof": "Proving the plan",
    "orders": "Comparing other orders of serving",
    "fewer moves": "Comparing plans with fewer changes of supplier",
}


@dataclass(frozen=True)
class GoalShown:
    """A goal of the certificate in words; `proposed` and `cost` are "" while nobody has changed the plan.

    `proposed` is what the machine's plan had, `cost` what the changes by hand added to it.
    """

    level: int
    title: str
    sentence: str
    value: str
    bound: str
    gap: float
    proven: bool
    verdict: str
    rechecked: str
    proposed: str
    cost: str


def goals(certificate: Certificate | None) -> list[GoalShown]:
    """The certificate goal by goal, in the order of importance."""
    rows = []
    found = certificate.goals if certificate else {}
    before = certificate.proposed if certificate else {}
    for name, goal in sorted(found.items(), key=lambda pair: pair[1].level):
        title, sentence = GOALS.get(name, (name, ""))
        rows.append(
            GoalShown(
                level=goal.level,
                title=_(title),
                sentence=_(sentence),
                value=_amount(name, goal.value),
                bound=_amount(name, goal.bound),
                gap=goal.gap,
                proven=goal.proven,
                verdict=_verdict(name, goal),
                rechecked=_rechecked(name, goal),
                proposed=_amount(name, before[name].value) if name in before else "",
                cost=_cost(name, goal.value - before[name].value) if name in before else "",
            )
        )
    return rows


def _amount(name: str, value: int) -> str:
    if name == "travel":
        return f"{value / 1000:,.1f} km"
    if name == "share":
        return f"{value / 10:.1f} %"
    return "" if name == "ties" else f"{value:,}"


def _cost(name: str, more: int) -> str:
    """What changes by hand added to a goal, with its sign."""
    if name == "ties":
        return ""
    sign = "+" if more > 0 else "−" if more < 0 else "±"
    return f"{sign}{_amount(name, abs(more))}"


def _verdict(name: str, goal: Goal) -> str:
    if goal.proven:
        return _(PROOFS.get(goal.proof, PROVEN)) if name != "ties" else _("Proven: every tie is broken as agreed.")
    return _("At most %(gap)s %% above what is possible.", gap=f"{goal.gap * 100:.2f}")


def _rechecked(name: str, goal: Goal) -> str:
    """What the checker, who knows no solver, says of it from the prices kept with the plan."""
    if name == "ties":
        return ""
    if goal.rechecked is None:
        return _("Not re-checked.")
    if goal.rechecked == goal.value:
        return _("The best there is, re-checked here without a solver.")
    gap = at_most_percent(goal.value, goal.rechecked)
    return _("At most %(gap)s %% from the best, re-checked here without a solver.", gap=gap)


def worst_gap(certificate: Certificate | None) -> float | None:
    """The largest gap of the goals before ties, for the list; None when there is no plan."""
    gaps = [goal.gap for name, goal in certificate.goals.items() if name != "ties"] if certificate else []
    return max(gaps, default=None)


@dataclass(frozen=True)
class Outcome:
    """A run in three sentences: how many are served, what is in the way most, what to do next."""

    served: str
    obstacle: str
    next: str


def outcome(run: Run, tallies: Tallies, against: Sequence[Contradiction]) -> Outcome:
    """A run in three sentences, of the plan as it stands now."""
    unserved = run.needs - run.served
    if unserved:
        words = "%(served)s of %(needs)s needs are served; %(unserved)s are not."
        served = _(words, served=run.served, needs=run.needs, unserved=unserved)
        reason, count = max(tallies.reason.items(), key=lambda pair: (pair[1], pair[0]))
        told = _("Most often in the way: %(reason)s (%(count)s needs).", reason=label(reason), count=count)
    else:
        served, told = _("All %(needs)s needs are served.", needs=run.needs), _("Nothing is in the way.")
    return Outcome(served, told, _next(run, tallies, unserved, len({row.need for row in against})))


def _next(run: Run, tallies: Tallies, unserved: int, against: int) -> str:
    offers = sum(tallies.change.get(one, 0) for one in (Change.NEW, Change.MOVED))
    if run.state is RunState.APPROVED:
        return _("Next: wait for the suppliers' answers; those who are not served wait for the next run.")
    if run.state is not RunState.PROPOSED:
        return _("Next: start another run.")
    if run.violations:
        return _("Next: start another run; the checker refuses this plan.")
    if against:
        words = "Next: %(count)s pins say otherwise than this plan; apply them, lift them, or start another run."
        return _(words, count=against)
    if offers:
        return _("Next: look through the proposals and approve them; %(count)s offers will be made.", count=offers)
    if unserved:
        return _("Next: there is nothing to approve; see why needs are unserved, and what would serve them.")
    return _("Next: there is nothing to approve; everybody keeps the supplier of today.")


@dataclass(frozen=True)
class Progress:
    """Where a solve stands: what it is doing, the share of its effort, each goal with its bound."""

    text: str
    share: float | None
    rows: list[tuple[str, str, str]]


def progress(run: Run) -> Progress:
    """Where a solve stands."""
    if not run.progress:
        queued = run.state is RunState.QUEUED
        return Progress(_("Waiting for a worker") if queued else _("Reading needs and suppliers"), None, [])
    last = run.progress[-1]
    figures = [
        (_("Weight of the unserved"), f"{last.unserved:,}", f"{last.unserved_bound:,}"),
        (_("Way"), f"{last.travel / 1000:,.1f} km", f"{last.travel_bound / 1000:,.1f} km"),
    ]
    word = _(PHASES[last.phase]) if last.phase in PHASES else last.phase
    text = _("%(phase)s, %(seconds)s s", phase=word, seconds=f"{last.seconds:.0f}")
    return Progress(text, min(0.99, last.seconds / run.policy.seconds), figures)


def chart(run: Run) -> dict[str, object] | None:
    """Gap over time, goal by goal, for the chart macro; None when there is nothing to draw."""
    rows = [step for place, step in enumerate(run.progress) if step.phase != "construction" or place == 0]
    if len(rows) < 2:
        return None
    return {
        "kind": "step",
        "unit": "%",
        "axis": _("Seconds"),
        "categories": [f"{step.seconds:.1f}" for step in rows],
        "series": [
            {
                "name": _("Gap of the unserved"),
                "values": [_gap(step.unserved, step.unserved_bound) for step in rows],
                "tone": "bad",
            },
            {
                "name": _("Gap of the way"),
                "values": [_gap(step.travel, step.travel_bound) if step.travel_bound else None for step in rows],
                "tone": "info",
            },
        ],
    }


def _gap(value: int, bound: int) -> float:
    return round(100 * (value - bound) / max(1, value), 3)


def changes(tally: dict[Change, int]) -> list[tuple[Change, str, int, str]]:
    """What the run changes against the plan in force: code, words, number, tone."""
    return [(code, _(CHANGE_WORDS[code]), tally[code], CHANGE_TONES[code]) for code in Change if tally.get(code)]


def moves(certificate: Certificate | None) -> str:
    """How many placements change supplier although they need not, where that was limited."""
    if certificate is None or certificate.most_moves is None:
        return ""
    words = "%(moves)s of at most %(most)s placements change supplier."
    return _(words, moves=certificate.moves, most=certificate.most_moves)


@dataclass(frozen=True)
class FewerShown:
    """What a plan with fewer changes of supplier would come to, in words."""

    most: int
    possible: bool
    proven: bool
    unserved: str
    way: str


def fewer_moves(certificate: Certificate | None) -> list[FewerShown]:
    """What plans with fewer changes of supplier would come to, up to as many as the run proposes."""
    return [
        FewerShown(
            most=row.most,
            possible=row.possible,
            proven=row.proven,
            unserved=f"{left_out(row.values):,}" if row.possible else "",
            way=_amount("travel", row.values["travel"]) if row.possible else "",
        )
        for row in (certificate.fewer_moves if certificate else [])
    ]


def skipped(certificate: Certificate | None) -> list[tuple[int, str]]:
    """Needs that the approval left out, and why."""
    rows = certificate.skipped if certificate else []
    return [(row.need, _(row.sentence, **phrases.filled(row.parameters))) for row in rows]
