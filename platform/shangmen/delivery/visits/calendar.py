"""A week of visits as the calendar shows it: one row a worker, one cell a day."""

from collections import defaultdict
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from shangmen.access import Role, Scope
from shangmen.web import language, masking
from shangmen.web.language import gettext as _

Row = dict[str, Any]

STANDING = ("planned", "confirmed", "in_progress", "done")
CLEAR = (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER)


def person_name(viewer: Scope, name: str) -> str:
    """A recipient's name: in clear to who plans the visits and to the station, masked to everybody else."""
    return name if viewer.role in CLEAR else masking.name(name)


def item_name(row: Any) -> str:
    """The service's name in the language in use."""
    return str(row["item_name"] if language.current() == "zh_CN" else row["item_english"])


def minutes_of(row: Any) -> int:
    """How long a visit is planned to last."""
    return int((row["planned_end"] - row["planned_start"]).total_seconds()) // 60


def days_of(monday: date) -> list[date]:
    """Seven days."""
    return [monday + timedelta(n) for n in range(7)]


def rows(viewer: Scope, visits: list[Row], people: list[Any], days: list[date], address: Any) -> list[SimpleNamespace]:
    """The rows of the calendar: everybody who is engaged, and whoever has visits besides.

    `people` has id and name; `address(route, **parameters)` makes links.
    """
    by_worker: dict[int, dict[date, list[SimpleNamespace]]] = defaultdict(lambda: defaultdict(list))
    minutes: dict[int, int] = defaultdict(int)
    names = {person.id: person.name for person in people}
    for visit in visits:
        for worker in visit["workers"]:
            names.setdefault(worker["id"], worker["name"])
            by_worker[worker["id"]][visit["day"]].append(chip(viewer, visit, worker["id"], address))
            if visit["state"] in STANDING:
                minutes[worker["id"]] += minutes_of(visit)
    return [
        SimpleNamespace(
            name=name,
            href="",
            note=_("%(hours)s h", hours=f"{minutes[id] / 60:.1f}".removesuffix(".0")) if minutes[id] else "",
            cells=[by_worker[id][day] for day in days],
        )
        for id, name in names.items()
    ]


def chip(viewer: Scope, visit: Row, worker: int, address: Any) -> SimpleNamespace:
    """One visit in the calendar; the place is followed by who comes along, `flag` says that it does not take place."""
    partners = [one["name"] for one in visit["workers"] if one["id"] != worker]
    place = visit["village"] or visit["township_name"] or ""
    if partners:
        place = " · ".join(part for part in (place, _("with %(name)s", name=_(", ").join(partners))) if part)
    off = visit["state"] in ("cancelled", "missed", "phone")
    return SimpleNamespace(
        start=visit["planned_start"],
        end=visit["planned_end"],
        title=f"{person_name(viewer, visit['person_name'])} · {item_name(visit)}",
        place=place,
        state=visit["state"],
        tone="quiet" if visit["state"] in ("cancelled", "phone") else "",
        flag=language.label(visit["state"]) if off else "",
        href=address("visits.show", id=visit["id"]),
    )
