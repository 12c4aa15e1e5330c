"""What pages tell of visits in sentences: histories, time windows, and why a visit found no place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.visits import views
from shangmen.delivery.visits.queries import VisitRow
from shangmen.delivery.visits.rostering.adapter import SPEAKS_OF
from shangmen.delivery.visits.rostering.queries import LeftOver, RosterRunRow
from shangmen.delivery.visits.rules import hm
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.web import language
from shangmen.web.language import gettext as _
from shangmen.web.pages import environment

VERBS = {
    "visits.plan": "Planned",
    "visits.move": "Moved to another time",
    "visits.confirm": "Confirmed",
    "visits.cancel": "Cancelled",
    "visits.missed": "Marked as missed",
    "visits.phone": "Replaced by a call",
    "visits.begin": "Somebody checked in",
    "visits.finish": "Done",
    "visits.fill": "Filled automatically",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Happening:
    """An entry of a history, as detail.history() shows it."""

    at: datetime
    who: str
    what: str
    why: str
    changes: list[tuple[str, str, str]]


def timeline(events: Sequence[HistoryRow], visit: VisitRow | None = None) -> list[Happening]:
    """What happened to a visit or a run, the newest first; a visit of the filler begins with its run."""
    found = [_happening(event) for event in reversed(events)]
    if visit is not None and visit.roster_run is not None:
        begun = _("Planned by roster run %(run)s", run=visit.roster_run)
        found.append(Happening(at=visit.created_at, who="", what=begun, why="", changes=[]))
    return found


def _happening(event: HistoryRow) -> Happening:
    details = event.details
    changes = []
    if event.verb == "visits.move" and details.get("before"):
        changes = [(_("Begin time"), _moment(details["before"]), _moment(details.get("start", "")))]
    return Happening(
        at=event.at,
        who=trail.actor(event),
        what=_(VERBS.get(event.verb, event.verb)),
        why=_(": ").join(part for part in (language.label(details.get("cause")), event.reason) if part),
        changes=changes,
    )


def _moment(told: object) -> str:
    """A moment of the trail for reading."""
    try:
        return str(environment().filters["datetime"](datetime.fromisoformat(str(told))))
    except ValueError:
        return str(told)


def windows(spans: list[tuple[int, int, int]]) -> str:
    """Time windows by weekday, equal days together: Mon–Fri 08:00–18:00."""
    by_span: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day in range(7):
        of_day = tuple(sorted((a, b) for weekday, a, b in spans if weekday == day))
        if of_day:
            by_span.setdefault(of_day, []).append(day)
    words = {of_day: _(", ").join(f"{hm(a)}–{hm(b)}" for a, b in of_day) for of_day in by_span}
    return _("; ").join(f"{_days(days)} {words[of_day]}" for of_day, days in by_span.items())


def _days(days: list[int]) -> str:
    """Weekdays, three or more in a row as a range."""
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{_(WEEKDAYS[days[0]])}–{_(WEEKDAYS[days[-1]])}"
    return _(", ").join(_(WEEKDAYS[day]) for day in days)


@dataclass(frozen=True)
class _Served(database.Row):
    id: int
    item_code: str
    item_name: str
    item_english: str
    person_name: str
    township_name: str | None


@dataclass(frozen=True)
class LeftOverInWords:
    """Visits without a place: of which placement, how many, and why in words."""

    placement: int
    served: _Served
    item: str
    missing: int
    month: str
    code: str
    sentence: str


@database.scoped
async def left_over(scope: Scope, run: RosterRunRow) -> list[LeftOverInWords]:
    """What a roster run could not place, with its reason in words, the most first."""
    found = await database.rows(
        _Served,
        "SELECT p.id, i.code AS item_code, i.name AS item_name, i.english AS item_english,"
        " coalesce(s.name, '') AS person_name, d.name AS township_name"
        " FROM placement p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item"
        " LEFT JOIN person s ON s.id = p.person LEFT JOIN division d ON d.id = s.township WHERE p.id = ANY(:ids)",
        ids=[one.placement for one in run.unplaced],
    )
    known = {one.id: one for one in found}
    return [
        LeftOverInWords(
            placement=one.placement,
            served=known[one.placement],
            item=views.item_name(known[one.placement]),
            missing=one.missing,
            month=one.month,
            code=one.code,
            sentence=_sentence(one, known[one.placement].person_name),
        )
        for one in sorted(run.unplaced, key=lambda one: (-one.missing, one.placement))
        if one.placement in known
    ]


def _held(code: str) -> str:
    """A certificate, or a language that is to be spoken, in words."""
    spoken = code.removeprefix(SPEAKS_OF)
    return language.label(code) if spoken == code else _("%(language)s spoken", language=spoken)


def _sentence(one: LeftOver, recipient: str) -> str:
    """The library's sentence in the language in use, its codes in words."""
    facts: dict[str, object] = dict(one.facts)
    for name in ("sex", "qualifications"):
        if facts.get(name):
            facts[name] = _(", ").join(_held(code) for code in str(facts[name]).split(", "))
    if facts.get("weekdays"):
        facts["weekdays"] = _(", ").join(_(WEEKDAYS[int(day) - 1]) for day in str(facts["weekdays"]).split(", "))
    facts["recipient"] = recipient
    return _(one.sentence).format(**facts)
