"""When and where a step runs: the settings that every step has beside its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from ecsportal.infrastructure.forms.edit_form import Segments, Ticks
from ecsportal.infrastructure.models import Environment
from ecsportal.projects.models import Channel
from ecsportal.projects.step_document import MAX_ATTEMPTS
from ecsportal.steps.contract import JsonDict

MARKER = "_runs"
"""Posted with the fields: a post without it says nothing about them."""
PREFIX = "runs"
"""Begins the fields' names in the page: a step's inputs may be called the same."""

STARTS = (("after_previous", "After the step above"), ("with_previous", "Together with it"))
CONDITIONS = (
    ("success", "All went well so far"),
    ("failure", "Something failed"),
    ("always", "Always"),
    ("expression", "An expression says so"),
)
_FIELDS = (
    "start", "condition", "expression", "environments", "channels", "required", "disabled",
    "attempts", "window",
)  # fmt: skip


@dataclass(frozen=True)
class Places:
    """What a step may be limited to, as far as the editor's user sees it."""

    environments: Sequence[Environment]
    channels: Sequence[Channel]


class StepRunForm(forms.Form):
    """The fields; `settings` is what they make of a step."""

    start = forms.ChoiceField(choices=STARTS, label="Starts", widget=Segments)
    condition = forms.ChoiceField(choices=CONDITIONS, label="Runs when", widget=forms.Select)
    expression = forms.CharField(
        required=False,
        max_length=4000,
        label="Expression",
        help_text='Runs when this is true: #{if Octopus.Environment.Name == "Production"}True'
        "#{/if}, a variable, an output of an earlier step.",
        widget=forms.TextInput(attrs={"class": "p-mono", "autocomplete": "off"}),
    )
    environments = forms.MultipleChoiceField(
        required=False,
        label="Only in these environments",
        help_text="None ticked: in all.",
        widget=Ticks,
    )
    channels = forms.MultipleChoiceField(
        required=False,
        label="Only in these channels",
        help_text="None ticked: in all.",
        widget=Ticks,
    )
    attempts = forms.TypedChoiceField(
        choices=[(1, "1, no retry")] + [(n, str(n)) for n in range(2, MAX_ATTEMPTS + 1)],
        coerce=int,
        label="Attempts",
        help_text="A target whose attempt failed is tried again by itself.",
    )
    window = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        label="Targets at a time",
        help_text="Rolling: so many targets at a time, and no further one once one has failed. "
        "Empty: all at once.",
    )
    required = forms.BooleanField(
        required=False,
        label="Required",
        help_text="Nobody can leave it out of a deployment, or ignore its failure.",
    )
    disabled = forms.BooleanField(
        required=False, label="Disabled", help_text="New releases have it, but don't run it."
    )

    def __init__(
        self,
        step: JsonDict,
        places: Places,
        *,
        post: Mapping[str, Any] | None,
        is_first: bool = False,
    ) -> None:
        """Bound to what was posted, or to what is stored, so that its problems can be shown."""
        self._step = step
        self._is_first = is_first
        told = post is not None and MARKER in post
        stored = {f"{PREFIX}-{name}": step[name] for name in _FIELDS}
        super().__init__(post if told else stored, initial=step, prefix=PREFIX)
        self._offer("environments", [(each.slug, each.name) for each in places.environments])
        self._offer("channels", [(each.slug, each.name) for each in places.channels])
        self.is_limited = len(places.channels) > 1 or bool(step["channels"])

    def settings(self) -> JsonDict:
        """The step's settings as they were typed; a field that can't be read keeps what is stored.

        Places that are out of the user's sight stay as they are.
        """
        self.is_valid()
        return {name: self.cleaned_data.get(name, self._step[name]) for name in _FIELDS}

    @property
    def summary(self) -> str:
        """What stands beside the section's title while it is folded."""
        told = self.settings()
        parts = [dict(CONDITIONS)[told["condition"]] if told["condition"] != "success" else ""]
        parts += ["together with the step above" if told["start"] == "with_previous" else ""]
        parts += [f"only in {' and '.join(told['environments'])}" if told["environments"] else ""]
        parts += [f"{told['attempts']} attempts" if told["attempts"] > 1 else ""]
        parts += [f"{told['window']} targets at a time" if told["window"] else ""]
        parts += ["required" if told["required"] else "", "disabled" if told["disabled"] else ""]
        said = ", ".join(part for part in parts if part)
        if said:
            return said[:1].upper() + said[1:]
        return "First" if self._is_first else "After the step above, if all went well"

    def _offer(self, name: str, known: list[tuple[str, str]]) -> None:
        """What may be ticked: all that is known, and what is stored but gone or out of sight."""
        field: Any = self.fields[name]
        seen = {slug for slug, _ in known}
        gone = [
            (slug, f"{slug} (gone, or out of your sight)")
            for slug in self._step[name]
            if slug not in seen
        ]
        field.choices = [*known, *gone]
