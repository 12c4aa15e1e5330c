"""Verbs on organisations and their licences. Verbs on workers: `workers/`."""

from decimal import Decimal
from typing import NamedTuple

from piccolo.columns import Column

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation import identity
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import papers, queries
from shangmen.foundation.organisations.events import AreasLeft, QualificationLost
from shangmen.foundation.organisations.forms import (
    CorrectionForm,
    DetailsForm,
    OrganisationForm,
    QualificationForm,
    SuspensionForm,
)
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus, QualificationStatus
from shangmen.foundation.organisations.tables import Organisation, Qualification, ServiceArea
from shangmen.foundation.regions import points
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.regions.tables import Division

# Who may run a station, and who may supervise.
OPERATORS = (OrganisationKind.PROVIDER,)
BARRED = "State organs and people's organisations may not be suppliers (Ministry of Finance order 102)."
SUPERVISORS = (OrganisationKind.BUREAU, OrganisationKind.STATION, OrganisationKind.INSTITUTION)


@database.scoped
async def register(scope: Scope, form: OrganisationForm) -> int:
    """Register an organisation of the viewer's county; its id.

    Raises Refused beside the field: a wrong or missing credit code (bureaux and stations may go without), a code that
    is taken, a station without a township or for a township that has one, half a position.
    """
    kept = await _checked(scope, form.kind, form)
    place = await _place(scope, form)
    id = await database.add(
        Organisation(
            county=scope.county,
            kind=form.kind,
            name=form.name,
            credit_code=kept.credit_code,
            township=kept.township,
            operator=kept.operator,
            supervisor=form.supervisor,
            address=form.address,
            telephone=kept.telephone,
            contact=form.contact,
            other_telephones=form.other_telephones,
            latitude=place.latitude,
            longitude=place.longitude,
            position_source=place.source,
        )
    )
    for division in sorted(kept.areas):
        await database.add(ServiceArea(organisation=id, division=division))
    record(scope, "organisations.register", "organisation", id, name=form.name, kind=form.kind)
    return id


@database.scoped
async def correct(scope: Scope, id: int, form: CorrectionForm) -> int:
    """Keep an organisation under another name, at another place, for other townships; its id.

    Raises what `register` raises, Stale when it was changed since `form.version`, Conflict for a closed one, and
    Refused for a township that it may not leave (AreasLeft).
    """
    before = await database.lock(Organisation, id, form.version)
    if before.status is OrganisationStatus.CLOSED:
        raise Conflict("This organisation is closed.")
    kept = await _checked(scope, before.kind, form, before)
    place = _Place(before.latitude, before.longitude, before.position_source)
    if (form.latitude, form.longitude) != (before.latitude, before.longitude):
        place = await _place(scope, form)
    areas = {row.id for row in await queries.areas(scope, id)}
    left = areas - kept.areas
    if left:
        await effects.publish(scope, AreasLeft(id, tuple(sorted(left))))
    values: dict[Column, object] = {
        Organisation.name: form.name,
        Organisation.credit_code: kept.credit_code,
        Organisation.township: kept.township,
        Organisation.operator: kept.operator,
        Organisation.supervisor: form.supervisor,
        Organisation.address: form.address,
        Organisation.telephone: kept.telephone,
        Organisation.contact: form.contact,
        Organisation.other_telephones: form.other_telephones,
        Organisation.latitude: place.latitude,
        Organisation.longitude: place.longitude,
        Organisation.position_source: place.source,
    }
    await database.change(Organisation, id, values)
    await database.execute(
        "DELETE FROM service_area WHERE organisation = :id AND division = ANY(:left)", id=id, left=sorted(left)
    )
    for division in sorted(kept.areas - areas):
        await database.add(ServiceArea(organisation=id, division=division))
    changes = [
        (column._meta.name, _text(was), _text(value))
        for column, value in values.items()
        if (was := vars(before)[column._meta.name]) != value
    ]
    if areas != kept.areas:
        changes.append(("areas", sorted(areas), sorted(kept.areas)))
    record(scope, "organisations.correct", "organisation", id, changes=changes)
    return id


def _text(value: object) -> object:
    return value if value is None or isinstance(value, int) else str(value)


class _Kept(NamedTuple):
    """What of a form is kept after it was checked."""

    credit_code: str | None
    telephone: str
    township: int | None
    operator: int | None
    areas: frozenset[int]


