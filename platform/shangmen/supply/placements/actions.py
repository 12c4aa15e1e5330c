"""Verbs on offers and placements: offer, accept, decline, withdraw, end."""

from datetime import date, timedelta

import asyncpg
from asyncpg.exceptions import UniqueViolationError

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.needs import actions as needs
from shangmen.demand.recipients import actions as recipients
from shangmen.errors import Conflict, DomainError, Forbidden, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import ledger, pricing
from shangmen.supply.placements import endings, rules
from shangmen.supply.placements.forms import EndForm, ReasonForm
from shangmen.supply.placements.reservation import units_between
from shangmen.web.language import gettext, words

OFFERABLE = ("approved", "waiting", "placed")
MANAGERS = {"station": Role.STATION_SCHEDULER, "provider": Role.PROVIDER_MANAGER}


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
    lacks a mandatory qualification; Conflict when the need is not waiting, or another offer of it is open.
    """
    wanted = await rules.need(need)
    if wanted is None:
        raise NotFound
    if wanted["state"] not in OFFERABLE:
        raise Conflict("A need that is %(state)s cannot be offered.", state=_in_words(wanted["state"]))
    who = await rules.supplier(scope, supplier)
    if who["county"] != wanted["county"]:
        raise Refused("Only a station or a provider of the county can serve a need.")
    line = await rules.line_for(scope, wanted, who, contract_line, valid_from)
    last = rules.last_day_of(wanted, line, valid_to)
    if last is not None and last < valid_from:
        raise Refused("The end is before the beginning.")
    answer_by = clock.today() + timedelta(days=await catalogue.parameter(scope, "offer_answer_days"))
    if await database.fetch_value("SELECT 1 FROM offer WHERE need = :need AND state = 'offered'", need=need):
        raise Conflict("Another offer of this need is still open.")
    try:
        id = await database.insert(
            "offer",
            county=wanted["county"],
            station=wanted["station"],
            supplier=supplier,
            need=need,
            person=wanted["person"],
            contract_line=contract_line,
            matching_run=matching_run,
            metres=metres,
            valid_from=valid_from,
            valid_to=valid_to,
            state="offered",
            answer_by=answer_by,
            reason="",
            created_at=clock.now(),
        )
    except UniqueViolationError as clash:
        raise Conflict("Another offer of this need is still open.") from clash
    async with database.elevated(scope) as system:
        # Also with the station itself: its workers see whom they serve, not everybody whom the station knows.
        await recipients.share(system, wanted["person"], supplier, clock.today(), last, "offer")
        await tasks.close(system, "offer_declined", "need", need)
        await tasks.open(
            system,
            organisation=supplier,
            role=MANAGERS[who["kind"]],
            kind="offer_waiting",
            subject="organisation",
            subject_id=supplier,
            route="placements.offers",
            params={"state": "offered"},
            message="Offers are waiting for your answer.",
            due=answer_by,
        )
    record(scope, "placements.offer", "offer", id, need=need, supplier=supplier, run=matching_run)
    return id


async def _open_offer(scope: Scope, id: int) -> asyncpg.Record:
    """Lock an offer that is still open; raises NotFound, or Conflict when it is decided."""
    row = await database.fetch_one("SELECT * FROM offer WHERE id = :id FOR UPDATE", id=id)
    if row is None:
        raise NotFound
    if row["state"] != "offered":
        raise Conflict("This offer has been answered already: %(state)s.", state=_in_words(row["state"]))
    return row


def _answers(scope: Scope, row: asyncpg.Record) -> None:
    """The supplier itself answers, nobody for it."""
    if scope.role != Role.SYSTEM and scope.organisation != row["supplier"]:
        raise Forbidden("Only the supplier answers an offer.")


async def _decide(scope: Scope, row: asyncpg.Record, state: str, reason: str = "") -> None:
    """Note the answer; the supplier's task goes when no offer of it is open any more."""
    await database.update(
        "offer", row["id"], state=state, reason=reason, decided_at=clock.now(), decided_by=scope.user
    )
    if not await database.fetch_value(
        "SELECT 1 FROM offer WHERE supplier = :supplier AND state = 'offered' LIMIT 1", supplier=row["supplier"]
    ):
        await tasks.close(scope, "offer_waiting", "organisation", row["supplier"])


