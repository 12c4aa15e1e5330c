"""What the ladder proposes for the people of a township, from their assessments."""

from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement.rules import Excess
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import caps
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.foundation.catalogue import queries as catalogue


@dataclass(frozen=True)
class Assessed(database.Row):
    """Somebody who lives at home and was assessed, with the services that they have open needs for."""

    id: int
    county: int
    name: str
    village: str
    group: PersonGroup
    category: Category | None
    level: AbilityLevel
    assessed_on: date
    end_of_service: date | None
    codes: list[str]


@dataclass(frozen=True)
class Proposed:
    """A need that could be stated: visits and minutes as they are proposed, and why it would be held back."""

    person: Assessed
    item: catalogue.ItemRow
    visits: int
    most: int | None
    excess: Excess | None

    @property
    def key(self) -> str:
        """What the row is called in a form."""
        return f"{self.person.id}:{self.item.code}"


@database.scoped
async def assessed(scope: Scope, township: int) -> list[Assessed]:
    """People of a township who may be proposed for, by name."""
    return await database.rows(
        Assessed,
        f"""
        SELECT p.id, p.county, p.name, p.village, p.person_group AS "group", h.category, a.level, a.assessed_on,
               coalesce(h.grace_until, h.valid_to) AS end_of_service,
               ARRAY(SELECT DISTINCT i.code FROM need n JOIN service_item i ON i.id = n.service_item
                     WHERE n.person = p.id AND n.state <> 'ended') AS codes
        FROM person p LEFT JOIN household h ON h.id = p.household
        JOIN LATERAL (SELECT level, assessed_on FROM assessment s WHERE s.person = p.id
                      ORDER BY s.assessed_on DESC, s.id DESC LIMIT 1) a ON true
        WHERE p.county = ANY(:counties) AND p.township = :township AND {recipients.reads(scope, "p")}
          AND p.state = 'living' AND p.doubt = '' AND p.living <> 'institution'
          AND (h.id IS NULL OR coalesce(h.grace_until, h.valid_to) IS NULL
               OR coalesce(h.grace_until, h.valid_to) >= :today)
        ORDER BY p.pinyin, p.id
        """,
        counties=list(scope.counties),
        township=township,
        today=clock.today(),
    )


@database.scoped
async def proposed(scope: Scope, township: int) -> list[Proposed]:
    """What the ladder proposes today that nobody has stated yet, person after person."""
    today = clock.today()
    people = await assessed(scope, township)
    if not people:
        return []
    measured = await caps.caps(scope, people[0].county, [one.id for one in people])
    items = {item.code: item for item in await catalogue.items(scope)}
    found = []
    for person in people:
        for code in measured.ladder.codes(today):
            grant = measured.granted(person.id, code, today)
            if grant is None or not grant.proposed or code in person.codes or code not in items:
                continue
            item = items[code]
            wish = caps.Wish(0, person.id, code, grant.proposed, item.standard_minutes, today)
            excess = measured.excess(wish)
            if excess is None:
                measured.take(wish)
            found.append(Proposed(person, item, grant.proposed, grant.amount.visits, excess))
    return found
