"""Chinese first, English complete: no sentence is left without its translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from shangmen import access, paths, wiring
from shangmen.web import error_pages, language

CODE_CALLS = {"_", "gettext", "Refused", "Conflict", "NotFound", "Forbidden", "fault", "Entry", "Unread", "Note",
              "refuse", "note", "Column"}  # fmt: skip


def in_templates() -> Iterator[tuple[str, str]]:
    """(message id, file) of every sentence in a template; raises for a template that cannot be parsed."""
    for name, _line, message, _comments, _context in extract_from_dir(
        paths.TEMPLATES,
        method_map=[("**.html", "jinja2.ext.babel_extract")],
        options_map={"**.html": {"newstyle_gettext": "true", "extensions": "jinja2.ext.do", "silent": "false"}},
    ):
        one = message[0] if isinstance(message, tuple) else message  # a plural is found by its singular
        if one:
            yield one, f"templates/{name}"


def in_code() -> Iterator[tuple[str, str]]:
    """(message id, file) of every sentence given to gettext or to a domain error in a feature."""
    for file in sorted(paths.PACKAGE.rglob("*.py")):
        if "demo" in file.parts or "_migrations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in CODE_CALLS:
                continue
            second = name in {"fault", "Unread", "Note", "refuse", "note", "Column"} and len(node.args) > 1
            argument = node.args[1] if second else node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                yield argument.value, str(file.relative_to(paths.CHECKOUT))


def in_declarations() -> Iterator[tuple[str, str]]:
    """Menu labels, words for codes, sentences of error pages."""
    for _route, text in access.MENU:
        yield text, "access.py"
    for kind in wiring.WAITING:
        yield kind.title, "notices.py"
        yield kind.button, "notices.py"
    for of_list in wiring.KINDS:
        yield of_list.label, of_list.name
        for label in of_list.fields.values():
            yield label, of_list.name
    for code in [*language.WORDS, *(str(role) for role in access.Role if role != access.Role.SYSTEM)]:
        yield language.words(code), "language.py"
    for text in [*error_pages.TITLES.values(), *error_pages.SENTENCES.values()]:
        yield text, "errorpages.py"


def test_every_sentence_has_its_chinese() -> None:
    chinese = language.catalogue("zh_CN")._catalog  # type: ignore[attr-defined]  # gettext keeps it private
    known = {key[0] if isinstance(key, tuple) else key for key in chinese}
    missing = {
        (message, where)
        for message, where in [*in_templates(), *in_code(), *in_declarations()]
        if message not in known
    }
    assert sorted(missing, key=lambda pair: (pair[1], pair[0])) == []


@pytest.mark.parametrize("file", sorted((paths.LOCALE / "zh_CN").glob("*.po")), ids=lambda file: file.stem)
def test_every_translation_keeps_its_placeholders(file: Path) -> None:
    with file.open("rb") as handle:
        catalogue = read_po(handle, locale="zh_CN")
    wrong = []
    for message in catalogue:
        singular = message.id[0] if isinstance(message.id, tuple) else message.id
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            wanted, given = (set(re.findall(r"%\((\w+)\)", part)) for part in (str(singular), str(text)))
            plural = {"num", "n", *wanted}
            if singular and text and not given <= plural | set(re.findall(r"%\((\w+)\)", str(message.id))):
                wrong.append((singular, text))
    assert wrong == []


def test_english_needs_no_catalogue() -> None:
    language.speak("en")
    try:
        assert language.gettext("Log in") == "Log in"
        assert language.label("in_force") == "In force"
    finally:
        language.speak(language.DEFAULT)


def test_no_sentence_has_two_translations() -> None:
    found: dict[str, dict[str, str]] = {}
    for file in sorted((paths.LOCALE / "zh_CN").glob("*.po")):
        with file.open("rb") as handle:
            for message in read_po(handle, locale="zh_CN"):
                if message.id:
                    found.setdefault(str(message.id), {})[file.stem] = str(message.string)
    assert {message: texts for message, texts in found.items() if len(set(texts.values())) > 1} == {}
