"""What a browser would send for a form of a page."""

from __future__ import annotations

from html.parser import HTMLParser

Fields = dict[str, list[str]]


def fields_of(html: str, *, having: str) -> Fields:
    """The fields of the page's form that has a field of this name, as they stand.

    Raises LookupError where no form has it. Submit buttons are left out.
    """
    reader = _Reader()
    reader.feed(html)
    for form in reader.forms:
        if having in form:
            return form
    raise LookupError(f"No form of the page has a field {having}.")


class _Reader(HTMLParser):
    """Collects the values of all forms; fields outside any form are passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Fields] = []
        self._open = False
        self._select = ""
        self._chosen: str | None = None
        self._textarea = ""
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append({})
            self._open = True
        elif tag == "input":
            self._take_input(given, name, value)
        elif tag == "select":
            self._select, self._chosen = name, None
        elif tag == "option" and self._select:
            if "selected" in given or self._chosen is None:
                self._chosen = value
        elif tag == "textarea":
            self._textarea, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "select" and self._select:
            if self._chosen is not None:
                self._add(self._select, self._chosen)
            self._select = ""
        elif tag == "textarea" and self._textarea:
            self._add(self._textarea, self._text.removeprefix("\n"))
            self._textarea = ""

    def _take_input(self, given: dict[str, str | None], name: str, value: str) -> None:
        kind = given.get("type") or "text"
        if kind in ("checkbox", "radio"):
            if "checked" in given:
                self._add(name, value or "on")
        elif kind not in ("submit", "button", "image", "reset") and "disabled" not in given:
            self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        if self._open and name:
            self.forms[-1].setdefault(name, []).append(value)
