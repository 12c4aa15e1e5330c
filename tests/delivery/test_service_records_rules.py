"""Every rule of verification with a case that it lets pass and one that it holds; the class of the evidence."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shangmen import clock
from shangmen.delivery.service_records.evidence import Fix, Point, Presence, evidence_class, metres, moment
from shangmen.delivery.service_records.states import Confirmation, EvidenceClass, PhotoKind, Severity, VerdictState
from shangmen.delivery.service_records.verification import rules
from shangmen.delivery.service_records.verification.dossier import (
    LIMITS as LIMIT_NAMES,
)
from shangmen.delivery.service_records.verification.dossier import (
    AlikePhoto,
    Away,
    Certificate,
    Confirmed,
    Corrects,
    Dossier,
    Elsewhere,
    Limits,
    PhotoPart,
    Service,
    SharedPhone,
)
from shangmen.demand.recipients.states import StatusKind
from shangmen.errors import Refused
from shangmen.foundation.catalogue import seed
from shangmen.foundation.catalogue.states import Proof
from shangmen.foundation.organisations.states import QualificationStatus

DAY = date(2026, 3, 12)
NOTE, HOLD, REJECT = Severity.NOTE, Severity.HOLD, Severity.REJECT
VERIFIED, HELD = VerdictState.VERIFIED, VerdictState.HELD
VALID, SUSPENDED = QualificationStatus.VALID, QualificationStatus.SUSPENDED
SIGNATURE, THUMB, WITNESS = Confirmation.SIGNATURE, Confirmation.THUMB, Confirmation.WITNESS
REFUSED, NONE = Confirmation.REFUSED, Confirmation.NONE
HOME = Point(Decimal("37.300000"), Decimal("105.920000"), 0)
PARAMETERS: dict[str, Any] = {value.name: value.value for value in seed.PARAMETERS}
LIMITS = Limits(**{name: PARAMETERS[name] for name in LIMIT_NAMES})


def at(minute: int) -> datetime:
    return clock.at(DAY, minute)


def fix(off: int = 20, accuracy: int = 12, age: int | None = 2) -> Fix:
    place = Point(HOME.latitude + Decimal("0.000183"), HOME.longitude + Decimal("0.000027"), accuracy)
    return Fix(place, off, age=age)


def presence(worker: int = 1, begun: int = 540, ended: int = 600, **changes: Any) -> Presence:
    return replace(Presence(worker, at(begun), at(ended), fix(), fix()), **changes)


def good(**changes: Any) -> Dossier:
    """A visit that no rule objects to."""
    dossier = Dossier(
        service=Service(
            minimum_minutes=30, planned_start=at(540), planned_end=at(600), staff_count=1, visits_per_month=8,
            proof=(Proof.POSITION, Proof.SIGNATURE), qualification="care_worker", minors_check=True,
        ),
        presences=(presence(),),
        confirmed=Confirmed(SIGNATURE),
        recorded_at=at(600),
        limits=LIMITS,
        home=HOME,
        names={1: "张三", 2: "李四"},
        background={1: date(2025, 9, 1)},
        certificates=(Certificate(1, "care_worker", True, date(2024, 1, 1), None, VALID),),
    )  # fmt: skip
    return replace(dossier, **changes)


def service(**changes: Any) -> Service:
    return replace(good().service, **changes)


def elsewhere(begun: int, ended: int, place: Point | None = None, worker: int = 1) -> Elsewhere:
    return Elsewhere(77, 7, 9, worker, at(begun), at(ended), place or HOME, place or HOME)


def photo(**changes: Any) -> PhotoPart:
    return replace(
        PhotoPart(1, 1, PhotoKind.AFTER, None, at(595), None, None, None, None, "", 1, 2, b"1", b"2"), **changes
    )


FAR = Point(Decimal("37.462000"), Decimal("105.920000"))  # 18 km north
NOWHERE = Fix(None, None, "denied")

OBJECTIONS: dict[str, tuple[dict[str, Any], str, Severity]] = {
    "a position is missing": ({"presences": (presence(start=NOWHERE),)}, "no_position", HOLD),
    "a position is vague": ({"presences": (presence(end=fix(20, 900)),)}, "poor_position", HOLD),
    "a position is far away": ({"presences": (presence(end=fix(2000)),)}, "far_from_home", HOLD),
    "in town 300 m are far": ({"rural": False, "presences": (presence(end=fix(300)),)}, "far_from_home", HOLD),
    "the same position a third time": ({"same_place": (71, 72)}, "same_position", HOLD),
    "round positions a third time": (
        {"round_places": 2, "presences": (presence(start=Fix(HOME, 0, age=0)),)}, "round_position", HOLD),
    "a position of an hour ago": ({"presences": (presence(end=fix(age=3600)),)}, "stale_position", HOLD),
    "a position of the day after": ({"presences": (presence(start=fix(age=-86_400)),)}, "stale_position", HOLD),
    "a position of nobody knows when": ({"presences": (presence(start=fix(age=None)),)}, "stale_position", HOLD),
    "a bare thumb print": ({"confirmed": Confirmed(THUMB)}, "bare_thumb", HOLD),
    "a thumb print that the worker saw": ({"confirmed": Confirmed(THUMB, "张三")}, "worker_as_witness", HOLD),
    "too short": ({"presences": (presence(ended=565),)}, "too_short", HOLD),
    "very long": ({"presences": (presence(ended=700),), "recorded_at": at(700)}, "too_long", NOTE),
    "hours after the plan": (
        {"presences": (presence(begun=665, ended=725),), "recorded_at": at(725)}, "other_time", NOTE),
    "elsewhere at the same time": ({"elsewhere": (elsewhere(570, 600, FAR),)}, "overlap", HOLD),
    "18 km in ten minutes before": ({"elsewhere": (elsewhere(480, 530, FAR),)}, "impossible_travel", HOLD),
    "18 km in ten minutes after": ({"elsewhere": (elsewhere(610, 640, FAR),)}, "impossible_travel", HOLD),
    "another supplier at the same time": ({"paid_alike": (elsewhere(590, 620, worker=3),)}, "both_at_home", HOLD),
    "the same service by another supplier that day": (
        {"item": 5, "paid_alike": (replace(elsewhere(800, 860, worker=3), item=5),)}, "twice_served", HOLD),
    "the fifteenth visit of a day": (
        {"elsewhere": tuple(replace(elsewhere(601, 602), visit=100 + n) for n in range(14))}, "many_visits", HOLD),
    "the 27th day of a month": ({"month_days": 27}, "long_month", NOTE),
    "to the own mother": ({"relatives": frozenset({1})}, "own_family", HOLD),
    "the worker answers the recipient's telephone": ({"own_telephone": frozenset({1})}, "own_telephone", HOLD),
    "one telephone for five more households": ({"other_households": 5}, "many_telephones", NOTE),
    "eleven hours in a day": ({"elsewhere": (elsewhere(601, 1201),)}, "long_day", NOTE),
    "after a death": ({"away": Away(StatusKind.DIED, date(2026, 3, 4))}, "not_there", REJECT),
    "on the day of a death": ({"away": Away(StatusKind.DIED, DAY)}, "not_there", HOLD),
    "in hospital": ({"away": Away(StatusKind.HOSPITAL, date(2026, 3, 10))}, "not_there", REJECT),
    "on the day of an admission": ({"away": Away(StatusKind.HOSPITAL, DAY)}, "not_there", HOLD),
    "on the day of a discharge": (
        {"away": Away(StatusKind.HOSPITAL, date(2026, 3, 10), DAY)}, "not_there", HOLD),
    "in an institution": ({"away": Away(StatusKind.INSTITUTION, DAY)}, "not_there", REJECT),
    "moved away": ({"away": Away(StatusKind.MOVED, DAY)}, "not_there", HOLD),
    "the ninth of eight visits": ({"this_month": 8}, "over_entitlement", HOLD),
    "without the certificate": ({"certificates": ()}, "not_qualified", HOLD),
    "with an expired certificate": (
        {"certificates": (Certificate(1, "care_worker", True, date(2024, 1, 1), date(2026, 3, 11), VALID),)},
        "not_qualified", HOLD),
    "with a suspended licence of the supplier": (
        {"certificates": (*good().certificates,
                          Certificate(None, "registration", True, date(2024, 1, 1), None, SUSPENDED))},
        "not_qualified", HOLD),
    "with an old background check": ({"background": {1: date(2025, 3, 11)}}, "not_qualified", HOLD),
    "entered three days later": ({"recorded_at": at(600 + 72 * 60)}, "late_entry", HOLD),
    "both times typed in the evening": (
        {"recorded_at": at(1370), "presences": (presence(begun_typed=True, ended_typed=True),)}, "typed_time", HOLD),
    "only the beginning typed": ({"presences": (presence(begun_typed=True),)}, "typed_time", HOLD),
    "only the end typed": (
        {"recorded_at": at(700), "presences": (presence(ended_typed=True),)}, "typed_time", HOLD),
    "the colleague's arrival typed": (
        {"presences": (presence(), presence(2, end=None, begun_typed=True))}, "typed_time", HOLD),
    "a telephone set back 75 minutes": ({"clock_off": timedelta(minutes=75)}, "clock_off", HOLD),
    "sent an hour later from a telephone's outbox": ({"kept": timedelta(hours=1)}, "sent_later", NOTE),
    "a telephone a day slow": ({"clock_off": timedelta(days=1)}, "clock_off", HOLD),
    "on the day after": (
        {"service": service(planned_start=at(540 - 1440), planned_end=at(600 - 1440))}, "other_day", HOLD),
    "refused without a witness": ({"confirmed": Confirmed(REFUSED)}, "not_confirmed", HOLD),
    "refused before a witness": ({"confirmed": Confirmed(REFUSED, "王五")}, "refused_with_witness", NOTE),
    "not confirmed": ({"confirmed": Confirmed(NONE)}, "not_confirmed", HOLD),
    "another recipient's signature": ({"confirmed": Confirmed(SIGNATURE, "", (71,))}, "same_signature", HOLD),
    "the same strokes again": ({"confirmed": Confirmed(SIGNATURE, "", (), 1)}, "repeated_signature", NOTE),
    "a telephone that checked in somebody else an hour before": (
        {"shared_phones": (SharedPhone(71, 7, 2, "李四", at(480), 60),)}, "shared_phone", HOLD),
    "the telephone of a colleague whose day is full": (
        {"shared_phones": (SharedPhone(71, 7, 2, "李四", at(1020), 541),)}, "after_cap", HOLD),
    "the worker as the witness": ({"confirmed": Confirmed(WITNESS, "张三")}, "worker_as_witness", HOLD),
    "a demanded photo is missing": (
        {"service": service(proof=(Proof.PHOTO, Proof.VITALS))}, "proof_missing", HOLD),
    "a photo of another visit": ({"photos": (photo(),), "alike": (AlikePhoto(7, 77, 9, True, 0),)},
                                 "photo_used_again", HOLD),
    "a photo that looks like another": ({"photos": (photo(),), "alike": (AlikePhoto(7, None, 9, False, 9),)},
                                        "photo_used_again", HOLD),
    "a photo of an hour before": ({"photos": (photo(taken_at=at(480)),)}, "photo_of_another_time", HOLD),
    "a photo of 18 km away": (
        {"photos": (photo(latitude=FAR.latitude, longitude=FAR.longitude),)}, "photo_elsewhere", HOLD),
    "one of two": ({"service": service(staff_count=2)}, "one_of_two", HOLD),
    "corrected upwards": (
        {"corrects": Corrects(VERIFIED, Decimal(30), at(540), at(600)), "amount": Decimal(60)},
        "corrected_by_hand", HOLD),
    "corrected while held": (
        {"corrects": Corrects(HELD, Decimal(60), at(540), at(600)), "amount": Decimal(30)},
        "corrected_by_hand", HOLD),
    "corrected downwards": (
        {"corrects": Corrects(VERIFIED, Decimal(60), at(540), at(600)), "amount": Decimal(30)},
        "corrected_by_hand", NOTE),
    "corrected to the afternoon": (
        {"corrects": Corrects(VERIFIED, Decimal(60), at(840), at(900)), "amount": Decimal(30)},
        "corrected_by_hand", HOLD),
}  # fmt: skip

NO_OBJECTIONS: dict[str, dict[str, Any]] = {
    "all is well": {},
    "the catalogue asks for no position": {
        "service": service(proof=(Proof.SIGNATURE,)), "presences": (presence(start=NOWHERE),)},
    "499 m in the country": {"presences": (presence(end=fix(499)),)},
    "its own accuracy is allowed for": {"presences": (presence(end=fix(600, 120)),)},
    "a home that is known to 300 m": {
        "home": replace(HOME, accuracy=300), "presences": (presence(end=fix(780, 5)),)},
    "the same position a second time": {"same_place": (71,)},
    "one round position": {"presences": (presence(start=Fix(HOME, 0, age=0)),)},
    "exactly the least minutes": {"presences": (presence(ended=570),), "recorded_at": at(570)},
    "twice as long as planned": {"presences": (presence(ended=660),), "recorded_at": at(660)},
    "two hours after the plan": {"presences": (presence(begun=660, ended=720),), "recorded_at": at(720)},
    "another supplier right afterwards": {"item": 5, "paid_alike": (elsewhere(600, 630, worker=3),)},
    "another service by another supplier that day": {"item": 5, "paid_alike": (elsewhere(800, 860, worker=3),)},
    "the fourteenth visit of a day": {
        "elsewhere": tuple(replace(elsewhere(601, 602), visit=100 + n) for n in range(13))},
    "the 26th day of a month": {"month_days": 26},
    "another worker is of the family": {"relatives": frozenset({2}), "own_telephone": frozenset({2})},
    "one telephone for four more households": {"other_households": 4},
    "one visit ends where the next begins": {"elsewhere": (elsewhere(480, 540),)},
    "another worker elsewhere": {"elsewhere": (elsewhere(570, 600, FAR, worker=2),)},
    "18 km in half an hour": {"elsewhere": (elsewhere(480, 510, FAR),)},
    "next door without a pause": {"elsewhere": (elsewhere(600, 640, Point(Decimal("37.3003"), Decimal("105.92"))),)},
    "ten hours in a day": {"elsewhere": (elsewhere(601, 1141),)},
    "a station's telephone, passed on after the shift": {
        "shared_phones": (SharedPhone(71, 7, 2, "李四", at(781), 240),)},
    "a colleague's telephone before the day is full": {
        "shared_phones": (SharedPhone(71, 7, 2, "李四", at(1020), 540),)},
    "the eighth of eight visits": {"this_month": 7},
    "a certificate that ends today": {
        "certificates": (Certificate(1, "care_worker", True, date(2024, 1, 1), DAY, VALID),)},
    "a certificate that has expired since": {
        "certificates": (Certificate(1, "care_worker", True, date(2024, 1, 1), DAY, QualificationStatus.EXPIRED),)},
    "a renewed certificate": {
        "certificates": (*good().certificates,
                         Certificate(1, "care_worker", True, date(2020, 1, 1), date(2023, 1, 1), VALID))},
    "a background check of a year ago": {"background": {1: date(2025, 3, 12)}},
    "recorded at once": {"recorded_at": at(604)},
    "a telephone five minutes slow": {"clock_off": timedelta(minutes=5)},
    "a thumb print that somebody saw": {"confirmed": Confirmed(THUMB, "王五")},
    "a thumb print where no signature is asked for": {
        "confirmed": Confirmed(THUMB), "service": service(proof=(Proof.POSITION,))},
    "a position of five minutes ago": {"presences": (presence(start=fix(age=300)),)},
    "a position without an age where there is none": {"presences": (presence(end=None),)},
    "a photo where one is asked for": {
        "service": service(proof=(Proof.PHOTO, Proof.SIGNATURE)), "photos": (photo(taken_at=at(511)),)},
    "a photo by a camera whose clock is as wrong as the telephone's": {
        "photos": (photo(taken_at=at(506)),), "clock_off": timedelta(minutes=5)},
    "vital signs where they are asked for": {"service": service(proof=(Proof.VITALS,)), "measured": True},
    "a photo of a kilometre away": {
        "photos": (photo(latitude=Decimal("37.308"), longitude=HOME.longitude),)},
    "a witness": {"confirmed": Confirmed(WITNESS, "王五")},
    "both of two": {
        "service": service(staff_count=2), "presences": (presence(), presence(2, end=None)),
        "background": {1: DAY, 2: DAY},
        "certificates": tuple(Certificate(w, "care_worker", True, date(2024, 1, 1), None, VALID) for w in (1, 2))},
}  # fmt: skip


@pytest.mark.parametrize("case", OBJECTIONS)
def test_a_rule_objects(case: str) -> None:
    changes, rule, severity = OBJECTIONS[case]
    found = {finding.rule: finding.severity for finding in rules.check(good(**changes))}
    assert found.get(rule) == severity, found


@pytest.mark.parametrize("case", NO_OBJECTIONS)
def test_no_rule_objects(case: str) -> None:
    assert rules.check(good(**NO_OBJECTIONS[case])) == []


def test_every_rule_has_an_objection_of_its_own() -> None:
    assert {rule.name for rule in rules.RULES} == {rule for _changes, rule, _severity in OBJECTIONS.values()}


def test_every_sentence_is_filled_by_its_finding() -> None:
    for changes, rule, _severity in OBJECTIONS.values():
        for finding in rules.check(good(**changes)):
            assert "%(" not in finding.message % finding.details, rule
            assert len(finding.message) <= 200


def test_the_heaviest_finding_decides() -> None:
    note, hold, reject = (rules.Finding("x", severity, "") for severity in Severity)
    assert rules.verdict([]) is rules.verdict([note]) is VERIFIED
    assert rules.verdict([note, hold]) is HELD
    assert rules.verdict([hold, reject, note]) is VerdictState.REJECTED


def test_who_comes_late_shortens_the_visit_and_nobody_is_paid_more_than_was_planned() -> None:
    dossier = good(presences=(presence(), presence(2, begun=555)))
    assert dossier.minutes == 45
    assert good(presences=(presence(ended=640),)).payable_minutes == 60


@pytest.mark.parametrize(
    ("places", "confirmation", "letter"),
    [
        ((fix(), fix()), "signature", "A"),
        ((fix(), fix()), "thumb", "C"),
        ((fix(), fix()), "witnessed thumb", "B"),
        ((fix(), fix()), "witness", "B"),
        ((fix(), NOWHERE), "witnessed thumb", "C"),
        ((fix(), NOWHERE), "thumb", "C"),
        ((NOWHERE, NOWHERE), "thumb", "D"),
        ((fix(age=301), fix(age=301)), "signature", "C"),
        ((fix(age=None), fix()), "signature", "B"),
        ((fix(), fix()), "refused", "C"),
        ((NOWHERE, NOWHERE), "signature", "C"),
        ((NOWHERE, fix(3000)), "witness", "C"),
        ((fix(20, 900), NOWHERE), "none", "D"),
    ],
)
def test_the_class_of_the_evidence(places: tuple[Fix, Fix], confirmation: str, letter: str) -> None:
    here = presence(start=places[0], end=places[1])
    kind = Confirmation(confirmation.split()[-1])
    seen = confirmation.startswith("witnessed")
    assert evidence_class([here], kind, 500, 200, 300, seen) is EvidenceClass(letter)


@pytest.mark.parametrize(
    ("typed", "letter"), [((False, False), "A"), ((True, False), "B"), ((False, True), "B"), ((True, True), "C")]
)
def test_a_position_proves_only_the_moment_at_which_it_was_taken(typed: tuple[bool, bool], letter: str) -> None:
    here = presence(begun_typed=typed[0], ended_typed=typed[1])
    assert evidence_class([here], SIGNATURE, 500, 200, 300) is EvidenceClass(letter)


MOMENTS = st.integers(0, 1439)
TYPED = st.none() | st.integers(0, 1439)
CLOCKS = st.integers(-3000, 3000)


@given(MOMENTS, MOMENTS, TYPED, TYPED, CLOCKS, CLOCKS, st.sampled_from([SIGNATURE, THUMB, WITNESS]))
@example(600, 600, 540, None, 0, 0, THUMB)  # only the check-in typed
@example(1370, 1370, 540, 600, 0, 0, THUMB)  # the morning typed in the evening
@example(600, 600, None, None, -75, 0, SIGNATURE)  # a telephone set back
def test_nothing_is_payable_that_the_server_did_not_see(
    came: int, left: int, typed_in: int | None, typed_out: int | None, slow_in: int, slow_out: int, kind: Confirmation
) -> None:
    """Whatever is typed and whatever telephones say: what passes is as long as what the server heard, and then."""
    came, left = min(came, left), max(came, left)
    begun = moment(None if typed_in is None else at(typed_in), at(came), LIMITS.clock_skew_minutes)
    ended = moment(None if typed_out is None else at(typed_out), at(left), LIMITS.clock_skew_minutes)
    dossier = good(
        presences=(Presence(1, begun.at, ended.at, fix(), fix(), begun.typed, ended.typed),),
        confirmed=Confirmed(kind, "王五" if kind in (WITNESS, THUMB) else ""),
        recorded_at=at(left),
        clock_off=timedelta(minutes=max(abs(slow_in), abs(slow_out))),
    )
    if rules.verdict(rules.check(dossier)) is VERIFIED:
        assert left - came >= dossier.service.minimum_minutes
        assert (dossier.begun_at, dossier.ended_at) == (at(came), at(left))
        assert max(abs(slow_in), abs(slow_out)) <= LIMITS.clock_skew_minutes


@given(st.integers(-80, 80), st.integers(-179, 179), st.integers(1, 5000))
def test_a_way_along_a_meridian_is_as_long_as_its_degrees(latitude: int, longitude: int, step: int) -> None:
    a = Point(Decimal(latitude), Decimal(longitude))
    b = Point(Decimal(latitude) + Decimal(step) / 10_000, Decimal(longitude))
    assert metres(a, b) == metres(b, a) == pytest.approx(step * 11.1195, abs=2)
    assert metres(a, None) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", '{"w":640,"h":240,"strokes":[]}', '{"w":640,"h":240,"strokes":[[1,2,3]]}',
        '{"w":640,"h":240,"strokes":[[1,2,900,4,5,6,7,8,9,10,11,12]]}', '{"w":640,"h":240,"strokes":[[1,2,3,4]]}',
        '{"w":640,"h":240,"strokes":[[5,5,5,5,5,5,5,5,5,5,5,5,6,6]]}', '{"w":640,"h":240,"strokes":[["a","b"]]}',
        '{"w":640,"h":240,"strokes":[[1,2,30,40,50,60,70,80,90,95,99,99]],"x":1}', "[" * 5000,
        '{"w":640,"h":240,"strokes":[[-1,2,30,40,50,60,70,80,90,95,99,99]]}', "<svg onload=alert(1)>",
    ],
)  # fmt: skip
def test_what_is_no_signature_of_the_pad_is_refused(text: str) -> None:
    from shangmen.delivery.service_records import signature

    with pytest.raises(Refused) as refused:
        signature.canonical(text)
    assert refused.value.field == "signature"
