"""Where one more visit fits on the board, and what that would cost."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from carematch.rostering.board import Board, Placed
from carematch.rostering.rules import Span, subtract


class Opening(NamedTuple):
    """A worker's free stretch for a visit: it may start from `first` to `last`.

    `added` is the extra travel; `late` says that the far end lies next to another visit, so that
    a late start leaves less idle time than an early one.
    """

    first: int
    last: int
    added: int
    late: bool


class Offer(NamedTuple):
    """A place for a visit, cheapest first; the parts explain the cost. Ties go by day and worker."""

    cost: int
    day: int
    start: int
    workers: tuple[int, ...]
    travel: int
    unfamiliar: int
    off_rhythm: int

    def placed(self, demand: int) -> Placed:
        """The visit that this offer would put on the board."""
        return Placed(demand, self.day, self.start, self.workers)


def open_windows(board: Board, demand: int, day: int) -> list[Span]:
    """The windows of that day without the times at which the recipient has another visit."""
    spans: list[Span] = list(board.windows(demand, day))
    for hole in board.busy.get((board.demands[demand].recipient, day), ()):
        spans = subtract(spans, hole)
    return spans


def openings(
    board: Board, demand: int, worker: int, day: int, windows: list[Span], most: int | None = None
) -> list[Opening]:
    """Every stretch in which the worker could make the visit on that day.

    With `most`, stretches that add more minutes of travel are left out.

    This is the arithmetic form of the rules in_window, in_shift, home_in_shift, travel_between,
    daily_limit and horizon_limit; a property test holds it against the checker.
    """
    ranges = board.free[worker][day]
    if not ranges:
        return []
    person = board.workers[worker]
    length = board.demands[demand].minutes
    room = min(person.daily_minutes - board.day_work[worker][day], person.horizon_minutes - board.work[worker])
    room -= length
    if most is not None and most < room:
        room = most
    # A visit that adds less than no travel exists only in odd matrices; it is not looked for.
    if room < 0:
        return []
    minutes, here, base = board.ways.minutes, board.place[demand], board.base[worker]
    route = board.routes[worker][day]
    found: list[Opening] = []
    for i in range(len(route) + 1):
        before = route[i - 1] if i else None
        after = route[i] if i < len(route) else None
        if before and after and after.start - before.end < length:
            continue
        a = before.place if before else base
        b = after.place if after else base
        way_in, way_out = minutes(a, here), minutes(here, b)
        added = way_in + way_out - (minutes(a, b) if route else 0)
        if added > room:
            continue
        for start, end in ranges:
            low = max(start, before.end + way_in) if before else start + way_in
            high = min(end, after.start - way_out) if after else end - way_out
            if high - low < length:
                continue
            for opens, closes in windows:
                first, last = max(low, opens), min(high, closes) - length
                if first <= last:
                    found.append(Opening(first, last, added, before is None and after is not None))
    return found


def familiar(board: Board, demand: int, day: int) -> frozenset[int]:
    """Who counts as a familiar face for the demand; empty where nobody does yet."""
    preferred = board.preferred[demand]
    if not preferred.isdisjoint(board.fits(demand, day)):
        return preferred
    return frozenset(w for number in board.of_demand[demand] for w in board.visits[number].workers)


def rhythm(board: Board, demand: int, day: int, wanted: int) -> int:
    """Days by which a visit on that day would miss the even rhythm of `wanted` visits.

    Counted in the demand's visitable days, against its neighbours in time.
    """
    days = board.visitable[demand]
    if wanted < 2 or not days:
        return 0
    at, taken = bisect_left(days, day), board.taken[demand]
    i = bisect_left(taken, board.ordinals[day])
    missed, alone = 0, True
    for neighbour in ([taken[i - 1]] if i else []) + ([taken[i]] if i < len(taken) else []):
        if board.ordinals[0] <= neighbour <= board.ordinals[-1]:
            alone = False
            other = bisect_left(days, bisect_left(board.ordinals, neighbour))
            missed += abs(abs(at - other) * wanted - len(days)) // wanted
    # The first visit belongs into the first n-th of the days, so that the others find room behind.
    return max(0, at - len(days) // wanted) if alone else missed


def offers_on(
    board: Board, demand: int, day: int, off_rhythm: int, workers: Iterable[int], below: int | None = None
) -> Iterator[Offer]:
    """Offers for that day from these workers: the best of each worker, or of each pair.

    With `below`, offers that cost as much or more may be left out.
    """
    windows = open_windows(board, demand, day)
    if not windows:
        return
    weights = board.problem.weights
    faces = familiar(board, demand, day)
    paid = weights.spread * off_rhythm
    if board.demands[demand].staff_count == 2:
        yield from _pairs(board, demand, day, off_rhythm, list(workers), windows, faces, below)
        return
    for worker in workers:
        strange = 1 if faces and worker not in faces else 0
        floor = paid + weights.continuity * strange
        if below is not None and floor >= below:
            continue
        most = (below - floor) // weights.travel if below is not None and weights.travel else None
        best: Opening | None = None
        for opening in openings(board, demand, worker, day, windows, most):
            if best is None or opening.added < best.added:
                best = opening
        if best is not None:
            cost = floor + weights.travel * best.added + _load(board, worker, demand, best.added)
            start = _start(board, best.first, best.last, best.late)
            yield Offer(cost, day, start, (worker,), best.added, strange, off_rhythm)


def _pairs(
    board: Board,
    demand: int,
    day: int,
    off_rhythm: int,
    workers: list[int],
    windows: list[Span],
    faces: frozenset[int],
    below: int | None,
) -> Iterator[Offer]:
    """Offers of two different workers who are free at the same time."""
    weights = board.problem.weights
    alone: list[tuple[int, int, list[Opening], int, int]] = []
    for worker in workers:
        found = openings(board, demand, worker, day, windows)
        if found:
            strange = 1 if faces and worker not in faces else 0
            least = min(o.added for o in found)
            load = _load(board, worker, demand, least)
            cost = weights.continuity * strange + weights.travel * least + load
            alone.append((cost, worker, found, strange, load))
    alone.sort(key=lambda entry: entry[:2])
    paid = weights.spread * off_rhythm
    for i, (cost_a, a, found_a, strange_a, load_a) in enumerate(alone):
        for cost_b, b, found_b, strange_b, load_b in alone[i + 1 :]:
            # Sorted by what each costs alone: no later partner can be cheaper.
            if below is not None and paid + cost_a + cost_b >= below:
                break
            together = _together(found_a, found_b)
            if together is None:
                continue
            added, first, last, late = together
            strange = strange_a + strange_b
            cost = paid + weights.continuity * strange + weights.travel * added + load_a + load_b
            pair = (a, b) if a < b else (b, a)
            if below is None or cost < below:
                below = cost if below is not None else None
                start = _start(board, first, last, late)
                yield Offer(cost, day, start, pair, added, strange, off_rhythm)


def _together(one: list[Opening], other: list[Opening]) -> tuple[int, int, int, bool] | None:
    """The cheapest stretch that two workers share: added travel, first and last start."""
    best: tuple[int, int, int, bool] | None = None
    for a in one:
        for b in other:
            first, last = max(a.first, b.first), min(a.last, b.last)
            if first <= last and (best is None or a.added + b.added < best[0]):
                best = (a.added + b.added, first, last, a.late and b.late)
    return best


def _start(board: Board, first: int, last: int, late: bool) -> int:
    """A start on the grid where there is one: early, or late where that joins the next visit."""
    step = board.problem.step_minutes
    if late:
        start = last // step * step
        return start if start >= first else last
    start = -(-first // step) * step
    return start if start <= last else first


def _load(board: Board, worker: int, demand: int, added: int) -> int:
    """What the minutes cost for balance: more the nearer the worker is to the limit.

    The growth of work² / limit, a smooth stand-in for the balance goal.
    """
    limit = board.workers[worker].horizon_minutes
    if limit <= 0:
        return 0
    minutes = max(0, board.demands[demand].minutes + added)
    before = board.work[worker]
    return board.problem.weights.balance * ((2 * before + minutes) * minutes) // limit
