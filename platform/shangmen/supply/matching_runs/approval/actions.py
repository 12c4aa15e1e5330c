"""Approving a run: offers are made of its proposals, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.states import NeedState
from shangmen.errors import Conflict, DomainError
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs.certificate import Certificate, FrozenPolicy, Parameter, Skipped, Violation
from shangmen.supply.matching_runs.decisions import queries as decisions
from shangmen.supply.matching_runs.states import RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from shangmen.supply.placements.offers import actions as offers

UNPINNED = (
    "Pins say otherwise than this run on the needs %(needs)s. Apply the pins to it, lift them, or start another run."
)
NAMED = 12
CHANGED = "The need has changed since the run."


@database.scoped
async def approve(scope: Scope, run: int) -> int:
    """Make an offer of every new and moved need to its proposed supplier; how many offers were made.

    Needs that have changed since the run, and those that a supplier or a contract can no longer take, are skipped and
    listed in the certificate. A moved need keeps its placement until the new supplier accepts: nobody is left without
    help by a supplier that declines. Conflict while a pin that was made since says otherwise than a proposal, and
    unless the run is proposed: a second approval finds it approved.
    """
    standing = await database.lock(MatchingRun, run)
    if not standing.state.may(RunState.APPROVED):
        raise Conflict("Only a proposed run can be approved; this one was decided already.")
    if database.decoded(list[Violation], standing.violations):
        raise Conflict("The checker found violations in this plan. It cannot be approved.")
    await _keeps_pins(scope, run)
    versions = dict(database.decoded(FrozenPolicy, standing.policy).need_versions)
    made, skipped = 0, []
    for wanted in await _wanted(run):
        refusal = _stale(wanted, versions) or await _offer(scope, run, standing.starts_on, wanted)
        if refusal is None:
            made += 1
        else:
            skipped.append(refusal)
    proof = database.decoded(Certificate, standing.certificate)
    await database.change(
        MatchingRun,
        run,
        {
            MatchingRun.state: RunState.APPROVED,
            MatchingRun.approved_at: clock.now(),
            MatchingRun.approved_by: scope.user,
            MatchingRun.certificate: database.to_json(replace(proof, offers=made, skipped=skipped)),
        },
    )
    record(scope, "matching_runs.approve", "matching_run", run, offers=made, skipped=len(skipped))
    return made


async def _keeps_pins(scope: Scope, run: int) -> None:
    """Conflict while pins say otherwise than the proposals: a person's word is not passed over."""
    against = sorted({row.need for row in await decisions.contradictions(scope, run)})
    if against:
        named = ", ".join(f"#{need}" for need in against[:NAMED]) + (" …" if len(against) > NAMED else "")
        raise Conflict(UNPINNED, needs=named)


@dataclass(frozen=True)
class _Wanted(database.Row):
    """A new or moved need with its proposed supplier, and how the need stands now."""

    need: int
    supplier: int
    contract_line: int | None
    metres: int
    version: int
    state: NeedState
    valid_from: date
    valid_to: date | None


async def _wanted(run: int) -> list[_Wanted]:
    return await database.rows(
        _Wanted,
        """
        SELECT p.need, p.supplier, p.contract_line, p.metres, n.version, n.state, n.valid_from, n.valid_to
        FROM proposal p JOIN need n ON n.id = p.need
        WHERE p.matching_run = :run AND p.supplier IS NOT NULL AND p.change IN ('new', 'moved') ORDER BY p.need
        """,
        run=run,
    )


def _stale(wanted: _Wanted, versions: dict[int, int]) -> Skipped | None:
    """That a proposal no longer answers the need, or None."""
    if wanted.version != versions.get(wanted.need) or wanted.state not in (NeedState.WAITING, NeedState.PLACED):
        return Skipped(wanted.need, CHANGED, {})
    return None


async def _offer(scope: Scope, run: int, starts_on: date, wanted: _Wanted) -> Skipped | None:
    """Make one offer; when it is refused, why, and nothing of it is left."""
    transaction = database.ENGINE.current_transaction.get()
    assert transaction is not None, "a verb runs in a transaction"
    savepoint = await transaction.savepoint()
    try:
        await offers.offer(
            scope,
            need=wanted.need,
            supplier=wanted.supplier,
            contract_line=wanted.contract_line,
            metres=wanted.metres,
            matching_run=run,
            valid_from=max(starts_on, wanted.valid_from),
            valid_to=wanted.valid_to,
        )
    except DomainError as refused:
        await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo has no types here
        return Skipped(wanted.need, refused.message, _kept(refused.parameters))
    await savepoint.release()  # type: ignore[no-untyped-call]  # Piccolo has no types here
    return None


def _kept(parameters: Mapping[str, object]) -> dict[str, Parameter]:
    """What fills a refusal, as it can be stored."""
    return {name: one if isinstance(one, str | int | float | None) else str(one) for name, one in parameters.items()}
