"""Which workers are family of which recipients: nobody is sent to, or paid for, their own family."""

from collections.abc import Collection
from dataclasses import dataclass

from shangmen import database
from shangmen.access import Scope


@dataclass(frozen=True)
class _Related(database.Row):
    person: int
    worker: int


@database.scoped
async def relatives(scope: Scope, people: Collection[int]) -> dict[int, frozenset[int]]:
    """The workers who are of a recipient's household, its guardian, declared as relatives, or are the
    recipient; by recipient.

    A worker is known by the ID number, a guardian by name and telephone, a declared relative by the name with either.
    Read beyond the viewer's rows, so the caller says that somebody is a relative, never of which kind, nor who else
    lives there.
    """
    async with database.elevated(scope):
        found = await database.rows(
            _Related,
            """
            SELECT p.id AS person, w.id AS worker FROM person p JOIN person m
              ON m.id = p.id OR m.household = p.household JOIN worker w ON w.id_number = m.id_number
            WHERE p.id = ANY(:people) AND w.id_number <> ''
            UNION
            SELECT p.id, w.id FROM person p JOIN worker w ON w.county = p.county AND w.name = p.guardian_name
              AND w.telephone <> '' AND (w.telephone = p.guardian_telephone
                OR position(w.telephone IN p.guardian_other_telephones) > 0)
            WHERE p.id = ANY(:people)
            UNION
            SELECT p.id, w.id FROM person p JOIN worker w ON w.county = p.county AND p.relatives <> '' AND (
                (w.telephone <> '' AND position('、' || w.name || ' ' || w.telephone IN '、' || p.relatives) > 0)
                OR (w.id_number <> '' AND position('、' || w.name || ' ' || w.id_number IN '、' || p.relatives) > 0))
            WHERE p.id = ANY(:people)
            """,
            people=sorted(set(people)),
        )
    by_person: dict[int, set[int]] = {}
    for one in found:
        by_person.setdefault(one.person, set()).add(one.worker)
    return {person: frozenset(workers) for person, workers in by_person.items()}
