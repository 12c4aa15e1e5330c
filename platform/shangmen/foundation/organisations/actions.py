"""Verbs on organisations and their licences. Verbs on workers: `engaging.py`."""

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation import identity
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries
from shangmen.foundation.organisations.events import QualificationLost
from shangmen.foundation.organisations.forms import OrganisationForm, QualificationForm, SuspensionForm
from shangmen.foundation.organisations.workers.actions import absent, engage, qualify_worker, register_worker

__all__ = (
    "absent",
    "add_qualification",
    "engage",
    "qualify_worker",
    "register",
    "register_worker",
    "suspend_qualification",
)


@database.scoped
async def register(scope: Scope, form: OrganisationForm) -> int:
    """Register an organisation of the viewer's county; its id.

    Raises Refused beside the field: a wrong or missing credit code (bureaux and stations may go without), a code that
    is taken, a station without a township or for a township that has one, half a position.
    """
    code = identity.credit_code(form.credit_code) if form.credit_code else None
    if code is None and form.kind in {"provider", "institution"}:
        raise Refused("A provider is registered under its unified social credit code.", field="credit_code")
    if code and await database.fetch_value("SELECT 1 FROM organisation WHERE credit_code = :code", code=code):
        raise Refused("An organisation with this credit code is registered already.", field="credit_code")
    identity.position(form.latitude, form.longitude)
    await _check_places(scope, form)
    telephone = identity.telephone(form.telephone) if form.telephone else ""
    place = None
    if form.latitude is None and form.township is not None:
        place = await database.fetch_one(
            "SELECT latitude, longitude, position_source FROM division WHERE id = :id", id=form.township
        )
    id = await database.insert(
        "organisation",
        county=scope.county,
        kind=form.kind,
        name=form.name,
        credit_code=code,
        township=form.township if form.kind == "station" else None,
        operator=form.operator if form.kind == "station" else None,
        supervisor=form.supervisor,
        address=form.address,
        telephone=telephone,
        latitude=place["latitude"] if place else form.latitude,
        longitude=place["longitude"] if place else form.longitude,
        position_source=place["position_source"] if place else (form.position_source if form.latitude else ""),
        status="active",
    )
    areas = {*form.areas, *([form.township] if form.kind == "station" and form.township else [])}
    for division in sorted(areas):
        await database.insert("service_area", organisation=id, division=division)
    record(scope, "organisations.register", "organisation", id, name=form.name, kind=form.kind)
    return id


async def _check_places(scope: Scope, form: OrganisationForm) -> None:
    """Townships and organisations that a form names must be of the county, and a station's township free."""
    known = {
        row["id"]
        for row in await database.fetch("SELECT id FROM division WHERE parent = :county", county=scope.county)
    }
    if set(form.areas) - known:
        raise Refused("Choose one of the options.", field="areas")
    if form.kind == "station":
        if form.township not in known:
            raise Refused("Choose the township that this station serves.", field="township")
        taken = await database.fetch_value(
            "SELECT name FROM organisation WHERE kind = 'station' AND township = :township AND status <> 'closed'",
            township=form.township,
        )
        if taken:
            raise Refused("This township has a station: %(name)s.", field="township", name=taken)
    for field, kinds in (("operator", ["provider"]), ("supervisor", ["bureau", "station", "institution"])):
        other = getattr(form, field)
        if other is not None and not await database.fetch_value(
            "SELECT 1 FROM organisation WHERE id = :id AND county = :county AND kind = ANY(:kinds)",
            id=other,
            county=scope.county,
            kinds=kinds,
        ):
            raise Refused("Choose one of the options.", field=field)


@database.scoped
async def add_qualification(scope: Scope, organisation: int, form: QualificationForm) -> int:
    """Note a licence of an organisation; its id.

    An organisation notes its own, the bureau anybody's; only the bureau says what is mandatory, and what is mandatory
    stays so when it is renewed. Raises Refused when the days are the wrong way round.
    """
    await queries.organisation(scope, organisation)
    if scope.reach != "county" and organisation != scope.organisation:
        raise NotFound
    check_days(form)
    mandatory = form.mandatory and scope.reach == "county"
    before = await database.fetch_value(
        "SELECT bool_or(mandatory) FROM qualification WHERE organisation = :organisation AND kind = :kind",
        organisation=organisation,
        kind=form.kind,
    )
    id = await database.insert(
        "qualification",
        county=scope.county,
        organisation=organisation,
        worker=None,
        kind=form.kind,
        number=form.number,
        mandatory=bool(mandatory or before),
        valid_from=form.valid_from,
        valid_to=form.valid_to,
        status="valid",
        note=form.note,
    )
    record(
        scope, "organisations.add_qualification", "organisation", organisation,
        kind=form.kind, valid_from=form.valid_from, valid_to=form.valid_to, mandatory=bool(mandatory or before),
    )  # fmt: skip
    return id


def check_days(form: QualificationForm) -> None:
    """Raises Refused when a qualification ends before it begins."""
    if form.valid_to is not None and form.valid_to < form.valid_from:
        raise Refused("The last day is before the first.", field="valid_to")


@database.scoped
async def suspend_qualification(scope: Scope, id: int, form: SuspensionForm) -> int:
    """Suspend a qualification with a reason; the id of the organisation or worker that it belongs to.

    When an organisation then lacks a mandatory qualification, QualificationLost is published in the same transaction:
    no new work from that day, and what it holds is freed by whom it concerns. Raises Conflict when it is not valid.
    """
    paper = await database.fetch_one("SELECT * FROM qualification WHERE id = :id FOR UPDATE", id=id)
    if paper is None or paper["county"] != scope.county:
        raise NotFound
    if paper["status"] != "valid":
        raise Conflict("This qualification is suspended already.")
    on = form.on or clock.today()
    if on > clock.today():
        raise Refused("A suspension begins today or earlier.", field="on")
    await database.update("qualification", id, status="suspended", note=form.reason)
    subject = "organisation" if paper["organisation"] else "worker"
    holder: int = paper["organisation"] or paper["worker"]
    record(
        scope, "organisations.suspend_qualification", subject, holder, form.reason, kind=paper["kind"], on=on
    )  # fmt: skip
    if paper["organisation"] and paper["mandatory"]:
        missing = await queries.missing_mandatory(scope, holder, on)
        if paper["kind"] in missing:
            await effects.publish(scope, QualificationLost(holder, on, form.reason))
    return holder
