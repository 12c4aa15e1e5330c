"""What happened: matching, offers, rosters, visits with their proof, statements up to the payment."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from PIL import Image, ImageDraw

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.service_records import actions as records
from shangmen.delivery.service_records.at_the_door.tasks import Task
from shangmen.delivery.service_records.forms import CheckInForm, CheckOutForm, ReasonForm
from shangmen.delivery.service_records.photos import actions as photos
from shangmen.delivery.service_records.photos import reader
from shangmen.delivery.service_records.photos.actions import Picture
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.states import Confirmation, PhotoKind
from shangmen.delivery.visits import actions as visits
from shangmen.delivery.visits.forms import CancelForm, CancelReason, FillForm, MissedForm
from shangmen.demo.places import County
from shangmen.errors import Conflict
from shangmen.foundation.catalogue.states import Proof
from shangmen.supply.matching_runs import actions as runs
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job
from shangmen.supply.placements.offers import actions as offers


@contextmanager
def at(day: date, minute: int) -> Iterator[None]:
    """The clock stands at a time of a business day."""
    with clock.stopped_at(clock.at(day, minute)):
        yield


async def match(made: County, starts_on: date, seed: int, seconds: int, placed: str) -> int:
    """A matching run, solved here and now; its id."""
    officer = await made.scope("bureau")
    form = RunForm(starts_on=starts_on, seed=seed, seconds=seconds, placed=placed)  # type: ignore[arg-type]  # a word
    run = await runs.start(officer, form)
    await job.solve(made.system, run)
    return run


async def approve(made: County, run: int) -> int:
    """Approve a run; how many offers that made."""
    return await approval.approve(await made.scope("bureau2"), run)


def desks(made: County) -> list[str]:
    """Log-ins of everybody who answers for a supplier."""
    stations = [f"station{number}" for number in range(1, len(made.stations) + 1)]
    return [*stations, *(f"provider{number}" for number in range(1, len(made.providers) + 1))]


async def accept(made: County, but: tuple[str, ...] = ()) -> int:
    """Every supplier accepts what it was offered, but some who have not answered yet."""
    return sum([await offers.accept_all(await made.scope(login)) for login in desks(made) if login not in but])


async def fill(made: County, first: date, last: date, seed: int) -> None:
    """Every supplier fills its roster."""
    for login in desks(made):
        await visits.fill(await made.scope(login), FillForm(first=first, last=last, seed=seed))


@dataclass(frozen=True)
class Stop(database.Row):
    """A planned visit as its worker finds it."""

    visit: int
    supplier: int
    start: datetime
    end: datetime
    latitude: Decimal
    longitude: Decimal
    workers: list[int]
    proof: list[Proof]


async def planned(made: County, before: datetime) -> list[Stop]:
    """Visits that should have happened by a moment."""
    async with database.transaction(made.system):
        return await database.rows(
            Stop,
            """
            SELECT v.id AS visit, v.supplier, v.planned_start AS start, v.planned_end AS "end",
                   v.latitude, v.longitude, array_agg(w.worker ORDER BY w.worker) AS workers, i.proof
            FROM visit v JOIN service_item i ON i.id = v.service_item
            JOIN visit_worker w ON w.visit = v.id AND w.stands
            WHERE v.county = :county AND v.state = 'planned' AND v.planned_end < :before
            GROUP BY v.id, i.id ORDER BY v.supplier, v.planned_start, v.id
            """,
            county=made.county,
            before=before,
        )


async def deliver(made: County, stops: list[Stop], seed: int) -> int:
    """The workers make their visits: most with full proof, some with gaps; how many records that made."""
    dice = random.Random(f"month {seed}")
    users = await _users(made)
    written = 0
    for supplier, group in groupby(stops, key=lambda stop: stop.supplier):
        manager = await _manager(made, supplier)
        for stop in group:
            chance = dice.random()
            if chance < 0.02:
                with clock.stopped_at(stop.start - timedelta(hours=3)):
                    reason = dice.choice((CancelReason.AWAY, CancelReason.WEATHER, CancelReason.WORKER))
                    await visits.cancel(manager, stop.visit, CancelForm(reason=reason))
            elif chance < 0.03:
                with clock.stopped_at(stop.end + timedelta(hours=2)):
                    await visits.mark_missed(manager, stop.visit, MissedForm(note="无人应门"))
            else:
                await _one(stop, [users[worker, supplier] for worker in stop.workers], dice)
                written += 1
    return written


async def _one(stop: Stop, people: list[Scope], dice: random.Random) -> None:
    """One visit from arrival to signature."""
    begun = stop.start + timedelta(minutes=dice.randrange(0, 5))
    ended = stop.end + timedelta(minutes=dice.randrange(-1, 3))
    lost = dice.random() < 0.03  # no fix: location switched off, or no sky
    apart = dice.random() < 0.015  # the fix is elsewhere
    shown = _shown(stop)
    for person in people:
        with clock.stopped_at(begun):
            await records.check_in(person, stop.visit, CheckInForm(**_fix(stop, dice, lost, apart)))
    for number, kind in enumerate(shown):
        with clock.stopped_at(begun + timedelta(minutes=1) if number == 0 else ended - timedelta(minutes=1)):
            amount = Decimal(dice.randrange(300, 9000)) / 100
            await photos.add(people[0], stop.visit, _picture(dice), PhotoForm(file=b"", kind=kind, amount=amount))
    with clock.stopped_at(ended):
        await records.check_out(people[0], stop.visit, _log(stop, dice, lost, apart))


def _shown(stop: Stop) -> list[PhotoKind]:
    """What is photographed at a visit: what its service asks for."""
    asked = {
        Proof.PHOTO: [PhotoKind.BEFORE, PhotoKind.AFTER],
        Proof.RECEIPT: [PhotoKind.RECEIPT],
    }
    return [kind for proof in stop.proof for kind in asked.get(proof, [])]


def _picture(dice: random.Random) -> Picture:
    """A small invented scene of coloured boxes, that no other looks like."""
    scene = Image.new("RGB", (240, 180), tuple(dice.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(scene)
    for _box in range(24):
        x, y = dice.randrange(240), dice.randrange(180)
        box = (x, y, x + dice.randrange(10, 80), y + dice.randrange(10, 60))
        draw.rectangle(box, fill=tuple(dice.randrange(256) for _ in range(3)))
    image, (across, down) = reader.written(scene), reader.looks(scene)
    digest = hashlib.sha256(image).digest()
    return Picture(clock.now(), None, None, *scene.size, across, down, image, digest)


def _signs(stop: Stop, dice: random.Random) -> dict[str, Any]:
    """What is measured where the service asks for it."""
    if Proof.VITALS not in stop.proof:
        return {}
    upper = dice.randrange(105, 165)
    return {"systolic": upper, "diastolic": upper - dice.randrange(35, 60), "pulse": dice.randrange(58, 96)}


def _fix(stop: Stop, dice: random.Random, lost: bool, apart: bool) -> dict[str, Any]:
    if lost:
        return {"position_absent": "手机无定位信号"}
    spread = 0.02 if apart else 0.0004
    now = int(clock.now().timestamp()) * 1000  # by a telephone whose clock is right
    return {
        "latitude": (stop.latitude + Decimal(f"{dice.uniform(spread / 2, spread):.6f}")).quantize(Decimal("1e-6")),
        "longitude": (stop.longitude - Decimal(f"{dice.uniform(0, spread):.6f}")).quantize(Decimal("1e-6")),
        "accuracy": dice.randrange(8, 60),
        "device_at": now,
        "fixed_at": now - 3000,
    }


def _log(stop: Stop, dice: random.Random, lost: bool, apart: bool) -> CheckOutForm:
    chance = dice.random()
    signed: dict[str, Any] = {"confirmation": Confirmation.SIGNATURE, "signature": _signature(dice)}
    if chance < 0.06:
        signed = {"confirmation": Confirmation.THUMB, "confirmation_name": "邻居见证人"}
    elif chance < 0.08:
        signed = {"confirmation": Confirmation.WITNESS, "confirmation_name": "邻居见证人"}
    elif chance < 0.09:
        signed = {"confirmation": Confirmation.REFUSED, "no_confirmation_reason": "本人不愿签字"}
    return CheckOutForm(
        tasks=dice.sample(list(Task), 2),
        notes=dice.choice(("一切正常。", "精神不错，聊了家常。", "已提醒按时吃药。", "屋内整洁，取暖正常。")),
        mood=dice.choice(("good", "usual", "usual")),
        health=dice.choice(("good", "usual", "usual")),
        **signed,
        **_signs(stop, dice),
        **_fix(stop, dice, lost, apart),
    )


def _signature(dice: random.Random) -> str:
    """A scribble of its own."""
    strokes = []
    for _ in range(dice.randrange(2, 5)):
        x, y = dice.randrange(20, 200), dice.randrange(20, 80)
        points = []
        for _step in range(dice.randrange(6, 12)):
            x, y = x + dice.randrange(-8, 15), y + dice.randrange(-10, 11)
            points += [max(0, min(300, x)), max(0, min(120, y))]
        strokes.append(points)
    return database.to_json({"w": 300, "h": 120, "strokes": strokes})


async def _users(made: County) -> dict[tuple[int, int], Scope]:
    """(worker, organisation) -> the worker's scope."""
    logins = [login for login, role, _ in made.logins if role == Role.WORKER]
    scopes = [await made.scope(login) for login in logins]
    return {(scope.worker or 0, scope.organisation or 0): scope for scope in scopes}


