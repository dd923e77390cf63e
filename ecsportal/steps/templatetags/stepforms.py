"""Tags of the step editor's templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from ecsportal.steps.forms import controls
from ecsportal.steps.forms.shown import ShownField, ShownRow

register = template.Library()

register.simple_tag(controls.errors, name="errors")
register.simple_tag(controls.line_heads, name="line_heads")
register.simple_tag(controls.row_buttons, name="row_buttons")
register.filter("messages", controls.messages)


@register.filter
def fixes(count: int) -> str:
    """`3 to fix`."""
    return f"{count} to fix"


@register.simple_tag
def control(part: ShownField, may_edit: bool) -> SafeString:
    """`{% control part may_edit %}`: a field's widget."""
    return controls.control(part, may_edit=may_edit)


@register.simple_tag
def bind_button(part: ShownField) -> SafeString:
    """`{% bind_button part %}`: binds a choice or tick to a variable, or back."""
    return controls.bind_button(part)


@register.simple_tag
def line_row(row: ShownRow, may_edit: bool) -> SafeString:
    """`{% line_row row may_edit %}`: a row of fields in one line."""
    return controls.line_row(row, may_edit=may_edit)
