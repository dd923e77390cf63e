"""What people send to the pages of projects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from ecsportal.projects.models import GuidedFailure, Project
from ecsportal.projects.services import DESCRIPTION_LENGTH, NAME_LENGTH
from ecsportal.projects.step_document import MAX_STEPS
from ecsportal.slugs import validate_slug

_DESCRIPTION = "One or two sentences: what it is, who looks after it."


class ProjectsFilter(forms.Form):
    """The list's query string."""

    q = forms.CharField(max_length=100, required=False)

    @property
    def search(self) -> str:
        """What is searched for; nothing where the query string is odd."""
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""


class ProjectForm(forms.Form):
    """A project's own fields, with the revision that they were read at."""

    name = forms.CharField(max_length=NAME_LENGTH, label="Name")
    description = forms.CharField(
        max_length=DESCRIPTION_LENGTH,
        required=False,
        label="Description",
        help_text=_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    guided_failure = forms.ChoiceField(
        required=False,
        label="When a deployment fails",
        choices=[("", "As the environment says"), *GuidedFailure.choices],
        help_text="A deployment that asks pauses until somebody chooses: fail, retry, ignore or "
        "leave the target out.",
    )
    supersede_queued = forms.BooleanField(
        required=False,
        label="A newer deployment takes the place of older ones that still wait",
        help_text="Those are cancelled. Deployments without all steps or targets cancel nothing "
        "and are not cancelled.",
    )
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class NewProjectForm(forms.Form):
    """A project that isn't there yet."""

    name = forms.CharField(
        max_length=NAME_LENGTH, label="Name", widget=forms.TextInput(attrs={"autofocus": True})
    )
    slug = forms.CharField(
        max_length=60,
        required=False,
        label="Slug",
        help_text="Its name in addresses and scripts, for good. Empty takes it from the name.",
        validators=[validate_slug],
        widget=forms.TextInput(attrs={"class": "p-mono", "autocomplete": "off"}),
    )
    description = forms.CharField(
        max_length=DESCRIPTION_LENGTH,
        required=False,
        label="Description",
        help_text=_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DeleteProjectForm(forms.Form):
    """The name typed again: releases and their history go with the project."""

    confirm = forms.CharField(max_length=NAME_LENGTH, label="Type the project's name")

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = name

    def clean_confirm(self) -> str:
        typed = str(self.cleaned_data["confirm"]).strip()
        if typed != self._name:
            raise forms.ValidationError(f'Type "{self._name}" to delete it.')
        return typed


class MoveStepForm(forms.Form):
    """One step, one place up or down."""

    step = forms.CharField(max_length=60)
    direction = forms.ChoiceField(choices=[("up", "Up"), ("down", "Down")])


class OrderStepsForm(forms.Form):
    """All steps in their new order, by slug, separated with commas."""

    order = forms.CharField(max_length=MAX_STEPS * 61)

    def clean_order(self) -> list[str]:
        """The slugs."""
        return split_tags(self.cleaned_data["order"])


class DisableStepForm(forms.Form):
    """Whether the step is left out from now on."""

    disabled = forms.BooleanField(required=False)


class UndoForm(forms.Form):
    """The step that was deleted, and the last revision that has it."""

    step = forms.CharField(max_length=60)
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class RestoreForm(forms.Form):
    """The newest revision as the page knew it."""

    expected = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class UpgradeForm(forms.Form):
    """The version that was looked at, and the revision of the process it was looked at in."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class CopyStepForm(forms.Form):
    """Where a copy of a step goes: one of the projects whose process the user may edit."""

    to = forms.ChoiceField(label="Project")

    def __init__(self, *args: Any, projects: Sequence[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._projects = {project.slug: project for project in projects}
        to: Any = self.fields["to"]
        to.choices = [(project.slug, project.name) for project in projects]

    def clean_to(self) -> Project:
        """The project itself."""
        return self._projects[self.cleaned_data["to"]]


class CompareForm(forms.Form):
    """The revision to compare with."""

    against = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class PickForm(forms.Form):
    """What a pick list is asked for: the step's target tags as typed, and words to find."""

    target_tags = forms.CharField(max_length=2000, required=False)
    search = forms.CharField(max_length=300, required=False)
    within = forms.CharField(max_length=300, required=False)
    anew = forms.BooleanField(required=False)


class StepSettingsForm(forms.Form):
    """What every step has beside its inputs, and the revisions that it was edited at.

    `revision` is the newest one that the editor has seen, `opened` the one that the form was filled
    from; they differ once somebody else's save was shown beside it. A damaged number is 0, which
    no process has: what is there is then shown as somebody else's.
    """

    step_name = forms.CharField(
        max_length=100, label="Step name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    target_tags = forms.CharField(
        max_length=2000,
        required=False,
        label="Target tags",
        help_text="The step runs on every target of the environment that carries one of them. "
        "Separate with commas.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "list": "target-tags", "data-tags": True}
        ),
    )
    revision = forms.CharField(required=False, widget=forms.HiddenInput)
    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_step_name(self) -> str:
        """The name in one line without spaces around it."""
        return " ".join(str(self.cleaned_data["step_name"]).split())

    def clean_target_tags(self) -> list[str]:
        """The tags in order, each once."""
        return split_tags(self.cleaned_data["target_tags"])

    def clean_revision(self) -> int:
        """The number, or 0."""
        return revision_number(self.cleaned_data["revision"])

    def clean_opened(self) -> int:
        """The number, or 0."""
        return revision_number(self.cleaned_data["opened"])


def split_tags(text: str) -> list[str]:
    """The tags in a comma separated text, in order, each once."""
    told = [tag.strip() for tag in text.split(",")]
    return list(dict.fromkeys(tag for tag in told if tag))


def revision_number(text: str) -> int:
    """A posted revision; 0 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
