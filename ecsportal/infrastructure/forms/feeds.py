"""The form of a feed, and what pages ask feeds for."""

from __future__ import annotations

from typing import Any

from django import forms

from ecsportal.infrastructure.details import FeedDetails
from ecsportal.infrastructure.forms.edit_form import MONO, SECRET_SET, EditForm, Segments
from ecsportal.infrastructure.models import AwsAccount, Feed


class FeedForm(EditForm):
    """Create or edit a feed; a stored password is never sent to the browser."""

    kind = forms.ChoiceField(choices=Feed.Kind.choices, widget=Segments)
    url = forms.CharField(
        label="Address",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={**MONO, "placeholder": "https://registry-1.docker.io"}),
    )
    username = forms.CharField(
        label="User name",
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label="Password or token",
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    account = forms.ChoiceField(label="AWS account", required=False)
    region = forms.CharField(
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={**MONO, "list": "regions", "placeholder": "eu-west-1"}),
    )
    registry_path = forms.CharField(
        label="Image path",
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={**MONO, "placeholder": "docker.io"}),
        help_text="Where ECS pulls from, if under another host than the portal reads from.",
    )
    repository = forms.CharField(
        label="Repository to test with",
        required=False,
        max_length=300,
        widget=forms.TextInput(
            attrs={**MONO, "placeholder": "library/nginx", "list": "repositories"}
        ),
    )

    def __init__(self, *args: Any, feed: Feed | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.feed = feed
        rows = AwsAccount.objects.values_list("slug", "name")
        self.fields["account"].choices = [("", "Choose an account"), *rows]  # type: ignore[attr-defined]
        if feed and feed.password:
            self.fields["password"].widget.attrs["placeholder"] = SECRET_SET

    @staticmethod
    def values(feed: Feed) -> dict[str, Any]:
        """The initial values for editing, without the password."""
        return {
            "name": feed.name,
            "kind": feed.kind,
            "url": feed.url,
            "username": feed.username,
            "account": feed.account.slug if feed.account else "",
            "region": feed.region,
            "registry_path": feed.registry_path,
            "repository": feed.test_repository,
            "revision": feed.revision,
        }

    def details(self) -> FeedDetails:
        """As the services take it; fields of the other kinds, hidden on the page, don't count."""
        data = self.cleaned_data
        is_docker, is_ecr = data["kind"] == Feed.Kind.DOCKER, data["kind"] == Feed.Kind.ECR
        return FeedDetails(
            name=data["name"],
            kind=data["kind"],
            url=data["url"] if is_docker else "",
            registry_path=data["registry_path"],
            username=data["username"] if is_docker else "",
            password=data["password"] if is_docker else "",
            account=data["account"] or None if is_ecr else None,
            region=data["region"] if is_ecr else "",
        )


class RepositoryForm(forms.Form):
    """What a page asks a feed for."""

    repository = forms.CharField(required=False, max_length=300)
    search = forms.CharField(required=False, max_length=300)
    tag = forms.CharField(required=False, max_length=128)
    anew = forms.BooleanField(required=False)
