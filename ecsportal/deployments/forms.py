"""What people send to deployments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from ecsportal.deployments import confirmations
from ecsportal.deployments.confirmations import AskedWord, word_field
from ecsportal.deployments.prompt_fields import PREFIX, field_name, given_values, prompt_field
from ecsportal.deployments.prompts import AskedValue
from ecsportal.infrastructure.models import DeploymentTarget

_ASKED = (PREFIX, confirmations.PREFIX)
ON_FAILURE = [("on", "Ask a person what to do"), ("off", "Fail at once")]


class TailForm(forms.Form):
    """`?after=`: the last line that the page has."""

    after = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class WindowForm(forms.Form):
    """`?line=`: the line that a link names."""

    line = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class LinesForm(forms.Form):
    """`?before=` or `?after=`: on which side of a line more are wanted."""

    before = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    after = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class LogSearchForm(forms.Form):
    """`?q=`: words to look for; `first` and `last` are the lines that the page has already."""

    q = forms.CharField(max_length=200, required=False)
    first = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    last = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class AnswerForm(forms.Form):
    """An answer to the question that a deployment waits with."""

    question = forms.IntegerField(min_value=0)
    answer = forms.CharField(max_length=40)
    note = forms.CharField(max_length=1000, required=False)


class AssignForm(forms.Form):
    """The question that somebody takes care of."""

    question = forms.IntegerField(min_value=0)


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
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Give up if not started by",
        help_text="It ends as timed out then, and nothing is deployed.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    guided_failure = forms.ChoiceField(
        required=False,
        label="When a step fails",
        choices=ON_FAILURE,
    )
    comment = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        *args: Any,
        steps: Sequence[tuple[str, str]],
        required_steps: Sequence[str] = (),
        asks_on_failure: bool = False,
        possible: Sequence[DeploymentTarget],
        asked: Sequence[AskedValue] = (),
        words: Sequence[AskedWord] = (),
        **kwargs: Any,
    ) -> None:
        """`steps` are (slug, name), `required_steps` names of others that always run.

        `possible` are the targets to choose from; `asks_on_failure` is what project and environment
        say; `asked` are the values that variables ask for, `words` what has to be typed before
        something is destroyed.
        """
        super().__init__(*args, **kwargs)
        self.asked = list(asked)
        self.words = list(words)
        self.fields |= {field_name(value): prompt_field(value) for value in asked}
        self.fields |= {word.field_name: word_field(word) for word in words}
        self._offer("skip_steps", steps)
        self._offer("targets", [(target.slug, target.name) for target in possible])
        if required_steps:
            always = f"{', '.join(required_steps)} can't be left out."
            self.fields["skip_steps"].help_text = always
        default = dict(ON_FAILURE)["on" if asks_on_failure else "off"]
        on_failure = self.fields["guided_failure"]
        assert isinstance(on_failure, forms.ChoiceField)
        on_failure.choices = [("", f"As set here: {default.lower()}"), *ON_FAILURE]
        zone = timezone.localtime().tzname()
        ahead = f"In your zone, {zone}. At most 30 days ahead; empty means now."
        self.fields["not_before"].help_text = ahead

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(choices)

    def clean_not_before(self) -> datetime | None:
        """A time that has passed is a slip; within the last minute it means now."""
        at: datetime | None = self.cleaned_data["not_before"]
        if at is None:
            return None
        now = timezone.now()
        if at < now - timedelta(minutes=1):
            local = timezone.localtime(at)
            raise forms.ValidationError(
                f"{local:%H:%M} on {local.day} {local:%b} has passed. "
                "Choose a later time, or none to start now."
            )
        return at

    @property
    def options_summary(self) -> str:
        """One line for the folded options: "All steps · all matching targets · now"."""
        skipped, only = self["skip_steps"].value() or (), self["targets"].value() or ()
        steps = f"{len(skipped)} left out" if skipped else "All steps"
        targets = f"{len(only)} chosen" if only else "all matching targets"
        when = "later" if self["not_before"].value() else "now"
        failing = {"on": " · asks when a step fails", "off": " · fails at once"}
        return f"{steps} · {targets} · {when}{failing.get(self['guided_failure'].value(), '')}"

    @property
    def prompt_fields(self) -> list[forms.BoundField]:
        """The fields of the values that are asked for, in their order."""
        return [self[field_name(value)] for value in self.asked]

    @property
    def word_fields(self) -> list[forms.BoundField]:
        """The fields for the words that agree to a destruction."""
        return [self[word.field_name] for word in self.words]

    def options(self) -> dict[str, Any]:
        """What `queue_deployment` is told, once the form is valid."""
        data = self.cleaned_data
        options = {name: data[name] for name in data if not name.startswith(_ASKED)}
        guided = {"on": True, "off": False}.get(data["guided_failure"])
        return options | {
            "variables": given_values(self.asked, data),
            "guided_failure": guided,
        }

    def error_fields(self) -> dict[str, str]:
        """From the paths of problems to the form's fields."""
        return {f"variables.{value.name}": field_name(value) for value in self.asked}