@database.scoped
async def accept(scope: Scope, offer: int) -> int:
    """Accept an offer: hold the units and the money of its term on the contract line, place the need.

    A placement that another supplier still holds ends on the day before. Conflict with what is left when the contract
    cannot take it, Refused when the supplier may not take on new work, Forbidden for anybody but the supplier.
    """
    row = await _open_offer(scope, offer)
    _answers(scope, row)
    who = await rules.supplier(scope, row["supplier"])
    async with database.elevated(scope) as system:
        need = await rules.need(row["need"])
        assert need is not None
        if need["state"] not in OFFERABLE:
            raise Conflict("A need that is %(state)s cannot be placed.", state=_in_words(need["state"]))
        line = await rules.line_for(system, need, who, row["contract_line"], row["valid_from"])
        last = rules.last_day_of(need, line, row["valid_to"])
        units = yuan = pricing.ZERO
        if line is not None:
            _visits, units, yuan = units_between(need, line, row["valid_from"], last or line["term_to"])
            await ledger.reserve(system, line["id"], units, yuan)
        before = await database.fetch_one(
            "SELECT * FROM placement WHERE need = :need AND state = 'in_force' FOR UPDATE", need=need["id"]
        )
        if before is not None:
            await endings.finish(system, before, row["valid_from"] - timedelta(days=1), "Another supplier takes over.")
        placement = await database.insert(
            "placement",
            county=row["county"],
            station=row["station"],
            supplier=row["supplier"],
            offer=offer,
            need=row["need"],
            person=row["person"],
            contract_line=row["contract_line"],
            metres=row["metres"],
            valid_from=row["valid_from"],
            valid_to=last,
            reserved_units=units,
            reserved_yuan=yuan,
            state="in_force",
            end_reason="",
            created_at=clock.now(),
        )
        if need["state"] != "placed":
            await needs.place(system, need["id"])
    await _decide(scope, row, "accepted")
    record(scope, "placements.accept", "offer", offer, placement=placement)
    record(scope, "placements.begin", "placement", placement, reserved_units=units, reserved_yuan=yuan)
    return placement


@database.scoped
async def accept_all(scope: Scope) -> int:
    """Accept every open offer to one's own organisation, the oldest first; how many were.

    Those that a rule or an exhausted contract refuses stay open, and the others are accepted all the same.
    """
    waiting = await database.fetch(
        "SELECT id FROM offer WHERE supplier = :supplier AND state = 'offered' ORDER BY id",
        supplier=scope.organisation,
    )
    count = 0
    for row in waiting:
        try:
            async with endings.apart():
                await accept(scope, row["id"])
        except DomainError:
            continue
        count += 1
    return count


@database.scoped
async def decline(scope: Scope, offer: int, form: ReasonForm) -> int:
    """Decline an offer; the need waits again and the bureau is told. Forbidden for anybody but the supplier."""
    row = await _open_offer(scope, offer)
    _answers(scope, row)
    await _decide(scope, row, "declined", form.reason)
    async with database.elevated(scope) as system:
        await endings.forget(system, row)
        await endings.free(system, row["need"])
        await tasks.open(
            system,
            organisation=await endings.bureau(row["county"]),
            role=Role.BUREAU_OFFICER,
            kind="offer_declined",
            subject="need",
            subject_id=row["need"],
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
    row = await _open_offer(scope, offer)
    await take_back(scope, row, "")
    return offer


async def take_back(scope: Scope, row: asyncpg.Record, reason: str) -> None:
    """Withdraw a locked offer."""
    await _decide(scope, row, "withdrawn", reason)
    async with database.elevated(scope) as system:
        await endings.forget(system, row)
    record(scope, "placements.withdraw", "offer", row["id"], reason)


@database.scoped
async def end(scope: Scope, placement: int, form: EndForm) -> int:
    """End a placement after its last day `form.on`; the need waits again, what was held and not used is free.

    By the bureau or the need's station. `form.on` may lie in the past, as when a death is reported late; before the
    beginning it means that the placement never took effect. Refused after the present end.
    """
    row = await database.fetch_one("SELECT * FROM placement WHERE id = :id FOR UPDATE", id=placement)
    if row is None:
        raise NotFound
    if scope.reach != "county" and scope.organisation != row["station"]:
        raise Forbidden("The bureau or the recipient's station ends a placement.")
    if row["state"] != "in_force":
        raise Conflict("This placement has ended already.")
    if row["valid_to"] is not None and form.on > row["valid_to"]:
        raise Refused("It ends on %(last)s already.", field="on", last=row["valid_to"].isoformat())
    async with database.elevated(scope) as system:
        await endings.finish(system, row, form.on, form.reason)
        await endings.free(system, row["need"])
    return placement
