"""No verb is reached by a form but through its token, so that equal posts are one wish, with a token and without."""

import ast
import contextlib
import importlib
import inspect
import re
import typing
from datetime import date

from shangmen import paths

# Why each may: what it does twice is done once all the same.
MAY = {
    "accounts.enter": "each log-in opens a session",
    "accounts.logout": "a session ends once",
    "accounts.locale": "the language stays the same",
    "accounts.change_password": "the present password is wrong the second time",
    "accounts.create": "a log-in name is taken the second time; the first password is shown once, and so kept nowhere",
    "accounts.reset": "a new first password is shown, each time another, and so kept nowhere",
}


def test_every_form_and_every_button_runs_its_verb_once() -> None:
    direct, seen = set(), 0
    for file in paths.PACKAGE.rglob("controller.py"):
        tree = ast.parse(file.read_text("utf-8"))
        once = {
            one.name
            for one in ast.walk(tree)
            if isinstance(one, ast.AsyncFunctionDef) and re.search(r"\.attempt\(|\bpress\(", ast.unparse(one))
        }
        for one in ast.walk(tree):
            if not isinstance(one, ast.AsyncFunctionDef):
                continue
            for route in one.decorator_list:
                if not isinstance(route, ast.Call) or ast.unparse(route.func) != "post":
                    continue
                name = next(ast.literal_eval(word.value) for word in route.keywords if word.arg == "name")
                called = {part.split(".")[-1] for part in re.findall(r"await ([\w.]+)\(", ast.unparse(one))}
                seen += 1
                if one.name not in once and not called & once:
                    direct.add(name)
    assert seen > 70
    assert direct == set(MAY)


# Verbs of forms whose answers are neither ids nor days, and why they may: answers are kept with the form's token.
TELL = {"_verify": "what was tampered with, by table and id"}


def test_no_answer_that_is_kept_with_a_token_holds_what_is_masked() -> None:
    told, seen = dict[str, object](), 0
    for file in paths.PACKAGE.rglob("controller.py"):
        module = importlib.import_module("shangmen." + ".".join(file.with_suffix("").relative_to(paths.PACKAGE).parts))
        for one in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(one, ast.Call):
                continue
            called = ast.unparse(one.func)
            verb = ast.unparse(one.args[called == "press"]) if called.endswith(("press", ".attempt")) else ""
            with contextlib.suppress(AttributeError, NameError):  # a verb that is chosen at run time
                found = eval(verb or "None", vars(module))  # noqa: S307 -- our own source
                if found is not None:
                    seen += 1
                    told[verb] = typing.get_type_hints(inspect.unwrap(found))["return"]
    assert seen > 80
    kept = (int, date, list[int], tuple[int, int], type(None))
    assert {verb for verb, answer in told.items() if answer not in kept} == set(TELL)
