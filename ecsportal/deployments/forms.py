"""What people send to deployments."""

from __future__ import annotations

from typing import Any

from django import forms

from ecsportal.deployments.plan import PlannedStep
from ecsportal.deployments.prompts import AskedValue
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.projects.variables.values import Control

PROMPT_PREFIX = "prompt:"
"""Before a prompted value's name in the name of its field."""


class TailForm(forms.Form):
    """`?after=`: the last line that the page has."""

    after = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class AnswerForm(forms.Form):
    """An answer to the question that a deployment waits with."""

    question = forms.IntegerField(min_value=0)
    answer = forms.CharField(max_length=40)
    note = forms.CharField(max_length=1000, required=False)


class DeployForm(forms.Form):
    """How a release goes to an environment: everything is optional but the button."""

    request_token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    skip_steps = forms.MultipleChoiceField(
        required=False, label="Leave out steps", widget=forms.CheckboxSelectMultiple
    )
    targets = forms.MultipleChoiceField(
        required=False,
        label="Only these targets",
        help_text="None chosen means all that match.",
        widget=forms.CheckboxSelectMultiple,
    )
    not_before = forms.DateTimeField(
        required=False,
        label="Not before",
        help_text="Empty means now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    comment = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        *args: Any,
        planned: list[PlannedStep],
        possible: list[DeploymentTarget],
        asked: list[AskedValue] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked or []
        for value in self.asked:
            self.fields[PROMPT_PREFIX + value.name] = _prompt_field(value)
        self.fields["skip_steps"].choices = [  # type: ignore[attr-defined]
            (step.slug, step.name) for step in planned
        ]
        self.fields["targets"].choices = [  # type: ignore[attr-defined]
            (target.slug, target.name) for target in possible
        ]

    @property
    def prompt_fields(self) -> list[forms.BoundField]:
        """The fields of the values that are asked for, in their order."""
        return [self[PROMPT_PREFIX + value.name] for value in self.asked]

    def options(self) -> dict[str, Any]:
        """What `queue_deployment` is told, once the form is valid."""
        data = self.cleaned_data
        options = {name: data[name] for name in data if not name.startswith(PROMPT_PREFIX)}
        given = {v.name: _text(data[PROMPT_PREFIX + v.name]) for v in self.asked}
        return options | {"variables": given}

    def error_fields(self) -> dict[str, str]:
        """From the paths of problems to the form's fields."""
        return {f"variables.{value.name}": PROMPT_PREFIX + value.name for value in self.asked}


def _prompt_field(value: AskedValue) -> forms.Field:
    """The field that asks for the value; the service checks what is typed."""
    # A secret's default is kept where nothing is typed, so the browser mustn't insist on one.
    shown: dict[str, Any] = {
        "label": value.label,
        "help_text": value.help,
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


def _text(value: Any) -> str:
    return str(value) if isinstance(value, bool) else value or ""
