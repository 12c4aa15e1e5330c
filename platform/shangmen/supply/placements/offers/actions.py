"""Verbs on offers: offer, accept, decline, withdraw, lapse."""

from datetime import date, timedelta

from asyncpg.exceptions import UniqueViolationError

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.states import NeedState
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.states import ShareReason
from shangmen.errors import Conflict, DomainError, Forbidden, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.holidays import queries as holidays
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import ledger, pricing
from shangmen.supply.placements import endings, queries, rules
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.reservation import units_between
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.supply.placements.tables import Offer, Placement
from shangmen.web.language import gettext, words

OFFERABLE = (NeedState.APPROVED, NeedState.WAITING, NeedState.PLACED)

LAPSED = "offer_lapsed"


def _in_words(state: str) -> str:
    return gettext(words(state))


@database.scoped
async def offer(
    scope: Scope,
    *,
    need: int,
    supplier: int,
    contract_line: int | None,
    metres: int,
    matching_run: int | None,
    valid_from: date,
    valid_to: date | None,
) -> int:
    """Offer a need to a supplier, share the person with it, and put the offer on its work list.

    `valid_to` is the wanted end, None as long as need and contract last. Refused while the supplier is suspended or
    lacks a mandatory qualification, for days before the need or the entitlement begins, and for what the ladder does
    not grant; Conflict when the need is not waiting, or another offer of it is open.
    """
    wanted = await queries.placeable(scope, need)
    if wanted.state not in OFFERABLE:
        raise Conflict("A need that is %(state)s cannot be offered.", state=_in_words(wanted.state))
    who = await rules.supplier(scope, supplier)
    if who.county != wanted.county:
        raise Refused("Only a station or a provider of the county can serve a need.")
    await rules.refuse_early(scope, wanted, valid_from)
    line = await rules.line_for(scope, wanted, who, contract_line, valid_from)
    await rules.refuse_ungranted(scope, wanted, line, valid_from)
    last = rules.last_day_of(wanted, line, valid_to)
    if last is not None and last < valid_from:
        raise Refused("The end is before the beginning.")
    calendar = await holidays.working_days(scope, clock.today())
    answer_by = calendar.after(clock.today(), await catalogue.parameter(scope, "offer_answer_days"))
    if await Offer.exists().where(Offer.need == need, Offer.state == OfferState.OFFERED):
        raise Conflict("Another offer of this need is still open.")
    try:
        id = await database.add(
            Offer(
                county=wanted.county,
                station=wanted.station,
                supplier=supplier,
                need=need,
                person=wanted.person,
                contract_line=contract_line,
                matching_run=matching_run,
                metres=metres,
                valid_from=valid_from,
                valid_to=valid_to,
                state=OfferState.OFFERED,
                answer_by=answer_by,
                reason="",
                created_at=clock.now(),
            )
        )
    except UniqueViolationError as clash:
        raise Conflict("Another offer of this need is still open.") from clash
    async with database.elevated(scope) as system:
        # Also with the station itself: its workers see whom they serve, not everybody whom the station knows.
        await recipients.share(system, wanted.person, supplier, clock.today(), last, ShareReason.OFFER)
        await tasks.close(system, "offer_declined", "need", need)
        await tasks.open(
            system,
            organisation=supplier,
            role=rules.MANAGERS[OrganisationKind(who.kind)],
            kind="offer_waiting",
            subject="organisation",
            subject_id=supplier,
            route="placements.offers",
            params={"state": OfferState.OFFERED},
            message="Offers are waiting for your answer.",
            due=answer_by,
        )
    record(scope, "placements.offer", "offer", id, need=need, supplier=supplier, run=matching_run)
    return id


async def _open_offer(id: int) -> Offer:
    """Lock an offer that is still open; raises NotFound, or Conflict when it is decided."""
    row = await database.lock(Offer, id)
    if row.state != OfferState.OFFERED:
        raise Conflict("This offer has been answered already: %(state)s.", state=_in_words(row.state))
    return row


def _answers(scope: Scope, row: Offer) -> None:
    """The supplier itself answers, nobody for it."""
    if scope.role != Role.SYSTEM and scope.organisation != row.supplier:
        raise Forbidden("Only the supplier answers an offer.")


async def _decide(scope: Scope, row: Offer, state: OfferState, reason: str = "") -> None:
    """Note the answer; the supplier's task goes when no offer of it is open any more."""
    await database.change(
        Offer,
        row.id,
        {
            Offer.state: OfferState(row.state).to(state),
            Offer.reason: reason,
            Offer.decided_at: clock.now(),
            Offer.decided_by: scope.user,
        },
    )
    if not await Offer.exists().where(Offer.supplier == row.supplier, Offer.state == OfferState.OFFERED):
        await tasks.close(scope, "offer_waiting", "organisation", row.supplier)


