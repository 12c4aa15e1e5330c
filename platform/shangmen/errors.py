"""Domain errors: a sentence for the user as message id and parameters; `web/error_pages.py` makes pages of them."""

from collections.abc import Mapping
from enum import StrEnum


class StartError(Exception):
    """A command cannot be done; its text is the one line that the operator sees, `status` how the command ends."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class DatabaseAway(Exception):
    """The database does not answer, or went away in the middle; nothing of the transaction may be counted on.

    Try again a little later: the next transaction connects anew by itself.
    """


class NotLoggedIn(Exception):
    """Nobody is logged in and the route wants somebody."""


class PasswordDue(Exception):
    """The user still has the first password and must choose another before anything else."""


class DomainError(Exception):
    """A verb was refused. `message` is a message id with %(name)s placeholders, `parameters` fill it.

    `field` names the form field that the sentence belongs beside, "" for the whole form.
    """

    status = 422

    def __init__(self, message: str, field: str = "", **parameters: object) -> None:
        super().__init__(message % parameters if parameters else message)
        self.message = message
        self.field = field
        self.parameters = parameters


class Refused(DomainError):
    """The input breaks a rule (422)."""


class Conflict(DomainError):
    """The thing has changed or is taken: a stale page, a double booking, an exhausted contract (409)."""

    status = 409


class Stale(Conflict):
    """Somebody has saved a change since the version that the person saw (409); forms show both."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody saved a change since you opened this. Nothing of yours is lost: look at both below."
        )


class ImpossibleMove(Conflict):
    """A state that may not follow the present one; names both (409)."""

    def __init__(self, now: StrEnum, then: StrEnum) -> None:
        super().__init__("What is “%(now)s” cannot become “%(then)s”.", now=now, then=then)


class NotFound(DomainError):
    """There is no such row, or none that the viewer may know of (404)."""

    status = 404

    def __init__(
        self, message: str = "There is no such page, or it is not yours to see.", **parameters: object
    ) -> None:
        super().__init__(message, "", **parameters)


class Forbidden(DomainError):
    """The viewer's role may not do this (403)."""

    status = 403

    def __init__(self, message: str = "Your role may not do this.", **parameters: object) -> None:
        super().__init__(message, "", **parameters)


class Faults(DomainError):
    """Several refusals at once: `faults` maps a field to its sentence (message id, parameters)."""

    def __init__(self, faults: Mapping[str, tuple[str, Mapping[str, object]]]) -> None:
        first, parameters = next(iter(faults.values()))
        super().__init__(first, "", **parameters)
        self.faults = faults
