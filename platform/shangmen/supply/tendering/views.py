"""What the pages of a study show: key figures, rows, what was asked, in words. The drawing itself: `curve.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shangmen.demand.needs.states import RequiredSex
from shangmen.supply.tendering.curve import Drawing, draw
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.inputs import NEW, NEW_LOT, SAME
from shangmen.supply.tendering.queries import Study
from shangmen.supply.tendering.results import Point, Result, Worth
from shangmen.supply.tendering.states import StudyState
from shangmen.web.language import gettext as _
from shangmen.web.language import label

TODAY = 1000  # permille
SHARES = {"curve": (0.0, 0.5), "worth": (0.5, 0.5)}

HEADS = (
    "Part", "Lot", "Supplier", "Hours of", "More hours a month", "Money (% of today's)", "Money (yuan)",
    "Spent (yuan)", "Needs served", "Needs at most", "Served weight", "Weight at most",
)  # fmt: skip


def yuan(fen: int) -> Decimal:
    """Money of a result for people."""
    return Decimal(fen) / 100


@dataclass(frozen=True)
class Key:
    """The few figures to read first: what is served with the least and the most money that was computed.

    `least` and `most` are shares of today's money, `share` what of it is spent for the most, None when that cannot be
    told; `whole` says whether every step was computed, `broke` that there is no money at all.
    """

    needs: int
    first: Point
    last: Point
    least: str
    most: str
    spent: Decimal
    share: float | None
    broke: bool
    proven: int
    done: int
    steps: int

    @property
    def whole(self) -> bool:
        """Whether every step was computed."""
        return self.done == self.steps


def key(result: Result | None, question: StudyForm) -> Key | None:
    """The few figures to read first; None when nothing was computed."""
    if result is None:
        return None
    points = result.points
    first, last = points[0], points[-1]
    enough = next(point for point in points if point.weight == last.weight)
    money = today(points)
    return Key(
        needs=result.needs,
        first=first,
        last=last,
        least=percent(first.permille),
        most=percent(last.permille),
        spent=yuan(enough.spent),
        share=enough.spent / money if money else None,
        broke=last.budget == 0,
        proven=sum(point.proven for point in points),
        done=len(points),
        steps=question.steps,
    )


def today(points: Sequence[Point]) -> int | None:
    """Today's money (fen), told from the step with the most; None when that had none."""
    last = points[-1]
    return round(last.budget * TODAY / last.permille) if last.permille else None


@dataclass(frozen=True)
class Progress:
    """How far a study is: in words, and as a share where that can be told."""

    share: float | None
    text: str


def progress(study: Study) -> Progress:
    """How far a study is."""
    if not study.done:
        queued = study.state is StudyState.QUEUED
        return Progress(None, _("Waiting for the worker") if queued else _("Building the problem"))
    step = study.done[0]
    start, part = SHARES[step.phase]
    text = _("%(done)s of %(of)s steps of the curve") if step.phase == "curve" else _("%(done)s of %(of)s lots")
    share = round(start + part * step.done / max(1, step.of), 3)
    return Progress(share, text % {"done": step.done, "of": step.of})


@dataclass(frozen=True)
class Shown:
    """A step of the curve, and how many needs it gains on the one before."""

    percent: str
    budget: Decimal
    spent: Decimal
    needs: int
    most_needs: int
    weight: int
    most_weight: int
    gained: int | None


def rows(result: Result | None) -> list[Shown]:
    """The curve as a table, with what each step gains on the one before."""
    shown: list[Shown] = []
    for point in result.points if result else []:
        shown.append(
            Shown(
                percent=percent(point.permille),
                budget=yuan(point.budget),
                spent=yuan(point.spent),
                needs=point.needs,
                most_needs=point.most_needs,
                weight=point.weight,
                most_weight=point.most_weight,
                gained=point.needs - shown[-1].needs if shown else None,
            )
        )
    return shown


def percent(permille: int) -> str:
    """So many permille, as percent with a decimal where there is one."""
    return f"{permille / 10:.1f}".removesuffix(".0") + "\u00a0%"


def drawings(result: Result | None) -> list[tuple[str, Drawing]]:
    """The curve twice: needs, and their weight, each under its bound."""
    points = result.points if result else []
    if len(points) < 2:
        return []
    money = [point.budget for point in points]
    mark = today(points)
    if mark is not None and mark > money[-1]:
        mark = None
    needs = draw(money, [point.needs for point in points], [point.most_needs for point in points], mark)
    weight = draw(money, [point.weight for point in points], [point.most_weight for point in points], mark)
    return [(_("Needs served"), needs), (_("Weight served (urgent needs weigh most)"), weight)]


