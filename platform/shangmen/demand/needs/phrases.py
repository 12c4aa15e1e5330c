"""Codes of needs and assessments in words, and the history as sentences. Templates get this module as `say`."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from shangmen import database
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import priority, windows
from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.states import AssessmentReason, NeedState, Scale
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.web import language
from shangmen.web.language import gettext, label

_STATES = {
    NeedState.DRAFT: "Draft",
    NeedState.APPROVED: "Approved",
    NeedState.WAITING: "Waiting for a supplier",
    NeedState.PLACED: "Placed",
    NeedState.PAUSED: "Resting",
    NeedState.ENDED: "Ended",
}
_REASONS = {
    AssessmentReason.FIRST: "First assessment",
    AssessmentReason.REGULAR: "Regular assessment",
    AssessmentReason.CHANGE: "After a change",
    AssessmentReason.DOUBT: "Result was doubted",
    AssessmentReason.OTHER: "Other reason",
}
_CAUSES = {
    "hospital": "In hospital",
    "died": "Died",
    "moved": "Moved away",
    "institution": "Moved into a care institution",
    "household": "Follows the household's entitlement",
    "entitlement_ended": "The household's entitlement ended",
}
ITEMS = {
    "eating": "Eating",
    "dressing": "Dressing",
    "bed": "Getting in and out of bed",
    "toilet": "Using the toilet",
    "walking": "Walking indoors",
    "bathing": "Bathing",
    "grooming": "Grooming",
    "upper_clothes": "Putting on and off upper clothes",
    "lower_clothes": "Putting on and off trousers, shoes and socks",
    "bladder": "Control of the bladder",
    "bowels": "Control of the bowels",
    "bed_transfer": "Moving in bed",
    "chair_transfer": "From bed to chair",
    "stairs": "Stairs",
    "time": "Orientation in time",
    "place": "Orientation in place",
    "people": "Recognising people",
    "memory": "Memory",
    "comprehension": "Comprehension",
    "expression": "Expression",
    "aggression": "No aggressive behaviour",
    "depression": "No symptoms of depression",
    "consciousness": "Consciousness",
    "vision": "Vision",
    "hearing": "Hearing",
    "daily_affairs": "Daily affairs",
    "transport": "Going out by transport",
    "social": "Social contact",
    "coma": "In a coma",
    "mental_disorder": "Diagnosed dementia or mental disorder (F00-F99)",
    "risk_events": "Risk events in the last 30 days (falls, wandering, choking, self-harm)",
    "under_six": "Below six years",
    "disability": "Has a disability",
    "guardianship_gap": "The child director has noted a gap in guardianship",
}
_GROUPS = {
    "self_care": "Self-care",
    "movement": "Basic movement",
    "mind": "State of mind",
    "senses": "Senses and participation",
}
_PRESETS = {
    windows.Preset.ANY: "Any time of the working day",
    windows.Preset.MORNINGS: "Mornings, 08:00–12:00",
    windows.Preset.AFTERNOONS: "Afternoons, 14:00–18:00",
    windows.Preset.WEEKDAYS: "Monday to Friday, 08:00–18:00",
    windows.Preset.OUT_OF_SCHOOL: "Out of school hours",
    windows.Preset.ROWS: "At the times below",
}
_VERBS = {
    "needs.state": "Stated",
    "needs.approve": "Approved: %(state)s",
    "needs.approve_beyond": "Approved beyond the ladder: %(state)s",
    "needs.give_back": "Given back to the station",
    "needs.wait": "Its time is near: waits for a supplier",
    "needs.place": "A supplier accepted",
    "needs.free": "The placement ended; waits again",
    "needs.pause": "Rests",
    "needs.resume": "Served again: %(state)s",
    "needs.end": "Ended on %(valid_to)s",
    "needs.change_term": "Last day moved to %(valid_to)s",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEIGHTS = {priority.URGENT: "Urgent", priority.HIGH: "High", priority.MEDIUM: "Medium", priority.LOW: "Low"}
_TONES = {priority.URGENT: "bad", priority.HIGH: "warn", priority.MEDIUM: "info"}


def state(code: NeedState) -> str:
    """Where a need stands."""
    return gettext(_STATES[code])


def reason(code: AssessmentReason) -> str:
    """Why somebody was assessed."""
    return gettext(_REASONS[code])


def cause(text: str) -> str:
    """Why a need rests or ended: a cause of ours, or what was typed."""
    return gettext(_CAUSES[text]) if text in _CAUSES else text


def item(code: str) -> str:
    """A question of a scale."""
    return gettext(ITEMS.get(code, code))


def group(code: str) -> str:
    """A part of GB/T 42195."""
    return gettext(_GROUPS.get(code, code))


def service(code: str, chinese: str, english: str) -> str:
    """A line of the catalogue in the language in use."""
    return f"{code} {english if language.current() == 'en' and english else chinese}"


def weight(value: int) -> str:
    """A priority in words."""
    return gettext(_WEIGHTS.get(value, "Weight %(value)s"), value=value)


def weights() -> list[tuple[int, str]]:
    """Options of a choice, the heaviest first."""
    return [(value, gettext(word)) for value, word in _WEIGHTS.items()]


def tone(value: int) -> str:
    """The colour of a priority."""
    return _TONES.get(value, "")


def times(chosen: Sequence[windows.Window]) -> list[str]:
    """The time windows of a need, a line for each time."""
    lines = []
    for days, clock in windows.shown(chosen):
        if len(days) == 7:
            named = gettext("Every day")
        elif days == [0, 1, 2, 3, 4]:
            named = gettext("Mon to Fri")
        else:
            named = " ".join(gettext(_DAYS[day]) for day in days)
        lines.append(f"{named} {clock}")
    return lines or [gettext(_PRESETS[windows.Preset.ANY])]


def states() -> list[tuple[NeedState, str]]:
    """Options of a choice."""
    return [(code, state(code)) for code in NeedState]


def reasons() -> list[tuple[AssessmentReason, str]]:
    """Options of a choice."""
    return [(code, reason(code)) for code in AssessmentReason]


def presets() -> list[tuple[windows.Preset, str]]:
    """Options of a choice."""
    return [(code, gettext(text)) for code, text in _PRESETS.items()]


def days() -> list[tuple[str, str]]:
    """Options of the window editor."""
    shared = [("every", gettext("Every day")), ("weekdays", gettext("Mon to Fri"))]
    return shared + [(str(number), gettext(day)) for number, day in enumerate(_DAYS)]


def scales_of(group: PersonGroup, category: Category | None) -> list[tuple[Scale, str]]:
    """The scales that somebody can be assessed on, the one that fits first."""
    codes = [scales.fitting(group, category), Scale.SIX_ITEM, Scale.GBT42195]
    return [(code, label(code)) for code in dict.fromkeys(codes)]


_HELP = (
    "Wholly by others",
    "With much help by hand",
    "With a little help by hand",
    "With a hint or an aid",
    "Does it alone",
)
_CLEAR = ("Not at all", "Much reduced", "Reduced", "Slightly reduced", "Normal")
_CONTROL = (
    "No control, or a catheter or stoma",
    "Loses control every day",
    "Loses control at times, less than daily",
    "Less well at night, or sees to pads alone",
    "In control",
)
_OUT = (
    "With much help, or not at all",
    "With a little help by hand",
    "With a hint, an aid or company",
    "Does it alone",
)
_ABSENT = ("It happened in the last month", "Not in the last month")
_POINTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("time", "place", "people", "memory", "comprehension", "expression", "social"), _CLEAR),
    **dict.fromkeys(("bladder", "bowels"), _CONTROL),
    **dict.fromkeys(("stairs", "transport"), _OUT),
    **dict.fromkeys(("aggression", "depression"), _ABSENT),
    "consciousness": ("Stupor or coma", "Drowsy: wakes when called or touched", "Awake"),
    "vision": ("Sees shapes or light at most", "Sees large print, or with trouble", "Sees common print"),
    "hearing": ("Hears almost nothing", "Hears loud or slow speech", "Hears common speech"),
}


def points(item: str, most: int) -> list[tuple[str, str]]:
    """The points of an item of GB/T 42195 in words, the most first."""
    words = _POINTS.get(item, _HELP)
    return [(str(value), f"{value} · {gettext(words[value])}") for value in range(most, -1, -1)]


def score_rules(scale: Scale) -> str:
    """What the page needs to preview the total and the level, as JSON: items, least totals, words."""
    items: dict[Scale, Sequence[str]] = {
        Scale.SIX_ITEM: scales.SIX_ITEMS, Scale.GBT42195: tuple(scales.GBT_ITEMS), Scale.MINOR: scales.MINOR_ITEMS,
    }  # fmt: skip
    levels = {Scale.SIX_ITEM: scales.SIX_LEVELS, Scale.GBT42195: scales.GBT_LEVELS}
    rules = {
        "scale": scale,
        "items": items[scale],
        "levels": levels.get(scale, ()),
        "names": {level: label(level) for level in AbilityLevel},
        "words": {"total": gettext("Total:"), "open": gettext("not answered yet:"), "level": gettext("Level:")},
    }
    return database.to_json(rules)


def timeline(events: Sequence[HistoryRow]) -> list[SimpleNamespace]:
    """Audit events of a need as the history macro reads them, newest first."""
    return [
        SimpleNamespace(
            at=event.at,
            who=trail.actor_and_role(event),
            what=gettext(_VERBS.get(event.verb, event.verb), **_words(event.details)),
            why=cause(event.reason),
        )
        for event in reversed(events)
    ]


def _words(details: Mapping[str, object]) -> dict[str, object]:
    reached = details.get("state")
    return {
        "state": state(NeedState(str(reached))) if reached else "",
        "valid_to": details.get("valid_to") or "—",
    }
