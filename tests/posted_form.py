"""What a browser without JavaScript would send of a form, read off the page's HTML."""

from __future__ import annotations

from html.parser import HTMLParser

Attributes = dict[str, str | None]


def posted_form(html: str, form_id: str = "") -> dict[str, str]:
    """The names and values of the form's successful controls; buttons are for the test to press.

    Without an id every control of the text counts.
    """
    reader = _FormReader(form_id)
    reader.feed(html)
    reader.close()
    return reader.values


class _FormReader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}
        self._form_id = form_id
        self._is_inside = not form_id
        self._select: str | None = None
        self._textarea: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form" and self._form_id:
            self._is_inside = told.get("id") == self._form_id
        name = told.get("name")
        if tag == "option" and self._select is not None:
            # The first option is what a browser shows where none is selected.
            if "selected" in told or self._select not in self.values:
                self.values[self._select] = told.get("value") or ""
        elif not self._is_inside or not name or "disabled" in told:
            return
        elif tag == "input":
            self._input(name, told)
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea, self._text = name, ""

    def _input(self, name: str, told: Attributes) -> None:
        kind = told.get("type", "text")
        if kind in ("checkbox", "radio"):
            if "checked" in told:
                self.values[name] = told.get("value") or "on"
        elif kind != "submit":
            # A line of text holds no line ends.
            self.values[name] = (told.get("value") or "").replace("\n", "").replace("\r", "")

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            text = self._text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.values[self._textarea] = text.replace("\n", "\r\n")
            self._textarea = None
        elif tag == "form" and self._form_id:
            self._is_inside = False
