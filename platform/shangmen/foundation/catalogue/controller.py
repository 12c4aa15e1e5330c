"""Pages of the service catalogue and of the parameters of law and policy."""

from datetime import timedelta

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.catalogue import actions, queries, units
from shangmen.foundation.catalogue.forms import ParameterForm, RevisionForm
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

# The parameters in the order in which one looks for them; what is not named here stands under "Other".
TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Eligibility",
        (
            "elder_age", "minor_age", "consent_age", "living_alone_age", "grace_period_months",
            "grace_period_months_national",
            "household_recheck_months", "assessment_review_months",
        ),
    ),
    (
        "Workers",
        (
            "background_check_months", "office_hours", "worker_day_minutes", "worker_day_visits", "worker_month_days",
            "caseload_per_worker",
        ),
    ),
    ("Who may supply", ("supplier_papers", "halal_papers", "barred_code_prefixes", "doubtful_code_prefixes")),
    (
        "Contracts and offers",
        ("supplement_share", "contract_warning_shares", "offer_answer_days", "declined_offer_days"),
    ),
    (
        "Distance and travel",
        (
            "distance_limit_metres", "detour_plain", "detour_hills", "speed_plain_kmh", "speed_hills_kmh",
            "village_access_minutes", "travel_share_percent",
        ),
    ),
    (
        "Proof",
        (
            "geofence_rural_metres", "geofence_town_metres", "position_accuracy_metres", "clock_skew_minutes",
            "position_age_minutes", "photo_likeness_bits", "photo_time_minutes",
            "late_entry_hours", "start_tolerance_minutes", "overlong_share", "max_speed_kmh", "identical_positions",
            "identical_positions_days", "telephone_households", "shared_phone_hours", "pattern_visits",
            "pattern_percent", "month_end_days", "month_end_factor",
        ),
    ),
    (
        "What the people say",
        ("call_back_percent", "site_visit_percent", "call_back_days", "complaint_answer_days"),
    ),
    ("Statements", ("deduction_shares", "payment_days", "objection_answer_days")),
    ("What waits", ("task_overdue_days", "held_reminder_days", "held_raised_days", "planning_notice_days")),
)  # fmt: skip


