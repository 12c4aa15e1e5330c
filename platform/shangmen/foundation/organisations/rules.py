"""May this organisation take on work, may this worker do it? The one place where that is decided. Pure.

Each rule is an object with a name, a sentence and `check`. Matching, offers, rostering and verification each gather
what they know into the facts below, ask the same objects, and may say the verdict in words of their own.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Generic, Self, TypeVar

from shangmen import clock
from shangmen.foundation.organisations.languages import speaks
from shangmen.foundation.organisations.states import OrganisationStatus, QualificationStatus, Sex
from shangmen.web.language import label

CODES = ("what", "value")
"""Details of a verdict that are codes, to be shown in words."""

BACKGROUND_CHECK = "background_check"
"""The kind under which a missing criminal-record check is told among missing papers."""


@dataclass(frozen=True)
class Paper:
    """A licence of an organisation or a certificate of a worker, its days inclusive.

    `stands` is False while it is suspended or revoked; one that has expired was valid on its days.
    """

    kind: str
    valid_from: date
    valid_to: date | None
    mandatory: bool = False
    stands: bool = True

    def holds(self, day: date) -> bool:
        """Whether it is valid on a day."""
        return self.stands and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


STANDING = (QualificationStatus.VALID, QualificationStatus.EXPIRED)
"""Of papers that are valid on their days."""


def held(papers: Iterable[Paper], day: date) -> frozenset[str]:
    """The kinds of which a paper is valid on a day."""
    return frozenset(paper.kind for paper in papers if paper.holds(day))


def lapsed(papers: Iterable[Paper], day: date) -> tuple[str, ...]:
    """The mandatory kinds that were held once and of which no paper is valid on a day."""
    papers = tuple(papers)
    return tuple(sorted({paper.kind for paper in papers if paper.mandatory} - held(papers, day)))


def check_holds(checked: date | None, day: date, months: int) -> bool:
    """Whether a criminal-record check is not older on a day than the law allows (未成年人保护法第62条)."""
    return checked is not None and checked <= day <= clock.months_after(checked, months)


@dataclass(frozen=True)
class Supplier:
    """An organisation on a day: `lapsed` are the mandatory kinds of papers that do not hold."""

    name: str = ""
    status: OrganisationStatus = OrganisationStatus.ACTIVE
    lapsed: tuple[str, ...] = ()

    @classmethod
    def of(cls, papers: Iterable[Paper], day: date, name: str = "", status: str = OrganisationStatus.ACTIVE) -> Self:
        """From its papers. What the bureau made mandatory is renewed by what the bureau made mandatory alone: an
        organisation notes other papers itself."""
        return cls(name, OrganisationStatus(status), lapsed((one for one in papers if one.mandatory), day))


@dataclass(frozen=True)
class Worker:
    """A worker on a day, as one organisation engages them: kinds of papers that hold and that have lapsed."""

    name: str = ""
    sex: Sex | None = None
    held: frozenset[str] = frozenset()
    lapsed: tuple[str, ...] = ()
    background_checked: date | None = None
    engaged: bool = True
    absent: bool = False
    languages: str = ""
    id: int = 0

    @classmethod
    def of(
        cls,
        papers: Iterable[Paper],
        day: date,
        name: str = "",
        sex: Sex | None = None,
        background_checked: date | None = None,
        engaged: bool = True,
        absent: bool = False,
        languages: str = "",
        id: int = 0,
    ) -> Self:
        """From their papers, as they are on a day."""
        papers = tuple(papers)
        return cls(
            name, sex, held(papers, day), lapsed(papers, day), background_checked, engaged, absent, languages, id
        )


@dataclass(frozen=True)
class Asked:
    """What a service asks of each worker on a day; "" where it asks nothing.

    `halal` asks for a worker's own certificate for halal food, `language` for who speaks what the recipient
    understands, `relatives` are workers who are related to the recipient. `check_months` is how old a criminal-record
    check may be on the day (parameter background_check_months).
    """

    day: date
    sex: str = ""
    qualification: str = ""
    minors_check: bool = False
    check_months: int = 0
    halal: bool = False
    language: str = ""
    relatives: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """What a rule says: `sentence` is a message id that `details` fill; `kinds` are papers that are missing."""

    rule: str
    ok: bool
    sentence: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def parameters(self) -> dict[str, object]:
        """What fills the sentence, codes in words of the language in use."""
        told = {name: label(value) if name in CODES else value for name, value in self.details.items()}
        return {**told, "kinds": ", ".join(label(kind) for kind in self.kinds)}


Who = TypeVar("Who")


class Rule(ABC, Generic[Who]):
    """What may be asked of an organisation or of a worker."""

    name: ClassVar[str]
    sentence: ClassVar[str]

    @abstractmethod
    def check(self, who: Who, asked: Asked) -> Verdict:
        """Whether somebody may do what is asked."""

    def kept(self) -> Verdict:
        """The verdict on who keeps the rule."""
        return self._kept

    @functools.cached_property
    def _kept(self) -> Verdict:
        return Verdict(self.name, True)

    def broken(self, sentence: str = "", kinds: tuple[str, ...] = (), **details: object) -> Verdict:
        """The verdict on who breaks it."""
        return Verdict(self.name, False, sentence or self.sentence, details, kinds)


class Active(Rule[Supplier]):
    """The organisation is neither suspended nor closed."""

    name = "active"
    sentence = "%(name)s is not active and takes on no new work."

    def check(self, who: Supplier, asked: Asked) -> Verdict:
        """Whether it works."""
        return self.kept() if who.status == OrganisationStatus.ACTIVE else self.broken(name=who.name)


class Licensed(Rule[Supplier]):
    """Every mandatory paper of the organisation holds on the day."""

    name = "licensed"
    sentence = "%(name)s lacks a valid %(kinds)s and takes on no new work."

    def check(self, who: Supplier, asked: Asked) -> Verdict:
        """Whether nothing mandatory has lapsed."""
        return self.broken(kinds=who.lapsed, name=who.name) if who.lapsed else self.kept()


class Engaged(Rule[Worker]):
    """The worker is engaged by the organisation on the day."""

    name = "engaged"
    sentence = "%(worker)s is not engaged by your organisation on this day."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether an engagement is in force."""
        return self.kept() if who.engaged else self.broken(worker=who.name)


