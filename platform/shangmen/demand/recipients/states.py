"""Words of the people who are served, and of their households."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class Category(StrEnum):
    """Why a household is assisted (救助类别)."""

    TEKUN = "TEKUN"
    DIBAO = "DIBAO"
    DIBAO_SINGLE = "DIBAO_SINGLE"
    EDGE = "EDGE"
    RIGID = "RIGID"
    MONITORED = "MONITORED"
    OTHER_LOW = "OTHER_LOW"


class PersonGroup(StrEnum):
    """As whom somebody is served: follows from age and certificate."""

    ELDER = "elder"
    DISABLED = "disabled"
    MINOR = "minor"
    ADULT = "adult"  # of age, not yet old, without a certificate: items and lots say what for


class Scheme(StrEnum):
    """Which of the two assistance schemes a household is in."""

    NONE = ""
    RURAL = "RURAL"
    URBAN = "URBAN"


class Support(StrEnum):
    """How a destitute person is supported (供养方式): at home, or in an institution."""

    NONE = ""
    SCATTERED = "SCATTERED"
    CENTRAL = "CENTRAL"


class SelfCare(StrEnum):
    """How far somebody cares for themselves in the words of a roll (全自理, 半护理, 全护理)."""

    NONE = ""
    SELF = "SELF"
    PARTIAL = "PARTIAL"
    TOTAL = "TOTAL"


class Overlay(StrEnum):
    """For what a child is looked after, independent of the household's category."""

    NONE = ""
    ORPHAN = "ORPHAN"
    DE_FACTO_UNATTENDED = "DE_FACTO_UNATTENDED"
    LEFT_BEHIND = "LEFT_BEHIND"
    DISTRESSED = "DISTRESSED"


class Doubt(StrEnum):
    """What must be looked into before anything is planned for somebody."""

    NONE = ""
    DECEASED = "deceased"  # a note of a roll says so


class Living(StrEnum):
    """With whom somebody lives: the eight codes of GB/T 42195, and what nobody has said yet."""

    UNKNOWN = "unknown"

    ALONE = "alone"
    SPOUSE = "spouse"
    CHILDREN = "children"
    PARENTS = "parents"
    SIBLINGS = "siblings"
    RELATIVES = "relatives"
    OTHERS = "others"
    INSTITUTION = "institution"


class PersonState(State):
    """Where somebody is: what the latest event by its own day says. A reported death is only corrected."""

    LIVING = "living"
    HOSPITAL = "hospital"
    INSTITUTION = "institution"
    MOVED = "moved"
    DIED = "died"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {now: [then for then in cls if then is not now] for now in cls if now is not cls.DIED} | {
            cls.DIED: [cls.LIVING]
        }


class ShareReason(StrEnum):
    """Why an organisation beyond the station sees a file: it is asked whether it would come, it comes or came, or it
    was the station before (which then only reads)."""

    OFFER = "offer"
    PLACEMENT = "placement"
    MOVED = "moved"


class MoveState(State):
    """Where the file of somebody who moves stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"  # its day lies ahead
    DONE = "done"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.OFFERED: (cls.ACCEPTED, cls.DONE, cls.RETURNED, cls.WITHDRAWN),
            cls.ACCEPTED: (cls.DONE, cls.RETURNED),
            cls.RETURNED: (cls.WITHDRAWN,),
        }


class StatusKind(StrEnum):
    """What happened to somebody."""

    HOSPITAL = "hospital"
    HOME = "home"
    INSTITUTION = "institution"
    MOVED = "moved"
    DIED = "died"
