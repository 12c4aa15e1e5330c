"""Why this supplier, why not another, why nobody, and what would change it: one need of a run, in words.

Everything is computed from the problem and the plan as they are stored, so that a run says the same for ever.
"""

from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
import asyncpg

from shangmen import database
from shangmen.access import Scope
from shangmen.supply.matching_runs import phrases, queries
from shangmen.supply.matching_runs.adapter import (
    Alternative,
    Assignment,
    Explanation,
    Move,
    Option,
    Problem,
    Remedy,
    explain,
    line_of,
    loads,
    need_id,
    number_of,
    problem_from_json,
    supplier_id,
    variant,
)
from shangmen.supply.matching_runs.run.problem import TIES, tie_broken_by
from shangmen.web.language import gettext as _

TIE_WORDS = {
    "township": "As far as the other; the station of the recipient's own township comes first.",
    "lot": "As far as the other; the supplier of the lot comes first.",
    "load": "As far as the other; the less loaded supplier comes first.",
    "present": "As far as the other; the present supplier comes first.",
    "code": "As far as the other in everything; the lower code comes first.",
    "": "",
}


@dataclass
class Other:
    """An alternative in words."""

    supplier: int
    name: str
    line: int | None
    metres: int
    word: str  # of the override form
    fits: bool
    extra_metres: int  # a month, against the plan; negative is nearer
    lines: list[str] = field(default_factory=list)


@dataclass
class Answer:
    """Everything that the page of one need says."""

    supplier: int | None
    pinned: bool
    others: list[Other]
    options: list[tuple[str, str]]  # of the override form
    reasons: list[dict[str, Any]]
    ruled_out: list[dict[str, Any]]
    change: str
    tie: str


@database.scoped
async def answer(scope: Scope, run: int, proposal: asyncpg.Record) -> Answer:
    """Explains one need of a run; `proposal` is a row of queries.proposal."""
    text, plan = await queries.plan(scope, run)
    problem = problem_from_json(text)
    names = {row["id"]: row["name"] for row in await queries.suppliers(scope)}
    assignments = [Assignment(need_id(n), supplier_id(s), variant(line)) for n, s, line in plan]
    told = await anyio.to_thread.run_sync(explain, problem, assignments, need_id(proposal["need"]))
    moves = [a.move for a in told.alternatives if a.move] + [move for r in told.remedies for move in r.moves()]
    moved = await queries.need_words(scope, [number_of(move.need) for move in moves])
    teller = _Teller(problem, proposal, names, moved)
    others = [teller.other(told, alternative) for alternative in told.alternatives]
    entries = database.from_json(proposal["reasons"])
    return Answer(
        supplier=proposal["supplier"],
        pinned=told.pinned,
        others=others,
        options=[(other.word, f"{other.name} · {other.metres / 1000:.1f} km") for other in others],
        reasons=[shown(entry, names) for entry in entries if "metres" not in entry[2]]
        or [shown(entry, names) for entry in entries[:1] if proposal["supplier"] is None],
        ruled_out=[shown(entry, names) for entry in entries if "metres" in entry[2]],
        change=teller.remedy(told, entries, names) if proposal["supplier"] is None else "",
        tie=teller.tie(told),
    )


def shown(entry: list[Any], names: dict[int, str]) -> dict[str, Any]:
    """A stored reason in words, with the supplier that it concerns."""
    code, _sentence, parameters = entry
    return {
        "code": code,
        "sentence": phrases.say(entry),
        "supplier": parameters.get("by"),
        "name": names.get(parameters.get("by"), ""),
        "metres": parameters.get("metres"),
    }


