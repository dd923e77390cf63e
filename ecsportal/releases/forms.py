"""What people send to the pages of releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from ecsportal.releases.choosing import MAX_TAG, Pick
from ecsportal.releases.proposal import Proposal
from ecsportal.releases.services import NOTES_LENGTH
from ecsportal.releases.versions import MAX_LENGTH

IMAGE_PREFIX = "image:"
"""Before the image's key in the name of its field: `image:deploy-web/nginx`."""


class ReleaseForm(forms.Form):
    """A release as it is put together: number, channel, notes, and a tag per image."""

    version = forms.CharField(
        max_length=MAX_LENGTH,
        required=False,
        label="Version",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    channel = forms.ChoiceField(required=False, label="Channel")
    notes = forms.CharField(
        max_length=NOTES_LENGTH,
        required=False,
        label="Release notes",
        help_text="Markdown.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    deploy = forms.BooleanField(required=False)
    request_token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (channel.slug, channel.name) for channel in proposal.project.channels.all()
        ]
        for image in proposal.images:
            # No longest length here: the service says what is wrong with a tag.
            self.fields[IMAGE_PREFIX + image.key] = forms.CharField(
                required=False, label=image.label
            )

    def tags(self) -> dict[str, str]:
        """The tags as typed, right or wrong, by the image's key; empty ones are left out."""
        typed = {
            name.removeprefix(IMAGE_PREFIX): str(self[name].value() or "").strip()
            for name in self.fields
            if name.startswith(IMAGE_PREFIX)
        }
        return {key: tag for key, tag in typed.items() if tag}

    def image_errors(self) -> dict[str, str]:
        """What is wrong with single images, by the image's key."""
        return {
            name.removeprefix(IMAGE_PREFIX): " ".join(map(str, errors))
            for name, errors in self.errors.items()
            if name.startswith(IMAGE_PREFIX)
        }


class ImageQuery(forms.Form):
    """One image's row: `typed` is what the search field holds, `tag` what was picked."""

    step = forms.CharField(max_length=60)
    reference = forms.CharField(max_length=255)
    tag = forms.CharField(required=False)
    typed = forms.CharField(required=False)
    pick = forms.ChoiceField(choices=[("latest", "Latest"), ("last", "Last")], required=False)
    picked = forms.BooleanField(required=False)
    anew = forms.BooleanField(required=False)

    @property
    def key(self) -> str:
        """The image's key."""
        return f"{self.cleaned_data['step']}/{self.cleaned_data['reference']}"

    @property
    def chosen_tag(self) -> str:
        """The tag asked for, or empty."""
        return str(self.cleaned_data["tag"] or self.cleaned_data["typed"])[: MAX_TAG * 2].strip()

    @property
    def chosen_pick(self) -> Pick:
        """What to take where no tag is asked for."""
        return "last" if self.cleaned_data["pick"] == "last" else "latest"


class NewReleaseQuery(forms.Form):
    """How the form opens: a release to copy, and what to pick for every image."""

    copy = forms.CharField(max_length=MAX_LENGTH, required=False)
    channel = forms.CharField(max_length=60, required=False)
    pick = forms.ChoiceField(choices=[("latest", "Latest"), ("last", "Last")], required=False)
    anew = forms.BooleanField(required=False)


def named_errors(proposal: Proposal) -> Mapping[str, str]:
    """From the paths of problems to the form's fields."""
    return {f"images.{image.key}": IMAGE_PREFIX + image.key for image in proposal.images}
