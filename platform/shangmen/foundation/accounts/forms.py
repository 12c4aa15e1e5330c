"""What requests about accounts may say."""

from typing import Annotated

import msgspec

from shangmen.access import Role
from shangmen.web.fields import Id, Version


class LoginForm(msgspec.Struct):
    """A log-in."""

    login: Annotated[str, msgspec.Meta(max_length=60)]
    password: Annotated[str, msgspec.Meta(max_length=200)]
    code: Annotated[str, msgspec.Meta(max_length=10)] = ""
    next: Annotated[str, msgspec.Meta(max_length=2000)] = "/"


class UserForm(msgspec.Struct):
    """A new account; its password is made by the program and shown once."""

    login: Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[a-z0-9][a-z0-9._-]{2,}$")]
    name: Annotated[str, msgspec.Meta(max_length=60)]
    role: Role
    organisation: Id
    worker: Id | None = None


class AccountForm(msgspec.Struct, kw_only=True):
    """An account as it should be kept; the log-in name stays."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    role: Role
    organisation: Id
    worker: Id | None = None
    version: Version | None = None


class PasswordForm(msgspec.Struct):
    """One's own new password."""

    present: Annotated[str, msgspec.Meta(max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=200)]
    again: Annotated[str, msgspec.Meta(max_length=200)]


class TotpForm(msgspec.Struct):
    """Proof that the authenticator holds the secret."""

    code: Annotated[str, msgspec.Meta(max_length=10)]
