"""What a date brings to recipients: ages move people to other groups; grace, certificates and stays come to an end."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.clock import Contradiction
from shangmen.demand.recipients.moves import daily as moves
from shangmen.demand.recipients.notices import RETURN
from shangmen.demand.recipients.registration import queries as registration
from shangmen.demand.recipients.registration.rules import Ages, group_on
from shangmen.demand.recipients.states import PersonGroup
from shangmen.foundation.audit.actions import record
from shangmen.foundation.tasks import actions as tasks

GRACE_STEPS = (90, 30, 7)  # days ahead
CERTIFICATE_STEPS = (60, 30, 7)
AGE_STEPS = (60, 7)
COMING_OF_AGE = "coming_of_age"
OWN_CONSENT = "own_consent_due"
GRACE = "grace_ending"
ENTITLEMENT = "entitlement_ending"
CERTIFICATE = "certificate_ending"


@dataclass(frozen=True)
class _Aging(database.Row):
    id: int
    station: int
    name: str
    birth_date: date
    person_group: PersonGroup
    certified: bool


_AGING = """
SELECT p.id, p.station, p.name, p.birth_date, p.person_group,
       EXISTS (SELECT 1 FROM disability_certificate c WHERE c.person = p.id) AS certified
FROM person p WHERE p.county = :county AND p.state NOT IN ('died', 'moved')
"""


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Everything that the day brings to the people of a county."""
    ages = await registration.ages(scope)
    done: Counter[str] = Counter()
    done["groups_changed"] = await _change_groups(scope, ages, day)
    done["coming_of_age"] = await _tell_coming_of_age(scope, ages, day)
    done["own_consent"] = await _ask_own_consent(scope, ages, day)
    done["endings_told"] = await _tell_households(scope, day) + await _tell_certificates(scope, day)
    done["returns_asked"] = await _ask_returns(scope, day)
    return done + await moves.bring(scope, day)


async def _out_of_group(scope: Scope, ages: Ages, day: date) -> list[tuple[_Aging, PersonGroup]]:
    """People whose group is not that of their age. Only who may have crossed a limit is looked at."""
    rows = await database.rows(
        _Aging,
        _AGING
        + """
        AND ((p.person_group <> 'elder' AND p.birth_date <= :elder)
             OR (p.person_group = 'minor' AND p.birth_date <= :minor)
             OR (p.person_group = 'adult')
             OR (p.person_group = 'elder' AND p.birth_date > :elder)
             OR (p.person_group <> 'minor' AND p.birth_date > :minor)) ORDER BY p.id
        """,
        county=scope.county,
        elder=clock.months_after(day, -12 * ages.elder),
        minor=clock.months_after(day, -12 * ages.minor),
    )
    found = ((row, group_on(row.birth_date, row.certified, ages, day)) for row in rows)
    return [(row, group) for row, group in found if group != row.person_group]


async def _change_groups(scope: Scope, ages: Ages, day: date) -> int:
    changed = await _out_of_group(scope, ages, day)
    for row, group in changed:
        await database.execute("UPDATE person SET person_group = :group WHERE id = :id", group=group, id=row.id)
        record(
            scope,
            "recipients.change_group",
            "person",
            row.id,
            organisation=row.station,
            before=row.person_group,
            group=group,
        )
    return len(changed)


async def _tell_coming_of_age(scope: Scope, ages: Ages, day: date) -> int:
    """Who is about to come of age without a certificate is served no longer then, unless one is shown in time."""
    told = 0
    near = await database.rows(
        _Aging,
        _AGING + " AND p.person_group = 'minor' AND p.birth_date <= :near ORDER BY p.id",
        county=scope.county,
        near=clock.months_after(day + timedelta(days=AGE_STEPS[0]), -12 * ages.minor),
    )
    await tasks.close_others(scope, COMING_OF_AGE, "person", [row.id for row in near if not row.certified])
    for row in near:
        if not row.certified:
            told += await tasks.remind(
                scope,
                ends=clock.birthday(row.birth_date, ages.minor),
                steps=AGE_STEPS,
                organisation=row.station,
                role=Role.STATION_SCHEDULER,
                kind=COMING_OF_AGE,
                subject="person",
                subject_id=row.id,
                route="recipients.show",
                params={"id": row.id},
                message="%(name)s comes of age on %(ends)s: is there a disability certificate?",
                name=row.name,
            )
    return told


async def _ask_own_consent(scope: Scope, ages: Ages, day: date) -> int:
    """From the age of consent on, the guardian's word alone no longer carries (个人信息保护法 article 31)."""
    asked = 0
    for row in await database.rows(
        _Aging,
        _AGING
        + """
        AND p.person_group = 'minor' AND p.birth_date <= :old AND p.consent_on IS NOT NULL
        AND p.consent_by = p.guardian_name AND NOT EXISTS (
          SELECT 1 FROM task t WHERE t.kind = :kind AND t.subject = 'person' AND t.subject_id = p.id) ORDER BY p.id
        """,
        county=scope.county,
        old=clock.months_after(day, -12 * ages.consent),
        kind=OWN_CONSENT,
    ):
        if clock.age(row.birth_date, day) < ages.consent:
            continue
        await tasks.open(
            scope,
            organisation=row.station,
            role=Role.STATION_SCHEDULER,
            kind=OWN_CONSENT,
            subject="person",
            subject_id=row.id,
            route="recipients.show",
            params={"id": row.id},
            message="%(name)s is %(age)s: ask for the own consent, beside the guardian's.",
            name=row.name,
            age=ages.consent,
        )
        asked += 1
    return asked


