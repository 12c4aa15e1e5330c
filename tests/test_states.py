"""States and other closed lists stand in enums, once each: the database, the SQL and the language agree with them."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum

import asyncpg
import pytest
from procrastinate.jobs import Status

from shangmen import paths
from shangmen.database import State, Word
from shangmen.database.piccolo_app import APP_CONFIG
from shangmen.foundation.tasks.controller import TITLES
from shangmen.web import language
from tests.conftest import Servers


def columns() -> dict[tuple[str, str], type[StrEnum]]:
    """The enum of each column that holds a word, by table and column."""
    return {
        (table._meta.tablename, column._meta.db_column_name): column.kind
        for table in APP_CONFIG.table_classes
        for column in table._meta.columns
        if isinstance(column, Word)
    }


KINDS = sorted(set(columns().values()), key=lambda kind: kind.__qualname__)
STATES = [kind for kind in KINDS if issubclass(kind, State)]

# As PostgreSQL writes CHECK (state IN ('draft', …)).
KNOWN = re.compile(r"CHECK \(\(\(\"?(\w+)\"?\)::text = ANY \(\(ARRAY\[(.*)\]\)::text\[\]\)\)\)")


async def test_the_database_knows_the_words_of_the_enums_and_no_others(servers: Servers, engine: str) -> None:
    connection = await asyncpg.connect(servers.owner(engine))
    try:
        rows = await connection.fetch(
            "SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            " AND conrelid::regclass::text NOT LIKE 'procrastinate%'"
        )
    finally:
        await connection.close()
    kept = {
        (row["name"], match[1]): set(re.findall(r"'([^']*)'::character varying", match[2]))
        for row in rows
        if (match := KNOWN.fullmatch(row["text"]))
    }
    assert kept == {place: set(kind) for place, kind in columns().items()}


def _compared() -> Iterator[tuple[str, str, str]]:
    """File, column and word of every comparison with a literal in the SQL of the platform."""
    names = "|".join(sorted({column for _table, column in columns()}))
    one = re.compile(rf"\b({names})\s*(?:=|<>)\s*'(\w*)'")
    many = re.compile(rf"\b({names})\s+(?:NOT\s+)?IN\s*\(('\w*'(?:,\s*'\w*')*)\)")
    for file in paths.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for column, word in one.findall(node.value):
                    yield file.name, column, word
                for column, words in many.findall(node.value):
                    for word in re.findall(r"\w*(?=')", words):
                        yield file.name, column, word


def test_every_word_in_sql_is_one_of_its_column() -> None:
    queue = {str(one.value) for one in Status}  # its rows are not ours
    known: dict[str, set[str]] = {"kind": set(TITLES), "status": queue}  # kinds of tasks
    for (_table, column), kind in columns().items():
        known.setdefault(column, set()).update(kind, {""})  # "" asks for no filter
    assert [one for one in _compared() if one[2] not in known[one[1]]] == []


def _lists() -> Iterator[tuple[str, frozenset[str]]]:
    """Where a list of literals stands: file and line, and its words."""
    for file in paths.PACKAGE.rglob("*.py"):
        if file.stem in {"states", "adapter"}:  # an adapter speaks the library's words
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            yield f"{file.relative_to(paths.PACKAGE)}:{getattr(node, 'lineno', 0)}", frozenset(words) - {""}


def test_no_closed_list_is_written_twice() -> None:
    known = {frozenset(kind) - {""} for kind in KINDS}
    assert [where for where, words in _lists() if words in known] == []


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__qualname__)
def test_every_state_can_be_reached_from_the_first(kind: type[State]) -> None:
    reached = [next(iter(kind))]
    for state in reached:
        reached += [then for then in kind.moves().get(state, ()) if then not in reached]
    assert set(reached) == set(kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
def test_every_word_is_told_in_chinese(kind: type[StrEnum]) -> None:
    language.speak("zh_CN")
    words = [word for word in kind if len(word) > 1]
    assert [word for word in words if not re.search("[\u4e00-\u9fff]", language.label(word))] == []