class _Teller:
    """Puts the library's data about one need into words."""

    def __init__(
        self, problem: Problem, proposal: asyncpg.Record, names: dict[int, str], moved: dict[int, str]
    ) -> None:
        self._options: dict[tuple[str, str], Option] = {
            (option.supplier, option.variant): option
            for option in problem.options
            if option.need == need_id(proposal["need"])
        }
        self._visits = proposal["visits_per_month"]
        self._names = names
        self._moved = moved

    def other(self, told: Explanation, alternative: Alternative) -> Other:
        """One alternative against what the plan does."""
        supplier, line = number_of(alternative.supplier), line_of(alternative.variant)
        option = self._options[alternative.supplier, alternative.variant]
        extra = alternative.extra.get("travel", 0)
        found = Other(
            supplier=supplier,
            name=self._names.get(supplier, f"#{supplier}"),
            line=line,
            metres=option.costs["travel"] // self._visits,
            word=f"{supplier}:{alternative.variant}",
            fits=alternative.fits,
            extra_metres=extra,
        )
        if told.supplier is not None:
            found.lines.append(self._way(extra))
            if alternative.extra.get("continuity", 0) > 0:
                found.lines.append(_("The recipient would change supplier."))
            if alternative.extra.get("continuity", 0) < 0:
                found.lines.append(_("The recipient would keep the present supplier."))
        if alternative.forbidden:
            found.lines.append(_("A person decided that this supplier does not serve this need."))
        elif alternative.fits:
            found.lines.append(_("There is room for it."))
        for row in alternative.blocking:
            found.lines.append(
                _(
                    "Not enough left of %(resource)s: %(asked)s asked, %(free)s free.",
                    resource=phrases.resource(row.resource),
                    asked=phrases.amount(row.asked, row.unit),
                    free=phrases.amount(max(0, row.free), row.unit),
                )
            )
        if alternative.move is not None:
            found.lines.append(self._move(alternative.move))
        return found

    def _way(self, extra: int) -> str:
        if extra == 0:
            return _("The way is as long.")
        word = "%(km)s km more a month." if extra > 0 else "%(km)s km less a month."
        return _(word, km=f"{abs(extra) / 1000:.1f}")

    def _move(self, move: Move) -> str:
        return _(
            "There would be room if %(need)s went from %(before)s to %(after)s (%(km)s km a month more).",
            need=self._moved.get(number_of(move.need), move.need),
            before=self._names.get(number_of(move.from_supplier), ""),
            after=self._names.get(number_of(move.to_supplier), ""),
            km=f"{move.extra.get('travel', 0) / 1000:.1f}",
        )

    def tie(self, told: Explanation) -> str:
        """Which rule decided between the chosen option and the best one that is as far."""
        if told.supplier is None:
            return ""
        mine = self._options[told.supplier, told.variant].costs
        for other in told.alternatives:
            theirs = self._options[other.supplier, other.variant].costs
            if other.fits and theirs["travel"] == mine["travel"] and TIES in theirs and mine[TIES] < theirs[TIES]:
                return _(TIE_WORDS[tie_broken_by(mine[TIES], theirs[TIES])])
        return ""

    def remedy(self, told: Explanation, entries: list[list[Any]], names: dict[int, str]) -> str:
        """The smallest single change that would serve the need."""
        if told.remedies:
            return self._remedy(told.remedies[0])
        short = [a for a in told.alternatives if a.blocking and not a.forbidden]
        if short:
            best = min(short, key=lambda a: max(row.missing / max(1, row.asked) for row in a.blocking))
            row = max(best.blocking, key=lambda row: (row.missing, len(row.resource)))
            return self._more(best.supplier, row.resource, row.missing, row.unit)
        if not entries:
            return ""
        first = shown(entries[0], names)
        return f"{first['name']}{_(': ') if first['name'] else ''}{first['sentence']}"

    def _remedy(self, remedy: Remedy) -> str:
        name = self._names.get(number_of(remedy.supplier), "")
        if remedy.kind == "FITS":
            return _("%(supplier)s has room for it: a longer run or an override serves it.", supplier=name)
        if remedy.kind == "LIFT":
            return self._lift(remedy, name)
        if remedy.then is not None:
            return f"{name}{_(': ')}{self._move(remedy.then)} {self._move(remedy.moves()[0])}"
        if remedy.move is not None:
            return f"{name}{_(': ')}{self._move(remedy.move)}"
        return self._more(remedy.supplier, remedy.resource, remedy.amount, remedy.unit)

    def _lift(self, remedy: Remedy, name: str) -> str:
        if remedy.move is not None:
            pinned = self._moved.get(number_of(remedy.move.need), remedy.move.need)
            word = _("A person pinned %(need)s; without that pin:", need=pinned)
            return f"{name}{_(': ')}{word} {self._move(remedy.move)}"
        if remedy.forbidden:
            return _("%(supplier)s has room; a person decided that it does not serve this need.", supplier=name)
        return _("%(supplier)s has room; a person decided that this need stays unserved.", supplier=name)

    def _more(self, supplier: str, resource: str, amount: int, unit: str) -> str:
        return _(
            "%(supplier)s could serve it with %(amount)s more of %(resource)s.",
            supplier=self._names.get(number_of(supplier), ""),
            amount=phrases.amount(amount, unit),
            resource=phrases.resource(resource),
        )


NEARLY_FULL = 0.9
"""From this share on, a resource that stands in the second row is shown in the first."""


@dataclass
class Load:
    """How full one resource of a supplier is under a plan."""

    label: str
    used: int
    capacity: int
    text: str
    main: bool


@database.scoped
async def meters(scope: Scope, run: int) -> list[tuple[asyncpg.Record, list[Load]]]:
    """Every supplier with what the plan, as it stands now, uses of each of its resources; the fullest first."""
    text, plan = await queries.plan(scope, run)
    if text is None:
        return []
    problem = problem_from_json(text)
    used = loads(problem, [Assignment(need_id(n), supplier_id(s), variant(line)) for n, s, line in plan])
    contracts = await _contracts(scope)
    mine: dict[int, list[Load]] = {}
    for row in problem.resources:
        amount, capacity = used[row.id]
        label = phrases.resource(row.id)
        if row.unit in ("units", "fen"):
            label = f"{label} · {contracts.get(row.id.partition('/')[0], '')}"
        words = f"{phrases.amount(amount, row.unit)} / {phrases.amount(capacity, row.unit)}"
        main = row.balanced or row.unit in ("needs", "fen") or amount > NEARLY_FULL * capacity
        mine.setdefault(number_of(row.supplier), []).append(Load(label, amount, capacity, words, main))
    rows = [(supplier, mine[supplier["id"]]) for supplier in await queries.suppliers(scope) if supplier["id"] in mine]
    return sorted(rows, key=lambda pair: -max((m.used / m.capacity if m.capacity else 0) for m in pair[1]))


async def _contracts(scope: Scope) -> dict[str, str]:
    """Words for contracts (c12) and their lines (l34)."""
    rows = await database.fetch(
        """
        SELECT c.id, c.number, l.id AS line, i.name AS item FROM contract c JOIN contract_line l ON l.contract = c.id
        JOIN service_item i ON i.id = l.service_item WHERE c.county = ANY(:counties)
        """,
        counties=list(scope.counties),
    )
    return {f"c{row['id']}": row["number"] for row in rows} | {
        f"l{row['line']}": f"{row['number']} {row['item']}" for row in rows
    }
