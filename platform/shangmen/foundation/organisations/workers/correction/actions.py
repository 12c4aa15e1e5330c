"""Correcting who a worker is."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation import identity, names
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.forms import WorkerCorrectionForm
from shangmen.foundation.organisations.tables import Worker
from shangmen.foundation.organisations.workers import queries
from shangmen.foundation.organisations.workers.actions import refuse_odd_check

READINGS = frozenset({"pinyin", "initials"})  # they follow from the name
QUIET = frozenset({"id_number", "telephone", "latitude", "longitude"})  # named in the trail without their content


async def _refuse_known(scope: Scope, worker: Worker, who: identity.Identity) -> None:
    if clock.age(who.birth_date, clock.today()) < 16:
        raise Refused("Nobody under 16 may be employed.", field="id_number")  # 劳动法 article 15
    async with database.elevated(scope):
        key = f"{worker.county} {who.number}"
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=key)
        taken = await Worker.exists().where(
            Worker.county == worker.county, Worker.id_number == who.number, Worker.id != worker.id
        )
    if taken:
        raise Refused("Another worker of the county is registered under this ID number.", field="id_number")


@database.scoped
async def correct(scope: Scope, id: int, form: WorkerCorrectionForm) -> int:
    """Keep a worker under another name, ID number, telephone or place; sex and birth date follow from the ID number.

    What the page masks stays when it is left empty; a "-" takes a telephone away. Raises NotFound for a worker out of
    reach, Stale, and Refused beside the field: a wrong ID number, one of another worker of the county, somebody under
    16, half a position, a check still to come.
    """
    await queries.worker(scope, id)
    before = await database.lock(Worker, id, form.version)
    who = identity.Identity(before.id_number, before.birth_date, before.sex)
    if form.id_number:
        who = identity.citizen(form.id_number, clock.today())
        await _refuse_known(scope, before, who)
    identity.position(form.latitude, form.longitude)
    refuse_odd_check(form.background_checked, who.birth_date)
    telephone = before.telephone
    if form.telephone:
        telephone = "" if form.telephone == "-" else identity.telephone(form.telephone)
    pinyin, initials = names.pinyin(form.name)
    values = {
        Worker.name: form.name,
        Worker.pinyin: pinyin,
        Worker.initials: initials,
        Worker.id_number: who.number,
        Worker.sex: who.sex,
        Worker.birth_date: who.birth_date,
        Worker.telephone: telephone,
        Worker.languages: form.languages,
        Worker.latitude: form.latitude,
        Worker.longitude: form.longitude,
        Worker.background_checked: form.background_checked,
    }
    changes: list[tuple[str, object, object]] = []
    for column, value in values.items():
        name, was = column._meta.name, vars(before)[column._meta.name]
        if was != value and name not in READINGS:
            changes.append((name, None, None) if name in QUIET else (name, str(was or ""), str(value or "")))
    await database.change(Worker, id, values)
    record(scope, "organisations.correct_worker", "worker", id, changes=changes)
    return id
