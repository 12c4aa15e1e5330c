"""How the time to the bound and to the first plan grows with the size, on provinces of integer hours."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from carematch.assignment import Limits, warm_up
from carematch.bench import plots
from carematch.bench.province import province
from carematch.bench.recording import Recorder, recorded

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
NEEDS_A_SUPPLIER = 100
#: Phases of a solve, as they are called in progress, and what begins with each.
PHASES = {"bound": "bound", "construction": "first plan"}
#: Nobody waits longer for both.
PATIENCE = 600.0


def run(most: int, threads: int, seed: int, out: Path) -> None:
    """Measures every size up to `most` needs, and writes `scaling.json` and `scaling.svg` after each."""
    warm_up()  # what is compiled at first use is not what is measured
    rows: list[dict[str, float]] = []
    for needs in (size for size in SIZES if size <= most):
        problem = province(needs, max(8, needs // NEEDS_A_SUPPLIER), seed=seed)
        _, recorder = recorded(problem, Limits(seconds=PATIENCE, workers=threads), seed, _both)
        rows.append({"needs": needs, "options": len(problem.options), **recorder.phases})
        print(
            f"{needs} needs  " + "  ".join(f"{key} {value:.2f} s" for key, value in recorder.phases.items()),
            flush=True,
        )
        series = {
            title: (sizes, seconds, exponent(sizes, seconds))
            for phase, title in PHASES.items()
            if (sizes := [int(row["options"]) for row in rows if phase in row])
            and (seconds := [max(1e-3, row[phase]) for row in rows if phase in row])
        }
        fits = {title: round(power, 3) for title, (_, _, power) in series.items()}
        (out / "scaling.json").write_text(json.dumps({"exponents": fits, "rows": rows}, indent=1), "utf-8")
        plots.draw_growth(series, out / "scaling.svg")


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The power p for which seconds = c · size^p fits best (least squares of the logarithms); 0 for one size."""
    x, y = [math.log(size) for size in sizes], [math.log(second) for second in seconds]
    middle, height = sum(x) / len(x), sum(y) / len(y)
    spread = sum((value - middle) ** 2 for value in x)
    return sum((a - middle) * (b - height) for a, b in zip(x, y, strict=True)) / spread if spread else 0.0


def _both(recorder: Recorder) -> bool:
    return all(phase in recorder.phases for phase in PHASES)
