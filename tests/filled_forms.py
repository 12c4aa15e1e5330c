"""Forms as a browser would send them: read from a page, with what stands in their fields."""

from html.parser import HTMLParser

Filled = dict[str, str | list[str]]


class _Reader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self._action = action
        self._inside = False
        self._select = ""
        self._area = ""
        self._options: list[tuple[str, bool]] = []
        self.found = False
        self.fields: Filled = {}

    def _add(self, name: str, value: str) -> None:
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = value
        else:
            self.fields[name] = [*(before if isinstance(before, list) else [before]), value]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("action", "").split("?")[0] == self._action:
            self._inside = self.found = True
        if not self._inside:
            return
        name = said.get("name", "")
        if tag == "input" and name and said.get("type") != "file":
            if said.get("type") not in {"checkbox", "radio"} or "checked" in said:
                self._add(name, said.get("value", "on" if said.get("type") == "checkbox" else ""))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((said.get("value", ""), "selected" in said))
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._inside and self._area:
            self.fields[self._area] = str(self.fields[self._area]) + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area:
            self.fields[self._area] = str(self.fields[self._area]).removeprefix("\n")
            self._area = ""
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected]
            self._add(self._select, (chosen or [value for value, _selected in self._options] or [""])[0])
            self._select = ""


def form_of(page: str, action: str) -> Filled:
    """What the form of a page that goes to `action` would send, without its token and its key; fails without one."""
    reader = _Reader(action)
    reader.feed(page)
    assert reader.found, f"no form to {action}"
    return {name: value for name, value in reader.fields.items() if name not in {"_csrf_token", "once"}}
