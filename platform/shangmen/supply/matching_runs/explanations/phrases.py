"""One need of a run in words: each alternative against the plan, and the smallest change that would serve it."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.supply.matching_runs import phrases
from shangmen.supply.matching_runs.adapter import (
    Alternative,
    Explanation,
    Move,
    Option,
    Problem,
    Remedy,
    line_of,
    need_id,
    number_of,
)
from shangmen.supply.matching_runs.certificate import Reason
from shangmen.supply.matching_runs.proposals.queries import ProposalRow
from shangmen.supply.matching_runs.run import results
from shangmen.supply.matching_runs.run.problem import TIES, tie_broken_by
from shangmen.web.language import gettext as _

TIE_WORDS = {
    "township": "As far as the other; the station of the recipient's own township comes first.",
    "lot": "As far as the other; the supplier of the lot comes first.",
    "load": "As far as the other; the less loaded supplier comes first.",
    "present": "As far as the other; the present supplier comes first.",
    "code": "As far as the other in everything; the lower code comes first.",
    "": "",
}


@dataclass(frozen=True)
class Shown:
    """A stored reason in words, with the supplier that it concerns, and how far that is."""

    code: str
    sentence: str
    name: str
    metres: int | None

    @property
    def text(self) -> str:
        """Whose reason, and the reason."""
        return f"{self.name}{_(': ')}{self.sentence}" if self.name else self.sentence


def shown(reason: Reason, names: dict[int, str]) -> Shown:
    """A stored reason in words; `names` are those of suppliers."""
    return Shown(reason.code, phrases.say(reason), names.get(reason.supplier or 0, ""), reason.metres)


BUREAU, STATION, PROVIDER = "The bureau: %(what)s", "The station: %(what)s", "The provider: %(what)s"
ACTS = {
    "NO_LOT": (BUREAU, "buy the service, or add it to a contract"),
    "NOT_ADMITTED": (BUREAU, "open the gate of a lot, or buy for this group"),
    "TERM": (BUREAU, "prolong the contract, or sign a new one"),
    "BUDGET": (BUREAU, "give the contract more money or units"),
    "BEYOND_LADDER": (BUREAU, "approve it beyond the ladder with a reason, or ask for less"),
    "TOO_FAR": (BUREAU, "find a supplier that is nearer, or allow a longer way"),
    "PINNED": (BUREAU, "lift what a person decided, if it no longer holds"),
    "SUSPENDED": (BUREAU, "lift the suspension when its cause is gone, or find another supplier"),
    "WINDOW": (STATION, "agree on other times with the recipient"),
    "NO_HALAL": (PROVIDER, "open a halal kitchen, or have workers certified for halal food"),
    "NO_PAPER": (PROVIDER, "hand in the missing papers"),
    "NO_POSITION": (STATION, "enter where the recipient lives"),
}
"""Who has to do what about a reason, where that is not for the supplier itself to do."""
MORE_PEOPLE = "engage or train more people"
DECIDE_AGAIN = "say whether it could take the need after all"


def actor(reason: Reason, kinds: Mapping[int, OrganisationKind]) -> str:
    """Who must act so that a reason goes, and how; `kinds` are those of suppliers."""
    mine = STATION if kinds.get(reason.supplier or 0) is OrganisationKind.STATION else PROVIDER
    if reason.sentence == results.HAS_ROOM:
        return _(BUREAU, what=_("run the matching again"))
    if reason.code == "NO_POSITION" and reason.supplier is not None:
        return _(mine, what=_("enter where it is"))
    if reason.code in ACTS:
        who, what = ACTS[reason.code]
        return _(who, what=_(what))
    return _(mine, what=_(DECIDE_AGAIN if reason.code == "DECLINED" else MORE_PEOPLE))


@dataclass
class Other:
    """An alternative in words."""

    supplier: int
    name: str
    line: int | None
    metres: int
    word: str  # of the override form
    fits: bool
    extra_metres: int  # a month, against the plan; negative is nearer
    lines: list[str] = field(default_factory=list)


class Teller:
    """Puts the library's data about one need into words."""

    def __init__(self, problem: Problem, proposal: ProposalRow, names: dict[int, str], moved: dict[int, str]) -> None:
        self._options: dict[tuple[str, str], Option] = {
            (option.supplier, option.variant): option
            for option in problem.options
            if option.need == need_id(proposal.need)
        }
        self._visits = proposal.visits_per_month
        self._names = names
        self._moved = moved

    def other(self, told: Explanation, alternative: Alternative) -> Other:
        """One alternative against what the plan does."""
        supplier, line = number_of(alternative.supplier), line_of(alternative.variant)
        option = self._options[alternative.supplier, alternative.variant]
        extra = alternative.extra.get("travel", 0)
        found = Other(
            supplier=supplier,
            name=self._names.get(supplier, f"#{supplier}"),
            line=line,
            metres=option.costs["travel"] // self._visits,
            word=f"{supplier}:{alternative.variant}",
            fits=alternative.fits,
            extra_metres=extra,
        )
        if told.supplier is not None:
            found.lines.append(self._way(extra))
            if alternative.extra.get("continuity", 0) > 0:
                found.lines.append(_("The recipient would change supplier."))
            if alternative.extra.get("continuity", 0) < 0:
                found.lines.append(_("The recipient would keep the present supplier."))
        if alternative.forbidden:
            found.lines.append(_("A person decided that this supplier does not serve this need."))
        elif alternative.fits:
            found.lines.append(_("There is room for it."))
        for row in alternative.blocking:
            found.lines.append(
                _(
                    "Not enough left of %(resource)s: %(asked)s asked, %(free)s free.",
                    resource=phrases.resource(row.resource),
                    asked=phrases.amount(row.asked, row.unit),
                    free=phrases.amount(max(0, row.free), row.unit),
                )
            )
        if alternative.move is not None:
            found.lines.append(self._move(alternative.move))
        return found

    def _way(self, extra: int) -> str:
        if extra == 0:
            return _("The way is as long.")
        word = "%(km)s km more a month." if extra > 0 else "%(km)s km less a month."
        return _(word, km=f"{abs(extra) / 1000:.1f}")

    def _move(self, move: Move) -> str:
        return _(
            "There would be room if %(need)s went from %(before)s to %(after)s (%(km)s km a month more).",
            need=self._moved.get(number_of(move.need), move.need),
            before=self._names.get(number_of(move.from_supplier), ""),
            after=self._names.get(number_of(move.to_supplier), ""),
            km=f"{move.extra.get('travel', 0) / 1000:.1f}",
        )

    def tie(self, told: Explanation) -> str:
        """Which rule decided between the chosen option and the best one that is as far."""
        if told.supplier is None:
            return ""
        mine = self._options[told.supplier, told.variant].costs
        for other in told.alternatives:
            theirs = self._options[other.supplier, other.variant].costs
            if other.fits and theirs["travel"] == mine["travel"] and TIES in theirs and mine[TIES] < theirs[TIES]:
                return _(TIE_WORDS[tie_broken_by(mine[TIES], theirs[TIES])])
        return ""

    def remedy(self, told: Explanation, reasons: list[Reason]) -> str:
        """The smallest single change that would serve the need."""
        if told.remedies:
            return self._remedy(told.remedies[0])
        if not reasons:
            return ""
        # of who came nearest to serving it, all that is lacking
        nearest = itertools.takewhile(lambda reason: reason.supplier == reasons[0].supplier, reasons)
        _same, *others = dict.fromkeys(shown(reason, self._names).sentence for reason in nearest)
        return " ".join([shown(reasons[0], self._names).text, *others])

    def _remedy(self, remedy: Remedy) -> str:
        name = self._names.get(number_of(remedy.supplier), "")
        if remedy.kind == "FITS":
            return _("%(supplier)s has room for it: a longer run or an override serves it.", supplier=name)
        if remedy.kind == "LIFT":
            return self._lift(remedy, name)
        if remedy.then is not None:
            return f"{name}{_(': ')}{self._move(remedy.then)} {self._move(remedy.moves()[0])}"
        if remedy.move is not None:
            return f"{name}{_(': ')}{self._move(remedy.move)}"
        return self._more(remedy)

    def _lift(self, remedy: Remedy, name: str) -> str:
        if remedy.move is not None:
            pinned = self._moved.get(number_of(remedy.move.need), remedy.move.need)
            word = _("A person pinned %(need)s; without that pin:", need=pinned)
            return f"{name}{_(': ')}{word} {self._move(remedy.move)}"
        if remedy.forbidden:
            return _("%(supplier)s has room; a person decided that it does not serve this need.", supplier=name)
        return _("%(supplier)s has room; a person decided that this need stays unserved.", supplier=name)

    def _more(self, remedy: Remedy) -> str:
        """All that is short, together, each in one unit."""
        more = [
            _("%(amount)s more of %(resource)s", amount=phrases.at_least(amount, unit), resource=phrases.resource(id))
            for id, amount, unit in _together(remedy)
        ]
        return _(
            "%(supplier)s could serve it with %(more)s.",
            supplier=self._names.get(number_of(remedy.supplier), ""),
            more=_(" and ").join(more),
        )


def _together(remedy: Remedy) -> list[tuple[str, int, str]]:
    """What is short, its amount and unit. Pools of hours are one: an hour of who is all that is asked adds to each."""
    hours = [one for one in remedy.more if one.unit == "minutes"]
    told = [(one.resource, one.amount, one.unit) for one in remedy.more if one.unit != "minutes"]
    if hours:
        words = dict.fromkeys(word for one in hours for word in one.resource.split("+")[1:])
        pool = "+".join((hours[0].resource.split("+")[0], *words))
        told.insert(0, (pool, max(one.amount for one in hours), "minutes"))
    return told
