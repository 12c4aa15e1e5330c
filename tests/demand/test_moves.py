"""From one state to the next: every verb from every state, and what the page says of a move that cannot be."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shangmen import clock
from shangmen.demand.needs import actions, queries
from shangmen.demand.needs.forms import EndForm, NeedForm, PauseForm
from shangmen.demand.needs.states import NeedState
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.states import PersonState, StatusKind
from shangmen.errors import ImpossibleMove
from shangmen.web import language
from tests.cast import Cast
from tests.demand.conftest import Browsing

DRAFT, APPROVED, WAITING, PLACED, PAUSED, ENDED = NeedState

VERBS: dict[str, Callable[[Cast, int], Awaitable[int]]] = {
    "approve": lambda cast, id: actions.approve(cast.bureau, id),
    "wait": lambda cast, id: actions.wait(cast.system, id),
    "place": lambda cast, id: actions.place(cast.system, id),
    "pause": lambda cast, id: actions.pause(cast.station_a, id, PauseForm("探亲")),
    "resume": lambda cast, id: actions.resume(cast.station_a, id),
    "end": lambda cast, id: actions.end(cast.station_a, id, EndForm("不再需要")),
}

# Verb -> the states from which it leads on, each with where to.
LEADS: dict[str, dict[NeedState, NeedState]] = {
    "approve": {DRAFT: WAITING},
    "wait": {APPROVED: WAITING},
    "place": {APPROVED: PLACED, WAITING: PLACED},
    "pause": {APPROVED: PAUSED, WAITING: PAUSED, PLACED: PAUSED},
    "resume": {PAUSED: WAITING},
    "end": dict.fromkeys((DRAFT, APPROVED, WAITING, PLACED, PAUSED), ENDED),
}


async def need_in(cast: Cast, state: NeedState) -> int:
    """A need that the verbs have brought into a state."""
    far = clock.today() + queries.HORIZON + timedelta(days=10)
    form = NeedForm(cast.cleaning, visits_per_month=4, valid_from=far if state is APPROVED else None)
    id = await actions.state(cast.station_a, cast.person_a, form)
    path = {APPROVED: ["approve"], WAITING: ["approve"], PLACED: ["approve", "place"],
            PAUSED: ["approve", "pause"], ENDED: ["end"]}  # fmt: skip
    for verb in path.get(state, []):
        await VERBS[verb](cast, id)
    assert (await queries.need(cast.bureau, id)).state is state
    return id


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", NeedState)
async def test_a_verb_leads_from_its_states_and_from_no_other(cast: Cast, verb: str, state: NeedState) -> None:
    id = await need_in(cast, state)
    if state in LEADS[verb]:
        await VERBS[verb](cast, id)
        assert (await queries.need(cast.bureau, id)).state is LEADS[verb][state]
    else:
        with pytest.raises(ImpossibleMove):
            await VERBS[verb](cast, id)
        assert (await queries.need(cast.bureau, id)).state is state


def test_every_move_of_a_need_that_is_allowed_is_made_by_some_verb() -> None:
    made = {(now, then) for leads in LEADS.values() for now, then in leads.items()}
    made |= {(DRAFT, APPROVED)}  # a draft that begins far ahead
    made |= {(PLACED, WAITING)}  # actions.free: its placement is over
    made |= {(PAUSED, APPROVED), (PAUSED, PLACED)}  # back to where it was
    assert made == {(now, then) for now in NeedState for then in NeedState if now.may(then)}


@pytest.mark.parametrize(
    ("state", "verb", "then"),
    [
        (WAITING, "approve", WAITING),
        (ENDED, "approve", WAITING),
        (DRAFT, "pause", PAUSED),
        (ENDED, "pause", PAUSED),
        (WAITING, "resume", WAITING),
        (ENDED, "end", ENDED),
    ],
)
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
async def test_the_page_of_a_need_names_both_states_of_an_impossible_move(
    browser: Browsing, cast: Cast, state: NeedState, verb: str, then: NeedState, locale: str
) -> None:
    id = await need_in(cast, state)
    visitor = await browser(cast.bureau if verb == "approve" else cast.station_a)
    await visitor.post("/locale", {"locale": locale})
    version = (await queries.need(cast.bureau, id)).version
    answer = await visitor.post(f"/needs/{id}/{verb}", {"reason": "试一试", "version": str(version)})
    assert answer.status_code == 409
    assert sentence(locale, state, then) in answer.text


def sentence(locale: str, now: NeedState | PersonState, then: NeedState | PersonState) -> str:
    language.speak(locale)
    try:
        refused = ImpossibleMove(now, then)
        return language.gettext(refused.message, **refused.parameters)
    finally:
        language.speak(language.DEFAULT)


@pytest.mark.parametrize("kind", [StatusKind.HOSPITAL, StatusKind.INSTITUTION, StatusKind.MOVED])
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
async def test_the_page_of_the_dead_names_both_states_of_an_impossible_move(
    browser: Browsing, cast: Cast, kind: StatusKind, locale: str
) -> None:
    today = clock.today()
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(StatusKind.DIED, today - timedelta(days=3)))
    visitor = await browser(cast.station_a)
    await visitor.post("/locale", {"locale": locale})
    typed = {"kind": kind.value, "effective": str(today - timedelta(days=2))}
    answer = await visitor.post(f"/recipients/{cast.person_a}/event", typed)
    assert answer.status_code == 409
    assert sentence(locale, PersonState.DIED, PersonState(kind.value)) in answer.text
    assert (await people.person(cast.station_a, cast.person_a)).state is PersonState.DIED


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([StatusKind.HOSPITAL], PersonState.HOSPITAL),
        ([StatusKind.HOSPITAL, StatusKind.HOME], PersonState.LIVING),
        ([StatusKind.HOSPITAL, StatusKind.INSTITUTION], PersonState.INSTITUTION),
        ([StatusKind.INSTITUTION, StatusKind.HOME], PersonState.LIVING),
        ([StatusKind.MOVED, StatusKind.HOME], PersonState.LIVING),
        ([StatusKind.HOSPITAL, StatusKind.DIED], PersonState.DIED),
        ([StatusKind.DIED, StatusKind.HOME], PersonState.LIVING),
    ],
)
async def test_what_happens_day_after_day_leads_to_its_state(
    cast: Cast, kinds: list[StatusKind], state: PersonState
) -> None:
    first = clock.today() - timedelta(days=len(kinds))
    for number, kind in enumerate(kinds):
        form = EventForm(kind, first + timedelta(days=number), note="来电")
        await recipients.report_event(cast.station_a, cast.person_a, form)
    assert (await people.person(cast.station_a, cast.person_a)).state is state
