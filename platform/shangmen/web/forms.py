"""Forms: what a request may say is a msgspec struct; what was typed is kept and each fault stands beside its field."""

import hashlib
import types
import typing
import unicodedata
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from litestar.datastructures import UploadFile

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Conflict, DomainError, Faults, Forbidden, NotFound, Stale
from shangmen.web import fields as limits
from shangmen.web import language, lists, unsent, versions
from shangmen.web import text as normal
from shangmen.web.pages import Rq

T = TypeVar("T", bound=msgspec.Struct, covariant=True)
R = TypeVar("R")


# Fields with a person's name that do not end in "name".
PEOPLE = frozenset({"consent_by"})

# What is typed with full-width digits too.
NUMBERS = (int, float, Decimal, date, datetime)

LONGEST_TOKEN = 64  # characters

# What ends, and where it begins: of every form that asks for both.
PERIODS = {
    "valid_to": "valid_from",
    "term_to": "term_from",
    "period_to": "period_from",
    "last": "first",
    "until": "effective",
    "ended_at": "begun_at",
    "household_to": "household_from",
    "certificate_to": "certificate_from",
}

# For how long two equal forms without a token are one wish.
AGAIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Sent(database.Row):
    """What was sent before under a form's token, and what came of it as JSON."""

    body: bytes
    user_id: int | None
    result: str


class NoFields(msgspec.Struct):
    """The form of a button."""


class Form(Generic[T]):
    """A form as it was sent: the typed text, the faults by field, and the value when there are none.

    Templates read `values` and `faults`; the fault under "" concerns the whole form. `items` has the faults of single
    entries of a list, by field and place.
    """

    def __init__(self, values: dict[str, Any] | None = None, value: T | None = None) -> None:
        self.values: dict[str, Any] = values or {}
        self.faults: dict[str, str] = {}
        self.items: dict[str, dict[int, str]] = {}
        self.value = value
        self.status = 200
        self.prefix = ""  # of the fields' ids, where a page has several forms
        self.sure = False  # what follows was shown, and the person goes on
        self.stale = False  # somebody has saved another version of the row
        self.seen: dict[str, versions.Text] = {}  # what stood in the fields when the page was opened
        self.both: dict[str, tuple[versions.Text, versions.Text, bool]] = {}  # saved now, typed, taken over: by field
        self._described: dict[str, tuple[str, dict[str, str]]] = {}
        self.once = ""
        self.unsent: int | None = None  # the kept form that this is, if it could not be sent before
        self._body = b""
        self._route = ""
        self._address = ""

    def fault(self, field: str, message: str, **parameters: object) -> None:
        """Say what is wrong with a field; the first word on it stands."""
        self.status = 422
        self.faults.setdefault(field, language.gettext(message, **parameters))

    def describe(self, field: str, label: object, options: Iterable[tuple[object, ...]] = ()) -> str:
        """How a field that is shown is named, and what its choices are called; called by the macros, shows nothing."""
        self._described[field] = (str(label), {str(option[0]): str(option[1]) for option in options})
        return ""

    def hidden_versions(self) -> dict[str, str]:
        """Fields that say which version the reader sees, and what stands in the fields that are shown."""
        shown = {name: value for name, value in self.seen.items() if name in self._described}
        kept = {name: str(value) for name, value in self.values.items() if versions.counts(name)}
        return {**kept, versions.SEEN: database.to_json(shown)}

    def beside(self) -> list[versions.Beside]:
        """What is saved now and what was typed, of the fields in which they differ."""
        return [
            versions.Beside(label, versions.in_words(now, options), versions.in_words(typed, options), taken)
            for name, (label, options) in self._described.items()
            if name in self.both
            for now, typed, taken in [self.both[name]]
        ]

    async def attempt(self, verb: Callable[..., Awaitable[R]], viewer: Scope, *args: Any, **kwargs: Any) -> R | None:
        """Call `verb(viewer, *args, form.value)`; None, with the faults noted, when it is refused.

        The verb runs once for a form however often it is sent: its result (an id or a text) is kept with the form's
        token in the same transaction, and a second click gets the same result.
        """
        if self.faults or self.value is None:
            return None
        return await self._noting(
            lambda: database.run(viewer, partial(self._run_once, verb, viewer, *args, self.value, **kwargs))
        )

    async def rehearse(self, key: str, verb: Callable[..., Awaitable[R]], viewer: Scope, *args: Any) -> list[Any]:
        """What `attempt` would leave under `key` for its commit (see database.rehearse); nothing is done.

        Empty when there are faults, when the verb is refused (noted as by `attempt`), or when the person has seen it
        and is sure.
        """
        if self.sure or self.faults or self.value is None:
            return []
        return (
            await self._noting(lambda: database.rehearse(viewer, partial(verb, viewer, *args, self.value), key)) or []
        )

    async def _noting(self, work: Callable[[], Awaitable[R]]) -> R | None:
        """Do the work; a refusal is noted beside its field, and None comes back."""
        try:
            return await work()
        except Faults as refused:
            for field, (message, parameters) in refused.faults.items():
                self.fault(field, message, **parameters)
        except (NotFound, Forbidden):
            raise
        except DomainError as refused:
            self.fault(refused.field, refused.message, **refused.parameters)
            self.status = refused.status
            self.stale = isinstance(refused, Stale)
        return None

    async def _run_once(self, verb: Callable[..., Awaitable[Any]], viewer: Scope, *args: Any, **kwargs: Any) -> Any:
        if self.unsent is not None:
            await unsent.sent(viewer, self.unsent, self._address)
        if not self.once:
            return await self._run_unless_just_done(verb, viewer, *args, **kwargs)
        fresh = await database.value(
            int,
            "INSERT INTO submission (token, user_id, route, body, result, at)"
            " VALUES (:token, :user, :route, :body, '', :at) ON CONFLICT (token) DO NOTHING RETURNING id",
            token=self.once,
            user=viewer.user,
            route=self._route,
            body=self._body,
            at=clock.now(),
        )
        if fresh is None:
            before = await database.row(
                Sent, "SELECT body, user_id, result FROM submission WHERE token = :token", token=self.once
            )
            if before is None or before.body != self._body or before.user_id != viewer.user:
                raise Conflict("This form was already sent with other content. Please open the page again.")
            return msgspec.json.decode(before.result)
        result = await verb(viewer, *args, **kwargs)
        await database.execute(
            "UPDATE submission SET result = :result WHERE id = :id", id=fresh, result=database.to_json(result)
        )
        return result

    async def _run_unless_just_done(
        self, verb: Callable[..., Awaitable[Any]], viewer: Scope, *args: Any, **kw: Any
    ) -> Any:
        """A form without a token: the same words of the same person to the same address within AGAIN are one wish,
        unless the person has asked for something else in between."""
        wish = f"{viewer.user}|{self._route}|".encode() + self._body
        token = "=" + hashlib.sha256(wish).hexdigest()[:60]
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:token, 0))", token=token)
        before = await database.row(
            Sent,
            "SELECT body, user_id, result FROM submission s WHERE token = :token AND at > :since"
            " AND NOT EXISTS (SELECT 1 FROM submission o WHERE o.user_id = s.user_id AND o.route <> s.route"
            " AND o.at >= s.at AND o.id <> s.id)",
            token=token,
            since=clock.now() - AGAIN,
        )
        if before is not None:
            return msgspec.json.decode(before.result)
        result = await verb(viewer, *args, **kw)
        await database.execute(
            "INSERT INTO submission (token, user_id, route, body, result, at)"
            " VALUES (:token, :user, :route, :body, :result, :at)"
            " ON CONFLICT (token) DO UPDATE SET result = excluded.result, at = excluded.at",
            token=token,
            user=viewer.user,
            route=self._route,
            body=self._body,
            result=database.to_json(result),
            at=clock.now(),
        )
        return result


