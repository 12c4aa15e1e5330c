"""What the pages of a study show: key figures, rows, what was asked, in words. The drawing itself: `drawing.py`."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from shangmen.supply.tendering.curve import Drawing, draw
from shangmen.supply.tendering.inputs import NEW, NEW_LOT, SAME
from shangmen.web.forms import AnyForm
from shangmen.web.language import gettext as _
from shangmen.web.language import label

STATES = ("queued", "computing", "done", "failed", "cancelled")
RUNNING = ("queued", "computing")
TODAY = 1000  # permille
BESIDE = {
    "township_percent": "townships",
    "level_percent": "levels",
    "hours_percent": "suppliers",
    "price_percent": "suppliers",
}
"""The lists of the form with figures, and what those stand beside."""
SHARES = {"curve": (0.0, 0.5), "worth": (0.5, 0.5)}

HEADS = (
    "Part", "Lot", "Supplier", "Hours of", "More hours a month", "Money (% of today's)", "Money (yuan)",
    "Spent (yuan)", "Needs served", "Needs at most", "Served weight", "Weight at most",
)  # fmt: skip


def yuan(fen: int) -> Decimal:
    """Money of a result for people."""
    return Decimal(fen) / 100


def key(study: dict[str, Any]) -> SimpleNamespace | None:
    """The few figures to read first: what is served with the least and the most money that was computed.

    `whole` says whether every step was; `today` is today's money, None when it cannot be told.
    """
    result = study["result"]
    if not result:
        return None
    points = result["points"]
    first, last = points[0], points[-1]
    enough = next(point for point in points if point["weight"] == last["weight"])
    steps, money = study["question"]["steps"], today(points)
    return SimpleNamespace(
        needs=result["needs"],
        first=first,
        last=last,
        least=percent(first["permille"]),
        most=percent(last["permille"]),
        spent=yuan(enough["spent"]),
        share=enough["spent"] / money if money else None,
        broke=last["budget"] == 0,
        proven=sum(point["weight"] == point["most_weight"] for point in points),
        done=len(points),
        steps=steps,
        whole=len(points) == steps,
    )


def today(points: list[dict[str, Any]]) -> int | None:
    """Today's money (fen), told from the step with the most; None when that had none."""
    last = points[-1]
    return round(last["budget"] * TODAY / last["permille"]) if last["permille"] else None


def progress(study: dict[str, Any]) -> SimpleNamespace:
    """How far a study is."""
    if not study["done"]:
        waiting = study["state"] == "queued"
        return SimpleNamespace(share=None, text=_("Waiting for the worker") if waiting else _("Building the problem"))
    phase, done, of = study["done"]
    start, part = SHARES[phase]
    text = _("%(done)s of %(of)s steps of the curve") if phase == "curve" else _("%(done)s of %(of)s lots")
    return SimpleNamespace(share=round(start + part * done / max(1, of), 3), text=text % {"done": done, "of": of})


def rows(result: dict[str, Any] | None) -> list[SimpleNamespace]:
    """The curve as a table, with what each step gains on the one before."""
    shown: list[SimpleNamespace] = []
    for point in (result or {}).get("points", []):
        gained = point["needs"] - shown[-1].needs if shown else None
        shown.append(
            SimpleNamespace(
                percent=percent(point["permille"]),
                budget=yuan(point["budget"]),
                spent=yuan(point["spent"]),
                needs=point["needs"],
                most_needs=point["most_needs"],
                weight=point["weight"],
                most_weight=point["most_weight"],
                gained=gained,
                proven=point["weight"] == point["most_weight"],
            )
        )
    return shown


def percent(permille: int) -> str:
    """So many permille, as percent with a decimal where there is one."""
    return f"{permille / 10:.1f}".removesuffix(".0") + "\u00a0%"


def drawings(result: dict[str, Any] | None) -> list[tuple[str, Drawing]]:
    """The curve twice: needs, and their weight, each under its bound."""
    points = (result or {}).get("points", [])
    if len(points) < 2:
        return []
    money = [point["budget"] for point in points]
    mark = today(points)
    if mark is not None and mark > money[-1]:
        mark = None
    return [
        (title, draw(money, [point[value] for point in points], [point[most] for point in points], mark))
        for title, value, most in (
            (_("Needs served"), "needs", "most_needs"),
            (_("Weight served (urgent needs weigh most)"), "weight", "most_weight"),
        )
    ]