async def _checked(
    scope: Scope, kind: OrganisationKind, form: DetailsForm, before: Organisation | None = None
) -> _Kept:
    """Raises Refused beside the field for what cannot be; `before` is how the organisation was kept so far."""
    id = before.id if before else 0
    code = identity.credit_code(form.credit_code) if form.credit_code else None
    none_so_far = before is not None and not before.credit_code
    if code is None and not none_so_far and kind in {OrganisationKind.PROVIDER, OrganisationKind.INSTITUTION}:
        raise Refused("A provider is registered under its unified social credit code.", field="credit_code")
    if kind is OrganisationKind.PROVIDER and (await papers.supplier_prefixes(scope)).bars(code):
        raise Refused(BARRED, field="credit_code")
    if code and await Organisation.exists().where(Organisation.credit_code == code, Organisation.id != id):
        raise Refused("An organisation with this credit code is registered already.", field="credit_code")
    if form.position_source in {PositionSource.GCJ02, PositionSource.BD09}:
        raise Refused("Choose one of the options.", field="position_source")
    await _check_places(scope, kind, form, id)
    telephone = identity.telephone(form.telephone) if form.telephone else ""
    if kind != OrganisationKind.STATION:
        return _Kept(code, telephone, None, None, frozenset(form.areas))
    own = [form.township] if form.township else []
    return _Kept(code, telephone, form.township, form.operator, frozenset([*form.areas, *own]))


class _Place(NamedTuple):
    latitude: Decimal | None
    longitude: Decimal | None
    source: PositionSource


async def _place(scope: Scope, form: DetailsForm) -> _Place:
    """The place of a form, converted; without one the centre of a station's township. Raises Refused."""
    point = points.placed(form.latitude, form.longitude, form.system, await regions.whereabouts(scope), form.meant)
    if point is not None:
        converted = form.system is not ReferenceSystem.WGS84
        return _Place(point.latitude, point.longitude, point.source if converted else form.position_source)
    if form.township is None:
        return _Place(None, None, PositionSource.UNKNOWN)
    centre = await database.read(Division, form.township)
    return _Place(centre.latitude, centre.longitude, centre.position_source)


async def _check_places(scope: Scope, kind: OrganisationKind, form: DetailsForm, id: int) -> None:
    """Townships and organisations that a form names must be of the county, and a station's township free."""
    known = await database.values(int, "SELECT id FROM division WHERE parent = :county", county=scope.county)
    if not set(form.areas).issubset(known):
        raise Refused("Choose one of the options.", field="areas")
    if kind == OrganisationKind.STATION:
        if form.township not in known:
            raise Refused("Choose the township that this station serves.", field="township")
        taken = await database.value(
            str,
            "SELECT name FROM organisation WHERE kind = 'station' AND township = :township AND status <> 'closed'"
            " AND id <> :id",
            township=form.township,
            id=id,
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
    await refuse_suspended(scope, form.kind, organisation=organisation)
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


async def refuse_suspended(scope: Scope, kind: str, organisation: int = 0, worker: int = 0) -> None:
    """Raises Refused for a new paper beside one of its kind that was suspended: nobody lifts their own suspension."""
    standing = await database.exists(
        "SELECT 1 FROM qualification WHERE kind = :kind AND status IN ('suspended', 'revoked')"
        " AND (organisation = :organisation OR worker = :worker)",
        kind=kind,
        organisation=organisation,
        worker=worker,
    )
    if standing and scope.role not in {Role.BUREAU_OFFICER, Role.SYSTEM}:
        raise Refused("This qualification is suspended; only the bureau notes a new one.", field="kind")


def check_days(form: QualificationForm) -> None:
    """Raises Refused when a qualification ends before it begins."""
    if form.valid_to is not None and form.valid_to < form.valid_from:
        raise Refused("The last day is before the first.", field="valid_to")


@database.scoped
async def suspend_qualification(scope: Scope, id: int, form: SuspensionForm) -> int:
    """Suspend a qualification with a reason; the id of the organisation or worker that it belongs to.

    When an organisation then lacks what its work or a service asks for, QualificationLost is published in the same
    transaction: no new work from that day, and what it holds is freed by whom it concerns. Raises ImpossibleMove
    for one that is suspended already, or revoked.
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
    if paper.organisation:
        services = await papers.loss(scope, holder, paper.kind, paper.mandatory, on)
        if services is not None:
            await effects.publish(scope, QualificationLost(holder, on, form.reason, services))
    return holder
