"""Pictures of a comparison, as SVG. They need matplotlib, a development dependency; without it there are none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from carematch.bench.measure import Case, Run
from carematch.bench.table import TITLES, reference

#: Gaps below this are drawn here: the scale is logarithmic.
SMALLEST = 1e-5
COLOURS = dict(zip(TITLES, ("#0b6e4f", "#c1440e", "#3b5ba5", "#8d6a00"), strict=False))


def draw_gaps(cases: Sequence[Case], runs: Sequence[Run], path: Path) -> None:
    """Gap of complete plans over time, a panel an instance; for provinces, how many are left out in one of its own."""
    shown = [case for case in cases if any(run.case == case.name for run in runs)]
    wanted = [(case, what) for case in shown for what in (("gap",) if case.file else ("left out", "gap"))]
    if not wanted:
        return
    columns = min(4, len(wanted))
    figure = _figure(4.2 * columns, 3.0 * -(-len(wanted) // columns))
    if figure is None:
        return
    panels = figure.subplots(-(-len(wanted) // columns), columns, squeeze=False).flatten()
    for panel in panels[len(wanted) :]:
        panel.remove()
    for panel, (case, what) in zip(panels, wanted, strict=False):
        mine = {run.solver: run for run in runs if run.case == case.name}
        against = reference(case, runs)
        for solver in (name for name in TITLES if name in mine):
            line = _left_out(mine[solver]) if what == "left out" else _gaps(mine[solver], against)
            if line:
                line.append((max(case.seconds, line[-1][0]), line[-1][1]))
                seconds, values = zip(*line, strict=True)
                panel.step(seconds, values, where="post", color=COLOURS[solver], label=TITLES[solver])
        panel.set_title(f"{case.name}: {what}", fontsize=10)
        panel.set_xlim(0, max(1.0, case.seconds))
        panel.set_xlabel("seconds")
        if what == "left out":
            panel.set_yscale("symlog", linthresh=1)
            panel.set_ylim(bottom=0)
        else:
            panel.set_yscale("log")
            panel.set_ylabel("gap, %")
        panel.grid(alpha=0.3)
        if panel.get_legend_handles_labels()[0]:
            panel.legend(fontsize=7)
    _save(figure, path)


def draw_growth(series: dict[str, tuple[list[int], list[float], float]], path: Path) -> None:
    """Seconds over options, with the fitted exponent: by title, the sizes, the seconds and the exponent."""
    figure = _figure(6.5, 4.5)
    if figure is None:
        return
    panel = figure.subplots()
    for colour, (title, (sizes, seconds, exponent)) in zip(COLOURS.values(), series.items(), strict=False):
        panel.plot(sizes, seconds, "o-", color=colour, label=f"{title}: n^{exponent:.2f}")
    panel.set(xscale="log", yscale="log", xlabel="options", ylabel="seconds")
    panel.grid(alpha=0.3)
    panel.legend()
    _save(figure, path)


def _gaps(run: Run, against: float | None) -> list[tuple[float, float]]:
    """Time and gap, in per cent, of the plans that leave nobody out."""
    return [
        (point.seconds, 100 * max(SMALLEST, (point.value - against) / max(1.0, point.value)))
        for point in run.points
        if against is not None and point.value is not None and not point.unserved
    ]


def _left_out(run: Run) -> list[tuple[float, float]]:
    return [(point.seconds, point.unserved) for point in run.points if point.value is not None]


def _figure(width: float, height: float) -> Any:
    try:
        figures = import_module("matplotlib.figure")
    except ModuleNotFoundError:
        print(
            "matplotlib is not installed: no pictures (it comes with the development dependencies).", file=sys.stderr
        )
        return None
    return figures.Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    """The same picture is the same file: no date, no random ids."""
    with import_module("matplotlib").rc_context({"svg.hashsalt": "carematch"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
