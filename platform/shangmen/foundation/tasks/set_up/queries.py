"""How far a county is set up: counts over the tables of all features, by name, as the key figures are."""

from dataclasses import dataclass

from shangmen import clock, database
from shangmen.access import Scope


@dataclass(frozen=True)
class Figures(database.Row):
    """How many there are of everything that a county begins with, and what of it is still missing."""

    townships: int
    officers: int  # accounts of bureau officers
    bureau_accounts: int
    stations: int
    stations_silent: int  # without a telephone
    stations_closed_off: int  # nobody of theirs can log in
    unserved: int  # townships without a station
    villages: int
    bare: int  # townships without a village
    providers: int
    providers_silent: int
    providers_nowhere: int  # without a place
    providers_closed_off: int
    workers: int
    workers_uncertified: int
    employers_empty: int  # stations and providers without a worker
    contracts: int  # in force
    drafts: int
    people: int
    people_silent: int
    townships_empty: int  # with a station, and nobody on a roll
    assessed: int
    unassessed: int  # elderly or disabled
    needs: int  # approved or later
    need_drafts: int
    runs: int  # that ended in a plan
    approved: int


_AREAS = """
WITH town AS (
  SELECT id FROM division WHERE parent = ANY(:counties) AND level = 'township'
    AND valid_from <= :today AND (valid_to IS NULL OR valid_to >= :today)
), org AS (
  SELECT o.*, EXISTS (SELECT 1 FROM app_user u WHERE u.organisation = o.id AND u.active) AS open,
         EXISTS (SELECT 1 FROM engagement e WHERE e.organisation = o.id
                 AND (e.valid_to IS NULL OR e.valid_to >= :today)) AS staffed
  FROM organisation o WHERE o.county = ANY(:counties) AND o.status <> 'closed'
), area AS (
  SELECT township AS id FROM org WHERE kind = 'station'
  UNION SELECT a.division FROM service_area a JOIN org ON org.id = a.organisation WHERE org.kind = 'station'
)
"""


@database.scoped
async def figures(scope: Scope) -> Figures:
    """How far the viewer's county is."""
    station, provider = "FROM org WHERE kind = 'station'", "FROM org WHERE kind = 'provider'"
    user = "FROM app_user WHERE county = ANY(:counties) AND active"
    need, worker = "FROM need WHERE county = ANY(:counties)", "FROM worker w WHERE w.county = ANY(:counties)"
    person = "FROM person p WHERE p.county = ANY(:counties)"
    counted = {
        "townships": "FROM town",
        "officers": f"{user} AND role = 'bureau_officer'",
        "bureau_accounts": f"{user} AND organisation IN (SELECT id FROM org WHERE kind = 'bureau')",
        "stations": station,
        "stations_silent": f"{station} AND telephone = ''",
        "stations_closed_off": f"{station} AND NOT open",
        "unserved": "FROM town WHERE id NOT IN (SELECT id FROM area WHERE id IS NOT NULL)",
        "villages": "FROM village WHERE county = ANY(:counties) AND NOT closed",
        "bare": "FROM town WHERE NOT EXISTS (SELECT 1 FROM village v WHERE v.township = town.id AND NOT v.closed)",
        "providers": provider,
        "providers_silent": f"{provider} AND telephone = ''",
        "providers_nowhere": f"{provider} AND latitude IS NULL",
        "providers_closed_off": f"{provider} AND NOT open",
        "workers": worker,
        "workers_uncertified": f"{worker} AND NOT EXISTS (SELECT 1 FROM qualification q WHERE q.worker = w.id)",
        "employers_empty": "FROM org WHERE kind IN ('station', 'provider') AND NOT staffed",
        "contracts": "FROM contract WHERE county = ANY(:counties) AND state = 'in_force'",
        "drafts": "FROM contract WHERE county = ANY(:counties) AND state = 'draft'",
        "people": person,
        "people_silent": f"{person} AND p.telephone = ''",
        "townships_empty": "FROM town WHERE id IN (SELECT id FROM area)"
        " AND NOT EXISTS (SELECT 1 FROM person p WHERE p.township = town.id)",
        "assessed": f"{person} AND EXISTS (SELECT 1 FROM assessment a WHERE a.person = p.id)",
        "unassessed": f"{person} AND p.person_group IN ('elder', 'disabled')"
        " AND NOT EXISTS (SELECT 1 FROM assessment a WHERE a.person = p.id)",
        "needs": f"{need} AND state <> 'draft'",
        "need_drafts": f"{need} AND state = 'draft'",
        "runs": "FROM matching_run WHERE county = ANY(:counties) AND state IN ('proposed', 'approved')",
        "approved": "FROM matching_run WHERE county = ANY(:counties) AND state = 'approved'",
    }
    columns = ", ".join(f"(SELECT count(*) {where}) AS {name}" for name, where in counted.items())
    found = await database.row(
        Figures, f"{_AREAS} SELECT {columns}", counties=list(scope.counties), today=clock.today()
    )
    assert found is not None
    return found