@dataclass(frozen=True)
class _Ending(database.Row):
    id: int
    station: int
    person: int
    name: str
    ends: date
    grace: bool


async def _tell_households(scope: Scope, day: date) -> int:
    """A grace period or a category that ends is told in steps; what the household then is, people decide."""
    told = 0
    near = await database.rows(
        _Ending,
        """
        SELECT h.id, h.station, min(p.id) AS person, (array_agg(p.name ORDER BY p.id))[1] AS name,
               coalesce(h.grace_until, h.valid_to) AS ends, h.grace_until IS NOT NULL AS grace
        FROM household h JOIN person p ON p.household = h.id AND p.state NOT IN ('died', 'moved')
        WHERE h.county = :county AND coalesce(h.grace_until, h.valid_to) BETWEEN :day AND :until
        GROUP BY h.id ORDER BY h.id
        """,
        county=scope.county,
        day=day,
        until=day + timedelta(days=GRACE_STEPS[0]),
    )
    await tasks.close_others(scope, GRACE, "household", [row.id for row in near if row.grace])
    await tasks.close_others(scope, ENTITLEMENT, "household", [row.id for row in near if not row.grace])
    for row in near:
        told += await tasks.remind(
            scope,
            ends=row.ends,
            steps=GRACE_STEPS,
            organisation=row.station,
            role=Role.STATION_SCHEDULER,
            kind=GRACE if row.grace else ENTITLEMENT,
            subject="household",
            subject_id=row.id,
            route="recipients.show",
            params={"id": row.person},
            message="The grace period of %(name)s's household ends on %(ends)s."
            if row.grace
            else "The entitlement of %(name)s's household ends on %(ends)s.",
            name=row.name,
        )
    return told


async def _tell_certificates(scope: Scope, day: date) -> int:
    told = 0
    near = await database.rows(
        _Ending,
        """
        SELECT c.id, p.station, p.id AS person, p.name, c.valid_to AS ends, false AS grace
        FROM disability_certificate c JOIN person p ON p.id = c.person AND p.state NOT IN ('died', 'moved')
        WHERE p.county = :county AND c.valid_to BETWEEN :day AND :until AND NOT EXISTS (
          SELECT 1 FROM disability_certificate n WHERE n.person = c.person AND n.id <> c.id
            AND (n.valid_to IS NULL OR n.valid_to > c.valid_to)) ORDER BY c.id
        """,
        county=scope.county,
        day=day,
        until=day + timedelta(days=CERTIFICATE_STEPS[0]),
    )
    await tasks.close_others(scope, CERTIFICATE, "disability_certificate", [row.id for row in near])
    for row in near:
        told += await tasks.remind(
            scope,
            ends=row.ends,
            steps=CERTIFICATE_STEPS,
            organisation=row.station,
            role=Role.STATION_SCHEDULER,
            kind=CERTIFICATE,
            subject="disability_certificate",
            subject_id=row.id,
            route="recipients.show",
            params={"id": row.person},
            message="%(name)s's disability certificate ends on %(ends)s.",
            name=row.name,
        )
    return told


@dataclass(frozen=True)
class _Stay(database.Row):
    id: int
    station: int
    name: str
    until: date


async def _ask_returns(scope: Scope, day: date) -> int:
    """A stay whose expected last day is past is asked about; the person stays in hospital until somebody knows."""
    asked = 0
    for row in await database.rows(
        _Stay,
        """
        SELECT p.id, p.station, p.name, e.until FROM person p
        JOIN LATERAL (SELECT kind, until FROM standing_event s WHERE s.person = p.id
                      ORDER BY s.effective DESC, s.id DESC LIMIT 1) e ON e.kind = 'hospital' AND e.until < :day
        WHERE p.county = :county AND p.state = 'hospital' AND NOT EXISTS (
          SELECT 1 FROM task t WHERE t.kind = :kind AND t.subject = 'person' AND t.subject_id = p.id
            AND t.closed_at IS NULL) ORDER BY p.id
        """,
        county=scope.county,
        day=day,
        kind=RETURN,
    ):
        await tasks.open(
            scope,
            organisation=row.station,
            role=Role.STATION_SCHEDULER,
            kind=RETURN,
            subject="person",
            subject_id=row.id,
            route="recipients.show",
            params={"id": row.id},
            message="%(name)s was expected home from hospital after %(day)s: has it happened?",
            due=row.until,
            name=row.name,
            day=row.until.isoformat(),
        )
        asked += 1
    return asked


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """People who are counted in a group that their age contradicts."""
    ages = await registration.ages(scope)
    return [
        Contradiction("recipients.group_of_another_age", "person", row.id)
        for row, _group in await _out_of_group(scope, ages, day)
    ] + await moves.contradictions(scope, day)
