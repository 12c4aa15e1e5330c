"""Users, their sessions, and tries to log in. No row-level security here: a test lists these tables."""

from piccolo.columns import BigInt, BigSerial, Boolean, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from shangmen.access import Role
from shangmen.database import Word, reference
from shangmen.foundation.organisations.tables import Organisation, Worker
from shangmen.foundation.regions.tables import Division


class User(Table, tablename="app_user"):
    """Somebody who can log in: one role in one organisation."""

    id = BigSerial(primary_key=True)
    login = Varchar(length=60, unique=True)
    name = Varchar(length=60)
    role = Word(Role, length=30)
    organisation = reference(Organisation)
    county = reference(Division)
    worker = reference(Worker, null=True)
    password = Varchar(length=200)
    totp_secret = Varchar(length=64)  # "" = not enrolled
    totp_step = BigInt(default=0)  # half-minute of the last code that was used: each counts once
    must_change = Boolean(default=True)
    active = Boolean(default=True)
    locale = Varchar(length=8, default="zh_CN")
    created_at = Timestamptz(default=None)
    version = Integer(default=1)


class Session(Table, tablename="app_session"):
    """A log-in. The cookie holds the token; the row only its digest."""

    id = BigSerial(primary_key=True)
    token = Bytea(unique=True)  # SHA-256 of the cookie
    user = reference(User, db_column_name="user_id")
    created_at = Timestamptz(default=None)
    seen_at = Timestamptz(default=None)
    address = Text()
    agent = Text()


class Attempt(Table, tablename="attempt"):
    """A try of a secret that was wrong, or is in progress; `known`: from a place where the owner logged in before."""

    id = BigSerial(primary_key=True)
    account = Varchar(length=60)
    place = Varchar(length=80)
    network = Varchar(length=80)
    known = Boolean()
    at = Timestamptz(default=None)


class KnownPlace(Table, tablename="known_place"):
    """A network or a browser (the digest of its token) in which a user logged in."""

    id = BigSerial(primary_key=True)
    user = reference(User, db_column_name="user_id")
    place = Varchar(length=80)
    seen_at = Timestamptz(default=None)


class Submission(Table, tablename="submission"):
    """A form sent once: its token, and what came of it. A second click gets the first answer."""

    id = BigSerial(primary_key=True)
    token = Varchar(length=64, unique=True)
    user = BigInt(null=True, default=None, db_column_name="user_id")
    route = Varchar(length=80)
    body = Bytea()  # SHA-256 of what was sent: the same token with other content is refused
    result = Text()
    at = Timestamptz(default=None)


class UnsentForm(Table, tablename="unsent_form"):
    """What somebody had typed into a form that came after their session had ended; theirs alone, for some hours."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    user = reference(User, db_column_name="user_id")
    address = Text()  # that it was sent to
    page = Text()  # that it stood on
    said = Text()  # names and texts in order, as JSON; never a secret, never a file
    at = Timestamptz(default=None)
    shown_at = Timestamptz(null=True, default=None)