@dataclass(frozen=True)
class Hours:
    """The hours worth buying at a lot: how many, of whom, and what they gain and cost.

    `hourly` is the weight gained an hour, `each` the yuan a weight; `steps` are hours, needs and weight gained.
    """

    lot: str
    supplier: str
    who: str
    hours: int
    proven: bool
    needs: int
    weight: int
    most_weight: int
    spent: Decimal
    hourly: float
    each: Decimal | None
    steps: list[tuple[int, int, int]]


def worth(result: Result | None, names: Mapping[int, str]) -> list[Hours]:
    """The hours worth buying, lot by lot: the most served by an hour first, where none is worth buying last."""
    shown = [_hours(row, names) for row in (result.worth if result else [])]
    return sorted(shown, key=lambda row: (-row.hourly, row.lot, row.supplier, row.who))


def _hours(row: Worth, names: Mapping[int, str]) -> Hours:
    before, after = row.before, row.after
    gained, extra = after.weight - before.weight, after.spent - before.spent
    return Hours(
        lot=lot(row.lot),
        supplier=supplier(row.supplier, names),
        who=who(row.who),
        hours=row.hours,
        proven=row.proven,
        needs=after.needs - before.needs,
        weight=gained,
        most_weight=after.most_weight - before.weight,
        spent=yuan(extra),
        hourly=gained / row.hours if row.hours else 0.0,
        each=yuan(extra) / gained if gained else None,
        steps=[
            (step.hours, step.needs - before.needs, step.weight - before.weight)
            for step in row.steps
            if 0 < step.hours <= row.hours
        ],
    )


def lot(number: str) -> str:
    """A lot's number, or that it is the new one."""
    return _("New lot") if number == NEW_LOT else number


def supplier(id: int, names: Mapping[int, str]) -> str:
    """A supplier's name."""
    return _("New supplier") if id == NEW else names.get(id, str(id))


def who(sex: RequiredSex) -> str:
    """Whose hours."""
    return {RequiredSex.FEMALE: _("Women"), RequiredSex.MALE: _("Men"), RequiredSex.EITHER: _("Anybody")}[sex]


def cells(result: Result | None, names: Mapping[int, str]) -> list[tuple[object, ...]]:
    """The table to take along: the curve, then every step that was tried of the hours."""
    found: list[tuple[object, ...]] = [
        (
            _("Curve"), "", "", "", None, point.permille / 10, yuan(point.budget), yuan(point.spent),
            point.needs, point.most_needs, point.weight, point.most_weight,
        )
        for point in (result.points if result else [])
    ]  # fmt: skip
    for row in result.worth if result else []:
        found += [
            (
                _("Hours worth buying"), lot(row.lot), supplier(row.supplier, names), who(row.who),
                step.hours, None, None, spent(row, step.hours), step.needs, None, step.weight, step.most_weight,
            )
            for step in row.steps
        ]  # fmt: skip
    return found


def spent(row: Worth, hours: int) -> Decimal | None:
    """What is spent with so many hours, where the least was looked for: without any, and with those worth buying."""
    found = {0: row.before, row.hours: row.after}.get(hours)
    return yuan(found.spent) if found else None


def asked(question: StudyForm, names: Mapping[int, str], townships: Mapping[int, str]) -> list[tuple[str, str]]:
    """What differs from today, in words; `names` are those of suppliers."""
    told = [
        (_("Money"), f"{question.money_from}–{question.money_to}\u00a0%"),
        (_("Steps"), str(question.steps)),
        (_("Demand by township"), _factors(question.townships, question.township_percent, townships)),
        (_("Demand by level"), _factors(question.levels, question.level_percent, {})),
        (_("Hours"), _factors(question.suppliers, question.hours_percent, names)),
        (_("Prices"), _factors(question.suppliers, question.price_percent, names)),
        (_("Suppliers left out"), _(", ").join(names.get(id, str(id)) for id in question.dropped)),
    ]
    if question.new_place is not None:
        new = _(
            "at %(place)s: women %(women)s, men %(men)s, %(hours)s h each, %(yuan)s yuan, prices %(percent)s\u00a0%%",
            place=names.get(question.new_place, ""),
            women=question.new_women,
            men=question.new_men,
            hours=question.new_hours,
            yuan=f"{question.new_yuan:,}",
            percent=question.new_price_percent,
        )
        told.append((_("New supplier"), new))
    return [(title, text) for title, text in told if text]


def _factors(listed: Sequence[int | str], factors: list[int], names: Mapping[int, str]) -> str:
    """What is not left as it is: 韦州镇 120 %."""
    return _(", ").join(
        f"{(names.get(one) if isinstance(one, int) else None) or label(one)} {factor}\u00a0%"
        for one, factor in zip(listed, factors, strict=True)
        if factor != SAME
    )
