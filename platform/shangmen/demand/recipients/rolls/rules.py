"""What becomes of each row of a roll, by what it says itself and by who is registered already."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients.registration import queries as registration
from shangmen.demand.recipients.registration.rules import Ages, group_on
from shangmen.demand.recipients.rolls import queries, words
from shangmen.demand.recipients.rolls.differences import differences
from shangmen.demand.recipients.rolls.entrants import Entrant, Said
from shangmen.demand.recipients.rolls.queries import KnownRow
from shangmen.demand.recipients.states import Category, Living, PersonGroup
from shangmen.foundation import identity
from shangmen.foundation.imports import queries as imports
from shangmen.foundation.imports.cells import numbers
from shangmen.foundation.imports.cells.places import Places, Spot, tidy, village
from shangmen.foundation.imports.cells.reading import Unread, same_name
from shangmen.foundation.imports.kinds import Line, Source
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations.states import Sex
from shangmen.web import text as normal


class Register:
    """Knows who is registered and which station serves where, so that thousands of rows need a few queries."""

    def __init__(self, scope: Scope, source: Source, ages: Ages, places: Places) -> None:
        self.source, self.ages, self.places, self.today = source, ages, places, clock.today()
        self.own = queries.own_station(scope)
        self.stations: dict[int, int] = {}
        self.own_townships: set[int] = set()
        self.county, self.bureau = scope.county, 0
        self.numbers: dict[str, KnownRow] = {}
        self.names: dict[str, list[KnownRow]] = {}
        self.brought: dict[int, dict[str, str]] = {}
        self.seen: dict[str, tuple[int, str]] = {}
        self.unnumbered: dict[tuple[str, date, int], int] = {}
        whole = source.title
        self.list_category = words.named_category(whole)
        if not source.fields & {"category", "is_dibao", "is_tekun"} and "support" in source.fields:
            self.list_category = Category.TEKUN
        self.of_children = "overlay" in source.fields or bool(words.overlay_in(whole))
        self.of_disabled = bool(source.fields & {"certificate"}) or "残疾" in whole

    # The order of these is the order in which somebody would say what is wrong.

    def judge(self, line: Line) -> Entrant | None:
        """Set the verdict on a row; who stands in it when it is not refused."""
        if line.verdict is Verdict.REFUSED:
            return None
        one = Entrant(line, msgspec.convert(line.values, Said))
        one.name = one.said.name
        if not one.name:
            line.refuse("NAME_MISSING", "The name is missing.", "name")
        steps = (self._identify, self._once, self._agree, self._find, self._place, self._category, self._certify)
        for step in (*steps, self._look_after, self._lengths):
            if line.refusal is None:
                step(one)
        if line.refusal is None:
            self._compare(one)
        return None if line.refusal else one

    def _identify(self, one: Entrant) -> None:
        said, line = one.said, one.line
        one.number = said.id_number.number or None
        if one.number is None and said.certificate:
            try:
                held = numbers.id_number(words.certificate_says(said.certificate)[0]).number
            except Unread as fault:
                line.refuse(fault.code, fault.sentence, "certificate", **fault.words)
                return
            one.number = held
            line.note(
                "ID_FROM_CERTIFICATE", "The ID number is missing: it is the beginning of the certificate.", "id_number"
            )
        if one.number:
            found = identity.citizen(one.number, self.today)
            one.sex, one.birth = Sex(found.sex), found.birth_date
            return
        one.no_id_reason = said.no_id_reason or said.id_number.reason or numbers.no_number(said.notes)
        if not one.no_id_reason:
            line.refuse("MISSING_ID", "The ID number is missing, and no reason for having none.", "id_number")
        elif said.sex is None:
            line.refuse("MISSING_ID", "Without an ID number the sex must be said.", "sex")
        elif len(said.birth) != 1 or said.birth[0][0] != said.birth[0][1]:
            line.refuse("MISSING_ID", "Without an ID number the whole birth date must be said.", "birth")
        else:
            one.sex, one.birth = said.sex, said.birth[0][0]
            if one.birth > self.today:
                line.refuse("BIRTH_DISAGREES", "The birth date lies in the future.", "birth")
            line.note("NO_ID", "Registered by name and birth date: %(reason)s.", "id_number", reason=one.no_id_reason)

    def _once(self, one: Entrant) -> None:
        if one.number is None:
            return
        if one.number in self.seen:
            row, name = self.seen[one.number]
            if same_name(name, one.name):
                one.line.refuse("DUPLICATE_IN_FILE", "The same ID number stands in row %(row)s.", "id_number", row=row)
            else:
                self._other_name(one, name)
        else:
            self.seen[one.number] = (one.line.row, one.name)

    def _other_name(self, one: Entrant, name: str) -> None:
        one.line.refuse(
            "NAME_DISAGREES", "This ID number belongs to somebody of another name: %(name)s.", "id_number", name=name
        )

    def _agree(self, one: Entrant) -> None:
        said = one.said
        if one.number and said.sex and said.sex != one.sex:
            one.line.refuse(
                "SEX_DISAGREES",
                "The ID number says otherwise: its 17th digit is odd for men and even for women.",
                "sex",
            )
        elif one.number and said.birth and not any(first <= one.birth <= last for first, last in said.birth):
            one.line.refuse("BIRTH_DISAGREES", "The ID number says %(day)s.", "birth", day=one.birth.isoformat())

        elif said.consent_on and said.consent_on > self.today:
            one.line.refuse("DATE_FUTURE", "The consent lies in the future.", "consent_on")
        elif said.consent_on and said.consent_on < one.birth:
            one.line.refuse("DATES_DISAGREE", "This day lies before the person's birth.", "consent_on")

    def _find(self, one: Entrant) -> None:
        if one.number:
            one.known = self.numbers.get(one.number)
            if one.known and not same_name(one.known.name, one.name):
                self._other_name(one, one.known.name)

    def _place(self, one: Entrant) -> None:
        said = one.said
        spot: Spot | None = None
        for text in (said.township, said.address, said.village, said.registered_address):
            if not re.fullmatch(r"同(上|左|户籍.*)", text.strip()):
                spot = spot or (self.places.spot(text) if text else None)
        township = (self.places.township(said.township) or (None if said.township else spot and spot.township)) or None
        if said.township and township is None:
            one.line.refuse(
                "TOWNSHIP_UNKNOWN", "“%(cell)s” is no township of this county.", "township", cell=said.township
            )
            return
        if township is None:
            self._without_township(one)
        else:
            one.township = township.id
        self._station(one)
        self._village(one, spot)

    def _without_township(self, one: Entrant) -> None:
        said = one.said
        if self.own and len(self.own_townships) == 1:
            one.township = next(iter(self.own_townships))
        elif "township" in self.source.fields or said.address or said.registered_address:
            one.line.refuse("TOWNSHIP_UNKNOWN", "No township of this county is said.", "township")
        elif one.known:
            one.township = one.known.township
        else:
            one.township = self.county
            one.line.note("TOWNSHIP_MISSING", "The list says no township: the person is kept with the county.")

    def _station(self, one: Entrant) -> None:
        if self.own:
            if one.township not in self.own_townships and one.township != self.county:
                one.line.refuse(
                    "TOWNSHIP_UNKNOWN", "“%(cell)s” is not a township of your station.", "township",
                    cell=one.said.township,
                )  # fmt: skip
            one.station = self.own
            return
        one.station = self.stations.get(one.township) or self.bureau
        if not one.station:
            one.line.refuse("STATION_MISSING", "No station serves this township yet.", "township")

    def _village(self, one: Entrant, spot: Spot | None) -> None:
        said = one.said
        rest = ""
        if said.village:
            inside = self.places.spot(said.village)
            one.village, rest = (inside.village, inside.rest) if inside else village(said.village)
        elif spot:
            one.village, rest = spot.village, spot.rest
        address = (
            said.address if not re.fullmatch(r"同(上|左|户籍.*)", said.address.strip()) else said.registered_address
        )
        one.address = address or said.registered_address or f"{rest}{said.group}"
        registered = said.registered_address
        if tidy(registered) != tidy(one.address) and not re.fullmatch(r"同(上|左|现?居?住.*)", registered.strip()):
            one.registered_address = registered

    def _category(self, one: Entrant) -> None:
        said = one.said
        if not said.overlay:
            said.overlay = words.overlay_in(one.line.typed.get("category", ""))
        stated = [each for each in (said.category, said.is_tekun, said.is_dibao) if each is not None]
        named = [each for each in stated if each.category is not None]
        if named:
            one.assisted = min(named, key=lambda each: words.PRECEDENCE.index(each.category or Category.OTHER_LOW))
        elif "category" in self.source.fields:
            cell = one.line.typed.get("category", "")
            if not stated or not cell:
                one.line.refuse("CATEGORY_UNKNOWN", "The category is missing.", "category")
        elif not stated and self.list_category and not (self.of_children or self.of_disabled):
            one.assisted = words.Assisted(self.list_category)
        elif not stated and not (self.of_children or self.of_disabled):
            one.line.refuse("CATEGORY_UNKNOWN", "The list says no category: choose one for all its rows.", "category")
        if said.tier and one.assisted.category and not one.assisted.tier:
            one.assisted = replace(one.assisted, tier=words.class_in(said.tier))
        supported = said.support or one.assisted.support
        if one.assisted.category is Category.TEKUN and "support" in self.source.fields and not supported:
            one.line.note(
                "SUPPORT_MISSING", "The form of support is empty: is it at home or in an institution?", "support"
            )

    def _certify(self, one: Entrant) -> None:
        said, line = one.said, one.line
        stated = list(said.disability)
        typed = line.typed.get("disability", "")
        if not typed and words.type_in(line.typed.get("category", "")):
            typed = line.typed["category"]
        if not stated and (typed or said.disability_level):
            try:
                stated = [(a, b) for a, b in words.disability(typed + said.disability_level)]
            except Unread as fault:
                line.note(fault.code, fault.sentence, "disability", **fault.words)
        if stated:
            one.type, one.level = min(stated, key=lambda each: (each[1], each[0]))
        if len(stated) > 1:
            one.type = 7
        if not said.certificate:
            return
        whose, kind, grade = words.certificate_says(said.certificate)
        if one.number and whose != one.number:
            line.note(
                "CERTIFICATE_OF_ANOTHER",
                "The certificate begins with another ID number: it is not stored.",
                "certificate",
            )
            return
        one.certificate = said.certificate
        if not stated:
            one.type, one.level = kind, grade
        elif (kind, grade) not in stated:
            line.note(
                "CERTIFICATE_DISAGREES",
                "The last digits of the certificate say %(number)s, the words %(words)s.",
                "certificate",
                number=f"{words.TYPES[kind]}{grade}级",
                words=typed,
            )

    def _look_after(self, one: Entrant) -> None:
        said, line = one.said, one.line
        minor = clock.age(one.birth, self.today) < self.ages.minor
        known = one.known and one.known.guardian_name
        if minor and "guardian_name" in self.source.fields and not said.guardian_name and not known:
            line.refuse(
                "GUARDIAN_MISSING", "Somebody under %(age)s needs a guardian.", "guardian_name", age=self.ages.minor
            )
        if said.living is Living.ALONE and clock.age(one.birth, self.today) < self.ages.alone:
            line.refuse(
                "ALONE_TOO_YOUNG",
                "A child under %(age)s may not live alone (Law on the Protection of Minors, article 21):"
                " say with whom it lives.",
                "living",
                age=self.ages.alone,
            )
        one.deceased = words.says_deceased(said.notes)
        if one.deceased:
            line.note(
                "DECEASED_NOTE",
                "The note says that the person has died: nothing is planned before somebody has looked.",
                "notes",
            )
        if one.number is None:
            self._unnumbered(one)

    def _unnumbered(self, one: Entrant) -> None:
        key = (normal.key(one.name), one.birth, one.township)
        if key in self.unnumbered:
            one.line.refuse(
                "SAME_PERSON",
                "Row %(row)s names somebody of the same name, birth date and township. Are they one person?",
                "name",
                row=self.unnumbered[key],
            )
            return
        self.unnumbered[key] = one.line.row
        for known in self.names.get(normal.key(one.name), ()):
            if (known.birth_date, known.township) == (one.birth, one.township):
                if known.id in self.brought and known.id_number is None:
                    one.known = known
                    return
                one.line.refuse(
                    "SAME_PERSON",
                    "Somebody of this name, born on the same day in the same township, is registered."
                    " Are they one person?",
                    "name",
                )

    def _lengths(self, one: Entrant) -> None:
        for name, value, longest in (
            ("name", one.name, 60), ("village", one.village, 60), ("address", one.address, 200),
            ("registered_address", one.registered_address, 200),
            ("household_number", one.said.household_number, 30), ("relation", one.said.relation, 20),
            ("guardian_name", one.said.guardian_name, 60), ("guardian_relation", one.said.guardian_relation, 20),
            ("language", one.said.language, 30), ("no_id_reason", one.no_id_reason, 200),
            ("notes", one.said.notes, 8000),
        ):  # fmt: skip
            if len(value) > longest:
                one.line.refuse(
                    "CELL_TOO_LONG", "This cell has %(length)s characters, at most %(longest)s are kept.", name,
                    length=len(value), longest=longest,
                )  # fmt: skip

    async def known_households(self, scope: Scope, numbers_: Sequence[str]) -> list[queries.HouseholdRow]:
        """The households of these numbers that stand."""
        return await queries.households(scope, sorted({number for number in numbers_ if number}))

    def group(self, one: Entrant) -> PersonGroup:
        """As whom somebody is served."""
        certified = bool(one.type or (one.known and one.known.certificate))
        return group_on(one.birth, certified, self.ages, self.today)

    def _compare(self, one: Entrant) -> None:
        line, known = one.line, one.known
        if known is None:
            line.verdict = Verdict.NEW
            return
        line.subject = known.id
        if self.own and known.station != self.own:
            line.refuse(
                "OTHER_STATION",
                "This ID number is already registered with %(station)s. That station and the bureau can see the file.",
                "id_number",
                station=known.station_name,
            )
            return
        again = known.id in self.brought
        line.changes = differences(one, known, self.brought.get(known.id), self.source)
        if again:
            line.verdict = Verdict.CHANGED if any(change.applied for change in line.changes) else Verdict.SAME
        else:
            line.verdict = Verdict.MERGED


async def register_of(scope: Scope, source: Source, lines: Sequence[Line]) -> Register:
    """What the rows of a roll are compared with."""
    made = Register(scope, source, await registration.ages(scope), await imports.places(scope))
    for row in await queries.stations(scope):
        made.stations.setdefault(row.township, row.station)
        if row.station == made.own:
            made.own_townships.add(row.township)
    made.bureau = await queries.bureau(scope) or 0
    held = [msgspec.convert(line.values, Said) for line in lines if line.unread is None]
    known_numbers = {said.id_number.number for said in held} | {said.certificate[:18] for said in held}
    names = {said.name for said in held if not said.id_number.number}
    async with database.elevated(scope) as system:
        for one in await queries.known(system, sorted(known_numbers - {""}), sorted(names - {""})):
            if one.id_number:
                made.numbers[one.id_number] = one
            made.names.setdefault(normal.key(one.name), []).append(one)
        ids = [one.id for one in made.numbers.values()] + [one.id for many in made.names.values() for one in many]
        made.brought = await imports.brought_before(system, "recipients", source.signature, ids)
    return made


@dataclass(frozen=True)
class Judged:
    """A roll with its verdicts: who stands in the rows that are not refused."""

    register: Register
    people: list[Entrant]


async def judge(scope: Scope, source: Source, lines: Sequence[Line]) -> Judged:
    """Set the verdict on every row of a roll."""
    register = await register_of(scope, source, lines)
    return Judged(register, [one for line in lines if (one := register.judge(line)) is not None])
