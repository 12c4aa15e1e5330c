"""What becomes of each row of a list of contracts: a line of a contract of a provider for a lot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec

from shangmen import clock
from shangmen.access import Scope
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.queries import ItemRow
from shangmen.foundation.catalogue.synonyms import Services
from shangmen.foundation.imports import queries as imports
from shangmen.foundation.imports.cells.places import Places
from shangmen.foundation.imports.kinds import Line, Source
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations.lists import queries as organisations
from shangmen.foundation.organisations.lists.names import Names, key
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.lists import queries
from shangmen.supply.contracts.lists.queries import KnownRow
from shangmen.supply.contracts.states import Pricing


class Said(msgspec.Struct):
    """What the cells of a row say, by column."""

    lot: str = ""
    number: str = ""
    provider: str = ""
    townships: str = ""
    item: str = ""
    rate: Decimal | None = None
    pricing: str = ""
    quantity: Decimal | None = None
    amount: Decimal | None = None
    term: tuple[date | None, date | None] | None = None
    begins: date | None = None
    ends: date | None = None
    signed_on: date | None = None


@dataclass
class Priced:
    """A line of a contract of the list."""

    line: Line
    item: ItemRow
    pricing: Pricing
    rate: Decimal
    quantity: Decimal

    @property
    def yuan(self) -> Decimal:
        """What it comes to."""
        return pricing.half_up(self.rate * self.quantity)


@dataclass
class Agreed:
    """A contract of the list: its rows, and what they say together."""

    lot: str
    said: Said
    provider: int
    first: date
    last: date
    townships: list[int]
    lines: list[Priced] = field(default_factory=list)
    amounts: list[Decimal] = field(default_factory=list)
    known: KnownRow | None = None

    @property
    def ceiling(self) -> Decimal:
        """The amount of the contract: as the list says, else what its lines come to."""
        made = pricing.total([one.yuan for one in self.lines])
        if not self.amounts:
            return made
        if (len(self.amounts) > 1 and len(set(self.amounts)) > 1) or self.amounts == [one.yuan for one in self.lines]:
            return pricing.total(self.amounts)
        return self.amounts[0]


MOST_TEN_THOUSANDS = 5_000  # what is more below a head of 万元 was typed in yuan all the same
_HOUR = re.compile(r"小时|时|钟点|h", re.IGNORECASE)
_VISIT = re.compile(r"次|人次|单|趟|回|份|餐|户")


def pricing_of(words: str, item: ItemRow) -> Pricing | None:
    """What a rate is for: 元/次, 元/小时; the catalogue's unit where nothing is said; None for what cannot be kept."""
    if re.search(r"月|年|天|日|岗|包干|总价|人均", words):
        return None
    if _HOUR.search(words):
        return Pricing.PER_HOUR
    if _VISIT.search(words):
        return Pricing.PER_VISIT
    return Pricing.PER_HOUR if item.unit == "hour" else Pricing.PER_VISIT