# A form of whatever it says, where only the typed text and the faults matter.
AnyForm = Form[msgspec.Struct]


# When a form is sent, which is another moment each time that it is sent: no part of what it says.
OF_SENDING = frozenset({"device_at", "queued_at", "waited"})


async def bind(request: Rq, struct: type[T]) -> Form[T]:
    """Read the request's form into `struct`; every field that does not fit gets its sentence."""
    data = await request.form()
    form: Form[T] = Form()
    form.once = str(data.get("once") or "")
    if len(form.once) > LONGEST_TOKEN:  # none of ours; two that begin alike are two all the same
        form.once = hashlib.sha256(form.once.encode("utf-8", "surrogatepass")).hexdigest()
    form.sure = data.get("sure") == "yes"
    form.unsent = lists.number(str(data.get("unsent") or ""))
    form._route = str(request.route_handler.name or "")
    form._address = request.url.path
    digest = hashlib.sha256(str(request.url.path).encode())
    fields: dict[str, Any] = {}
    hints = typing.get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        if versions.counts(field.name):  # a page that names none has seen none
            form.values[field.name] = str(data.get(field.name) or "")
            digest.update(repr((field.name, form.values[field.name])).encode())
            fields[field.name] = versions.number(form.values[field.name])
            form.seen = versions.remembered(data.get(versions.SEEN))
            form.values[versions.SEEN] = str(data.get(versions.SEEN) or "")
            continue
        many = typing.get_origin(_bare(hints[field.name])) is list
        raw: Any = data.getall(field.name, []) if many else data.get(field.name)
        file = _bare(hints[field.name]) is bytes
        if any(isinstance(item, UploadFile) for item in raw) if many else isinstance(raw, UploadFile) and not file:
            form.fault(field.name, "This does not have the right form.")  # text that was sent as a file
            continue
        if isinstance(raw, UploadFile):
            content = await raw.read()
            digest.update(content)
            form.values[field.name] = normal.clean(raw.filename)
            if content:
                fields[field.name] = content
            elif field.required:
                form.fault(field.name, "Choose a file.")
            continue
        tidy = normal.name if field.name in PEOPLE or field.name.endswith("name") else normal.clean
        text = [tidy(str(item)) for item in raw] if many else tidy(str(raw or ""))
        if field.name not in OF_SENDING:
            digest.update(repr((field.name, text)).encode())
        form.values[field.name] = text
        _read(form, field, hints[field.name], text, fields)
    for end, beginning in PERIODS.items():
        if end in fields and beginning in fields and fields[end] < fields[beginning]:
            form.fault(end, "The end is before the beginning.")
    form._body = digest.digest()
    if unsent.opening.get() is not None:
        form.fault("", unsent.ENDED)
    if not form.faults:
        form.value = struct(**fields)
    return form


