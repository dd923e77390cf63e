"""The form of an environment."""

from __future__ import annotations

from typing import Any

from django import forms

from ecsportal.infrastructure.details import EnvironmentDetails
from ecsportal.infrastructure.forms.edit_form import MONO, EditForm
from ecsportal.infrastructure.models import Environment


class EnvironmentForm(EditForm):
    """Create or edit an environment."""

    octopus_id = forms.CharField(
        label="Id in Octopus Deploy",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={**MONO, "placeholder": "Environments-3"}),
        help_text="For projects that move from Octopus Deploy: their stacks keep their names.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    production = forms.BooleanField(label="This is a production environment", required=False)
    guided_failure = forms.BooleanField(
        label="Ask a person when a deployment fails",
        required=False,
        help_text="It pauses until somebody chooses: fail, retry, ignore or leave the target out. "
        "Projects and single deployments may say otherwise.",
    )

    @staticmethod
    def values(environment: Environment) -> dict[str, Any]:
        """The initial values for editing."""
        return {
            "name": environment.name,
            "octopus_id": environment.octopus_id,
            "description": environment.description,
            "production": environment.production,
            "guided_failure": environment.guided_failure,
            "revision": environment.revision,
        }

    def details(self) -> EnvironmentDetails:
        """As the services take it."""
        data = self.cleaned_data
        return EnvironmentDetails(
            name=data["name"],
            description=data["description"],
            octopus_id=data["octopus_id"],
            production=data["production"],
            guided_failure=data["guided_failure"],
        )


class MoveForm(forms.Form):
    """How many places down the list; negative is up."""

    places = forms.IntegerField(min_value=-1000, max_value=1000)
