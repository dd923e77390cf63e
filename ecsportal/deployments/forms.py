"""What people send to deployments."""

from __future__ import annotations

from typing import Any

from django import forms

from ecsportal.deployments.plan import PlannedStep
from ecsportal.infrastructure.models import DeploymentTarget


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
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["skip_steps"].choices = [  # type: ignore[attr-defined]
            (step.slug, step.name) for step in planned
        ]
        self.fields["targets"].choices = [  # type: ignore[attr-defined]
            (target.slug, target.name) for target in possible
        ]
