"""The set-up list: what a new county needs in which order, how much there is, and what is still missing, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from shangmen import access
from shangmen.access import Role
from shangmen.foundation.imports import kinds
from shangmen.foundation.tasks.set_up.queries import Figures
from shangmen.web.language import gettext as _
from shangmen.web.language import ngettext


@dataclass(frozen=True)
class Step:
    """One step: how many there are, what is missing, whether the next may follow.

    `list_kind` is the kind of list that brings it in ("" for none, or where the viewer may not send it), `route` with
    `parameters` the form by hand or the page ("" where the viewer has none), `note` says who else does it.
    """

    title: str
    count: int
    missing: Sequence[str]
    done: bool
    list_kind: str
    route: str
    parameters: dict[str, str]
    button: str
    note: str
    optional: bool


def steps(role: Role, f: Figures) -> list[Step]:
    """The steps in their order, as a role may do them."""

    by_officer, by_station = _("By hand: an officer of the bureau."), _("By hand: the station of the township.")
    approves = _("An officer of the bureau starts and approves it.")

    def step(
        title: str,
        count: int,
        done: bool,
        *missing: str,
        lists: str = "",
        route: str = "",
        button: str = "",
        note: str = "",
        optional: bool = False,
        **parameters: str,
    ) -> Step:
        sent = any(kind.name == lists and role in kind.roles for kind in kinds.kinds())
        mine = bool(route) and access.may(role, route)
        return Step(
            title, count, [sentence for sentence in missing if sentence], done, lists if sent else "",
            route if mine else "", parameters, button, "" if mine else note, optional,
        )  # fmt: skip

    by_hand = _("Add by hand")
    return [
        step(_("County and townships"), f.townships, f.townships > 0, route="regions.list", button=_("Look at it")),
        step(
            _("Bureau and its accounts"), f.bureau_accounts, f.officers > 0,
            "" if f.officers else _("Nobody of the bureau can approve yet: make an account for an officer."),
            route="accounts.new", button=_("Make an account"), note=_("The administrator makes accounts."),
        ),
        step(
            _("Stations"), f.stations, f.stations > 0 and not f.unserved,
            _of(f.unserved, "One township has no station.", "%(num)s townships have no station."),
            _part(f.stations_silent, f.stations, "%(some)s of %(all)s stations have no telephone."),
            _part(f.stations_closed_off, f.stations, "%(some)s of %(all)s stations have nobody who can log in."),
            lists="stations", route="organisations.new", button=by_hand, kind="station",
        ),
        step(
            _("Villages and their points"), f.villages, f.villages > 0,
            _of(f.bare, "One township has no village on the list.", "%(num)s townships have no village on the list."),
            lists="villages", optional=True,
        ),
        step(
            _("Providers and their papers"), f.providers, f.providers > 0,
            _part(f.providers_silent, f.providers, "%(some)s of %(all)s providers have no telephone."),
            _part(f.providers_nowhere, f.providers, "%(some)s of %(all)s providers have no place on the map."),
            _part(f.providers_closed_off, f.providers, "%(some)s of %(all)s providers have nobody who can log in."),
            lists="providers", route="organisations.new", button=by_hand, kind="provider",
        ),
        step(
            _("Workers, certificates and hours"), f.workers, f.workers > 0,
            _part(f.employers_empty, f.stations + f.providers,
                  "%(some)s of %(all)s stations and providers have no worker."),
            _part(f.workers_uncertified, f.workers, "%(some)s of %(all)s workers have no certificate."),
            lists="workers", route="organisations.worker_new", button=by_hand,
            note=_("By hand: the station or the provider, with its own account."),
        ),
        step(
            _("Contracts"), f.contracts, f.contracts > 0,
            _of(f.drafts, "One contract is a draft: sign it.", "%(num)s contracts are drafts: sign them."),
            lists="contracts", route="contracts.lot_new", button=by_hand, note=by_officer,
        ),
        step(
            _("Rolls of people"), f.people, f.people > 0,
            _of(f.townships_empty, "In one township nobody is registered.",
                "In %(num)s townships nobody is registered."),
            _part(f.people_silent, f.people, "%(some)s of %(all)s people have no telephone."),
            lists="recipients", route="recipients.new", button=by_hand, note=by_station,
        ),
        step(
            _("Assessments"), f.assessed, f.assessed > 0,
            _of(f.unassessed, "One elderly or disabled person is not assessed.",
                "%(num)s elderly or disabled people are not assessed."),
            lists="assessments", note=_("By hand: the station, on the person's page."),
            route="recipients.new" if role is Role.STATION_SCHEDULER else "",
        ),
        step(
            _("Needs"), f.needs, f.needs > 0,
            _of(f.need_drafts, "One need waits for its approval.", "%(num)s needs wait for their approval."),
            lists="needs", route="needs.list", button=_("Look at them"), note=_("An officer of the bureau approves."),
        ),
        step(
            _("First matching run"), f.runs, f.approved > 0,
            _("Its plan waits for its approval.") if f.runs and not f.approved else "",
            route="matching_runs.list", button=_("Go to it"), note=approves,
        ),
    ]  # fmt: skip


def _of(count: int, one: str, many: str) -> str:
    return ngettext(one, many, count) if count else ""


def _part(some: int, all: int, sentence: str) -> str:
    return _(sentence, some=some, all=all) if some else ""


def complete(found: Sequence[Step]) -> bool:
    """Whether nothing that must be is left."""
    return all(step.done or step.optional for step in found)
