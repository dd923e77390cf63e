"""The fields of the deploy form that ask for prompted values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from ecsportal.deployments.prompts import AskedValue
from ecsportal.projects.variables.values import Control

PREFIX = "prompt:"
"""Before a prompted value's name in the name of its field."""


def field_name(value: AskedValue) -> str:
    """The field of this value."""
    return PREFIX + value.name


def prompt_field(value: AskedValue) -> forms.Field:
    """The field that asks for the value; the service checks what is typed."""
    shown: dict[str, Any] = {
        "label": value.label,
        "help_text": value.help,
        # A secret's default is kept where nothing is typed, so the browser mustn't insist on one.
        "required": value.required and not (value.sensitive and value.has_default),
        "initial": value.default,
    }
    if value.control is Control.CHECKBOX:
        on = value.default.strip().lower() == "true"
        return forms.BooleanField(**shown | {"required": False, "initial": on})
    if value.control is Control.CHOICE:
        choices = [(choice, choice) for choice in value.choices]
        blank = [] if value.default in value.choices else [("", "Choose…")]
        return forms.ChoiceField(choices=[*blank, *choices], **shown)
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    if value.sensitive:
        hint = "Leave it empty to use the stored value." if value.has_default else ""
        shown["help_text"] = " ".join(filter(None, [value.help, hint]))
        attributes["autocomplete"] = "new-password"
        return forms.CharField(widget=forms.PasswordInput(attrs=attributes), strip=False, **shown)
    widget = (
        forms.Textarea(attrs=attributes | {"rows": "3"})
        if value.control is Control.LINES
        else forms.TextInput(attrs=attributes)
    )
    return forms.CharField(widget=widget, strip=False, **shown)


def given_values(asked: list[AskedValue], cleaned: Mapping[str, Any]) -> dict[str, str]:
    """The values by name, as `queue_deployment` takes them."""
    return {value.name: _text(cleaned.get(field_name(value))) for value in asked}


def _text(value: Any) -> str:
    return str(value) if isinstance(value, bool) else value or ""
