"""What would become of each row of a roll, by what is registered already."""

from collections.abc import Sequence
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients.registration import queries as registration
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.demand.recipients.registration.rules import Ages, Centre, Checked, check
from shangmen.demand.recipients.rolls import columns
from shangmen.demand.recipients.rolls.queries import Line, Sentence, Verdict, registered, unnumbered
from shangmen.errors import Faults
from shangmen.web import text as normal


class Registered:
    """Knows who is registered, so that thousands of rows need a few queries."""

    def __init__(self, ages: Ages, centre: Centre | None, today: date) -> None:
        self.ages, self.centre, self.today = ages, centre, today
        self.townships: dict[str, int] = {}
        self.numbers: dict[str, tuple[bool, str]] = {}  # ID number -> (own station, its name)
        self.unnumbered: set[tuple[str, date]] = set()  # (key of the name, birth date) of own people without a number
        self.seen: dict[str, int] = {}

    def _form(self, cells: dict[str, str]) -> tuple[RecipientForm | None, list[Sentence]]:
        values, puzzling = columns.values(cells)
        faults: list[Sentence] = [(message, {"cell": cell}) for message, cell in puzzling]
        named = cells.get("township")
        if named:
            place = next((id for name, id in self.townships.items() if name in named or named in name), None)
            if place is None:
                faults.append(("%(cell)s is not a township of your station.", {"cell": named}))
            values["township"] = place
        for field, sentence in (("name", "The name is missing."), ("category", "The category is missing.")):
            if not values.get(field) and not cells.get(field):
                faults.append((sentence, {}))
        if faults:
            return None, faults
        try:
            return msgspec.convert(values, RecipientForm, strict=False), []
        except msgspec.ValidationError:
            return None, [("One of the cells is too long or not of the right form.", {})]

    def judge(self, line: Line) -> tuple[RecipientForm, Checked] | None:
        """Note the verdict on a row; what is to be registered when it is new."""
        line.verdict, line.sentences, made = self._judged(line)
        return made

    def _judged(self, line: Line) -> tuple[Verdict, list[Sentence], tuple[RecipientForm, Checked] | None]:
        form, faults = self._form(line.cells)
        if form is None:
            return Verdict.FAULT, faults, None
        try:
            checked = check(form, self.ages, self.today, self.centre)
        except Faults as refused:
            return Verdict.FAULT, [(message, dict(words)) for message, words in refused.faults.values()], None
        key = checked.person.id_number
        if key:
            if key in self.numbers:
                own, station = self.numbers[key]
                if own:
                    return Verdict.THERE, [], None
                sentence = (
                    "This ID number is already registered with %(station)s."
                    " That station and the bureau can see the file."
                )
                return Verdict.FAULT, [(sentence, {"station": station})], None
        else:
            key = f"{normal.key(form.name)} {checked.person.birth_date}"
            if (normal.key(form.name), checked.person.birth_date) in self.unnumbered:
                return Verdict.THERE, [], None
        if key in self.seen:
            return Verdict.FAULT, [("The same person stands in row %(row)s.", {"row": self.seen[key]})], None
        self.seen[key] = line.row
        return Verdict.NEW, [], (form, checked)


async def known_to(scope: Scope, lines: Sequence[Line]) -> Registered:
    """What the rows of a roll are compared with."""
    made = Registered(await registration.ages(scope), await registration.centre(scope), clock.today())
    made.townships = {one.name: one.id for one in await registration.own_townships(scope)}
    numbers = sorted({normal.code(line.cells.get("id_number", "")) for line in lines} - {""})
    async with database.elevated(scope) as system:
        made.numbers = {
            one.id_number: (one.station == scope.organisation, one.station_name)
            for one in await registered(system, numbers)
        }
    made.unnumbered = {(normal.key(one.name), one.birth_date) for one in await unnumbered(scope)}
    return made
