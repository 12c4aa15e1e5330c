"""Fields have limits: no form knows a bare day, number or text; odd days are refused with a sentence."""

import enum
import importlib
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from shangmen import clock, paths
from shangmen.cli import arguments
from shangmen.demand.needs.assessments.forms import SHEETS
from shangmen.web import fields, forms, lists


def _structs() -> list[type[msgspec.Struct]]:
    found: dict[str, type[msgspec.Struct]] = {}
    for file in paths.PACKAGE.glob("*/**/forms.py"):
        module = importlib.import_module("shangmen." + ".".join(file.with_suffix("").relative_to(paths.PACKAGE).parts))
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
                found[f"{module.__name__}.{value.__name__}"] = value
    found |= {f"sheet {scale}": sheet for scale, sheet in SHEETS.items()}
    return list(found.values())


def _bare(hint: object, limited: bool = False) -> Iterator[object]:
    """The types within a type that have no limits."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        inner, *metadata = parts
        bounded = any(isinstance(one, fields.Between | fields.Believable) for one in metadata) or any(
            one.pattern or one.max_length is not None or (one.ge is not None and one.le is not None)
            for one in metadata
            if isinstance(one, msgspec.Meta)
        )
        yield from _bare(inner, bounded)
    elif origin in (typing.Union, types.UnionType):
        for part in parts:
            yield from _bare(part, limited)
    elif origin in (list, tuple, dict):
        for part in parts:
            yield from _bare(part)
    elif hint in (date, datetime, int, float, Decimal, str) and not limited:
        yield hint


@pytest.mark.parametrize("struct", _structs(), ids=lambda struct: f"{struct.__module__}.{struct.__name__}")
def test_every_field_of_every_form_has_limits(struct: type[msgspec.Struct]) -> None:
    hints = typing.get_type_hints(struct, include_extras=True)
    assert {name: bare for name, hint in hints.items() if (bare := list(_bare(hint)))} == {}


def test_a_field_without_limits_would_be_found() -> None:
    for hint in (date, datetime | None, list[int], Decimal, dict[str, int], typing.Annotated[int, msgspec.Meta(ge=0)]):
        assert list(_bare(hint)), hint
    assert not list(_bare(fields.Day | None))
    assert not list(_bare(enum.StrEnum))


# Days of a form that begin and end nothing.
SINGLE = {"birth_date", "background_checked", "consent_on", "signed_on", "new_term_to"}


@pytest.mark.parametrize("struct", _structs(), ids=lambda struct: f"{struct.__module__}.{struct.__name__}")
def test_of_two_days_of_a_form_one_ends_what_the_other_begins(struct: type[msgspec.Struct]) -> None:
    hints = typing.get_type_hints(struct, include_extras=True)
    days = {name for name, hint in hints.items() if forms._bare(hint) in (date, datetime)} - SINGLE
    paired = {name for pair in forms.PERIODS.items() if days.issuperset(pair) for name in pair}
    assert len(days) < 2 or days == paired


ODD_DAYS = ["0001-01-01", "0024-03-01", "0026-01-01", "1899-12-31", "9999-12-31", "2300-01-01"]


class Typed(msgspec.Struct):
    day: fields.Day | None = None
    moment: fields.Moment | None = None
    money: fields.Money | None = None
    of: fields.Id | None = None


def _said(name: str, text: str) -> forms.Form[msgspec.Struct]:
    form: forms.Form[msgspec.Struct] = forms.Form()
    field = next(one for one in msgspec.structs.fields(Typed) if one.name == name)
    kept: dict[str, object] = {}
    forms._read(form, field, typing.get_type_hints(Typed, include_extras=True)[name], text, kept)
    assert bool(kept) is not bool(form.faults)
    return form


@pytest.mark.parametrize("text", ODD_DAYS)
def test_a_day_beyond_a_lifetime_is_refused_beside_its_field(text: str) -> None:
    assert "1900-01-01" in _said("day", text).faults["day"]
    assert "1900-01-01" in _said("moment", f"{text}T09:30").faults["moment"]
    assert lists.day(text) is None


def test_the_first_and_the_last_day_are_accepted() -> None:
    for day in (clock.EARLIEST, clock.latest()):
        assert not _said("day", day.isoformat()).faults
        assert not _said("moment", f"{day}T23:59").faults
        assert lists.day(day.isoformat()) == day
    assert _said("day", (clock.latest() + timedelta(days=1)).isoformat()).faults
    assert clock.latest() == clock.months_after(clock.today(), 120)


@pytest.mark.parametrize(
    ("name", "text"),
    [("money", "0.001"), ("money", "1e30"), ("money", "-1"), ("money", "NaN"), ("money", "1e999999999"),
     ("money", "Infinity"), ("of", "0"), ("of", "-1"), ("of", "9223372036854775808"), ("of", "1" * 400),
     ("day", "1970"), ("day", "26"), ("moment", "1970"), ("moment", "9999-12-31T23:59:59+14:00")],
)  # fmt: skip
def test_a_number_or_a_day_that_cannot_be_is_refused_beside_its_field(name: str, text: str) -> None:
    assert _said(name, text).faults[name]


@pytest.mark.parametrize("text", [*ODD_DAYS, "1970", "today", ""])
@pytest.mark.parametrize("command", [["upkeep", "--through"], ["match", "--day"], ["audit", "dates", "--day"]])
def test_the_command_line_takes_no_odd_day(command: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        arguments([*command, text])
    assert left.value.code == 2
    assert "1900-01-01" in capsys.readouterr().err
