"""No verb is reached by a form but through its token, so that equal posts are one wish, with a token and without."""

import ast
import re

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
