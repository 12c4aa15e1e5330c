"""Photos of a visit: read safely, kept upright and bare, compared with all others, demanded by the catalogue."""

import hashlib
import io
import random
import resource
import struct
import zlib
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from shangmen import clock, database
from shangmen.delivery.service_records.photos import actions, reader
from shangmen.delivery.service_records.states import Confirmation, EvidenceClass, PhotoKind, VerdictState
from shangmen.delivery.service_records.tables import Photo, ServiceRecord
from shangmen.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery import pictures
from tests.delivery.recording import (
    DAY,
    arrive,
    found,
    leave,
    load_parameters,
    near_home,
    only,
    photographed,
    signature,
    verdict,
)
from tests.delivery.rows import Placed, placed_need, planned_visit

NINE = clock.at(DAY, 540)
TEN = clock.at(DAY, 600)


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    """Cleaning for person A, which asks for photos."""
    await load_parameters(cast)
    async with database.transaction(cast.system):
        await database.execute(
            """UPDATE service_item SET proof = '["position", "photo", "signature"]' WHERE id = :id""", id=cast.cleaning
        )
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def visited(cast: Cast, placed: Placed, start: datetime, content: bytes | None, **more: Any) -> tuple[int, int]:
    """A visit of an hour with a photo at its end, signed; the visit and its record."""
    visit = await planned_visit(cast, placed, start, cast.worker_a.worker or 0)
    jitter = visit % 97  # the very same position again and again is a finding
    await arrive(cast.worker_a, visit, start, **near_home(jitter=jitter + 3))
    end = start + timedelta(minutes=60)
    if content is not None:
        await photographed(cast.worker_a, visit, end - timedelta(minutes=2), content)
    signed = {"confirmation": Confirmation.SIGNATURE, "signature": signature(visit % 50)}
    return visit, await leave(cast.worker_a, visit, end, **{**near_home(jitter=jitter + 11), **signed, **more})


# --- reading ---


@pytest.mark.parametrize("orientation", [1, 2, 3, 6, 8])
def test_a_photo_of_twelve_megapixels_is_kept_upright_bare_and_small(orientation: int) -> None:
    shown = pictures.scene(7, 4000, 3000)
    noise = Image.effect_noise((4000, 3000), 40).convert("RGB")
    shown = Image.blend(shown, noise, 0.25)
    stored = pictures.held(shown, orientation)
    content = pictures.jpeg(stored, 92, NINE, (37.3, 105.92), orientation)
    said, image = reader.read(content)
    kept = Image.open(io.BytesIO(image))
    assert len(image) <= 200_000 and kept.size == (said.width, said.height)
    assert said.width > said.height and max(kept.size) <= 1600
    assert not kept.getexif() and b"Invented" not in image
    assert said.taken_at == "2026-03-12T09:00:00+08:00"
    assert (said.latitude, said.longitude) == (37.3, 105.92)
    upright, _bare = reader.read(pictures.jpeg(shown))
    assert upright.across is not None and said.across is not None and upright.down is not None
    assert said.down is not None
    assert apart((upright.across, upright.down), (said.across, said.down)) <= 14


def apart(one: tuple[int, int], other: tuple[int, int]) -> int:
    """In how many bits two pictures differ."""
    return sum(((a ^ b) & (1 << 64) - 1).bit_count() for a, b in zip(one, other, strict=True))