async def _manager(made: County, supplier: int) -> Scope:
    if supplier in made.providers:
        return await made.scope(f"provider{made.providers.index(supplier) + 1}")
    return await made.scope(f"station{list(made.stations.values()).index(supplier) + 1}")


async def verify(made: County, seed: int, leave: int) -> None:
    """The stations (and the bureau, for stations' own visits) look at what was held; `leave` a few for later."""
    dice = random.Random(f"verify {seed}")
    waiting = await _held(made)
    for record in waiting[: max(0, len(waiting) - leave)]:
        station = await made.scope(f"station{list(made.stations.values()).index(record.station) + 1}")
        officer = await made.scope("bureau")
        who = officer if record.supplier == record.station else station
        reason = "无法证实到场"
        if dice.random() < 0.75:
            try:
                await records.accept(who, record.id, ReasonForm(reason="电话回访本人，确认服务属实"))
                continue
            except Conflict:
                reason = "同一时段另有一条已确认的记录"
        await records.reject(who, record.id, ReasonForm(reason=reason))


@dataclass(frozen=True)
class HeldRow(database.Row):
    """A record that waits for a decision."""

    id: int
    station: int
    supplier: int


async def _held(made: County) -> list[HeldRow]:
    async with database.transaction(made.system):
        return await database.rows(
            HeldRow,
            "SELECT r.id, r.station, r.supplier FROM verdict v JOIN service_record r ON r.id = v.service_record"
            " WHERE v.county = :county AND v.state = 'held' ORDER BY r.id",
            county=made.county,
        )


__all__ = ["accept", "approve", "at", "deliver", "fill", "match", "planned", "verify"]