class CatalogueController(Controller):
    """What can be bought and done at the door."""

    path = "/catalogue"

    @get("/", name="catalogue.list")
    async def list(self, request: Rq, viewer: Viewer, kind: FromQuery[str] = "", on: FromQuery[str] = "") -> Answer:
        q = lists.Asked(request).text("q")
        day = lists.day(on) or clock.today()
        rows = await queries.items(viewer, day, q, kind)
        return page(request, "catalogue/list.html", rows=rows, query={"q": q, "kind": kind, "on": day.isoformat()})

    @get("/parameters", name="catalogue.parameters")
    async def show_parameters(self, request: Rq, viewer: Viewer, name: FromQuery[str] = "") -> Answer:
        return await self._parameters(request, viewer, Form(), name)

    @post("/parameters", name="catalogue.set_parameter")
    async def set_parameter(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, ParameterForm)
        await form.attempt(actions.set_parameter, viewer)
        if form.faults:
            return await self._parameters(request, viewer, form, form.values["name"])
        return see(request, "catalogue.parameters", notice=_("The new value is noted with its day and its source."))

    @get("/{id:int}", name="catalogue.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        item = await queries.item(viewer, id)
        known = await queries.versions(viewer, item.code)
        return page(
            request,
            "catalogue/show.html",
            item=item,
            versions=known,
            newest=known[0].id == id,
            events=phrases.timeline(await audit.history(viewer, "service_item", id)),
        )

    @get("/{id:int}/revise", name="catalogue.revise_form")
    async def revise_form(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, id, Form())

    @post("/{id:int}/revise", name="catalogue.revise")
    async def revise(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, RevisionForm)
        new = await form.attempt(actions.revise, viewer, id)
        if form.faults or new is None:
            return await self._form(request, viewer, id, form)
        return see(
            request, "catalogue.show", notice=_("The new version is noted; the old one ends the day before."), id=new
        )

    async def _form(self, request: Rq, viewer: Viewer, id: Id, form: AnyForm) -> Answer:
        item = await queries.item(viewer, id)
        if form.stale:  # what is revised next is what stands now
            item = (await queries.versions(viewer, item.code))[0]
        shown = (
            "name", "english", "standard_minutes", "minimum_minutes", "staff_count", "required_qualification",
            "same_sex", "minors_check", "proof", "price_ceiling", "source",
        )  # fmt: skip
        versions.over(form, {name: getattr(item, name) for name in shown})
        return page(request, "catalogue/revise.html", form.status, form=form, item=item)

    async def _parameters(self, request: Rq, viewer: Viewer, form: AnyForm, chosen: str) -> Answer:
        values: dict[str, list[queries.ParameterRow]] = {}
        for row in await queries.parameters(viewer):
            values.setdefault(row.name, []).append(row)
        named = {name for _topic, names in TOPICS for name in names}
        if chosen in values:
            newest = values[chosen][0]
            now = {
                "version": await queries.parameter_version(viewer, chosen),
                "name": chosen,
                "value": units.typed(chosen, newest.unit, newest.value),
                "valid_from": newest.valid_from,
                "source": newest.source,
            }
            if not form.values:  # a new value begins after the one that stands, today at the earliest
                form.values["valid_from"] = max(clock.today(), newest.valid_from + timedelta(days=1)).isoformat()
            versions.over(form, now)
        topics = [*TOPICS, ("Other", tuple(name for name in values if name not in named))]
        return page(
            request,
            "catalogue/parameters.html",
            form.status,
            form=form,
            topics=[
                (_(topic), [values[name] for name in names if name in values])
                for topic, names in topics
                if any(name in values for name in names)
            ],
            chosen=values[chosen][0] if chosen in values else None,
            name_of=_name,
            units=units,
        )


def _name(name: str) -> str:
    """What a parameter means, in words."""
    return _(NAMES.get(name, name))


NAMES = {
    "grace_period_months": "Grace period at most (Ningxia)",
    "grace_period_months_national": "Grace period after employment (national profile)",
    "household_recheck_months": "Re-check of the household after a death",
    "elder_age": "Elder from the age of",
    "minor_age": "Minor below the age of",
    "consent_age": "Guardian consents below the age of",
    "living_alone_age": "Lives with somebody below the age of",
    "assessment_review_months": "New assessment after",
    "background_check_months": "Criminal-record check not older than",
    "worker_day_minutes": "Working day at most",
    "worker_day_visits": "Visits a day at most",
    "worker_month_days": "Working days a month at most",
    "supplier_papers": "Papers that a provider must hold, by service",
    "halal_papers": "Papers for halal food, by service",
    "barred_code_prefixes": "Credit codes that may not supply begin with",
    "doubtful_code_prefixes": "Credit codes that are warned about begin with",
    "supplement_share": "Supplementary contracts together at most",
    "contract_warning_shares": "Warn when this share of a contract is used",
    "offer_answer_days": "An offer is answered within",
    "distance_limit_metres": "Straight distance to a supplier at most",
    "detour_plain": "Detour of roads on the plain",
    "detour_hills": "Detour of roads in the hills",
    "speed_plain_kmh": "Speed on the plain",
    "speed_hills_kmh": "Speed in the hills",
    "village_access_minutes": "Added for getting into a village",
    "geofence_rural_metres": "Check-in counts as at the door within (country)",
    "geofence_town_metres": "Check-in counts as at the door within (town)",
    "position_accuracy_metres": "Position must be as accurate as",
    "clock_skew_minutes": "Clock of the telephone may be off by",
    "position_age_minutes": "Position must be no older than",
    "photo_likeness_bits": "Photos are alike that differ in no more than",
    "photo_time_minutes": "Photo may be taken outside the visit by",
    "late_entry_hours": "Late entry without a reason within",
    "max_speed_kmh": "Travel faster than this is a finding",
    "office_hours": "Office hours",
    "caseload_per_worker": "Needs that one worker of a station carries at most",
    "declined_offer_days": "A declined supplier is not asked again within",
    "task_overdue_days": "An overdue task goes one level up after",
    "held_reminder_days": "The station is reminded of held records after",
    "held_raised_days": "The bureau hears of held records after",
    "objection_answer_days": "An objection is answered within",
    "call_back_percent": "Visits drawn for a call by telephone",
    "site_visit_percent": "Visits drawn for a call at the door",
    "call_back_days": "A call-back is made within",
    "complaint_answer_days": "A complaint is answered within",
    "planning_notice_days": "The next month is to be planned from its beginning minus",
    "travel_share_percent": "Share of both ways that one visit of a round carries",
    "start_tolerance_minutes": "Check-in may differ from the plan by",
    "overlong_share": "Longer than this many standard times is a finding",
    "identical_positions": "Exactly equal positions that are a finding",
    "identical_positions_days": "Equal positions are looked for within",
    "telephone_households": "One telephone for this many other households is a finding",
    "shared_phone_hours": "One telephone for two workers at two visits is a finding within",
    "pattern_visits": "A worker's habit is judged from this many visits",
    "pattern_percent": "A habit is a finding from this share of the visits",
    "month_end_days": "The end of a month are its last",
    "month_end_factor": "More visits a day than usual, at the end of a month, are a finding from this factor",
    "deduction_shares": "Deduction by the grade of the appraisal",
    "payment_days": "Payment after the approval within",
}
