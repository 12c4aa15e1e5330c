"""Verbs on workers: registering a person, engagements, certificates, absences."""

import re
from datetime import date, timedelta

from piccolo.columns import Column

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.errors import NotFound, Refused
from shangmen.foundation import identity, names
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import kept
from shangmen.foundation.organisations.actions import refuse_suspended
from shangmen.foundation.organisations.events import EngagementCut, WorkerAbsent
from shangmen.foundation.organisations.forms import (
    AbsenceForm,
    EngagementForm,
    QualificationForm,
    ShortenForm,
    WorkerForm,
    hours_of,
    limits,
)
from shangmen.foundation.organisations.tables import Absence, Engagement, Organisation, Qualification, Worker
from shangmen.foundation.organisations.workers import queries
from shangmen.foundation.organisations.workers.queries import Pattern


@database.scoped
async def register_worker(scope: Scope, form: WorkerForm) -> int:
    """Register somebody with a first engagement; the worker's id.

    One person is one worker, whoever employs them: an ID number that the county knows already gets a second
    engagement, when the name agrees. Raises Refused beside the field: a wrong ID number, one that contradicts sex or
    birth date, somebody under 16, somebody engaged here already.
    """
    organisation = await _employer(scope, form.organisation)
    who = identity.citizen(form.id_number, clock.today())
    identity.agrees(who, form.sex, form.birth_date)
    if clock.age(who.birth_date, clock.today()) < 16:
        raise Refused("Nobody under 16 may be employed.", field="id_number")  # 劳动法 article 15
    identity.position(form.latitude, form.longitude)
    refuse_odd_check(form.background_checked, who.birth_date)
    telephone = identity.telephone(form.telephone) if form.telephone else ""
    worker = await _known(scope, organisation.county, who.number, form.name)
    if worker is None:
        pinyin, initials = names.pinyin(form.name)
        worker = await database.add(
            Worker(
                county=organisation.county,
                registered_by=organisation.id,
                name=form.name,
                pinyin=pinyin,
                initials=initials,
                id_number=who.number,
                sex=who.sex,
                birth_date=who.birth_date,
                telephone=telephone,
                languages=form.languages,
                latitude=form.latitude if form.latitude is not None else organisation.latitude,
                longitude=form.longitude if form.longitude is not None else organisation.longitude,
                background_checked=form.background_checked,
            )
        )
        record(scope, "organisations.register_worker", "worker", worker, post=form.position)
    engaged = await database.exists(
        "SELECT 1 FROM engagement WHERE worker = :worker AND organisation = :organisation"
        " AND (valid_to IS NULL OR valid_to >= :today)",
        worker=worker,
        organisation=organisation.id,
        today=clock.today(),
    )
    if engaged:
        raise Refused("This person works for you already.", field="id_number")
    await _insert_engagement(scope, worker, organisation.id, form)
    return worker


async def _known(scope: Scope, county: int, number: str, name: str) -> int | None:
    """The worker with this ID number in the county, whoever registered them; raises Refused under another name."""
    async with database.elevated(scope):
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"{county} {number}")
        known = await Worker.objects().where((Worker.county == county) & (Worker.id_number == number)).first()
    if known is None:
        return None
    if known.name != name:
        raise Refused("This ID number is registered under another name.", field="id_number")
    return int(known.id)


async def _employer(scope: Scope, named: int | None) -> Organisation:
    """The organisation that engages: one's own; the county's system names it. Raises Refused."""
    id = named if scope.reach == "county" else scope.organisation
    found = (
        await Organisation.objects()
        .where((Organisation.id == (id or 0)) & Organisation.county.is_in(list(scope.counties)))
        .first()
    )
    if found is None:
        raise Refused("Choose one of the options.", field="organisation")
    return found


def refuse_odd_check(day: date | None, born: date) -> None:
    """Raises Refused for a criminal-record check that is still to come, or of somebody who was not born yet."""
    if day is not None and day > clock.today():
        raise Refused("This day is still to come.", field="background_checked")
    if day is not None and day < born:
        raise Refused("This day lies before the person's birth.", field="background_checked")