def worth(result: dict[str, Any] | None, names: dict[int, str]) -> list[SimpleNamespace]:
    """The hours worth buying, lot by lot: the most served by an hour first, where none is worth buying last."""
    shown = []
    for row in (result or {}).get("worth", []):
        before, after = row["before"], row["after"]
        gained, extra = after["weight"] - before["weight"], after["spent"] - before["spent"]
        shown.append(
            SimpleNamespace(
                lot=lot(row["lot"]),
                supplier=supplier(row["supplier"], names),
                who=who(row["who"]),
                hours=row["hours"],
                proven=row["proven"],
                needs=after["needs"] - before["needs"],
                weight=gained,
                most_weight=after["most_weight"] - before["weight"],
                spent=yuan(extra),
                hourly=gained / row["hours"] if row["hours"] else 0.0,
                each=yuan(extra) / gained if gained else None,
                steps=[
                    (step["hours"], step["needs"] - before["needs"], step["weight"] - before["weight"])
                    for step in row["steps"]
                    if 0 < step["hours"] <= row["hours"]
                ],
            )
        )  # fmt: skip
    return sorted(shown, key=lambda row: (-row.hourly, row.lot, row.supplier, row.who))


def lot(number: str) -> str:
    """A lot's number, or that it is the new one."""
    return _("New lot") if number == NEW_LOT else number


def supplier(id: int, names: dict[int, str]) -> str:
    """A supplier's name."""
    return _("New supplier") if id == NEW else names.get(id, str(id))


def who(sex: str) -> str:
    """Whose hours."""
    return {"female": _("Women"), "male": _("Men")}.get(sex, _("Anybody"))


def cells(result: dict[str, Any] | None, names: dict[int, str]) -> list[tuple[Any, ...]]:
    """The table to take along: the curve, then every step that was tried of the hours."""
    found: list[tuple[Any, ...]] = [
        (
            _("Curve"), "", "", "", None, point["permille"] / 10, yuan(point["budget"]), yuan(point["spent"]),
            point["needs"], point["most_needs"], point["weight"], point["most_weight"],
        )
        for point in (result or {}).get("points", [])
    ]  # fmt: skip
    for row in (result or {}).get("worth", []):
        found += [
            (
                _("Hours worth buying"), lot(row["lot"]), supplier(row["supplier"], names), who(row["who"]),
                step["hours"], None, None, spent(row, step["hours"]), step["needs"], None, step["weight"],
                step["most_weight"],
            )
            for step in row["steps"]
        ]  # fmt: skip
    return found


def spent(row: dict[str, Any], hours: int) -> Decimal | None:
    """What is spent with so many hours, where the least was looked for: without any, and with those worth buying."""
    found = {0: row["before"], row["hours"]: row["after"]}.get(hours)
    return yuan(found["spent"]) if found else None


def asked(question: dict[str, Any], names: dict[int, str], townships: dict[int, str]) -> list[tuple[str, str]]:
    """What differs from today, in words; `names` are those of suppliers."""
    told = [
        (_("Money"), f"{question['money_from']}–{question['money_to']}\u00a0%"),
        (_("Steps"), str(question["steps"])),
        (_("Demand by township"), _factors(question["townships"], question["township_percent"], townships)),
        (_("Demand by level"), _factors(question["levels"], question["level_percent"], {})),
        (_("Hours"), _factors(question["suppliers"], question["hours_percent"], names)),
        (_("Prices"), _factors(question["suppliers"], question["price_percent"], names)),
        (_("Suppliers left out"), _(", ").join(names.get(id, str(id)) for id in question["dropped"])),
    ]
    if question["new_place"] is not None:
        new = _(
            "at %(place)s: women %(women)s, men %(men)s, %(hours)s h each, %(yuan)s yuan, prices %(percent)s\u00a0%%",
            place=names.get(question["new_place"], ""),
            women=question["new_women"],
            men=question["new_men"],
            hours=question["new_hours"],
            yuan=f"{question['new_yuan']:,}",
            percent=question["new_price_percent"],
        )
        told.append((_("New supplier"), new))
    return [(title, text) for title, text in told if text]


def _factors(listed: list[Any], factors: list[int], names: dict[Any, str]) -> str:
    """What is not left as it is: 韦州镇 120 %."""
    return _(", ").join(
        f"{names.get(one) or label(one)} {factor}\u00a0%"
        for one, factor in zip(listed, factors, strict=True)
        if factor != SAME
    )


def typed(values: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What was typed into the lists of the form, by field and by what it stands beside."""
    return {
        field: dict(zip(values.get(listed) or [], values.get(field) or [], strict=False))
        for field, listed in BESIDE.items()
    } | {"dropped": dict.fromkeys(values.get("dropped") or [], "yes")}


def wrong(form: AnyForm) -> dict[str, dict[str, str]]:
    """The faults of single figures of the lists, by field and by what they stand beside."""
    found = {}
    for field, listed in BESIDE.items():
        names = form.values.get(listed) or []
        found[field] = {names[at]: fault for at, fault in form.items.get(field, {}).items() if at < len(names)}
    return found


def name_faults(form: AnyForm, names: dict[int, str]) -> None:
    """Let the faults of the lists say what they are about; `names` are those of suppliers and townships."""
    for field, faults in wrong(form).items():
        told = [(one, fault, names.get(int(one)) if one.isdecimal() else None) for one, fault in faults.items()]
        if told:
            form.faults[field] = " ".join(f"{name or label(one)}{_(': ')}{fault}" for one, fault, name in told)
