"""The form of an AWS account."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from ecsportal.infrastructure.details import AccountDetails
from ecsportal.infrastructure.forms.edit_form import (
    MONO,
    SECRET_SET,
    EditForm,
    Segments,
    Ticks,
    environment_choices,
)
from ecsportal.infrastructure.models import AwsAccount


class AccountForm(EditForm):
    """Create or edit an AWS account; a stored secret is never sent to the browser."""

    paths: ClassVar[dict[str, str]] = {"session_duration": "session_minutes"}

    environments = forms.MultipleChoiceField(
        label="Environments that may use it",
        required=False,
        widget=Ticks,
        help_text="None ticked: all may.",
    )
    kind = forms.ChoiceField(
        label="How the portal signs in", choices=AwsAccount.Kind.choices, widget=Segments
    )
    access_key_id = forms.CharField(
        label="Access key id",
        required=False,
        max_length=128,
        widget=forms.TextInput(attrs={**MONO, "placeholder": "AKIAIOSFODNN7EXAMPLE"}),
    )
    secret_access_key = forms.CharField(
        label="Secret access key",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={**MONO, "autocomplete": "new-password"}),
    )
    role_arn = forms.CharField(
        label="Role to assume",
        required=False,
        max_length=2048,
        widget=forms.TextInput(
            attrs={**MONO, "placeholder": "arn:aws:iam::123456789012:role/PortalDeploy"}
        ),
        help_text="Its ARN. Empty: the portal acts with the credentials above.",
    )
    session_minutes = forms.IntegerField(
        label="Session lasts (minutes)", min_value=15, max_value=720, initial=60
    )
    external_id = forms.CharField(
        label="External ID",
        required=False,
        max_length=1224,
        widget=forms.TextInput(attrs=MONO),
    )
    remove_external_id = forms.BooleanField(label="Remove the external ID", required=False)
    endpoint_url = forms.CharField(
        label="Endpoint",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={**MONO, "placeholder": "https://aws.example.com"}),
        help_text="Only for a private endpoint or an AWS simulator. Empty: AWS itself.",
    )

    template_bucket = forms.CharField(
        label="Template bucket",
        required=False,
        max_length=63,
        widget=forms.TextInput(attrs={**MONO, "placeholder": "my-company-templates"}),
        help_text="An S3 bucket for templates over 51,200 bytes: they go to CloudFormation"
        " through it. The account needs s3:PutObject and s3:GetObject there.",
    )

    def __init__(self, *args: Any, account: AwsAccount | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["environments"].choices = environment_choices()  # type: ignore[attr-defined]
        if account and account.secret_access_key:
            self.fields["secret_access_key"].widget.attrs["placeholder"] = SECRET_SET
        if account and account.external_id:
            self.fields["external_id"].widget.attrs["placeholder"] = SECRET_SET
        else:
            del self.fields["remove_external_id"]

    @staticmethod
    def values(account: AwsAccount) -> dict[str, Any]:
        """The initial values for editing, without secrets."""
        return {
            "name": account.name,
            "environments": [row.slug for row in account.environments.all()],
            "kind": account.kind,
            "access_key_id": account.access_key_id,
            "role_arn": account.role_arn,
            "session_minutes": account.session_duration // 60,
            "endpoint_url": account.endpoint_url,
            "template_bucket": account.template_bucket,
            "revision": account.revision,
        }

    def details(self) -> AccountDetails:
        """As the services take it; fields of the other kind, hidden on the page, don't count."""
        data = self.cleaned_data
        has_key = data["kind"] == AwsAccount.Kind.ACCESS_KEY
        return AccountDetails(
            name=data["name"],
            kind=data["kind"],
            access_key_id=data["access_key_id"] if has_key else "",
            secret_access_key=data["secret_access_key"] if has_key else "",
            role_arn=data["role_arn"],
            external_id="" if data.get("remove_external_id") else data["external_id"] or None,
            session_duration=self._seconds(data["session_minutes"]),
            endpoint_url=data["endpoint_url"],
            environments=tuple(data["environments"]),
            template_bucket=data["template_bucket"],
        )

    def _seconds(self, minutes: int) -> int:
        """An odd number of seconds, given through the API, outlives an edit of something else."""
        stored = self.account.session_duration if self.account else 0
        return stored if stored // 60 == minutes else minutes * 60
