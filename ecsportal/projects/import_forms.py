"""What people send to take over a step of Octopus Deploy or a service that runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.projects.forms import revision_number, split_tags
from ecsportal.projects.octopus_steps import feeds_named
from ecsportal.steps.contract import JsonDict

LARGEST_STEP = 1_000_000
_ID = "octopus_id."
_FEED = "feed."


class PasteStepForm(forms.Form):
    """The step's JSON, whatever it is."""

    step = forms.CharField(
        max_length=LARGEST_STEP,
        label="The step's JSON",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "p-mono", "spellcheck": "false"}),
        error_messages={
            "required": "Paste the step's JSON.",
            "max_length": "This is longer than a step gets (%(limit_value)d characters at most).",
        },
    )

    @property
    def digest(self) -> str:
        """Tells whether the settings below belong to this very text."""
        return hashlib.sha256(str(self["step"].value() or "").encode()).hexdigest()[:16]


class OctopusStepForm(forms.Form):
    """What is asked once the step was read: its name, tags, feeds and the environments' ids."""

    step_name = forms.CharField(max_length=100, label="Step name")
    target_tags = forms.CharField(
        max_length=2000,
        required=False,
        label="Target tags",
        help_text="The step runs on every target of the environment that carries one of them. "
        "Separate with commas.",
    )
    revision = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        document: JsonDict,
        feeds: Sequence[tuple[str, str]],
        environments: Sequence[Environment],
        revision: int,
    ) -> None:
        """`environments` are those whose ids the user may set; `feeds` are (slug, name) pairs."""
        super().__init__(
            data,
            initial={
                "step_name": document["name"],
                "target_tags": ", ".join(document["target_tags"]),
                "revision": revision,
            },
        )
        known = {slug for slug, _ in feeds}
        for number, theirs in enumerate(feeds_named(document)):
            if theirs in known:
                continue
            self.fields[f"{_FEED}{number}"] = forms.ChoiceField(
                label=f"Feed for {theirs}",
                choices=[("", "Choose it later, in the step"), *feeds],
                required=False,
            )
            self.fields[f"{_FEED}{number}"].theirs = theirs  # type: ignore[attr-defined]
        for environment in environments:
            self.fields[f"{_ID}{environment.slug}"] = forms.CharField(
                max_length=60,
                required=False,
                label=environment.name,
                initial=environment.octopus_id,
                widget=forms.TextInput(
                    attrs={"placeholder": "Environments-1", "autocomplete": "off"}
                ),
            )

    def id_fields(self) -> Iterator[BoundField]:
        """The environments' ids, in their order."""
        return (self[name] for name in self.fields if name.startswith(_ID))

    def feed_fields(self) -> Iterator[BoundField]:
        """A choice for each feed that the portal doesn't know."""
        return (self[name] for name in self.fields if name.startswith(_FEED))

    def feeds(self) -> dict[str, str]:
        """Chosen feeds by Octopus Deploy's id."""
        return {
            str(getattr(field, "theirs", "")): str(self[name].value() or "")
            for name, field in self.fields.items()
            if name.startswith(_FEED)
        }

    def octopus_ids(self) -> dict[str, str]:
        """The ids as typed, by environment."""
        return {
            name.removeprefix(_ID): str(self[name].value() or "").strip()
            for name in self.fields
            if name.startswith(_ID)
        }

    def applied_to(self, document: JsonDict) -> JsonDict:
        """The step with name and tags as typed."""
        return document | {
            "name": " ".join(str(self["step_name"].value() or "").split()),
            "target_tags": split_tags(str(self["target_tags"].value() or "")),
        }

    def clean_revision(self) -> int:
        """The number, or 0."""
        return revision_number(self.cleaned_data["revision"])

    def name_of_id(self, environment: Environment) -> str:
        """The field of an environment's id."""
        return f"{_ID}{environment.slug}"


class ServiceForm(forms.Form):
    """The target, and the service once it was chosen or typed."""

    target = forms.ChoiceField(label="Deployment target")
    service = forms.CharField(max_length=255, required=False, label="Service")

    def __init__(self, *args: Any, targets: Sequence[DeploymentTarget], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["target"]
        choices.choices = [
            (target.slug, f"{target.name} ({target.cluster}, {target.region})")
            for target in targets
        ]
