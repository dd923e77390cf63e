"""The forms of deployment targets and of their list's filter."""

from __future__ import annotations

from typing import Any

from django import forms

from ecsportal.infrastructure.details import TargetDetails
from ecsportal.infrastructure.forms.edit_form import MONO, EditForm, Ticks, environment_choices
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget

SORTS = {
    "name": ("name",),
    "-name": ("-name",),
    "health": ("-health", "name"),
    "-health": ("health", "name"),
    "cluster": ("region", "cluster", "name"),
    "-cluster": ("-region", "-cluster", "name"),
    "services": ("service_count", "name"),
    "-services": ("-service_count", "name"),
}
"""Orders of the list of targets by what the URL says."""


class TargetForm(EditForm):
    """Create or edit a deployment target."""

    account = forms.ChoiceField(label="AWS account")
    region = forms.CharField(
        max_length=30,
        widget=forms.TextInput(attrs={**MONO, "list": "regions", "placeholder": "eu-west-1"}),
    )
    cluster = forms.CharField(
        label="ECS cluster",
        max_length=300,
        widget=forms.TextInput(attrs={**MONO, "list": "clusters"}),
        help_text="Its name or ARN.",
    )
    environments = forms.MultipleChoiceField(label="Environments that deploy to it", widget=Ticks)
    target_tags = forms.CharField(
        label="Target tags",
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "web, jobs"}),
        help_text="Separated by commas. A step runs on the targets that carry one of its tags.",
    )
    disabled = forms.BooleanField(
        label="Disabled: steps leave it out, and nothing checks it", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = AwsAccount.objects.values_list("slug", "name")
        self.fields["account"].choices = list(rows)  # type: ignore[attr-defined]
        self.fields["environments"].choices = environment_choices()  # type: ignore[attr-defined]

    @staticmethod
    def values(target: DeploymentTarget) -> dict[str, Any]:
        """The initial values for editing."""
        return {
            "name": target.name,
            "account": target.account.slug,
            "region": target.region,
            "cluster": target.cluster,
            "environments": [row.slug for row in target.environments.all()],
            "target_tags": ", ".join(target.target_tags),
            "disabled": target.disabled,
            "revision": target.revision,
        }

    def details(self) -> TargetDetails:
        """As the services take it."""
        data = self.cleaned_data
        tags = (tag.strip() for tag in data["target_tags"].split(","))
        return TargetDetails(
            name=data["name"],
            account=data["account"],
            region=data["region"],
            cluster=data["cluster"],
            environments=tuple(data["environments"]),
            target_tags=tuple(tag for tag in tags if tag),
            disabled=data["disabled"],
        )


class TargetFilterForm(forms.Form):
    """The filter of the list of targets."""

    q = forms.CharField(required=False)
    environment = forms.SlugField(required=False)
    tag = forms.CharField(required=False)
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])

    def order(self) -> tuple[str, ...]:
        """The order of rows that the URL asks for."""
        return SORTS[self.cleaned_data.get("sort") or "name"]

    def is_filtering(self) -> bool:
        """True where the list shows less than everything."""
        return any(self.cleaned_data.get(name) for name in ("q", "environment", "tag"))


class PlaceForm(forms.Form):
    """Where clusters are looked for."""

    account = forms.SlugField()
    region = forms.RegexField(r"^[a-z0-9-]{6,30}$")
