"""The HTML of single controls.

A step with 500 environment variables has 1,500 of them, which takes templates most of a second;
so these few elements are put together here, and templates place them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe

from ecsportal.steps.forms.acts import proposed_variable
from ecsportal.steps.forms.documents import idname
from ecsportal.steps.forms.shown import ShownField, ShownRow
from ecsportal.steps.forms.typed import ACTION, TICK
from ecsportal.web.components import icon

Attribute = tuple[str, str | bool]
REPOSITORIES = "repositories"
"""Suggested by the chosen feed; every other list comes from the accounts of the step's targets."""

MOST_LINES = 8
"""How high a text of several lines grows by itself."""


def control(part: ShownField, *, may_edit: bool, is_bare: bool = False) -> SafeString:
    """The widget of a field; `is_bare` where no label stands beside it."""
    attributes: list[Attribute] = [
        ("id", part.id),
        ("name", part.name),
        ("autofocus", part.has_focus),
        ("aria-label", part.label if is_bare else False),
        *_described(part, is_bare=is_bare),
    ]
    if part.control == "flag":
        attributes = [
            *_flag(part),
            *attributes,
            ("disabled", not may_edit),
        ]
        tick = f'<input type="hidden" name="{TICK}{part.name}">' if may_edit else ""
        return mark_safe(f"{tick}<input{_attrs(attributes)}>")
    if part.control == "choice":
        return _select(part, [*attributes, ("disabled", not may_edit)], is_bare=is_bare)
    attributes += [
        ("placeholder", part.field.placeholder or (part.field.label if is_bare else False)),
        ("spellcheck", "false"),
        ("readonly", not may_edit),
        *_picks(part),
    ]
    if part.control in ("list", "lines"):
        least = part.field.height
        rows = min(max(least, part.value.count("\n") + 1), max(least, MOST_LINES))
        attributes = [
            _css(part, "form-control", "p-mono"),
            *attributes,
            ("rows", str(rows)),
            ("data-refresh", part.field.refresh),
            ("wrap", "off" if part.field.file_types else False),
        ]
        # The first line end after the tag belongs to no value.
        area = f"<textarea{_attrs(attributes)}>\n{escape(part.value)}</textarea>"
        return mark_safe(area + (_from_file(part) if may_edit else ""))
    return mark_safe(f"<input{_attrs([*_line(part), *attributes])}>{_suggestions(part)}")


def errors(part: ShownField) -> SafeString:
    """The messages under a field."""
    if not part.messages:
        return mark_safe("")
    return mark_safe(f'<div id="{part.id}-e">{messages(part.messages)}</div>')


def messages(texts: Sequence[str]) -> SafeString:
    """Messages one under the other."""
    shape = icon("s-failed") if texts else ""
    return mark_safe(
        "".join(f'<div class="p-error">{shape}<span>{escape(text)}</span></div>' for text in texts)
    )


def row_buttons(row: ShownRow) -> SafeString:
    """The buttons that move a row; Alt and an arrow key press them too."""
    up = _row_button(row, "up", "Move up", "chevron-up", is_off=row.is_first)
    down = _row_button(row, "down", "Move down", "chevron-down", is_off=row.is_last)
    return mark_safe(f'<span class="p-moves">{up}{down}</span>')


def remove_button(row: ShownRow) -> SafeString:
    """The bin at a row's end."""
    return mark_safe(_row_button(row, "remove", "Remove", "trash"))


def line_row(row: ShownRow, *, may_edit: bool) -> SafeString:
    """A row of fields in one line, with its buttons."""
    cells = [part for part in row.parts if isinstance(part, ShownField)]
    inside = "".join(_cell(cell, may_edit=may_edit) for cell in cells)
    buttons = (row_buttons(row), remove_button(row)) if may_edit else ("<span></span>", "")
    return mark_safe(
        f'<div class="{_line_css(row, len(cells))}" id="row-{row.idname}" data-row="{row.name}">'
        f"{buttons[0]}{inside}{buttons[1]}</div>"
    )


def line_heads(row: ShownRow) -> SafeString:
    """The labels above the first of some lines; each control has its own name beside."""
    cells = [part for part in row.parts if isinstance(part, ShownField)]
    labels = "".join(
        f"<span>{'' if cell.control == 'flag' else escape(cell.field.label)}</span>"
        for cell in cells
    )
    css = f"{_line_css(row, len(cells))} p-kv-heads"
    return mark_safe(f'<div class="{css}" aria-hidden="true"><span></span>{labels}</div>')


def bind_button(part: ShownField) -> SafeString:
    """Makes a choice or tick a field for an expression, or back."""
    verb, words, shape = (
        ("unbind", "choose a value instead of an expression", "adjustments")
        if part.is_typed
        else ("bind", "bind to a variable", "variable")
    )
    attributes: list[Attribute] = [
        ("class", "p-bindbtn"),
        ("type", "submit"),
        ("id", f"{verb}-{part.id}"),
        ("name", ACTION),
        ("value", f"{verb}:{part.name}"),
        ("title", f"{words[0].upper()}{words[1:]}"),
        ("aria-label", f"{part.label}: {words}"),
    ]
    return mark_safe(f"<button{_attrs(attributes)}>{_icon(shape)}</button>")