@database.scoped
async def engage(scope: Scope, worker: int, form: EngagementForm) -> int:
    """Engage a worker, or change how one is engaged: weekly pattern, limits, days. The engagement's id.

    An engagement here whose days touch the new ones is changed; otherwise a new one is added. Raises NotFound for a
    worker out of reach, Stale when the engagement was changed since `form.version`, Refused for a pattern or days that
    cannot be, and for less than what is planned already (EngagementCut).
    """
    organisation = await _employer(scope, form.organisation)
    who = await queries.worker(scope, worker)
    refuse_odd_check(form.background_checked, who.birth_date)
    present = await database.value(
        int,
        """
        SELECT id FROM engagement WHERE worker = :worker AND organisation = :organisation
          AND (valid_to IS NULL OR valid_to >= :first) AND (:last::date IS NULL OR valid_from <= :last)
        ORDER BY valid_from DESC LIMIT 1
        """,
        worker=worker,
        organisation=organisation.id,
        first=form.valid_from,
        last=form.valid_to,
    )
    before = None if present is None else await database.lock(Engagement, present, form.version)
    if form.background_checked:
        await database.change(Worker, worker, {Worker.background_checked: form.background_checked})
    if form.telephone:
        await database.change(Worker, worker, {Worker.telephone: identity.telephone(form.telephone)})
    if before is None:
        return await _insert_engagement(scope, worker, organisation.id, form)
    _check_engagement(form)
    daily, monthly = limits(form)
    await effects.publish(
        scope, EngagementCut(worker, organisation.id, form.valid_from, form.valid_to, daily, monthly)
    )
    await database.change(
        Engagement,
        before.id,
        {
            Engagement.position: form.position,
            Engagement.valid_from: form.valid_from,
            Engagement.valid_to: form.valid_to,
            Engagement.pattern: database.to_json(_pattern(form, database.decoded(Pattern, before.pattern))),
            Engagement.daily_minutes: daily,
            Engagement.monthly_minutes: monthly,
        },
    )
    record(
        scope, "organisations.engage", "worker", worker, post=form.position, valid_from=form.valid_from,
        valid_to=form.valid_to, daily_minutes=daily, monthly_minutes=monthly,
    )  # fmt: skip
    return int(before.id)


def _check_engagement(form: WorkerForm | EngagementForm) -> None:
    if form.valid_to is not None and form.valid_to < form.valid_from:
        raise Refused("The last day is before the first.", field="valid_to")


async def _insert_engagement(scope: Scope, worker: int, organisation: int, form: WorkerForm | EngagementForm) -> int:
    _check_engagement(form)
    daily, monthly = limits(form)
    id = await database.add(
        Engagement(
            worker=worker,
            organisation=organisation,
            position=form.position,
            valid_from=form.valid_from,
            valid_to=form.valid_to,
            pattern=database.to_json(_pattern(form, {})),
            daily_minutes=daily,
            monthly_minutes=monthly,
        )
    )
    record(
        scope, "organisations.engage", "worker", worker, post=form.position, valid_from=form.valid_from,
        valid_to=form.valid_to, daily_minutes=daily, monthly_minutes=monthly,
    )  # fmt: skip
    return id


# Monday to Friday, eight to six with the midday break: what a form without a pattern means.
OFFICE_WEEK: Pattern = {str(day): [(480, 720), (840, 1080)] for day in range(5)}


def _pattern(form: WorkerForm | EngagementForm, present: Pattern) -> Pattern:
    """The weekly pattern that a form states; days whose first start and last end are as before keep their breaks.

    Raises Refused beside the field.
    """
    if form.pattern is not None:
        made = {day: spans for day, spans in form.pattern.items() if spans}
    elif not any(form.starts) and not any(form.ends):
        return present or OFFICE_WEEK
    else:
        made = _typed(form.starts, form.ends, present)
    for day, spans in made.items():
        last = 0
        if day not in {"0", "1", "2", "3", "4", "5", "6"}:
            raise Refused("A week has seven days.", field="starts")
        for first, end in spans:
            if not last <= first < end <= 1440:
                raise Refused("The end of a working day must be after its start.", field="starts")
            last = end
    return made


