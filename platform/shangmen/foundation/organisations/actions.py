"""Verbs on organisations and their licences. Verbs on workers: `workers/`."""

from decimal import Decimal
from typing import NamedTuple

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.errors import NotFound, Refused
from shangmen.foundation import identity
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries
from shangmen.foundation.organisations.events import QualificationLost
from shangmen.foundation.organisations.forms import OrganisationForm, QualificationForm, SuspensionForm
from shangmen.foundation.organisations.states import OrganisationKind, QualificationStatus
from shangmen.foundation.organisations.tables import Organisation, Qualification, ServiceArea
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.regions.tables import Division

# Who may run a station, and who may supervise.
OPERATORS = (OrganisationKind.PROVIDER,)
SUPERVISORS = (OrganisationKind.BUREAU, OrganisationKind.STATION, OrganisationKind.INSTITUTION)


@database.scoped
async def register(scope: Scope, form: OrganisationForm) -> int:
    """Register an organisation of the viewer's county; its id.

    Raises Refused beside the field: a wrong or missing credit code (bureaux and stations may go without), a code that
    is taken, a station without a township or for a township that has one, half a position.
    """
    code = identity.credit_code(form.credit_code) if form.credit_code else None
    if code is None and form.kind in {OrganisationKind.PROVIDER, OrganisationKind.INSTITUTION}:
        raise Refused("A provider is registered under its unified social credit code.", field="credit_code")
    if code and await Organisation.exists().where(Organisation.credit_code == code):
        raise Refused("An organisation with this credit code is registered already.", field="credit_code")
    identity.position(form.latitude, form.longitude)
    if form.position_source in {PositionSource.GCJ02, PositionSource.BD09}:
        raise Refused("Choose one of the options.", field="position_source")
    await _check_places(scope, form)
    telephone = identity.telephone(form.telephone) if form.telephone else ""
    at = _Place(form.latitude, form.longitude, form.position_source)
    if form.latitude is None:
        at = _Place(None, None, PositionSource.UNKNOWN)
        if form.township is not None:
            centre = await database.read(Division, form.township)
            at = _Place(centre.latitude, centre.longitude, centre.position_source)
    id = await database.add(
        Organisation(
            county=scope.county,
            kind=form.kind,
            name=form.name,
            credit_code=code,
            township=form.township if form.kind == OrganisationKind.STATION else None,
            operator=form.operator if form.kind == OrganisationKind.STATION else None,
            supervisor=form.supervisor,
            address=form.address,
            telephone=telephone,
            latitude=at.latitude,
            longitude=at.longitude,
            position_source=at.source,
        )
    )
    areas = {*form.areas, *([form.township] if form.kind == OrganisationKind.STATION and form.township else [])}
    for division in sorted(areas):
        await database.add(ServiceArea(organisation=id, division=division))
    record(scope, "organisations.register", "organisation", id, name=form.name, kind=form.kind)
    return id


class _Place(NamedTuple):
    latitude: Decimal | None
    longitude: Decimal | None
    source: PositionSource


async def _check_places(scope: Scope, form: OrganisationForm) -> None:
    """Townships and organisations that a form names must be of the county, and a station's township free."""
    known = await database.values(int, "SELECT id FROM division WHERE parent = :county", county=scope.county)
    if not set(form.areas).issubset(known):
        raise Refused("Choose one of the options.", field="areas")
    if form.kind == OrganisationKind.STATION:
        if form.township not in known:
            raise Refused("Choose the township that this station serves.", field="township")
        taken = await database.value(
            str,
            "SELECT name FROM organisation WHERE kind = 'station' AND township = :township AND status <> 'closed'",
            township=form.township,
        )
        if taken:
            raise Refused("This township has a station: %(name)s.", field="township", name=taken)
    for field, other, kinds in (
        ("operator", form.operator, OPERATORS),
        ("supervisor", form.supervisor, SUPERVISORS),
    ):
        if other is not None and not await Organisation.exists().where(
            (Organisation.id == other) & (Organisation.county == scope.county) & Organisation.kind.is_in(list(kinds))
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
    before = await Qualification.exists().where(
        (Qualification.organisation == organisation)
        & (Qualification.kind == form.kind)
        & Qualification.mandatory.eq(True)
    )
    id = await database.add(
        Qualification(
            county=scope.county,
            organisation=organisation,
            kind=form.kind,
            number=form.number,
            mandatory=mandatory or before,
            valid_from=form.valid_from,
            valid_to=form.valid_to,
            note=form.note,
        )
    )
    record(
        scope, "organisations.add_qualification", "organisation", organisation,
        kind=form.kind, valid_from=form.valid_from, valid_to=form.valid_to, mandatory=mandatory or before,
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
    no new work from that day, and what it holds is freed by whom it concerns. Raises ImpossibleMove for
    one that is suspended already, or revoked.
    """
    paper = await database.lock(Qualification, id)
    if paper.county != scope.county:
        raise NotFound
    suspended = paper.status.to(QualificationStatus.SUSPENDED)
    on = form.on or clock.today()
    if on > clock.today():
        raise Refused("A suspension begins today or earlier.", field="on")
    await database.change(Qualification, id, {Qualification.status: suspended, Qualification.note: form.reason})
    subject = "organisation" if paper.organisation else "worker"
    holder: int = paper.organisation or paper.worker
    record(scope, "organisations.suspend_qualification", subject, holder, form.reason, kind=paper.kind, on=on)
    if paper.organisation and paper.mandatory:
        missing = await queries.missing_mandatory(scope, holder, on)
        if paper.kind in missing:
            await effects.publish(scope, QualificationLost(holder, on, form.reason))
    return holder
