"""The table of a comparison, as Markdown: a row an instance, and for each solver its value, bound and gap."""

from __future__ import annotations

from collections.abc import Sequence

from carematch.bench.measure import OURS, Case, Run
from carematch.bench.peers import PEERS

TITLES = {OURS: "ours", **{name: title for name, (title, _) in PEERS.items()}}


def reference(case: Case, runs: Sequence[Run]) -> float | None:
    """What values are measured against: the best known value, or else the best bound of all solvers.

    The bounds of the peers on a province are of travel and prices together. Where everybody can be served they
    bound the travel of doing so; where we leave anybody out, only our own bound is of travel.
    """
    if case.best is not None:
        return case.best
    mine = [run for run in runs if run.case == case.name and run.last]
    short = any(run.solver == OURS and run.last and run.last.unserved for run in mine)
    return max((run.last.bound for run in mine if run.last and (run.solver == OURS or not short)), default=None)


def gap(case: Case, runs: Sequence[Run], run: Run) -> float | None:
    """How far the last value of a run is from the reference; None without a plan.

    Against a best known value relative to that value, against a bound relative to the plan. In a
    province a plan that leaves out more people than ours travels less for that, so that it has no gap.
    """
    against = reference(case, runs)
    if run.last is None or run.last.value is None or against is None:
        return None
    if not case.file:
        ours = next(other for other in runs if other.case == case.name and other.solver == OURS)
        if ours.last is None or run.last.unserved > ours.last.unserved:
            return None
    whole = against if case.best is not None else run.last.value
    return (run.last.value - against) / max(1.0, abs(whole))


def table(cases: Sequence[Case], runs: Sequence[Run], threads: int) -> str:
    """The whole table, of what has been run so far."""
    solvers = [solver for solver in TITLES if any(run.solver == solver for run in runs)]
    public = [case for case in cases if case.file and any(run.case == case.name for run in runs)]
    provinces = [case for case in cases if not case.file and any(run.case == case.name for run in runs)]
    parts = [
        f"# Assignment, {threads} threads\n",
        "The clock of the peers starts when their model is built; SCIP works on one thread.\n",
    ]
    if public:
        parts += ["## Generalised assignment\n", "Gap to the best known value (or else to the best bound).\n"]
        parts.append(_public(public, runs, solvers))
    if provinces:
        parts += [
            "## Synthetic provinces\n",
            "People left out, and the gap of the travel to the best bound where nobody more is left out than by us. "
            "The bounds of the peers are of their one objective: travel and a price for everybody left out.\n",
        ]
        parts.append(_provinces(provinces, runs, solvers))
    return "\n".join(parts)


def _public(cases: Sequence[Case], runs: Sequence[Run], solvers: Sequence[str]) -> str:
    head = ["instance", "s", "best known"]
    for solver in solvers:
        head += [f"{TITLES[solver]} value", "bound", "gap"]
    rows = []
    gaps: dict[str, list[float | None]] = {solver: [] for solver in solvers}
    for case in cases:
        row = [case.name, f"{case.seconds:g}", "" if case.best is None else f"{case.best:g}"]
        for solver in solvers:
            run = _find(runs, case, solver)
            distance = gap(case, runs, run) if run else None
            if run:
                gaps[solver].append(distance)
            row += [_value(run), _bound(run), _percent(distance)]
        rows.append(row)
    for title, summary in (("mean", _mean), ("worst", _worst)):
        rows.append([title, "", ""])
        for solver in solvers:
            rows[-1] += ["", "", summary(gaps[solver])]
    return _markdown(head, rows)


def _provinces(cases: Sequence[Case], runs: Sequence[Run], solvers: Sequence[str]) -> str:
    head = ["instance", "s", "our first plan, s", "first bound", "end"]
    for solver in solvers:
        head += [f"{TITLES[solver]} left out", "travel", "bound", "gap", "MiB"]
    rows = []
    for case in cases:
        ours = _find(runs, case, OURS)
        row = [case.name, f"{case.seconds:g}", *_times(ours)]
        for solver in solvers:
            run = _find(runs, case, solver)
            planned = run is not None and run.last is not None and run.last.value is not None
            row.append(str(run.last.unserved) if run and run.last and planned else "")
            row += [_value(run), _bound(run), _percent(gap(case, runs, run) if run else None)]
            row.append(str(run.memory) if run else "")
        rows.append(row)
    return _markdown(head, rows)


def _times(run: Run | None) -> list[str]:
    """Seconds to the first plan, to the first bound of the travel, and to the end."""
    if run is None or run.last is None:
        return ["", "", ""]
    began = (run.phases.get("construction"), run.phases.get("bound"), run.last.seconds)
    return ["" if seconds is None else f"{seconds:.2f}" for seconds in began]


def _find(runs: Sequence[Run], case: Case, solver: str) -> Run | None:
    return next((run for run in runs if run.case == case.name and run.solver == solver), None)


def _value(run: Run | None) -> str:
    if run is None:
        return ""
    if run.last is None or run.last.value is None:
        return "no plan"
    proved = run.last.value == run.last.bound and run.last.unserved == 0
    return f"{run.last.value}{' *' if proved else ''}"


def _bound(run: Run | None) -> str:
    return str(run.last.bound) if run and run.last else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.3%}"


def _mean(gaps: Sequence[float | None]) -> str:
    found = [share for share in gaps if share is not None]
    missing = f" ({len(gaps) - len(found)} without)" if len(found) < len(gaps) else ""
    return f"{_percent(sum(found) / len(found))}{missing}" if found else missing.strip()


def _worst(gaps: Sequence[float | None]) -> str:
    return _percent(max((share for share in gaps if share is not None), default=None))


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