class Present(Rule[Worker]):
    """No absence was noted for the day."""

    name = "present"
    sentence = "%(worker)s is absent on this day."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether the worker is there."""
        return self.broken(worker=who.name) if who.absent else self.kept()


class OfSex(Rule[Worker]):
    """Where the sex matters, the worker is of that sex."""

    name = "of_sex"
    sentence = "%(worker)s cannot come: this service needs a woman."
    needs_a_man = "%(worker)s cannot come: this service needs a man."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether the worker is of the sex that is asked for."""
        if not asked.sex or who.sex == asked.sex:
            return self.kept()
        return self.broken(self.needs_a_man if asked.sex == Sex.MALE else "", worker=who.name)


class Certified(Rule[Worker]):
    """The certificate that the service asks for holds on the day, and none that is mandatory has lapsed."""

    name = "certified"
    sentence = "%(worker)s does not hold this on the day: %(kinds)s."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether all papers hold."""
        missing = set(who.lapsed)
        if asked.qualification and asked.qualification not in who.held:
            missing.add(asked.qualification)
        return self.broken(kinds=tuple(sorted(missing)), worker=who.name) if missing else self.kept()


class Checked(Rule[Worker]):
    """Who works with minors has a criminal-record check that is not too old (未成年人保护法第62条)."""

    name = "checked"
    sentence = "%(worker)s has no criminal-record check of the last %(months)s months; work with minors needs one."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether a check is asked for, and is recent enough."""
        if not asked.minors_check or check_holds(who.background_checked, asked.day, asked.check_months):
            return self.kept()
        return self.broken(kinds=(BACKGROUND_CHECK,), worker=who.name, months=asked.check_months)


class Halal(Rule[Worker]):
    """Who brings food to who eats halal is certified for it, where the organisation has no halal kitchen."""

    name = "halal"
    sentence = "%(worker)s is not certified for halal food, and the organisation has no halal kitchen."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether a certificate holds where one is asked for."""
        if not asked.halal or HALAL_CERTIFICATE in who.held:
            return self.kept()
        return self.broken(worker=who.name)


class Speaks(Rule[Worker]):
    """The worker speaks what the recipient understands."""

    name = "speaks"
    sentence = "%(worker)s does not speak what the recipient understands (%(language)s)."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether they can talk with each other."""
        if speaks(who.languages, asked.language):
            return self.kept()
        return self.broken(worker=who.name, language=asked.language)


class Unrelated(Rule[Worker]):
    """Nobody is paid for the care of their own family."""

    name = "unrelated"
    sentence = "%(worker)s is a relative of the recipient and may not be sent."

    def check(self, who: Worker, asked: Asked) -> Verdict:
        """Whether they are no family."""
        return self.broken(worker=who.name) if who.id in asked.relatives else self.kept()


HALAL_CERTIFICATE = "halal"
ACTIVE, LICENSED = Active(), Licensed()
ENGAGED, PRESENT, OF_SEX, CERTIFIED, CHECKED = Engaged(), Present(), OfSex(), Certified(), Checked()
HALAL, SPEAKS, UNRELATED = Halal(), Speaks(), Unrelated()

SUPPLIER_RULES: tuple[Rule[Supplier], ...] = (ACTIVE, LICENSED)
WORKER_RULES: tuple[Rule[Worker], ...] = (
    ENGAGED, PRESENT, OF_SEX, CERTIFIED, CHECKED, HALAL, SPEAKS, UNRELATED,
)  # fmt: skip
"""In the order in which they are told."""


def first_broken(rules: Iterable[Rule[Who]], who: Who, asked: Asked) -> Verdict | None:
    """The verdict of the first rule that somebody breaks; None when all are kept."""
    return next((verdict for rule in rules if not (verdict := rule.check(who, asked)).ok), None)
