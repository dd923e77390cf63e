"""Forms of people: profile, password, users with their roles, API keys."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone

from ecsportal.people.models import Role
from ecsportal.people.permissions import Grant


def _zones() -> list[tuple[str, str]]:
    areas = sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")
    return [("", "The browser's"), *((name, name.replace("_", " ")) for name in areas)]


class ProfileForm(forms.Form):
    """What everybody may change about themselves."""

    display_name = forms.CharField(
        label="Name", max_length=150, required=False, help_text="As others see it."
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=_zones, required=False)


class PasswordForm(forms.Form):
    """A new password of one's own."""

    current = forms.CharField(
        label="Present password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label="New password",
        strip=False,
        help_text="At least 8 characters, not a common one, not like your name.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class UserForm(ProfileForm):
    """A user as administrators edit them; roles are a formset beside it."""

    password = forms.CharField(
        label="New password",
        strip=False,
        required=False,
        help_text="Leave empty to keep the present one. A new one ends the user's sessions.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class NewUserForm(ProfileForm):
    """A user who isn't there yet."""

    field_order = ["username", "display_name", "password", "time_zone"]

    username = forms.CharField(
        label="Sign-in name", max_length=150, help_text='Letters, digits and "@.+-_" only.'
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        required=False,
        help_text="Leave empty for a service account: it works by API keys only.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class GrantForm(forms.Form):
    """One role and where it counts; a row without a role is no grant."""

    role = forms.ChoiceField(label="Role", choices=[("", "No role"), *Role.choices], required=False)
    all_projects = forms.BooleanField(label="All projects", required=False, initial=True)
    projects: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        label="Projects", queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    all_environments = forms.BooleanField(label="All environments", required=False, initial=True)
    environments: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        label="Environments", queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By label, since the apps of projects and environments stand above this one.
        self.fields["projects"].queryset = apps.get_model(  # type: ignore[attr-defined]
            "projects.Project"
        )._default_manager.all()
        self.fields["environments"].queryset = apps.get_model(  # type: ignore[attr-defined]
            "infrastructure.Environment"
        )._default_manager.all()

    def clean(self) -> dict[str, Any]:
        """A limited role needs something that it is limited to."""
        data = super().clean() or self.cleaned_data
        if data.get("role"):
            for field in ("projects", "environments"):
                if not data.get(f"all_{field}") and not data.get(field) and field in data:
                    self.add_error(field, f"Choose at least one, or all {field}.")
        return data

    @property
    def grant(self) -> Grant | None:
        """What the valid row says; None for a row without a role."""
        data = self.cleaned_data
        if not data.get("role"):
            return None
        return Grant(
            role=data["role"],
            projects=None if data["all_projects"] else frozenset(p.pk for p in data["projects"]),
            environments=None
            if data["all_environments"]
            else frozenset(e.pk for e in data["environments"]),
        )


MAX_GRANTS = 50


def grant_rows(
    data: Any = None, *, grants: Iterable[Grant] = (), extra: int = 0
) -> BaseFormSet[GrantForm]:
    """The rows of a user's roles, filled from `data` or from the grants, plus empty ones."""
    initial = [
        {
            "role": grant.role,
            "all_projects": grant.projects is None,
            "projects": list(grant.projects or ()),
            "all_environments": grant.environments is None,
            "environments": list(grant.environments or ()),
        }
        for grant in grants
    ]
    kind = formset_factory(GrantForm, extra=extra, max_num=MAX_GRANTS, absolute_max=MAX_GRANTS)
    return kind(data, initial=initial, prefix="roles")


def with_another_row(data: Any) -> Any:
    """The posted rows and one more, for "Add a role" without a script."""
    more = data.copy()
    count = data.get("roles-TOTAL_FORMS", "0")
    number = min(int(count) if count.isdigit() else 0, MAX_GRANTS - 1)
    more["roles-TOTAL_FORMS"] = str(number + 1)
    more[f"roles-{number}-all_projects"] = "on"
    more[f"roles-{number}-all_environments"] = "on"
    return more


class ApiKeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(max_length=100, help_text="What uses it, such as the build server.")
    days = forms.TypedChoiceField(
        label="Expires",
        coerce=int,
        choices=[(30, "In 30 days"), (90, "In 90 days"), (365, "In a year"), (0, "Never")],
        initial=90,
    )

    def expires_at(self) -> Any:
        """The time that was chosen; None for never."""
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None
