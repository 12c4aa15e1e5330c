"""Which papers a supplier must hold for a service, and which credit codes may supply at all. Dated parameters decide.

What the bureau made mandatory for one organisation is another thing: `rules.LICENSED`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import rules
from shangmen.foundation.organisations.queries import standing
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.tables import Organisation

ALL = "all"
"""The key of what every service asks for, in the parameter; the others are how codes of services begin."""
REGISTRATION = "registration"
"""Proven by the unified code itself (三证合一), unless a certificate was noted that does not hold any more."""


@dataclass(frozen=True)
class _Paper(database.Row):
    kind: str
    valid_from: date
    valid_to: date | None
    stands: bool


def asked(by_service: dict[str, list[str]], code: str) -> frozenset[str]:
    """The kinds that a service asks for."""
    return frozenset(
        kind for begin, kinds in by_service.items() if begin == ALL or code.startswith(begin) for kind in kinds
    )


@database.scoped
async def lacking(scope: Scope, organisation: int, codes: Collection[str], day: date) -> dict[str, tuple[str, ...]]:
    """The kinds of papers that a provider lacks on a day, by the service that asks for them; others lack nothing.

    A station needs none: it is part of the administration. Reads as far as the scope reaches: ask under the county's
    or the own.
    """
    holder = await database.read(Organisation, organisation)
    if holder.kind is not OrganisationKind.PROVIDER or not codes:
        return {}
    by_service = await catalogue.parameter_as(scope, dict[str, list[str]], "supplier_papers", day)
    papers = await database.rows(
        _Paper,
        "SELECT kind, valid_from, valid_to, status = ANY(:standing) AS stands FROM qualification"
        " WHERE organisation = :organisation",
        organisation=organisation,
        standing=list(rules.STANDING),
    )
    held = rules.held((rules.Paper(one.kind, one.valid_from, one.valid_to, stands=one.stands) for one in papers), day)
    if all(one.kind != REGISTRATION for one in papers):
        held |= {REGISTRATION}
    missing = {code: tuple(sorted(asked(by_service, code) - held)) for code in sorted(set(codes))}
    return {code: kinds for code, kinds in missing.items() if kinds}


@database.scoped
async def loss(scope: Scope, organisation: int, kind: str, mandatory: bool, day: date) -> tuple[str, ...] | None:
    """What an organisation may not do from `day` on, now that a paper of a kind does not hold any more: how the codes
    of the services begin that ask for it, empty for all work, None where nothing is lost (another paper stands in).

    `mandatory` is what the bureau made of that paper for this organisation.
    """
    if mandatory and kind in (await standing(scope, organisation, day)).lapsed:
        return ()
    holder = await database.read(Organisation, organisation)
    if holder.kind is not OrganisationKind.PROVIDER:
        return None
    by_service = await catalogue.parameter_as(scope, dict[str, list[str]], "supplier_papers", day)
    begins = tuple(begin for begin, kinds in by_service.items() if kind in kinds)
    lacking_it = [one for one, kinds in (await lacking(scope, organisation, begins, day)).items() if kind in kinds]
    if not lacking_it:
        return None
    return () if ALL in begins else tuple(lacking_it)


@database.scoped
async def halal_codes(scope: Scope, organisation: int, day: date) -> tuple[str, ...]:
    """How codes of services begin for which an organisation has no halal kitchen: who eats halal is then served by

    workers who are certified for it themselves.
    """
    by_service = await catalogue.parameter_as(scope, dict[str, list[str]], "halal_papers", day)
    held = set(
        await database.values(
            str,
            "SELECT DISTINCT kind FROM qualification WHERE organisation = :organisation AND status = ANY(:standing)"
            " AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)",
            organisation=organisation,
            standing=list(rules.STANDING),
            day=day,
        )
    )
    return tuple(begin for begin, kinds in by_service.items() if held.isdisjoint(kinds))


def kinds_of(missing: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """All kinds that are lacking, each once."""
    return tuple(sorted({kind for kinds in missing.values() for kind in kinds}))


@dataclass(frozen=True)
class Prefixes:
    """How credit codes begin whose holders may not supply (state organs, people's organisations), and those of public
    institutions, which may unless they are of the first class: 财政部令第102号."""

    barred: frozenset[str]
    doubtful: frozenset[str]

    def bars(self, credit_code: str | None) -> bool:
        """Whether the holder of a code may not supply."""
        return bool(credit_code) and str(credit_code)[:2] in self.barred

    def doubts(self, credit_code: str | None) -> bool:
        """Whether the class of the holder must be asked for."""
        return bool(credit_code) and str(credit_code)[:2] in self.doubtful


@database.scoped
async def supplier_prefixes(scope: Scope) -> Prefixes:
    """Which credit codes may not supply today, by the parameters."""
    barred, doubtful = [
        frozenset(str(one) for one in await catalogue.parameter_as(scope, list[int], name, clock.today()))
        for name in ("barred_code_prefixes", "doubtful_code_prefixes")
    ]
    return Prefixes(barred, doubtful)
