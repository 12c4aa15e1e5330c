"""D6: what telephones kept without a network comes in any order, twice and late, and is what happened."""

import asyncio
import os
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import asyncpg

from shangmen import clock
from tests.delivery.recording import signature
from tests.load.phones import PLACE, hand, timed
from tests.load.results import Result
from tests.load.serving import serving
from tests.load.traffic import Measured, Visitor
from tests.load.world import World

PHONES, VISITS = 200, 25  # an arrival and an end of each
AT_ONCE = 16
DOUBLED, CANCELLED = 0.2, 0.02
LATE, OFF = timedelta(days=7), 36  # hours

# The visits of so many hands were seven days ago; each hand gets some more of them, and some are cancelled.
_MOVED = f"""
SET session_replication_role = replica;
CREATE TEMP TABLE gone AS SELECT w.visit, w.worker, row_number() OVER (PARTITION BY w.worker ORDER BY w.starts) AS n
  FROM visit_worker w JOIN app_user u ON u.worker = w.worker
  WHERE u.login ~ '^hand[0-9]+$' AND substr(u.login, 5)::int < {PHONES};
CREATE TEMP TABLE more AS SELECT visit AS old, nextval(pg_get_serial_sequence('visit', 'id')) AS visit FROM gone
  WHERE n <= {VISITS} - (SELECT max(n) FROM gone);
INSERT INTO visit SELECT copy.* FROM more m JOIN visit v ON v.id = m.old, LATERAL jsonb_populate_record(v,
  jsonb_build_object('id', m.visit, 'planned_start', v.planned_start + interval '11 hours',
  'planned_end', v.planned_end + interval '11 hours')) copy;
INSERT INTO visit_worker (visit, worker, supplier, starts, ends, stands)
  SELECT m.visit, w.worker, w.supplier, w.starts + interval '11 hours', w.ends + interval '11 hours', true
  FROM more m JOIN visit_worker w ON w.visit = m.old;
INSERT INTO gone SELECT m.visit, w.worker, 99 FROM more m JOIN visit_worker w ON w.visit = m.visit;
UPDATE visit SET day = day - 7, planned_start = planned_start - interval '7 days',
  planned_end = planned_end - interval '7 days' WHERE id IN (SELECT visit FROM gone);
UPDATE visit_worker SET starts = starts - interval '7 days', ends = ends - interval '7 days'
  WHERE visit IN (SELECT visit FROM gone);
UPDATE visit SET state = 'cancelled', reason = 'weather' WHERE id IN (SELECT visit FROM gone WHERE n <> 99
  ORDER BY md5(visit::text) LIMIT {int(PHONES * VISITS * CANCELLED)});
SET session_replication_role = origin;
"""
_PLANNED = """
SELECT u.id AS "user", substr(u.login, 5)::int AS hand, v.id AS visit, v.planned_start AS start, v.state
FROM gone g JOIN visit v ON v.id = g.visit JOIN app_user u ON u.worker = g.worker ORDER BY g.worker, v.planned_start
"""


@dataclass
class Phone:
    """A telephone with a clock of its own, and what it kept."""

    user: int
    off: timedelta
    kept: list[dict[str, str]] = field(default_factory=list)

    def told(self, moment: datetime) -> str:
        """A moment in milliseconds, as this clock shows it."""
        return str(round((moment + self.off).timestamp() * 1000))

    def step(self, verb: str, visit: int, moment: datetime) -> None:
        """Something happens at the door."""
        item = {"verb": verb, "visit": str(visit), "user": str(self.user), "waited": "yes", "once": uuid.uuid4().hex}
        item |= {"queued_at": self.told(moment), "fixed_at": self.told(moment)}
        if verb == "check_out":
            item |= {"tasks": "cleaning", "signature": signature(visit % 60)}
        self.kept.append(item)


@dataclass
class Week:
    """What happened a week ago: the times of each visit that stood, and the visits that were cancelled."""

    phones: dict[int, Phone] = field(default_factory=dict)
    happened: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)
    took: dict[tuple[int, str], float] = field(default_factory=dict)  # seconds of an answer: what a time may be off