def _line_css(row: ShownRow, cells: int) -> str:
    return f"p-kv p-kv--{cells} p-kv--{row.noun.replace(' ', '-')}"


def _cell(cell: ShownField, *, may_edit: bool) -> str:
    """A field of a line. A choice is bound by one of its own options, which needs no room."""
    widget = str(control(cell, may_edit=may_edit, is_bare=True))
    bind = ""
    if may_edit and cell.may_be_bound and (cell.is_typed or cell.control == "flag"):
        bind = bind_button(cell)
    if cell.control == "flag":
        words = f"<span>{escape(cell.field.label)}</span>"
        label = f'<label class="form-check">{widget} {words}</label>'
        widget = f'<div class="p-row p-cell-tick">{label}{bind}</div>'
    elif bind:
        widget = f'<div class="p-cell-bound">{widget}{bind}</div>'
    path = cell.field.path.replace(".", "-")
    label = "" if cell.control == "flag" else f' data-label="{escape(cell.field.label)}"'
    return f'<div class="p-cell-{path}"{label}>{widget}{errors(cell)}{_advice(cell)}</div>'


def _advice(part: ShownField) -> str:
    said = f'<p class="p-advice" id="{part.id}-n">{escape(part.advice)}</p>' if part.advice else ""
    if part.is_bound:
        said += f'<p class="p-hint p-becomes" id="{part.id}-is">{escape(part.becomes)}</p>'
    return said


def _row_button(
    row: ShownRow, verb: str, words: str, icon_name: str, *, is_off: bool = False
) -> str:
    id = f"{verb}-{idname(row.name)}"
    attributes: list[Attribute] = [
        ("class", "p-iconbtn p-iconbtn--sm"),
        ("type", "submit"),
        ("id", id),
        ("name", ACTION),
        ("value", f"{verb}:{row.name}"),
        ("aria-label", f"{words}: {row.title}"),
        ("disabled", is_off),
        ("autofocus", row.focus == id),
    ]
    return f"<button{_attrs(attributes)}>{_icon(icon_name)}</button>"


@lru_cache
def _icon(name: str) -> str:
    return icon(name)


def _flag(part: ShownField) -> list[Attribute]:
    return [
        ("class", "form-check-input"),
        ("type", "checkbox"),
        ("checked", part.checked),
        ("data-refresh", part.field.refresh),
    ]


def _line(part: ShownField) -> list[Attribute]:
    suggests = part.field.suggest == REPOSITORIES
    known = f"known-{part.field.known}" if part.field.known else False
    return [
        _css(part, "form-control", "p-mono" if part.field.mono else ""),
        ("value", part.value),
        ("autocomplete", "off"),
        ("inputmode", "numeric" if part.control == "number" and not part.is_bound else False),
        ("list", f"{part.id}-list" if suggests else known),
        ("data-suggest", REPOSITORIES if suggests else False),
    ]


def _from_file(part: ShownField) -> str:
    """A button that fills the field from a file, which the browser reads by itself."""
    if not part.field.file_types:
        return ""
    chooser = _attrs([
        ("type", "file"),
        ("class", "visually-hidden"),
        ("id", f"{part.id}-file"),
        ("accept", part.field.file_types),
        ("data-load-into", part.id),
    ])  # fmt: skip
    label = f'<label class="btn btn-sm" for="{part.id}-file">Load from a file…</label>'
    return f'<div class="p-fromfile"><input{chooser}>{label}</div>'


def _suggestions(part: ShownField) -> str:
    is_listed = part.field.suggest == REPOSITORIES
    return f'<datalist id="{part.id}-list"></datalist>' if is_listed else ""


def _picks(part: ShownField) -> list[Attribute]:
    """What opens the menu of a pick list from AWS."""
    kind = part.field.suggest
    if not kind or kind == REPOSITORIES:
        return []
    return [("data-pick", kind), ("data-pick-many", part.field.kind in ("list", "items"))]


def _select(part: ShownField, attributes: list[Attribute], *, is_bare: bool) -> SafeString:
    choices = part.choices
    if is_bare:
        # Chosen, it is kept as any expression is, and the form shows a text field from then on.
        expression = f"#{{{proposed_variable(part.field)}}}"
        choices = (*choices, (expression, f"Bind: {expression}"))
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == part.value else ""}>'
        f"{escape(label)}</option>"
        for value, label in choices
    )
    css = _css(part, "form-select")
    refresh: Attribute = ("data-refresh", part.field.refresh)
    return mark_safe(f"<select{_attrs([css, *attributes, refresh])}>{options}</select>")


def _css(part: ShownField, *classes: str) -> Attribute:
    words = [*classes, "p-bound" if part.is_bound else "", "is-invalid" if part.messages else ""]
    return "class", " ".join(word for word in words if word)


def _described(part: ShownField, *, is_bare: bool) -> list[Attribute]:
    ids = [f"{part.id}-e"] if part.messages else []
    if part.field.note and not is_bare:
        ids.append(f"{part.id}-h")
    return [
        ("aria-invalid", "true" if part.messages else False),
        ("aria-describedby", " ".join(ids) or False),
    ]


def _attrs(attributes: Sequence[Attribute]) -> str:
    """Attributes in order; False leaves one out, True has no value."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(value)}"'
        for name, value in attributes
        if value is not False
    )