@database.scoped
async def accept(scope: Scope, offer: int) -> int:
    """Accept an offer: hold the units and the money of its term on the contract line, place the need.

    An answer that comes after the first day begins today: nothing is held for days on which nobody came. A placement
    that another supplier still holds ends on the day before. Conflict with what is left when the contract cannot take
    it, or when the days of the offer are over, Refused when the supplier may not take on new work or the ladder does
    not grant it any more, Forbidden for anybody but the supplier.
    """
    row = await _open_offer(offer)
    _answers(scope, row)
    who = await rules.supplier(scope, row.supplier)
    async with database.elevated(scope) as system:
        need = await queries.placeable(system, row.need)
        if need.state not in OFFERABLE:
            raise Conflict("A need that is %(state)s cannot be placed.", state=_in_words(need.state))
        first = max(clock.today(), row.valid_from)
        await rules.refuse_early(system, need, first)
        line = await rules.line_for(system, need, who, row.contract_line, first)
        await rules.refuse_ungranted(system, need, line, first)
        last = rules.last_day_of(need, line, row.valid_to)
        if last is not None and last < first:
            raise Conflict("The days of this offer are over.")
        units = yuan = pricing.ZERO
        if line is not None:
            _visits, units, yuan = units_between(need.demand, line.terms, first, last or line.term_to)
            await ledger.reserve(system, line.id, units, yuan)
        before = (
            await Placement.objects()
            .where(Placement.need == need.id, Placement.state == PlacementState.IN_FORCE)
            .lock_rows("UPDATE")
            .first()
        )
        if before is not None:
            await endings.finish(system, before, first - timedelta(days=1), "Another supplier takes over.")
        placement = await database.add(
            Placement(
                county=row.county,
                station=row.station,
                supplier=row.supplier,
                offer=offer,
                need=row.need,
                person=row.person,
                contract_line=row.contract_line,
                metres=row.metres,
                valid_from=first,
                valid_to=last,
                reserved_units=units,
                reserved_yuan=yuan,
                state=PlacementState.IN_FORCE,
                end_reason="",
                created_at=clock.now(),
            )
        )
        await recipients.share(system, row.person, row.supplier, clock.today(), last, ShareReason.PLACEMENT)
        if need.state != NeedState.PLACED:
            await needs.place(system, need.id)
    await _decide(scope, row, OfferState.ACCEPTED)
    record(scope, "placements.accept", "offer", offer, placement=placement)
    record(scope, "placements.begin", "placement", placement, reserved_units=units, reserved_yuan=yuan)
    return placement


@database.scoped
async def accept_all(scope: Scope) -> int:
    """Accept every open offer to one's own organisation, the oldest first; how many were.

    Those that a rule or an exhausted contract refuses stay open, and the others are accepted all the same.
    """
    waiting = (
        await Offer.select(Offer.id)
        .where(Offer.supplier == scope.organisation, Offer.state == OfferState.OFFERED)
        .order_by(Offer.id)
        .output(as_list=True)
    )
    count = 0
    for offer in waiting:
        try:
            async with endings.apart():
                await accept(scope, offer)
        except DomainError:
            continue
        count += 1
    return count


@database.scoped
async def decline(scope: Scope, offer: int, form: ReasonForm) -> int:
    """Decline an offer; the need waits again and the bureau is told. Forbidden for anybody but the supplier."""
    row = await _open_offer(offer)
    _answers(scope, row)
    await _decide(scope, row, OfferState.DECLINED, form.reason)
    async with database.elevated(scope) as system:
        await endings.forget(system, row)
        await endings.free(system, row.need)
        await tasks.open(
            system,
            organisation=await endings.bureau(system),
            role=Role.BUREAU_OFFICER,
            kind="offer_declined",
            subject="need",
            subject_id=row.need,
            route="placements.offer",
            params={"id": offer},
            message="%(supplier)s declined an offer: %(reason)s",
            supplier=scope.organisation_name,
            reason=form.reason,
        )
    record(scope, "placements.decline", "offer", offer, form.reason)
    return offer


@database.scoped
async def withdraw(scope: Scope, offer: int) -> int:
    """Take an open offer back; its need goes on waiting."""
    row = await _open_offer(offer)
    await take_back(scope, row, "")
    return offer


async def take_back(scope: Scope, row: Offer, reason: str) -> None:
    """Withdraw a locked offer."""
    await _decide(scope, row, OfferState.WITHDRAWN, reason)
    async with database.elevated(scope) as system:
        await endings.forget(system, row)
    record(scope, "placements.withdraw", "offer", row.id, reason)


@database.scoped
async def lapse(scope: Scope, offer: int) -> int:
    """An offer that nobody answered in time is over; the next run offers its need elsewhere, and the bureau is told.

    For the clock: raises ImpossibleMove for an offer that was answered.
    """
    row = await _open_offer(offer)
    await _decide(scope, row, OfferState.LAPSED)
    await endings.forget(scope, row)
    await endings.free(scope, row.need)
    supplier = await database.read(Organisation, row.supplier)
    await tasks.open(
        scope,
        organisation=await endings.bureau(scope),
        role=Role.BUREAU_OFFICER,
        kind=LAPSED,
        subject="organisation",
        subject_id=row.supplier,
        route="placements.offers",
        params={"supplier": row.supplier, "state": OfferState.LAPSED},
        message="%(supplier)s did not answer offers in time; the next matching looks for somebody else.",
        supplier=supplier.name,
    )
    record(scope, "placements.lapse", "offer", offer, answer_by=row.answer_by)
    return offer