def malformed(count: int) -> list[bytes]:
    """Photos cut short, with bytes changed, of other kinds, and bombs."""
    dice = random.Random(5)
    whole = pictures.jpeg(pictures.scene(1))
    bomb = b"\x89PNG\r\n\x1a\n"
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(10**6)))
    ):  # fmt: skip
        bomb += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    gif = io.BytesIO()
    pictures.scene(2).save(gif, "GIF")
    made = [b"", b"\xff\xd8\xff", bomb, gif.getvalue(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"P6 9"]
    while len(made) < count:
        if dice.random() < 0.5:
            made.append(whole[: dice.randrange(2, len(whole) * 3 // 4)])
        else:
            made.append(dice.randbytes(dice.randrange(1, 4000)))
    return made


def test_what_is_no_photo_is_refused_and_memory_stays_flat() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for content in malformed(200):
        with pytest.raises(reader.Unreadable):
            reader.read(content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # kB


async def test_a_photo_is_read_in_a_process_of_its_own() -> None:
    content = pictures.jpeg(pictures.scene(3), taken=NINE)
    read = await actions.read(content)
    assert read.taken_at == NINE and read.source_digest == hashlib.sha256(content).digest()
    for broken in (content[:900], malformed(3)[2]):
        with pytest.raises(Refused) as refused:
            await actions.read(broken)
        assert refused.value.field == "file"


def test_a_picture_of_nothing_looks_like_no_other() -> None:
    said, _image = reader.read(pictures.jpeg(Image.new("RGB", (640, 480), "black")))
    assert said.across is None and said.down is None


# --- what the rules make of it ---


async def test_a_visit_with_its_photo_is_verified_in_the_best_class(cast: Cast, placed: Placed) -> None:
    visit, record = await visited(cast, placed, NINE, pictures.jpeg(pictures.scene(1), taken=TEN))
    assert await found(cast, record) == {}
    assert await verdict(cast, visit) is VerdictState.VERIFIED
    assert (await only(cast, ServiceRecord, ServiceRecord.id == record)).evidence_class is EvidenceClass.A


async def test_a_demanded_photo_that_is_missing_holds_and_is_never_the_best_class(cast: Cast, placed: Placed) -> None:
    visit, record = await visited(cast, placed, NINE, None)
    assert "proof_missing" in await found(cast, record)
    assert await verdict(cast, visit) is VerdictState.HELD
    assert (await only(cast, ServiceRecord, ServiceRecord.id == record)).evidence_class is EvidenceClass.B


@pytest.mark.parametrize("again", ["as it is", "a screenshot", "stored anew"])
async def test_a_photo_used_twice_is_held_and_so_is_the_first_visit(cast: Cast, placed: Placed, again: str) -> None:
    picture = pictures.scene(11)
    content = pictures.jpeg(picture)
    shown = {
        "as it is": content,
        "a screenshot": pictures.screenshot(picture),
        "stored anew": pictures.jpeg(picture.resize((500, 375)), 55),
    }[again]
    first, _record = await visited(cast, placed, NINE, content)
    assert await verdict(cast, first) is VerdictState.VERIFIED
    second, record = await visited(cast, placed, NINE + timedelta(days=7), shown)
    assert "photo_used_again" in await found(cast, record)
    assert await verdict(cast, second) is await verdict(cast, first) is VerdictState.HELD


async def test_another_photo_of_the_same_kind_passes(cast: Cast, placed: Placed) -> None:
    for number in range(3):
        visit, record = await visited(
            cast, placed, NINE + timedelta(days=number), pictures.jpeg(pictures.scene(20 + number))
        )
        assert await found(cast, record) == {}
        assert await verdict(cast, visit) is VerdictState.VERIFIED


@pytest.mark.parametrize(("minutes", "held"), [(-24 * 60, True), (-31, True), (-29, False), (5 * 60, True)])
async def test_a_photo_of_yesterday_is_held(cast: Cast, placed: Placed, minutes: int, held: bool) -> None:
    taken = NINE + timedelta(minutes=minutes)
    _visit, record = await visited(cast, placed, NINE, pictures.jpeg(pictures.scene(31), taken=taken))
    assert ("photo_of_another_time" in await found(cast, record)) is held


async def test_a_photo_of_another_place_is_held(cast: Cast, placed: Placed) -> None:
    _visit, record = await visited(cast, placed, NINE, pictures.jpeg(pictures.scene(32), place=(37.46, 105.92)))
    assert "photo_elsewhere" in await found(cast, record)


@pytest.mark.parametrize(("shown", "letter"), [(True, "A"), (False, "B")])
async def test_a_thumb_print_that_nobody_photographed_is_never_the_best_class(
    cast: Cast, placed: Placed, shown: bool, letter: str
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    await arrive(cast.worker_a, visit, NINE)
    await photographed(cast.worker_a, visit, TEN, pictures.jpeg(pictures.scene(41)))
    if shown:
        await photographed(cast.worker_a, visit, TEN, pictures.jpeg(pictures.scene(42)), PhotoKind.THUMB)
    record = await leave(cast.worker_a, visit, TEN)
    assert (await only(cast, ServiceRecord, ServiceRecord.id == record)).evidence_class is EvidenceClass(letter)


async def test_a_paper_form_alone_is_class_c(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    evening = clock.at(DAY, 1200)
    await arrive(cast.worker_a, visit, evening, at=NINE)
    await photographed(cast.worker_a, visit, evening, pictures.jpeg(pictures.scene(43)), PhotoKind.PAPER)
    record = await leave(
        cast.worker_a, visit, evening, at=TEN, confirmation=Confirmation.NONE, no_confirmation_reason="手机没电"
    )
    assert (await only(cast, ServiceRecord, ServiceRecord.id == record)).evidence_class is EvidenceClass.C


# --- who, how many, and the chain ---


async def test_only_who_goes_there_sends_photos_and_only_who_may_sees_them(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    id = await photographed(cast.worker_a, visit, NINE, pictures.jpeg(pictures.scene(51)))
    for scope in (cast.worker_m, cast.worker_b, cast.provider_b, cast.stranger_provider):
        with pytest.raises(NotFound):
            await photographed(scope, visit, NINE, pictures.jpeg(pictures.scene(52)))
    for scope in (cast.worker_a, cast.provider_a, cast.station_a, cast.bureau, cast.auditor):
        answer = await (await browser(scope)).get(f"/photos/{id}")
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg"
    for scope in (cast.worker_m, cast.worker_b, cast.provider_b, cast.station_b, cast.stranger):
        assert (await (await browser(scope)).get(f"/photos/{id}")).status_code == 404


async def test_a_visit_takes_no_more_than_a_dozen(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    for number in range(actions.MOST):
        await photographed(cast.worker_a, visit, NINE, pictures.jpeg(pictures.scene(60 + number, 160, 120)))
    with pytest.raises(Conflict):
        await photographed(cast.worker_a, visit, NINE, pictures.jpeg(pictures.scene(99)))


async def test_a_receipt_has_its_amount(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    with pytest.raises(Refused):
        await photographed(cast.worker_a, visit, NINE, pictures.jpeg(pictures.scene(53)), PhotoKind.RECEIPT)


async def test_photos_come_through_the_phone_page_and_the_outbox(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    await arrive(cast.worker_a, visit, NINE)
    with clock.stopped_at(TEN):
        hand = await browser(cast.worker_a)
        page = (await hand.get(f"/phone/visits/{visit}")).text
        assert 'data-verb="photo"' in page and "multipart/form-data" in page
        content = pictures.jpeg(pictures.scene(55))
        sent = await hand.post(
            f"/phone/visits/{visit}/photos", {"kind": "scene_after"}, files={"file": ("a.jpg", content, "image/jpeg")}
        )
        assert sent.status_code == 303
        broken = await hand.post(
            f"/phone/visits/{visit}/photos", {"kind": "scene_after"}, files={"file": ("a.jpg", b"no", "image/jpeg")}
        )
        assert broken.status_code == 422 and "重新拍" in broken.text
        late = await hand.post(
            "/phone/events",
            {"verb": "photo", "visit": str(visit), "user": str(cast.worker_a.user), "kind": "scene_before"},
            files={"file": ("b.jpg", pictures.jpeg(pictures.scene(56)), "image/jpeg")},
        )
        assert late.json() == {"state": "booked"}
        assert (await hand.get(f"/phone/visits/{visit}")).text.count('href="/photos/') == 2
    async with database.transaction(cast.system):
        assert await Photo.count().where(Photo.visit == visit) == 2


async def test_a_check_out_waits_for_the_photos_that_were_taken_before_it(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    await arrive(cast.worker_a, visit, NINE)
    hand = await browser(cast.worker_a)
    told = {"visit": str(visit), "user": str(cast.worker_a.user), "waited": "yes"}
    told |= {"queued_at": str(round(TEN.timestamp() * 1000)), "fixed_at": str(round(TEN.timestamp() * 1000))}
    with clock.stopped_at(TEN + timedelta(hours=2)):
        now = {"device_at": str(round(clock.now().timestamp() * 1000))}
        place = {"latitude": "37.300031", "longitude": "105.920013", "accuracy": "12"}
        out = {**told, **now, **place, "verb": "check_out", "signature": signature(), "photos": "1", "once": "a" * 32}
        assert (await hand.post("/phone/events", out)).json()["state"] == "kept"
        photo = {**told, **now, "verb": "photo", "kind": "scene_after", "once": "b" * 32}
        sent = await hand.post(
            "/phone/events", photo, files={"file": ("b.jpg", pictures.jpeg(pictures.scene(57)), "image/jpeg")}
        )
        assert sent.json() == {"state": "booked"}
    record = await only(cast, ServiceRecord, ServiceRecord.visit == visit)
    assert record.ended_at == TEN and "proof_missing" not in await found(cast, record.id)
