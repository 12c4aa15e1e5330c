"""Files as forms begin, and recipients on a map: our own GeoJSON, in WGS-84."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.demand.recipients import phrases, queries
from shangmen.demand.recipients.absences import queries as absence_queries
from shangmen.demand.recipients.absences.queries import AbsenceRow
from shangmen.demand.recipients.moves.queries import OnlyRead
from shangmen.demand.recipients.relatives.rules import entries
from shangmen.demand.recipients.states import PersonGroup
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.villages import queries as village_queries
from shangmen.web import masking
from shangmen.web.forms import AnyForm, Form
from shangmen.web.language import label, ngettext

MASKED = (
    "id_number",
    "telephone",
    "guardian_telephone",
    "relatives",
    "certificate",
)  # in the form for correcting a file

# The colour of each group of recipients; the map's legend names the same.
STATUS = {
    PersonGroup.ELDER: "info",
    PersonGroup.DISABLED: "wait",
    PersonGroup.MINOR: "warn",
    PersonGroup.ADULT: "quiet",
}


async def as_typed(scope: Scope, person: queries.PersonRow) -> dict[str, object]:
    """A file as the form for correcting it begins; what is masked is not filled in, and left empty it stays."""
    held = await queries.certificate(scope, person.id)
    return {
        **vars(person),
        **dict.fromkeys(MASKED, ""),
        "certificate_from": held.valid_from if held else None,
        "certificate_to": held.valid_to if held else None,
        "system": ReferenceSystem.WGS84,
        "accuracy": person.position_accuracy,
    }


def masked(person: queries.PersonRow) -> dict[str, str]:
    """What of a file is not filled in, masked."""
    return {
        "id_number": masking.id_number(person.id_number),
        "telephone": masking.telephone(person.telephone),
        "guardian_telephone": masking.telephone(person.guardian_telephone),
        "relatives": relatives(person.relatives),
    }


def relatives(kept: str, clear: bool = False) -> str:
    """Declared relatives with their numbers masked, and their names where they are not read in `clear`."""
    return "、".join(
        str(replace(
            one,
            name=one.name if clear else masking.name(one.name),
            number=masking.id_number(one.number) if len(one.number) == 18 else masking.telephone(one.number),
        ))
        for one in entries(kept)
    )  # fmt: skip


def grace_as_typed(person: queries.PersonRow) -> dict[str, object]:
    """The grace period of a household as it would be typed, where there is one; and the household's version."""
    first, until = person.grace_from, person.grace_until
    if first is None or until is None:
        return {"version": person.household_version}
    months = next((n for n in range(1, 121) if clock.period_end(first, n) == until), None)
    return {"version": person.household_version, "months": months, "first": first}


def _feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(latitude: Decimal | None, longitude: Decimal | None) -> dict[str, object]:
    """Both are there: the queries ask for them."""
    return {"type": "Point", "coordinates": [float(longitude or 0), float(latitude or 0)]}


@database.scoped
async def collection(scope: Scope, filters: queries.Filters, href: Callable[[int], str]) -> dict[str, object]:
    """The county's outline, its stations, and the recipients whom the viewer reaches."""
    county = await regions.county(scope)
    outline = await regions.outline(scope, county.id)
    features = [_feature(outline, kind="county", title=county.name)] if outline else []
    features += [
        _feature(
            _point(place.latitude, place.longitude),
            kind="station",
            status="",
            title=place.name,
            label=place.name.split("社工站")[0],
        )
        for place in await regions.places(scope)
        if place.kind == "station"
    ]
    for row in await queries.points(scope, filters):
        point = _point(row.latitude, row.longitude)
        if isinstance(row, queries.CellRow):
            told = ngettext("%(num)d recipient", "%(num)d recipients", row.count)
            features.append(_feature(point, kind="recipient", status="info", title=told))
            continue
        features.append(
            _feature(
                point,
                kind="recipient",
                status=STATUS[row.group],
                title=queries.shown_name(scope, row.name),
                lines=[
                    f"{phrases.group(row.group)} · {label(row.category)}",
                    f"{row.township_name} {row.village}".strip(),
                    phrases.living(row.living),
                ],
                href=href(row.id),
            )
        )
    return {"type": "FeatureCollection", "features": features}


async def villages(viewer: Scope, chosen: str) -> list[tuple[str, str]]:
    """The villages of the viewer's townships by name, and the one on file; [] where none is listed."""
    own = await village_queries.own_townships(viewer)
    townships: dict[str, list[str]] = {}
    for row in await village_queries.villages(viewer):
        if row.township in own:
            townships.setdefault(row.name, []).append(row.township_name)
    if not townships:
        return []
    several = len({name for names in townships.values() for name in names}) > 1
    options = [(name, f"{name}（{'、'.join(of)}）" if several else name) for name, of in townships.items()]
    return options if not chosen or chosen in townships else [(chosen, chosen), *options]


def prefixed(prefix: str) -> AnyForm:
    """An empty form of its own on a page of several."""
    form: AnyForm = Form()
    form.prefix = prefix
    return form


async def absences(viewer: Scope, person: int) -> list[tuple[AbsenceRow, AnyForm]]:
    """The absences ahead, each with the form that shortens it."""
    return [(row, prefixed(f"absence{row.id}")) for row in await absence_queries.absences(viewer, person)]


_READING = frozenset({"show", "reveal"})  # last words of routes that change no file


def may(viewer: Scope, only_read: OnlyRead | None) -> Callable[[str], bool]:
    """What a person's page offers: of a file that was handed over, nothing that would change it."""
    return lambda route: access.may(viewer.role, route) and (only_read is None or route.rpartition(".")[2] in _READING)