async def press(request: Rq, verb: Callable[..., Awaitable[R]], viewer: Scope, *args: Any) -> R:
    """Run the verb of a button, once for a token; refusals become error pages."""
    form = await bind(request, NoFields)
    now = unsent.opening.get()
    if now is not None:
        now.pressed = True
        raise Conflict("Your session had ended before this was done. Do it once more.")

    async def without_form(scope: Scope, *rest: Any) -> R:
        return await verb(scope, *rest[:-1])

    return await database.run(viewer, partial(form._run_once, without_form, viewer, *args, form.value))


def _bare(hint: Any) -> Any:
    """A type without its annotations and without None."""
    if typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        return _bare(parts[0]) if len(parts) == 1 else hint
    return hint


def _read(form: AnyForm, field: Any, hint: Any, text: Any, fields: dict[str, Any]) -> None:
    bare = _bare(hint)
    if bare is bool:
        fields[field.name] = text in {"on", "1", "true", "yes"}
        return
    if text in ("", []):
        if field.required:
            form.fault(field.name, "This must be filled in.")
        return
    if bare is bytes:
        form.fault(field.name, "Choose a file.")
        return
    if bare in NUMBERS:
        text = unicodedata.normalize("NFKC", text)
    if bare is Decimal:
        text = text.replace(",", "").replace("，", "").replace("¥", "")
    if bare is datetime:
        try:
            value: object = datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)
        except ValueError:
            form.fault(field.name, "Give a date and a time such as 2026-03-31 09:30.")
            return
        _keep(form, field.name, hint, value, fields)
        return
    if isinstance(text, list):
        _read_items(form, field.name, typing.get_args(bare)[0], text, fields)
        return
    try:
        value = msgspec.convert(text, hint, strict=False)
    except (msgspec.ValidationError, ArithmeticError) as fault:
        form.fault(field.name, *_sentence(bare, str(fault)))
        return
    _keep(form, field.name, hint, value, fields)


def _keep(form: AnyForm, name: str, hint: Any, value: object, fields: dict[str, Any]) -> None:
    """Keep a value that lies within the limits of its type; what msgspec knows of them it has looked at."""
    outside = limits.fault(hint, value)
    if outside is None:
        fields[name] = value
    else:
        form.fault(name, outside[0], **outside[1])


def _read_items(form: AnyForm, name: str, hint: Any, texts: list[str], fields: dict[str, Any]) -> None:
    """Read a list entry by entry, so that one wrong entry does not make the others wrong."""
    read = []
    for at, text in enumerate(texts):
        try:
            read.append(msgspec.convert(text, hint, strict=False))
        except msgspec.ValidationError as fault:
            sentence = _sentence(_bare(hint), str(fault))[0]
            form.fault(name, sentence)
            form.items.setdefault(name, {})[at] = language.gettext(sentence)
    fields[name] = read


def _sentence(bare: Any, fault: str) -> tuple[str]:
    """A sentence for what msgspec found."""
    if "length <=" in fault or "length >=" in fault:
        return ("This is too long." if "length <=" in fault else "This is too short.",)
    if ">=" in fault or "> " in fault:
        return ("This number is too small.",)
    if "<=" in fault or "< " in fault:
        return ("This number is too large.",)
    if bare is int:
        return ("Give a whole number.",)
    if bare in (Decimal, float):
        return ("Give an amount such as 120.50.",)
    if bare is date:
        return ("Give a date such as 2026-03-31.",)
    if (isinstance(bare, type) and issubclass(bare, Enum)) or typing.get_origin(bare) is typing.Literal:
        return ("Choose one of the options.",)
    return ("This does not have the right form.",)