def _typed(starts: list[str], ends: list[str], present: Pattern) -> Pattern:
    if len(starts) != 7 or len(ends) != 7:
        raise Refused("A week has seven days.", field="starts")
    shown = hours_of(present)
    made: Pattern = {}
    for day, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if not start and not end:
            continue
        if (start, end) == (shown[0][day], shown[1][day]):
            made[str(day)] = present[str(day)]
        else:
            made[str(day)] = [(_minute(start), _minute(end))]
    return made


def _minute(text: str) -> int:
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})(?::\d{2})?", text)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if not 0 <= minute <= 1440:
        raise Refused("Give start and end of each working day such as 08:00.", field="starts")
    return minute


@database.scoped
async def qualify_worker(scope: Scope, worker: int, form: QualificationForm) -> int:
    """Note a certificate of a worker; its id. Raises NotFound for a worker out of reach, Refused for wrong days."""
    person = await queries.worker(scope, worker)
    if form.valid_to is not None and form.valid_to < form.valid_from:
        raise Refused("The last day is before the first.", field="valid_to")
    await refuse_suspended(scope, form.kind, worker=worker)
    id = await database.add(
        Qualification(
            county=person.county,
            worker=worker,
            kind=form.kind,
            number=form.number,
            mandatory=form.mandatory,
            valid_from=form.valid_from,
            valid_to=form.valid_to,
            note=form.note,
        )
    )
    record(
        scope, "organisations.qualify_worker", "worker", worker,
        kind=form.kind, valid_from=form.valid_from, valid_to=form.valid_to,
    )  # fmt: skip
    return id


@database.scoped
async def absent(scope: Scope, worker: int, form: AbsenceForm) -> int:
    """Note days on which a worker cannot come; the absence's id.

    Raises NotFound for a worker out of reach, Refused for days the wrong way round, too many, or noted already.
    """
    await queries.worker(scope, worker)
    if form.last < form.first:
        raise Refused("The last day is before the first.", field="last")
    if form.last - form.first > timedelta(days=366):
        raise Refused("An absence of more than a year is the end of an engagement.", field="last")
    if await database.exists(
        "SELECT 1 FROM absence WHERE worker = :worker AND first <= :last AND last >= :first AND lifted_at IS NULL",
        worker=worker,
        first=form.first,
        last=form.last,
    ):
        raise Refused("Some of these days are noted already.", field="first")
    async with kept(
        scope, "organisations.worker_absence", "organisations.absent", "worker", worker,
        reason=form.reason, first=form.first, last=form.last,
    ):  # fmt: skip
        id = await database.add(Absence(worker=worker, first=form.first, last=form.last, reason=form.reason))
        record(scope, "organisations.absent", "worker", worker, first=form.first, last=form.last)
        await effects.publish(scope, WorkerAbsent(worker, form.first, form.last))
    return id


@database.scoped
async def shorten_absence(scope: Scope, worker: int, id: int, form: ShortenForm) -> int:
    """The worker is back earlier: days after the new last one hold no more, and their visits can be confirmed again.

    Without a last day, or with one before the first, the absence is lifted. Raises NotFound for an absence of others,
    Refused for a last day after the present one.
    """
    await queries.worker(scope, worker)
    absence = await database.lock(Absence, id)
    if absence.worker != worker or absence.lifted_at is not None:
        raise NotFound
    if form.last is not None and form.last > absence.last:
        raise Refused(
            "The absence ends on %(day)s already. Note the further days as another one.",
            field="last",
            day=absence.last,
        )
    values: dict[Column, object] = (
        {Absence.lifted_at: clock.now()}
        if form.last is None or form.last < absence.first
        else {Absence.last: form.last}
    )
    await database.change(Absence, id, values)
    record(
        scope, "organisations.shorten_absence", "worker", worker,
        first=absence.first, before=absence.last, last=form.last,
    )  # fmt: skip
    return id
