"""Codes that reach a page only at run time are told in Chinese too."""

import ast
from collections.abc import Iterator

import pytest
from markupsafe import escape

from shangmen import paths
from shangmen.foundation.audit import phrases
from shangmen.foundation.catalogue import controller as catalogue
from shangmen.foundation.catalogue import seed
from shangmen.foundation.organisations import forms
from shangmen.foundation.tasks import controller as tasks
from shangmen.foundation.tasks import figures
from shangmen.web import language, pages


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    language.speak("zh_CN")
    yield
    language.speak(language.DEFAULT)


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def noted() -> Iterator[tuple[str, list[str]]]:
    """The verb and the names of the details of every event that the code records."""
    for file in paths.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
                "record",
                "exported",
            }:
                verb = node.args[1] if len(node.args) > 1 else None
                if isinstance(verb, ast.Constant) and "." in str(verb.value):
                    keys = [
                        word.arg for word in node.keywords if word.arg and word.arg not in {"reason", "organisation"}
                    ]
                    yield str(verb.value), keys


def test_every_verb_of_the_trail_has_its_words() -> None:
    found = dict(noted())
    assert len(found) > 50
    assert [verb for verb in sorted(found) if not chinese(phrases.what(verb))] == []
    assert [verb for verb in sorted(found) if not chinese(language.label(verb.partition(".")[0]))] == []


def test_every_detail_of_the_trail_has_its_words() -> None:
    assert sorted({key for _verb, keys in noted() for key in keys if not chinese(language.label(key))}) == []


def test_the_catalogue_and_its_parameters_have_their_words() -> None:
    assert [
        value.name for value in seed.PARAMETERS if not chinese(language.gettext(catalogue.NAMES[value.name]))
    ] == []
    assert {name for _topic, names in catalogue.TOPICS for name in names} == {value.name for value in seed.PARAMETERS}
    codes = {item.qualification or "care" for item in seed.ITEMS} | {one for item in seed.ITEMS for one in item.proof}
    assert [code for code in sorted(codes) if not chinese(language.label(code))] == []


def test_qualifications_tasks_and_figures_have_their_words() -> None:
    kinds = (*forms.ORGANISATION_QUALIFICATIONS, *forms.WORKER_QUALIFICATIONS)
    assert [kind for kind in kinds if not chinese(language.label(kind))] == []
    assert [title for title in tasks.TITLES.values() if not chinese(language.gettext(title))] == []
    assert [one.label for one in figures.FIGURES if not chinese(language.gettext(one.label))] == []


def opened() -> set[str]:
    """The kinds of the tasks that the code opens: literals, and constants of their module."""
    kinds = set()
    for file in paths.PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {
                "open",
                "remind",
                "_open",
            }:
                given = [word.value for word in node.keywords if word.arg == "kind"]
                named = [part for value in given for part in ast.walk(value)]
                kinds |= {str(part.value) for part in named if isinstance(part, ast.Constant)}
                kinds |= {
                    str(constants[part.id]) for part in named if isinstance(part, ast.Name) and part.id in constants
                }
    return kinds


def test_every_kind_of_task_has_its_title() -> None:
    kinds = opened()
    assert len(kinds) > 20
    assert [kind for kind in sorted(kinds) if kind not in tasks.TITLES] == []
    assert [kind for kind, title in tasks.TITLES.items() if not chinese(language.gettext(title))] == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "100 % & <b>"])
def test_a_stored_text_that_is_no_sentence_of_ours_stays_text_on_a_page(text: str) -> None:
    page = pages.environment().from_string("{{ _(text) }} {{ _('Answer: %(why)s', why=_(text)) }}")
    shown = page.render(text=text)
    assert shown == f"{escape(text)} 答复：{escape(text)}"