async def _week(world: World) -> Week:
    week, chance = Week(), random.Random(6)
    owner = await asyncpg.connect(world.owner)
    await owner.execute(_MOVED)
    for row in await owner.fetch(_PLANNED):
        phone = week.phones.setdefault(
            row["hand"], Phone(row["user"], timedelta(minutes=chance.randint(-OFF * 60, OFF * 60)))
        )
        begun = row["start"] + timedelta(seconds=chance.randint(0, 240))
        ended = begun + timedelta(minutes=15, seconds=chance.randint(0, 300))
        phone.step("check_in", row["visit"], begun)
        phone.step("check_out", row["visit"], ended)
        if row["state"] == "cancelled":
            week.cancelled.add(row["visit"])
        else:
            week.happened[row["visit"]] = begun, ended
    await owner.close()
    return week


async def _send(world: World, port: int, week: Week, measured: Measured) -> None:
    few = asyncio.Semaphore(AT_ONCE)

    async def send(number: int, phone: Phone) -> None:
        chance = random.Random(number)
        visitor: Visitor = hand(world, number, port)
        items = phone.kept + chance.sample(phone.kept, int(len(phone.kept) * DOUBLED))
        chance.shuffle(items)
        for item in items:
            async with few:
                status, begun = 503, time.monotonic()
                while status == 503:  # kept, and sent again a little later
                    form = urlencode({**item, "device_at": phone.told(clock.now())})
                    status = await timed(measured, visitor.ask("/phone/events", world.signed(f"{form}&{PLACE}")))
                key = int(item["visit"]), item["verb"]
                week.took[key] = max(week.took.get(key, 0.0), time.monotonic() - begun)
        visitor.close()

    await asyncio.gather(*(send(number, phone) for number, phone in week.phones.items()))


async def _wrong(world: World, week: Week) -> dict[str, int]:
    """How far what is stored differs from what happened."""
    owner = await asyncpg.connect(world.owner)
    visits = [*week.happened, *week.cancelled]
    records = await owner.fetch("SELECT visit, begun_at, ended_at FROM service_record WHERE visit = ANY($1)", visits)
    listed = await owner.fetch("SELECT visit, verb, state FROM phone_event WHERE visit = ANY($1)", visits)
    await owner.close()
    stored = {row["visit"]: (row["begun_at"], row["ended_at"]) for row in records}
    conflicts = {(row["visit"], row["verb"]) for row in listed if row["state"] != "booked"}
    wanted = {(visit, verb) for visit in week.cancelled for verb in ("check_in", "check_out")}
    apart = sum(
        abs(stored[visit][end] - times[end]) > timedelta(seconds=1 + week.took[visit, verb])
        for visit, times in week.happened.items()
        for end, verb in enumerate(("check_in", "check_out"))
        if visit in stored
    )
    return {
        "lost": len(set(week.happened) - set(stored)),
        "doubled": len(records) - len(stored),
        "of cancelled visits": len(week.cancelled & set(stored)),
        "at other times": apart,
        "conflicts that are not listed": len(wanted - conflicts),
        "listed that are none": len(conflicts - wanted),
    }


def kept_without_a_network(world: World, _seconds: float) -> list[Result]:
    """D6: 200 telephones send 50 steps each, a week late."""
    load, measured = os.getloadavg()[0], Measured()
    week = asyncio.run(_week(world))
    steps = sum(len(phone.kept) for phone in week.phones.values())
    with serving() as port:
        begun = time.monotonic()
        asyncio.run(_send(world, port, week, measured))
        measured.span = time.monotonic() - begun
    wrong = {what: count for what, count in asyncio.run(_wrong(world, week)).items() if count}
    odd = {status: count for status, count in measured.statuses.items() if status not in (200, 503)}
    seen = (
        f"{steps} steps of {len(week.phones)} telephones, {len(measured.seconds)} sent, {measured.rate:.0f}/s;"
        f" {len(week.cancelled)} visits cancelled meanwhile; wrong: {wrong or 'nothing'}; odd answers: {odd or 'none'}"
    )
    what = "200 telephones × 50 steps without a network, shuffled, 20 % twice, 7 days late, clocks ± 36 h"
    wanted = "equal to what happened, 0 lost, every conflict listed"
    return [Result("D6", what, wanted, seen, not wrong and not odd, measured.span, load)]