class Register:
    """The providers, services and contracts of the county, and the rows that stood above."""

    def __init__(
        self, source: Source, places: Places, items: Sequence[ItemRow], names: Names, known: Sequence[KnownRow]
    ) -> None:
        self.source, self.places, self.names = source, places, names
        self.items = {item.code: item for item in items}
        self.services = Services((item.code, item.name) for item in items)
        self.known = {(key(row.lot_name), row.provider, row.term_from): row for row in known}
        self.agreed: dict[tuple[str, int, date], Agreed] = {}

    def judge(self, line: Line) -> Agreed | None:
        """The contract of a row that is not refused, with the row's line."""
        said = msgspec.convert(line.values, Said)
        provider = self.names.find(said.provider)
        if provider is None:
            line.refuse("PROVIDER_UNKNOWN", "There is no provider “%(name)s”.", "provider", name=said.provider)
        first, last = said.term or (said.begins, said.ends)
        if not line.refusal and (first is None or last is None):
            line.refuse("TERM_MISSING", "The first and the last day of the contract are missing.", "term")
        elif not line.refusal and first and last and last < first:
            line.refuse("DATES_DISAGREE", "The end is before the beginning.", "term")
        elif not line.refusal and said.signed_on and said.signed_on > clock.today():
            line.refuse("DATE_FUTURE", "This day is still to come.", "signed_on")
        townships, unknown = self.places.several(said.townships) if said.townships else ([], [])
        if unknown:
            line.refuse(
                "TOWNSHIP_UNKNOWN", "There is no township “%(cell)s” in this county.", "townships", cell=unknown[0]
            )
        priced = None if line.refusal else self._priced(line, said)
        if priced is None or provider is None or first is None or last is None:
            return None
        lot = said.lot or said.number or said.provider
        place = (key(lot), provider, first)
        areas = [one.id for one in townships] or [one.id for one in self.places.townships]
        one = self.agreed.setdefault(place, Agreed(lot, said, provider, first, last, areas))
        one.known = self.known.get(place)
        if any(other.item.code == priced.item.code for other in one.lines):
            line.refuse("DUPLICATE_IN_FILE", "The contract has a line for this service already.", "item")
            return None
        if said.amount is not None and "amount" in line.own:
            of_ten_thousand = "万" in self.source.heads.get("amount", "") and said.amount < MOST_TEN_THOUSANDS
            one.amounts.append(said.amount * 10_000 if of_ten_thousand else said.amount)
        one.lines.append(priced)
        return one

    def _priced(self, line: Line, said: Said) -> Priced | None:
        codes = self.services.meant(said.item)
        if not codes:
            line.refuse("UNKNOWN_SERVICE", "“%(cell)s” is no service of the catalogue.", "item", cell=said.item)
            return None
        if len(codes) > 1:
            line.refuse("SERVICES_SEVERAL", "“%(cell)s” names several services: one a row.", "item", cell=said.item)
            return None
        item = self.items[codes[0]]
        line.meant["item"] = item.name
        typed = line.typed.get("rate", "")
        beside = typed if re.search(r"[/每]", typed) else ""
        said_unit = said.pricing or beside or " ".join(re.findall(r"[/每]\S*", self.source.heads.get("rate", "")))
        unit = pricing_of(said_unit, item)
        if said.rate is None or said.rate <= 0:
            line.refuse("AMOUNT_UNREADABLE", "The price is missing.", "rate")
        elif said.quantity is None or said.quantity <= 0:
            line.refuse("COUNT_UNREADABLE", "The quantity is missing.", "quantity")
        elif unit is None:
            line.refuse("PRICING_UNKNOWN", "A rate is for a visit or for an hour, not “%(cell)s”.",
                        "pricing" if said.pricing else "rate",
                        cell=said_unit)  # fmt: skip
        if line.refusal or unit is None or said.rate is None or said.quantity is None:
            return None
        most = pricing.rate_ceiling(item.price_ceiling, item.unit, item.standard_minutes, unit)
        if most is not None and said.rate > most:
            line.note(
                "PRICE_ABOVE_CEILING", "The catalogue's price ceiling is ¥%(most)s.", "rate", most=f"{most:,.2f}"
            )
        return Priced(line, item, unit, pricing.half_up(said.rate), pricing.half_up(said.quantity))


def tell(one: Agreed) -> None:
    """Say of a contract what must be said, in its first row."""
    line = one.lines[0].line
    made = pricing.total([priced.yuan for priced in one.lines])
    if one.ceiling != made:
        line.note(
            "AMOUNT_DISAGREES",
            "The amount is ¥%(said)s; its lines come to ¥%(made)s.",
            "amount",
            said=f"{one.ceiling:,.2f}",
            made=f"{made:,.2f}",
        )
    if one.last < clock.today():
        line.note(
            "EXPIRED",
            "The contract ended on %(day)s: it is kept, and nothing is served under it.",
            "term",
            day=one.last.isoformat(),
        )


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> list[Agreed]:
    """Set the verdict on every row of a list of contracts; the contracts of those that are not refused."""
    known = await queries.contracts(scope)
    register = Register(
        source,
        await imports.places(scope),
        await catalogue.items(scope),
        await organisations.names(scope, OrganisationKind.PROVIDER),
        known,
    )
    for line in lines:
        if not line.refusal:
            register.judge(line)
    held = {
        (row.contract, row.code): row
        for row in await queries.lines(scope, [one.known.id for one in register.agreed.values() if one.known])
    }
    made = [one for one in register.agreed.values() if one.lines]
    for one in made:
        tell(one)
        for priced in one.lines if one.known else []:
            assert one.known is not None
            before = held.get((one.known.id, priced.item.code))
            priced.line.subject = one.known.id
            if before is None:
                priced.line.refuse(
                    "CONTRACT_SIGNED", "This contract is known without this line: amend it on its page.", "item"
                )
                continue
            priced.line.verdict = Verdict.SAME
            if (before.rate, before.quantity) != (priced.rate, priced.quantity):
                priced.line.note(
                    "CONTRACT_SIGNED",
                    "The known line has ¥%(rate)s and %(quantity)s units: amend the contract on its page.",
                    "rate",
                    rate=f"{before.rate:f}",
                    quantity=f"{before.quantity:f}",
                )
    return made
