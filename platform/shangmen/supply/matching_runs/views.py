"""What the pages of a run show of its certificate and progress: words, figures and the chart."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from shangmen.supply.matching_runs import phrases
from shangmen.web.language import gettext as _

STATES = ("queued", "solving", "proposed", "approved", "cancelled", "failed")
CHANGES = ("kept", "new", "moved", "lost", "none")
CHANGE_WORDS = {
    "kept": "Keeps its supplier",
    "new": "Newly served",
    "moved": "Changes supplier",
    "lost": "Loses its supplier",
    "none": "Still unserved",
}
CHANGE_TONES = {"kept": "good", "new": "info", "moved": "wait", "lost": "bad", "none": "warn"}

GOALS = {
    "unserved": ("Weight of the unserved", "Nobody is left out who could be served; urgent needs weigh most."),
    "travel": ("Way", "Kilometres from the suppliers to the recipients, over all visits of a month."),
    "continuity": ("Changes of supplier", "Recipients of the plan in force who lose their supplier."),
    "ties": ("Ties", "Among ways of the same length: own township, lot, lower load, present supplier, lower code."),
}
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
    "fewer moves": "Comparing plans with fewer changes of supplier",
}


def goals(certificate: dict[str, Any] | None) -> list[SimpleNamespace]:
    """The certificate goal by goal, in the order of importance."""
    rows = []
    found = (certificate or {}).get("goals", {})
    for name, goal in sorted(found.items(), key=lambda pair: pair[1]["level"]):
        title, sentence = GOALS.get(name, (name, ""))
        rows.append(
            SimpleNamespace(
                name=name,
                level=goal["level"],
                title=_(title),
                sentence=_(sentence),
                value=_amount(name, goal["value"]),
                bound=_amount(name, goal["bound"]),
                gap=goal["gap"],
                proven=goal["proven"],
                verdict=_verdict(name, goal),
            )
        )
    return rows


def _amount(name: str, value: int) -> str:
    if name == "travel":
        return f"{value / 1000:,.1f} km"
    return "" if name == "ties" else f"{value:,}"


def _verdict(name: str, goal: dict[str, Any]) -> str:
    if goal["proven"]:
        return _("Proven: no plan does better.") if name != "ties" else _("Proven: every tie is broken as agreed.")
    return _("At most %(gap)s %% above what is possible.", gap=f"{goal['gap'] * 100:.2f}")


def worst_gap(certificate: dict[str, Any] | None) -> float | None:
    """The largest gap of the goals before ties, for the list; None when there is no plan."""
    found = (certificate or {}).get("goals", {})
    gaps = [goal["gap"] for name, goal in found.items() if name != "ties"]
    return max(gaps) if gaps else None


def progress(run: dict[str, Any]) -> SimpleNamespace:
    """Where a solve stands: what it is doing, objective and bound."""
    rows = run["progress"] or []
    effort = run["policy"].get("seconds") or 1
    if not rows:
        text = _("Waiting for a worker") if run["state"] == "queued" else _("Reading needs and suppliers")
        return SimpleNamespace(text=text, share=None, rows=[])
    seconds, phase, unserved, unserved_bound, travel, travel_bound = rows[-1]
    figures = [
        (_("Weight of the unserved"), f"{unserved:,}", f"{unserved_bound:,}"),
        (_("Way"), f"{travel / 1000:,.1f} km", f"{travel_bound / 1000:,.1f} km"),
    ]
    word = _(PHASES[phase]) if phase in PHASES else phase
    text = _("%(phase)s, %(seconds)s s", phase=word, seconds=f"{seconds:.0f}")
    return SimpleNamespace(text=text, share=min(0.99, seconds / effort), rows=figures)


def chart(run: dict[str, Any]) -> dict[str, Any] | None:
    """Gap over time, goal by goal; None when there is nothing to draw."""
    rows = [row for row in run["progress"] or [] if row[1] != "construction" or row is (run["progress"] or [None])[0]]
    if len(rows) < 2:
        return None
    return {
        "kind": "step",
        "unit": "%",
        "axis": _("Seconds"),
        "categories": [f"{row[0]:.1f}" for row in rows],
        "series": [
            {"name": _("Gap of the unserved"), "values": [_gap(row[2], row[3]) for row in rows], "tone": "bad"},
            {
                "name": _("Gap of the way"),
                "values": [_gap(row[4], row[5]) if row[5] else None for row in rows],
                "tone": "info",
            },
        ],
    }


def _gap(value: int, bound: int) -> float:
    return round(100 * (value - bound) / max(1, value), 3)


def changes(tally: dict[str, int]) -> list[tuple[str, str, int, str]]:
    """What the run changes against the plan in force: code, words, number, tone."""
    return [(code, _(CHANGE_WORDS[code]), tally[code], CHANGE_TONES[code]) for code in CHANGES if tally.get(code)]


def moves(certificate: dict[str, Any] | None) -> str:
    """How many placements change supplier although they need not, where that was limited."""
    proof = certificate or {}
    if proof.get("most_moves") is None:
        return ""
    words = "%(moves)s of at most %(most)s placements change supplier."
    return _(words, moves=proof["moves"], most=proof["most_moves"])


def fewer_moves(certificate: dict[str, Any] | None) -> list[SimpleNamespace]:
    """What plans with fewer changes of supplier would come to, up to as many as the run proposes."""
    return [
        SimpleNamespace(
            most=most,
            possible=possible,
            proven=proven,
            moves=made,
            unserved=f"{values['unserved']:,}" if possible else "",
            way=_amount("travel", values["travel"]) if possible else "",
        )
        for most, possible, proven, made, values in (certificate or {}).get("fewer_moves", [])
    ]


PORTIONS = {"minutes": 60, "needs": 1, "units": 100, "fen": 100_000}
"""What is counted as one more of a resource, in its unit: an hour, a need, a unit of a line, a thousand yuan."""
SEXES = ("female", "male")
Price = tuple[str, int, str, dict[str, float]]
"""A resource, its supplier, its unit, and what one more saves by goal."""


def prices(certificate: dict[str, Any] | None, names: dict[int, str]) -> list[SimpleNamespace]:
    """What more of each short resource is worth, the most valuable first."""
    found = []
    for resource, supplier, unit, saves in _by_worker((certificate or {}).get("prices", [])):
        weight, metres = (PORTIONS[unit] * saves.get(goal, 0.0) for goal in ("unserved", "travel"))
        found.append(
            SimpleNamespace(
                name=names.get(supplier, ""),
                resource=phrases.resource(resource),
                portion=phrases.amount(PORTIONS[unit], unit),
                weight=f"{weight:.2f}",
                way=f"{metres / 1000:,.1f} km",
                rank=(-weight, -metres, resource),
            )
        )
    return sorted(found, key=lambda row: row.rank)


def _by_worker(prices: list[Price]) -> Iterator[Price]:
    """The prices of hours put together: one more hour of a worker adds to every pool of hours that she belongs to.

    She is thought to have every qualification that is asked for; women and men apart where the sex matters.
    """
    pools: dict[int, list[tuple[list[str], dict[str, float]]]] = {}
    for resource, supplier, unit, saves in prices:
        kind, *requirements = resource.partition("/")[2].split("+")
        if kind == "hours":
            pools.setdefault(supplier, []).append((requirements, saves))
        else:
            yield resource, supplier, unit, saves
    for supplier, mine in pools.items():
        apart = any(not set(SEXES).isdisjoint(requirements) for requirements, _saves in mine)
        for sex in SEXES if apart else ("",):
            others = set(SEXES) - {sex} if sex else set()
            hers = [saves for requirements, saves in mine if others.isdisjoint(requirements)]
            worth = {goal: sum(saves.get(goal, 0.0) for saves in hers) for goal in ("unserved", "travel")}
            if any(worth.values()):
                yield f"s{supplier}/hours" + (f"+{sex}" if sex else ""), supplier, "minutes", worth


def skipped(certificate: dict[str, Any] | None) -> list[tuple[int, str]]:
    """Needs that the approval left out, and why."""
    return [
        (need, _(sentence, **phrases.filled(parameters)))
        for need, sentence, parameters in (certificate or {}).get("skipped", [])
    ]
