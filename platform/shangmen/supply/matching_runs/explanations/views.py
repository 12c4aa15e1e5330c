"""Why this supplier, why not another, why nobody, and what would change it; and how full each supplier is.

Everything is computed from the problem and the plan as they are stored, so that a run says the same for ever.
"""

from dataclasses import dataclass

import anyio.to_thread

from shangmen import access, database
from shangmen.access import Scope
from shangmen.supply.matching_runs import phrases
from shangmen.supply.matching_runs.adapter import explain, loads, need_id, number_of, problem_from_json
from shangmen.supply.matching_runs.explanations.phrases import Other, Shown, Teller, shown
from shangmen.supply.matching_runs.proposals import queries
from shangmen.supply.matching_runs.proposals.queries import ProposalRow
from shangmen.supply.matching_runs.queries import SupplierRow, suppliers


@dataclass
class Answer:
    """Everything that the page of one need says."""

    supplier: int | None
    pinned: bool
    others: list[Other]
    options: list[tuple[str, str]]  # of the override form
    reasons: list[Shown]
    ruled_out: list[Shown]
    change: str
    tie: str


@database.scoped
async def answer(scope: Scope, run: int, proposal: ProposalRow) -> Answer:
    """Explains one need of a run."""
    text, served = await queries.plan(scope, run)
    problem = problem_from_json(text)
    names = {row.id: row.name for row in await suppliers(scope)}
    plan = [row.assignment() for row in served]
    told = await anyio.to_thread.run_sync(explain, problem, plan, need_id(proposal.need))
    moves = [a.move for a in told.alternatives if a.move] + [move for r in told.remedies for move in r.moves()]
    moved = await queries.need_words(scope, [number_of(move.need) for move in moves])
    teller = Teller(problem, proposal, names, moved)
    others = [teller.other(told, alternative) for alternative in told.alternatives]
    reasons = proposal.reasons
    unserved = proposal.supplier is None
    return Answer(
        supplier=proposal.supplier,
        pinned=told.pinned,
        others=others,
        options=[(other.word, f"{other.name} · {other.metres / 1000:.1f} km") for other in others],
        reasons=[shown(reason, names) for reason in reasons if not reason.by_rule]
        or [shown(reason, names) for reason in reasons[:1] if unserved],
        ruled_out=list(dict.fromkeys(shown(reason, names) for reason in reasons if reason.by_rule)),
        change=teller.remedy(told, reasons) if unserved else "",
        tie=teller.tie(told),
    )


async def remedy(scope: Scope, run: int, proposal: ProposalRow) -> str:
    """The smallest change that would serve a need that is left out, "" where none is known.

    Whoever may read the need may know it. It follows from the whole plan, of which a station sees only its own part,
    so it is computed for the county; other needs are told by service, township and number, and nobody is named.
    """
    if proposal.supplier is not None:
        return ""
    whole = access.system(scope.county, purpose="matching_runs.why")
    return (await answer(whole, run, proposal)).change


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
async def meters(scope: Scope, run: int) -> list[tuple[SupplierRow, list[Load]]]:
    """Every supplier with what the plan, as it stands now, uses of each of its resources; the fullest first."""
    text, served = await queries.plan(scope, run)
    if not text:
        return []
    problem = problem_from_json(text)
    used = loads(problem, [row.assignment() for row in served])
    contracts = await queries.contract_words(scope)
    mine: dict[int, list[Load]] = {}
    for row in problem.resources:
        if not row.supplier:  # what the ladder grants somebody is nobody's to be full
            continue
        amount, capacity = used[row.id]
        label = phrases.resource(row.id)
        if row.unit in ("units", "fen"):
            label = f"{label} · {contracts.get(row.id.partition('/')[0], '')}"
        words = f"{phrases.amount(amount, row.unit)} / {phrases.amount(capacity, row.unit)}"
        main = row.balanced or row.unit in ("needs", "fen") or amount > NEARLY_FULL * capacity
        mine.setdefault(number_of(row.supplier), []).append(Load(label, amount, capacity, words, main))
    rows = [(supplier, mine[supplier.id]) for supplier in await suppliers(scope) if supplier.id in mine]
    return sorted(rows, key=lambda pair: -max((m.used / m.capacity if m.capacity else 0) for m in pair[1]))
