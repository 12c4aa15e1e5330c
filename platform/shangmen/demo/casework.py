"""Registering, assessing, stating and approving: the demo's stations at work."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.assessments.forms import AssessmentForm
from shangmen.demand.needs.assessments.scales import MINOR_ITEMS, SIX_ITEMS
from shangmen.demand.needs.forms import NeedForm
from shangmen.demand.needs.states import AssessmentReason, Scale
from shangmen.demand.needs.windows import Window
from shangmen.demand.recipients.registration import actions
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.demand.recipients.states import Category, Living
from shangmen.demo.places import County
from shangmen.demo.population import Home, Somebody
from shangmen.demo.wants import Want
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.villages import actions as villages
from shangmen.foundation.villages.forms import VillageForm

_FAILED = {AbilityLevel.SELF: 0, AbilityLevel.PARTIAL: 2, AbilityLevel.TOTAL: 5}
_EVENING = [(day, 1110, 1260) for day in range(5)]  # 18:30-21:00: after everybody's hours
_AFTER_SCHOOL = [(day, 960, 1080) for day in range(5)] + [(5, 480, 720)]


async def register(made: County, people: Sequence[Somebody]) -> dict[int, int]:
    """Register everybody at their stations; index -> person id."""
    found: dict[int, int] = {}
    for station, group in groupby(sorted(people, key=lambda p: (p.station, p.index)), key=lambda p: p.station):
        scheduler = await _scheduler(made, station)
        async with database.transaction(scheduler):
            for person in group:
                found[person.index] = await actions.register(scheduler, _form(person))
    return found


async def note_villages(made: County, places: Sequence[Home]) -> None:
    """The villages of each township, noted by its station; their points are invented."""
    for place in places:
        scheduler = await _scheduler(made, place.station)
        async with database.transaction(scheduler):
            for village, latitude, longitude in place.villages:
                form = VillageForm(
                    township=place.township,
                    name=village,
                    latitude=Decimal(str(latitude)),
                    longitude=Decimal(str(longitude)),
                    synthetic=True,
                )
                await villages.note(scheduler, form)


async def _scheduler(made: County, station: int) -> Scope:
    number = list(made.stations.values()).index(station) + 1
    return await made.scope(f"station{number}")


def _form(person: Somebody) -> RecipientForm:
    return RecipientForm(
        name=person.name,
        category=Category(person.category),
        household_number=person.household,
        household_from=person.consent,
        id_number=person.id_number,
        certificate=person.certificate,
        living=Living(person.living),
        telephone=person.telephone,
        township=person.township,
        village=person.village,
        address=f"{person.index % 97 + 1}号",
        latitude=person.latitude,
        longitude=person.longitude,
        accuracy=30,
        synthetic=True,
        halal=person.halal,
        guardian_name=person.guardian,
        guardian_telephone=person.telephone if person.guardian else "",
        consent_on=person.consent,
        consent_by=person.guardian or person.name,
    )


async def assess(made: County, people: Sequence[Somebody], ids: dict[int, int], on: date) -> None:
    """Assess everybody on the scale of their group."""
    for station, group in groupby(sorted(people, key=lambda p: (p.station, p.index)), key=lambda p: p.station):
        scheduler = await _scheduler(made, station)
        async with database.transaction(scheduler):
            for person in group:
                await needs.assess(scheduler, ids[person.index], _assessment(person, on))


def _assessment(person: Somebody, on: date) -> AssessmentForm:
    if person.group == "minor":
        scores = dict.fromkeys(MINOR_ITEMS, 0) | {"guardianship_gap": 1}
        return AssessmentForm(Scale.MINOR, scores, on, "评估员甲", "评估员乙", AssessmentReason.FIRST)
    failed = _FAILED[person.level]
    scores = {item: int(index >= len(SIX_ITEMS) - failed) for index, item in enumerate(SIX_ITEMS)}
    return AssessmentForm(Scale.SIX_ITEM, scores, on, "评估员甲", "评估员乙", AssessmentReason.FIRST)


async def state(
    made: County, people: Sequence[Somebody], ids: dict[int, int], wanted: Sequence[Want], first: date
) -> dict[int, int]:
    """State needs and have the bureau approve them; position in `wanted` -> need id."""
    found: dict[int, int] = {}
    numbered = sorted(enumerate(wanted), key=lambda pair: (people[pair[1].person].station, pair[0]))
    for station, group in groupby(numbered, key=lambda pair: people[pair[1].person].station):
        scheduler = await _scheduler(made, station)
        async with database.transaction(scheduler):
            for number, want in group:
                item = await catalogue.item_by_code(scheduler, want.item)
                found[number] = await needs.state(
                    scheduler,
                    ids[want.person],
                    NeedForm(
                        service_item=item.id,
                        visits_per_month=want.visits,
                        minutes=want.minutes,
                        valid_from=first,
                        windows=_windows(people[want.person], want),
                    ),
                )
    await needs.approve_all(await made.scope("bureau"))
    return found


def _windows(person: Somebody, want: Want) -> list[Window]:
    if want.evening:
        return _EVENING
    return _AFTER_SCHOOL if person.group == "minor" else []


async def leave_some_waiting(made: County, people: Sequence[Somebody], ids: dict[int, int]) -> None:
    """A few needs are stated today and not approved yet: something for the bureau's work list."""
    for person in [p for p in people if p.group == "elder" and p.level == "PARTIAL"][:6]:
        scheduler = await _scheduler(made, person.station)
        item = await catalogue.item_by_code(scheduler, "C04")
        await needs.state(scheduler, ids[person.index], NeedForm(service_item=item.id, visits_per_month=1))
